"""What the pages draw alike: text, statuses and tables, in one look.

`text` is the only way from what somebody submitted to a component: whatever it holds, it shows as itself. Every table
has an accessible name, every status a symbol and a word beside its colour, and colours are the theme's. What a page
lets a person pick stands in the URL, see `session`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import quote, urlsplit

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from compliance.audit import RulesError
from compliance.dashboard import session
from compliance.model import Applies, Conclusion, Mark, Obligation, Outcome, Problem, ProvisionResult, Verdict
from compliance.problems import render as render_problem
from compliance.store import StoreError
from compliance.vocabulary import CONCLUSION_SYMBOL, FLAG_SYMBOL, OUTCOME_SYMBOL, outcome_words, verdict_words

Into = Literal["markdown", "cell", "code"]

OUTCOME_COLOUR: Final[Mapping[Outcome | None, str]] = {
    Outcome.MET: "green",
    Outcome.PARTLY_MET: "orange",
    Outcome.NOT_MET: "red",
    Outcome.ALTERNATIVE: "violet",
}
CONCLUSION_COLOUR: Final[Mapping[Conclusion | None, str]] = {
    Conclusion.CONFORMS: "green",
    Conclusion.CONFORMS_WITH_COMMENTS: "orange",
    Conclusion.DOES_NOT_CONFORM: "red",
}
VERDICT_COLOUR: Final[Mapping[Verdict, str]] = {
    Verdict.MET: "green",
    Verdict.UNDETERMINED: "gray",
    Verdict.FALLS_SHORT: "red",
}
PLAIN: Final = "gray"
CHIP_COLOUR: Final[Mapping[str, str]] = {
    **{
        f"{OUTCOME_SYMBOL[outcome]} {outcome_words(outcome)}": OUTCOME_COLOUR.get(outcome, PLAIN)
        for outcome in (*Outcome, None)
    },
    **{verdict_words(verdict): colour for verdict, colour in VERDICT_COLOUR.items()},
}

APPLIES_CHIP: Final[Mapping[Applies, str]] = {
    Applies.TRUE: "✓ applies",
    Applies.FALSE: "– does not apply",
    Applies.UNKNOWN: "? depends",
}
APPLIES_COLOUR: Final[Mapping[str, str]] = {
    APPLIES_CHIP[Applies.TRUE]: "green",
    APPLIES_CHIP[Applies.FALSE]: PLAIN,
    APPLIES_CHIP[Applies.UNKNOWN]: PLAIN,
}
MARK_CHIP: Final[Mapping[Mark, str]] = {
    **{mark: mark.value for mark in Mark},
    Mark.UNVERIFIED: f"{FLAG_SYMBOL} unverified",
}
MARK_COLOUR: Final[Mapping[str, str]] = {
    chip: "orange" if mark is Mark.UNVERIFIED else PLAIN for mark, chip in MARK_CHIP.items()
}

TITLE, LAST = "title", "last"
CODE_PAGE: Final = Path(__file__).with_name("code.py")

# The heights of a table's header and rows; from THREE_LINES on Streamlit wraps the text of cells.
HEADER: Final = 35
ONE_LINE: Final = 36
THREE_LINES: Final = 66
# A table that is taller scrolls in itself, so that what it opens stays beside it.
_TALLEST: Final = 490
_PADDING: Final = 16
_LETTER: Final = 6.4


# The head of a page, and what it says where there is nothing to show


@contextmanager
def explained() -> Iterator[None]:
    """What a page says inside where the rules have problems, or there is no way to the store."""
    try:
        yield
    except RulesError as error:
        words = "Nothing can be assessed until they are mended."
        nothing("The rules have problems", words, problem_lines(error.problems))
    except StoreError as error:
        nothing("The store cannot be read", "Nothing is lost by that. What the store says:", text(str(error), "code"))


def head(
    title: str, about: str, pickers: Mapping[str, Mapping[str, str]], widths: Mapping[str, float]
) -> DeltaGenerator:
    """The title and the pickers beside it, each a map from ids to labels; gives the place right of them.

    What the URL names in vain is noted below. `widths` are those of the TITLE, the pickers and the LAST place, in
    proportion.
    """
    has_code = session.CODE in pickers
    if about or has_code:
        side: Literal["distribute", "right"] = "distribute" if about else "right"
        with st.container(horizontal=True, horizontal_alignment=side, vertical_alignment="center"):
            if about:
                small(about)
            if has_code:
                code_link("What this code asks", code=session.chosen(session.CODE))
    names = (TITLE, *pickers, LAST)
    first, *places, last = st.columns([widths[name] for name in names], vertical_alignment="bottom")
    first.title(title, anchor=False)
    for place, (name, labels) in zip(places, pickers.items(), strict=True):
        with place:
            picker(name, labels)
    for name, labels in pickers.items():
        note(name, labels)
    return last


def code_link(label: str, **parameters: str) -> None:
    """A link to what a code, or one of its provisions, asks, from where the way back leads to what is shown here."""
    here = {name: st.query_params[name] for name in (session.SERVICE, session.PERIOD) if name in st.query_params}
    st.page_link(CODE_PAGE, label=f":small[{label} →]", query_params={**here, **parameters})


def picker(name: str, labels: Mapping[str, str]) -> None:
    """A list to pick one id from, by its label; what is picked is in the URL. `session.choose` has to come before."""
    st.selectbox(
        name.capitalize(), [*labels], format_func=labels.__getitem__, key=name, on_change=session.remember(name)
    )


def note(name: str, labels: Mapping[str, str]) -> None:
    """Where the URL names something that is not there: that, and what is shown in its place."""
    if complaint := session.complaint(name, [*labels]):
        shown = text(labels[session.chosen(name)])
        st.markdown(f":orange[{FLAG_SYMBOL}] {text(complaint)}: {shown} is shown instead.")


def nothing(title: str, words: str, lines: str) -> None:
    """A page that has nothing to show: what is the matter, and the problems or the command that help."""
    st.title(title, anchor=False)
    st.markdown(words)
    st.code(lines, language=None, wrap_lines=True)


def empty_store() -> None:
    """A store that holds nothing yet: how to fill it, or to see one that is filled."""
    words = "Import self-assessments and a register, or see the samples in a store of their own:"
    nothing("The store is empty", words, "compliance import PATH...\ncompliance demo")


def search(name: str, label: str, hint: str, width: int | Literal["stretch"] = "stretch") -> None:
    """A field for a text to look for, which is in the URL as `name`. `session.typed` has to come before."""
    st.text_input(
        label, key=name, max_chars=session.MOST_TYPED, placeholder=hint, on_change=session.remember(name), width=width
    )


def problem_lines(problems: Sequence[Problem]) -> str:
    """The problems as they read everywhere, for a block of code."""
    return "\n".join(text(render_problem(problem), "code") for problem in problems)


# Colours


def colour(name: str, index: int | None = None, theme: str | None = None) -> str:
    """A colour of a theme, "light" or "dark"; without one, of that which the page is shown in."""
    value: Any = st.get_option(f"theme.{theme or st.context.theme.type or 'light'}.{name}")
    return str(value if index is None else value[index])


# Text


# Streamlit turns addresses, emoji, icons and arrows into other things after Markdown has undone the escapes. A span of
# its own around each of these characters leaves none of them in one piece.
_LATE = re.compile(r"[:@]|(?<=www)\.|[<>=~-](?=[<>=~-])", re.IGNORECASE)
_SPECIAL = re.compile(rf"({_LATE.pattern})|[!-/:-@\[-`{{-~]", re.IGNORECASE)
_MARKUP = re.compile(r"[\\`*_\[\]<>$~|#]|:(?=[\w/])|!(?=\[)")
_FORMULA = ("=", "+", "-", "@")
_LONG = re.compile(r"\S{20,}")
_BREAK = re.compile(r"[._/:!-](?=\w)|\w{16}(?=\w)")


def text(value: str, into: Into = "markdown") -> str:
    """Submitted text on one line, made safe for a component that renders Markdown, a grid's cell or a block of code.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    line = " ".join(value.split())
    if into == "cell":
        return f"'{line}" if line.startswith(_FORMULA) else line
    if into == "code":
        return line
    return _SPECIAL.sub(lambda found: f":color[\\{found[0]}]" if found[1] else f"\\{found[0]}", line)


