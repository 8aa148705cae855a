"""The words and symbols for what an assessment says: conclusions, outcomes, flags, bars, dates, shares.

They stand here once, so the terminal, the page and every report use the same. A word never decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from compliance.checks import CHECKS, questions_named
from compliance.model import (
    Assessment,
    Code,
    Conclusion,
    ContextFound,
    Grade,
    Interval,
    Outcome,
    Question,
    QuestionType,
    Rating,
    Requirement,
    Standing,
    Status,
    Verdict,
)
from compliance.scoring import display
from compliance.wording import describe, say

CONCLUSION_WORDS: Final[Mapping[Standing, Mapping[Conclusion, str]]] = {
    Standing.DUTY: {
        Conclusion.CONFORMS: "meets the duties",
        Conclusion.CONFORMS_WITH_COMMENTS: "meets, with comments",
        Conclusion.UNDETERMINED: "undetermined",
        Conclusion.DOES_NOT_CONFORM: "falls short of the duties",
    },
    Standing.STATUTORY_CODE: {
        Conclusion.CONFORMS: "follows the code",
        Conclusion.CONFORMS_WITH_COMMENTS: "follows, with comments",
        Conclusion.UNDETERMINED: "undetermined",
        Conclusion.DOES_NOT_CONFORM: "departs from the code",
    },
    Standing.VOLUNTARY: {
        Conclusion.CONFORMS: "keeps the commitments",
        Conclusion.CONFORMS_WITH_COMMENTS: "keeps, with comments",
        Conclusion.UNDETERMINED: "undetermined",
        Conclusion.DOES_NOT_CONFORM: "does not keep the commitments",
    },
    Standing.RECOMMENDATION: {
        Conclusion.CONFORMS: "meets the recommendations",
        Conclusion.CONFORMS_WITH_COMMENTS: "meets, with comments",
        Conclusion.UNDETERMINED: "undetermined",
        Conclusion.DOES_NOT_CONFORM: "falls short of the recommendations",
    },
}


FEW: Final = 30  # under so many items a share is shown as "k of n"
NOTHING_APPLIES: Final = "nothing to conclude"


CONCLUSION_SYMBOL: Final[Mapping[Conclusion | None, str]] = {
    Conclusion.CONFORMS: "✓",
    Conclusion.CONFORMS_WITH_COMMENTS: "≈",
    Conclusion.UNDETERMINED: "?",
    Conclusion.DOES_NOT_CONFORM: "×",
    None: "–",
}


OUTCOME_SYMBOL: Final[Mapping[Outcome | None, str]] = {
    Outcome.MET: "✓",
    Outcome.PARTLY_MET: "½",
    Outcome.NOT_MET: "×",
    Outcome.UNKNOWN: "?",
    Outcome.ALTERNATIVE: "◆",
    Outcome.NO_CASES: "○",
    Outcome.TOO_EARLY: "…",
    Outcome.NOT_APPLICABLE: "–",
    None: "–",
}


VERDICT_SYMBOL: Final[Mapping[Verdict, str]] = {
    Verdict.MET: "✓",
    Verdict.UNDETERMINED: "?",
    Verdict.FALLS_SHORT: "×",
}


FLAG_SYMBOL: Final = "▲"


FLAG_WORDS: Final[Mapping[str, str]] = {
    "part-above-whole": "{part} ({part_value}) is more than {of} ({of_value}), which it is a part of.",
    "time-without-cases": "{time} is given although {n} is 0, so there was nothing to time.",
    "none-and-others": "{question} says none and names something as well: {value}.",
    "date-after-preparation": "{question} is {value}, after the file was prepared.",
    "own-target-set-late": "The target for {question} was set on {value}, not before the period began.",
    "own-target-not-credible": "The target for {question} is {value}, laxer than can be believed.",
    "alternative-incomplete": (
        "An alternative to {provision} is declared without the whole record: what instead, how it complies, and the"
        " regard had to expression and privacy."
    ),
    "alternative-not-allowed": "An alternative to {provision} is declared, which allows none.",
    "not-applicable-unsupported": "{provision} is declared not applicable, but the facts given do not say so.",
    "evidence-after-preparation": "Evidence {evidence} is dated {value}, after the file was prepared.",
    "evidence-outside-period": "Evidence {evidence} covers no day of the period.",
    "rating-below-factors": "{question} is rated {value}; the publisher's factors {supported}.",
    "code-not-in-force": "The code is {period}, so not on {on}, the day of this assessment.",
    "scope-does-not-fit": "The code is not addressed to a service like this one: {why}.",
}
"""Every built-in flag and its sentence; a consistency rule's flag has the rule's id and says what the rule says."""


def expected_words(requirement: Requirement, questions: Mapping[str, Question]) -> str:
    """What a requirement expects, with its units: "at least 99.9%", "yes", "at most 24 hours".

    Of a condition its statement says more than the condition in words, which `codes show` has.
    """
    test = requirement.test
    expected = CHECKS[test.kind].expected
    if expected is None:
        return requirement.statement or describe(test.condition, questions)
    named = [id for id, _, _ in questions_named(test.kind, test.arguments)]
    is_ratio = isinstance(test.arguments.get(test.kind), dict)

    def words(literal: Any) -> str:
        if is_ratio:
            return percent(literal)
        question = questions[named[0]]
        return say((literal,) if question.type is QuestionType.CHOICES else literal, question)

    return expected(test.arguments, words)


def conclusion_words(code: Code, conclusion: Conclusion | None) -> str:
    """The conclusion in the words that fit the code's standing."""
    return NOTHING_APPLIES if conclusion is None else CONCLUSION_WORDS[code.standing][conclusion]


