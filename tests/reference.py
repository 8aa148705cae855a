"""Section 4 of the design, "Scoring", written a second time: one self-assessment at a time, with fractions and loops.

It knows nothing of the package. It takes the trees of `questions.yaml`, of a code of practice and of a self-assessment
as they are written, and gives every figure of `check`'s JSON as whole micro-units. It is slow on purpose: each
function says which sentences it stands for, so that a difference from the engine can be settled by reading.
"""

from __future__ import annotations

import ast
import operator as operators
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

Tree = dict[str, Any]
Credit = tuple[int, int]

ONE = 1_000_000
ALL = 100 * ONE
UNKNOWN: Credit = (0, ONE)
GRADES = ["assertion", "document", "data", "independent_audit", "events"]
LIMITS = {"assertion": 0, "document": 500_000, "data": 700_000, "independent_audit": ONE, "events": ONE}
SEVERITY_WEIGHTS = {"critical": 8, "major": 4, "moderate": 2, "minor": 1}
STATUS_CREDITS = {"in_place": ONE, "partly_in_place": 500_000, "planned": 0, "not_in_place": 0}
KINDS = (
    "is_true", "is_reported", "at_least", "at_most", "one_of", "covers", "fresh", "meets_own_target", "in_place",
    "holds",
)  # fmt: skip
RECORD = ("instead", "how_it_complies", "regard_to_expression_and_privacy")
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operators.eq,
    ast.NotEq: operators.ne,
    ast.Lt: operators.lt,
    ast.LtE: operators.le,
    ast.Gt: operators.gt,
    ast.GtE: operators.ge,
}
OUTCOMES = ("met", "partly_met", "not_met", "unknown", "alternative", "no_cases", "too_early", "not_applicable")


@dataclass(frozen=True)
class Case:
    """One code and one self-assessment, with the answers that were given under their dotted ids."""

    questions: Tree
    rules: list[Tree]
    code: Tree
    answers: Tree
    declarations: Tree
    evidence: list[Tree]
    start: date
    end: date
    prepared: date
    on: date


def assess(questions: Tree, code: Tree, submission: Tree, on: date | None = None) -> Tree:
    """Every figure of one code applied to one self-assessment."""
    case = _case(questions, code, submission, on)
    provisions = [_examine(case, provision) for provision in code["provisions"]]
    _weigh(code, provisions)
    for provision in provisions:
        _sum_up(provision)
    return {
        **_figures(code, provisions),
        "counts": _counts(code, provisions),
        "provisions": {provision["id"]: _shown(provision) for provision in provisions},
        "flags": _flags(case, provisions),
    }


# What was given


def _case(questions: Tree, code: Tree, submission: Tree, on: date | None) -> Case:
    """In force "on the assessment's date, which defaults to the period's end, never today"."""
    end = date.fromisoformat(submission["period"]["to"])
    return Case(
        questions=questions["questions"],
        rules=questions.get("consistency") or [],
        code=code,
        answers=_given(questions["questions"], submission.get("answers")),
        declarations={key: value for key, value in (submission.get("provisions") or {}).items() if value},
        evidence=submission.get("evidence") or [],
        start=date.fromisoformat(submission["period"]["from"]),
        end=end,
        prepared=date.fromisoformat(submission["prepared"]["on"]),
        on=on or end,
    )


def _given(questions: Tree, answers: Tree | None) -> Tree:
    """A blank is "absent, null, empty text or list"."""
    given = {}
    for question, about in questions.items():
        value: Any = answers
        for part in question.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is None or value == "" or value == []:
            continue
        given[question] = date.fromisoformat(value) if about["type"] == "date" else value
    return given


def _status(case: Case, provision: str) -> str | None:
    """The declared status, as written."""
    status: str | None = (case.declarations.get(provision) or {}).get("status")
    return status or None


def exact(number: float) -> Fraction:
    """A weight as it is written: 0.1 is one tenth."""
    return Fraction(repr(number))


# Expressions (section 3.3)


def truth(text: str, questions: Tree, answers: Tree, facts: Tree) -> bool | None:
    """True, false or None for unknown."""
    value = _value(_parsed(text), questions, answers, facts)
    return value if value is None else bool(value)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.expr:
    return ast.parse(f"({text})", mode="eval").body


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    assert isinstance(node, ast.Name)
    return node.id


