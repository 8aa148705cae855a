"""`python -m bench [cold] [scoring] [reading]`: measures the rows named, or all, and prints them as one table."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version

from bench import cold, reading, scoring
from bench.measure import table

MODULES = {"cold": cold, "scoring": scoring, "reading": reading}


def main() -> None:
    names = sys.argv[1:] or list(MODULES)
    print(
        f"Python {platform.python_version()}, NumPy {version('numpy')}, jsonschema-rs {version('jsonschema-rs')},"
        f" {os.cpu_count()} processors, {platform.platform()}"
    )
    print("Medians of turns taken in turn, with the least and the most in brackets.")
    found = [row for name in names for row in MODULES[name].rows()]
    print(f"\n{table(found)}")


if __name__ == "__main__":
    main()
