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
_FIGURES = ("final", "declared", "assured")


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
    yield from _hanging("  ", heading_words(len(ready), position), width)
    for number, fix in enumerate(ready[:most], start=1):
        yield from ("", *_fix(fix, code, number, width))
    if len(ready) > most:
        rest = f"{len(ready) - most} more: `compliance fix --code {code.name} FILE` shows them all."
        yield from ("", *_hanging("  ", rest, width))
    yield from _waiting([fix for fix in fixes if fix.waits_for], width)
    yield from _facts(advice, code, width)
    yield from _left([left for left in advice.left if left.clause.code is code], width)


def heading_words(count: int, position: Position) -> str:
    """How many fixes there are, or why there is none."""
    if position.conclusion is None:
        return "Nothing in this code can be tested for this service and period, so there is nothing to fix."
    if not count:
        return "No fix: no other answer would raise what is declared here."
    if count == 1:
        return "One fix."
    return f"{count} fixes, the most useful first. Each effect is of that fix alone; the efforts are our estimates."


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
    yield from _hanging(inner, doing_words(fix, first), width)
    for step in fix.steps:
        yield from _hanging(inner + "  ", step_words(step), width)
    yield from _hanging(inner, f"Effort: {fix.effort or 'not said'}. {effect_words(effect, code)}", width)
    others = [clause for clause in (*fix.aims, *fix.also) if clause.key != first.key]
    if others:
        yield from _hanging(inner, f"Also meets {', '.join(_place(clause, code) for clause in others)}.", width)
    if fix.against:
        yield from _hanging(inner, f"It cannot be made together with {', '.join(fix.against)}.", width)
    # Of what decides nothing, the effect has said why.
    basis = f" Rests on {BASIS_WORDS[first.requirement.basis]}." if effect.decides else ""
    yield from _hanging(inner, f"From {source_words(first.requirement.source, code)}.{basis}", width)
    yield from _hanging(inner, evidence_words(fix, effect), width)


def doing_words(fix: Fix, clause: Clause) -> str:
    """What to do for one of the requirements that a fix meets."""
    remedy = clause.requirement.remedy or clause.requirement.statement
    if fix.is_correction:
        return "These answers contradict each other. Correct whichever is wrong; reckoned with:"
    return f"Answer it, if it is so; else: {remedy}" if fix.is_answer else remedy


def step_words(step: Step) -> str:
    """One answer now and as needed: "removal time: 26 hours → at most 24 hours"."""
    return f"{step.label}: {step.now} → {needed_words(step)}"


def needed_words(step: Step) -> str:
    """What an answer has to come to, and whether only because another does."""
    return f"{step.needed}, so that the answers agree" if step.follows else step.needed


def effect_words(effect: Effect, code: Code) -> str:
    """What a fix alone does: the conclusion and the figures before and after."""
    before, after = effect.before, effect.after
    words = f"Alone: {change_words(code, before, after)}."
    if before.figures is None or after.figures is None:
        return words
    if not effect.decides:
        words += " Only a benchmark or an own target gains, so the conclusion cannot change."
    if effect.worse:
        words += f" Worse by it: {', '.join(effect.worse)}."
    return f"{words} It costs more elsewhere than it brings." if effect.lowers else words


def change_words(code: Code, before: Position, after: Position) -> str:
    """The conclusion and the figures before and after: "× departs → ? undetermined; final 49.0 → 84.5, ..."."""
    if before.figures is None or after.figures is None:
        return _NO_SCORE
    stays = before.conclusion is after.conclusion
    now = position_words(code, after)
    concluded = f"stays {now}" if stays else f"{position_words(code, before)} → {now}"
    changes = {name: (getattr(before.figures, name), getattr(after.figures, name)) for name in _FIGURES}
    if changes["final"] == changes["declared"]:
        changes = {"final and declared": changes["final"], "assured": changes["assured"]}
    return f"{concluded}; {', '.join(_change(name, *figures) for name, figures in changes.items())}"


def position_words(code: Code, position: Position) -> str:
    """The conclusion of a position with its symbol, in few words: "× departs"."""
    return f"{CONCLUSION_SYMBOL[position.conclusion]} {short_words(code, position.conclusion)}"


def _change(name: str, before: int, after: int) -> str:
    if before == after:
        return f"{name} stay{'s' * (' ' not in name)} {display(after)}"
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
    if assured == backed:
        return f"{words}. The file offers such already, which has to bear out what changes."
    return f"{words}. With data, assured is {display(backed)}."