def _value(node: ast.expr, questions: Tree, answers: Tree, facts: Tree) -> Any:
    """The value of any part of an expression; None where it is unknown."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List):
        return [_value(item, questions, answers, facts) for item in node.elts]
    if isinstance(node, ast.Name | ast.Attribute):
        return _named(_dotted(node), questions, answers, facts)
    if isinstance(node, ast.BoolOp):
        return _joined(node.op, [_value(item, questions, answers, facts) for item in node.values])
    if isinstance(node, ast.UnaryOp):
        operand = _value(node.operand, questions, answers, facts)
        if operand is None:
            return None
        return not operand if isinstance(node.op, ast.Not) else -operand
    if isinstance(node, ast.BinOp):
        left, right = (_value(side, questions, answers, facts) for side in (node.left, node.right))
        return _computed(node.op, left, right)
    assert isinstance(node, ast.Compare)
    return _chain(node, questions, answers, facts)


def _named(name: str, questions: Tree, answers: Tree, facts: Tree) -> Any:
    """A literal, an answer, or a named condition."""
    if name in ("true", "false"):
        return name == "true"
    if name in questions:
        return answers.get(name)
    return truth(facts[name], questions, answers, facts)


def _joined(operator: ast.boolop, values: list[bool | None]) -> bool | None:
    """Expressions: "`false and unknown` is false, `true or unknown` is true"."""
    decisive = isinstance(operator, ast.Or)
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def _computed(operator: ast.operator, left: float | None, right: float | None) -> float | None:
    """In doubles; "division by zero is unknown"."""
    if left is None or right is None:
        return None
    left, right = float(left), float(right)
    if isinstance(operator, ast.Div):
        return left / right if right else None
    if isinstance(operator, ast.Mult):
        return left * right
    return left + right if isinstance(operator, ast.Add) else left - right


def _chain(node: ast.Compare, questions: Tree, answers: Tree, facts: Tree) -> bool | None:
    """`a < b < c` is `a < b and b < c`."""
    sides = [node.left, *node.comparators]
    steps = []
    for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
        about = _question_of(left, questions) or _question_of(right, questions) or {}
        pair = [_comparable(_value(side, questions, answers, facts), about, operator) for side in (left, right)]
        steps.append(None if None in pair else _compared(operator, pair[0], pair[1]))
    return _joined(ast.And(), steps)


def _question_of(node: ast.expr, questions: Tree) -> Tree | None:
    named = _dotted(node) if isinstance(node, ast.Name | ast.Attribute) else ""
    about: Tree | None = questions.get(named)
    return about


def _comparable(value: Any, about: Tree, operator: ast.cmpop) -> Any:
    """Expressions: "Options of an `ordered` choice compare by rank", "dates compare with ISO text"."""
    if isinstance(value, list):
        return [_comparable(item, about, operator) for item in value]
    if isinstance(value, str) and about.get("type") == "date":
        return date.fromisoformat(value)
    by_rank = isinstance(operator, ast.Lt | ast.LtE | ast.Gt | ast.GtE)
    if isinstance(value, str) and by_rank:
        return about["options"].index(value)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _compared(operator: ast.cmpop, left: Any, right: Any) -> bool:
    if isinstance(operator, ast.In):
        return left in right
    if isinstance(operator, ast.NotIn):
        return left not in right
    return bool(COMPARISONS[type(operator)](left, right))


def names_in(text: str, questions: Tree, facts: Tree) -> set[str]:
    """The ids of the questions an expression reads."""
    found: set[str] = set()
    for node in ast.walk(_parsed(text)):
        if isinstance(node, ast.Name | ast.Attribute):
            name = _dotted(node)
            if name in questions:
                found.add(name)
            elif name in facts:
                found |= names_in(facts[name], questions, facts)
    return found


# Tests


def kind_of(test: Tree) -> str:
    return next(kind for kind in KINDS if kind in test)


def named_by(case: Case, test: Tree) -> set[str]:
    """The questions a test names: "part, of, ..., target and set_on included"."""
    kind = kind_of(test)
    if kind == "in_place":
        return set()
    if kind == "holds":
        return names_in(test["holds"], case.questions, case.code.get("facts") or {})
    subject = test[kind]
    named = {subject["part"], subject["of"]} if isinstance(subject, dict) else {subject}
    return named | {test[key] for key in ("target", "set_on") if key in test}


def counts_of(case: Case, test: Tree) -> set[str]:
    """Cases: "A test on a time also reads the time's `n`"."""
    clocks = [case.questions[question].get("clock") for question in named_by(case, test)]
    return {clock["n"] for clock in clocks if clock}


def read_by(case: Case, test: Tree) -> set[str]:
    return named_by(case, test) | counts_of(case, test)


def _denominators(case: Case, test: Tree) -> set[str]:
    subject = test[kind_of(test)]
    return counts_of(case, test) | ({subject["of"]} if isinstance(subject, dict) else set())


def _tested(case: Case, test: Tree) -> Credit | None:
    """The credit of the answers alone, None for no cases: "Credit is an interval" and "Cases."."""
    denominators = [case.answers.get(question) for question in _denominators(case, test)]
    if 0 in denominators:
        return None if test.get("when_zero") == "no_cases" else UNKNOWN
    credit = None if None in denominators else _credit(case, test)
    return UNKNOWN if credit is None else (credit, credit)


def _credit(case: Case, test: Tree) -> int | None:
    """The table "Tests.": micro-units, None where an answer it needs is not usable."""
    kind = kind_of(test)
    if kind == "in_place":
        return STATUS_CREDITS.get(_status(case, test["in_place"]) or "")
    if kind == "holds":
        holds = truth(test["holds"], case.questions, case.answers, case.code.get("facts") or {})
        return None if holds is None else ONE * holds
    if any(question not in case.answers for question in named_by(case, test)):
        return None
    if kind in ("at_least", "at_most"):
        return _on_line(case, test, kind)
    value = case.answers[test[kind]]
    if kind == "is_true":
        return ONE if value else 0
    if kind == "is_reported":
        return ONE
    if kind == "one_of":
        return _micro(test["credit"][value])
    if kind == "covers":
        present = [option for option in test["required"] if option in value]
        return _micro(len(present) / len(test["required"]))
    if kind == "fresh":
        return _freshness(case, value, test["within_days"])
    late, lax = _target_faults(case, test)
    return None if late or lax else ONE * (value <= case.answers[test["target"]])


def _micro(credit: float) -> int:
    """Numbers: "Rounded to the nearest, half to even"."""
    return round(float(credit) * 1e6)


def _on_line(case: Case, test: Tree, kind: str) -> int:
    """Tests: "A straight line from `zero_at` (0) to `full_at` (1); without `zero_at` a step", and "only a value past
    `full_at` is 1 and only one past `zero_at` is 0"."""
    subject = test[kind]
    if isinstance(subject, dict):
        x = float(case.answers[subject["part"]]) / float(case.answers[subject["of"]])
    else:
        x = float(case.answers[subject])
    sign = 1 if kind == "at_least" else -1
    full = float(test["full_at"])
    if sign * x >= sign * full:
        return ONE
    zero = test.get("zero_at")
    if zero is None or sign * x <= sign * float(zero):
        return 0
    return min(max(_micro((x - float(zero)) / (full - float(zero))), 1), ONE - 1)