def label(words: str) -> str:
    """Words of the rules as the label of a field, whose accessible name has them with every escape there is.

    So only what would be taken for markup has one; what somebody submitted is for `text`.
    """
    return _MARKUP.sub(r"\\\g<0>", " ".join(words.split()))


def breakable(value: str) -> str:
    """Text in which long words may go on in the next line: a table's cell is cut off where one does not fit."""
    return _LONG.sub(lambda word: _BREAK.sub("\\g<0>\N{ZERO WIDTH SPACE}", word[0]), value)


def link(label: str, url: str) -> str:
    """A link to a published source, or its label alone where the address is not one of the web."""
    if urlsplit(url).scheme not in ("http", "https"):
        return text(label)
    return f"[{text(label)}]({quote(url, safe=':/?#&=%~+,;@!$')})"


def chips(result: ProvisionResult) -> list[str]:
    """A provision's outcome and, where it keeps the conclusion from being better, what it comes to: see CHIP_COLOUR."""
    outcome = f"{OUTCOME_SYMBOL[result.outcome]} {outcome_words(result.outcome)}"
    is_must, verdict = result.provision.obligation is Obligation.MUST, result.conclusion
    return [outcome, verdict_words(verdict)] if is_must and verdict not in (None, Verdict.MET) else [outcome]


