"""Where the dashboard keeps drafts: each under its own token, for hours after its last use, and no more than fit."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import streamlit as st
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartParser

from compliance import audit, drafts
from compliance.dashboard import desk
from compliance.dashboard.desk import HOURS, MOST, MOST_COMPUTED, MOST_MEGABYTES, Shelf
from compliance.drafts import Draft

SECONDS = HOURS * 3600


class Clock:
    """A clock that stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def draft(name: str) -> Draft:
    return drafts.opened(f"format: {name}".encode(), f"{name}.yaml", audit.load_rules(), audit.today())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(clock: Clock) -> Shelf:
    return Shelf(clock)


def named(shelf: Shelf, token: str) -> Draft | None:
    found = shelf.find(token)
    return found.draft if found else None


# The shelf


def test_a_draft_is_found_by_its_own_token_alone(kept: Shelf) -> None:
    one, two = draft("one"), draft("two")
    kept.put("1", one)
    kept.put("2", two)
    assert named(kept, "1") is one
    assert named(kept, "2") is two
    assert [named(kept, token) for token in ("", "3", "one", "1 ")] == [None] * 4


def test_a_draft_put_again_takes_the_place_of_the_one_before_and_of_what_was_computed_of_it(kept: Shelf) -> None:
    kept.put("1", draft("one"))
    found = kept.find("1")
    assert found
    found.found["figures"] = 1
    changed = draft("two")
    kept.put("1", changed)
    assert named(kept, "1") is changed
    again = kept.find("1")
    assert again
    assert again.found == {}


def test_a_draft_is_forgotten_hours_after_it_was_last_used(kept: Shelf, clock: Clock) -> None:
    kept.put("1", draft("one"))
    clock.now += SECONDS
    assert named(kept, "1")
    clock.now += SECONDS
    assert named(kept, "1")
    clock.now += SECONDS + 1
    assert named(kept, "1") is None


def test_using_one_draft_does_not_keep_another(kept: Shelf, clock: Clock) -> None:
    kept.put("idle", draft("idle"))
    kept.put("used", draft("used"))
    clock.now += SECONDS / 2
    assert named(kept, "used")
    clock.now += SECONDS / 2 + 1
    assert named(kept, "used")
    assert named(kept, "idle") is None


def test_of_too_many_the_one_untouched_for_longest_goes(kept: Shelf, clock: Clock) -> None:
    one = draft("one")
    for number in range(MOST):
        clock.now += 1
        kept.put(str(number), one)
    assert named(kept, "0")
    kept.put("new", one)
    assert named(kept, "0")
    assert named(kept, "1") is None
    assert sum(named(kept, str(number)) is not None for number in range(MOST)) == MOST - 1


def test_a_dropped_draft_is_gone_and_an_unknown_one_no_error(kept: Shelf) -> None:
    kept.put("1", draft("one"))
    kept.drop("1")
    kept.drop("1")
    assert named(kept, "1") is None


def test_many_threads_use_one_shelf(kept: Shelf, clock: Clock) -> None:
    each, wrong = draft("one"), []

    def work(name: str) -> None:
        for number in range(300):
            kept.put(f"{name}-{number % 40}", each)
            clock.now += 0.001
            if named(kept, f"{name}-{number % 40}") is not each:
                wrong.append((name, number))
            kept.drop(f"{name}-{(number + 20) % 40}")

    threads = [threading.Thread(target=work, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_what_a_draft_comes_to_is_kept_of_those_used_last_alone(kept: Shelf) -> None:
    one, drawn = draft("one"), []
    for number in range(MOST):
        kept.put(str(number), one)
        found = kept.find(str(number))
        assert found
        found.found["figures"] = number
        drawn.append(found)
    computed = [each.found.get("figures") for each in drawn]
    assert computed == [None] * (MOST - MOST_COMPUTED) + [*range(MOST - MOST_COMPUTED, MOST)]


# Uploads


def test_no_upload_is_put_on_disk_while_it_arrives() -> None:
    """As Streamlit receives it: a file in parts, of which Starlette makes a temporary file."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.yaml"\r\n\r\n'
    sent = head + b"#" * (MOST_MEGABYTES * 2**20) + b"\r\n--x--\r\n"

    async def received() -> bool:
        async def chunks() -> AsyncGenerator[bytes, None]:
            for start in range(0, len(sent), 2**16):
                yield sent[start : start + 2**16]
            yield b""

        form = await MultiPartParser(Headers({"content-type": "multipart/form-data; boundary=x"}), chunks()).parse()
        file = form["file"]
        assert isinstance(file, UploadFile)
        assert file.size == MOST_MEGABYTES * 2**20
        is_in_memory = file.file.name is None
        await form.close()
        return is_in_memory

    # In a thread of its own, since Playwright keeps an event loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(lambda: asyncio.run(received())).result()


# What a page asks of it


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The parameters of a page's address, in a session of its own."""
    parameters: dict[str, str] = {}
    monkeypatch.setattr(st, "query_params", parameters)
    monkeypatch.setattr(st, "session_state", {})
    yield parameters
    desk.shelf().drop(parameters.get(desk.DRAFT, ""))


def test_a_draft_is_kept_under_a_token_that_nobody_guesses(address: dict[str, str]) -> None:
    tokens = set()
    for number in range(20):
        desk.keep_apart(draft(str(number)))
        tokens.add(address[desk.DRAFT])
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 20


def test_a_changed_draft_keeps_its_token_and_one_kept_apart_does_not(address: dict[str, str]) -> None:
    one, two, three = draft("one"), draft("two"), draft("three")
    desk.keep(one)
    first = address[desk.DRAFT]
    desk.keep(two)
    assert address[desk.DRAFT] == first
    assert desk.current() is two
    desk.keep_apart(three)
    assert address[desk.DRAFT] != first
    address[desk.DRAFT] = first
    assert desk.current() is two
    assert desk.link() == {desk.DRAFT: first}


def test_nothing_is_put_where_somebody_else_made_up_a_token(address: dict[str, str]) -> None:
    address[desk.DRAFT] = "made-up"
    assert desk.is_lost()
    desk.keep(draft("one"))
    assert address[desk.DRAFT] != "made-up"
    assert desk.shelf().find("made-up") is None


def test_the_navigation_finds_the_session_s_last_draft_and_a_forgotten_one_stays_away(address: dict[str, str]) -> None:
    one = draft("one")
    desk.keep(one)
    assert desk.current() is one
    address.clear()
    assert desk.current() is one
    desk.forget()
    assert address == {}
    assert desk.current() is None
    assert not desk.is_lost()


def test_what_a_draft_comes_to_is_computed_once(address: dict[str, str]) -> None:
    sample = audit.find_samples()[0]
    rules = audit.load_rules()
    desk.keep(drafts.opened(sample.read_bytes(), sample.name, rules, audit.today()))
    current = desk.current()
    assert current
    for code in rules.fitting(current.submission, None):
        assert desk.assessment(code) is desk.assessment(code)
        assert desk.advised(code) is desk.advised(code)
        assert desk.chapters_by(code) is desk.chapters_by(code)
    before = desk.faults()
    assert desk.faults() is before
    desk.keep(drafts.with_codes(current, []))
    assert desk.faults() is not before
    assert address[desk.DRAFT]