def _freshness(case: Case, value: date, within: float) -> int | None:
    """Tests: "1 if at most N days before the period's end, or between it and `prepared.on`; later is unknown"."""
    if value > case.prepared:
        return None
    return ONE * ((case.end - value).days <= within)


def _target_faults(case: Case, test: Tree) -> tuple[bool, bool]:
    """Tests: "A target set on or after the period's first day, or laxer than N"."""
    set_on, target = case.answers.get(test["set_on"]), case.answers.get(test["target"])
    late = set_on is not None and set_on >= case.start
    return late, target is not None and target > test["credible_at_most"]


# Contradictions


def broken_rules(case: Case) -> list[Tree]:
    """A contradiction: "A rule that is unknown is no contradiction"; section 3.2: a code's digest covers "every ...
    consistency rule that it reads", so only a rule that names a question read by the code can show in its results."""
    read = _read_by_code(case)
    return [
        rule
        for rule in case.rules
        if read & set(rule["questions"]) and truth(rule["holds"], case.questions, case.answers, {}) is False
    ]


def _read_by_code(case: Case) -> set[str]:
    """The questions that a code's tests, conditions and judgements read."""
    code = case.code
    facts, judgements = code.get("facts") or {}, code.get("judgements") or {}
    conditions = [provision["applies_when"] for provision in code["provisions"] if provision.get("applies_when")]
    conditions += [*facts.values(), *([code["scope"]] if code.get("scope") else [])]
    conditions += [rating["when"] for ratings in judgements.values() for rating in ratings]
    in_conditions = [names_in(condition, case.questions, facts) for condition in conditions]
    return set(judgements).union(*in_conditions, *(read_by(case, test) for test in tests_of(code)))


