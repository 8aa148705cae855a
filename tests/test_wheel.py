"""The wheel, installed in an environment of its own: it carries the rules and the samples, and declares all it needs.

The environment holds the wheel and links to the distributions that its metadata asks for, followed to the end, out of
this test's own environment. That takes a second where an installation takes a minute; it still fails when a dependency
is not declared or a file is not carried, since nothing else, the checkout least of all, is on its path.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import venv
from collections.abc import Iterable
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from playwright.sync_api import Page

from compliance import compiled, document


@pytest.fixture(scope="module")
def installed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment that holds the wheel and what it asks for."""
    wheels = tmp_path_factory.mktemp("wheels")
    _run([sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(wheels)], cwd=root)
    (wheel,) = wheels.iterdir()
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python")]
    _run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], cwd=wheels)
    packages = _packages(environment)
    (metadata,) = packages.glob("compliance-*.dist-info")
    for needed in _needed_by(PathDistribution(metadata)):
        _link(needed, packages)
    return environment


def test_codes_are_listed_far_from_the_checkout(installed: Path, root: Path, tmp_path: Path) -> None:
    codes = (root / "rules" / "codes").glob("*.yaml")
    listed = _compliance(installed, "codes", "list", cwd=tmp_path)
    assert [path.stem for path in codes if path.stem.partition("@")[0] not in listed] == []


def test_a_carried_sample_gives_its_recorded_result(installed: Path, tmp_path: Path) -> None:
    samples = _packages(installed) / "compliance" / "sample_reports"
    recorded = min(samples.glob("*/*.expected.json"))
    sample = next(
        path for path in recorded.parent.glob(recorded.name.replace("expected.json", "*")) if path != recorded
    )
    checked = _compliance(installed, "check", str(sample), "--format", "json", cwd=tmp_path)
    assert _without_files(json.loads(checked)) == _without_files(json.loads(recorded.read_text(encoding="utf-8")))


def test_the_rules_come_compiled(installed: Path) -> None:
    rules = _packages(installed) / "compliance" / "rules"
    for file in (rules / "questions.yaml", *rules.glob("codes/*.yaml")):
        tree, _ = document.read(file.read_bytes(), str(file))
        assert tree
        assert file.with_name(f"{file.name}{compiled.SUFFIX}").read_bytes() == compiled.entry(tree)


def test_the_dashboards_script_and_settings_travel(installed: Path, root: Path) -> None:
    package = _packages(installed) / "compliance"
    for name in ("app.py", ".streamlit/config.toml"):
        assert (package / name).read_bytes() == (root / name).read_bytes()


def test_the_demo_runs_in_an_empty_folder(installed: Path, tmp_path: Path, page: Page) -> None:
    command = [str(installed / "bin" / "compliance"), "demo", "--no-browser"]
    with subprocess.Popen(
        command, cwd=tmp_path, env={"HOME": str(tmp_path), "TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE, text=True
    ) as server:
        watch = threading.Timer(120, server.terminate)
        watch.start()
        try:
            assert server.stdout
            page.goto(server.stdout.readline().split()[1])
            page.get_by_text("on the register").first.wait_for()
            assert "nothing received" in page.inner_text("body")
        finally:
            watch.cancel()
            server.terminate()
    assert list(tmp_path.glob("compliance-demo-*")) == []


def _compliance(environment: Path, *arguments: str, cwd: Path) -> str:
    return _run([str(environment / "bin" / "compliance"), *arguments], cwd=cwd, env={"HOME": str(cwd)})


def _run(command: list[str], cwd: Path, env: dict[str, str] | None = None) -> str:
    result = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr + result.stdout
    return result.stdout


def _packages(environment: Path) -> Path:
    (packages,) = environment.glob("lib/python*/site-packages")
    return packages


def _needed_by(wanting: Distribution) -> Iterable[Distribution]:
    """Every distribution that this one asks for, directly or through another."""
    found: dict[str, Distribution] = {}
    waiting = [(wanting, "")]
    while waiting:
        asking, extra = waiting.pop()
        for requirement in map(Requirement, asking.requires or ()):
            if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
                continue
            name = canonicalize_name(requirement.name)
            if name not in found:
                found[name] = distribution(name)
                waiting += [(found[name], wanted) for wanted in {"", *requirement.extras}]
    return found.values()


def _link(needed: Distribution, packages: Path) -> None:
    for file in needed.files or ():
        if ".." not in file.parts:
            link = packages / file
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(str(needed.locate_file(file)))


def _without_files(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in result.items() if key != "file"} for result in results]
