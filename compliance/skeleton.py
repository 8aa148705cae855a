"""The skeleton of a new code: filled in with a name, and what is still to be filled in.

The mark stands in comments too, beside values that have to be valid before anybody has chosen them, so it is looked for
in the text of a file and not in what the text says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from string import Template
from typing import Final

from compliance.model import Problem
from compliance.problems import problem

MARK: Final = "FILL IN:"
_TITLE: Final = f"{MARK} the code's title"


def begin(skeleton: str, id: str, version: str, title: str = "") -> str:
    """The file of a new code; its provisions are numbered after the initials of its id."""
    prefix = "".join(word[0] for word in id.replace("_", "-").split("-")).upper()
    quoted = json.dumps(title or _TITLE, ensure_ascii=False)
    return Template(skeleton).substitute(id=id, version=version, title=quoted, prefix=prefix)


def left_over(data: bytes, file: str) -> Iterator[Problem]:
    """A problem for every mark that is left in a file."""
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), start=1):
        if MARK in line:
            before, _, after = line.partition(MARK)
            yield problem("placeholder-left", file, number, len(before) + 1, what=after.partition('"')[0].strip())