def _pairs(case: Case) -> list[tuple[str, str, str]]:
    """Cases: "`n` = 0 with a time given, and `part` above `of`, are contradictions without a rule saying so"."""
    found = []
    for test in tests_of(case.code):
        subject = test[kind_of(test)]
        if isinstance(subject, dict):
            part, of = case.answers.get(subject["part"]), case.answers.get(subject["of"])
            if part is not None and of is not None and part > of:
                found.append(("part-above-whole", subject["part"], subject["of"]))
        for time in named_by(case, test):
            clock = case.questions[time].get("clock")
            if clock and time in case.answers and case.answers.get(clock["n"]) == 0:
                found.append(("time-without-cases", time, clock["n"]))
        for id in read_by(case, test):
            chosen = case.answers.get(id)
            if case.questions[id]["type"] == "choices" and chosen and "none" in chosen and len(chosen) > 1:
                found.append(("none-and-others", id, id))
    return found


def tests_of(code: Tree) -> list[Tree]:
    return [requirement["test"] for provision in code["provisions"] for requirement in provision["requirements"]]


def _contradicted(case: Case) -> set[str]:
    """The questions named by a contradiction."""
    named = {question for rule in broken_rules(case) for question in rule["questions"]}
    return named.union(*({part, whole} for _, part, whole in _pairs(case)))


def contradictions(questions: Tree, code: Tree, submission: Tree) -> set[str]:
    """The ids of the contradictions in a self-assessment, for tests that must be without them."""
    case = _case(questions, code, submission, None)
    return {rule["id"] for rule in broken_rules(case)} | {flag for flag, _, _ in _pairs(case)}


# Applicability


def _in_force(case: Case, provision: Tree) -> tuple[date, date]:
    """Applicability: "A provision's `in_force` replaces the code's; `to` is inclusive"."""
    interval = provision.get("in_force") or case.code.get("in_force") or {}
    start, end = interval.get("from"), interval.get("to")
    return (
        date.fromisoformat(start) if start else date.min,
        date.fromisoformat(end) if end else date.max,
    )


def _applies(case: Case, provision: Tree) -> str:
    """Applicability: "`applies_when` true: applicable. False: evaluated again with every under-rated judgement
    unanswered ...; still false: not applicable ...; otherwise unknown ... In force on the assessment's date ..., else
    not applicable"."""
    start, end = _in_force(case, provision)
    if not start <= case.on <= end:
        return "false"
    condition = provision.get("applies_when")
    if not condition:
        return "true"
    value = _of_the_service(case, condition)
    return {True: "true", False: "false", None: "unknown"}[value]


def _of_the_service(case: Case, condition: str) -> bool | None:
    """False only where it is false with every under-rated judgement unanswered, too."""
    facts = case.code.get("facts") or {}
    value = truth(condition, case.questions, case.answers, facts)
    if value is False:
        hidden = under_rated(case)
        kept = {question: answer for question, answer in case.answers.items() if question not in hidden}
        return False if truth(condition, case.questions, kept, facts) is False else None
    return value


def under_rated(case: Case) -> set[str]:
    """Applicability: "Below the highest `at_least` whose `when` is true or unknown"."""
    return {
        judgement
        for judgement, ratings in (case.code.get("judgements") or {}).items()
        if judgement in case.answers and any(_is_below(case, judgement, rating) for rating in ratings)
    }