def _place(clause: Clause, code: Code) -> str:
    of = "" if clause.code is code else f" ({clause.code.name})"
    return f"{clause.provision.id} {clause.requirement.id}{of}"


def _route(route: Route, width: int) -> Iterator[str]:
    words, together = route_words(route)
    yield from _hanging("  ", words, width)
    for fix in route.fixes:
        first = fix.clauses(route.code)[0]
        yield from _hanging("    – ", f"{first.provision.id} {first.requirement.id}, {fix.effort or 'not said'}", width)
    if together:
        yield from _hanging("  ", together, width)


def route_words(route: Route) -> tuple[str, str]:
    """What the least effort for a target is, or why nothing reaches it, and where its fixes lead together, if any."""
    target = _target_words(route)
    if not route.is_reached:
        most = f"{position_words(route.code, route.most)}, {_figures(route.most)}"
        none = "No set of fixes is" if route.is_exact else "No set of fixes was found that is"
        return f"{none} enough {target}: at best they lead to {most}. {_upper(route.why)}.", ""
    if not route.fixes:
        return f"Nothing is needed {target}.", ""
    count = "1 fix" if len(route.fixes) == 1 else f"{len(route.fixes)} fixes"
    steps = ", ".join(f"{name} {steps}" for name, steps in EFFORT_STEPS.items() if name)
    at_best = "; at best, fixes lead to" if route.is_bound else "; the furthest that was seen is"
    how = (
        "no set does it with less"
        if route.is_exact
        else f"nothing of it can be left out, though another set may do with less{at_best} {_figures(route.most)}"
    )
    lead = "Least effort" if route.is_exact else "Enough"
    words = f"{lead} {target}: {count}, effort {route.effort} ({steps}: our weights); {how}."
    return words, f"Together: {position_words(route.code, route.position)}, {_figures(route.position)}."


def _target_words(route: Route) -> str:
    if isinstance(route.target, Conclusion):
        return f"for “{conclusion_words(route.code, route.target)}”"
    return f"for a final score of {text_of(Micro(route.target)).rstrip('0').rstrip('.')}"


def _waiting(fixes: Sequence[Fix], width: int) -> Iterator[str]:
    if fixes:
        yield from ("", *_hanging("  ", waiting_words(fixes), width))


def waiting_words(fixes: Sequence[Fix]) -> str:
    """Which fixes count for nothing yet, and why."""
    named = ", ".join(fix.id for fix in fixes[:_MOST_WAITING])
    more = f" and {len(fixes) - _MOST_WAITING} more" if len(fixes) > _MOST_WAITING else ""
    return f"{len(fixes)} more count only once it is settled whether they apply: {named}{more}."


def _facts(advice: Advice, code: Code, width: int) -> Iterator[str]:
    facts = facts_of(advice, code)
    if facts:
        yield from ("", "  Facts and ratings to settle, which are no fixes:")
    for fact in facts:
        words, decided = fact_words(fact)
        yield from _hanging("    – ", f"{words}. {decided}" if decided else words, width)


def facts_of(advice: Advice, code: Code) -> list[OpenFact]:
    """The facts and ratings that keep provisions of a code open."""
    own = {provision.id for provision in code.provisions}
    return [fact for fact in advice.facts if own & {*fact.provisions}]


def fact_words(fact: OpenFact) -> tuple[str, str]:
    """What a fact keeps open, and what each value of it would decide."""
    now = f"rated {fact.now}, below the publisher's factors" if fact.now else "not answered"
    decided = "; ".join(f"{each.words}: {_decided(each.applies, each.does_not)}" for each in fact.values)
    return f"{fact.question.label} ({fact.question.id}), {now}, keeps {_provisions(len(fact.provisions))} open", decided


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
        yield from _hanging("    – ", left_words(each), width)


def left_words(left: Left) -> str:
    """A requirement that no answer could be worked out for, why, and what to do all the same."""
    requirement = left.clause.requirement
    remedy = f". {requirement.remedy}" if requirement.remedy else ""
    return f"{left.clause.provision.id} {requirement.id}: {left.why}{remedy}"


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
        "against": list(fix.against),
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
        "worse": list(effect.worse),
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
        "is_bound": route.is_bound,
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
