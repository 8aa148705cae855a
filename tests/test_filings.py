"""The use cases of a store, on SQLite and on PostgreSQL: import, import again, correct, bring up to date, read."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from compliance import audit, filings
from compliance.audit import Rules
from compliance.engine import FIGURES
from compliance.filings import REGISTER, Acknowledged
from compliance.model import Code, Expression, Standing
from compliance.portfolio import Place, Portfolio, counts, place, record
from compliance.records import Arrival, Filing, PortfolioRow
from compliance.store import Store

JUNE, TODAY = date(2026, 6, 30), date(2026, 11, 1)
RULES = audit.load_rules()
CODE = next(code for code in RULES.codes if code.id == "uk-osa-duties")
SAMPLES = audit.samples()
HARBOURLINE = "harbourline/2026-06-30.yaml"


def bring(store: Store, *paths: Path, rules: Rules = RULES) -> list[Acknowledged]:
    found = audit.find(map(str, paths), also=REGISTER)
    return list(filings.import_files(store, found, rules, TODAY))


def kinds(acknowledged: Iterable[Acknowledged]) -> dict[Arrival, int]:
    return dict(Counter(each.receipt.kind for each in acknowledged))


def portfolio(store: Store, on: date = JUNE, rules: Rules = RULES, code: Code = CODE) -> Portfolio:
    return filings.read_portfolio(store, rules, code, on)


def row_of(found: Portfolio, service: str) -> PortfolioRow:
    return next(row for row in (*found.rows, *found.others) if row.service_id == service)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One sample and a register of it and another service, to be changed."""
    (tmp_path / "in").mkdir()
    shutil.copy(SAMPLES / HARBOURLINE, tmp_path / "in" / "harbourline.yaml")
    lines = (SAMPLES / REGISTER).read_text(encoding="utf-8").splitlines()
    kept = [
        lines[0],
        *(line for line in lines if line.startswith(("harbourline,", "tidewrack,")) and "2026-06" in line),
    ]
    (tmp_path / "in" / REGISTER).write_text("\n".join(kept) + "\n", encoding="utf-8")
    return tmp_path / "in"


def test_the_samples_are_kept_with_the_figures_of_check(store: Store) -> None:
    acknowledged = bring(store, SAMPLES)
    assert kinds(acknowledged) == {Arrival.ACCEPTED: len(acknowledged)}
    for code in RULES.codes:
        _is_kept_as_checked(portfolio(store, code=code), code)


def _is_kept_as_checked(found: Portfolio, code: Code) -> None:
    assert sum(counts(found.rows).values()) == len(found.rows)
    assert {row.service_id for row in found.rows if row.state is Filing.NOTHING_RECEIVED} == {"gullhaven", "tidewrack"}
    assert {row.service_id for row in found.others} == {"markup", "oldquay"}
    for row in (*found.rows, *found.others):
        if row.stored is None:
            continue
        recorded = SAMPLES / row.service_id / f"{row.stored.period_to}.expected.json"
        by_code = {each["code"]["digest"]: each for each in json.loads(recorded.read_text(encoding="utf-8"))}
        result = by_code.get(code.digest)
        assert (row.summary is None) == (result is None), (row.service_id, code.name)
        if result is None:
            continue
        kept = record(row)
        for name in FIGURES:
            value = kept[name]
            assert (value is None) == (result[name] is None), (row.service_id, name)
            assert value is None or value == round(result[name] * 1_000_000), (row.service_id, name)
        assert row.summary
        assert row.summary.conclusion == result["conclusion"]
        assert dict(row.summary.counts) == result["counts"]
        assert row.summary.flags == len(result["flags"])
        assert row.summary.is_provisional == result["provisional"]


def test_the_same_files_again_are_unchanged(store: Store, folder: Path) -> None:
    assert kinds(bring(store, folder)) == {Arrival.ACCEPTED: 2}
    before = portfolio(store)
    assert kinds(bring(store, folder)) == {Arrival.UNCHANGED: 2}
    assert portfolio(store) == before


