"""What an editor shows and offers while a self-assessment is written: from the schema alone, and from the real
yaml-language-server, which npm brings where Node.js is."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compliance import audit
from compliance.model import QuestionType

SERVER = "yaml-language-server@1.25.0"
Json = dict[str, Any]


def catalogue() -> Any:
    return audit.load_rules().catalogue


def schema() -> Json:
    return audit.load_rules().schema


def fragment(id: str) -> Json:
    part: Json = schema()["properties"]["answers"]
    for name in id.split("."):
        part = part["properties"][name]
    return part


# The schema alone


def test_each_question_says_all_that_it_takes_to_answer_it() -> None:
    for question in catalogue().questions.values():
        part = fragment(question.id)
        ask, define, wanted = part["description"].split("\n\n")
        assert (part["title"], ask, define) == (question.label, question.ask, question.define)
        assert wanted.startswith("Answer: ")
        assert question.unit in wanted, question.id
        assert [option for option in question.options if option not in wanted] == [], question.id
        assert ("from low to high" in wanted) == question.ordered
        assert not question.clock or question.clock.n in wanted
        options = part["items"]["enum"] if question.type is QuestionType.CHOICES else part.get("enum", [])
        assert [option for option in options if option is not None] == list(question.options)


def test_every_key_of_the_format_says_what_it_is() -> None:
    """An editor shows the title of the whole file at a key that has none of its own."""
    nameless = [name for name, part in _keys(schema()) if not part.get("title") or not part.get("description")]
    assert [name for name in nameless if not name.startswith("answers.") and ".covers." not in name] == []
    sections = [part for name, part in _keys(schema()) if name.startswith("answers.") and "properties" in part]
    assert len(sections) > 10
    assert all(part["title"] for part in sections)


def _keys(part: Json, before: str = "") -> Iterator[tuple[str, Json]]:
    """Every key with its dotted name, those of declarations and evidence included."""
    part = part.get("items", part)
    if "$ref" in part:
        part = schema()["$defs"][part["$ref"].rpartition("/")[2]]
    for name, inside in part.get("properties", {}).items():
        yield before + name, inside
        yield from _keys(inside, f"{before}{name}.")


def test_a_provision_says_its_title() -> None:
    provisions = schema()["properties"]["provisions"]["properties"]
    titles = {provision.id: provision.title for code in audit.load_rules().codes for provision in code.provisions}
    assert {id: part["description"] for id, part in provisions.items()} == titles


def test_the_samples_name_the_schema() -> None:
    samples = [sample for sample in audit.find_samples() if sample.suffix == ".yaml"]
    assert len(samples) > 5
    for sample in samples:
        first = sample.read_text(encoding="utf-8").partition("\n")[0]
        name = first.removeprefix("# yaml-language-server: $schema=")
        assert (sample.parent / name).resolve() == audit.home() / "rules" / "schemas" / "self-assessment-1.json"


# The language server


class Server:
    """A language server over its standard input and output."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process, self.asked, self.problems = process, 0, dict[str, list[Json]]()
        known = {
            "textDocument": {
                "hover": {"contentFormat": ["markdown"]},
                "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
            },
            "workspace": {"configuration": True},
        }
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": known})
        self.tell("initialized", {})

    def tell(self, method: str, params: Json) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: Json) -> Any:
        self.asked += 1
        self._send({"id": self.asked, "method": method, "params": params})
        while "method" in (said := self._read()) or said.get("id") != self.asked:
            self._answer(said)
        assert "error" not in said, said
        return said["result"]

    def problems_of(self, uri: str) -> list[Json]:
        while uri not in self.problems:
            self._answer(self._read())
        return self.problems[uri]

    def _answer(self, said: Json) -> None:
        if said.get("method") == "textDocument/publishDiagnostics":
            self.problems[said["params"]["uri"]] = said["params"]["diagnostics"]
        elif "method" in said and "id" in said:
            items = said["params"].get("items") if said["method"] == "workspace/configuration" else None
            settings = {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}
            wanted = [settings if item.get("section") == "yaml" else {} for item in items or ()]
            self._send({"id": said["id"], "result": wanted if items is not None else None})

    def _send(self, said: Json) -> None:
        body = json.dumps({"jsonrpc": "2.0", **said}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def _read(self) -> Json:
        assert self.process.stdout
        length = 0
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        said: Json = json.loads(self.process.stdout.read(length))
        return said


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config) -> Iterator[Server]:
    """The real language server; without Node.js, or a registry that npm can reach, there is nothing to run."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("Node.js and npm are not here to run yaml-language-server; the schema's own tests have run")
    folder = pytestconfig.cache.mkdir(SERVER.replace("@", "-"))
    program = folder / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
    if not program.exists():
        wanted = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
        done = subprocess.run([*wanted, SERVER], capture_output=True, text=True, check=False)
        if done.returncode:
            why = f"npm cannot install {SERVER} here; the schema's own tests have run. {done.stderr.strip()}"
            pytest.skip(why)
    command = [node, str(program), "--stdio"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            yield Server(process)
        finally:
            process.kill()


WRITTEN = """# yaml-language-server: $schema=SCHEMA
format: self-assessment/1
service: {id: pebble, name: Pebble, provider: Pebble Ltd}
period: {from: "2026-01-01", to: "2026-06-30"}
prepared: {on: "2026-07-20", role: Head of Safety, approved_by_role: Chief Executive}
answers:
  service:
    uk_monthly_users: many
    osa_category: none
    kinds: [forum]
    
  risk:
    csam_images: low
  removal:
    csam:
      p95_hours: 6
