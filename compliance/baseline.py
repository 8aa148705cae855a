"""Whether an assessment is worse than a recorded one: the ratchet of `check --baseline`.

A baseline is what `check --format json` printed before. An assessment is held to the result recorded for its service,
code (id, version and digest) and period, else to the one for the latest period that ended before. Where there is none,
nobody can say that it is not worse, so that fails too, until a result is recorded again.

**Worse** is decided in this module and nowhere else. A provision that took part then and takes part now is worse where
one of these is worse, each compared exactly as recorded:

- what its deciding requirements come to: met (or nothing that decides), undetermined, falls short;
- its outcome: met, alternative, partly met or unknown, not met;
- its declared credit, `low`; its assured credit. Both are means over its requirements that take part.

A provision that takes part only now, or no more (it does not apply, is too early or has no cases), has nothing to be
compared with. That is always said, and fails where what decides it is not met in the one result that it takes part in:
a new shortfall is worse than none, and an old one is not mended by leaving it behind. What is shown and never scored
takes no part.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from compliance import schema
from compliance.model import MICRO, Assessment, Finding, Outcome, Problem, ProvisionResult, Verdict
from compliance.problems import problem
from compliance.vocabulary import outcome_words

MOST_BYTES = 16_000_000  # some fifty files by six codes

_VERDICTS: Mapping[Verdict | None, int] = {None: 0, Verdict.MET: 0, Verdict.UNDETERMINED: 1, Verdict.FALLS_SHORT: 2}
_OUTCOMES: Mapping[Outcome | None, int] = {
    Outcome.MET: 0,
    Outcome.ALTERNATIVE: 1,
    Outcome.PARTLY_MET: 2,
    Outcome.UNKNOWN: 2,
    Outcome.NOT_MET: 3,
}


class Stand(NamedTuple):
    """How a provision or a requirement stands: credits in micro-units; a requirement has no verdict of its own."""

    outcome: Outcome | None
    verdict: Verdict | None
    low: int
    assured: int
    takes_part: bool
    why: str = ""
    requirements: Mapping[str, Stand] = {}

    @property
    def is_settled(self) -> bool:
        """Whether what decides it, if anything does, is met."""
        return _VERDICTS[self.verdict] == 0

    def __str__(self) -> str:
        return outcome_words(self.outcome) + ("" if self.is_settled else f", what decides it {_verdict(self.verdict)}")


class Result(NamedTuple):
    """What of a result is compared, a recorded one or a new one; days are ISO text."""

    file: str
    service: str
    code: str
    version: str
    digest: str
    engine: str
    starts: str
    ends: str
    provisions: Mapping[str, Stand]

    @property
    def code_name(self) -> str:
        return f"{self.code}@{self.version}"

    @property
    def of(self) -> str:
        return f"{self.service}, {self.starts} to {self.ends}"


class Kind(StrEnum):
    """What is different from what was recorded."""

    WORSE = "worse than recorded"
    TAKES_PART = "takes part only now"
    TAKES_NO_PART = "takes no part any more"
    OTHER_CODE = "not comparable"
    NEW = "not recorded"
    GONE = "recorded, not assessed"


@dataclass(frozen=True, slots=True)
class Difference:
    """What is said about a file and code; `provision` is empty where it is about the whole of them."""

    kind: Kind
    file: str
    code: str
    provision: str
    words: str
    fails: bool

    def __str__(self) -> str:
        about = f"{self.provision}: " if self.provision else ""
        return f"{self.file}: {self.code}: {about}{self.kind}: {self.words}."


def compare(recorded: Sequence[Result], found: Assessment) -> tuple[list[Difference], set[int]]:
    """In what an assessment is worse than recorded or cannot be compared, and the indexes of what it was held to."""
    now = _result_of(found)
    about = {i: then for i, then in enumerate(recorded) if (then.service, then.code) == (now.service, now.code)}
    alike = {i: then for i, then in about.items() if (then.version, then.digest) == (now.version, now.digest)}
    held_to = _held_to(now, alike)
    if held_to is not None:
        then = alike[held_to]
        again = {i for i, other in alike.items() if (other.starts, other.ends) == (then.starts, then.ends)}
        return list(_differences(then, now)), again
    if about and not alike:
        last = list(about.values())[-1]
        by = f"by {last.code_name}" if last.version != now.version else "by the same version with another digest"
        return [_about_all(Kind.OTHER_CODE, now, f"{last.of} was recorded {by}")], set(about)
    return [_about_all(Kind.NEW, now, f"there is no result for {now.of}, nor for a period before it")], set()


def gone(recorded: Sequence[Result], held_to: Collection[int]) -> list[Difference]:
    """The recorded results that no assessment was held to."""
    left = (then for i, then in enumerate(recorded) if i not in held_to)
    words = "there is a result for {}, and nothing now to hold to it"
    return [_about_all(Kind.GONE, then, words.format(then.of)) for then in left]


def _held_to(now: Result, alike: Mapping[int, Result]) -> int | None:
    """The index of the result for the same period, else for the latest that ended before; the later of two recorded."""
    same = [i for i, then in alike.items() if (then.starts, then.ends) == (now.starts, now.ends)]
    before = [i for i, then in alike.items() if then.ends < now.ends]
    return same[-1] if same else max(before, key=lambda i: (alike[i].ends, i), default=None)


def _about_all(kind: Kind, result: Result, words: str) -> Difference:
    return Difference(kind, result.file, result.code_name, "", words, fails=True)


# What worse means


def _differences(then: Result, now: Result) -> Iterator[Difference]:
    # The same answers may come to something else by another version of the program.
    by = f"; recorded by version {then.engine}, this is {now.engine}" if then.engine != now.engine else ""
    for id, stands in now.provisions.items():
        for kind, words, fails in _difference(then.provisions[id], stands) if id in then.provisions else ():
            yield Difference(kind, now.file, now.code_name, id, words + by, fails)


def _difference(was: Stand, now: Stand) -> Iterator[tuple[Kind, str, bool]]:
    if was.takes_part and now.takes_part:
        if how := list(_worse(was, now)):
            yield Kind.WORSE, "; ".join([*how, *_requirements(was, now)]), True
    elif now.takes_part:
        yield Kind.TAKES_PART, f"{now}; was {was}", not now.is_settled
    elif was.takes_part:
        # Of what has no cases the reason says only why it applies.
        why = f" ({now.why})" if now.why and now.outcome is not Outcome.NO_CASES else ""
        yield Kind.TAKES_NO_PART, f"{now}{why}; was {was}", not was.is_settled


def _worse(was: Stand, now: Stand) -> Iterator[str]:
    """In what a provision or a requirement is worse, in words; nothing where it is not."""
    if _VERDICTS[now.verdict] > _VERDICTS[was.verdict]:
        yield f"what decides it {_verdict(now.verdict)}, was {_verdict(was.verdict)}"
    if _OUTCOMES.get(now.outcome, 0) > _OUTCOMES.get(was.outcome, 0):
        yield f"{outcome_words(now.outcome)}, was {outcome_words(was.outcome)}"
    for name, before, after in (("declared", was.low, now.low), ("assured", was.assured, now.assured)):
        if after < before:
            yield f"{name} credit {_credit(after)}, was {_credit(before)}"


def _requirements(was: Stand, now: Stand) -> Iterator[str]:
    """The requirements of a provision that are worse, and those that take part only now or no more."""
    for id, new in now.requirements.items():
        old = was.requirements.get(id)
        if old is None or not (old.takes_part or new.takes_part):
            continue
        if old.takes_part != new.takes_part:
            yield f"{id}: {outcome_words(new.outcome)}, was {outcome_words(old.outcome)}"
        elif how := list(_worse(old, new)):
            yield f"{id}: {', '.join(how)}"


def _verdict(verdict: Verdict | None) -> str:
    return "nothing" if verdict is None else verdict.value.replace("_", " ")


def _credit(micro: int) -> str:
    return f"{micro // MICRO}.{micro % MICRO:06d}"


# Results, from an assessment and from a file


def _result_of(found: Assessment) -> Result:
    submission, code = found.submission, found.code
    return Result(
        submission.file,
        submission.service.id,
        code.id,
        code.version,
        code.digest,
        found.engine,
        submission.period_from.isoformat(),
        submission.period_to.isoformat(),
        {result.provision.id: _provision_of(result) for result in found.provisions},
    )


def _provision_of(result: ProvisionResult) -> Stand:
    findings = {finding.requirement.id: _finding_of(finding) for finding in result.findings}
    takes_part = result.weight > 0
    return Stand(
        result.outcome, result.conclusion, result.low, result.assured, takes_part, result.applies_why, findings
    )


def _finding_of(finding: Finding) -> Stand:
    return Stand(finding.outcome, None, finding.low, finding.assured, finding.weight > 0)


def read(data: bytes, file: str) -> tuple[list[Result] | None, list[Problem]]:
    """The results recorded in `data`, in file order and without its refused files; None and why where it has none."""
    if len(data) > MOST_BYTES:
        return None, [problem("file-too-large", file, most=MOST_BYTES)]
    try:
        entries = json.loads(data.decode(), parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return None, [problem("not-a-result", file, error.lineno, error.colno, reason="it is not JSON")]
    except (ValueError, RecursionError):
        return None, [problem("not-a-result", file, reason="it is not JSON")]
    if not isinstance(entries, list):
        return None, [problem("not-a-result", file, reason="it is not a list")]
    for i, entry in enumerate(entries):
        if not schema.fits(_ENTRY, entry):
            reason = "there is neither a result nor a refused file"
            return None, [problem("not-a-result", file, 0, 0, f"[{i}]", reason=reason)]
    return [_recorded(entry) for entry in entries if "code" in entry], []


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _recorded(entry: Mapping[str, Any]) -> Result:
    return Result(
        entry["file"],
        entry["service"]["id"],
        entry["code"]["id"],
        entry["code"]["version"],
        entry["code"]["digest"],
        entry["engine"],
        entry["period"]["from"],
        entry["period"]["to"],
        {provision["id"]: _stand(provision) for provision in entry["provisions"]},
    )


def _stand(entry: Mapping[str, Any]) -> Stand:
    return Stand(
        Outcome(entry["outcome"]) if entry["outcome"] else None,
        Verdict(entry["conclusion"]) if entry.get("conclusion") else None,
        round(entry["low"] * MICRO),
        round(entry["assured"] * MICRO),
        entry["weight"] > 0,
        requirements={each["id"]: _stand(each) for each in entry.get("requirements", ())},
    )


def _with(**properties: Any) -> dict[str, Any]:
    """The schema of a mapping that has these keys and perhaps others: a later version may record more."""
    return {"type": "object", "properties": properties, "required": list(properties)}


_TEXT, _DAY = {"type": "string"}, {"type": "string", "format": "date"}
_CREDIT = {"type": "number", "minimum": 0, "maximum": 1}
_STAND = {
    "id": _TEXT,
    "outcome": {"enum": [*(outcome.value for outcome in Outcome), None]},
    "weight": {"type": "number"},
    "low": _CREDIT,
    "assured": _CREDIT,
}
_CONCLUSION = {"enum": [*(verdict.value for verdict in Verdict), None]}
_PROVISION = _with(**_STAND, conclusion=_CONCLUSION, requirements={"type": "array", "items": _with(**_STAND)})
_RESULT = _with(
    file=_TEXT,
    service=_with(id=_TEXT),
    code=_with(id=_TEXT, version=_TEXT, digest=_TEXT),
    engine=_TEXT,
    period=_with(**{"from": _DAY, "to": _DAY}),
    provisions={"type": "array", "items": _PROVISION},
)
_ENTRY: dict[str, Any] = {
    "$schema": schema.DIALECT,
    "if": {"type": "object", "required": ["code"]},
    "then": _RESULT,
    "else": _with(file=_TEXT, problems={"type": "array", "minItems": 1}),
}
