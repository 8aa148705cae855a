"""Reading, validating and scoring files, beside the usual way of merely reading and validating the same files.

The files are the shipped samples, every one in both syntaxes. Both sides have their schema compiled and their files in
memory; ours also makes them columns and applies the largest code to them. Seconds are those of one core.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from statistics import mean, median
from typing import Any

import jsonschema
import yaml

from bench.measure import Row, side_by_side, spread
from bench.scoring import largest
from compliance import audit, document
from compliance.engine import assess
from compliance.submissions import read_submission

COPIES, COPIES_OF_THEIRS = 100, 4
TURNS = 5


def rows() -> Iterator[Row]:
    """JSON, then YAML."""
    files = audit.find_samples()
    values = [tree.value for tree, _ in (document.read(path.read_bytes(), path.name) for path in files) if tree]
    as_json = [json.dumps(value, ensure_ascii=False).encode() for value in values]
    as_yaml = [
        yaml.dump(value, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False).encode() for value in values
    ]
    yield _row("JSON", as_json, json.loads, f"json, jsonschema {version('jsonschema')}", 4_000)
    parser = f"PyYAML {version('pyyaml')} CSafeLoader, jsonschema {version('jsonschema')}"
    yield _row("YAML", as_yaml, lambda data: yaml.load(data, Loader=yaml.CSafeLoader), parser, 1_200)


def _row(syntax: str, files: list[bytes], parse: Callable[[bytes], Any], name: str, least: int) -> Row:
    rules, plan, today = audit.load_rules(), largest(), audit.today()
    print(f"reading: {len(files)} samples as {syntax}, {mean(map(len, files)):,.0f} bytes on average")
    validator = jsonschema.Draft202012Validator(rules.schema)

    def ours() -> None:
        read = [
            read_submission(data, f"a.{syntax.lower()}", rules.catalogue, rules.schema, today)
            for data in files * COPIES
        ]
        assess(plan.code, [submission for submission, _ in read if submission])

    def theirs() -> None:
        for data in files * COPIES_OF_THEIRS:
            assert next(validator.iter_errors(parse(data)), None) is None

    sides = side_by_side(
        ours, theirs, TURNS, per=(len(files) * COPIES, len(files) * COPIES_OF_THEIRS), clock=time.process_time
    )
    rate = 1 / median(sides.ours)
    return Row(
        f"{syntax} files read, validated and scored",
        spread((1 / s for s in sides.ours), " a second"),
        f"{name}: {spread((1 / s for s in sides.theirs), ' a second')}",
        spread((1 / ratio for ratio in sides.ratios), " x faster"),
        ((f"at least {least:,} a second", rate >= least),),
    )