def test_a_corrected_file_is_the_next_version_and_counts(store: Store, folder: Path) -> None:
    bring(store, folder)
    file = folder / "harbourline.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("name: Harbourline", "name: Harbourlane", 1), "utf-8")
    assert kinds(bring(store, folder)) == {Arrival.NEW_VERSION: 1, Arrival.UNCHANGED: 1}
    row = row_of(portfolio(store), "harbourline")
    assert row.stored
    assert (row.stored.version, row.service) == (2, "Harbourlane")
    assert [each.version for each in store.versions("harbourline")] == [2, 1]


def test_a_refused_file_is_kept_with_its_problems_and_is_its_services(store: Store, folder: Path) -> None:
    file = folder / "harbourline.yaml"
    text = file.read_text(encoding="utf-8") + "colour: blue\n"
    file.write_text(text, encoding="utf-8")
    refused = [each for each in bring(store, folder) if each.receipt.kind is Arrival.REFUSED]
    assert [problem.id for each in refused for problem in each.problems] == ["unknown-key"]
    row = row_of(portfolio(store), "harbourline")
    assert row.state is Filing.REFUSED
    assert store.content(row.refused) == text.encode()
    assert [problem.id for each in store.refusals() for problem in each.problems] == ["unknown-key"]


def test_an_accepted_file_stands_whatever_was_refused_after_it(store: Store, folder: Path) -> None:
    bring(store, folder)
    (folder / "harbourline.yaml").write_text("service: {id: harbourline}\n", encoding="utf-8")
    assert kinds(bring(store, folder))[Arrival.REFUSED] == 1
    assert row_of(portfolio(store), "harbourline").state is Filing.ASSESSED


def test_a_wrong_register_is_refused_and_the_files_are_kept(store: Store, folder: Path) -> None:
    register = folder / REGISTER
    register.write_text(register.read_text(encoding="utf-8").replace("2026-07-31", "soon"), encoding="utf-8")
    acknowledged = bring(store, folder)
    assert kinds(acknowledged) == {Arrival.REFUSED: 1, Arrival.ACCEPTED: 1}
    assert {problem.line for problem in acknowledged[0].problems} == {2, 3}
    assert not portfolio(store).has_register


def test_what_cannot_be_read_is_refused_without_ending_the_import(store: Store, folder: Path) -> None:
    acknowledged = bring(store, folder / "missing.yaml", folder)
    assert kinds(acknowledged) == {Arrival.REFUSED: 1, Arrival.ACCEPTED: 2}
    assert store.refusals() == []


def test_an_import_that_stops_shows_nothing_until_it_is_done_again(store: Store, folder: Path) -> None:
    found = audit.find([str(folder)], also=REGISTER)
    stopped = filings.import_files(store, found, RULES, TODAY)
    assert next(stopped).receipt.kind is Arrival.ACCEPTED
    stopped.close()  # type: ignore[attr-defined]
    assert store.dates(TODAY) == []
    assert [each.files for each in store.unfinished()] == [1]
    bring(store, folder)
    assert len(portfolio(store).rows) == 2
    assert store.unfinished() == []


def other_code() -> Code:
    return replace(CODE, id="other-code", seal=lambda code: "d" * 64)


def test_the_register_names_the_codes_of_a_service(store: Store, folder: Path) -> None:
    rules = replace(RULES, codes=(*RULES.codes, other_code()))
    register = folder / REGISTER
    text = register.read_text(encoding="utf-8").replace("Harbourline Ltd,,", "Harbourline Ltd,other-code,")
    register.write_text(text, encoding="utf-8")
    bring(store, folder, rules=rules)
    assert place(row_of(portfolio(store, rules=rules), "harbourline")) is Place.NOT_APPLIED
    assert row_of(portfolio(store, rules=rules, code=other_code()), "harbourline").summary