provisions:
  ICU-C9:
    status: planned
  
evidence:
  -
not_measured: [removal.csam.items]
"""  # noqa: W293 - an editor is asked what may stand in the empty lines


class Open:
    """A file open in the editor."""

    def __init__(self, server: Server, folder: Path) -> None:
        named = WRITTEN.replace("SCHEMA", str(audit.home() / "rules" / "schemas" / "self-assessment-1.json"))
        self.server, self.lines, self.uri = server, named.splitlines(), (folder / "report.yaml").as_uri()
        document = {"uri": self.uri, "languageId": "yaml", "version": 1, "text": named}
        server.tell("textDocument/didOpen", {"textDocument": document})

    def at(self, words: str, shift: int) -> Json:
        """A place as many characters into the one line that holds the words, or after it where the shift is -1."""
        (line,) = (i for i, text in enumerate(self.lines) if words in text)
        column = len(self.lines[line]) if shift < 0 else self.lines[line].index(words) + shift
        return {"textDocument": {"uri": self.uri}, "position": {"line": line, "character": column}}

    def hover(self, key: str) -> str:
        shown: str = self.server.ask("textDocument/hover", self.at(f"{key}:", 1))["contents"]["value"]
        return shown.replace("\\", "")

    def offers(self, place: Json) -> dict[str, Json]:
        found = self.server.ask("textDocument/completion", place)
        return {item["label"]: item for item in (found["items"] if isinstance(found, dict) else found)}


@pytest.fixture
def report(server: Server, tmp_path: Path) -> Open:
    return Open(server, tmp_path)


@pytest.mark.parametrize(
    "id",
    ["service.uk_monthly_users", "service.osa_category", "service.kinds", "risk.csam_images", "removal.csam.p95_hours"],
)
def test_hovering_over_a_question_shows_its_text_unit_and_options(report: Open, id: str) -> None:
    question, shown = catalogue().questions[id], report.hover(id.rpartition(".")[2])
    for words in (question.label, question.ask, question.define, question.unit, *question.options):
        assert words in shown


def test_hovering_over_a_key_or_provision_shows_what_it_is(report: Open) -> None:
    assert "The days that the answers speak of" in report.hover("period")
    shown = report.hover("ICU-C9")
    assert "ICU-C9" in shown
    assert schema()["properties"]["provisions"]["properties"]["ICU-C9"]["description"] in shown
    assert "not_applicable, with a reason" in report.hover("status")


def test_every_question_of_a_section_is_offered_with_its_text(report: Open) -> None:
    line = report.at("kinds: [forum]", 0)
    offered = report.offers({**line, "position": {"line": line["position"]["line"] + 1, "character": 4}})
    given = {"uk_monthly_users", "osa_category", "kinds"}
    asked = {id.removeprefix("service.") for id in catalogue().questions if id.startswith("service.")}
    assert {name.partition(".")[0] for name in asked} - given <= set(offered)
    assert catalogue().questions["service.is_new"].ask in str(offered["is_new"]["documentation"])


def test_the_options_of_a_choice_are_offered(report: Open) -> None:
    place = report.at("csam_images: low", len("csam_images: "))
    assert {"low", "medium", "high"} <= set(report.offers(place))


def test_what_is_not_measured_is_chosen_from_all_questions(report: Open) -> None:
    assert "not known or was not measured" in report.hover("not_measured")
    offered = report.offers(report.at("not_measured: [removal", len("not_measured: [removal")))
    assert set(catalogue().questions) <= set(offered)


def test_what_has_many_parts_is_offered_as_a_whole(report: Open) -> None:
    line = report.at("status: planned", 0)["position"]["line"] + 1
    offered = report.offers({"textDocument": {"uri": report.uri}, "position": {"line": line, "character": 2}})
    assert "regard_to_expression_and_privacy" in offered["alternative"]["insertText"]
    line = report.at("evidence:", 0)["position"]["line"] + 1
    offered = report.offers({"textDocument": {"uri": report.uri}, "position": {"line": line, "character": 3}})
    assert all(f"{key}: " in offered["evidence"]["insertText"] for key in ("id", "kind", "made_by", "date"))


def test_a_wrong_answer_is_marked_where_it_stands(report: Open) -> None:
    marked = {(each["range"]["start"]["line"], each["severity"]) for each in report.server.problems_of(report.uri)}
    line = report.at("uk_monthly_users", 0)["position"]["line"]
    assert (line, 1) in marked
    others = {report.at(words, 0)["position"]["line"] for words in ("osa_category", "p95_hours", "period:", "format:")}
    assert not {line for line, _ in marked} & others
