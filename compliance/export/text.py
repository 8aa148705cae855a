"""The terminal's form of an assessment: the conclusion first, then the figures with the cap, then what costs most.

A file that was assessed by several codes begins with a line for each. Every status is a symbol and a word, so it reads
without colour; text from the file is put on one line, so it cannot forge another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from compliance.ledger import ledger, worst_first
from compliance.model import Applies, Assessment, Finding, Flag, Outcome, ProvisionResult, Rating, Refusal, Verdict
from compliance.problems import MOST_PROBLEMS, visible
from compliance.problems import render as render_problem
from compliance.scoring import display, tenths
from compliance.vocabulary import (
    CONCLUSION_SYMBOL,
    CONTEXT,
    FLAG_SYMBOL,
    OUTCOME_SYMBOL,
    conclusion_words,
    context_words,
    final_words,
    grade_words,
    is_headed_by_context,
    outcome_words,
    verdict_words,
)

SUFFIX = ".txt"
MEDIA_TYPE = "text/plain"
AMISS = ("code-not-in-force", "scope-does-not-fit")  # what makes the conclusion worth little, so it comes first
MOST_COSTLY, MOST_COSTLY_EACH = 8, 4  # of one code, and of each of several
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_COLOURS = {"×": "\x1b[31m", "½": "\x1b[33m", "≈": "\x1b[33m", "▲": "\x1b[33m", "✓": "\x1b[36m", "◆": "\x1b[35m"}


def render(entries: Iterable[Assessment | Refusal], width: int = 100, in_colour: bool = False) -> str:
    """All entries as text, at most `width` characters a line where words allow it."""
    return "\n\n".join("\n".join(_page(page, width, in_colour)) for page in pages(entries)) + "\n"


def pages(entries: Iterable[Assessment | Refusal]) -> Iterator[Refusal | list[Assessment]]:
    """Each refusal, and what one file was assessed by, as one page: what belongs together in print."""
    for is_refusal, run in groupby(entries, lambda entry: isinstance(entry, Refusal)):
        if is_refusal:
            yield from (entry for entry in run if isinstance(entry, Refusal))
        else:
            assessed = (entry for entry in run if isinstance(entry, Assessment))
            yield from (list(page) for _, page in groupby(assessed, lambda entry: entry.submission))


def _page(page: Refusal | list[Assessment], width: int, in_colour: bool) -> Iterator[str]:
    if isinstance(page, Refusal):
        yield f"{_symbol('×', in_colour)} {visible(page.file)}: refused, {_problem_count(page)}"
        yield from (render_problem(problem) for problem in page.problems)
        return
    submission = page[0].submission
    for line in wrap(f"{submission.service.name}, {submission.period_from} to {submission.period_to}", width):
        yield f"{_BOLD}{line}{_PLAIN}" if in_colour else line
    yield from wrap(f"from {visible(submission.file)}", width, break_on_hyphens=False)
    if len(page) > 1:
        yield from _overview(page, in_colour)
    for found in page:
        if len(page) > 1:
            yield from ("", "─" * width)
        yield from _lines(found, MOST_COSTLY if len(page) == 1 else MOST_COSTLY_EACH, width, in_colour)


def _overview(page: Sequence[Assessment], in_colour: bool) -> Iterator[str]:
    """A line for each code, so that nobody has to look for the conclusions."""
    longest = max(len(found.code.name) for found in page)
    yield ""
    yield f"  {'Code':<{longest}}   Final  Assured  Ceiling  Conclusion"
    for found in page:
        figures = found.figures
        shown = (figures.final, figures.assured_final, figures.ceiling_final) if figures else ()
        final, assured, ceiling = map(display, shown) if shown else ("–", "–", "–")
        symbol = CONCLUSION_SYMBOL[found.conclusion]
        words = f"{_symbol(symbol, in_colour)} {conclusion_words(found.code, found.conclusion)}"
        if is_headed_by_context(found.code):
            words = "; ".join((words, *(each.says or f"{each.line.title.lower()} not known" for each in found.context)))
        yield f"  {found.code.name:<{longest}}  {final:>6}   {assured:>6}   {ceiling:>6}  {words}"


def _lines(found: Assessment, most_costly: int, width: int, in_colour: bool) -> Iterator[str]:
    yield from wrap(f"{found.code.title} ({found.code.name}), assessed on {found.on}", width, break_on_hyphens=False)
    for flag in found.flags:
        if flag.id in AMISS:
            yield from _flag(flag, "", width, in_colour)
    if is_headed_by_context(found.code):
        yield from _context(found, "", width)
    yield ""
    words = conclusion_words(found.code, found.conclusion)
    symbol = CONCLUSION_SYMBOL[found.conclusion]
    head = _hanging(f"{symbol} ", f"{words[0].upper()}{words[1:]}: {found.conclusion_why}.", width)
    yield from _coloured(head, symbol, in_colour)
    yield ""
    yield from _figures(found, width)
    yield ""
    yield from _hanging("  ", " ".join(counts_words(found)), width)
    if found.ratings:
        ratings = ", ".join(f"{_label(found, rating)} {rating.given or 'not rated'}" for rating in found.ratings)
        yield from _hanging("  ", f"What applies rests on the platform's own ratings: {ratings}.", width)
    yield from _costs(found, most_costly, width, in_colour)
    for flag in found.flags:
        if flag.id not in AMISS:
            yield from _flag(flag, "  ", width, in_colour)
    if found.context and not is_headed_by_context(found.code):
        yield from ("", f"  {CONTEXT}:")
        yield from _context(found, "    ", width)


def _context(found: Assessment, indent: str, width: int) -> Iterator[str]:
    for each in found.context:
        yield from _hanging(indent, f"{each.line.title}: {context_words(each)}", width)


def _flag(flag: Flag, indent: str, width: int, in_colour: bool) -> Iterator[str]:
    lead = f"{indent}{FLAG_SYMBOL} "
    yield from _coloured(_hanging(lead, f"{flag.id}: {_flat(flag.message)}", width), FLAG_SYMBOL, in_colour)


def _label(found: Assessment, rating: Rating) -> str:
    return found.code.catalogue.questions[rating.question].label


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


def _costs(found: Assessment, most: int, width: int, in_colour: bool) -> Iterator[str]:
    losses = ledger(found)
    costly = [result for result in worst_first(found) if losses.provisions[result.provision.id]]
    if costly:
        yield ""
        yield "  What costs most, in points:"
    for result in costly[:most]:
        yield from _cost(result, tenths(losses.provisions[result.provision.id]), width, in_colour)
    if len(costly) > most:
        rest = sum(losses.provisions[result.provision.id] for result in costly[most:])
        yield f"  {'−' + tenths(rest):>6}    {len(costly) - most} more provisions"


def _cost(result: ProvisionResult, points: str, width: int, in_colour: bool) -> Iterator[str]:
    provision = result.provision
    symbol = OUTCOME_SYMBOL[result.outcome]
    text = f"{provision.id} {provision.title}: {outcome_words(result.outcome)}{_verdict(result)}"
    yield from _coloured(_hanging(f"  {'−' + points:>6}  {symbol} ", text, width), symbol, in_colour)
    if result.applies is Applies.UNKNOWN:
        yield from _hanging(" " * 12, result.applies_why, width)
    for finding in result.findings:
        if finding.loss:
            yield from _hanging(" " * 12, _finding(finding), width)


def _verdict(result: ProvisionResult) -> str:
    """What the provision concludes where its outcome, which benchmarks leave open too, does not say it."""
    verdict = result.conclusion
    if verdict in (None, Verdict.UNDETERMINED) or result.outcome is not Outcome.UNKNOWN:
        return ""
    return f"; what decides it is {verdict_words(verdict)}"


def _finding(finding: Finding) -> str:
    evidence = "" if finding.grade == "assertion" else f" Evidence: {grade_words(finding.grade)}."
    return f"{finding.requirement.id}: {_flat(finding.observed)}; expected: {finding.expected}.{evidence}"


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