def _is_below(case: Case, judgement: str, rating: Tree) -> bool:
    """Below the highest is below any of them."""
    facts = case.code.get("facts") or {}
    if truth(rating["when"], case.questions, case.answers, facts) is False:
        return False
    given, least = case.answers[judgement], rating["at_least"]
    if isinstance(given, str):
        options = case.questions[judgement]["options"]
        return bool(options.index(given) < options.index(least))
    return bool(given < least)


def _too_early(case: Case, provision: Tree) -> bool:
    """Too early: "In force for under 28 days of the period (inclusive; all of it in a shorter one)"."""
    start, end = _in_force(case, provision)
    days = (min(end, case.end) - max(start, case.start)).days + 1
    return days < min(28, (case.end - case.start).days + 1)


def _alternative_fault(case: Case, provision: Tree) -> str | None:
    """Alternative: "Incomplete or not allowed (flagged)"; where it is not allowed, its record does not matter."""
    declared = case.declarations.get(provision["id"]) or {}
    if declared.get("status") != "alternative":
        return None
    if provision.get("alternatives") != "allowed":
        return "alternative-not-allowed"
    return None if all(declared.get(key) for key in RECORD) else "alternative-incomplete"


def _is_alternative(case: Case, provision: Tree) -> bool:
    """Alternative: "With a complete record ... where `alternatives: allowed`"."""
    return _status(case, provision["id"]) == "alternative" and not _alternative_fault(case, provision)


# Evidence


def _year_before(day: date) -> date:
    """Evidence: "The same day a year before"; there is no 29 February in the year before a leap year."""
    leap = (day.month, day.day) == (2, 29)
    return (day - timedelta(days=1) if leap else day).replace(year=day.year - 1)


def _evidence_fault(case: Case, evidence: Tree) -> str | None:
    """Evidence: "Dated after `prepared.on`, or `covers` not overlapping the period: ignored and flagged"."""
    if date.fromisoformat(evidence["date"]) > case.prepared:
        return "evidence-after-preparation"
    covers = evidence.get("covers")
    if not covers:
        return None
    start, end = date.fromisoformat(covers["from"]), date.fromisoformat(covers["to"])
    return "evidence-outside-period" if start > case.end or end < case.start else None


def _grade_of(case: Case, evidence: Tree, accepted: bool) -> int:
    """Evidence: "Age first ... Then, until a decision accepts it, at most data"; a place in GRADES."""
    if _evidence_fault(case, evidence):
        return 0
    grade = GRADES.index(evidence["kind"])
    if date.fromisoformat(evidence["date"]) < _year_before(case.end):
        grade -= 1
    return grade if accepted else min(grade, GRADES.index("data"))


def _best(case: Case, supported: str, accepted: bool) -> int:
    """Precedence: "Several pieces of evidence: the best counts"."""
    grades = [_grade_of(case, item, accepted) for item in case.evidence if supported in item["supports"]]
    return max(grades, default=0)


def _grade(case: Case, test: Tree, accepted: bool) -> str:
    """Evidence: "The lowest grade among all the questions it reads (blank ones too, n included); `in_place` takes that
    of evidence naming its provision"."""
    kind = kind_of(test)
    supported = {test["in_place"]} if kind == "in_place" else read_by(case, test)
    return GRADES[min((_best(case, item, accepted) for item in supported), default=0)]


# One provision


def _examine(case: Case, provision: Tree) -> Tree:
    """Precedence: "Not in force or not applicable; too early; alternative ...; no cases; contradiction; the
    test"."""
    applies = _applies(case, provision)
    fate = None
    if applies == "false":
        fate = "not_applicable"
    elif _too_early(case, provision):
        fate = "too_early"
    elif _is_alternative(case, provision):
        fate = "alternative"
    requirements = [_examine_one(case, requirement, applies, fate) for requirement in provision["requirements"]]
    mark = provision["source"]["mark"]
    return {
        "id": provision["id"],
        "given": provision,
        "applies": applies,
        "fate": fate,
        "scored": provision["obligation"] != "information" and mark != "unverified",
        "requirements": requirements,
    }


