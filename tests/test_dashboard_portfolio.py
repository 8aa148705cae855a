"""The Portfolio page and the Service page of a store, run without a browser: what they show is what the store holds."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from compliance import audit, filings
from compliance.export import portfolio as export
from compliance.filings import REGISTER, STORE
from compliance.model import Code
from compliance.portfolio import PAGE, Filter, Place, Portfolio, counts, pages
from compliance.records import Filing
from compliance.scoring import display
from compliance.store import open_store

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = audit.samples()
TODAY = date(2026, 11, 1)
SERVICE_PAGE = "compliance/dashboard/service.py"
TITLES = {cohort.id: cohort.title for cohort in filings.load_cohorts().all}
FIGURES = {"Assured": "assured", "Declared": "declared", "Ceiling": "ceiling", "Final": "final"}
CROWD = 520
# Each is Markdown, HTML, a formula or a line of its own where it is taken for more than text.
HOSTILE = ["![i](http://out.example/i.png)", "=HYPERLINK(0)", "<img src=x>", ":red[x] **b** `c` $d$ www.out.example"]

Open = Callable[..., AppTest]


def fill(url: str, *paths: Path) -> str:
    """Imports what is at paths into a store; gives its address."""
    store = open_store(url)
    for _ in filings.import_files(store, audit.find(map(str, paths), also=REGISTER), audit.load_rules(), TODAY):
        pass
    store.close()
    return url


def at(folder: Path) -> str:
    return f"sqlite:///{folder / 'store.sqlite'}"


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a store that holds the samples."""
    return fill(at(tmp_path_factory.mktemp("samples")), SAMPLES)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a store of more services than a list shows, made of two samples."""
    folder = tmp_path_factory.mktemp("crowd")
    lines = [(SAMPLES / REGISTER).read_text(encoding="utf-8").splitlines()[0]]
    for i in range(CROWD):
        name = ("boxferry", "quillseek")[i % 2]
        sample = json.loads((SAMPLES / name / "2026-06-30.json").read_text(encoding="utf-8"))
        sample["service"] = {"id": f"service-{i:03}", "name": f"Service {i:03}", "provider": "A Ltd"}
        lines.append(f"service-{i:03},Service {i:03},A Ltd,,2026-01-01,2026-06-30,2026-07-31,other")
        if i % 5:
            (folder / f"{i}.json").write_text(json.dumps(sample), encoding="utf-8")
    (folder / REGISTER).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return fill(at(folder), folder)


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a page of the store at an address: the Portfolio, or the one whose file is named."""

    def run(url: str, file: str = "", /, **parameters: str) -> AppTest:
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(sys, "argv", ["app.py"])
        monkeypatch.setenv(STORE, url)
        page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        if file:
            page.run()
            page.switch_page(file)
        return again(page, **parameters)

    return run


def again(page: AppTest, /, **parameters: str) -> AppTest:
    """The page at another address."""
    page.query_params.clear()
    page.query_params.update(parameters)
    page.run()
    assert not page.exception
    return page


def portfolio(url: str, on: date = date(2026, 6, 30), code: Code | None = None) -> Portfolio:
    store, rules = open_store(url), audit.load_rules()
    found = filings.read_portfolio(store, rules, code or filings.default_code(rules, on), on)
    store.close()
    return found


def table(page: AppTest) -> pd.DataFrame:
    """The services on the page."""
    return page.dataframe(key="services").value


def plain(markdown: str) -> str:
    """What escaped text says, without what makes it bold and coloured."""
    whole = re.sub(r":color\[(\\.)\]", r"\1", markdown)
    whole = re.sub(r":(?:small|gray|red|orange|green)\[((?:\\.|:\w+\[[^]]*\]|[^]\\])*)\]", r"\1", whole)
    return re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\\)\*\*", "", whole))


def said(page: AppTest) -> str:
    elements = [*page.markdown, *page.title, *page.header, *page.subheader]
    return "\n".join(plain(element.value) for element in elements)


def headings(page: AppTest) -> list[str]:
    return [plain(heading.value) for heading in page.subheader]


# Who is where


