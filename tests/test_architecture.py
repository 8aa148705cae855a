"""The shape of the program: who may import whom, and what the library costs to import.

The contracts themselves are in pyproject.toml.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# Distributions whose packages have another name.
IMPORTED_AS = {"pyyaml": "yaml", "jsonschema-rs": "jsonschema_rs"}

EMBED = """
import sys
import compliance
from compliance import assess, load_code, read_submission
print(*(name for name in {heavy} if name in sys.modules))
"""


def test_imports_keep_the_contracts(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    assert lint_imports(config_filename="pyproject.toml", no_cache=True, no_logo=True) == 0


def test_the_library_is_imported_without_the_screen_or_the_store(tmp_path: Path) -> None:
    heavy = ("streamlit", "pandas", "plotly", "pyarrow", "sqlalchemy", "duckdb")
    script = EMBED.format(heavy=heavy)
    result = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout.split(), result.stderr) == (0, [], "")


def test_what_is_declared_is_what_is_imported(root: Path) -> None:
    graph = grimp.build_graph("compliance", include_external_packages=True, cache_dir=None)
    roots = {name.partition(".")[0] for name in graph.modules} - {"compliance"}
    assert roots - set(sys.stdlib_module_names) == {_imported_as(name) for name in _declared(root)}


def _declared(root: Path) -> list[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [canonicalize_name(Requirement(text).name) for text in project["dependencies"]]


def _imported_as(distribution: str) -> str:
    return IMPORTED_AS.get(distribution, distribution.replace("-", "_"))
