"""What to do first: the fixes of a draft by one code, those ticked taken together, and what each of them is.

Every effect shown is the engine's: of a fix alone as `advice` has it, of the ticked ones as an assessment of the draft
with all of them made. What is ticked and which fix is open stand in the URL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import NamedTuple

import streamlit as st

from compliance import audit
from compliance.advice import EFFORT_STEPS, Advice, Fix, Position, what_if, with_fixes
from compliance.dashboard import charts, desk, parts, session
from compliance.dashboard.panel import clause
from compliance.dashboard.parts import Column, text
from compliance.export.fixes import (
    change_words,
    doing_words,
    effect_words,
    evidence_words,
    heading_words,
    left_words,
    needed_words,
    position_words,
    route_words,
    waiting_words,
)
from compliance.model import DECIDING, Assessment, Code, Conclusion, Outcome
from compliance.problems import quoted
from compliance.scoring import shown_change
from compliance.vocabulary import (
    BASIS_WORDS,
    CONCLUSION_SYMBOL,
    FLAG_SYMBOL,
    conclusion_words,
    final_words,
    short_words,
)

NOT_SAID = "not said"
MOST_NAMED = 3
WORDS_WIDTH, WORDS_LETTERS, WORDS_LINES = 190, 24, 3  # of what to do: pixels, letters a line and lines a row


class Plan(NamedTuple):
    """The fixes that can be made now, the most useful first, and which of them are ticked."""

    code: Code
    advice: Advice
    ready: Sequence[Fix]
    ticked: Sequence[Fix]

    @property
    def now(self) -> Position:
        return self.advice.positions[self.code.name]


def draw(code: Code, found: Assessment) -> None:
    """The fixes of the draft that the URL names, which is assessed as `found`."""
    advice = desk.advised(code)
    fixes = advice.by(code)
    ready = [fix for fix in fixes if not fix.waits_for]
    named = dict.fromkeys(id for id in st.query_params.get(session.FIXES, "").split(",") if id)
    plan = Plan(code, advice, ready, [fix for fix in ready if fix.id in named])
    st.subheader(f":gray[4] Fix: {text(_finding(plan))}", anchor=False)
    _left_out([id for id in named if all(fix.id != id for fix in ready)])
    _hindrance(plan, found)
    if ready:
        _ticks(plan)
        _reach(plan)
        _together(plan, found)
        _efforts(plan)
        _detail(plan)
    waiting = [fix for fix in fixes if fix.waits_for]
    if waiting:
        _waiting(plan, waiting)
    left = [each for each in advice.left if each.clause.code is code]
    if left:
        many = parts.counted(len(left), "requirement", "requirements")
        with st.expander(f"No answer could be worked out for {many}", key=_key("left")):
            st.markdown("\n".join(f"- {text(left_words(each))}" for each in left))


def _left_out(ids: Sequence[str]) -> None:
    """Says which fixes the URL names in vain; that may be any number of any length."""
    for id in ids[:MOST_NAMED]:
        st.markdown(f":orange[{FLAG_SYMBOL}] {text(f'There is no fix {quoted(id)} here')}: it is left out.")
    if ids[MOST_NAMED:]:
        st.markdown(f":orange[{FLAG_SYMBOL}] Nor are {len(ids) - MOST_NAMED:,} more that the address names.")


def _finding(plan: Plan) -> str:
    """What the fixes come to, in one line."""
    now, count = plan.now, len(plan.ready)
    if now.conclusion is None or not count:
        return heading_words(count, now)
    better = _better(now)
    if not better:
        what = "fix raises the score; the conclusion is the best there is"
        return f"{count} {what if count == 1 else what.replace('fix raises', 'fixes raise')}"
    route = desk.route(plan.code, better[0])
    if route.is_reached:
        ways = parts.counted(len(route.fixes), "fix leads", "fixes lead")
        lead = f"{ways} from {position_words(plan.code, now)} to {position_words(plan.code, route.position)}"
    else:
        stays = "it stays" if route.most.conclusion is now.conclusion else "it is"
        most = position_words(plan.code, route.most)
        lead = f"{parts.counted(count, 'fix', 'fixes')}, and with all of them {stays} {most}"
    return f"{lead}, and the first lifts the cap" if _lifts(plan.ready[0], plan.code) else lead


def _hindrance(plan: Plan, found: Assessment) -> None:
    """What stands between the fixes and a better conclusion, where all of them together do not lead to one."""
    better = _better(plan.now)
    if not better or (route := desk.route(plan.code, better[0])).is_reached:
        return
    words = parts.sentence(f"What keeps it so: {route.why}")
    undecided = [each.provision.id for each in found.provisions if each.outcome is Outcome.ALTERNATIVE]
    if undecided:
        words += f" An alternative stays open until the regulator decides on it: {', '.join(undecided)}."
    parts.small(text(words))


def _better(now: Position) -> list[Conclusion]:
    """The conclusions better than today's, the next one first."""
    every = list(Conclusion)
    return every[every.index(now.conclusion) + 1 :] if now.conclusion else []