def test_the_counts_are_everyone_on_the_register(samples: str, open_page: Open) -> None:
    page, found = open_page(samples), portfolio(samples)
    assert export.everyone(found) in said(page)
    everyone, *places = [plain(label) for label in page.button_group(key="place").options]
    assert everyone == f"All {len(found.rows)}"
    held = {where: n for where, n in counts(found.rows).items() if n}
    assert places == [f"{export.place_words(found.code, where)} {n}" for where, n in held.items()]
    assert sum(held.values()) == len(found.rows)
    assert headings(page) == [export.finding(found, TITLES), f"{len(found.rows)} services, worst first"]


def test_a_place_a_cohort_a_text_and_a_cell_filter(samples: str, open_page: Open) -> None:
    page, found = open_page(samples), portfolio(samples)
    tries = [Filter(place=where.value) for where, n in counts(found.rows).items() if n]
    tries += [Filter(cohort="file-sharing"), Filter(text="HAR"), Filter(text="ltd", place=Place.UNDETERMINED)]
    cells = [(line.cohort, id, cell.short) for line in found.lines for id, cell in line.cells.items()]
    tries += [Filter(cohort=cohort, chapter=id) for cohort, id, short in cells if short]
    for by in tries:
        given = {"cohort": by.cohort, "place": by.place, "chapter": by.chapter, "search": by.text}
        again(page, **{name: value for name, value in given.items() if value})
        rows = [row for row in found.rows if by.keeps(row)]
        assert rows
        assert headings(page)[-1] == export.heading(found, rows, by, TITLES)
        assert headings(page)[-1].startswith(f"{len(rows)} service")
        assert [*table(page)["Service"]] == [row.service for row in rows]
        if by.chapter:
            assert len(rows) == next(n for cohort, id, n in cells if (cohort, id) == (by.cohort, by.chapter))


def test_a_filter_is_in_the_address_and_can_be_dropped(samples: str, open_page: Open) -> None:
    page = open_page(samples, page="1")
    page.button_group(key="place").set_value("conforms").run()
    page.selectbox(key="cohort").set_value("forum").run()
    assert page.query_params == {"place": "conforms", "cohort": "forum"}
    page.button(key="all").click().run()
    assert page.query_params == {}
    page.text_input(key="search").set_value("nobody").run()
    assert headings(page)[-1] == "0 services: with “nobody” in a name"
    assert "No service is like that." in said(page)


def test_the_grid_has_a_cell_for_every_cohort_and_chapter(samples: str, open_page: Open) -> None:
    page, found = open_page(samples, cohort="file-sharing", chapter="prescreening"), portfolio(samples)
    grid = page.dataframe(key="cohorts").value
    assert [*grid["Cohort"]] == [export.cohort_words(line.cohort, TITLES) for line in found.lines]
    assert [int(each) for each in grid["Assessed"]] == [line.assessed for line in found.lines]
    for chapter in found.code.chapters:
        for shown, line in zip(grid[chapter.id], found.lines, strict=True):
            assert words(shown) == words(export.cell_words(line.cells[chapter.id]))
        # Padded with figure spaces, all cells with numbers are as long as each other.
        assert len({len(shown) for shown in grid[chapter.id] if "none" not in shown}) <= 1
    selected = page.session_state["cohorts"]["selection"]["cells"]
    assert [(grid["Cohort"][row], column) for row, column in selected] == [("File sharing", "prescreening")]


def words(cell: str) -> list[str]:
    return cell.replace("\N{FIGURE SPACE}", " ").split()


@pytest.mark.parametrize("name", ["code", "date", "cohort", "chapter", "place", "page", "among"])
def test_a_name_that_nothing_has_changes_nothing(name: str, samples: str, open_page: Open) -> None:
    page = open_page(samples, **{name: "[x](http://nowhere.example)"})
    assert headings(page)[-1] == f"{len(portfolio(samples).rows)} services, worst first"
    if name not in ("page", "among"):
        assert f'There is no {name} "[x](http://nowhere.example)" here' in said(page)


def test_who_is_not_on_the_register_is_apart(samples: str, open_page: Open) -> None:
    page, found = open_page(samples), portfolio(samples)
    page.button(key="among-button").click().run()
    assert page.query_params == {"among": "others"}
    assert headings(page)[-1] == f"{len(found.others)} services not on the register, worst first"
    assert plain(page.button_group(key="place").options[0]) == f"All {len(found.others)}"
    assert export.beside(found) in said(page)
    assert export.everyone(found) in said(page)
    page.button(key="among-button").click().run()
    assert page.query_params == {}