def symbol(outcome: Outcome | None) -> str:
    return f":{OUTCOME_COLOUR.get(outcome, PLAIN)}[{OUTCOME_SYMBOL[outcome]}]"


def conclusion_symbol(conclusion: Conclusion | None) -> str:
    return f":{CONCLUSION_COLOUR.get(conclusion, PLAIN)}[{CONCLUSION_SYMBOL[conclusion]}]"


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def sentence(words: str) -> str:
    """The words with a capital and a full stop."""
    return capital(words) if words.endswith(".") else f"{capital(words)}."


def muted(words: str) -> str:
    """A line of Markdown in the style of what stands beside a chart or a title."""
    return f":small[:gray[{words}]]"


def small(words: str) -> None:
    st.markdown(muted(words))


def notice(*lines: str, key: str) -> None:
    """A framed notice of one or more lines of Markdown."""
    with st.container(border=True, key=key):
        for line in lines:
            st.markdown(line)


# Tables


def rows(cells: Mapping[str, str], alt: str) -> None:
    """Names and Markdown values beside each other; what is empty is left out."""
    given = {name: value for name, value in cells.items() if value}
    table = pd.DataFrame({"name": [f":gray[{name}]" for name in given], "value": list(given.values())})
    st.table(table, border="horizontal", hide_header=True, hide_index=True, alt=alt)


def facts(columns: Mapping[str, Sequence[str]], alt: str) -> None:
    """A small table of Markdown cells."""
    st.table(pd.DataFrame(columns), border="horizontal", hide_index=True, alt=alt)


def aligned(figures: Sequence[str]) -> list[str]:
    """Figures with one decimal, padded so that their points stand below each other."""
    width = max(map(len, figures), default=0)
    return [figure.rjust(width, "\N{FIGURE SPACE}") for figure in figures]


class Column(NamedTuple):
    """A column of a grid: its cells, its width in pixels and what they are. Text fits, or ends in an ellipsis.

    `colours` are those of chips; None is a cell that holds nothing.
    """

    cells: Sequence[object]
    width: int
    kind: Literal["text", "points", "count", "chips", "image", "progress"] = "text"
    colours: Mapping[str, str] = CHIP_COLOUR


def id_column(ids: Sequence[str], least: int = 84) -> Column:
    """A column wide enough for these ids: of an id nothing is left out."""
    return Column(ids, max(least, _PADDING + 7 * max(map(len, ids), default=0)))


def chip_width(words: Sequence[str]) -> int:
    """The width of a column of these chips, one a row, none of them cut."""
    return 2 * _PADDING + int(_LETTER * max(map(len, words), default=0))