def _lifts(fix: Fix, code: Code) -> bool:
    before, after = fix.effects[code.name].before.figures, fix.effects[code.name].after.figures
    is_capped = before is not None and before.final < before.declared
    return is_capped and after is not None and after.final == after.declared


def _waiting(plan: Plan, fixes: Sequence[Fix]) -> None:
    """The fixes that count for nothing before facts are settled, each with what it waits for."""
    parts.small(text(waiting_words(fixes)))
    labels = {id: question.label for id, question in plan.code.catalogue.questions.items()}
    with st.expander("What they are, and which facts they wait for", key=_key("waiting")):
        columns = {
            "Fix": [text(fix.id) for fix in fixes],
            "To do": [text(_doing(fix, plan.code)) for fix in fixes],
            "Waits for": [text(", ".join(labels[id] for id in fix.waits_for)) for fix in fixes],
        }
        parts.facts(columns, "Fixes that wait for facts")


# The table


def _ticks(plan: Plan) -> None:
    ids = [fix.id for fix in plan.ready]
    ticked = [fix.id for fix in plan.ticked]
    effects = [fix.effects[plan.code.name] for fix in plan.ready]
    chips = [position_words(plan.code, effect.after) for effect in effects]
    firsts = [fix.clauses(plan.code)[0] for fix in plan.ready]
    columns = {
        "Fix": Column([_words(fix, plan.code) for fix in plan.ready], WORDS_WIDTH),
        "Provision": parts.id_column([first.provision.id for first in firsts], 74),
        "Effort": Column([fix.effort or NOT_SAID for fix in plan.ready], 62),
        "Conclusion after": Column(
            [[chip] for chip in chips], max(116, parts.chip_width(chips)), "chips", _chip_colours(plan)
        ),
        "Declared": Column([_gain(effect.before, effect.after, "declared") for effect in effects], 66, "points"),
        "Assured": Column([_gain(effect.before, effect.backed, "assured") for effect in effects], 64, "points"),
        "Gains on": Column([_basis(fix, plan.code) for fix in plan.ready], 90),
    }
    alt = "Fixes, the most useful first, each with its effect alone; ticked are those to take together"
    parts.ticks(columns, ids, ticked, _key("ticks", plan), alt, session.FIXES)
    parts.small(
        "Each row is one fix alone. Declared: points it adds to what is declared, before a cap. Assured: points it adds"
        " to what is assured once data backs it. A blank counts as answered, if it is so."
    )
    key = _key("ticked", plan)
    st.session_state[key] = ticked

    def put_ticked() -> None:
        now = st.session_state[key]
        session.put(session.FIXES, ",".join(id for id in ids if id in now))

    labels = {fix.id: f"{fix.id} · {first.provision.title}" for fix, first in zip(plan.ready, firsts, strict=True)}
    st.multiselect(
        "Ticked", ids, format_func=labels.__getitem__, key=key, on_change=put_ticked, placeholder="Tick a fix to try it"
    )


def _words(fix: Fix, code: Code) -> str:
    """What to do, as much of it as fits a cell."""
    lines = wrap(_doing(fix, code), WORDS_LETTERS)
    return " ".join(lines if len(lines) <= WORDS_LINES else [*lines[:WORDS_LINES], "…"])


