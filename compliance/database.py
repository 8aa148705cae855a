"""Opens SQLite and PostgreSQL so that both behave alike, and says in words what is wrong with one.

Writing takes turns: one transaction at a time, of all processes together, and what one transaction reads is of one
moment. The tables are brought to the newest revision all or nothing. Messages name no password.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, column, create_engine, event, inspect, select, table
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError

REVISIONS = ("0001",)  # of the tables, oldest first

_ADDRESSES = "It is sqlite:///PATH for a file, or postgresql://USER@HOST/DATABASE for a server."
_WAIT_SECONDS = 30
_CONNECT_SECONDS = 10
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "recursive_triggers = ON",  # so that REPLACE is refused as the deletion it is
    "trusted_schema = OFF",
)
# The lock's number is this program's own.
_TAKE_TURN = "SELECT pg_advisory_xact_lock(6170927185301)"
_BEGIN = {("sqlite", False): "BEGIN", ("sqlite", True): "BEGIN IMMEDIATE", ("postgresql", True): _TAKE_TURN}

_NO_ROOM = "there is no room left on its disk. Make room, then do it again; nothing acknowledged is lost."
_READ_ONLY = "it may only be read. Use an account that may write to it."
_BUSY = "another process is writing to it and did not end in time. Try again later."
_LOST = "the connection broke. Do it again; what was stored already is not stored twice."
_DAMAGED = "it is damaged. Restore it from a backup."
# What SQLite calls an error, by its beginning, and the SQLSTATE of PostgreSQL's.
_REASONS = {
    "SQLITE_FULL": _NO_ROOM,
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_NOTADB": "it is not a database. Give the address of another file.",
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_CANTOPEN": "it cannot be opened. See that the folder is there and that you may write to it.",
    "SQLITE_IOERR": "its disk cannot be read or written, or is full. See to the disk, then do it again.",
    "53100": _NO_ROOM,
    "25006": _READ_ONLY,
    "42501": _READ_ONLY,
    "55P03": _BUSY,
    "40001": _BUSY,
    "53300": "its server has no connection left. Try again later.",
    "08": _LOST,
    "57": _LOST,
    "58": "its server's disk cannot be read or written. See to the server, then do it again.",
    "XX": _DAMAGED,
}

_revisions = table("schema_revision", column("version_num"))


class StoreError(Exception):
    """The store cannot do what was asked now; the message says why and what to do, for a person."""


class Database:
    """A database that is open and has the newest tables."""

    def __init__(self, url: str, makes: bool = True) -> None:
        """Raises StoreError where there is none and none can or, without `makes`, may be made."""
        address = _address(url)
        is_file = address.get_backend_name() == "sqlite"
        self.name, self._engine = _sqlite(address, makes) if is_file else _postgresql(address)
        try:
            self._migrate()
        except StoreError:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one moment."""
        # SQLite's does so by itself.
        options = {} if self._engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        # What was kept has its form; whatever hasn't is damaged.
        speaking = self._speaking(ValueError, TypeError, LookupError)
        with speaking, self._engine.execution_options(**options).begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The only transaction that writes; what was done in it is on disk once this is left, or nothing is."""
        with self._speaking(ValueError), self._engine.execution_options(writes=True).begin() as connection:
            yield connection

    def close(self) -> None:
        self._engine.dispose()

    def _migrate(self) -> None:
        with self.reading() as connection:
            if self._is_newest(connection):
                return
        with self.writing() as connection:
            # Another process may have done it while this one waited for its turn.
            if not self._is_newest(connection):
                # They take longer to import than most commands run.
                from alembic import command
                from alembic.config import Config

                config = Config(attributes={"connection": connection})
                config.set_main_option("script_location", "compliance:migrations")
                command.upgrade(config, REVISIONS[-1])

    def _is_newest(self, connection: Connection) -> bool:
        tables = inspect(connection).get_table_names()
        if _revisions.name not in tables:
            if tables:
                raise StoreError(f"The store {self.name} cannot be used: the database holds tables of something else.")
            return False
        revision = connection.scalar(select(_revisions.c.version_num))
        if revision not in REVISIONS:
            raise StoreError(f"The store {self.name} was made by a newer version of this program. Use that version.")
        return bool(revision == REVISIONS[-1])

    @contextmanager
    def _speaking(self, *of_damage: type[Exception]) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise StoreError(f"The store {self.name} cannot be used: {_reason(error)}") from error
        except of_damage as error:
            raise StoreError(f"The store {self.name} cannot be used: {_DAMAGED}") from error


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        raise StoreError(f"The store's address is not a URL. {_ADDRESSES}") from None
    except ValueError:  # a port that is no number
        raise StoreError(f"The store's address has a part that cannot be read. {_ADDRESSES}") from None
    if address.drivername in {"sqlite", "sqlite+pysqlite"}:
        if address.database in {None, "", ":memory:"}:
            raise StoreError(f"The store's address names no file. {_ADDRESSES}")
        if strange := sorted(set(address.query) - {"uri", "mode", "immutable", "timeout"}):
            raise StoreError(f"The store's address asks for {', '.join(strange)}, which is not known. {_ADDRESSES}")
    elif address.drivername not in {"postgresql", "postgresql+psycopg"}:
        raise StoreError(f"There is no store of the kind {address.drivername!r}. {_ADDRESSES}")
    return address


def _sqlite(address: URL, makes: bool) -> tuple[str, Engine]:
    file = address.database or ""
    if not makes and not file.startswith("file:") and not Path(file).exists():
        raise StoreError(f"There is no store at {file}. `compliance import PATH...` makes one.")
    if not file.startswith("file:"):  # SQLite's own kind of address, which may say that nothing is to be made
        try:
            Path(file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Its owner's alone; SQLite gives the files beside it the same mode.
            with suppress(FileExistsError):
                os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError as error:
            raise StoreError(f"The store {file} cannot be made: {error.strerror}.") from error
    patient = address.update_query_dict({"timeout": str(_WAIT_SECONDS), **address.query})
    try:
        engine = _engine(patient.set(drivername="sqlite"))
        engine.dialect.create_connect_args(engine.url)
    except ValueError:
        raise StoreError(f"The store's address has a part that cannot be read. {_ADDRESSES}") from None

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: object) -> None:
        connection.isolation_level = None  # BEGIN is ours to say
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    return file, engine


def _postgresql(address: URL) -> tuple[str, Engine]:
    host = str(address.host or address.query.get("host") or "localhost")
    name = f"{address.database} on {host.rpartition('@')[2]}"  # what a password's own @ left over is no host
    options = f"-c lock_timeout={_WAIT_SECONDS}s {address.query.get('options', '')}"
    patience = {"connect_timeout": str(_CONNECT_SECONDS), **address.query, "options": options}
    patient = address.update_query_dict(patience)
    try:
        return name, _engine(patient.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except ModuleNotFoundError:
        raise StoreError("A store in PostgreSQL needs its driver: install compliance[postgres].") from None


def _engine(address: URL, **options: Any) -> Engine:
    engine = create_engine(address, hide_parameters=True, **options)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        is_writing = connection.get_execution_options().get("writes", False)
        if statement := _BEGIN.get((engine.dialect.name, is_writing)):
            connection.exec_driver_sql(statement)

    return engine


def _reason(error: SQLAlchemyError) -> str:
    """What is wrong and what to do, as the rest of a sentence."""
    if not isinstance(error, DBAPIError):
        return f"{type(error).__name__}. Try again later."
    code = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or ""
    for beginning, reason in _REASONS.items():
        if code.startswith(beginning):
            return reason
    if error.connection_invalidated:
        return _LOST
    if not code and isinstance(error, OperationalError):
        is_refused = hasattr(error.orig, "sqlstate")  # PostgreSQL gives its state to those connected only
        return f"its server gives no connection ({' '.join(str(error.orig).split())})." if is_refused else _DAMAGED
    return f"the database refused what was asked ({code or type(error).__name__}). This is a mistake in the program."
