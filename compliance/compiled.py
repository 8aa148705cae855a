"""Rules files as compiled JSON, kept between runs: YAML reads at a few MB a second, this a hundred times as fast.

An entry lies in the user's cache folder, one for each file, or beside the file where a wheel carries both. It begins
with a seal over the file's bytes, the reader's own source and the JSON, so neither an outdated nor a damaged entry is
ever used. Anybody can make such a seal, so an entry that came with somebody else's rules is never looked at. Where none
can be read the file is, and where none can be written none is kept; what is read is the same.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from compliance import document
from compliance.document import Tree, syntax_of
from compliance.model import Problem

SUFFIX = ".compiled"
CARRIED = Path(__file__).resolve().parent / "rules"
MOST_KEPT = 100
_NOT_HERE = (OSError, RuntimeError)  # the latter where the user has no home


def read(data: bytes, file: str) -> tuple[Tree | None, list[Problem]]:
    """What `document.read` gives; positions still come from the file's own bytes."""
    path = Path(file).absolute()
    for place in (_beside, _in_cache) if path.parent in (CARRIED, CARRIED / "codes") else (_in_cache,):
        with suppress(*_NOT_HERE, ValueError):
            return Tree(_value(place(path).read_bytes(), data, file), file, data, syntax_of(file, data)), []
    tree, problems = document.read(data, file)
    if tree is not None and not problems:
        with suppress(*_NOT_HERE):
            _write(_in_cache(path), entry(tree))
    return tree, problems


def entry(tree: Tree) -> bytes:
    """What is kept of a tree."""
    text = json.dumps(tree.value, ensure_ascii=False, separators=(",", ":")).encode()
    return _seal(tree.data, tree.file, text) + b"\n" + text


def _value(kept: bytes, data: bytes, file: str) -> Any:
    """The value in an entry; ValueError where the entry is not of these bytes or not whole."""
    seal, _, text = kept.partition(b"\n")
    if seal != _seal(data, file, text):
        raise ValueError
    return json.loads(text)


def _seal(data: bytes, file: str, text: bytes) -> bytes:
    parts = (_reader(), syntax_of(file, data).encode(), data, text)
    return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest().encode()


@cache
def _reader() -> bytes:
    return Path(document.__file__).read_bytes()


def _beside(path: Path) -> Path:
    return path.with_name(path.name + SUFFIX)


def _in_cache(path: Path) -> Path:
    folder = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(folder, "compliance", sha256(bytes(path)).hexdigest() + SUFFIX)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, whoever else writes or reads it meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    by_age = sorted(path.parent.glob(f"*{SUFFIX}"), key=lambda kept: kept.stat().st_mtime)
    for old in by_age[:-MOST_KEPT]:
        old.unlink()