def _doing(fix: Fix, code: Code) -> str:
    """What to do, in few words."""
    first = fix.clauses(code)[0].requirement
    if fix.is_correction:
        return "Correct the answers that contradict each other"
    return f"{'Answer, or: ' if fix.is_answer else ''}{first.remedy or first.statement}"


def _basis(fix: Fix, code: Code) -> str:
    """The strongest basis that a fix gains on: what decides comes first."""
    bases = [clause.requirement.basis for clause in fix.clauses(code)]
    deciding = [basis for basis in bases if basis in DECIDING]
    return (deciding or bases)[0].value.replace("_", " ")


def _gain(before: Position, after: Position, name: str) -> float | None:
    """Points between a figure before and after as both are shown."""
    if before.figures is None or after.figures is None:
        return None
    return shown_change(getattr(before.figures, name), getattr(after.figures, name)) / 10


def _chip_colours(plan: Plan) -> Mapping[str, str]:
    positions = [effect.after for fix in plan.ready for effect in (fix.effects[plan.code.name],)]
    return {
        position_words(plan.code, each): parts.CONCLUSION_COLOUR.get(each.conclusion, parts.PLAIN) for each in positions
    }


def _key(name: str, plan: Plan | None = None) -> str:
    return "-".join([name, desk.token(), *([plan.code.name] if plan else [])])


# The least effort


def _reach(plan: Plan) -> None:
    targets = _better(plan.now)
    if not targets:
        return
    labels = {each.value: f"{CONCLUSION_SYMBOL[each]} {conclusion_words(plan.code, each)}" for each in targets}
    key = _key("reach", plan)
    asked = st.query_params.get(session.REACH, "")
    st.session_state[key] = asked if asked in labels else None

    def put_route() -> None:
        wanted = st.session_state[key]
        session.put(session.REACH, wanted or "")
        if wanted:
            route = desk.route(plan.code, Conclusion(wanted))
            if route.is_reached:
                chosen = [fix.id for fix in plan.ready if fix in route.fixes]
                session.put(session.FIXES, ",".join(chosen))

    st.selectbox(
        "Tick the least effort that reaches",
        [*labels],
        format_func=labels.__getitem__,
        key=key,
        on_change=put_route,
        placeholder="a conclusion",
        width=360,
    )
    if asked and asked not in labels:
        st.markdown(f":orange[{FLAG_SYMBOL}] {text(f'There is no conclusion {quoted(asked)} to reach here')}.")
    elif asked:
        route = desk.route(plan.code, Conclusion(asked))
        parts.small(text(" ".join(filter(None, route_words(route)))))
        if route.is_reached and {fix.id for fix in route.fixes} != {fix.id for fix in plan.ticked}:
            parts.small("Other fixes are ticked now.")


# Taken together


def _together(plan: Plan, found: Assessment) -> None:
    if not plan.ticked:
        st.markdown("Tick fixes to see what they come to together.")
        return
    after = _assessed(plan)
    position = Position(after.conclusion, after.figures)
    words = text(change_words(plan.code, plan.now, position))
    for each in (plan.now, position):
        plain = text(position_words(plan.code, each))
        marked = f"{parts.conclusion_symbol(each.conclusion)} {text(short_words(plan.code, each.conclusion))}"
        words = words.replace(plain, marked)
    many = str(len(plan.ticked)) if len(plan.ticked) > 1 else "one"
    st.markdown(f"**With the {many} ticked:** {words}{text(_cap(found, after))}.")
    lines = [f"What decides then: {after.conclusion_why}."]
    known = {flag.message for flag in found.flags}
    lines += [f"{FLAG_SYMBOL} New then: {flag.message}" for flag in after.flags if flag.message not in known]
    parts.small("  \n".join(map(text, lines)))


def _assessed(plan: Plan) -> Assessment:
    return audit.assess_submission(with_fixes(plan.advice, plan.ticked), plan.code, None)


def _cap(before: Assessment, after: Assessment) -> str:
    """What becomes of the cap, as the rest of a sentence."""
    if before.caps and not after.caps:
        return "; the cap lifts"
    return f"; the final is {final_words(after)}" if after.caps else ""


# By effort


