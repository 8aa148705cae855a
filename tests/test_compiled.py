"""Rules files kept compiled: what is read is the same as from the file, whatever became of what was kept."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from pathlib import Path

import pytest

from compliance import compiled, document
from compliance.document import Tree

DATA = b"one: [1, 2.5, true, null]\ntwo:\n  \xc3\xa9: '3'\n"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the user's cache is in."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def read(data: bytes, file: Path) -> Tree:
    tree, problems = compiled.read(data, str(file))
    assert tree, problems
    return tree


def kept(cache: Path) -> list[Path]:
    return sorted(cache.rglob(f"*{compiled.SUFFIX}"))


def planted(file: Path, data: bytes = DATA) -> bytes:
    """An entry of the file that holds something else, to tell where a tree came from."""
    return compiled.entry(dataclasses.replace(read(data, file), value={"planted": True}))


def test_what_is_kept_is_what_was_read(tmp_path: Path, cache: Path) -> None:
    file = tmp_path / "a.yaml"
    first = read(DATA, file)
    assert first.value == {"one": [1, 2.5, True, None], "two": {"é": "3"}}
    assert [entry.read_bytes() for entry in kept(cache)] == [compiled.entry(first)]
    again = read(DATA, file)
    assert (again.value, again.locate(("two", "é")), again.syntax) == (first.value, (3, 6), "yaml")


def test_an_entry_in_the_users_cache_is_used(tmp_path: Path, cache: Path) -> None:
    file = tmp_path / "a.yaml"
    entry = planted(file)
    (in_cache,) = kept(cache)
    in_cache.write_bytes(entry)
    assert read(DATA, file).value == {"planted": True}


@pytest.mark.parametrize("place", [".", "codes", "codes/../elsewhere"])
def test_an_entry_beside_a_file_is_used_only_where_a_wheel_carries_both(
    place: str, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sends rules can send an entry with them that holds other rules."""
    (tmp_path / "codes").mkdir()
    (tmp_path / "elsewhere").mkdir()
    file = tmp_path / place / "a.yaml"
    entry = planted(file)
    file.with_name(f"a.yaml{compiled.SUFFIX}").write_bytes(entry)
    assert read(DATA, file).value != {"planted": True}
    monkeypatch.setattr(compiled, "CARRIED", tmp_path)
    assert (read(DATA, file).value == {"planted": True}) == ("elsewhere" not in place)


def test_an_entry_of_other_bytes_is_not_used(tmp_path: Path, cache: Path) -> None:
    file = tmp_path / "a.yaml"
    entry = planted(file)
    (in_cache,) = kept(cache)
    in_cache.write_bytes(entry)
    assert read(DATA + b"three: 3\n", file).value["three"] == 3
    assert len(kept(cache)) == 1


@pytest.mark.parametrize("damage", [b"", b"\n", b"{}", b"0" * 64 + b"\n{}"])
def test_a_damaged_entry_is_not_used_and_is_mended(damage: bytes, tmp_path: Path, cache: Path) -> None:
    file = tmp_path / "a.yaml"
    first = read(DATA, file)
    (in_cache,) = kept(cache)
    for content in (damage, compiled.entry(first).replace(b"2.5", b"2.6"), compiled.entry(first)[:-1]):
        in_cache.write_bytes(content)
        assert read(DATA, file).value == first.value
        assert in_cache.read_bytes() == compiled.entry(first)


def test_without_a_place_to_write_the_file_is_read(tmp_path: Path, cache: Path) -> None:
    cache.write_text("a file where a folder should be", encoding="utf-8")
    assert read(DATA, tmp_path / "a.yaml").value["two"] == {"é": "3"}


def test_without_a_home_the_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the system does not know the user who runs it."""
    for name in ("XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)
    with pytest.raises(RuntimeError):
        Path.home()
    assert read(DATA, tmp_path / "a.yaml").value["two"] == {"é": "3"}


def test_the_tests_leave_the_users_cache_alone() -> None:
    assert Path(os.environ["XDG_CACHE_HOME"]).is_relative_to(tempfile.gettempdir())


def test_a_file_with_problems_is_not_kept(tmp_path: Path, cache: Path) -> None:
    data = b"one: 1\none: 2\n"
    assert compiled.read(data, str(tmp_path / "a.yaml")) == document.read(data, str(tmp_path / "a.yaml"))
    assert kept(cache) == []


def test_the_cache_does_not_grow_without_end(tmp_path: Path, cache: Path) -> None:
    for number in range(compiled.MOST_KEPT + 3):
        read(DATA, tmp_path / f"{number}.yaml")
    assert len(kept(cache)) == compiled.MOST_KEPT
