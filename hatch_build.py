"""What a wheel carries beside the package's own modules: the rules, the samples, the dashboard's script and its theme.

They travel inside the package, in the layout they have in a checkout, so that one function finds them in both; beside
each rules file lies its compiled form. An editable installation reads them from the checkout and carries no copy.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CARRIED = ("rules", "sample_reports", "app.py", ".streamlit/config.toml")


class CarryData(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        self.scratch = TemporaryDirectory()
        if version != "editable":
            build_data["force_include"].update({source: f"compliance/{source}" for source in CARRIED})
            build_data["force_include"].update(self.compiled(Path(self.scratch.name)))

    def compiled(self, folder: Path) -> Iterator[tuple[str, str]]:
        """Writes the compiled form of every rules file to `folder`; gives each with its place in the wheel."""
        sys.path.insert(0, self.root)
        from compliance import compiled, document

        rules = Path(self.root, "rules")
        for file in (rules / "questions.yaml", *sorted(rules.glob("codes/*"))):
            tree, problems = document.read(file.read_bytes(), str(file))
            if tree is None or problems:
                raise ValueError(f"{file} cannot be read: {problems}")
            kept = folder / (file.name + compiled.SUFFIX)
            kept.write_bytes(compiled.entry(tree))
            yield str(kept), f"compliance/{file.relative_to(self.root)}{compiled.SUFFIX}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        self.scratch.cleanup()