def _efforts(plan: Plan) -> None:
    bars, columns = [], {"Effort": [], "Fixes": [], "Ticked": [], "Declared, all together": []}  # type: ignore[var-annotated]
    for effort in EFFORT_STEPS:
        fixes = [fix for fix in plan.ready if fix.effort == effort]
        if not fixes:
            continue
        total = _total(plan, fixes)
        bars.append(charts.Effort(effort or NOT_SAID, _pieces(plan, fixes), total))
        cells = (effort or NOT_SAID, str(len(fixes)), str(sum(fix in plan.ticked for fix in fixes)), total)
        for column, cell in zip(columns.values(), cells, strict=True):
            column.append(cell)
    drawn = [bar for bar in bars if bar.pieces]
    if not drawn:
        return
    best = max(drawn, key=lambda bar: sum(piece.points for piece in bar.pieces))
    takes = "fixes whose effort is not said" if best.name == NOT_SAID else f"what takes {best.name}"
    st.markdown(f"**Most to gain: {takes}, {best.total} points together**")
    alt = "Points to gain on the declared figure by effort: " + ", ".join(f"{bar.name} {bar.total}" for bar in bars)
    charts.effort(drawn, alt)
    parts.small(
        "Points to gain by effort, before the cap. Strong: ticked. Pale: not ticked. Dots: no gain on statute or code,"
        " only on a benchmark or an own target. Each piece is one fix alone; the figure is all of them together."
    )
    with st.expander("The same as a table", key=_key("efforts")):
        parts.facts(columns, "Fixes and what they gain, by effort")


def _total(plan: Plan, fixes: Sequence[Fix]) -> str:
    gained = _gain(plan.now, what_if(plan.advice, fixes)[plan.code.name], "declared")
    return "–" if gained is None else f"{gained:.1f}"


def _pieces(plan: Plan, fixes: Sequence[Fix]) -> list[charts.Piece]:
    """The fixes that gain something, the ticked ones first and those that decide nothing last."""
    found = []
    for fix in fixes:
        effect = fix.effects[plan.code.name]
        _, gained = effect.gain
        if gained > 0:
            label = f"{fix.clauses(plan.code)[0].provision.id} {_gain(effect.before, effect.after, 'declared')}"
            found.append(charts.Piece(label, gained, fix in plan.ticked, effect.decides))
    return sorted(found, key=lambda piece: (not piece.decides, not piece.is_ticked, -piece.points))


# One fix


def _detail(plan: Plan) -> None:
    by_id = {fix.id: fix for fix in plan.ready}
    first = (plan.ticked or plan.ready)[0]
    labels = {id: f"{id} · {fix.clauses(plan.code)[0].provision.title}" for id, fix in by_id.items()}
    fix = by_id[session.choose(session.FIX, [*by_id], first.id)]
    parts.picker(session.FIX, labels)
    parts.note(session.FIX, labels)
    clauses, effect = fix.clauses(plan.code), fix.effects[plan.code.name]
    first_clause = clauses[0]
    requirement, provision = first_clause.requirement, first_clause.provision
    with st.container(border=True, key="fix-panel"):
        st.markdown(f"**{text(doing_words(fix, first_clause))}**")
        parts.facts(
            {
                "Answer": [text(parts.capital(step.label)) for step in fix.steps],
                "Now": [text(step.now) for step in fix.steps],
                "Needed": [text(needed_words(step)) for step in fix.steps],
            },
            f"{fix.id}: what has to change",
        )
        others = [each for each in (*fix.aims, *fix.also) if each.key != first_clause.key]
        parts.rows(
            {
                "Clause": clause(plan.code, requirement.source),
                "Asks": text(requirement.statement),
                "Rests on": text(BASIS_WORDS[requirement.basis]),
                "Effort": fix.effort or NOT_SAID,
                "Effect": text(effect_words(effect, plan.code)),
                "Evidence": text(parts.breakable(evidence_words(fix, effect))),
                "Also meets": text(", ".join(f"{each.provision.id} {each.requirement.id}" for each in others)),
            },
            f"{fix.id}: its clause, effect and evidence",
        )
        parts.code_link(f"What the code says of {provision.id}", code=plan.code.name, provision=provision.id)
