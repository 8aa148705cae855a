"""What a wheel carries beside the package's own modules: the rules, the samples, the dashboard's script and its theme.

They travel inside the package, in the layout they have in a checkout, so that one function finds them in both. An
editable installation reads them from the checkout and carries no copy.
"""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CARRIED = ("rules", "sample_reports", "app.py", ".streamlit/config.toml")


class CarryData(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            build_data["force_include"].update({source: f"compliance/{source}" for source in CARRIED})
