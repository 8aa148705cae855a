"""What `fix` prints: what to change first, what each change would bring, and the least effort that reaches a target.

The same advice as text, code by code, and as one JSON object in which every fix stands once, with its effect by each
code. Neither computes anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from textwrap import wrap
from typing import Any

from compliance.advice import EFFORT_STEPS, Advice, Clause, Effect, Fix, Left, OpenFact, Position, Route, Step
from compliance.engine import FIGURES, VERSION
from compliance.export.json import Micro, text_of
from compliance.model import Code, Conclusion, Refusal, Value
from compliance.problems import visible
from compliance.scoring import display
from compliance.vocabulary import BASIS_WORDS, CONCLUSION_SYMBOL, conclusion_words, short_words, source_words

MOST, MOST_EACH = 60, 5  # fixes of one code, and of each of several
_MOST_WAITING = 6
_NO_SCORE = "no score"


# Text


def render(advice: Advice, routes: Sequence[Route] = (), width: int = 100) -> str:
    """The advice as text, at most `width` characters a line where words allow it."""
    return "\n".join(_page(advice, routes, width)) + "\n"


def _page(advice: Advice, routes: Sequence[Route], width: int) -> Iterator[str]:
    submission = advice.submission
    yield from wrap(f"{submission.service.name}, {submission.period_from} to {submission.period_to}", width)
    yield from wrap(f"from {visible(submission.file)}", width, break_on_hyphens=False)
    for code in advice.codes:
        if len(advice.codes) > 1:
            yield from ("", "─" * width)
        route = next((each for each in routes if each.code is code), None)
        yield from _code(advice, code, route, MOST if len(advice.codes) == 1 else MOST_EACH, width)


def _code(advice: Advice, code: Code, route: Route | None, most: int, width: int) -> Iterator[str]:
    position, fixes = advice.positions[code.name], advice.by(code)
    yield from wrap(f"{code.title} ({code.name})", width, break_on_hyphens=False)
    yield from _hanging("", f"{_concluded(code, position)}; {_figures(position)}.", width)
    if route:
        yield from ("", *_route(route, width))
    ready = [fix for fix in fixes if not fix.waits_for]
    yield ""
    yield from _hanging("  ", _heading(len(ready), position), width)
    for number, fix in enumerate(ready[:most], start=1):
        yield from ("", *_fix(fix, code, number, width))
    if len(ready) > most:
        rest = f"{len(ready) - most} more: `compliance fix --code {code.name} FILE` shows them all."
        yield from ("", *_hanging("  ", rest, width))
    yield from _waiting([fix for fix in fixes if fix.waits_for], width)
    yield from _facts(advice, code, width)
    yield from _left([left for left in advice.left if left.clause.code is code], width)


def _heading(count: int, position: Position) -> str:
    if position.conclusion is None:
        return "Nothing in this code can be tested for this service and period, so there is nothing to fix."
    if not count:
        return "No fix: no other answer would raise what is declared here."
    if count == 1:
        return "One fix."
    return f"{count} fixes, the most useful first; each effect is of that fix alone."


def _concluded(code: Code, position: Position) -> str:
    return f"{CONCLUSION_SYMBOL[position.conclusion]} {_upper(conclusion_words(code, position.conclusion))}"


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _figures(position: Position) -> str:
    figures = position.figures
    if figures is None:
        return _NO_SCORE
    return f"final {display(figures.final)}, declared {display(figures.declared)}, assured {display(figures.assured)}"


def _fix(fix: Fix, code: Code, number: int, width: int) -> Iterator[str]:
    clauses, effect = fix.clauses(code), fix.effects[code.name]
    first = clauses[0]
    lead = f"  {number:>2}  "
    yield from _hanging(lead, f"{first.provision.id} {first.provision.title}: {first.requirement.id}", width)
    inner = " " * len(lead)
    yield from _hanging(inner, _doing(fix, first), width)
    for step in fix.steps:
        yield from _hanging(inner + "  ", step_words(step), width)
    yield from _hanging(inner, f"Effort: {fix.effort or 'not said'}. {effect_words(effect, code)}", width)
    others = [clause for clause in (*fix.aims, *fix.also) if clause.key != first.key]
    if others:
        yield from _hanging(inner, f"Also meets {', '.join(_place(clause, code) for clause in others)}.", width)
    basis = BASIS_WORDS[first.requirement.basis]
    yield from _hanging(inner, f"From {source_words(first.requirement.source, code)}. Rests on {basis}.", width)
    yield from _hanging(inner, evidence_words(fix, effect), width)


def _doing(fix: Fix, clause: Clause) -> str:
    remedy = clause.requirement.remedy or clause.requirement.statement
    if fix.is_correction:
        return "These answers contradict each other. Correct whichever is wrong; reckoned with:"
    return f"Answer it, if it is so; else: {remedy}" if fix.is_answer else remedy


def step_words(step: Step) -> str:
    """One answer now and as needed: "removal time: 26 hours → at most 24 hours"."""
    together = ", so that the answers agree" if step.follows else ""
    return f"{step.label}: {step.now} → {step.needed}{together}"


def effect_words(effect: Effect, code: Code) -> str:
    """What a fix alone does: the conclusion and the figures before and after."""
    before, after = effect.before, effect.after
    if before.figures is None or after.figures is None:
        return "Alone: no score."
    stays = before.conclusion is after.conclusion
    concluded = f"stays {_short(code, after)}" if stays else f"{_short(code, before)} → {_short(code, after)}"
    names = ("final", "declared", "assured")
    figures = [_change(name, getattr(before.figures, name), getattr(after.figures, name)) for name in names]
    words = f"Alone: {concluded}; {', '.join(figures)}."
    if not effect.decides:
        words += " Only a benchmark or an own target gains, so the conclusion cannot change."
    return f"{words} It costs more elsewhere than it brings." if effect.lowers else words


def _short(code: Code, position: Position) -> str:
    return f"{CONCLUSION_SYMBOL[position.conclusion]} {short_words(code, position.conclusion)}"


def _change(name: str, before: int, after: int) -> str:
    if before == after:
        return f"{name} stays {display(after)}"
    if display(before) == display(after):
        return f"{name} {display(after)} (by less than 0.1)"
    return f"{name} {display(before)} → {display(after)}"


def evidence_words(fix: Fix, effect: Effect) -> str:
    """What evidence would have to name, and the assured figure with it."""
    named = ", ".join(fix.evidence)
    words = f"Evidence that would count: data, or an audit, that names {named}"
    if effect.backed.figures is None or effect.after.figures is None:
        return f"{words}."
    assured, backed = effect.after.figures.assured, effect.backed.figures.assured
    gain = "as it is" if assured == backed else f"then {display(backed)}"
    return f"{words}; with data the assured figure is {gain}."


def _place(clause: Clause, code: Code) -> str:
    of = "" if clause.code is code else f" ({clause.code.name})"
    return f"{clause.provision.id} {clause.requirement.id}{of}"


def _route(route: Route, width: int) -> Iterator[str]:
    target = _target_words(route)
    if not route.is_reached:
        most = f"{_short(route.code, route.most)}, {_figures(route.most)}"
        words = f"No set of fixes is enough {target}: all together lead to {most}. {_upper(route.why)}."
        yield from _hanging("  ", words, width)
        return
    if not route.fixes:
        yield from _hanging("  ", f"Nothing is needed {target}.", width)
        return
    count = "1 fix" if len(route.fixes) == 1 else f"{len(route.fixes)} fixes"
    steps = ", ".join(f"{name} {steps}" for name, steps in EFFORT_STEPS.items() if name)
    how = (
        "no set does it with less"
        if route.is_exact
        else "nothing of it can be left out, though another set may do with less; all fixes together"
        f" lead to {_figures(route.most)}"
    )
    lead = "Least effort" if route.is_exact else "Enough"
    words = f"{lead} {target}: {count}, effort {route.effort} ({steps}: our weights); {how}."
    yield from _hanging("  ", words, width)
    for fix in route.fixes:
        first = fix.clauses(route.code)[0]
        yield from _hanging("    – ", f"{first.provision.id} {first.requirement.id}, {fix.effort or 'not said'}", width)
    together = f"Together: {_short(route.code, route.position)}, {_figures(route.position)}."
    yield from _hanging("  ", together, width)


def _target_words(route: Route) -> str:
    if isinstance(route.target, Conclusion):
        return f"for “{conclusion_words(route.code, route.target)}”"
    return f"for a final score of {text_of(Micro(route.target)).rstrip('0').rstrip('.')}"


def _waiting(fixes: Sequence[Fix], width: int) -> Iterator[str]:
    if not fixes:
        return
    named = ", ".join(fix.id for fix in fixes[:_MOST_WAITING])
    more = f" and {len(fixes) - _MOST_WAITING} more" if len(fixes) > _MOST_WAITING else ""
    words = f"{len(fixes)} more count only once it is settled whether they apply: {named}{more}."
    yield from ("", *_hanging("  ", words, width))


def _facts(advice: Advice, code: Code, width: int) -> Iterator[str]:
    own = {provision.id for provision in code.provisions}
    facts = [fact for fact in advice.facts if own & {*fact.provisions}]
    if facts:
        yield from ("", "  Facts and ratings to settle, which are no fixes:")
    for fact in facts:
        now = f"rated {fact.now}, below the publisher's factors" if fact.now else "not answered"
        decided = "; ".join(f"{each.words}: {_decided(each.applies, each.does_not)}" for each in fact.values)
        words = f"{fact.question.label} ({fact.question.id}), {now}, keeps {_provisions(len(fact.provisions))} open"
        yield from _hanging("    – ", f"{words}. {decided}" if decided else words, width)


def _provisions(count: int) -> str:
    return f"{count} provision" if count == 1 else f"{count} provisions"


def _decided(applies: int, does_not: int) -> str:
    parts = [f"{applies} {'applies' if applies == 1 else 'apply'}"] if applies else []
    parts += [f"{does_not} {'does' if does_not == 1 else 'do'} not"] if does_not else []
    return ", ".join(parts) or "decides none alone"


def _left(left: Sequence[Left], width: int) -> Iterator[str]:
    if left:
        yield from ("", "  No answer could be worked out for:")
    for each in left:
        words = f"{each.clause.provision.id} {each.clause.requirement.id}: {each.why}"
        remedy = f". {each.clause.requirement.remedy}" if each.clause.requirement.remedy else ""
        yield from _hanging("    – ", words + remedy, width)


def _hanging(lead: str, text: str, width: int) -> list[str]:
    after = " " * len(lead)
    return wrap(
        " ".join(text.split()),
        width,
        initial_indent=lead,
        subsequent_indent=after,
        break_long_words=False,
        break_on_hyphens=False,
    )


# JSON


def to_json(advice: Advice | Refusal, routes: Sequence[Route] = ()) -> str:
    """The advice, or the problems of a refused file, as one object, numbers as in the JSON of `check`."""
    if isinstance(advice, Refusal):
        value: dict[str, Any] = {"file": advice.file, "problems": [asdict(problem) for problem in advice.problems]}
    else:
        value = _advice(advice, routes)
    return text_of(value) + "\n"


def _advice(advice: Advice, routes: Sequence[Route]) -> dict[str, Any]:
    submission = advice.submission
    by_code = {route.code.name: _route_value(route) for route in routes}
    return {
        "file": submission.file,
        "service": {"id": submission.service.id, "name": submission.service.name},
        "period": {"from": submission.period_from.isoformat(), "to": submission.period_to.isoformat()},
        "engine": VERSION,
        "on": (advice.on or submission.period_to).isoformat(),
        "effort_steps": {name: steps for name, steps in EFFORT_STEPS.items() if name},
        "codes": [
            {
                "code": {"id": code.id, "version": code.version, "digest": code.digest},
                **_position(advice.positions[code.name]),
                "fixes": [fix.id for fix in advice.by(code)],
                "reach": by_code.get(code.name),
            }
            for code in advice.codes
        ],
        "fixes": [_fix_value(fix) for fix in advice.fixes],
        "facts": [_fact(fact) for fact in advice.facts],
        "left": [{**_clause(left.clause), "why": left.why} for left in advice.left],
        "problems": [],
    }


def _fix_value(fix: Fix) -> dict[str, Any]:
    return {
        "id": fix.id,
        "effort": fix.effort or None,
        "requirements": [_clause(clause) for clause in fix.aims],
        "also_meets": [_clause(clause) for clause in fix.also],
        "steps": [_step(step) for step in fix.steps],
        "change": {
            "answers": {id: _plain(value) for id, value in fix.change.answers.items()},
            "provisions": {id: {"status": status} for id, status in fix.change.statuses.items()},
        },
        "is_answer": fix.is_answer,
        "is_correction": fix.is_correction,
        "evidence": list(fix.evidence),
        "waits_for": list(fix.waits_for),
        "effects": {name: _effect(effect) for name, effect in fix.effects.items()},
    }


def _clause(clause: Clause) -> dict[str, Any]:
    requirement = clause.requirement
    return {
        "code": clause.code.name,
        "provision": clause.provision.id,
        "requirement": requirement.id,
        "basis": requirement.basis,
        "source": source_words(requirement.source, clause.code),
        "remedy": requirement.remedy,
        "effort": requirement.effort or None,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "label": step.label,
        "now": step.now,
        "needed": step.needed,
        "value": _plain(step.value),
        "was_blank": step.was_blank,
        "follows": step.follows,
    }


def _effect(effect: Effect) -> dict[str, Any]:
    backed = effect.backed.figures
    return {
        **_position(effect.after),
        "assured_with_data": None if backed is None else Micro(backed.assured),
        "decides": effect.decides,
        "lowers": effect.lowers,
    }


def _position(position: Position) -> dict[str, Any]:
    figures = position.figures
    values = {name: None if figures is None else Micro(getattr(figures, name)) for name in FIGURES}
    return {"conclusion": position.conclusion, **values}


def _fact(fact: OpenFact) -> dict[str, Any]:
    return {
        "question": fact.question.id,
        "label": fact.question.label,
        "now": fact.now or None,
        "provisions": list(fact.provisions),
        "values": [
            {
                "value": _plain(each.value),
                "words": each.words,
                "applies": each.applies,
                "does_not_apply": each.does_not,
                "stays_open": each.stays_open,
                "positions": {name: _position(position) for name, position in each.positions.items()},
            }
            for each in fact.values
        ],
    }


def _route_value(route: Route) -> dict[str, Any]:
    is_conclusion = isinstance(route.target, Conclusion)
    return {
        "target": route.target if is_conclusion else Micro(int(route.target)),
        "is_reached": route.is_reached,
        "is_exact": route.is_exact,
        "fixes": [fix.id for fix in route.fixes],
        "effort": route.effort,
        "together": _position(route.position),
        "all_fixes": _position(route.most),
        "why": route.why or None,
    }


def _plain(value: Value) -> Any:
    """A value as a file would say it."""
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
