"""What the pages draw alike: text, statuses and tables, in one look.

`text` is the only way from what somebody submitted to a component: whatever it holds, it shows as itself. Every table
has an accessible name, every status a symbol and a word beside its colour, and colours are the theme's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from urllib.parse import quote, urlsplit

import pandas as pd
import streamlit as st

from compliance.dashboard import session
from compliance.model import Conclusion, Obligation, Outcome, ProvisionResult, Verdict
from compliance.vocabulary import CONCLUSION_SYMBOL, OUTCOME_SYMBOL, outcome_words, verdict_words

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

# From here on Streamlit wraps the text of cells.
_THREE_LINES: Final = 66
_WIDTHS: Final = {
    "Id": 78,
    "Outcome": 118,
    "Points": 58,
    "Provision": 158,
    "Why it applies": 205,
    "Basis": 94,
    "Evidence": 76,
    "Why": 300,
}


# Text


# Streamlit turns addresses, emoji, icons and arrows into other things after Markdown has undone the escapes. A span of
# its own around each of these characters leaves none of them in one piece.
_LATE = re.compile(r"[:@]|(?<=www)\.|[<>=~-](?=[<>=~-])", re.IGNORECASE)
_SPECIAL = re.compile(rf"({_LATE.pattern})|[!-/:-@\[-`{{-~]", re.IGNORECASE)
_FORMULA = ("=", "+", "-", "@")


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


def choice_grid(columns: Mapping[str, Sequence[object]], ids: Sequence[str], chosen: str, key: str, alt: str) -> None:
    """A table whose one selected row is the provision of the URL."""
    st.session_state[key] = {"selection": {"rows": [ids.index(chosen)]}}
    st.dataframe(
        pd.DataFrame(columns),
        column_config=_config(columns),
        hide_index=True,
        row_height=_THREE_LINES,
        height="content",
        key=key,
        on_select=session.remember_row(session.PROVISION, key, ids),
        selection_mode="single-row-required",
        alt=alt,
    )


def _config(columns: Mapping[str, Sequence[object]]) -> dict[str, Any]:
    config: dict[str, Any] = {name: st.column_config.TextColumn(width=_WIDTHS.get(name, 100)) for name in columns}
    if "Points" in columns:
        config["Points"] = st.column_config.NumberColumn(width=_WIDTHS["Points"], format="%.1f", help="Points lost")
    if "Outcome" in columns:
        # Chips follow a switch between light and dark, which colours given to single cells do not.
        config["Outcome"] = st.column_config.MultiselectColumn(
            width=_WIDTHS["Outcome"], options=[*CHIP_COLOUR], color=[*CHIP_COLOUR.values()]
        )
    return config
