"""The lock files: what pyproject.toml asks for is in them, with hashes, and both hold the same versions."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIN = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?: ; [^\\]+)? \\\n(?P<hashes>(?: +--hash=sha256:.*\n)+)", re.MULTILINE
)


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_line_is_a_version_with_hashes(root: Path, name: str) -> None:
    lock = (root / name).read_text(encoding="utf-8")
    assert set(re.sub(r" +#.*\n", "", PIN.sub("", lock))) <= {"\n"}, "a line that is neither a pin nor a comment"
    assert len(_pins(root, name)) > 30


@pytest.mark.parametrize(("name", "group"), [("requirements.lock", "build"), ("requirements-dev.lock", "dev")])
def test_the_lock_holds_what_the_project_asks_for(root: Path, name: str, group: str) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    pins = _pins(root, name)
    for requirement in (*_requirements(project["project"]["dependencies"]), *_group(project, group)):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), f"{requirement}: make lock"


def test_tests_run_on_the_versions_that_are_shipped(root: Path) -> None:
    assert _pins(root, "requirements.lock").items() <= _pins(root, "requirements-dev.lock").items()


def _pins(root: Path, name: str) -> dict[str, str]:
    return {pin["name"]: pin["version"] for pin in PIN.finditer((root / name).read_text(encoding="utf-8"))}


def _group(project: dict[str, Any], name: str) -> list[Requirement]:
    entries = project["dependency-groups"][name]
    included = [one for entry in entries if isinstance(entry, dict) for one in _group(project, entry["include-group"])]
    return included + _requirements([entry for entry in entries if isinstance(entry, str)])


def _requirements(texts: list[str]) -> list[Requirement]:
    return [Requirement(text) for text in texts]
