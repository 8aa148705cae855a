"""A code of practice for online child safety that runs.

The library's front door: `read_submission`, `load_code` and `assess`. Importing it loads nothing else until a name is
used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["assess", "load_code", "read_submission"]

if TYPE_CHECKING:
    from compliance.audit import load_code, read_submission
    from compliance.engine import assess


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module 'compliance' has no attribute {name!r}")
    return getattr(import_module("compliance.engine" if name == "assess" else "compliance.audit"), name)