def _examine_one(case: Case, requirement: Tree, applies: str, fate: str | None) -> Tree:
    """One requirement's outcome, credit and limits; a credit of None takes no part."""
    test = requirement["test"]
    credit, outcome = _found(case, test, applies, fate)
    grade = _grade(case, test, accepted=False)
    limit = 0 if fate == "alternative" else LIMITS[grade]
    accepted = 0 if fate == "alternative" else LIMITS[_grade(case, test, accepted=True)]
    low, high = credit or (0, 0)
    return {
        "id": requirement["id"],
        "outcome": outcome,
        "takes_part": credit is not None,
        "decides": requirement["basis"] in ("statute", "code"),
        "share": exact(requirement.get("weight", 1)),
        "low": low,
        "high": high,
        "assured": min(low, limit),
        "if_accepted": min(low, accepted),
        "grade": grade,
        "weight": 0,
    }


def _found(case: Case, test: Tree, applies: str, fate: str | None) -> tuple[Credit | None, str]:
    """Credit and outcome, in the order of precedence."""
    if fate in ("not_applicable", "too_early"):
        return None, fate
    if fate == "alternative":
        return (0 if applies == "unknown" else ONE, ONE), fate
    credit = _tested(case, test)
    if read_by(case, test) & _contradicted(case):
        credit = _doubted(credit)
    if credit is None:
        return None, "no_cases"
    if applies == "unknown":
        credit = (0, credit[1])
    return credit, outcome(Fraction(credit[0]), Fraction(credit[1]))


def _doubted(credit: Credit | None) -> Credit:
    """A contradiction: "What is not met stays not met, no cases becomes [0, 1], anything else [0, computed]"."""
    return UNKNOWN if credit is None else (0, credit[1])


def outcome(low: Fraction, high: Fraction) -> str:
    """Outcome: "low = 1 met; high = 0 not met; low = high partly met; otherwise unknown"."""
    if low == ONE:
        return "met"
    if high == 0:
        return "not_met"
    return "partly_met" if low == high else "unknown"


# Weights and figures


def _weigh(code: Tree, provisions: list[Tree]) -> None:
    """Weight: "v_p = W_chapter × w_p / Σ w over all scored provisions of the chapter ... ω = 100 × v / Σ v
    over the requirements taking part, made integers by flooring, what is left going to the largest"."""
    chapters = {chapter["id"]: exact(chapter.get("weight", 1)) for chapter in code["chapters"]}
    severities = {name: exact(weight) for name, weight in {**SEVERITY_WEIGHTS, **(code.get("weights") or {})}.items()}
    scored = [provision for provision in provisions if provision["scored"]]
    shares: list[tuple[Fraction, str, Tree]] = []
    for provision in scored:
        given = provision["given"]
        peers = [other["given"] for other in scored if other["given"]["chapter"] == given["chapter"]]
        total = sum(severities[peer["severity"]] for peer in peers)
        value = chapters[given["chapter"]] * severities[given["severity"]] / total
        taking_part = [requirement for requirement in provision["requirements"] if requirement["takes_part"]]
        together = sum(requirement["share"] for requirement in taking_part)
        shares += [(value * item["share"] / together, provision["id"], item) for item in taking_part]
    _apportion(shares)


def _apportion(shares: list[tuple[Fraction, str, Tree]]) -> None:
    """Weight: "made integers by flooring, what is left going to the largest (ties to the smaller provision id, then
    requirement id)": the largest of the integers."""
    if not shares:
        return
    total = sum(share for share, _, _ in shares)
    for share, _, requirement in shares:
        requirement["weight"] = int(ALL * share / total)
    left = ALL - sum(requirement["weight"] for _, _, requirement in shares)
    _, _, largest = min(shares, key=lambda item: (-item[2]["weight"], item[1], item[2]["id"]))
    largest["weight"] += left


