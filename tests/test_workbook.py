"""Reading workbooks: what is in a cell, what refuses a workbook as a whole, and that no file ends the reader."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.document import is_workbook
from compliance.problems import PROBLEMS, render
from compliance.workbook import MOST_UNPACKED, Cell, Workbook, read

MAIN = "xl/workbook.xml"
SHEET = "xl/worksheets/sheet1.xml"
STYLES = "xl/styles.xml"
TEXTS = "xl/sharedStrings.xml"
LINKS = "xl/_rels/workbook.xml.rels"

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

PARTS = {
    "[Content_Types].xml": "<Types/>",
    "_rels/.rels": f'<Relationships><Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    MAIN: f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets>'
    "</workbook>",
    LINKS: f'<Relationships><Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{_OFFICE}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
    f'<Relationship Id="r3" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    TEXTS: "<sst><si><t>plain</t></si><si><r><t>ri</t></r><r><t>ch</t></r><rPh><t>said</t></rPh></si></sst>",
    STYLES: '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="dd/mm/yyyy"/>'
    '<numFmt numFmtId="171" formatCode="[h]:mm"/><numFmt numFmtId="172" formatCode="0.0%"/>'
    '<numFmt numFmtId="173" formatCode="#,##0.00\\ &quot;days&quot;"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
    '<xf numFmtId="20"/><xf numFmtId="9"/><xf numFmtId="170"/><xf numFmtId="171"/><xf numFmtId="172"/>'
    '<xf numFmtId="173"/></cellXfs></styleSheet>',
}


def packed(rows: str = "", parts: Mapping[str, str] | None = None, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A workbook of one sheet with these rows; other parts in place of the plain ones, by name."""
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, text in {**PARTS, SHEET: sheet, **(parts or {})}.items():
            archive.writestr(name, text)
    return stream.getvalue()


def cells(rows: str) -> dict[tuple[int, int], Cell]:
    found, problems = read(packed(rows), "a.xlsx")
    assert found, problems
    assert problems == []
    return dict(found.sheets[0].cells)


def ids(data: bytes) -> list[str]:
    found, problems = read(data, "a.xlsx")
    assert (found is None) == bool(problems)
    return [problem.id for problem in problems]


# Cells


@pytest.mark.parametrize(
    ("cell", "value", "look"),
    [
        ('<c r="B2"><v>0.56999999999999995</v></c>', 0.57, "plain"),
        ('<c r="B2" t="n"><v>2400000</v></c>', 2_400_000, "plain"),
        ('<c r="B2"><v>1E-3</v></c>', 0.001, "plain"),
        ('<c r="B2" t="s"><v>0</v></c>', "plain", "plain"),
        ('<c r="B2" t="s"><v>1</v></c>', "rich", "plain"),
        ('<c r="B2" t="inlineStr"><is><t>a_x005F_x0041_b_x0041_</t></is></c>', "a_x0041_bA", "plain"),
        ('<c r="B2" t="inlineStr"><is><t>a_x000D_\nb</t></is></c>', "a\nb", "plain"),
        ('<c r="B2" t="str"><v>=1+1</v></c>', "=1+1", "plain"),
        ('<c r="B2" s="1" t="d"><v>2026-01-31</v></c>', "2026-01-31", "plain"),
        ('<c r="B2" s="1" t="d"><v>2026-01-31T00:00:00</v></c>', "2026-01-31", "plain"),
        ('<c r="B2" t="b"><v>1</v></c>', True, "plain"),
        ('<c r="B2" s="1"><v>46023</v></c>', 46_023, "date"),
        ('<c r="B2" s="2"><v>0.0625</v></c>', 0.0625, "time"),
        ('<c r="B2" s="3"><v>0.5</v></c>', 0.5, "percentage"),
        ('<c r="B2" s="4"><v>46023</v></c>', 46_023, "date"),
        ('<c r="B2" s="5"><v>1.5</v></c>', 1.5, "time"),
        ('<c r="B2" s="6"><v>0.995</v></c>', 0.995, "percentage"),
        ('<c r="B2" s="7"><v>1.5</v></c>', 1.5, "plain"),
    ],
)
def test_a_cell_is_what_it_holds_and_how_it_is_shown(cell: str, value: object, look: str) -> None:
    (found,) = cells(f'<row r="2">{cell}</row>').items()
    assert found == ((2, 2), Cell(value, look))  # type: ignore[arg-type] # the table holds them as plain values
    assert type(found[1].value) is type(value)


def test_cells_without_names_follow_each_other() -> None:
    found = cells('<row><c><v>1</v></c><c><v>2</v></c></row><row r="4"><c><v>3</v></c></row>')
    assert {where: cell.value for where, cell in found.items()} == {(1, 1): 1, (1, 2): 2, (4, 1): 3}


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A1"/>',
        '<c r="A1" s="1"><v></v></c>',
        '<c r="A1" t="inlineStr"><is><t>  </t></is></c>',
        '<c r="A1" t="s"/>',
    ],
)
def test_a_cell_that_shows_nothing_is_blank(cell: str) -> None:
    assert cells(f"<row>{cell}</row>") == {}


