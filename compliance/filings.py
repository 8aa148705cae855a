"""The use cases of a store: import files and a register, keep what the rules make of them, read a portfolio.

A file is read and assessed here and kept by `store`; what an import acknowledges is on disk. Results rest on the rules,
the register's codes and the engine; once any of them is another, `bring_up_to_date` assesses what is stored again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from compliance import __version__, audit, compiled, portfolio
from compliance.audit import Rules, RulesError
from compliance.codes import canonical
from compliance.cohorts import Cohorts, read_cohorts
from compliance.document import MOST_BYTES
from compliance.engine import VERSION, assess
from compliance.model import Code, Problem, Received, Standing, Submission
from compliance.portfolio import Portfolio, summarise
from compliance.problems import problem
from compliance.reasons import explain
from compliance.records import Arrival, Enrolled, Examined, Receipt, Summary
from compliance.register import read_register
from compliance.store import Import, Store
from compliance.submissions import attribution

REGISTER = "register.csv"
AT_ONCE = 50  # files that one transaction keeps: an import that is stopped has lost no more work than that
STORE = "COMPLIANCE_STORE"


T = TypeVar("T")


class Acknowledged(NamedTuple):
    """What an import says of one file: its receipt, and the problems where it was refused."""

    receipt: Receipt
    problems: tuple[Problem, ...]


def store_url(given: str | None) -> str:
    """The store to use: as given, else the environment's, else a file in the user's data folder."""
    named = os.environ.get(STORE) or None if given is None else given
    if named is not None:
        return named
    from platformdirs import user_data_path

    return f"sqlite:///{user_data_path('compliance') / 'store.sqlite'}"


@cache
def load_cohorts() -> Cohorts:
    """The shipped cohorts; raises RulesError where they have problems."""
    file = audit.home() / "rules" / "cohorts.yaml"
    cohorts, problems = read_cohorts(file.read_bytes(), str(file), audit.load_rules().catalogue, read=compiled.read)
    if cohorts is None:
        raise RulesError(problems)
    return cohorts


def import_files(store: Store, paths: Sequence[Path | Received], rules: Rules, today: date) -> Iterator[Acknowledged]:
    """Keeps the files at `paths` (see `audit.find`), registers first; each is acknowledged once it is on disk.

    Pages show nothing of it before the last is kept.
    """
    registers = [path for path in paths if _is_register(path)]
    enrolled = store.register()
    with store.importing(f"compliance {__version__}") as run:
        for path in registers:
            lines, acknowledged = _keep_register(run, path, rules)
            if acknowledged.receipt.kind is Arrival.ACCEPTED:
                enrolled += lines  # later lines go before earlier ones of the same service and period
            yield acknowledged
        desk = _Desk(rules, enrolled)
        for batch in _batches(path for path in paths if not _is_register(path)):
            found = [path if isinstance(path, Received) else audit.receive(path) for path in batch]
            yield from (_not_received(each) for each in found if not _is_whole(each))
            arrived = list(filter(_is_whole, found))
            known = store.seen([_digest(each.data) for each in arrived])
            read = [_read(each, known, rules, today) for each in arrived]
            new = {_digest(each.data): each.submission for each in read if each.submission}
            examined = dict(zip(new, desk.examine([*new.values()]), strict=True))
            receipts = run.keep(read, examined, desk.digest)
            yield from (Acknowledged(receipt, each.problems) for receipt, each in zip(receipts, read, strict=True))
        run.finish()


def bring_up_to_date(store: Store, rules: Rules, today: date) -> Iterator[tuple[int, int]]:
    """Assesses again what was never assessed by these rules; after each batch, how many of how many are done.

    A file that the rules of today refuse has no result: it was accepted, and stays.
    """
    desk = _Desk(rules, store.register())
    waiting = store.without_result(desk.digest)
    done = 0
    for batch in _batches(waiting):
        read = {id: audit.report_of(store.content(sha), file, rules, today) for id, sha, file in batch}
        new = {id: each.submission for id, each in read.items() if each.submission}
        examined = dict.fromkeys(read, Examined("", ()))
        examined |= zip(new, desk.examine([*new.values()]), strict=True)
        store.keep_results(desk.digest, examined)
        done += len(batch)
        yield done, len(waiting)


def waiting(store: Store, rules: Rules) -> int:
    """How many self-assessments were never assessed by these rules."""
    return len(store.without_result(_Desk(rules, store.register()).digest))


def read_portfolio(store: Store, rules: Rules, code: Code, on: date) -> Portfolio:
    """How everyone stands on a date by one code."""
    register = store.register()
    rows = store.standings(on, code.digest, VERSION, _Desk(rules, register).digest)
    return portfolio.build(code, on, rows, [cohort.id for cohort in load_cohorts().all], bool(register))


def default_code(rules: Rules, on: date) -> Code:
    """The code that a portfolio shows unless asked for another, among those in force by the date.

    A statutory code before others, then the one whose scope asks least, since that is addressed to most services, then
    the one that came into force last.
    """
    begins = {code.name: code.in_force.start or date.min for code in rules.codes}
    begun = [code for code in rules.codes if begins[code.name] <= on]
    if not begun:
        return min(rules.codes, key=lambda code: begins[code.name])

    def rank(code: Code) -> tuple[bool, int, date]:
        return code.standing is Standing.STATUTORY_CODE, -len(code.scope.reads if code.scope else ()), begins[code.name]

    return max(begun, key=rank)


class _Desk:
    """Assesses self-assessments by the codes that the register names for a service and the end of its period, else by
    the default ones."""

    def __init__(self, rules: Rules, enrolled: Iterable[Enrolled]) -> None:
        self._rules, self._cohorts = rules, load_cohorts()
        asked = {(line.service_id, line.period_to): line.codes for line in enrolled}
        self._codes = {key: codes for key, codes in asked.items() if codes}
        parts = {
            "engine": VERSION,
            "codes": sorted(code.digest for code in rules.codes),
            "cohorts": self._cohorts.digest,
            "register": {f"{id} {end}": list(codes) for (id, end), codes in self._codes.items()},
        }
        self.digest = sha256(canonical(parts)).hexdigest()

    def examine(self, submissions: Sequence[Submission]) -> list[Examined]:
        """The cohort of each self-assessment, and what to keep of its assessment by each of its codes."""
        asked = list(map(self._asked, submissions))
        found: list[list[Summary]] = [[] for _ in submissions]
        for code in self._rules.codes:
            rows = [row for row, codes in enumerate(asked) if code in codes]
            results = assess(code, [submissions[row] for row in rows])
            for place, row in enumerate(rows):
                found[row].append(summarise(explain(results, place)))
        cohorts = self._cohorts.of(submissions)
        return [Examined(cohort, tuple(summaries)) for cohort, summaries in zip(cohorts, found, strict=True)]

    def _asked(self, submission: Submission) -> list[Code]:
        names = self._codes.get((submission.service.id, submission.period_to), ())
        return self._rules.named(names, submission, None) or self._rules.fitting(submission, None)


def _is_register(path: Path | Received) -> bool:
    return isinstance(path, Path) and path.suffix.lower() == ".csv"


def _keep_register(run: Import, path: Path | Received, rules: Rules) -> tuple[list[Enrolled], Acknowledged]:
    arrived = path if isinstance(path, Received) else audit.receive(path)
    if not _is_whole(arrived):
        return [], _not_received(arrived)
    names = {name for code in rules.codes for name in (code.id, code.name)}
    cohorts = [cohort.id for cohort in load_cohorts().all]
    lines, problems = read_register(arrived.data, arrived.file, names, cohorts)
    if lines is None:
        refused = Received(arrived.file, arrived.data, None, tuple(problems))
        return [], Acknowledged(run.keep([refused])[0], refused.problems)
    return lines, Acknowledged(run.keep_register(arrived.data, arrived.file, lines), ())


def _is_whole(arrived: Received) -> bool:
    """Whether all of a file arrived: the system let us read it, and it is not larger than what is read."""
    return not arrived.problems and len(arrived.data) <= MOST_BYTES


def _not_received(arrived: Received) -> Acknowledged:
    """A file of which there is nothing to keep, or only a part, which would be passed off as what somebody sent."""
    problems = arrived.problems or (problem("file-too-large", arrived.file, most=MOST_BYTES),)
    return Acknowledged(Receipt(arrived.file, "", Arrival.REFUSED, "", None, None, 0), problems)


def _read(arrived: Received, known: set[str], rules: Rules, today: date) -> Received:
    """A file as read, with whose it is where it is refused; what is stored already is not read again."""
    if _digest(arrived.data) in known:
        return arrived
    read = audit.report_of(arrived.data, arrived.file, rules, today)
    if not read.problems:
        return read
    return Received(read.file, read.data, None, read.problems, *attribution(read.data, read.file))


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def _batches(each: Iterable[T]) -> Iterator[list[T]]:
    left = iter(each)
    return iter(lambda: list(islice(left, AT_ONCE)), [])