def grid(
    columns: Mapping[str, Column], ids: Sequence[str], name: str, key: str, alt: str, row_height: int = ONE_LINE
) -> None:
    """A table of `ids` whose one selected row is what the URL chooses as `name`, where that is among them."""
    is_inside = session.chosen(name) in ids
    # A table that must have a selected row would select its first by itself.
    key = key if is_inside else f"{key}-none"
    st.session_state[key] = {"selection": {"rows": [ids.index(session.chosen(name))] if is_inside else []}}
    st.dataframe(
        _frame(columns, row_height),
        column_config={title: _config(column) for title, column in columns.items()},
        hide_index=True,
        row_height=row_height,
        height=_height(len(ids), row_height),
        key=key,
        on_select=session.remember_row(name, key, ids),
        selection_mode="single-row-required" if is_inside else "single-row",
        alt=alt,
    )


def ticks(
    columns: Mapping[str, Column], ids: Sequence[str], ticked: Sequence[str], key: str, alt: str, name: str
) -> None:
    """A table of `ids` in which rows are ticked, those of `ticked` so far; the ticks are in the URL as `name`."""
    st.session_state[key] = {"selection": {"rows": [ids.index(id) for id in ticked]}}

    def put_ticks() -> None:
        now = [ids[row] for row in sorted(st.session_state[key].selection.rows)]
        # The browser also reports what was drawn, once, with whatever is changed first.
        if set(now) != set(ticked):
            session.put(name, ",".join(now))

    st.dataframe(
        _frame(columns, THREE_LINES),
        column_config={title: _config(column) for title, column in columns.items()},
        hide_index=True,
        row_height=THREE_LINES,
        height=_height(len(ids), THREE_LINES),
        key=key,
        on_select=put_ticks,
        selection_mode="multi-row",
        placeholder="–",
        alt=alt,
    )


def listing(columns: Mapping[str, Column], key: str, alt: str, on_pick: Callable[[], None]) -> None:
    """A table that is shown whole and that a row can be picked from, see `picked`."""
    st.dataframe(
        _frame(columns, ONE_LINE),
        column_config={title: _config(column) for title, column in columns.items()},
        hide_index=True,
        row_height=ONE_LINE,
        height="content",
        key=key,
        on_select=on_pick,
        selection_mode="single-row",
        placeholder="–",
        alt=alt,
    )


def picked(key: str, ids: Sequence[str]) -> str | None:
    """What was picked out of `ids` in the list or the table called `key`, None for nothing."""
    value = st.session_state[key]
    if value is None or isinstance(value, str):
        return value
    return next((ids[row] for row in value.selection.rows), None)


def _frame(columns: Mapping[str, Column], row_height: int) -> pd.DataFrame:
    lines = 1 if row_height < THREE_LINES else 3
    return pd.DataFrame(
        {title: [_cell(cell, column, lines) for cell in column.cells] for title, column in columns.items()}
    )


def _height(rows: int, row_height: int) -> int | Literal["content"]:
    """Of all rows, or of so many and a half that it shows there are more."""
    fitting = (_TALLEST - HEADER) // row_height
    return "content" if rows <= fitting else HEADER + fitting * row_height - row_height // 2


def _cell(cell: object, column: Column, lines: int) -> object:
    if not isinstance(cell, str) or column.kind == "image":
        return cell
    line, letters = text(cell, "cell"), lines * int((column.width - _PADDING) / _LETTER)
    if len(line) <= letters:
        return line
    kept = line[: letters - 2]
    return f"{kept.rpartition(' ')[0] or kept} …"


def _config(column: Column) -> Any:
    width = column.width
    match column.kind:
        case "points":
            return st.column_config.NumberColumn(width=width, format="%.1f")
        case "count":
            return st.column_config.NumberColumn(width=width, format="%d")
        case "chips":
            # Chips follow a switch between light and dark, which colours given to single cells do not.
            options, colours = [*column.colours], [*column.colours.values()]
            return st.column_config.MultiselectColumn(width=width, options=options, color=colours)
        case "image":
            return st.column_config.ImageColumn(width=width)
        case "progress":
            return st.column_config.ProgressColumn(width=width, min_value=0, max_value=1, format="percent")
        case _:
            return st.column_config.TextColumn(width=width)