def outcome_words(outcome: Outcome | None) -> str:
    """An outcome as a word; None is a provision without requirements."""
    return "not tested" if outcome is None else outcome.value.replace("_", " ")


def verdict_words(verdict: Verdict) -> str:
    """What the deciding requirements of a provision come to, as symbol and word."""
    return f"{VERDICT_SYMBOL[verdict]} {verdict.value.replace('_', ' ')}"


def final_words(found: Assessment) -> str:
    """Where the final figure comes from: "72.2, limited to 49.0 by ICU-C9", or that no cap applies."""
    if found.figures is None:
        return "no score"
    if not found.caps:
        return "as declared, no cap applies"
    declared, limit = display(found.figures.declared), display(min(cap.limit for cap in found.caps))
    by = ", ".join(cap.provision for cap in found.caps)
    is_lower = found.figures.final == found.figures.declared
    words = f"as declared, already under the {limit} that {by} limits it to" if is_lower else ""
    words = words or f"{declared}, limited to {limit} by {by}"
    return f"{words} (provisional: {found.provisional_why})" if found.provisional else words


def percent(share: float) -> str:
    """A share as a percentage, truncated so that nothing short of all reads as 100%: 0.99996 is 99.99%.

    What is truncated are the digits that the share is written with: 0.57 is 57%, though its double is a little less.
    """
    whole, rest = divmod(int(Fraction(str(share)) * 10_000), 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


def support_words(rating: Rating) -> str:
    """What the publisher's factors say of a rating: "support high", or "may support high" while factors are blank."""
    return f"{'support' if rating.is_certain else 'may support'} {rating.supported}"


def status_words(status: Status | None) -> str:
    """What a platform declares of a provision, as words."""
    return "no status declared" if status is None else status.value.replace("_", " ")


def period_words(interval: Interval) -> str:
    """From when to when something is in force: "in force from 2025-03-17", "always in force" without any date."""
    start = f" from {interval.start}" if interval.start else ""
    end = f" {'to' if start else 'until'} {interval.end}" if interval.end else ""
    return f"in force{start}{end}" if start or end else "always in force"


def grade_words(grade: Grade | None) -> str:
    """A grade of evidence as words; None is evidence that does not count."""
    return "ignored" if grade is None else grade.value.replace("_", " ")


_SHORT: Final[Mapping[Standing, tuple[str, str]]] = {
    Standing.DUTY: ("falls short", "meets"),
    Standing.STATUTORY_CODE: ("departs", "follows"),
    Standing.VOLUNTARY: ("does not keep", "keeps"),
    Standing.RECOMMENDATION: ("falls short", "meets"),
}


def short_words(code: Code, conclusion: Conclusion | None) -> str:
    """The conclusion in a word or two, for tables and filters that stand under the code's title."""
    match conclusion:
        case None:
            return NOTHING_APPLIES
        case Conclusion.DOES_NOT_CONFORM:
            return _SHORT[code.standing][0]
        case Conclusion.CONFORMS:
            return _SHORT[code.standing][1]
        case Conclusion.CONFORMS_WITH_COMMENTS:
            return "with comments"
        case _:
            return "undetermined"


CONTEXT: Final = "Context, never scored"


def context_words(found: ContextFound) -> str:
    """What a line of context comes to: "GBP 18,000,000: the fixed maximum"."""
    if not found.says:
        return f"not known ({found.why})"
    return found.says if found.amount is None else f"{found.unit} {found.amount:,.0f}: {found.says}"


def share_words(part: int, whole: int) -> str:
    """A part of a whole: "97 of 260 (37.3%)", and without a percentage where the whole is under thirty."""
    words = f"{part:,} of {whole:,}"
    return words if whole < FEW else f"{words} ({percent(part / whole)})"