@pytest.mark.parametrize(
    ("cell", "id"),
    [
        ("<c><f>SUM(B1:B2)</f><v>3</v></c>", "cell-formula"),
        ('<c t="str"><f>"yes"</f><v>yes</v></c>', "cell-formula"),
        ('<c t="e"><v>#DIV/0!</v></c>', "cell-error"),
        ("<c><v>1e999</v></c>", "number-not-finite"),
        ("<c><v>nan</v></c>", "number-not-finite"),
        ('<c t="inlineStr"><is><t>a\u202eb</t></is></c>', "forbidden-character"),
        ('<c t="inlineStr"><is><t>a_x0000_b</t></is></c>', "forbidden-character"),
        ('<c t="inlineStr"><is><t>' + "x" * 64_001 + "</t></is></c>", "text-too-long"),
    ],
)
def test_a_cell_in_which_nothing_can_be_read_says_why(cell: str, id: str) -> None:
    (found,) = cells(f"<row>{cell}</row>").values()
    assert found.value is None
    assert found.wrong is not None
    assert found.wrong[0] == id
    assert id in PROBLEMS


def test_days_are_counted_from_1900_or_1904() -> None:
    assert Workbook([]).day(46_023) == date(2026, 1, 1)
    assert Workbook([], is_1904=True).day(46_023 - 1_462) == date(2026, 1, 1)
    assert [Workbook([]).day(number) for number in (46_023.5, 60, -1, 1e12)] == [None] * 4
    book = PARTS[MAIN].replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    found, _ = read(packed(parts={MAIN: book}), "a.xlsx")
    assert found
    assert found.is_1904


def test_what_is_read_as_a_workbook_is_told_by_its_name_or_its_first_bytes() -> None:
    assert is_workbook("a.XLSX", b"")
    assert is_workbook("-", packed())
    assert not is_workbook("a.yaml", packed())
    assert not is_workbook("-", b"format: self-assessment/1")


# Workbooks that are refused as a whole


def _bomb() -> bytes:
    return packed(f"<!--{' ' * (MOST_UNPACKED + 1)}-->")


def _lying_bomb() -> bytes:
    """An archive that understates what it unpacks to."""
    data, size = packed(f"<!--{' ' * 3_000_000}-->"), 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = archive.getinfo(SHEET).file_size
    return data.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))


def _twice() -> bytes:
    stream = io.BytesIO(packed())
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(SHEET.upper(), "<worksheet/>")
    return stream.getvalue()


def _encrypted() -> bytes:
    data = bytearray(packed())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        start = archive.start_dir
    data[start + 8] |= 1
    return bytes(data)


_EXTERNAL = '<Relationship Id="r9" Type="x/{kind}" Target="file:///etc/passwd" TargetMode="External"/></Relationships>'