# One number everywhere


def test_the_figures_are_those_of_csv_json_and_terminal(samples: str, open_page: Open) -> None:
    page, found = open_page(samples), portfolio(samples)
    shown = table(page)
    lines = list(csv.DictReader(io.StringIO(export.to_csv(found.rows), newline="")))
    services = json.loads(export.to_json(found, found.rows))["services"]
    text = " ".join(export.render(found, found.rows, TITLES, TODAY, 10_000).split())
    assert len(shown) == len(lines) == len(services) == len(found.rows)
    for (_, cells), line, service, row in zip(shown.iterrows(), lines, services, found.rows, strict=True):
        assert (cells["Service"], line["service"]) == (row.service, row.service)
        assert cells["Conclusion"] == [export.place_words(found.code, Place(line["place"]))]
        if row.summary is None or row.summary.figures is None:
            assert pd.isna(cells["Final"])
            assert line["final"] == ""
            assert service["final"] is None
            continue
        assert cells["Fall short"].strip("\N{FIGURE SPACE}") == f"{line['failures']} of {line['deciding']}"
        said_here = text[text.index(f"({row.service_id})") :]
        for title, name in FIGURES.items():
            figure = display(round(float(line[name]) * 1_000_000))
            assert f"{cells[title]:.1f}" == figure == display(round(service[name] * 1_000_000))
            assert f"{name} {figure}" in said_here.split(" due ")[0]
        for title in ("Blanks", "Alternatives", "Flags"):
            assert str(int(cells[title])) == line[title.lower()]


def test_the_service_page_has_the_figures_of_the_portfolio(samples: str, open_page: Open) -> None:
    page = open_page(samples, SERVICE_PAGE)
    for code in applied(samples):
        for row in portfolio(samples, code=code).rows:
            if row.summary and row.summary.figures and row.stored:
                again(page, service=row.service_id, period=row.stored.period_to.isoformat(), code=code.name)
                figures = next(each.value for each in page.table if "Figure" in each.value.columns)
                shown = dict(zip(figures["Figure"], figures["Points"].str.strip("\N{FIGURE SPACE}"), strict=True))
                assert {title: shown[title] for title in FIGURES} == {
                    title: display(getattr(row.summary.figures, name)) for title, name in FIGURES.items()
                }


def applied(url: str) -> list[Code]:
    """The codes that somebody in the store was assessed by; more than one, and the one that pages begin with."""
    rules = audit.load_rules()
    found = [code for code in rules.codes if any(row.summary for row in portfolio(url, code=code).rows)]
    assert len(found) > 1
    assert portfolio(url).code in found
    return found


def test_the_export_is_what_is_shown(samples: str, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[str, str]] = []

    def note(label: str, data: Any, name: str, *_: Any, **__: Any) -> None:
        given.append((name, data()))

    monkeypatch.setattr(streamlit, "download_button", note)
    page = open_page(samples)
    for code in applied(samples):
        given.clear()
        again(page, code=code.name, place="does_not_conform")
        ((name, text),) = given
        assert name == f"portfolio-{code.name}-2026-06-30.csv"
        lines = [*csv.DictReader(io.StringIO(text, newline=""))]
        assert {line["place"] for line in lines} == {"does_not_conform"}
        assert [line["service"] for line in lines] == [*table(page)["Service"]]


# Many


def test_fifty_services_a_page_and_all_of_them_once(crowd: str, open_page: Open) -> None:
    page, found = open_page(crowd), portfolio(crowd)
    assert len(found.rows) == CROWD
    shown: list[str] = []
    for number in range(1, pages(found.rows) + 1):
        again(page, page=str(number))
        names = [*table(page)["Service"]]
        assert len(names) <= PAGE
        assert len(page.selectbox(key="open").options) == len(names)
        shown += names
    assert shown == [row.service for row in found.rows]
    again(page, page="3", place="nothing_received")
    page.selectbox(key="cohort").set_value("other").run()
    assert "page" not in page.query_params


def test_a_long_list_of_services_is_searched(crowd: str, open_page: Open) -> None:
    page = open_page(crowd, SERVICE_PAGE, service="service-519")
    picker = page.selectbox(key="service")
    assert (len(picker.options), picker.value) == (PAGE + 1, "service-519")
    assert f"{CROWD} of {CROWD} match: the list has the first {PAGE} of them." in said(page)
    page.text_input(key="find").set_value("E 01").run()
    assert page.selectbox(key="service").options == [*(f"Service 01{i}" for i in range(10)), "Service 519"]
    assert page.query_params == {"service": "service-519", "find": "E 01"}


