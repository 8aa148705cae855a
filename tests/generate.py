"""Random codes of practice with self-assessments for them, valid by construction, as the trees that files hold.

Every decision is read off a `Tape` of random bytes, so that Hypothesis draws once per example, which is quick, and
shrinks bytes towards zero, which every decision takes as its plainest choice. A case holds one code and any number of
self-assessments; the strategies for pairs give two that differ in one respect, the second knowing more or claiming
more than the first.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeVar

import reference
from hypothesis import settings
from hypothesis import strategies as st

T = TypeVar("T")
Tree = dict[str, Any]
Change = Callable[[Tree, Tree, "Tape"], Tree]

TODAY = date(2031, 1, 1)
CODE_BYTES, SUBMISSION_BYTES = 700, 260


def fewer(by: int) -> settings:
    """A part of the usual examples, for a test whose examples take long; all of them where there are more than usual,
    as in the profile `long`."""
    examples, usual = settings().max_examples, settings.get_profile("default").max_examples
    return settings(max_examples=examples if examples > usual else examples // by)


class Tape:
    """Decisions read off bytes; once they are used up, every decision is its plainest."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def below(self, number: int) -> int:
        """A whole number from 0; at most 65,536 of them."""
        width = 1 if number <= 256 else 2
        taken = self._data[self._place : self._place + width]
        self._place += width
        return int.from_bytes(taken, "little") % number

    def chance(self, percent: int) -> bool:
        return self.below(256) * 100 >= 256 * (100 - percent)

    def pick(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def some(self, options: Sequence[T], least: int, most: int) -> list[T]:
        """From `least` to `most` different ones, in their order."""
        number = min(least + self.below(most - least + 1), len(options))
        left = list(range(len(options)))
        taken = [left.pop(self.below(len(left))) for _ in range(number)]
        return [options[place] for place in sorted(taken)]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        left = list(options)
        return [left.pop(self.below(len(left))) for _ in range(len(left))]

    def part(self, length: int) -> Tape:
        """A tape of its own for one part of a case, so that a shorter part leaves the next one as it is."""
        start, self._place = self._place, self._place + length
        return Tape(self._data[start : self._place])


@dataclass(frozen=True)
class Case:
    """A catalogue, a code and self-assessments as trees, and the assessment's date."""

    questions: Tree
    code: Tree
    submissions: tuple[Tree, ...]
    on: date | None


# The catalogue


def _question(kind: str, role: str = "answer", **more: Any) -> Tree:
    return {
        "label": "the thing asked",
        "ask": "What does the service report about this for the period?",
        "type": kind,
        "define": "Everything of this sort that the service counted in the period, on every surface, tests left out.",
        "role": role,
        **({"unit": "items"} if kind in ("count", "share", "hours", "days") else {}),
        **more,
    }


def _time(kind: str, n: str) -> Tree:
    clock = {
        "start": "awareness",
        "stop": "removal",
        "items": "all items",
        "statistic": "95th percentile (nearest rank)",
    }
    return _question(kind, clock={**clock, "open_items": "their age at the period's end", "n": n})


def _choice(options: list[str], role: str = "answer") -> Tree:
    return _question("choice", role, options=options, ordered=True)


def _choices(options: list[str], role: str = "answer") -> Tree:
    return _question("choices", role, options=options)


QUESTIONS: dict[str, Tree] = {
    "service.uk_monthly_users": _question("count", "fact"),
    "service.accounts": _question("count", "fact"),
    "service.kinds": _choices(["social_media", "adult", "file_sharing", "none"], "fact"),
    "service.size": _choice(["small", "medium", "large"], "fact"),
    "service.shares_images": _question("yes_no", "fact"),
    "service.started": _question("date", "fact"),
    "risk.images": _choice(["low", "medium", "high"], "judgement"),
    "risk.grooming": _choice(["negligible", "low", "medium", "high"], "judgement"),
    "risk.principal": _question("yes_no", "judgement"),
    "checks.in_use": _question("yes_no"),
    "checks.logged": _question("yes_no"),
    "checks.uploaded": _question("count"),
    "checks.checked": _question("count"),
    "checks.matched": _question("count"),
    "checks.precision": _question("share"),
    "checks.method": _choice(["none", "exact", "perceptual"]),
    "checks.owner": _question("choice", options=["nobody", "a_team", "a_supplier"]),
    "checks.surfaces": _choices(["posts", "messages", "profiles", "none"]),
    "removal.csam.items": _question("count"),
    "removal.csam.in_time": _question("count"),
    "removal.csam.p50_hours": _time("hours", "removal.csam.items"),
    "removal.csam.p95_hours": _time("hours", "removal.csam.items"),
    "removal.csam.target_hours": _question("hours"),
    "removal.csam.target_set_on": _question("date"),
    "appeals.items": _question("count"),
    "appeals.p95_days": _time("days", "appeals.items"),
    "appeals.target_days": _question("days"),
    "appeals.target_set_on": _question("date"),
    "staff.trained": _question("share"),
    "staff.trained_on": _question("date"),
    "review.done_on": _question("date"),
    "review.summary": _question("text"),
}
# Every count in a chain is part of the one before it.
CHAINS = (
    ("service.accounts", "checks.uploaded", "checks.checked", "checks.matched"),
    ("removal.csam.items", "removal.csam.in_time"),
)
TARGETS = (
    ("removal.csam.p95_hours", "removal.csam.target_hours", "removal.csam.target_set_on"),
    ("removal.csam.p50_hours", "removal.csam.target_hours", "removal.csam.target_set_on"),
    ("appeals.p95_days", "appeals.target_days", "appeals.target_set_on"),
)
COUNTS = (0, 1, 2, 3, 7, 10, 12.0, 64, 100, 999, 1000, 1001, 650_000, 700_001, 7_000_001, 2**53)
TIMES = (0, 0.1, 0.3, 1, 2.5, 6.5, 12, 23.9, 24, 47.999, 48, 72, 100.25)
SHARES = (0, 0.000001, 0.1, 0.25, 0.333333, 0.5, 0.7, 0.8999999, 0.9, 0.95, 0.9985, 0.999, 0.9999999, 1)
CREDITS = (0, 0.0000005, 0.1, 0.25, 0.3333333, 0.5, 0.5000005, 0.75, 0.9999995, 1)
WEIGHTS = (1, 2, 3, 0.5, 0.1, 0.3, 1.25, 7, 1000, 1.0001, 1.000000001)

_SOME = {"checks.uploaded": 5, "checks.checked": 2}
RULES: list[tuple[str, list[str], Tree, Tree]] = [
    (
        "checks.checked <= checks.uploaded",
        ["checks.checked", "checks.uploaded"],
        _SOME,
        {**_SOME, "checks.uploaded": 1},
    ),
    (
        "not checks.in_use or checks.checked > 0",
        ["checks.in_use", "checks.checked"],
        {"checks.in_use": False},
        {"checks.in_use": True, "checks.checked": 0},
    ),
    (
        "removal.csam.p50_hours <= removal.csam.p95_hours",
        ["removal.csam.p50_hours", "removal.csam.p95_hours"],
        {"removal.csam.p50_hours": 1, "removal.csam.p95_hours": 2},
        {"removal.csam.p50_hours": 3, "removal.csam.p95_hours": 2},
    ),
    (
        'checks.method != "none" or checks.matched == 0',
        ["checks.method", "checks.matched"],
        {"checks.method": "exact"},
        {"checks.method": "none", "checks.matched": 3},
    ),
    (
        "service.uk_monthly_users >= checks.uploaded / 1000",
        ["service.uk_monthly_users", "checks.uploaded"],
        {"service.uk_monthly_users": 1, "checks.uploaded": 1000},
        {"service.uk_monthly_users": 1, "checks.uploaded": 1001},
    ),
    (
        "service.started <= review.done_on",
        ["service.started", "review.done_on"],
        {"service.started": "2020-01-01", "review.done_on": "2020-01-01"},
        {"service.started": "2020-01-02", "review.done_on": "2020-01-01"},
    ),
    (
        'checks.logged == checks.in_use and "none" not in checks.surfaces',
        ["checks.logged", "checks.in_use", "checks.surfaces"],
        {"checks.logged": True, "checks.in_use": True, "checks.surfaces": ["posts"]},
        {"checks.surfaces": ["none"]},
    ),
    (
        "staff.trained > 0 or appeals.items == 0",
        ["staff.trained", "appeals.items"],
        {"appeals.items": 0},
        {"staff.trained": 0, "appeals.items": 1},
    ),
]


def _catalogue(tape: Tape) -> Tree:
    rules = tape.some(range(len(RULES)), 1, 5) if tape.chance(80) else []
    return {"format": "questions/1", "questions": QUESTIONS, "consistency": [_rule(place) for place in rules]}


def _rule(place: int) -> Tree:
    holds, questions, good, bad = RULES[place]
    examples = [{"given": good, "holds": True}, {"given": bad, "holds": False}]
    say = "These two answers cannot both be right."
    return {"id": f"rule-{place}", "holds": holds, "say": say, "questions": questions, "examples": examples}


# A code of practice

PROVISION_IDS = tuple(f"OSA-P{number}" for number in range(1, 21))

PROFILE = (
    "service.shares_images",
    "service.uk_monthly_users > 700_000",
    '"adult" in service.kinds',
    '"social_media" not in service.kinds',
    'risk.images == "high"',
    'risk.grooming >= "medium"',
    'risk.grooming <= "low"',
    "risk.principal",
    "large",
    "risky",
    'risk.images in ["medium", "high"]',
    'service.size != "small"',
    'service.started < "2025-01-01"',
    "1_000 <= service.uk_monthly_users < 7_000_000",
    "service.accounts / service.uk_monthly_users > 0.5",
    "-service.accounts + 2 * 1_000 > 0",
)
FACTS = {
    "large": "service.uk_monthly_users > 7_000_000",
    "risky": 'risk.images == "high" or risk.grooming > "low"',
}
PLAIN_FACTS = tuple(text for text in PROFILE if "risk" not in text and text != "large")
HOLDS = (
    "checks.in_use and checks.logged",
    "checks.precision > 0.9 or checks.in_use",
    "checks.matched / checks.checked < 0.5",
    'checks.method >= "exact"',
    '"posts" in checks.surfaces',
    "removal.csam.p95_hours <= 24 or checks.logged",
    "removal.csam.p95_hours <= appeals.p95_days * 24",
    "removal.csam.p95_hours + appeals.p95_days * 24 < 100",
    'not (checks.owner == "nobody") and staff.trained > 0.5',
    'review.done_on >= "2025-12-31"',
)


def _condition(tape: Tape, atoms: Sequence[str], depth: int = 2) -> str:
    """An expression over the atoms, more often one of them alone than three levels of them."""
    form = tape.below(6) if depth else 0
    if form < 3:
        return tape.pick(atoms)
    if form == 3:
        return f"not ({_condition(tape, atoms, depth - 1)})"
    word = "and" if form == 4 else "or"
    return f"({_condition(tape, atoms, depth - 1)}) {word} ({_condition(tape, atoms, depth - 1)})"


def _source(mark: str = "primary") -> Tree:
    return {"doc": "book", "section": "1", "mark": mark}


def _code(tape: Tape, period: tuple[date, date], tidy: bool) -> Tree:
    chapters = [
        {"id": f"chapter_{place}", "title": "A chapter", "weight": tape.pick(WEIGHTS)}
        for place in range(1 + tape.below(4))
    ]
    ids = tape.shuffled(PROVISION_IDS)[: 1 + tape.below(8)]
    provisions = [_provision(tape.part(70), name, ids, chapters, period, tidy) for name in ids]
    used = {provision["chapter"] for provision in provisions}
    severities = ("critical", "major", "moderate", "minor")
    return {
        "format": "code-of-practice/1",
        "id": "a-code",
        "version": "1",
        "title": "A code",
        "publisher": "A publisher",
        "standing": tape.pick(("statutory_code", "duty", "statutory_code", "voluntary", "recommendation")),
        "addressed_to": "services",
        "text": "What this code is.",
        **({"scope": _condition(tape, PROFILE)} if tape.chance(30) else {}),
        "in_force": _interval(tape, period) if tape.chance(6) else {"from": "2019-03-17"},
        "sources": {"book": {"title": "A book", "url": "https://example.org/", "date": "2019-01-01"}},
        "left_out": {"OSA-L1": "outside this product's subject"} if tape.chance(30) else {},
        "facts": FACTS,
        "judgements": _judgements(tape) if tape.chance(70) else {},
        **({"caps": _caps(tape)} if tape.chance(60) else {}),
        **({"weights": {name: tape.pick(WEIGHTS) for name in severities}} if tape.chance(25) else {}),
        "chapters": [chapter for chapter in chapters if chapter["id"] in used],
        "provisions": provisions,
    }


def _caps(tape: Tape) -> list[Tree]:
    """None at all, or several, whose limits and bounds come in any order."""
    return [
        {
            "id": name,
            "limit": tape.pick((49, 20, 75.5, 0, 100, 33.333333)),
            "below": tape.pick((0.5, 0.25, 0.8, 1, 0.6)),
        }
        for name in ("critical", "severe", "any")[: tape.pick((2, 3, 0, 1, 3))]
    ]


def _judgements(tape: Tape) -> Tree:
    """The least ratings, each while some facts hold."""
    options: dict[str, list[Any]] = {
        "risk.images": ["high", "medium"], "risk.grooming": ["high", "medium", "low"], "risk.principal": [True]
    }  # fmt: skip
    return {
        judgement: [
            {"at_least": tape.pick(options[judgement]), "when": _condition(tape, PLAIN_FACTS, 1), "source": _source()}
            for _ in range(1 + tape.below(2))
        ]
        for judgement in tape.some(list(options), 1, 3)
    }


def _interval(tape: Tape, period: tuple[date, date]) -> Tree:
    """Days that may begin too late in the period, or end before it does."""
    start, end = period
    began = start + timedelta(days=tape.pick((-400, -10, 0, 1, 28, 150, 153, 154, 170, 181, 400)))
    ended = max(began, tape.pick((start + timedelta(days=27), end, end - timedelta(days=1), start - timedelta(days=1))))
    return {"from": began.isoformat(), **({"to": ended.isoformat()} if tape.chance(35) else {})}


def _provision(
    tape: Tape, name: str, ids: list[str], chapters: list[Tree], period: tuple[date, date], tidy: bool
) -> Tree:
    mark = tape.pick(("primary", "quoted", "primary", "quoted", "primary", "quoted", "secondary", "unverified"))
    obligations = ("should",) if mark == "secondary" else ("must", "must", "must", "should", "should", "information")
    obligation = tape.pick(obligations)
    requirements = [_requirement(tape, place, name, ids, mark, tidy) for place in range(1 + tape.below(4))]
    if obligation == "must" and not any(item["basis"] in ("statute", "code") for item in requirements):
        requirements[0]["basis"] = "code"
    return {
        "id": name,
        "kind": "measure",
        "chapter": tape.pick(chapters)["id"],
        "title": "A provision",
        "text": "What it asks.",
        "source": _source(mark),
        "obligation": obligation,
        "severity": tape.pick(("critical", "critical", "major", "moderate", "minor")),
        "alternatives": "none" if tape.chance(30) else "allowed",
        **({"under": f"OSA-U{tape.below(3)}", "ours": True} if tape.chance(25) else {}),
        **({"applies_when": _condition(tape, PROFILE)} if tape.chance(55) else {}),
        **({"in_force": _interval(tape, period)} if tape.chance(20) else {}),
        "requirements": requirements,
    }


def _requirement(tape: Tape, place: int, name: str, ids: list[str], mark: str, tidy: bool) -> Tree:
    bases = ("benchmark",) if mark == "secondary" else ("code", "statute", "code", "own_target", "benchmark")
    return {
        "id": f"{tape.pick('dcba')}{place}",
        "statement": "What must be so.",
        "test": _test(tape, name, ids, tidy),
        "basis": tape.pick(bases),
        "source": _source(mark),
        "why": "Because.",
        "remedy": "Do it.",
        "effort": "weeks",
        "examples": [],
        **({"weight": tape.pick(WEIGHTS)} if tape.chance(40) else {}),
    }


def _of_type(*kinds: str) -> list[str]:
    return [question for question, about in QUESTIONS.items() if about["type"] in kinds]


def _test(tape: Tape, name: str, ids: list[str], tidy: bool) -> Tree:
    """Any of the tests, those that count cases more often."""
    kind = tape.pick(("in_place", "at_least", "at_most", *reference.KINDS))
    if kind in ("at_least", "at_most"):
        return _bounded(tape, kind, tidy)
    if kind == "in_place":
        return {"in_place": tape.pick(ids) if tape.chance(10) else name}
    if kind == "one_of":
        question = tape.pick(["checks.method", "checks.owner"])
        return {"one_of": question, "credit": {option: tape.pick(CREDITS) for option in QUESTIONS[question]["options"]}}
    if kind == "covers":
        return {"covers": "checks.surfaces", "required": tape.some(["posts", "messages", "profiles"], 1, 3)}
    if kind == "fresh":
        return {"fresh": tape.pick(["staff.trained_on", "review.done_on"]), "within_days": tape.pick((365, 0, 30, 180))}
    if kind == "meets_own_target":
        value, target, set_on = tape.pick(TARGETS)
        more = {"target": target, "set_on": set_on, "credible_at_most": tape.pick((48, 1, 24.5, 1000))}
        return {"meets_own_target": value, **more, **_when_zero(tape)}
    if kind == "holds":
        text = tape.pick(HOLDS)
        return {"holds": text, **(_when_zero(tape) if "p95" in text else {})}
    if kind == "is_true":
        return {"is_true": tape.pick(_of_type("yes_no"))}
    question = tape.pick(list(QUESTIONS))
    return {"is_reported": question, **(_when_zero(tape) if "clock" in QUESTIONS[question] else {})}


def _when_zero(tape: Tape) -> Tree:
    return {"when_zero": "no_cases"} if tape.chance(75) else {}


def _bounded(tape: Tape, kind: str, tidy: bool) -> Tree:
    """A question or a part of a whole, against a step or a line on a scale that fits it."""
    if tape.chance(60):
        part, of = _part_of(tape, tidy)
        test = {kind: {"part": part, "of": of}, **_when_zero(tape)}
        scale: Sequence[float] = SHARES
    else:
        question = tape.pick(_of_type("hours", "days", "hours", "count", "share"))
        counts_cases = "clock" in QUESTIONS[question]
        test = {kind: question, **(_when_zero(tape) if counts_cases else {})}
        scale = {"count": COUNTS, "share": SHARES}.get(QUESTIONS[question]["type"], TIMES)
    place = tape.below(len(scale) - 1)
    low, high = scale[place], scale[place + 1 + tape.below(len(scale) - 1 - place)]
    full, zero = (high, low) if kind == "at_least" else (low, high)
    return {**test, "full_at": full, **({"zero_at": zero} if tape.chance(70) else {})}


def _part_of(tape: Tape, tidy: bool) -> tuple[str, str]:
    """Two of a chain, or rarely any two counts."""
    if not tidy and tape.chance(5):
        part, of = tape.shuffled(_of_type("count"))[:2]
        return part, of
    chain = tape.pick(CHAINS)
    place = tape.below(len(chain) - 1)
    return chain[place + 1 + tape.below(len(chain) - 1 - place)], chain[place]


# A self-assessment

PERIODS = (
    (date(2026, 1, 1), date(2026, 6, 30)),
    (date(2025, 7, 1), date(2025, 12, 31)),
    (date(2027, 9, 1), date(2028, 2, 29)),
    (date(2026, 2, 1), date(2026, 2, 28)),
    (date(2026, 2, 3), date(2026, 2, 16)),
    (date(2026, 1, 1), date(2026, 6, 30)),
)


def _submission(tape: Tape, code: Tree, period: tuple[date, date], tidy: bool) -> Tree:
    prepared = period[1] + timedelta(days=1 + tape.below(40))
    blank_percent = tape.pick((10, 30, 0, 10))
    strong = tape.chance(35)
    flat = {question: _answer(tape, question, period, prepared) for question in QUESTIONS}
    if strong:
        flat.update({question: value for question, value in _best(period).items() if tape.chance(88)})
    _quieten(tape, flat)
    if tidy or tape.chance(85):
        _tidy(flat)
    blanked = [question for question in QUESTIONS if tape.chance(blank_percent)]
    declared = {item["id"]: _declaration(tape, strong) for item in code["provisions"] if tape.chance(75)}
    supported = _read(reference.tests_of(code)) + [item["id"] for item in code["provisions"]]
    return {
        "format": "self-assessment/1",
        "service": {"id": "a-service", "name": "A service", "provider": "A provider"},
        "period": {"from": period[0].isoformat(), "to": period[1].isoformat()},
        "prepared": {"on": prepared.isoformat(), "role": "An officer", "approved_by_role": "A director"},
        "answers": _nested({**flat, **{question: _blank(tape, question) for question in blanked}}),
        "provisions": declared,
        "evidence": [_evidence(tape.part(12), place, period, prepared, supported) for place in range(tape.below(6))],
    }


def _answer(tape: Tape, question: str, period: tuple[date, date], prepared: date) -> Any:
    about = QUESTIONS[question]
    kind = about["type"]
    if kind == "date":
        return _day(tape, period, prepared).isoformat()
    if kind == "choices":
        return tape.some(about["options"], 1, 3)
    return tape.pick(
        {"yes_no": (True, True, False), "count": COUNTS, "share": SHARES, "text": ("Reviewed by the board.",)}.get(
            kind, about["options"] if kind == "choice" else TIMES
        )
    )


def _day(tape: Tape, period: tuple[date, date], prepared: date) -> date:
    """A day that matters more often than any other."""
    start, end = period
    day, one = timedelta(days=tape.below(900)), timedelta(days=1)
    edges = (end, start, start - one, prepared, prepared + one, end - 30 * one, end - 365 * one, end - 366 * one)
    return end - day if tape.chance(30) else tape.pick(edges)


def _best(period: tuple[date, date]) -> Tree:
    """For every scored question, an answer that most tests like."""
    best: Tree = {"yes_no": True, "count": 1000, "share": 1, "hours": 0.1, "days": 0.1, "date": period[1].isoformat()}
    plain = {question: best.get(about["type"]) for question, about in QUESTIONS.items() if about["role"] == "answer"}
    options = {question: QUESTIONS[question]["options"] for question in plain if "options" in QUESTIONS[question]}
    chosen = {question: given[:3] if "none" in given[3:] else given[-1] for question, given in options.items()}
    targets = {"removal.csam.target_hours": 12, "appeals.target_days": 12, "review.summary": "Reviewed by the board."}
    return {**plain, **chosen, **targets, **{set_on: "2024-05-01" for _, _, set_on in TARGETS}}


def _quieten(tape: Tape, flat: Tree) -> None:
    """Leaves a service with nothing to count of one kind or another."""
    for chain in (*CHAINS, ("appeals.items",)):
        if tape.chance(20):
            flat.update(dict.fromkeys(chain[tape.below(len(chain)) :], 0))


def _read(rules: Any) -> list[str]:
    """The questions that some part of a code reads."""
    text = json.dumps(rules)
    named = [question for question in QUESTIONS if question in text]
    return named + [QUESTIONS[question]["clock"]["n"] for question in named if "clock" in QUESTIONS[question]]


def _tidy(flat: Tree) -> None:
    """Orders every chain, and takes back a time that has no items."""
    for chain in CHAINS:
        values = sorted((flat[question] for question in chain), reverse=True)
        flat.update(zip(chain, values, strict=True))
    for question, about in QUESTIONS.items():
        if "clock" in about and flat[about["clock"]["n"]] == 0:
            flat[question] = None


def _blank(tape: Tape, question: str) -> Any:
    """One of the ways to say nothing: null, or an empty value where there is one."""
    empty = {"text": "", "choices": []}.get(QUESTIONS[question]["type"])
    return tape.pick((None, empty))


def _nested(flat: Tree) -> Tree:
    tree: Tree = {}
    for question, value in flat.items():
        put(tree, question, value)
    return tree


def put(tree: Tree, question: str, value: Any) -> None:
    """Sets a dotted id in a tree of answers."""
    *sections, last = question.split(".")
    for section in sections:
        tree = tree.setdefault(section, {})
    tree[last] = value


def get(tree: Tree, question: str) -> Any:
    *sections, last = question.split(".")
    for section in sections:
        tree = tree[section]
    return tree[last]


def _declaration(tape: Tape, strong: bool) -> Tree:
    plain = ("in_place", "partly_in_place", "in_place", "planned", "not_in_place")
    status = tape.pick((*(("in_place",) * 8 if strong else plain), "alternative", "not_applicable", None))
    if status == "alternative":
        given = reference.RECORD if tape.chance(70) else tape.some(reference.RECORD, 0, 2)
        return {"status": status, **dict.fromkeys(given, "As the record says.")}
    return {"status": status, **({"reason": "It is not for us."} if status == "not_applicable" else {})}


def _evidence(tape: Tape, place: int, period: tuple[date, date], prepared: date, supported: list[str]) -> Tree:
    start, end = period
    covers = timedelta(days=tape.pick((0, 30, -30, 200, -1, 1)))
    return {
        "id": f"evidence-{place}",
        "title": "A record",
        "kind": tape.pick(("document", "data", "independent_audit")),
        "made_by": "An auditor",
        "date": _day(tape, period, prepared).isoformat(),
        **({"covers": {"from": f"{end - covers}", "to": f"{end}"}} if tape.chance(30) and covers.days >= 0 else {}),
        **({"covers": {"from": "2019-01-01", "to": f"{start + covers}"}} if tape.chance(20) else {}),
        "sha256": "0" * 64,
        "supports": sorted(set(supported if tape.chance(30) else tape.some(supported, 1, 6))),
    }


# Cases


def case_from(data: bytes, batch: int = 1, tidy: bool = False) -> Case:
    """The case that a tape of bytes stands for; a tidy one is without contradictions."""
    tape = Tape(data)
    period = tape.pick(PERIODS)
    questions = _catalogue(tape.part(8))
    on = period[1] + timedelta(days=tape.pick((0, 1, -20, 60))) if tape.chance(20) else None
    code = _code(tape.part(CODE_BYTES), period, tidy)
    parts = [tape.part(SUBMISSION_BYTES) for _ in range(batch)]
    submissions = tuple(_submission(part, code, period, tidy) for part in parts)
    case = Case(questions, code, submissions, on)
    return _without_broken_rules(case) if tidy else case


def _without_broken_rules(case: Case) -> Case:
    """The same with only the consistency rules that hold, or are unknown, for all its self-assessments."""
    broken = {
        found
        for submission in case.submissions
        for found in reference.contradictions(case.questions, case.code, submission)
    }
    kept = [rule for rule in case.questions["consistency"] if rule["id"] not in broken]
    return replace(case, questions={**case.questions, "consistency": kept})


def size(batch: int = 1) -> int:
    """How many bytes a case of so many self-assessments reads at most."""
    return 12 + CODE_BYTES + batch * SUBMISSION_BYTES


def cases(batch: int = 1) -> st.SearchStrategy[Case]:
    """Any case."""
    length = size(batch)
    return st.binary(min_size=length, max_size=length).map(lambda data: case_from(data, batch))


def pairs(change: Change) -> st.SearchStrategy[Case]:
    """A self-assessment without contradictions, and what a change makes of it, without contradictions as well."""
    length = size()
    extra = st.binary(min_size=40, max_size=40)
    return st.builds(
        lambda data, more: pair_from(data, more, change), st.binary(min_size=length, max_size=length), extra
    )


def pair_from(data: bytes, more: bytes, change: Change) -> Case:
    case = case_from(data, tidy=True)
    changed = change(case.code, copy.deepcopy(case.submissions[0]), Tape(more))
    return _without_broken_rules(replace(case, submissions=(*case.submissions, changed)))


# Changes, for pairs


def _given(code: Tree, submission: Tree, *roles: str) -> list[str]:
    """The questions of these roles that the code reads and that are answered."""
    return [
        question
        for question in _read(code)
        if QUESTIONS[question]["role"] in roles and get(submission["answers"], question) not in (None, "", [])
    ]


def blank_answers(code: Tree, submission: Tree, tape: Tape) -> Tree:
    """Takes back some answers that are scored and some statuses, alternatives left as they are."""
    for question in tape.some(_given(code, submission, "answer"), 1, 4):
        put(submission["answers"], question, None)
    declared = submission["provisions"]
    plain = [name for name, said in declared.items() if said["status"] not in (None, "alternative")]
    for name in tape.some(plain, 0, 2):
        declared[name] = {"status": None}
    return submission


def withhold_facts(code: Tree, submission: Tree, tape: Tape) -> Tree:
    """Takes back some facts or judgements."""
    for question in tape.some(_given(code, submission, "fact", "judgement"), 1, 3):
        put(submission["answers"], question, None)
    return submission


def drop_evidence(code: Tree, submission: Tree, tape: Tape) -> Tree:
    """Takes back some of the evidence."""
    evidence = submission["evidence"]
    submission["evidence"] = tape.some(evidence, 0, max(0, len(evidence) - 1))
    return submission


def change_answer(code: Tree, submission: Tree, tape: Tape) -> Tree:
    """Gives one scored answer, and one status, another value that contradicts none of the others."""
    period = tuple(date.fromisoformat(submission["period"][side]) for side in ("from", "to"))
    prepared = date.fromisoformat(submission["prepared"]["on"])
    given = _given(code, submission, "answer")
    if given and not tape.chance(10):
        question = tape.pick(given)
        value = _answer(tape, question, (period[0], period[1]), prepared)
        put(submission["answers"], question, _within(submission["answers"], question, value))
    plain = [name for name, said in submission["provisions"].items() if said["status"] not in (None, "alternative")]
    if plain and tape.chance(60):
        submission["provisions"][tape.pick(plain)] = {"status": tape.pick(list(reference.STATUS_CREDITS))}
    return submission


def _within(answers: Tree, question: str, value: Any) -> Any:
    """The nearest value that keeps the chains in order, and some items where there is a time."""
    for chain in CHAINS:
        if question in chain:
            place = chain.index(question)
            above = [get(answers, other) for other in chain[:place]]
            under = [get(answers, other) for other in chain[place + 1 :]]
            value = min([value, *(other for other in above if other is not None)])
            value = max([value, *(other for other in under if other is not None)])
    times = [time for time, about in QUESTIONS.items() if about.get("clock", {}).get("n") == question]
    return max(value, 1) if any(get(answers, time) is not None for time in times) else value


def reordered(tree: Any, tape: Tape) -> Any:
    """The same content with its keys, and the lists whose order means nothing, in another order."""
    if not isinstance(tree, dict):
        return tree
    lists = ("provisions", "requirements", "chapters", "consistency", "evidence", "supports", "required")
    result = {}
    for key in tape.shuffled(list(tree)):
        value = tree[key]
        if isinstance(value, list):
            value = [reordered(item, tape) for item in (tape.shuffled(value) if key in lists else value)]
        result[key] = reordered(value, tape)
    return result


def as_json(tree: Tree) -> bytes:
    return json.dumps(tree).encode()
