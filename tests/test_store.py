"""The store, on SQLite and on PostgreSQL: what is kept, what is shown, what is refused, and what survives."""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
import stat
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import islice
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest
import small_rules
import stores
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Connection,
    Engine,
    Executable,
    MetaData,
    Table,
    create_engine,
    event,
    func,
    inspect,
    select,
    text,
)
from stores import ANSWERS, CODE, ENGINE, RULES, digest, enrolled, examined, filed, keep, refused, summary

from compliance import audit, database
from compliance.database import REVISIONS, Database
from compliance.engine import assess
from compliance.model import Received
from compliance.reasons import explain
from compliance.records import Arrival, Enrolled, Examined, Filing, PortfolioRow
from compliance.store import COUNTS, Store, StoreError, open_store

JUNE, DECEMBER = date(2026, 6, 30), date(2025, 12, 31)
HOSTILE = (
    "Robert'); DROP TABLE submissions;--",
    '"quoted" `ticked` \\ back % percent :colon {brace} ?',
    "😀 ﷽ \u202e\u200b \x01\x7f\r\n\t 'é' e\u0301",
    "x" * 65_536,
    "",
    " ",
    "NULL",
)


# What is kept


def test_the_same_bytes_are_one_self_assessment(store: Store) -> None:
    once = filed()
    assert keep(store, once, once) == ["accepted 1", "unchanged 1"]
    assert keep(store, replace(once, file="elsewhere.yaml"), replace(once, submission=None)) == ["unchanged 1"] * 2
    assert [each.file for each in store.versions("harbourline")] == ["report.yaml"]
    assert store.seen([digest(once), "0" * 64]) == {digest(once)}


def test_a_corrected_file_is_the_next_version_and_the_old_one_stays(store: Store) -> None:
    first, second = filed(), filed(edition="corrected")
    before = datetime.now(UTC)
    assert keep(store, first) + keep(store, second) == ["accepted 1", "new_version 2"]
    newest, oldest = store.versions("harbourline")
    assert (newest.version, newest.sha256, oldest.version) == (2, digest(second), 1)
    assert (oldest.service_id, oldest.service, oldest.provider) == ("harbourline", "Harbourline", "Harbourline Ltd")
    assert (oldest.period_from, oldest.period_to, oldest.prepared_on) == (date(2026, 1, 1), JUNE, JUNE)
    assert before <= oldest.received <= newest.received <= datetime.now(UTC)
    assert [store.content(each.sha256) for each in (oldest, newest)] == [first.data, second.data]


def test_versions_count_within_a_service_and_period(store: Store) -> None:
    files = [filed(edition="1"), filed(end=DECEMBER), filed("larkpost"), filed(edition="2"), filed(edition="3")]
    assert keep(store, *files) == ["accepted 1", "accepted 1", "accepted 1", "new_version 2", "new_version 3"]


def test_a_refused_file_is_kept_with_its_problems(store: Store) -> None:
    wrong = refused()
    assert keep(store, wrong, replace(wrong, file="again.yaml")) == ["refused 0", "refused 0"]
    (found,) = store.refusals()
    assert (found.sha256, found.file, found.service_id, found.period_to) == (
        digest(wrong),
        "again.yaml",
        "harbourline",
        JUNE,
    )
    assert found.problems == tuple(replace(problem, file="again.yaml") for problem in wrong.problems)
    assert store.content(found.sha256) == wrong.data
    assert store.versions("harbourline") == []


def test_a_file_accepted_after_all_is_refused_no_more(store: Store) -> None:
    good = filed()
    too_early = replace(refused(), data=good.data)
    assert keep(store, too_early) + keep(store, good) == ["refused 0", "accepted 1"]
    assert store.refusals() == []


def test_a_file_that_nobody_read_and_nobody_knows_is_a_mistake_of_the_caller(store: Store) -> None:
    with pytest.raises(StoreError, match="neither read nor stored"):
        keep(store, filed(), replace(filed("larkpost"), submission=None))
    assert store.versions("harbourline") == []


