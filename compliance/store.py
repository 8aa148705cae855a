"""Keeps files, self-assessments, results and registers in a database, and gives back what pages show.

It knows rows and bytes: it never reads a file's content and never assesses. Nothing kept is ever changed or removed;
the database's own triggers refuse to (see `migrations`). What a method gives back after writing is on disk. Any method
may raise StoreError, whose message is for the person who runs the program.

Since writing takes turns, ids and versions are simply counted on, and a higher id was never committed earlier. What is
shown comes from finished imports only.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from itertools import count
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Date,
    FromClause,
    Row,
    Select,
    TableClause,
    and_,
    column,
    exists,
    func,
    select,
    table,
)
from sqlalchemy.dialects import postgresql, sqlite

from compliance.database import Database, StoreError
from compliance.model import CapApplied, Conclusion, Figures, Outcome, Problem, Received, Submission, Value
from compliance.records import (
    Arrival,
    Enrolled,
    Examined,
    Filing,
    PortfolioRow,
    Receipt,
    RefusedFile,
    Stored,
    Summary,
    UnfinishedImport,
)

__all__ = ["Import", "Store", "StoreError", "open_store"]

FIGURES = tuple(field.name for field in fields(Figures))
COUNTS = ("applicable", "answered", *(outcome.value for outcome in Outcome), "not_scored", "encoded", "published")

_AT_ONCE = 500  # values in one list; databases bound them
_DAYS = ("period_from", "period_to", "prepared_on", "due", "on_date")
_TYPES = {**dict.fromkeys(_DAYS, Date), "is_provisional": Boolean}


def _table(name: str, *columns: str) -> TableClause:
    """A table as statements name it; what it has to hold to is written in `migrations` alone."""
    return table(name, *(column(each, _TYPES.get(each)) for each in columns))


_STORED = tuple(field.name for field in fields(Stored))
_ENROLLED = tuple(field.name for field in fields(Enrolled))
_SUMMARY = ("engine", "on_date", "conclusion", "is_provisional", "failures", "deciding", "flags", "caps", "chapters")

_imports = _table("imports", "id", "started", "tool")
_finished = _table("finished_imports", "id", "import_id", "finished")
_files = _table("files", "sha256", "size", "content")
_submissions = _table("submissions", *_STORED)
_answers = _table("answers", "question", "submission_id", "number", "text")
_refusals = _table("refusals", "id", "sha256", "service_id", "period_to", "problems", "digest")
_registers = _table("registers", "id", "sha256")
_enrolments = _table("enrolments", "register_id", "line", *_ENROLLED)
_codes = _table("codes", "id", "code_id", "version", "digest")
_results = _table("results", "id", "submission_id", "code", *_SUMMARY, *FIGURES, *COUNTS)
_cohorts = _table("cohorts", "id", "submission_id", "rules", "cohort")
_receipts = _table(
    "receipts", "id", "import_id", "sha256", "file", "kind", "received", "submission_id", "refusal_id", "register_id"
)

# Of two periods that end on one day the longer goes first: a day's file does not stand in for a half-year's.
_LATEST_FIRST = (_submissions.c.period_to.desc(), _submissions.c.period_from, _submissions.c.version.desc())
_CODE = (_codes.c.code_id, _codes.c.version, _codes.c.digest)
_RESULT = [_results.c[name] for name in (*_SUMMARY, *FIGURES, *COUNTS)]


def open_store(url: str, makes: bool = True) -> Store:
    """The store at `url` (`sqlite:///PATH` or `postgresql://…`), brought up to date first, all or nothing.

    Where there is none yet one is made, unless `makes` is false.
    """
    return Store(Database(url, makes))


class Store:
    """A store that is open. Each method takes a connection of its own, so threads may share a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def name(self) -> str:
        """Where it is, for people: its URL without a password."""
        return self._database.name

    def close(self) -> None:
        self._database.close()

    # Writing

    @contextmanager
    def importing(self, tool: str) -> Iterator[Import]:
        """An import, whose files are shown once its `finish` was called; `tool` says what imports."""
        with self._database.writing() as connection:
            id = next(_ids(connection, _imports))
            _append(connection, _imports, [{"id": id, "started": _text(_now()), "tool": _sound(tool)}])
        yield Import(self._database, id)

    def keep_results(self, rules: str, examined: Mapping[int, Examined]) -> None:
        """Keeps what the rules make of self-assessments, by their ids; what is there already stays.

        `rules` is the caller's digest of all that results and cohorts rest on.
        """
        with self._database.writing() as connection:
            _keep_examined(connection, rules, examined)

    # Reading

    def seen(self, digests: Collection[str]) -> set[str]:
        """Those of the SHA-256 that are kept as a self-assessment already, so that nobody need read them again."""
        with self._database.reading() as connection:
            return {
                row.sha256 for row in _with(connection, select(_submissions.c.sha256), _submissions.c.sha256, digests)
            }

    def without_result(self, rules: str) -> list[tuple[int, str, str]]:
        """Id, SHA-256 and file name of each self-assessment that was never examined by these rules."""
        examined = exists().where(_cohorts.c.submission_id == _submissions.c.id, _cohorts.c.rules == rules)
        with self._database.reading() as connection:
            wanted = select(_submissions.c.id, _submissions.c.sha256, _submissions.c.file).where(~examined)
            return sorted((row.id, row.sha256, row.file) for row in connection.execute(wanted))

    def state(self) -> Hashable:
        """A value that is another whenever something else is shown."""
        newest = [select(func.max(each.c.id)).scalar_subquery() for each in (_finished, _results, _cohorts)]
        with self._database.reading() as connection:
            return tuple(connection.execute(select(*newest)).one())

    def dates(self, until: date) -> list[date]:
        """Every end of a period, up to a day, that was filed for or that a register asked for, newest first."""
        filed = select(_submissions.c.period_to).where(_is_shown()).distinct()
        asked = select(_enrolments.c.period_to).where(_is_registered(_enrolments.c.register_id)).distinct()
        with self._database.reading() as connection:
            ends = {*connection.scalars(filed), *connection.scalars(asked)}
        return sorted((end for end in ends if end <= until), reverse=True)

    def codes(self) -> list[tuple[str, str, str]]:
        """Id, version and digest of every code that results are kept of."""
        with self._database.reading() as connection:
            rows = connection.execute(select(*_CODE))
            return sorted(tuple(row) for row in rows)

    def standings(self, on: date, code_digest: str, engine: str, rules: str) -> list[PortfolioRow]:
        """How every service stands on a date, in the order of ids: all on the register by then, and all who filed.

        A service's line is its latest of the newest register that ends by `on`; its self-assessment is the newest
        version for the latest period that does, but one that ends before the line's period is too old to stand. A
        refused file counts where no self-assessment stands and, as far as it says, it is neither older than the line's
        period nor later than `on`. `code_digest` and `engine` choose the results, `rules` the cohorts.
        """
        with self._database.reading() as connection:
            enrolled = _enrolled(connection, on)
            filed = _filed(connection, on, code_digest, engine, rules)
            refused = _refused(connection, on)
            ids = sorted({*enrolled, *filed, *refused})
            return [_portfolio_row(id, enrolled.get(id), filed.get(id), refused.get(id, ())) for id in ids]

    def register(self) -> list[Enrolled]:
        """What each service was last asked for each period: the newest register's line, in the order of lines."""
        lines = select(*(_enrolments.c[name] for name in _ENROLLED)).where(_is_registered(_enrolments.c.register_id))
        found: dict[tuple[str, date], Enrolled] = {}
        with self._database.reading() as connection:
            for row in connection.execute(lines.order_by(_enrolments.c.register_id.desc(), _enrolments.c.line)):
                line = _line(row)
                found.setdefault((line.service_id, line.period_to), line)
        return [*found.values()]

    def versions(self, service_id: str) -> list[Stored]:
        """All that a service filed, latest period first, newest version first."""
        mine = select(*_submissions.c).where(_submissions.c.service_id == service_id)
        with self._database.reading() as connection:
            shown = mine.where(_is_shown()).order_by(*_LATEST_FIRST)
            return [_stored(row) for row in connection.execute(shown)]

    def history(self, service_id: str, engine: str, digests: Collection[str]) -> list[tuple[Stored, list[Summary]]]:
        """The newest version for each period of a service, latest first, with its results by the codes named."""
        newest: dict[tuple[date, date], Stored] = {}
        for stored in self.versions(service_id):
            newest.setdefault((stored.period_from, stored.period_to), stored)
        results = (
            select(*_CODE, *_RESULT, _results.c.submission_id)
            .join_from(_results, _codes, _results.c.code == _codes.c.id)
            .join(_submissions, _results.c.submission_id == _submissions.c.id)
            .where(_submissions.c.service_id == service_id, _results.c.on_date == _submissions.c.period_to)
            .where(_results.c.engine == engine, _codes.c.digest.in_(digests))
            .order_by(_codes.c.code_id, _codes.c.id)
        )
        found: dict[int, list[Summary]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(results):
                found.setdefault(row.submission_id, []).append(_summary(row[:3], row[3:-1]))
        return [(stored, found.get(stored.id, [])) for stored in newest.values()]

    def answers(self, question: str) -> dict[int, float | str]:
        """The answers to a question by the id of the self-assessment: yes as 1 and no as 0, every number as a float,
        options joined by `;`, dates as ISO text."""
        given = select(_answers.c.submission_id, _answers.c.number, _answers.c.text)
        with self._database.reading() as connection:
            rows = connection.execute(given.where(_answers.c.question == question))
            return {id: text if number is None else number for id, number, text in rows}

    def content(self, digest: str) -> bytes:
        """The bytes of the file with this SHA-256, as received; StoreError where they are not there, or not those."""
        with self._database.reading() as connection:
            data: bytes | None = connection.scalar(select(_files.c.content).where(_files.c.sha256 == digest))
        if data is None:
            raise StoreError(f"The store {self._database.name} has no file with the SHA-256 {digest}.")
        if sha256(data).hexdigest() != digest:
            raise StoreError(f"The store {self._database.name} is damaged. Restore it from a backup.")
        return bytes(data)

    def refusals(self) -> list[RefusedFile]:
        """The files that were refused and not accepted since, last arrival first, with the problems they then had."""
        with self._database.reading() as connection:
            rows = connection.execute(_refused_files(_receipts.c.file, _receipts.c.received, _refusals.c.problems))
            last = {row.sha256: row for row in rows}
            return [_refused_file(row) for row in sorted(last.values(), key=lambda row: row.id, reverse=True)]

    def unfinished(self) -> list[UnfinishedImport]:
        """The imports that never finished, or not yet, and brought files that no other import has shown."""
        shown = select(_receipts.c.sha256).where(_is_finished(_receipts))
        lost = (
            select(*_imports.c, func.count(_receipts.c.sha256.distinct()))
            .join_from(_imports, _receipts, _receipts.c.import_id == _imports.c.id)
            .where(~_is_finished(_receipts), _receipts.c.sha256.not_in(shown.scalar_subquery()))
            .group_by(*_imports.c)
            .order_by(_imports.c.id)
        )
        with self._database.reading() as connection:
            rows: Iterable[Sequence[Any]] = connection.execute(lost)
            return [UnfinishedImport(id, datetime.fromisoformat(at), tool, files) for id, at, tool, files in rows]


class Import:
    """One import under way: each call is a transaction, and pages show what was kept once `finish` was called."""

    def __init__(self, database: Database, id: int) -> None:
        self._database = database
        self.id = id

    def keep(
        self, received: Iterable[Received], examined: Mapping[str, Examined] | None = None, rules: str = ""
    ) -> list[Receipt]:
        """Keeps files, all or none; gives a receipt for each, in their order, once they are on disk.

        `examined` holds what the rules of this digest make of self-assessments, by the SHA-256 of their bytes.
        """
        arrived = [(sha256(each.data).hexdigest(), each) for each in received]
        with self._database.writing() as connection:
            _keep_files(connection, {digest: each.data for digest, each in arrived})
            refusals = _keep_refusals(connection, arrived)
            stored, new = _keep_submissions(connection, arrived)
            _keep_examined(connection, rules, {stored[digest].id: each for digest, each in (examined or {}).items()})
            receipts, rows = [], []
            for (digest, each), refusal in zip(arrived, refusals, strict=True):
                if refusal is None:
                    mine = stored[digest]
                    kind = _kind(mine) if digest in new else Arrival.UNCHANGED
                    new.discard(digest)
                    period = (mine.period_from, mine.period_to)
                    receipts.append(Receipt(each.file, digest, kind, mine.service_id, *period, mine.version))
                    rows.append({"submission_id": mine.id, "refusal_id": None})
                else:
                    about = (each.service_id, None, each.period_to)
                    receipts.append(Receipt(each.file, digest, Arrival.REFUSED, *about, version=0))
                    rows.append({"submission_id": None, "refusal_id": refusal})
            self._keep_receipts(connection, receipts, rows)
        return receipts

    def keep_register(self, data: bytes, file: str, lines: Sequence[Enrolled]) -> Receipt:
        """Keeps a register, which is the one in force once this import is finished."""
        digest = sha256(data).hexdigest()
        with self._database.writing() as connection:
            _keep_files(connection, {digest: data})
            id = connection.scalar(select(_registers.c.id).where(_registers.c.sha256 == digest))
            kind = Arrival.UNCHANGED if id else Arrival.ACCEPTED
            if id is None:
                id = next(_ids(connection, _registers))
                _append(connection, _registers, [{"id": id, "sha256": digest}])
                enrolments = [
                    {**_columns(each), "codes": ";".join(each.codes), "register_id": id, "line": line}
                    for line, each in enumerate(lines, start=1)
                ]
                _append(connection, _enrolments, enrolments)
            receipt = Receipt(file, digest, kind, "", None, None, 0)
            self._keep_receipts(connection, [receipt], [{"register_id": id}])
        return receipt

    def finish(self) -> None:
        """Lets pages show what this import kept."""
        with self._database.writing() as connection:
            row = {"id": next(_ids(connection, _finished)), "import_id": self.id, "finished": _text(_now())}
            _append(connection, _finished, [row], unless_there=True)

    def _keep_receipts(
        self, connection: Connection, receipts: list[Receipt], rows: list[dict[str, int | None]]
    ) -> None:
        ids, now = _ids(connection, _receipts), _text(_now())
        _append(
            connection,
            _receipts,
            [
                {
                    "id": next(ids),
                    "import_id": self.id,
                    "sha256": receipt.sha256,
                    "file": _sound(receipt.file),
                    "kind": receipt.kind.value,
                    "received": now,
                    **row,
                }
                for receipt, row in zip(receipts, rows, strict=True)
            ],
        )


# Keeping, inside a transaction

_Arrived = list[tuple[str, Received]]


def _keep_files(connection: Connection, files: Mapping[str, bytes]) -> None:
    known = {row.sha256 for row in _with(connection, select(_files.c.sha256), _files.c.sha256, files)}
    new = [digest for digest in files if digest not in known]
    _append(connection, _files, [{"sha256": each, "size": len(files[each]), "content": files[each]} for each in new])


def _keep_submissions(connection: Connection, arrived: _Arrived) -> tuple[dict[str, Stored], set[str]]:
    """What is stored of the self-assessments that arrived, by SHA-256, and which of them are new."""
    accepted: dict[str, Received] = {}
    for digest, each in arrived:
        if not each.problems:
            accepted.setdefault(digest, each)
    known = _with(connection, select(*_submissions.c), _submissions.c.sha256, accepted)
    stored = {row.sha256: _stored(row) for row in known}
    new = {digest: _read(each) for digest, each in accepted.items() if digest not in stored}
    versions = _newest_versions(connection, {submission.service.id for submission in new.values()})
    ids, now = _ids(connection, _submissions), _now()
    for digest, submission in new.items():
        service = submission.service
        period = (service.id, submission.period_from, submission.period_to)
        versions[period] = versions.get(period, 0) + 1
        file, prepared_on = _sound(accepted[digest].file), submission.prepared_on
        about = (service.id, service.name, service.provider, *period[1:], prepared_on, versions[period], now)
        stored[digest] = Stored(next(ids), digest, file, *about)
    _append(connection, _submissions, [{**_columns(stored[digest]), "received": _text(now)} for digest in new])
    answers = (_answer(stored[digest].id, *each) for digest in new for each in new[digest].answers.items())
    _append(connection, _answers, list(answers))
    return stored, set(new)


def _kind(new: Stored) -> Arrival:
    return Arrival.ACCEPTED if new.version == 1 else Arrival.NEW_VERSION


def _read(received: Received) -> Submission:
    if received.submission is None:
        raise StoreError(f"{received.file} was neither read nor stored before. This is a mistake in the program.")
    return received.submission


def _newest_versions(connection: Connection, services: Collection[str]) -> dict[tuple[str, date, date], int]:
    period = (_submissions.c.service_id, _submissions.c.period_from, _submissions.c.period_to)
    newest = select(*period, func.max(_submissions.c.version)).group_by(*period)
    rows: Iterator[Sequence[Any]] = _with(connection, newest, _submissions.c.service_id, services)
    return {(id, start, end): version for id, start, end, version in rows}


def _answer(submission_id: int, question: str, value: Value) -> dict[str, Any]:
    row: dict[str, Any] = {"question": question, "submission_id": submission_id, "number": None, "text": None}
    match value:
        case bool() | int() | float():
            row["number"] = float(value)
        case date():
            row["text"] = value.isoformat()
        case tuple():
            row["text"] = ";".join(value)
        case _:
            row["text"] = value
    return row


def _keep_refusals(connection: Connection, arrived: _Arrived) -> list[int | None]:
    """The id of each file's refusal, None where it is not refused."""
    refused = {digest for digest, each in arrived if each.problems}
    known = {
        (row.sha256, row.digest): row.id for row in _with(connection, select(*_refusals.c), _refusals.c.sha256, refused)
    }
    ids = _ids(connection, _refusals)
    found: list[int | None] = []
    new = []
    for digest, each in arrived:
        if not each.problems:
            found.append(None)
            continue
        # Where a file lay is the receipt's to say: its problems are the same in any folder.
        problems = json.dumps([{**_columns(problem), "file": ""} for problem in each.problems])
        row = {"service_id": _sound(each.service_id), "period_to": each.period_to, "problems": problems}
        key = (digest, sha256(repr(row).encode()).hexdigest())
        if key not in known:
            known[key] = next(ids)
            new.append({"id": known[key], "sha256": digest, "digest": key[1], **row})
        found.append(known[key])
    _append(connection, _refusals, new)
    return found


def _keep_examined(connection: Connection, rules: str, examined: Mapping[int, Examined]) -> None:
    summaries = [(id, summary) for id, each in examined.items() for summary in each.summaries]
    codes = _keep_codes(connection, {each.code_digest: each for _, each in summaries})
    ids = _ids(connection, _results)
    rows = [
        {"id": next(ids), "submission_id": id, "code": codes[each.code_digest], **_result(each)}
        for id, each in summaries
    ]
    _append(connection, _results, rows, unless_there=True)
    ids = _ids(connection, _cohorts)
    rows = [
        {"id": next(ids), "submission_id": id, "rules": rules, "cohort": each.cohort} for id, each in examined.items()
    ]
    _append(connection, _cohorts, rows, unless_there=True)


def _keep_codes(connection: Connection, wanted: Mapping[str, Summary]) -> dict[str, int]:
    """The number of each code by its digest."""
    known = {row.digest: row.id for row in _with(connection, select(*_codes.c), _codes.c.digest, wanted)}
    new = [each for digest, each in wanted.items() if digest not in known]
    known |= zip((each.code_digest for each in new), _ids(connection, _codes), strict=False)
    rows = [{"code_id": each.code_id, "version": each.code_version, "digest": each.code_digest} for each in new]
    _append(connection, _codes, [{"id": known[row["digest"]], **row} for row in rows])
    return known


def _result(summary: Summary) -> dict[str, Any]:
    return {
        "engine": summary.engine,
        "on_date": summary.on,
        "conclusion": summary.conclusion and summary.conclusion.value,
        "is_provisional": summary.is_provisional,
        "failures": summary.failures,
        "deciding": summary.deciding,
        "flags": summary.flags,
        "caps": json.dumps([[cap.id, cap.limit, cap.provision] for cap in summary.caps]),
        "chapters": json.dumps(dict(summary.chapters)),
        **(_columns(summary.figures) if summary.figures else dict.fromkeys(FIGURES)),
        **{name: summary.counts[name] for name in COUNTS},
    }


def _append(connection: Connection, into: TableClause, rows: list[dict[str, Any]], unless_there: bool = False) -> None:
    if rows:
        is_sqlite = connection.dialect.name == "sqlite"
        statement = sqlite.insert(into) if is_sqlite else postgresql.insert(into)
        connection.execute(statement.on_conflict_do_nothing() if unless_there else statement, rows)


def _ids(connection: Connection, of: TableClause) -> Iterator[int]:
    """The next ids, which no other transaction gives meanwhile."""
    return count((connection.scalar(select(func.max(of.c.id))) or 0) + 1)


def _columns(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _sound(text: str) -> str:
    """A text that came from outside any file's content, without what no database keeps: NUL and half characters."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _now() -> datetime:
    return datetime.now(UTC)


def _text(instant: datetime) -> str:
    """So that the order of texts is the order of instants."""
    return instant.isoformat(timespec="microseconds")


# Reading, inside a transaction


def _with(
    connection: Connection, statement: Select[Any], of: ColumnElement[Any], values: Iterable[str]
) -> Iterator[Row[Any]]:
    """The statement's rows for any number of values of a column."""
    wanted = list(values)
    for start in range(0, len(wanted), _AT_ONCE):
        yield from connection.execute(statement.where(of.in_(wanted[start : start + _AT_ONCE])))


def _is_finished(receipts: FromClause) -> ColumnElement[bool]:
    return receipts.c.import_id.in_(select(_finished.c.import_id).scalar_subquery())


def _is_shown() -> ColumnElement[bool]:
    """Whether a row of `submissions` came with an import that finished."""
    receipts = _receipts.alias()
    return exists().where(receipts.c.submission_id == _submissions.c.id, _is_finished(receipts))


def _is_registered(register: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a register came with an import that finished."""
    return exists().where(_receipts.c.register_id == register, _is_finished(_receipts))


def _is_on_the_register(on: date) -> ColumnElement[bool]:
    """Whether a row of `enrolments` is of the newest register that asks for a period ended by the day.

    Newest is the one that first arrived last, so bringing an old one again puts it back in nothing's place.
    """
    lines = _enrolments.alias()
    asks = exists().where(lines.c.register_id == _registers.c.id, lines.c.period_to <= on)
    newest = select(func.max(_registers.c.id)).where(_is_registered(_registers.c.id), asks)
    return _enrolments.c.register_id == newest.scalar_subquery()


def _enrolled(connection: Connection, on: date) -> dict[str, Enrolled]:
    latest = (_enrolments.c.period_to.desc(), _enrolments.c.period_from.desc(), _enrolments.c.line.desc())
    place = func.row_number().over(partition_by=_enrolments.c.service_id, order_by=latest)
    ranked = (
        select(*(_enrolments.c[name] for name in _ENROLLED), place.label("place"))
        .where(_is_on_the_register(on), _enrolments.c.period_to <= on)
        .subquery()
    )
    rows = connection.execute(select(*(ranked.c[name] for name in _ENROLLED)).where(ranked.c.place == 1))
    return {line.service_id: line for line in map(_line, rows)}


_Filed = tuple[Stored, str, Summary | None]


def _filed(connection: Connection, on: date, code_digest: str, engine: str, rules: str) -> dict[str, _Filed]:
    """The latest that each service filed by `on`, with its cohort and its result."""
    code = connection.execute(select(*_CODE, _codes.c.id).where(_codes.c.digest == code_digest)).one_or_none()
    place = func.row_number().over(partition_by=_submissions.c.service_id, order_by=_LATEST_FIRST)
    ranked = (
        select(_submissions.c.id, place.label("place")).where(_submissions.c.period_to <= on, _is_shown()).subquery()
    )
    is_its_cohort = and_(_cohorts.c.submission_id == _submissions.c.id, _cohorts.c.rules == rules)
    is_its_result = and_(
        _results.c.submission_id == _submissions.c.id,
        _results.c.code == (code.id if code else 0),
        _results.c.engine == engine,
        _results.c.on_date == _submissions.c.period_to,
    )
    latest = (
        select(*_submissions.c, _cohorts.c.cohort, *_RESULT)
        .join_from(ranked, _submissions, ranked.c.id == _submissions.c.id)
        .outerjoin(_cohorts, is_its_cohort)
        .outerjoin(_results, is_its_result)
        .where(ranked.c.place == 1)
    )
    found: dict[str, _Filed] = {}
    for row in connection.execute(latest):
        stored, result = _stored(row), row[len(_STORED) + 1 :]
        summary = _summary(code[:3], result) if code and result[0] is not None else None
        found[stored.service_id] = (stored, row.cohort or "", summary)
    return found


def _refused_files(*wanted: ColumnElement[Any]) -> Select[Any]:
    """Every shown arrival of a refused file whose bytes were not accepted as well, in order."""
    accepted = exists().where(_submissions.c.sha256 == _refusals.c.sha256, _is_shown())
    return (
        select(_receipts.c.id, _refusals.c.sha256, _refusals.c.service_id, _refusals.c.period_to, *wanted)
        .join_from(_receipts, _refusals, _receipts.c.refusal_id == _refusals.c.id)
        .where(_is_finished(_receipts), ~accepted)
        .order_by(_receipts.c.id)
    )


def _refused(connection: Connection, on: date) -> dict[str, list[tuple[date | None, str]]]:
    """Period's end and SHA-256 of each service's refused files that are not of a later period, newest last."""
    found: dict[str, list[tuple[date | None, str]]] = {}
    for _, digest, service_id, period_to in connection.execute(_refused_files()):
        if service_id and (period_to is None or period_to <= on):
            found.setdefault(service_id, []).append((period_to, digest))
    return found


# Rows as values


def _portfolio_row(
    id: str, enrolled: Enrolled | None, filed: _Filed | None, refused: Sequence[tuple[date | None, str]]
) -> PortfolioRow:
    since = enrolled.period_to if enrolled else date.min
    if filed and filed[0].period_to >= since:
        stored, cohort, summary = filed
        return PortfolioRow(
            id, stored.service, stored.provider, enrolled, Filing.ASSESSED, stored, cohort, summary, refused=""
        )
    counted = [digest for period_to, digest in refused if period_to is None or period_to >= since]
    state = Filing.REFUSED if counted else Filing.NOTHING_RECEIVED
    name, provider, cohort = (enrolled.service, enrolled.provider, enrolled.cohort) if enrolled else (id, "", "")
    return PortfolioRow(id, name, provider, enrolled, state, None, cohort, None, counted[-1] if counted else "")


def _line(row: Sequence[Any]) -> Enrolled:
    id, name, provider, codes, *rest = row
    return Enrolled(id, name, provider, _codes_of(codes), *rest)


def _stored(row: Sequence[Any]) -> Stored:
    last = len(_STORED) - 1
    return Stored(*(*row[:last], datetime.fromisoformat(row[last])))


def _summary(code: Sequence[str], result: Sequence[Any]) -> Summary:
    """Of a code's id, version and digest, and a result's columns."""
    engine, on, conclusion, is_provisional, failures, deciding, flags, caps, chapters, *numbers = result
    figures = Figures(*numbers[: len(FIGURES)]) if numbers[0] is not None else None
    counts = dict(zip(COUNTS, numbers[len(FIGURES) :], strict=True))
    found = conclusion and Conclusion(conclusion)
    about = (engine, on, found, is_provisional, figures, failures, deciding, flags, counts)
    return Summary(code[0], code[1], code[2], *about, _caps_of(caps), _chapters_of(chapters))


def _refused_file(row: Any) -> RefusedFile:
    problems = tuple(Problem(**{**each, "file": row.file}) for each in json.loads(row.problems))
    received = datetime.fromisoformat(row.received)
    return RefusedFile(row.sha256, row.file, row.service_id, row.period_to, received, problems)


# Few different texts serve thousands of rows.


@lru_cache(4_096)
def _codes_of(text: str) -> tuple[str, ...]:
    return tuple(text.split(";")) if text else ()


@lru_cache(4_096)
def _caps_of(text: str) -> tuple[CapApplied, ...]:
    return tuple(CapApplied(*each) for each in json.loads(text))


@lru_cache(4_096)
def _chapters_of(text: str) -> Mapping[str, Conclusion | None]:
    return {id: conclusion and Conclusion(conclusion) for id, conclusion in json.loads(text).items()}