# States


def test_an_empty_store_says_how_to_fill_it(open_page: Open, tmp_path: Path) -> None:
    for file in ("", SERVICE_PAGE):
        page = open_page(at(tmp_path), file)
        assert page.title[0].value == "The store is empty"
        assert page.code[0].value.splitlines() == ["compliance import PATH...", "compliance demo"]


def test_a_store_that_cannot_be_opened_is_said(open_page: Open, tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(b"no database " * 100)
    for file in ("", SERVICE_PAGE):
        page = open_page(at(tmp_path), file)
        assert page.title[0].value == "The store cannot be read"
        assert page.code[0].value


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sample, and the register of all."""
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(SAMPLES / "harbourline" / "2026-06-30.yaml", folder / "harbourline.yaml")
    shutil.copy(SAMPLES / REGISTER, folder)
    return folder


def test_refused_and_not_received_have_a_page(folder: Path, open_page: Open) -> None:
    file = folder / "harbourline.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "colour: blue\n", encoding="utf-8")
    (folder / "nobodys.yaml").write_text("colour: blue\n", encoding="utf-8")
    url = fill(at(folder.parent), folder)
    page, found = open_page(url), portfolio(url)
    assert [row.state for row in found.rows].count(Filing.REFUSED) == 1
    assert "14 on the register = 0 assessed + 1 refused + 13 nothing received" in said(page)
    assert "1 refused file says no service" in said(page)
    assert "Nobody was assessed by this code" in headings(page)
    page = open_page(url, SERVICE_PAGE, service="harbourline")
    assert plain(page.header[0].value) == "× Refused: 1 file has problems"
    assert "harbourline.yaml" in page.code[0].value
    assert "unknown-key" in page.code[0].value
    assert "It was due on 2026-07-31." in said(page)
    again(page, service="harbourline", period="2025-12-31")
    assert plain(page.header[0].value) == "– Nothing received"
    again(page, service="tidewrack")
    assert plain(page.header[0].value) == "– Nothing received"
    assert "Tidewrack Storage Ltd · due 2026-07-31 overdue" in said(page)
    again(page, service="-refused")
    assert plain(page.header[0].value) == "× 2 files have problems and are not assessed"


def test_the_newest_version_stands_and_says_so(folder: Path, open_page: Open) -> None:
    url = fill(at(folder.parent), folder)
    assert "version" not in said(open_page(url, SERVICE_PAGE, service="harbourline"))
    file = folder / "harbourline.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("name: Harbourline", "name: Harbourlane", 1), encoding="utf-8")
    fill(url, folder)
    page = open_page(url, SERVICE_PAGE, service="harbourline")
    assert plain(page.title[0].value) == "Harbourlane"
    assert re.search(r"version 2, the newest of 2, received \d{4}-\d\d-\d\d \d\d:\d\d UTC · due 2026-07-31", said(page))


def test_what_is_not_shown_yet_is_noted(folder: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    url = fill(at(folder.parent), folder)
    store, rules = open_store(url), audit.load_rules()
    shutil.copy(SAMPLES / "markup" / "2026-06-30.yaml", folder)
    with store.importing("compliance") as run:
        run.keep([audit.read_report(folder / "2026-06-30.yaml", rules, TODAY)])
    store.close()
    page = open_page(url)
    assert re.search(r"An import of .* UTC did not finish. What only came that way is not shown", said(page))
    assert "not assessed by these rules yet" in said(page)
    fill(url, folder)
    assert "did not finish" not in said(open_page(url))


def test_a_store_without_a_register_says_so(folder: Path, open_page: Open) -> None:
    (folder / REGISTER).unlink()
    page = open_page(fill(at(folder.parent), folder))
    assert "1 filed = 1 assessed + 0 refused + 0 nothing received" in said(page)
    assert "No register was imported" in said(page)


# Text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_submitted_text_is_text_in_every_column(hostile: str, folder: Path, open_page: Open) -> None:
    quoted = '"' + hostile.replace('"', '""') + '"'
    lines = [
        f"{id},{quoted},{quoted},,2026-01-01,2026-06-30,2026-07-31,other" for id in ("harbourline", "absent", "bad")
    ]
    header = (folder / REGISTER).read_text(encoding="utf-8").splitlines()[0]
    (folder / REGISTER).write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    file = folder / "harbourline.yaml"
    text = file.read_text(encoding="utf-8")
    service = f"service: {json.dumps({'id': 'ID', 'name': hostile, 'provider': hostile})}"
    for id, name in (("harbourline", "harbourline.yaml"), ("stranger", "other.yaml")):
        mine = re.sub(r"(?m)^service:.*(\n +.*)*", lambda _, id=id: service.replace("ID", id), text, count=1)  # type: ignore[misc]
        (folder / name).write_text(mine, encoding="utf-8")
    (folder / "bad <b>.yaml").write_text(f"service: {json.dumps({'id': 'bad'})}\n", encoding="utf-8")
    url = fill(at(folder.parent), folder)
    views: list[AppTest] = []
    for parameters in ({}, {"among": "others"}, {"search": hostile}, {"place": "refused"}):
        page = open_page(url, **parameters)
        assert len(table(page)) >= 1, parameters
        for cell in (cell for column in ("Service", "Provider", "Due", "Cap") for cell in table(page)[column]):
            assert not cell.startswith(("=", "+", "-", "@"))
        views.append(page)
    views += [open_page(url, SERVICE_PAGE, service=id) for id in ("harbourline", "stranger", "absent", "bad")]
    for page in views:
        elements = [*page.markdown, *page.title, *page.header, *page.subheader, *page.button]
        texts = [str(getattr(element, "value", "")) + str(getattr(element, "label", "")) for element in elements]
        options = [option for group in page.button_group for option in group.options]
        assert [each for each in (*texts, *options) if hostile in each] == []
    assert hostile in said(views[1])
    assert hostile in said(views[2])


# Over time


def test_the_history_is_the_figures_of_every_period(samples: str, open_page: Open) -> None:
    store = open_store(samples)
    for service in ("boxferry", "harbourline", "mossgate"):
        page = open_page(samples, SERVICE_PAGE, service=service)
        shown = history(page)
        assert [*shown["Period to"]] == [each.period_to.isoformat() for each in store.versions(service)]
        for line in shown.to_dict("records"):
            recorded = json.loads((SAMPLES / service / f"{line['Period to']}.expected.json").read_text("utf-8"))[0]
            for title, name in FIGURES.items():
                assert line[title].strip("\N{FIGURE SPACE}") == display(round(recorded[name] * 1_000_000))
            assert line["Blanks"] == str(recorded["counts"]["unknown"])
            assert line["Flags"] == str(len(recorded["flags"]))
        assert_change(page, shown)
    store.close()


def history(page: AppTest) -> pd.DataFrame:
    return next(each.value for each in page.table if "Period to" in each.value.columns)


def assert_change(page: AppTest, shown: pd.DataFrame) -> None:
    """The sentence's difference is that of the figures beside it."""
    now, before = (float(each.strip("\N{FIGURE SPACE}")) for each in shown["Final"][:2])
    sentence = next(line for line in said(page).splitlines() if " for the period to " in line)
    found = re.match(
        r"Over time: final ([\d.]+), (?:([\d.]+) points (more|less) than|the same as) for the period to", sentence
    )
    assert found, sentence
    assert float(found[1]) == now
    by = float(found[2] or 0) * (1 if found[3] == "more" else -1)
    assert round(now - before, 1) == by


def test_files_have_the_same_history_as_a_store(samples: str, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = open_page(samples, SERVICE_PAGE, service="boxferry")
    monkeypatch.setattr(sys, "argv", ["app.py", str(SAMPLES)])
    page = again(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60), service="boxferry")
    assert history(page).equals(history(stored))
    sentences = [[line for line in said(each).splitlines() if " for the period to " in line] for each in (page, stored)]
    assert sentences[0] == sentences[1] != []


def test_the_earliest_and_the_only_period_have_nothing_to_compare(samples: str, open_page: Open) -> None:
    page = open_page(samples, SERVICE_PAGE, service="boxferry", period="2025-06-30")
    assert "in the earliest of 3 periods" in said(page)
    again(page, service="larkpost")
    assert "Over time" not in said(page)