def test_answers_come_back_as_numbers_and_text(store: Store) -> None:
    keep(store, filed(), filed("larkpost", answers={"service.is_adult": False}))
    (harbourline,), (larkpost,) = store.versions("harbourline"), store.versions("larkpost")
    assert store.answers("service.is_adult") == {harbourline.id: 1.0, larkpost.id: 0.0}
    assert {question: store.answers(question)[harbourline.id] for question in ANSWERS} == {
        "service.kinds": "social_media;messaging",
        "service.is_adult": 1.0,
        "removal.csam.p95_hours": 6.5,
        "service.uk_monthly_users": 2.0**53,
        "voluntary.signed_on": "2020-03-05",
        "governance.body": "The board",
    }


def test_results_come_back_equal(store: Store) -> None:
    received = filed()
    bare = summary(code_id="code-b", code_digest="b" * 64, conclusion=None, figures=None, caps=(), chapters={})
    keep(store, received, examined=examined(received, summary(), bare))
    ((stored, results),) = store.history("harbourline", ENGINE, [CODE, "b" * 64])
    assert (stored.sha256, results) == (digest(received), [summary(), bare])
    assert store.history("harbourline", ENGINE, [CODE]) == [(stored, [summary()])]
    assert store.history("harbourline", "0.0.9", [CODE]) == [(stored, [])]
    assert store.codes() == [("code-a", "1", CODE), ("code-b", "1", "b" * 64)]


def test_a_history_has_the_newest_version_of_every_period(store: Store) -> None:
    keep(store, filed(edition="1"), filed(edition="2"), filed(end=DECEMBER))
    history = store.history("harbourline", ENGINE, [])
    assert [(stored.period_to, stored.version) for stored, _ in history] == [(JUNE, 2), (DECEMBER, 1)]


def test_the_counts_kept_are_those_that_are_counted(root: Path) -> None:
    rules = audit.load_rules(small_rules.FOLDER)
    report = audit.read_report(small_rules.FOLDER / "reports" / "good.yaml", rules, date(2026, 11, 1))
    assert report.submission
    assert set(COUNTS) == set(explain(assess(rules.codes[0], [report.submission]), 0).counts)


def test_results_are_kept_later_and_only_once(store: Store) -> None:
    keep(store, filed(), filed("larkpost"))
    todo = store.without_result("rules-2")
    assert [sha for _, sha, _ in todo] == [digest(filed()), digest(filed("larkpost"))]
    (first, _, file), _ = todo
    assert file == filed().file
    before = store.state()
    store.keep_results("rules-2", {first: Examined("small", (summary(),))})
    store.keep_results("rules-2", {first: Examined("large", (summary(failures=9),))})
    assert [sha for _, sha, _ in store.without_result("rules-2")] == [digest(filed("larkpost"))]
    row = _row(store.standings(JUNE, CODE, ENGINE, "rules-2"), "harbourline")
    assert (row.cohort, row.summary) == ("small", summary())
    assert store.state() != before


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_comes_back_equal_from_every_column(store: Store, hostile: str) -> None:
    short = hostile[:60] + "."  # ids are bounded, by the format
    received = filed(short, file=hostile, name=hostile, provider=hostile, answers={hostile: hostile})
    wrong = refused(hostile, file=hostile)
    wrong = replace(wrong, problems=(replace(wrong.problems[0], message=hostile, path=hostile),))
    result = summary(code_id=hostile, code_version=hostile, engine=hostile, chapters={hostile: None})
    line = replace(enrolled(short), service=hostile, provider=hostile, cohort=hostile)
    with store.importing(hostile) as run:
        run.keep([received, wrong], examined(received, result, cohort=hostile), short)
        run.keep_register(b"register", hostile, [line])
        assert [each.tool for each in store.unfinished()] == [hostile]
        run.finish()
    (row,) = [row for row in store.standings(JUNE, CODE, hostile, short) if row.service_id == short]
    assert row.stored
    assert (row.stored.service, row.stored.provider, row.stored.file) == (hostile, hostile, hostile)
    assert (row.enrolled, row.cohort, row.summary) == (line, hostile, result)
    assert list(store.answers(hostile).values()) == [hostile]
    (found,) = store.refusals()
    assert (found.file, found.service_id) == (hostile, hostile)
    assert found.problems == tuple(replace(problem, file=hostile) for problem in wrong.problems)


def test_a_name_that_no_database_can_keep_is_made_one(store: Store) -> None:
    assert keep(store, filed(file="a\0b\udcffc.yaml")) == ["accepted 1"]
    assert store.versions("harbourline")[0].file == "a\ufffdb?c.yaml"


# What is never changed