def _sum_up(provision: Tree) -> None:
    """Gains, losses, means, outcome and conclusion of one provision."""
    requirements = provision["requirements"]
    for requirement in requirements:
        requirement["gain"] = requirement["weight"] * requirement["low"] // ONE
        requirement["loss"] = requirement["weight"] - requirement["gain"]
    for figure in ("weight", "gain", "loss"):
        provision[figure] = sum(requirement[figure] for requirement in requirements)
    taking_part = [requirement for requirement in requirements if requirement["takes_part"]]
    for credit in ("low", "high", "assured"):
        provision[credit] = _mean(taking_part, credit) or Fraction(0)
    provision["outcome"] = _provision_outcome(provision, taking_part)
    deciding = [requirement for requirement in taking_part if requirement["decides"] and provision["scored"]]
    provision["deciding_low"], provision["deciding_high"] = _mean(deciding, "low"), _mean(deciding, "high")
    provision["conclusion"] = _verdict(provision)


def _mean(requirements: list[Tree], credit: str) -> Fraction | None:
    """The mean by `weight`, exact; None of nothing."""
    total = sum(requirement["share"] for requirement in requirements)
    if not total:
        return None
    return Fraction(sum(requirement["share"] * requirement[credit] for requirement in requirements) / total)


def _provision_outcome(provision: Tree, taking_part: list[Tree]) -> str:
    """Outcome: "Before that: not applicable, too early, alternative, no cases (all requirements)"."""
    if provision["fate"]:
        return str(provision["fate"])
    if not taking_part:
        return "no_cases"
    return outcome(provision["low"], provision["high"])


def _verdict(provision: Tree) -> str | None:
    """Conclusion: "Low 1: met; high below 1: falls short; else undetermined; no deciding requirement taking part:
    null"; of unknown applicability "never worse than undetermined"; an alternative's "is undetermined"."""
    if provision["deciding_low"] is None:
        return None
    if provision["applies"] == "unknown" or provision["fate"] == "alternative":
        return "undetermined"
    if provision["deciding_low"] == ONE:
        return "met"
    return "falls_short" if provision["deciding_high"] < ONE else "undetermined"