def test_an_import_assesses_by_all_that_registers_ask(store: Store, folder: Path) -> None:
    """So nothing is left to assess again, whichever register an older line stands in or arrives once more."""
    rules = replace(RULES, codes=(*RULES.codes, other_code()))
    register = folder / REGISTER
    old = register.read_text(encoding="utf-8")
    named = old.replace("Harbourline Ltd,,", "Harbourline Ltd,other-code,")
    later = named.replace("2026-01-01,2026-06-30,2026-07-31", "2026-07-01,2026-09-30,2026-10-31")
    for text in (old, named, later, old):
        register.write_text(text, encoding="utf-8")
        bring(store, folder, rules=rules)
        list(filings.bring_up_to_date(store, rules, TODAY))
    assert {line.codes for line in store.register() if line.service_id == "harbourline"} == {("other-code",)}
    assert row_of(portfolio(store, rules=rules, code=other_code()), "harbourline").summary
    sample = folder / "late.yaml"
    sample.write_bytes((folder / "harbourline.yaml").read_bytes() + b"# late\n")
    bring(store, folder, rules=rules)
    assert list(filings.bring_up_to_date(store, rules, TODAY)) == []


def test_what_other_rules_make_of_it_is_assessed_again_once(store: Store, folder: Path) -> None:
    bring(store, folder)
    assert list(filings.bring_up_to_date(store, RULES, TODAY)) == []
    rules = replace(RULES, codes=(*RULES.codes, other_code()))
    assert row_of(portfolio(store, rules=rules, code=other_code()), "harbourline").summary is None
    assert list(filings.bring_up_to_date(store, rules, TODAY)) == [(1, 1)]
    again = row_of(portfolio(store, rules=rules, code=other_code()), "harbourline").summary
    first = row_of(portfolio(store), "harbourline").summary
    assert first
    assert again
    assert again.figures == first.figures
    assert list(filings.bring_up_to_date(store, rules, TODAY)) == []


def test_what_is_assessed_again_is_read_as_what_it_was(store: Store, tmp_path: Path) -> None:
    """YAML may begin with a brace, as JSON does; the name tells them apart."""
    file = tmp_path / "flow.yaml"
    file.write_bytes((SAMPLES / "boxferry" / "2026-06-30.json").read_bytes() + b"# only YAML has comments\n")
    assert file.read_bytes().startswith(b"{")
    assert kinds(bring(store, file)) == {Arrival.ACCEPTED: 1}
    rules = replace(RULES, codes=(*RULES.codes, other_code()))
    assert list(filings.bring_up_to_date(store, rules, TODAY)) == [(1, 1)]
    assert row_of(portfolio(store, rules=rules, code=other_code()), "boxferry").summary


def test_a_code_is_chosen_by_when_it_came_into_force() -> None:
    start = CODE.in_force.start
    assert start
    later = replace(other_code(), in_force=replace(CODE.in_force, start=date(2026, 6, 1)))
    rules = replace(RULES, codes=(later, CODE))
    assert filings.default_code(rules, JUNE) is later
    assert filings.default_code(rules, date(2026, 5, 31)) is CODE
    assert filings.default_code(rules, date(1999, 1, 1)) is CODE
    statutory = replace(CODE, standing=Standing.STATUTORY_CODE)
    narrow = Expression("true", None, ("service.parts", "service.kinds"))
    for lesser in (later, replace(later, standing=Standing.STATUTORY_CODE, scope=narrow)):
        assert filings.default_code(replace(RULES, codes=(lesser, statutory)), JUNE) is statutory


def test_the_store_is_the_one_named_or_the_environments_or_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(filings.STORE, raising=False)
    assert filings.store_url(None).startswith("sqlite:///")
    monkeypatch.setenv(filings.STORE, "postgresql://host/store")
    assert filings.store_url(None) == "postgresql://host/store"
    assert filings.store_url("sqlite:///here") == "sqlite:///here"
