"""The words and symbols for what an assessment says: conclusions, outcomes, flags, bars, dates, shares.

They stand here once, so the terminal, the page and every report use the same. A word never decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Final

from compliance.checks import CHECKS, questions_named
from compliance.model import (
    MICRO,
    Assessment,
    Basis,
    Cap,
    Code,
    Conclusion,
    ContextFound,
    Grade,
    Interval,
    LeastRating,
    Mark,
    Obligation,
    Outcome,
    Question,
    QuestionType,
    Rating,
    Requirement,
    Source,
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
        if is_ratio:  # a bound, so it is said exactly where `percent` cuts
            return f"{float(Fraction(str(literal)) * 100):.15g}%"
        question = questions[named[0]]
        return say((literal,) if question.type is QuestionType.CHOICES else literal, question)

    return expected(test.arguments, words)


STANDING_WORDS: Final[Mapping[Standing, str]] = {
    Standing.DUTY: "duties laid down in law",
    Standing.STATUTORY_CODE: "a code of practice issued under a statute",
    Standing.VOLUNTARY: "voluntary commitments",
    Standing.RECOMMENDATION: "recommendations",
}


OBLIGATION_WORDS: Final[Mapping[Obligation, str]] = {
    Obligation.MUST: "must be met",
    Obligation.SHOULD: "should be met",
    Obligation.INFORMATION: "for information",
}


BASIS_WORDS: Final[Mapping[Basis, str]] = {
    Basis.STATUTE: "the law, so it decides the conclusion",
    Basis.CODE: "the code itself, so it decides the conclusion",
    Basis.OWN_TARGET: "the platform's own target, which never decides",
    Basis.BENCHMARK: "a benchmark, which never decides",
}


MARK_WORDS: Final[Mapping[Mark, str]] = {
    Mark.PRIMARY: "read in the source itself",
    Mark.QUOTED: "read as others quote it",
    Mark.SECONDARY: "known from others' account, so it never decides",
    Mark.UNVERIFIED: "not verified, so it is shown and never scored",
}


def source_words(source: Source, code: Code) -> str:
    """Where a rule stands and how well that was verified: "Ofcom, Codes of Practice, ICU C9; read in the source"."""
    document = code.sources.get(source.doc)
    place = f"{document.title}, {source.section}" if document else source.section
    return f"{place}; {MARK_WORDS[source.mark]}"


def check_words(requirement: Requirement, questions: Mapping[str, Question]) -> str:
    """What a requirement looks at and what it expects there: "image sharing: yes"."""
    test = requirement.test
    if test.expression:
        return f"it holds that {describe(test.expression, questions)}"
    if test.provision:
        return f"{test.provision} is declared to be in place; half the credit where it is in part"
    named = {name: questions[id].label for id, name, _ in questions_named(test.kind, test.arguments)}
    whole = named.get(f"{test.kind}.of")
    measured = f"{named[f'{test.kind}.part']}, of {whole}" if whole else named[test.kind]
    credits = test.arguments.get("credit", {})
    steps = ", ".join(f"{credit:g} for {option.replace('_', ' ')}" for option, credit in credits.items())
    words = [f"{measured}: {expected_words(requirement, questions)}"]
    words += [f"credit {steps}"] if set(credits.values()) - {0, 1} else []
    words += [f"target: {named['target']}, set on: {named['set_on']}"] if "target" in named else []
    counted = " or ".join(questions[id].label for id in test.denominators)
    words += [f"no cases where there are 0 {counted}"] if test.no_cases_when_zero else []
    return "; ".join(words)


def example_words(requirement: Requirement, example: Mapping[str, Any], questions: Mapping[str, Question]) -> str:
    """An example as its author gave it, in one phrase: "40 of 1,000 → credit 0.04", "nothing answered → unknown"."""
    test = requirement.test
    given = {id: value for id, value in example["given"].items() if id in questions and value is not None}
    words = [status_words(Status(example["status"]))] if "status" in example else []
    ids = {name: id for id, name, _ in questions_named(test.kind, test.arguments)}
    part, whole = ids.get(f"{test.kind}.part", ""), ids.get(f"{test.kind}.of", "")
    if part in given and whole in given:
        words.append(f"{given.pop(part):,} of {given.pop(whole):,}")
    main = ids.get(test.kind)
    words += [("" if id == main else f"{questions[id].label}: ") + _given(given[id], questions[id]) for id in given]
    period = example.get("period", {})
    words += [f"{key} {period[key]}" for key in ("from", "to") if key in period]
    words += [f"prepared on {example['prepared_on']}"] if "prepared_on" in example else []
    came_to = outcome_words(Outcome(example["outcome"])) if "outcome" in example else _credit_words(example["credit"])
    return f"{', '.join(words) or 'nothing answered'} → {came_to}"


def _given(value: Any, question: Question) -> str:
    return say(tuple(value) if isinstance(value, list) else value, question)


def _credit_words(credit: float) -> str:
    return "met" if credit == 1 else "not met" if credit == 0 else f"credit {credit:g}"


def size_words(code: Code) -> str:
    """How much of what was published is encoded, and how much of that is scored, in a sentence that adds up."""
    provisions, left_out = code.provisions, len(code.left_out)
    items = len({provision.under or provision.id for provision in provisions})
    scored = sum(provision.is_scored for provision in provisions)
    shown = f", {len(provisions) - scored} only shown" if scored < len(provisions) else ""
    return (
        f"{_counted(items + left_out, 'item')} published: {left_out} left out, {items} encoded as"
        f" {_counted(len(provisions), 'provision')} ({scored} scored{shown})"
    )


def _counted(number: int, one: str) -> str:
    return f"{number} {one if number == 1 else f'{one}s'}"


def cap_words(cap: Cap) -> str:
    """What a cap does: "at most 49.0 while a critical must has less than 50% of what decides it"."""
    share = percent(cap.below / MICRO)
    return (
        f"at most {display(cap.limit)} while a critical provision that must be met has less than {share} of its credit"
    )


def least_words(least: LeastRating, questions: Mapping[str, Question]) -> str:
    """The least rating that the publisher's factors support: "at least high where file sharing: yes"."""
    at_least = say(least.at_least, questions[least.question])
    rating = at_least if isinstance(least.at_least, bool) else f"at least {at_least}"
    return f"{rating} where {describe(least.when, questions)}"


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


