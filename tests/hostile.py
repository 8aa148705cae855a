"""Files made to exhaust a reader, as a table of generators: size, depth, numbers of things, raw bytes.

Run as a program it reads every one of them as a self-assessment and prints, as JSON, the ids and the time of each and
the most memory that the process ever held.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from compliance import schema
from compliance.questions import read_catalogue
from compliance.submissions import read_submission


def peak_mb() -> int:
    """The most memory that this program ever held, in megabytes.

    What Linux tells of resources used counts what the process that started it held by then as well.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


FULL = 4_900_000  # just below the limit on size

HEAD = b"""format: self-assessment/1
service: {id: harbourline, name: Harbourline, provider: Harbourline Ltd}
period: {from: "2026-01-01", to: "2026-06-30"}
prepared: {on: "2026-07-20", role: Head of Trust and Safety, approved_by_role: Chief Executive}
"""


def _lines(line: str, count: int) -> bytes:
    return HEAD + b"".join(line.replace("#", str(i)).encode() for i in range(count))


def _unknown_ids() -> bytes:
    names = iter(range(90_000))
    return json.dumps(
        {"evidence": [{"supports": [f"n{next(names)}" for _ in range(200)]} for _ in range(450)]}
    ).encode()


def _laughs() -> bytes:
    bomb = ["a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    bomb += [
        f"{name}: &{name} [{', '.join([f'*{below}'] * 9)}]" for below, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return "\n".join(bomb).encode()


# name -> the file's name, its bytes, and the id of a problem it must give
CASES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "50 MB of text": ("a.yaml", lambda: b"a" * 50_000_000, "file-too-large"),
    "50 MB of brackets": ("a.json", lambda: b"[" * 50_000_000, "file-too-large"),
    "100,000 opening brackets": ("a.yaml", lambda: b"[" * 100_000, "too-deep"),
    "100,000 opening brackets in JSON": ("a.json", lambda: b"[" * 100_000, "too-deep"),
    "30,000 opening brackets in short JSON": ("a.json", lambda: b"[" * 30_000 + b"]" * 30_000, "too-deep"),
    "brackets behind brackets in text": ("a.json", lambda: b'["]]]]]]",' * 6_000 + b"1" + b"]" * 6_000, "too-deep"),
    "100,000 opening brackets, each on its line": ("a.yaml", lambda: b"[\n" * 100_000, "too-deep"),
    "5 MB of opening braces": ("a.yaml", lambda: b"{a: " * (FULL // 4), "too-deep"),
    "5 MB of dashes": ("a.yaml", lambda: b"- " * (FULL // 2), "too-deep"),
    "5 MB of question marks": ("a.yaml", lambda: b"? " * (FULL // 2), "key-not-text"),
    "2,000 levels of indentation": ("a.yaml", lambda: b"".join(b" " * i + b"-\n" for i in range(2_000)), "too-deep"),
    "51 levels": ("a.yaml", lambda: b"[" * 51 + b"]" * 51, "too-deep"),
    "51 levels of JSON": ("a.json", lambda: b'{"a":' * 51 + b"1" + b"}" * 51, "too-deep"),
    "100,001 values": ("a.yaml", lambda: b"- 1\n" * 100_000, "too-many-values"),
    "100,001 values of JSON": ("a.json", lambda: b"[1" + b",1" * 99_999 + b"]", "too-many-values"),
    "70 kB of text": (
        "a.yaml",
        lambda: HEAD + b"answers: {governance: {reviewer: " + b"x" * 70_000 + b"}}",
        "text-too-long",
    ),
    "70 kB of text in JSON": ("a.json", lambda: b'{"format": "' + b"x" * 70_000 + b'"}', "text-too-long"),
    "64,001 bytes of three-byte characters": ("a.yaml", lambda: b"format: " + "€".encode() * 21_334, "text-too-long"),
    "5 MB of text on one line": ("a.yaml", lambda: b"format: " + b"x y " * (FULL // 4), "text-too-long"),
    "5 MB of one key": ("a.yaml", lambda: b"? " + b"x" * FULL + b"\n: 1\n", "text-too-long"),
    "5 MB in quotes that never close": ("a.yaml", lambda: b'format: "' + b"x" * FULL, "yaml-syntax"),
    "5 MB of escaped quotes": ("a.json", lambda: b'{"format": "' + b'\\"' * (FULL // 2), "json-syntax"),
    "60 kB of escaped quotes": ("a.json", lambda: b'"' + b'\\"' * 30_000, "json-syntax"),
    "60 kB of quotes": ("a.json", lambda: b'[[[[["' * 10_000, "json-syntax"),
    "5 MB of blanks": ("a.json", lambda: b" " * FULL, "empty-file"),
    "5 MB of line breaks": ("a.yaml", lambda: b"\n" * FULL, "empty-file"),
    "5 MB of comment": ("a.yaml", lambda: b"#" * FULL, "empty-file"),
    "5 MB of NUL": ("a.yaml", lambda: b"a: " + b"\0" * FULL, "forbidden-character"),
    "5 MB of escape characters": ("a.json", lambda: b"[" + b"\x1b" * FULL, "forbidden-character"),
    "5 MB of bytes that are not UTF-8": ("a.yaml", lambda: b"a: " + b"\xff" * FULL, "not-utf8"),
    "5 MB of tag directives": (
        "a.yaml",
        lambda: b"".join(b"%%TAG !a%d! b\n" % i for i in range(280_000)),
        "yaml-directive",
    ),
    "tag directives behind a document": (
        "a.yaml",
        lambda: b"a: 1\r...\r" + b"".join(b"%%TAG !a%d! b\r" % i for i in range(250_000)),
        "yaml-directive",
    ),
    "a number of 5,000 digits": ("a.yaml", lambda: b"a: " + b"9" * 5_000, "number-too-large"),
    "a number of 5,000 digits in JSON": ("a.json", lambda: b'{"a": ' + b"9" * 5_000 + b"}", "number-too-large"),
    "a fraction of 5,000 digits": ("a.json", lambda: b'{"a": 0.' + b"9" * 5_000 + b"}", "number-too-large"),
    "30,000 numbers of 100 digits": ("a.yaml", lambda: _lines("k#: " + "9" * 100 + "\n", 30_000), "number-too-large"),
    "30,000 numbers that are infinite": ("a.json", lambda: b"[1e999" + b",1e999" * 29_999 + b"]", "number-too-large"),
    "a thousand million laughs": ("a.yaml", _laughs, "yaml-alias"),
    "40,000 aliases": ("a.yaml", lambda: b"a: &a 1\nb: [" + b"*a, " * 40_000 + b"]", "yaml-alias"),
    "40,000 anchors": ("a.yaml", lambda: b"a:\n" + b"- &a 1\n" * 40_000, "yaml-anchor"),
    "40,000 tags": ("a.yaml", lambda: b"a:\n" + b"- !!int 1\n" * 40_000, "yaml-tag"),
    "40,000 merge keys": ("a.yaml", lambda: b"a:\n" + b"- {<<: {b: 1}}\n" * 20_000, "yaml-merge-key"),
    "40,000 times the same key": ("a.yaml", lambda: b"a: 1\n" * 40_000, "duplicate-key"),
    "40,000 times the same key in JSON": ("a.json", lambda: b'{"a": 1' + b', "a": 1' * 40_000 + b"}", "duplicate-key"),
    "30,000 lists as keys": ("a.yaml", lambda: b"? []\n: 1\n" * 30_000, "key-not-text"),
    "40,000 documents": ("a.yaml", lambda: b"--- 1\n" * 40_000, "second-document"),
    "49,000 unknown keys": ("a.yaml", lambda: _lines("answer#: 1\n", 49_000), "unknown-key"),
    "49,000 unknown keys of 90 characters": (
        "a.yaml",
        lambda: _lines(f"{'answers' * 12}#: 1\n", 45_000),
        "unknown-key",
    ),
    "90,000 ids that nothing is called": ("a.json", _unknown_ids, "unknown-option"),
    "90,000 empty pieces of evidence": ("a.yaml", lambda: HEAD + b"evidence:\n" + b"- {}\n" * 90_000, "missing-key"),
    "90,000 options that do not exist": (
        "a.yaml",
        lambda: HEAD + b"answers: {service: {kinds: [" + b"mesaging, " * 90_000 + b"]}}",
        "unknown-option",
    ),
    "90,000 things supported": (
        "a.yaml",
        lambda: _lines("", 0) + b"evidence: [{supports: [" + b"IICSA-R9, " * 90_000 + b"]}]",
        "too-many-items",
    ),
    "30,000 dates that do not exist": (
        "a.yaml",
        lambda: HEAD + b"evidence:\n" + b'- {date: "2026-02-30"}\n' * 30_000,
        "no-such-date",
    ),
    "16,000 unknown mappings": ("a.yaml", lambda: _lines("k#: {id: 1, on: 2}\n", 16_000), "unknown-key"),
    "a name of 64,000 blanks": (
        "a.yaml",
        lambda: HEAD.replace(b"name: H", b'name: "' + b" " * 60_000 + b'x" #'),
        "yaml-syntax",
    ),
    "an id of 64,000 hyphens": ("a.json", lambda: b'{"service": {"id": "' + b"a-" * 30_000 + b'!"}}', "wrong-form"),
}


def main() -> None:
    folder = Path(__file__).parent / "bad"
    catalogue, wrong = read_catalogue((folder / "questions.yaml").read_bytes(), "questions.yaml")
    assert catalogue, wrong
    shape = schema.self_assessment(catalogue, ["IICSA-R1.1"])
    cases = {}
    for name, (file, make, _) in CASES.items():
        data = make()
        start = time.monotonic()
        submission, problems = read_submission(data, file, catalogue, shape, date(2026, 8, 1))
        seconds = time.monotonic() - start
        assert (submission is None) == bool(problems)
        cases[name] = {"ids": sorted({problem.id for problem in problems}), "of": len(problems), "seconds": seconds}
    json.dump({"cases": cases, "peak_mb": peak_mb()}, sys.stdout)


if __name__ == "__main__":
    main()
