"""A cold `compliance check` on one file, beside check-jsonschema, which merely validates the same file.

Whole processes, started in turn. What both may keep between runs is kept in a folder of this run's own: Python's
compiled modules, our compiled rules. Each runs once before it is timed, so both are warm in the file cache.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench.measure import Row, side_by_side, spread
from compliance.audit import home, load_rules, samples

TURNS = 15


def rows() -> Iterator[Row]:
    """One code, then every code that applies by default."""
    sample = max(samples().glob("harbourline/*.yaml"))
    codes = load_rules().codes
    print(f"cold: {sample.relative_to(home())}, {sample.stat().st_size:,} bytes; {len(codes)} codes are shipped")
    largest = max(codes, key=lambda code: len(code.provisions))
    with tempfile.TemporaryDirectory() as kept:
        yield _row(f"cold check, {largest.name}", sample, ["--code", largest.name], 0.6, Path(kept))
        yield _row("cold check, all default codes", sample, [], 0.8, Path(kept))


def _row(what: str, sample: Path, options: list[str], target: float, kept: Path) -> Row:
    schema = home() / "rules" / "schemas" / "self-assessment-1.json"
    sides = side_by_side(
        _process(kept, "compliance", "check", str(sample), *options),
        _process(kept, "check-jsonschema", "--schemafile", str(schema), str(sample)),
        TURNS,
    )
    ratio = median(sides.ratios)
    return Row(
        what,
        spread((s * 1e3 for s in sides.ours), " ms"),
        f"check-jsonschema {version('check-jsonschema')}: {spread((s * 1e3 for s in sides.theirs), ' ms')}",
        spread(sides.ratios),
        ((f"at most {target} x", ratio <= target),),
    )


def _process(kept: Path, name: str, *arguments: str) -> Callable[[], object]:
    """Runs a script that stands beside this Python, and sees that it is content."""
    command = [str(Path(sys.executable).with_name(name)), *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPYCACHEPREFIX": str(kept / "modules"), "XDG_CACHE_HOME": str(kept / "cache")}
    return lambda: subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
