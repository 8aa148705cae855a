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


def test_the_policy_authors_examples_lint(root: Path, tmp_path: Path) -> None:
    for text in blocks(root / "rules" / "README.md", "yaml"):
        tree = yaml.safe_load(text)
        kind = tree["format"].partition("/")[0]
        name = f"{tree['id']}@{tree['version']}.yaml" if "id" in tree else f"{kind}.yaml"
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} >= {"questions.yaml", "cohorts.yaml"}
    assert len(audit.code_paths(tmp_path)) >= 1
    assert audit.lint(tmp_path) == []


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "rules/README.md", "sample_reports/README.md"])
def test_links_lead_somewhere(root: Path, name: str) -> None:
    page = root / name
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_architecture_names_every_module(root: Path) -> None:
    text = (root / "ARCHITECTURE.md").read_text(encoding="utf-8")
    modules = {path.stem for path in (root / "compliance").glob("[!_]*.py")}
    assert {module for module in modules if f"`{module}`" not in text} == set()