def _links(kind: str) -> str:
    return PARTS[LINKS].replace("</Relationships>", _EXTERNAL.format(kind=kind))


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "not-a-workbook"),
    "text": (lambda: b"format: self-assessment/1", "not-a-workbook"),
    "commas": (lambda: b"What,Answer,Note,Id\n", "not-a-workbook"),
    "the old format, or a password": (lambda: b"\xd0\xcf\x11\xe0" + bytes(2_000), "not-a-workbook"),
    "OpenDocument": (lambda: packed(parts={"content.xml": "<a/>"}), "not-a-workbook"),
    "binary": (lambda: packed(parts={"xl/workbook.bin": ""}), "not-a-workbook"),
    "a zip of something else": (lambda: packed(parts={"_rels/.rels": "<Relationships/>"}), "not-a-workbook"),
    "cut off": (lambda: packed()[:-400], "not-a-workbook"),
    "encrypted": (_encrypted, "not-a-workbook"),
    "packed by another method": (lambda: packed(compression=zipfile.ZIP_LZMA), "not-a-workbook"),
    "a part twice": (_twice, "not-a-workbook"),
    "no XML": (lambda: packed("<row>"), "not-a-workbook"),
    "nested deep": (lambda: packed("<a>" * 100_000), "not-a-workbook"),
    "a cell twice": (lambda: packed('<row><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'), "not-a-workbook"),
    "a cell that there cannot be": (lambda: packed('<row><c r="ZZZ1"><v>1</v></c></row>'), "not-a-workbook"),
    "a text that is not shared": (lambda: packed('<row><c t="s"><v>-1</v></c></row>'), "not-a-workbook"),
    "a style that there is not": (lambda: packed('<row><c s="99"><v>1</v></c></row>'), "not-a-workbook"),
    "6 MB": (lambda: bytes(6_000_000), "file-too-large"),
    "a bomb": (_bomb, "unpacks-too-large"),
    "a bomb that lies": (_lying_bomb, "not-a-workbook"),
    "a thousand parts": (lambda: packed(parts={f"a{i}": "" for i in range(1_000)}), "unpacks-too-large"),
    "100,001 cells": (lambda: packed(f"<row>{'<c><v>1</v></c>' * 10_001}</row>" * 10), "too-many-values"),
    "one text in many cells": (
        lambda: packed(
            "<row>" + '<c t="s"><v>0</v></c>' * 1_000 + "</row>",
            {TEXTS: "<sst><si><t>" + "\u2800" * 9_000 + "</t></si></sst>"},
        ),
        "unpacks-too-large",
    ),
    "macros": (lambda: packed(parts={"xl/vbaProject.bin": "x"}), "workbook-unsafe"),
    "an embedded file": (lambda: packed(parts={"xl/embeddings/a.docx": "x"}), "workbook-unsafe"),
    "a linked workbook": (lambda: packed(parts={"xl/externalLinks/externalLink1.xml": "<a/>"}), "workbook-unsafe"),
    "a link out of it": (lambda: packed(parts={LINKS: _links("image")}), "workbook-unsafe"),
    "a connection": (lambda: packed(parts={"xl/connections.xml": "<a/>"}), "workbook-unsafe"),
    "an entity": (
        lambda: packed(parts={TEXTS: '<!DOCTYPE a [<!ENTITY b "c">]><sst><si><t>&b;</t></si></sst>'}),
        "workbook-unsafe",
    ),
    "a file named as an entity": (
        lambda: packed(parts={MAIN: '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><workbook>&b;</workbook>'}),
        "workbook-unsafe",
    ),
    "a hidden sheet": (
        lambda: packed(parts={MAIN: PARTS[MAIN].replace('sheetId="1"', 'sheetId="1" state="veryHidden"')}),
        "workbook-unsafe",
    ),
    "a sheet of another kind": (
        lambda: packed(parts={LINKS: PARTS[LINKS].replace('/worksheet"', '/chartsheet"')}),
        "workbook-unsafe",
    ),
    "two sheets of one name": (
        lambda: packed(parts={MAIN: PARTS[MAIN].replace("<sheets>", '<sheets><sheet name="ONE" r:id="r1"/>')}),
        "not-a-workbook",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_workbook_is_refused_with_one_problem_that_says_why(name: str) -> None:
    make, id = REFUSED[name]
    data = make()
    assert ids(data) == [id], [render(problem) for problem in read(data, "a.xlsx")[1]]


def test_a_link_to_click_on_is_none_that_is_followed() -> None:
    assert ids(packed(parts={LINKS: _links("hyperlink")})) == []


SCRIPT = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
from hostile import peak_mb
from test_workbook import REFUSED, read
seconds = {}
for name, (make, _) in REFUSED.items():
    data, start = make(), time.monotonic()
    read(data, "a.xlsx")
    seconds[name] = time.monotonic() - start
json.dump([seconds, peak_mb()], sys.stdout)
"""


def test_no_workbook_takes_more_than_ten_seconds_or_512_mb() -> None:
    command = [sys.executable, "-c", SCRIPT, str(Path(__file__).parent)]
    seconds, megabytes = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert max(seconds.values()) < 10, seconds
    assert megabytes < 512


# Whatever the bytes


def _plain() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"] = "plain"
    book.active["B1"] = 1.5
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


PLAIN = _plain()


@given(st.lists(st.tuples(st.integers(0, len(PLAIN) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_no_byte_of_the_archive_ends_the_reader(changes: list[tuple[int, int]]) -> None:
    data = bytearray(PLAIN)
    for place, byte in changes:
        data[place] = byte
    found, problems = read(bytes(data), "a.xlsx")
    assert (found is None) == bool(problems)


@given(st.sampled_from([MAIN, SHEET, STYLES, TEXTS, LINKS, "_rels/.rels"]), st.data())
def test_no_xml_in_it_ends_the_reader(part: str, data: st.DataObject) -> None:
    rows = '<row r="1"><c r="A1" t="s" s="1"><v>0</v></c><c r="B1" s="4"><v>1.5</v></c></row><mergeCell ref="A1:B2"/>'
    whole = {**PARTS, SHEET: f"<worksheet><sheetData>{rows}</sheetData></worksheet>"}[part]
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(start + 12, len(whole))))
    middle = data.draw(st.text(st.sampled_from("<>/=\"'&;x10-A:é\0 "), max_size=6))
    found, problems = read(packed(rows, {part: whole[:start] + middle + whole[end:]}), "a.xlsx")
    assert (found is None) == bool(problems)