def test_the_database_refuses_every_change_and_removal(store: Store, store_url: str) -> None:
    received = filed()
    with store.importing("test") as run:
        run.keep([received, refused()], examined(received, summary()), RULES)
        run.keep_register(b"register", "register.csv", [enrolled()])
        run.finish()
    with closing(Database(store_url)) as raw:
        with raw.reading() as connection:
            tables = _tables(store_url).values()
            before = {table: connection.execute(select(table)).all() for table in tables}
        assert len(tables) == 12
        assert all(before.values()), "a table without rows proves nothing"
        for table in tables:
            names = [column.name for column in table.c]
            changes: list[Executable] = [table.update().values({names[0]: table.c[names[0]]}), table.delete()]
            if store_url.startswith("sqlite"):
                again = table.insert().from_select(names, select(table))
                changes.append(again.prefix_with("OR REPLACE"))
            else:
                changes.append(text(f"TRUNCATE {table.name} CASCADE"))
            for change in changes:
                with pytest.raises(StoreError), raw.writing() as connection:
                    connection.execute(change)
        with raw.reading() as connection:
            assert {table: connection.execute(select(table)).all() for table in tables} == before


@cache
def _tables(url: str) -> dict[str, Table]:
    """Every table of the store's own, as the database describes it."""
    tables = MetaData()
    with closing(Database(url)) as raw, raw.reading() as connection:
        tables.reflect(connection)
    return {table.name: table for table in tables.sorted_tables if table.name != "schema_revision"}


# What is shown


def test_only_finished_imports_are_shown(store: Store) -> None:
    def shown() -> tuple[list[Any], ...]:
        rows = store.standings(JUNE, CODE, ENGINE, RULES)
        return rows, store.versions("harbourline"), store.refusals(), store.dates(JUNE)

    state = store.state()
    with store.importing("test") as run:
        run.keep([filed(), refused("larkpost")])
        run.keep_register(b"register", "register.csv", [enrolled("mossgate", DECEMBER)])
    assert shown() == ([], [], [], [])
    assert store.state() == state
    (lost,) = store.unfinished()
    assert (lost.tool, lost.files) == ("test", 3)
    assert lost.started <= datetime.now(UTC)
    with store.importing("test") as run:
        assert [each.kind for each in run.keep([filed(), refused("larkpost")])] == [
            Arrival.UNCHANGED,
            Arrival.REFUSED,
        ]
        assert run.keep_register(b"register", "register.csv", []).kind is Arrival.UNCHANGED
        run.finish()
        run.finish()
    rows, versions, refusals, dates = shown()
    assert _states(rows) == {"harbourline": "assessed", "larkpost": "refused", "mossgate": "nothing_received"}
    assert (len(versions), len(refusals), dates) == (1, 1, [JUNE, DECEMBER])
    assert store.unfinished() == []
    assert store.state() != state


def test_the_register_in_force_is_the_newest_that_asks_by_then(store: Store) -> None:
    """Bringing an old one again changes nothing, and one for later periods leaves the earlier ones as they were."""
    later = date(2026, 12, 31)
    lines = {
        b"1": [enrolled("harbourline"), enrolled("mossgate", end=DECEMBER)],
        b"2": [enrolled("larkpost")],
        b"3": [enrolled("boxferry", end=later)],
    }
    for data in (b"1", b"2", b"3", b"1"):
        with store.importing("test") as run:
            run.keep_register(data, "register.csv", lines[data])
            run.finish()
    assert [*_states(store.standings(DECEMBER, CODE, ENGINE, RULES))] == ["mossgate"]
    assert [*_states(store.standings(JUNE, CODE, ENGINE, RULES))] == ["larkpost"]
    assert [*_states(store.standings(later, CODE, ENGINE, RULES))] == ["boxferry"]
    assert store.dates(later) == [later, JUNE, DECEMBER]
    assert store.dates(JUNE) == [JUNE, DECEMBER]
    assert {line.service_id for line in store.register()} == {"harbourline", "mossgate", "larkpost", "boxferry"}


def test_an_unfinished_register_is_not_in_force(store: Store) -> None:
    for data, service in ((b"1", "harbourline"), (b"2", "larkpost")):
        with store.importing("test") as run:
            run.keep_register(data, "register.csv", [enrolled(service)])
            if data == b"1":
                run.finish()
    assert _states(store.standings(JUNE, CODE, ENGINE, RULES)) == {"harbourline": "nothing_received"}
    assert store.register() == [enrolled()]