def _figures(code: Tree, provisions: list[Tree]) -> Tree:
    """Figures: "Declared S = Σ ω·low. Assured A = Σ ω·min(low, limit). Ceiling C = Σ ω·high", each term floored;
    "nothing taking part: figures and conclusion are null"."""
    requirements = [requirement for provision in provisions for requirement in provision["requirements"]]
    names = ("final", "declared", "assured", "assured_final", "assured_if_accepted", "ceiling", "ceiling_final")
    if not any(requirement["weight"] for requirement in requirements):
        return {"conclusion": None, "provisional": False, "caps": [], **dict.fromkeys(names)}
    declared, assured, accepted, ceiling = (
        sum(requirement["weight"] * requirement[credit] // ONE for requirement in requirements)
        for credit in ("low", "assured", "if_accepted", "high")
    )
    capping, capping_ceiling = _capping(code, provisions, "deciding_low"), _capping(code, provisions, "deciding_high")
    lifted = [item["deciding_high"] >= below or item["applies"] == "unknown" for _, _, below, item in capping]
    limit = min([ALL, *(limit for _, limit, _, _ in capping)])
    ceiling_limit = min([ALL, *(limit for _, limit, _, _ in capping_ceiling)])
    return {
        "conclusion": _conclusion(provisions),
        "provisional": bool(capping) and all(lifted),
        "final": min(declared, limit),
        "declared": declared,
        "assured": assured,
        "assured_final": min(assured, limit),
        "assured_if_accepted": accepted,
        "ceiling": ceiling,
        "ceiling_final": min(ceiling, ceiling_limit),
        "caps": sorted((name, limit, provision["id"]) for name, limit, _, provision in capping),
    }


def _caps(code: Tree) -> list[tuple[str, int, int]]:
    """Id, limit and bound of a code's caps: its own, or as section 3.2 says: "Duties and statutory codes carry the
    default cap; voluntary codes and recommendations carry none"."""
    if code.get("caps") is None:
        return [("critical", 49 * ONE, ONE // 2)] if code["standing"] in ("duty", "statutory_code") else []
    return [(cap["id"], int(exact(cap["limit"]) * ONE), int(exact(cap["below"]) * ONE)) for cap in code["caps"]]


def _capping(code: Tree, provisions: list[Tree], credit: str) -> list[tuple[str, int, int, Tree]]:
    """Cap: "An applicable critical `must` whose deciding credit is below 0.5 limits the score to 49"; each cap with the
    provisions that trigger it."""
    return [
        (*cap, provision)
        for cap in _caps(code)
        for provision in provisions
        if (provision["given"]["obligation"], provision["given"]["severity"]) == ("must", "critical")
        and provision[credit] is not None
        and provision[credit] < cap[2]
    ]


def _conclusion(provisions: list[Tree]) -> str:
    """Conclusion: "Any `must` that falls short: `does_not_conform`; else any `must` undetermined: `undetermined`; else
    any `should` whose deciding low is below 1 or that rests on an alternative: `conforms_with_comments`; else
    `conforms`"."""
    deciding = [provision for provision in provisions if provision["conclusion"]]
    musts = {item["conclusion"] for item in deciding if item["given"]["obligation"] == "must"}
    shoulds = [item for item in deciding if item["given"]["obligation"] == "should"]
    if "falls_short" in musts:
        return "does_not_conform"
    if "undetermined" in musts:
        return "undetermined"
    if any(item["deciding_low"] < ONE or item["fate"] == "alternative" for item in shoulds):
        return "conforms_with_comments"
    return "conforms"


# What is shown


def _counts(code: Tree, provisions: list[Tree]) -> dict[str, int]:
    """Counts: "over scored provisions"."""
    outcomes = [provision["outcome"] for provision in provisions if provision["scored"]]
    counts = {name: outcomes.count(name) for name in OUTCOMES}
    applicable = len(outcomes) - counts["not_applicable"] - counts["too_early"]
    not_scored = len(provisions) - len(outcomes)
    items = {item["given"]["under"] if item["given"].get("ours") else item["id"] for item in provisions}
    return {
        **counts,
        "applicable": applicable,
        "answered": applicable - counts["unknown"],
        "not_scored": not_scored,
        "encoded": applicable + counts["too_early"] + counts["not_applicable"] + not_scored,
        "published": len(items) + len(code.get("left_out") or {}),
    }


def _shown(provision: Tree) -> Tree:
    """One provision as `check` gives it; means are "printed truncated"."""
    requirement_figures = ("outcome", "weight", "low", "high", "assured", "gain", "loss", "grade")
    return {
        **{name: provision[name] for name in ("outcome", "conclusion", "applies", "weight", "gain", "loss")},
        **{name: int(provision[name]) for name in ("low", "high", "assured")},
        "requirements": {
            requirement["id"]: {name: requirement[name] for name in requirement_figures}
            for requirement in provision["requirements"]
        },
    }


def _flags(case: Case, provisions: list[Tree]) -> set[str]:
    """Every flag: what is contradictory or implausible, whether or not it takes part."""
    flags = {rule["id"] for rule in broken_rules(case)} | {flag for flag, _, _ in _pairs(case)}
    for test in tests_of(case.code):
        flags |= _test_flags(case, test)
    faults = [_evidence_fault(case, evidence) for evidence in case.evidence]
    faults += [_alternative_fault(case, provision) for provision in case.code["provisions"]]
    flags |= {fault for fault in faults if fault}
    for provision in provisions:
        if _status(case, provision["id"]) == "not_applicable" and provision["applies"] != "false":
            flags.add("not-applicable-unsupported")
    if under_rated(case):
        flags.add("rating-below-factors")
    start, end = ((case.code.get("in_force") or {}).get(key) for key in ("from", "to"))
    if (start and case.on < date.fromisoformat(start)) or (end and case.on > date.fromisoformat(end)):
        flags.add("code-not-in-force")
    scope = case.code.get("scope")
    if scope and _of_the_service(case, scope) is False:
        flags.add("scope-does-not-fit")
    return flags


def _test_flags(case: Case, test: Tree) -> set[str]:
    """Tests: "Later is unknown and flagged", "... or laxer than N, is unknown and flagged"."""
    kind = kind_of(test)
    if kind == "fresh":
        value = case.answers.get(test["fresh"])
        return {"date-after-preparation"} if value is not None and value > case.prepared else set()
    if kind != "meets_own_target":
        return set()
    late, lax = _target_faults(case, test)
    return {flag for flag, raised in (("own-target-set-late", late), ("own-target-not-credible", lax)) if raised}
