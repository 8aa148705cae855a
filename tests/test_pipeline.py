"""The README's recipes for a pipeline, executed as they are written, in a repository of their own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
import test_docs
import yaml

INSTALLS = "python -m pip install"


class Repository:
    """A repository with a report in it, and a shell in which `compliance` is this checkout's."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder, self.report = folder / "repository", folder / "repository" / "reports" / "2026-06-30.yaml"
        self.report.parent.mkdir(parents=True)
        shutil.copy(root / "sample_reports" / "harbourline" / self.report.name, self.report.parent)
        programs = folder / "bin"
        programs.mkdir()
        program = programs / "compliance"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m compliance "$@"\n')
        program.chmod(0o755)
        who = {f"GIT_{role}_{what}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
        own = {"PATH": path, "PYTHONPATH": str(root), "HOME": str(folder), "PRE_COMMIT_HOME": str(folder / "hooks")}
        self.environment = os.environ | who | own | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        self.run("git init --quiet")

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        shell = ["bash", "-euo", "pipefail", "-c", command]
        return subprocess.run(shell, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)

    def edit(self, old: str, new: str) -> None:
        text = self.report.read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        self.report.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def repository(tmp_path: Path, root: Path) -> Repository:
    return Repository(tmp_path, root)


def shell_lines(root: Path) -> list[str]:
    (block,) = (block for block in test_docs.blocks(root / "README.md", "sh") if "--baseline" in block)
    return block.splitlines()


def as_file(root: Path, name: str) -> str:
    """The block of the README that is to be saved under this name."""
    blocks = test_docs.blocks(root / "README.md", "yaml")
    (block,) = (block for block in blocks if block.startswith(f"# {name}\n"))
    return block


def test_what_is_recorded_holds_until_something_gets_worse(repository: Repository, root: Path) -> None:
    for line in shell_lines(root):
        done = repository.run(line)
        assert (done.returncode, done.stderr) == (0, ""), line
    repository.edit("p95_hours: 6.5", "p95_hours: 60.5")
    done = repository.run(shell_lines(root)[-1])
    assert done.returncode == 1
    assert re.search(r"^reports/2026-06-30\.yaml: \S+@\S+: \S+: worse than recorded: ", done.stderr, re.MULTILINE)


def test_the_job_uploads_a_log_whether_it_passes_or_fails(repository: Repository, root: Path) -> None:
    job = yaml.safe_load(as_file(root, ".github/workflows/compliance.yml"))["jobs"]["check"]
    install, check = (step["run"] for step in job["steps"] if "run" in step)
    assert install.startswith(INSTALLS)  # not run: what is tested is installed
    (upload,) = (step for step in job["steps"] if "upload-sarif" in step.get("uses", ""))
    assert upload["if"] == "success() || failure()"
    repository.run(shell_lines(root)[0])
    for status in (0, 1):
        done = repository.run(check)
        assert done.returncode == status, done.stderr
        log = json.loads((repository.folder / upload["with"]["sarif_file"]).read_text(encoding="utf-8"))
        artifacts = [
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            for result in log["runs"][0]["results"]
        ]
        assert set(artifacts) <= {f"reports/{path.name}" for path in repository.report.parent.iterdir()}
        assert artifacts
        repository.edit("p95_hours: 6.5", "p95_hours: 60.5") if status == 0 else None


def test_no_file_is_committed_that_cannot_be_read(repository: Repository, root: Path) -> None:
    (repository.folder / ".pre-commit-config.yaml").write_text(as_file(root, ".pre-commit-config.yaml"))
    installed = repository.run(f'"{sys.executable}" -m pre_commit install')
    assert installed.returncode == 0, installed.stdout + installed.stderr
    schema = root / "rules" / "schemas" / "self-assessment-1.json"
    shutil.copy(schema, repository.report.with_name("self-assessment-1.schema.json"))  # as `new` puts it beside
    workbook = repository.report.with_suffix(".xlsx").name
    done = repository.run(f"compliance new --from reports/{repository.report.name} --out reports/{workbook}")
    assert done.returncode == 0, done.stderr
    done = repository.run("git add . && git commit --quiet -m first")
    assert done.returncode == 0, done.stdout + done.stderr
    repository.edit("uk_monthly_users: 2400000", "uk_monthly_users: many")
    done = repository.run("git commit --quiet -a -m second")
    assert done.returncode == 1
    assert "reports/2026-06-30.yaml:" in done.stdout + done.stderr
    assert "wrong-type" in done.stdout + done.stderr
    repository.edit("uk_monthly_users: many", "uk_monthly_users: 2400000")
    book = openpyxl.load_workbook(repository.folder / "reports" / workbook)
    book["About"]["B5"] = None
    book.save(repository.folder / "reports" / workbook)
    done = repository.run("git commit --quiet -a -m third")
    assert done.returncode == 1
    assert f"reports/{workbook}:About!B5: service.id: wrong-type" in done.stdout + done.stderr
