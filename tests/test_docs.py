"""The documents are true: their commands run, their examples pass, and what they print is what is printed."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from compliance import audit
from compliance.cli import main
from compliance.problems import PROBLEMS


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_the_quick_start_is_exactly_two_commands(root: Path) -> None:
    assert blocks(root / "README.md", "sh")[0].splitlines() == ["make demo", "make test"]


def test_the_terminal_result_is_what_the_command_prints(
    root: Path,
    recorded: Callable[[Path, str], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(root)
    monkeypatch.setenv("COLUMNS", "100")
    text = (root / "README.md").read_text(encoding="utf-8")
    ((comment, command, most),) = re.findall(r"(<!-- recorded: compliance (.*) \| head -(\d+) -->\n)", text)
    assert main(shlex.split(command)) == 0
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    printed = "\n".join([*lines[: int(most)], f"[{len(lines) - int(most)} more lines]"]) + "\n"
    before, after = text.split(comment, 1)
    after = re.sub(r"\A```text\n.*?^```$", lambda _: f"```text\n{printed}```", after, flags=re.DOTALL | re.MULTILINE)
    recorded(root / "README.md", before + comment + after)


def test_every_command_of_the_table_is_one_that_exists(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = re.findall(r"^\|.*\|$", (root / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    commands = [words for row in rows for words in re.findall(r"`compliance ([^`]+)`", row)]
    assert len(commands) >= 8
    for command in commands:
        words = [word for word in shlex.split(command) if word not in ("FILE", "FILE...")]
        with pytest.raises(SystemExit):
            main([*words, "--help"])
        shown = capsys.readouterr().out
        assert all(word in shown for word in words if word.startswith("--"))


def test_the_store_example_runs(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All but the last of its commands, which is the dashboard's and has tests of its own."""
    (example,) = (block for block in blocks(root / "README.md", "sh") if "compliance import" in block)
    *commands, dashboard = [shlex.split(line)[1:] for line in example.splitlines()]
    assert dashboard[0] == "dashboard"
    shutil.copytree(root / "sample_reports", tmp_path / "sample_reports")
    monkeypatch.chdir(tmp_path)
    for command in commands:
        assert main(command) == 0
    assert "on the register" in capsys.readouterr().out


def test_the_library_example_runs(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)
    (example,) = blocks(root / "README.md", "python")
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 - our own example
    assert "provisions" in capsys.readouterr().out


def test_the_policy_authors_first_steps_are_as_told(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every step is done as its text says, and what is printed is what the page shows."""
    steps, _, _ = (root / "rules" / "README.md").read_text(encoding="utf-8").partition(REFERENCE)
    shutil.copytree(root / "sample_reports", tmp_path / "sample_reports")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    file, printed, shown = Path("drafts", "codes", "lantern-code@1.yaml"), "", 0
    for said, language, block in re.findall(r"(.*?)^```(\w+)\n(.*?)^```$", steps, re.DOTALL | re.MULTILINE):
        for new, old in re.findall(r"write\s`([^`]+)`\sfor\s`([^`]+)`", said):
            before = file.read_text(encoding="utf-8")
            assert before.count(old) == 1
            file.write_text(before.replace(old, new), encoding="utf-8")
        if language == "yaml":
            _write_as_told(said, block, file)
        elif language == "sh":
            for command in block.splitlines():
                main(shlex.split(command)[1:])
            printed = "".join(reversed(capsys.readouterr()))
        else:
            shown += 1
            assert re.fullmatch(_pattern(block), printed), printed
    assert shown == len(re.findall(r"^```sh$", steps, re.MULTILINE)) > 5, "what a command prints is shown"


REFERENCE = "## What can be written\n"


def _write_as_told(said: str, block: str, file: Path) -> None:
    """Puts a block where the paragraph before it says."""
    told = " ".join(said.rstrip().split("\n\n")[-1].split())
    if as_file := re.search(r"Save this as `(\S+)`", told):
        Path(as_file[1]).write_text(block, encoding="utf-8")
        return
    if copied := re.search(r"save a copy of `(\S+)` as `(\S+)`", told):
        file = Path(copied[2])
        shutil.copy(copied[1], file)
    if in_file := re.search(r"below (?:its|the) line `(\S+)`(?: of `(\S+)`)?", told):
        file = Path(in_file[2] or file)
        above, line, below = file.read_text(encoding="utf-8").partition(f"\n{in_file[1]}\n")
        text = above + line + block + below
    elif at_end := re.search(r"add this at the end of `(\S+)`", told):
        file = Path(at_end[1])
        line = file.read_text(encoding="utf-8")
        text = line + block
    else:
        above, line, below = file.read_text(encoding="utf-8").partition("provisions:\n")
        if "in place of everything above the line `provisions:`" in told:
            text = f"{block}\n{line}{below}"
        elif "in place of the line `provisions:` and everything below it" in told:
            text = above + block
        else:
            assert "Add this at the end of the file" in told
            text = above + line + below + block
    assert line
    file.write_text(text, encoding="utf-8")


def _pattern(shown: str) -> str:
    """What is to be printed: the lines as the page has them, and any for its "[...]"."""
    return "".join(r"(?:.*\n)*?" if line == "[...]" else f"{re.escape(line)} *\n" for line in shown.splitlines())


def test_the_policy_authors_examples_lint(root: Path, tmp_path: Path) -> None:
    page = (root / "rules" / "README.md").read_text(encoding="utf-8")
    (tmp_path / "page").write_text(page.partition(REFERENCE)[2], encoding="utf-8")
    examples = blocks(tmp_path / "page", "yaml")
    (tmp_path / "page").unlink()
    for text in examples:
        tree = yaml.safe_load(text)
        kind = tree["format"].partition("/")[0]
        name = f"{tree['id']}@{tree['version']}.yaml" if "id" in tree else f"{kind}.yaml"
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} >= {"questions.yaml", "cohorts.yaml"}
    assert len(audit.code_paths(tmp_path)) >= 1
    assert audit.lint(tmp_path) == []


def test_what_the_page_says_the_lint_looks_for_is_explained(root: Path) -> None:
    _, _, section = (
        (root / "rules" / "README.md").read_text(encoding="utf-8").partition("## What the lint holds you to")
    )
    named = re.findall(r"`([a-z]+(?:-[a-z]+)+)`", section)
    assert len(named) > 10
    assert [id for id in named if id not in PROBLEMS] == []


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "rules/README.md", "sample_reports/README.md"])
def test_links_lead_somewhere(root: Path, name: str) -> None:
    page = root / name
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_architecture_names_every_module(root: Path) -> None:
    text = (root / "ARCHITECTURE.md").read_text(encoding="utf-8")
    modules = {path.stem for path in (root / "compliance").glob("[!_]*.py")}
    assert {module for module in modules if f"`{module}`" not in text} == set()
