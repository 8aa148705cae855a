"""The terminal's form of an assessment: the conclusion first, then the figures with the cap, then what costs most.

Every status is a symbol and a word, so it reads without colour; text from the file is put on one line, so it cannot
forge
another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap

from compliance.ledger import ledger, worst_first
from compliance.model import Applies, Assessment, Finding, Outcome, ProvisionResult, Refusal
from compliance.problems import MOST_PROBLEMS, visible
from compliance.problems import render as render_problem
from compliance.scoring import display, tenths
from compliance.vocabulary import (
    CONCLUSION_SYMBOL,
    FLAG_SYMBOL,
    OUTCOME_SYMBOL,
    conclusion_words,
    final_words,
    grade_words,
    outcome_words,
)

SUFFIX = ".txt"
MEDIA_TYPE = "text/plain"
MOST_COSTLY = 8
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_COLOURS = {"×": "\x1b[31m", "½": "\x1b[33m", "≈": "\x1b[33m", "▲": "\x1b[33m", "✓": "\x1b[36m", "◆": "\x1b[35m"}


def render(entries: Iterable[Assessment | Refusal], width: int = 100, in_colour: bool = False) -> str:
    """All entries as text, at most `width` characters a line where words allow it."""
    pages = ("\n".join(_lines(entry, width, in_colour)) for entry in entries)
    return "\n\n".join(pages) + "\n"


def _lines(entry: Assessment | Refusal, width: int, in_colour: bool) -> Iterator[str]:
    if isinstance(entry, Refusal):
        yield f"{_symbol('×', in_colour)} {visible(entry.file)}: refused, {_problem_count(entry)}"
        yield from (render_problem(problem) for problem in entry.problems)
        return
    found = entry
    submission = found.submission
    for line in wrap(f"{submission.service.name}, {submission.period_from} to {submission.period_to}", width):
        yield f"{_BOLD}{line}{_PLAIN}" if in_colour else line
    yield from wrap(f"from {visible(submission.file)}", width, break_on_hyphens=False)
    yield from wrap(f"{found.code.title} ({found.code.name}), assessed on {found.on}", width)
    yield ""
    words = conclusion_words(found.code, found.conclusion)
    symbol = CONCLUSION_SYMBOL[found.conclusion]
    head = _hanging(f"{symbol} ", f"{words[0].upper()}{words[1:]}: {found.conclusion_why}.", width)
    yield from _coloured(head, symbol, in_colour)
    yield ""
    yield from _figures(found, width)
    yield ""
    yield from _hanging("  ", " ".join(counts_words(found)), width)
    yield from _costs(found, width, in_colour)
    for flag in found.flags:
        yield from _coloured(_hanging(f"  {FLAG_SYMBOL} ", f"{flag.id}: {_flat(flag.message)}", width), "▲", in_colour)


def _figures(found: Assessment, width: int) -> Iterator[str]:
    figures = found.figures
    if figures is None:
        yield "  No score: nothing takes part."
        return
    yield from _hanging(f"  Final    {display(figures.final):>6}   ", final_words(found), width)
    meanings = {
        "declared": (figures.declared, "what is claimed"),
        "assured": (figures.assured, "what evidence backs"),
        "ceiling": (figures.ceiling, "what is still possible if the blanks were good"),
    }
    for name, (figure, meaning) in meanings.items():
        yield from _hanging(f"  {name.capitalize():<8} {display(figure):>6}   ", meaning, width)


def counts_words(found: Assessment) -> list[str]:
    """What was published, encoded and applies, then the outcomes of what applies: sentences that each add up."""
    counts, left_out = found.counts, len(found.code.left_out)
    parts = [
        f"{OUTCOME_SYMBOL[outcome]} {counts[outcome]} {outcome_words(outcome)}"
        for outcome in Outcome
        if outcome not in (Outcome.NOT_APPLICABLE, Outcome.TOO_EARLY) and counts[outcome]
    ]
    others = [
        f"{counts[name]} {words}"
        for name, words in (
            ("not_applicable", "not applicable"),
            ("too_early", "too early"),
            ("not_scored", "shown, not scored"),
        )
        if counts[name]
    ]
    applying = f"{counts['applicable']} apply"
    published = f"{counts['published']} published{f' ({left_out} left out)' if left_out else ''}"
    whole = f"{published}, encoded as {counts['encoded']} provisions = {' + '.join([applying, *others])}."
    return [whole, f"{applying} = {' + '.join(parts)}."] if parts else [whole]


def _costs(found: Assessment, width: int, in_colour: bool) -> Iterator[str]:
    losses = ledger(found)
    costly = [result for result in worst_first(found) if losses.provisions[result.provision.id]]
    if costly:
        yield ""
        yield "  What costs most, in points:"
    for result in costly[:MOST_COSTLY]:
        yield from _cost(result, tenths(losses.provisions[result.provision.id]), width, in_colour)
    if len(costly) > MOST_COSTLY:
        rest = sum(losses.provisions[result.provision.id] for result in costly[MOST_COSTLY:])
        yield f"  {'−' + tenths(rest):>6}    {len(costly) - MOST_COSTLY} more provisions"


def _cost(result: ProvisionResult, points: str, width: int, in_colour: bool) -> Iterator[str]:
    provision = result.provision
    symbol = OUTCOME_SYMBOL[result.outcome]
    text = f"{provision.id} {provision.title}: {outcome_words(result.outcome)}"
    yield from _coloured(_hanging(f"  {'−' + points:>6}  {symbol} ", text, width), symbol, in_colour)
    if result.applies is Applies.UNKNOWN:
        yield from _hanging(" " * 12, result.applies_why, width)
    for finding in result.findings:
        if finding.loss:
            yield from _hanging(" " * 12, _finding(finding), width)


def _finding(finding: Finding) -> str:
    evidence = "" if finding.grade == "assertion" else f" Evidence: {grade_words(finding.grade)}."
    return f"{finding.requirement.id}: {_flat(finding.observed)}; expected {finding.expected}.{evidence}"


def _hanging(lead: str, text: str, width: int) -> list[str]:
    return wrap(
        text,
        width,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _coloured(lines: list[str], symbol: str, in_colour: bool) -> Iterator[str]:
    yield lines[0].replace(symbol, _symbol(symbol, in_colour), 1)
    yield from lines[1:]


def _symbol(symbol: str, in_colour: bool) -> str:
    colour = _COLOURS.get(symbol) if in_colour else None
    return f"{colour}{symbol}{_PLAIN}" if colour else symbol


def _problem_count(refusal: Refusal) -> str:
    count = len(refusal.problems)
    if count > MOST_PROBLEMS:
        return f"more than {MOST_PROBLEMS} problems"
    return f"{count} problem" if count == 1 else f"{count} problems"


def _flat(text: str) -> str:
    return " ".join(text.split())
