"""A version of a code that states only what is different from the version it amends, as a regulator's notice does.

`amend` fills in the rest, so that everybody else sees a whole code. What is not stated is as in the version before;
an entry of a list (chapter, provision, cap, line of context) takes the place of the one with its id, or comes after the
others. A provision that is not stated has been in force since it was in the version before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compliance.document import Tree
from compliance.model import Path

KEY = "amends"
LISTS = ("chapters", "provisions", "caps", "context")
_MAPS = ("sources", "left_out", "upcoming", "facts", "judgements", "weights")


@dataclass(frozen=True)
class Amended(Tree):
    """A whole code, of which the file states only a part; the rest stands where the file says what it amends."""

    stated: Mapping[str, Any]

    def where(self, path: Path) -> Path:
        """Where in the file the value at `path` of the whole code is stated."""
        if not path:
            return path
        section, *inside = path
        if section not in self.stated:
            return (KEY,)
        if section in LISTS and inside:
            index, *rest = inside
            id = self.value[section][index]["id"]
            own = [entry["id"] for entry in self.stated[section]]
            return (section, own.index(id), *rest) if id in own else (KEY,)
        if section in _MAPS and inside and inside[0] not in self.stated[section]:
            return (KEY,)
        return path


def amend(before: Tree, change: Tree) -> Amended:
    """The whole code that `change` makes of the one `before`."""
    old = before.value
    stated = {key: value for key, value in change.value.items() if value is not None}
    whole = {**old, **{key: value for key, value in stated.items() if key != KEY}, "supersedes": stated[KEY]}
    for section in _MAPS:
        if section in stated and old.get(section) is not None:
            whole[section] = {**old[section], **stated[section]}
    for section in LISTS:
        if section in stated and old.get(section) is not None:
            whole[section] = _merged(old[section], stated[section])
    since = {key: day for key, day in old["in_force"].items() if key == "from"}
    own = {entry["id"] for entry in stated.get("provisions", ())}
    whole["provisions"] = [e if e["id"] in own else {"in_force": since, **e} for e in whole["provisions"]]
    removed = stated.get("removed", {})
    whole["provisions"] = [entry for entry in whole["provisions"] if entry["id"] not in removed]
    for section in ("left_out", "upcoming"):
        kept = {id: why for id, why in (whole.get(section) or {}).items() if id not in own}
        whole[section] = kept if section in whole else {}
    return Amended(whole, change.file, change.data, change.syntax, stated)


def _merged(old: Sequence[Mapping[str, Any]], stated: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    own = {entry["id"]: entry for entry in stated}
    known = {entry["id"] for entry in old}
    return [*(own.get(entry["id"], entry) for entry in old), *(entry for entry in stated if entry["id"] not in known)]