def percent(share: float | Fraction) -> str:
    """A share as a percentage, truncated so that nothing short of all reads as 100%: 0.99996 is 99.99%.

    What is truncated are the digits that the share is written with: 0.57 is 57%, though its double is a little less.
    """
    whole, rest = divmod(int(Fraction(str(share)) * 10_000), 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


def under_rated_words(rating: Rating, label: str) -> str:
    """Why a rating counts as not given: "image risk is rated low, where the publisher's factors support high"."""
    return f"{label} is rated {rating.given}, where the publisher's factors {support_words(rating)}"


def support_words(rating: Rating) -> str:
    """What the publisher's factors say of a rating: "support high", or "may support high" while factors are blank."""
    return f"{'support' if rating.is_certain else 'may support'} {rating.supported}"


def status_words(status: Status | None) -> str:
    """What a platform declares of a provision, as words."""
    return "no status declared" if status is None else status.value.replace("_", " ")


def period_words(interval: Interval, on: date | None = None) -> str:
    """From when to when something is in force: "in force from 2025-03-17", "always in force" without any date.

    Of what is not in force `on` a day it says so: "in force from 2026-09-30, upcoming: 12 days left".
    """
    start = f" from {interval.start}" if interval.start else ""
    end = f" {'to' if start else 'until'} {interval.end}" if interval.end else ""
    words = f"in force{start}{end}" if start or end else "always in force"
    if on and interval.start and on < interval.start:
        days = (interval.start - on).days
        return f"{words}, upcoming: {days:,} {'day' if days == 1 else 'days'} left"
    return f"{words}, no longer in force" if on and interval.end and interval.end < on else words


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


def is_headed_by_context(code: Code) -> bool:
    """Whether context comes before the conclusion: who has not signed a voluntary code breaks no promise."""
    return code.standing is Standing.VOLUNTARY


def context_words(found: ContextFound) -> str:
    """What a line of context comes to: "GBP 18,000,000: the fixed maximum"."""
    if not found.says:
        return f"not known ({found.why})"
    return found.says if found.amount is None else f"{found.unit} {found.amount:,.0f}: {found.says}"


def share_words(part: int, whole: int) -> str:
    """A part of a whole: "97 of 260 (37.3%)", and without a percentage where the whole is under thirty."""
    words = f"{part:,} of {whole:,}"
    return words if whole < FEW else f"{words} ({percent(part / whole)})"