def test_a_service_is_asked_what_the_newest_register_asks(store: Store) -> None:
    newer = replace(enrolled(), codes=("code-c",))
    for data, line in ((b"1", enrolled()), (b"2", newer)):
        with store.importing("test") as run:
            run.keep_register(data, "register.csv", [line])
            run.finish()
    assert store.register() == [newer]


def test_a_days_file_does_not_stand_in_for_a_half_years(store: Store) -> None:
    keep(store, filed(), filed(months=1))
    (row,) = store.standings(JUNE, CODE, ENGINE, RULES)
    assert row.stored
    assert row.stored.period_from == date(2026, 1, 1)


def test_a_portfolio_row_says_all_of_a_service(store: Store) -> None:
    received = filed()
    with store.importing("test") as run:
        run.keep([received, refused("larkpost")], examined(received, summary(), cohort="small"), RULES)
        run.keep_register(b"1", "register.csv", [enrolled(), enrolled("larkpost"), enrolled("mossgate")])
        run.finish()
    harbourline, larkpost, mossgate = store.standings(JUNE, CODE, ENGINE, RULES)
    (stored,) = store.versions("harbourline")
    assert harbourline == PortfolioRow(
        "harbourline",
        "Harbourline",
        "Harbourline Ltd",
        enrolled(),
        Filing.ASSESSED,
        stored,
        "small",
        summary(),
        "",
    )
    about = ("Harbourline Ltd", enrolled("larkpost"), Filing.REFUSED, None, "large", None)
    assert larkpost == PortfolioRow("larkpost", "Larkpost", *about, digest(refused("larkpost")))
    about = ("Harbourline Ltd", enrolled("mossgate"), Filing.NOTHING_RECEIVED, None, "large", None)
    assert mossgate == PortfolioRow("mossgate", "Mossgate", *about, "")
    for code, engine, rules in (("0" * 64, ENGINE, RULES), (CODE, "0.0.9", RULES), (CODE, ENGINE, "rules-0")):
        (other, *_) = store.standings(JUNE, code, engine, rules)
        assert other == replace(
            harbourline,
            summary=None if rules == RULES else summary(),
            cohort="small" if rules == RULES else "",
        )


def _row(rows: list[PortfolioRow], service: str) -> PortfolioRow:
    (row,) = [row for row in rows if row.service_id == service]
    return row


def _states(rows: list[PortfolioRow]) -> dict[str, str]:
    return {row.service_id: row.state.value for row in rows}


def test_what_is_read_for_one_page_is_of_one_moment(store: Store, store_url: str) -> None:
    arrivals = select(func.count()).select_from(_tables(store_url)["receipts"])
    with closing(Database(store_url)) as other, other.reading() as connection:
        before = connection.scalar(arrivals)
        keep(store, filed())
        assert connection.scalar(arrivals) == before


# The rules of a portfolio, once more, plainly. Three hundred services live through one store, which takes a moment,
# where as many stores would take a minute.

ENDS = (date(2025, 6, 30), DECEMBER, JUNE, date(2026, 12, 31))
SERVICES = [f"service-{number}" for number in range(300)]
Event = Received | tuple[Enrolled, ...]
Events = list[tuple[Event, bool]]  # with whether its import finished


@pytest.mark.parametrize("seed", range(3))
def test_a_portfolio_follows_its_rules(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    happened: Events = []
    for _ in range(6):
        for _ in range(5):
            _happen(store, chance, happened)
        on = chance.choice(ENDS) + timedelta(days=chance.choice((-1, 0, 1)))
        assert _portfolio(store, on) == _restated(happened, on)


def _happen(store: Store, chance: random.Random, happened: Events) -> None:
    is_finished = chance.random() < 0.8
    received = [_arrival(chance) for _ in range(chance.randint(0, 60))]
    register = tuple(enrolled(chance.choice(SERVICES), chance.choice(ENDS)) for _ in range(chance.randint(0, 500)))
    with store.importing("test") as run:
        run.keep(received)
        run.keep_register(repr(register).encode(), "register.csv", register)
        if is_finished:
            run.finish()
    happened += [(each, is_finished) for each in received]
    happened.append((register, is_finished))


def _arrival(chance: random.Random) -> Received:
    service, end, edition = chance.choice(SERVICES), chance.choice(ENDS), chance.choice("12")
    right = filed(service, end, edition, {}, months=chance.choice((3, 6)))
    wrong = refused(chance.choice((service, "")), chance.choice((end, None)), edition)
    return chance.choice((right, right, right, wrong, replace(wrong, data=right.data)))


def _portfolio(store: Store, on: date) -> dict[str, Any]:
    return {
        row.service_id: (row.state, row.enrolled, row.stored and (row.stored.sha256, row.stored.version), row.refused)
        for row in store.standings(on, CODE, ENGINE, RULES)
    }


def _restated(events: Events, on: date) -> dict[str, Any]:
    versions: dict[str, int] = {}
    periods: list[tuple[str, date, date]] = []
    for each, _ in events:
        if isinstance(each, Received) and each.submission and digest(each) not in versions:
            periods.append((each.submission.service.id, each.submission.period_from, each.submission.period_to))
            versions[digest(each)] = periods.count(periods[-1])
    shown = [each for each, is_finished in events if is_finished]
    accepted = {digest(each): each.submission for each in shown if isinstance(each, Received) and each.submission}
    arrived = [each for each, _ in events if isinstance(each, tuple)]
    asking = [each for each in shown if isinstance(each, tuple) and any(line.period_to <= on for line in each)]
    register = max(asking, key=arrived.index, default=())
    rows = {}
    for service in SERVICES:
        lines = [line for line in register if line.service_id == service and line.period_to <= on]
        line = max(lines, key=lambda line: line.period_to, default=None)
        since = line.period_to if line else date.min
        standing = [
            (submission.period_to, -submission.period_from.toordinal(), versions[sha], sha)
            for sha, submission in accepted.items()
            if submission.service.id == service and since <= submission.period_to <= on
        ]
        refusals = [
            digest(each)
            for each in shown
            if isinstance(each, Received) and not each.submission and digest(each) not in accepted
            if each.service_id == service and since <= (each.period_to or on) <= on
        ]
        row: tuple[Any, ...]
        if standing:
            *_, version, sha = max(standing)
            row = (Filing.ASSESSED, line, (sha, version), "")
        elif refusals:
            row = (Filing.REFUSED, line, None, refusals[-1])
        else:
            row = (Filing.NOTHING_RECEIVED, line, None, "")
        if line or standing or refusals:
            rows[service] = row
    return rows


# Kills, crowds and full disks

KILLS = 100
WARM = multiprocessing.get_context("forkserver")
WARM.set_forkserver_preload(["pytest", "psycopg", "sqlalchemy.dialects.postgresql.psycopg", "compliance.store"])


@pytest.fixture(autouse=True)
def _plain_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new process runs its parent's main module first, and Streamlit's tests leave the dashboard in its place."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


def test_what_was_acknowledged_outlives_a_hundred_kills(store_url: str) -> None:
    chance = random.Random(9)
    acknowledged: dict[str, int] = {}
    for kill in range(KILLS):
        with _process(stores.keep_until_killed, store_url, str(kill)) as (process, pipe):
            said = _said(pipe)
            # Some are killed while they open the store, most at some moment in or after their first transactions.
            acknowledged.update(islice(said, chance.randint(0, 3) * 4))
            time.sleep(chance.uniform(0, 0.03))
            process.kill()
            acknowledged.update(said)
        _hold_whole(store_url, acknowledged)
    assert len(acknowledged) > KILLS


def test_many_at_once_make_one_store_and_lose_nothing(store_url: str) -> None:
    with ExitStack() as stack:
        crowd = [stack.enter_context(_process(stores.keep_beside_others, store_url, str(each))) for each in range(4)]
        acknowledged = dict(receipt for _, pipe in crowd for receipt in _said(pipe))
    with closing(open_store(store_url)) as store:
        versions = store.versions("harbourline")
    assert {each.sha256: each.version for each in versions} == acknowledged
    assert sorted(acknowledged.values()) == [*range(1, 4 * 20 + 20 + 1)]


def test_threads_share_a_store(store: Store) -> None:
    def work(number: int) -> list[str]:
        keep(store, filed(edition=str(number)))
        return [each.sha256 for each in store.versions("harbourline")]

    with ThreadPoolExecutor(8) as threads:
        seen = list(threads.map(work, range(40)))
    assert [each.version for each in store.versions("harbourline")] == [*range(40, 0, -1)]
    assert all(digest(filed(edition=str(number))) in found for number, found in enumerate(seen))


def test_a_full_disk_is_said_and_leaves_nothing_half_stored(store_url: str) -> None:
    open_store(store_url).close()
    with _full(store_url), closing(open_store(store_url)) as store:
        with pytest.raises(StoreError, match="no room left on its disk"):
            keep(store, replace(filed(), data=bytes(1_000_000)), refused())
        assert store.versions("harbourline") == []
    _hold_whole(store_url, {})
    with closing(open_store(store_url)) as store:
        assert keep(store, filed()) == ["accepted 1"]


def test_a_disk_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    with _process(stores.keep_on_a_small_disk, url, "") as (_, pipe):
        assert "its disk cannot be read or written, or is full" in pipe.recv()
    _hold_whole(url, {})


@contextmanager
def _full(url: str) -> Iterator[None]:
    """Lets SQLite grow no more, and PostgreSQL say at the last table what it says when it cannot."""
    if url.startswith("sqlite"):

        def bound(connection: Any, _: object) -> None:
            connection.execute("PRAGMA max_page_count = 1")

        event.listen(Engine, "connect", bound)
        yield
        event.remove(Engine, "connect", bound)
        return
    with closing(Database(url)) as raw:
        with raw.writing() as connection:
            refuse = "BEGIN RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'could not extend file'; END"
            connection.execute(text(f"CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $${refuse}$$"))
            connection.execute(text("CREATE TRIGGER fill BEFORE INSERT ON receipts EXECUTE FUNCTION fill()"))
        yield
        with raw.writing() as connection:
            connection.execute(text("DROP FUNCTION fill CASCADE"))


@contextmanager
def _process(work: Callable[[str, str, Pipe], None], url: str, name: str) -> Iterator[tuple[BaseProcess, Pipe]]:
    """A process at work, forked from one that has everything imported, and the pipe it answers through."""
    ours, theirs = WARM.Pipe(duplex=False)
    process = WARM.Process(target=work, args=(url, name, theirs))
    process.start()
    theirs.close()
    with ours:
        yield process, ours
        process.join()
    process.close()


def _said(pipe: Pipe) -> Iterator[Any]:
    """Everything that was said until the other end was closed."""
    with suppress(EOFError):
        while True:
            yield from pipe.recv()


def _hold_whole(url: str, acknowledged: Mapping[str, int]) -> None:
    """Everything acknowledged is there, and everything there is whole."""
    tables = _tables(url)
    with closing(Database(url)) as raw, raw.reading() as connection:

        def counted(name: str, column: str) -> dict[Any, int]:
            of = tables[name].c[column]
            return dict(connection.execute(select(of, func.count()).group_by(of)).all())

        submissions = connection.execute(select(tables["submissions"])).all()
        refusals = counted("refusals", "sha256")
        files = dict(connection.execute(select(tables["files"].c.sha256, tables["files"].c.content)).all())
        receipts, answers = counted("receipts", "sha256"), counted("answers", "submission_id")
        results, cohorts = counted("results", "submission_id"), counted("cohorts", "submission_id")
        if url.startswith("sqlite"):
            assert connection.execute(text("PRAGMA integrity_check")).all() == [("ok",)]
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    stored = {row.sha256: row.version for row in submissions} | dict.fromkeys(refusals, 0)
    assert acknowledged.items() <= stored.items()
    assert len(submissions) == 3 * len(refusals), "half a batch"
    assert stored.keys() == files.keys() == receipts.keys()
    assert [each for each, content in files.items() if sha256(content).hexdigest() != each] == []
    ids = [row.id for row in submissions]
    assert answers == dict.fromkeys(ids, len(ANSWERS))
    assert results == cohorts == dict.fromkeys(ids, 1)
    for service in {row.service_id for row in submissions}:
        versions = sorted(row.version for row in submissions if row.service_id == service)
        assert versions == [*range(1, len(versions) + 1)]


# Opening


def test_a_store_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "store.sqlite"
    with closing(open_store(f"sqlite:///{path}")) as store:
        keep(store, filed())
        modes = {each.name: stat.filemode(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes == dict.fromkeys(("store.sqlite", "store.sqlite-wal", "store.sqlite-shm"), "-rw-------")
    assert stat.filemode(path.parent.stat().st_mode) == "drwx------"


def test_the_revisions_are_those_that_there_are_steps_for() -> None:
    config = Config()
    config.set_main_option("script_location", "compliance:migrations")
    steps = ScriptDirectory.from_config(config).walk_revisions()
    assert tuple(step.revision for step in steps) == REVISIONS[::-1]


@pytest.mark.parametrize("known", range(1, len(REVISIONS) + 1))
def test_a_store_of_an_older_program_is_brought_up_to_date(
    store_url: str, known: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(database, "REVISIONS", REVISIONS[:known])
        open_store(store_url).close()
    with closing(open_store(store_url)) as store:
        assert keep(store, filed()) == ["accepted 1"]
    with closing(Database(store_url)) as raw, raw.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM schema_revision")).all() == [(REVISIONS[-1],)]


def test_a_store_of_a_newer_program_is_left_alone(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(store_url).close()
    monkeypatch.setattr(database, "REVISIONS", ("0000",))
    with pytest.raises(StoreError, match="made by a newer version of this program"):
        open_store(store_url)


def test_a_migration_that_fails_anywhere_leaves_nothing(store_url: str) -> None:
    raised = 0
    for statements in range(0, 200, 3):
        left = iter(range(statements))

        def fail(*_: object, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise KeyboardInterrupt

        event.listen(Engine, "before_cursor_execute", fail)
        try:
            open_store(store_url).close()
        except KeyboardInterrupt:
            raised += 1
        else:
            break
        finally:
            event.remove(Engine, "before_cursor_execute", fail)
        assert _table_names(store_url) == []
    assert raised > 10
    assert len(_table_names(store_url)) == 13


def test_a_kill_while_a_store_is_made_leaves_nothing_or_all(store_url: str) -> None:
    chance = random.Random(8)
    while not (names := _table_names(store_url)):
        with _process(stores.only_open, store_url, "") as (process, _):
            time.sleep(chance.uniform(0, 0.2))
            process.kill()
    assert len(names) == 13


def _table_names(url: str) -> list[str]:
    if url.startswith("sqlite"):
        if not Path(url.removeprefix("sqlite:///")).exists():
            return []
        engine = create_engine(url)
    else:
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    names = inspect(engine).get_table_names()
    engine.dispose()
    return names


def test_a_store_that_may_only_be_read_is_read(store_url: str) -> None:
    with closing(open_store(store_url)) as store:
        keep(store, filed())
    if store_url.startswith("sqlite"):
        read_only = store_url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true"
    else:
        read_only = store_url + "%20-cdefault_transaction_read_only%3Don"
    with closing(open_store(read_only)) as store:
        assert len(store.versions("harbourline")) == 1
        with pytest.raises(StoreError, match="may only be read"):
            keep(store, filed(edition="2"))
        assert len(store.versions("harbourline")) == 1


def test_tables_of_another_program_are_left_alone(store_url: str) -> None:
    path = store_url.removeprefix("sqlite:///")
    if path == store_url:
        with psycopg.connect(store_url) as other:
            other.execute("CREATE TABLE others (id int)")
    else:
        Path(path).parent.mkdir()
        with closing(sqlite3.connect(path)) as file:
            file.execute("CREATE TABLE others (id int)")
    with pytest.raises(StoreError, match="tables of something else"):
        open_store(store_url)
    assert _table_names(store_url) == ["others"]


def _text_file(path: Path) -> None:
    path.write_text("format: self-assessment/1\n" * 100)


def _cut_file(path: Path) -> None:
    path.write_bytes(_made_bytes(path)[: 4096 * 3 + 7])


def _overwritten_file(path: Path) -> None:
    data = _made_bytes(path)
    path.write_bytes(data[:100] + b"\xff" * 4_000 + data[4_100:])


def _made_bytes(path: Path) -> bytes:
    open_store(f"sqlite:///{path}").close()
    return path.read_bytes()


def _folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_text_file, "it is not a database"),
        (_cut_file, "it is damaged. Restore it from a backup."),
        (_overwritten_file, "it is damaged. Restore it from a backup."),
        (_folder, "it cannot be opened"),
    ],
)
def test_a_file_that_is_no_store_is_named_and_left_as_it_was(
    tmp_path: Path, spoil: Callable[[Path], None], says: str
) -> None:
    path = tmp_path / "store.sqlite"
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError, match=says) as refusal:
        open_store(f"sqlite:///{path}")
    assert str(refusal.value).startswith(f"The store {path} cannot be used: ")
    assert before is None or path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made: Not a directory"):
        open_store(f"sqlite:///{tmp_path}/file/below/store.sqlite")


def test_a_file_whose_bytes_changed_is_never_given_out(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    received = filed()
    with closing(open_store(f"sqlite:///{path}")) as store:
        keep(store, received)
    path.write_bytes(path.read_bytes().replace(b"Harbourline Ltd", b"Harbourline Inc"))
    with closing(open_store(f"sqlite:///{path}")) as store:
        with pytest.raises(StoreError, match="is damaged"):
            store.content(digest(received))
        with pytest.raises(StoreError, match="has no file with the SHA-256 0000"):
            store.content("0" * 64)


def test_a_damaged_file_gives_a_sentence_or_what_is_left_of_it(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    received = [filed(f"service-{number}") for number in range(20)]
    with closing(open_store(f"sqlite:///{path}")) as store, store.importing("test") as run:
        run.keep([*received, refused()], examined(received[0], summary()), RULES)
        run.keep_register(b"register", "register.csv", [enrolled()])
        run.finish()
    whole = path.read_bytes()
    chance = random.Random(7)
    refusals = 0
    for _ in range(100):
        damaged = bytearray(whole)
        for _ in range(chance.choice((1, 30, 1_000))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            with closing(open_store(f"sqlite:///{path}")) as store:
                store.standings(JUNE, CODE, ENGINE, RULES)
                store.history("service-0", ENGINE, [CODE])
                store.refusals(), store.register(), store.unfinished(), store.answers("governance.body")
        except StoreError:
            refusals += 1
    assert 30 < refusals < 100


@pytest.mark.parametrize(
    "url",
    [
        "",
        "store.sqlite",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://u:hush@h/d",
        "sqlite+aiosqlite:///x",
        "oracle:",
        "x://[",
    ],
)
def test_another_kind_of_address_is_refused_with_the_two_kinds_that_there_are(url: str) -> None:
    with pytest.raises(StoreError, match="It is sqlite:///PATH for a file, or postgresql://") as refusal:
        open_store(url)
    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://me:hush@127.0.0.1:1/none", "none on 127.0.0.1 cannot be used: its server gives no connection"),
        ("postgresql://me@127.0.0.1:1/none?password=hush", "its server gives no connection"),
        ("postgresql://me@127.0.0.1:1/none?hush=hush", "cannot be used"),
    ],
)
def test_a_server_that_is_not_there_is_named_without_the_password(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as refusal:
        open_store(url)
    assert "hush" not in str(refusal.value)


def test_a_database_that_is_not_there_is_said(postgresql: str) -> None:
    with pytest.raises(StoreError, match='database "nowhere" does not exist'):
        open_store(postgresql.replace("/postgres?", "/nowhere?"))


def test_a_missing_driver_is_named_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"install compliance\[postgres\]"):
        open_store("postgresql://me@127.0.0.1:1/none")


def test_another_process_that_writes_for_too_long_is_said(store_url: str) -> None:
    impatient = store_url + ("?timeout=0.1" if store_url.startswith("sqlite") else "%20-clock_timeout%3D100")
    with closing(open_store(impatient)) as store, closing(Database(store_url)) as other, other.writing():
        with pytest.raises(StoreError, match="another process is writing to it"):
            keep(store, filed())
        assert store.versions("harbourline") == []


def test_a_connection_that_breaks_is_said_and_the_next_one_works(postgresql: str) -> None:
    url = stores.fresh_schema(postgresql)
    with closing(Database(url)) as broken, psycopg.connect(url, autocommit=True) as other:

        def lose_it() -> None:
            with broken.writing() as connection:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [_backend(connection)])
                connection.execute(text("SELECT 1"))

        with pytest.raises(StoreError, match="the connection broke"):
            lose_it()
        with broken.writing() as connection:
            process = _backend(connection)
        # One that broke while nobody used it is not even noticed.
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
        with broken.reading() as connection:
            assert _backend(connection) != process


def _backend(connection: Connection) -> int:
    process: int = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    return process
