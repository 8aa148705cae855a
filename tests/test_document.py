"""Reading bytes: what comes out is the value or problems, for YAML and JSON alike, and everything has its place."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import hostile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.document import MOST_BYTES, MOST_TEXT, Tree, dotted, read
from compliance.model import Problem

SECONDS = 10
MEGABYTES = 512

ALLOWED = st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\u2028\u2029\ufeff")
ALLOWED = ALLOWED.filter(lambda character: character.isprintable() or character in " \u200d\u00ad")
TEXTS = st.text(ALLOWED | st.sampled_from("\n\t"), max_size=30)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)
SYNTAX = "[]{}:,-?&*!|>'\"%@`#~<\\ \n\t\r.+_01eEau\u2028\x00\ufeff\u00a0“–"


def value_of(data: bytes, file: str) -> Any:
    tree, problems = read(data, file)
    assert tree is not None
    assert problems == []
    return tree.value


def plain(text: str) -> Any:
    """What one plain scalar of YAML means."""
    return value_of(f"- {text}\n".encode(), "a.yaml")[0]


def ids(data: bytes, file: str) -> list[str]:
    return [problem.id for problem in read(data, file)[1]]


# Values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ("0", 0),
        ("-17", -17),
        ("+17", 17),
        ("2_400_000", 2_400_000),
        ("6.5", 6.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("-0.25", -0.25),
        ("1_000.000_1", 1000.0001),
        ("1e3", 1000.0),
        ("1.5E-3", 0.0015),
        ("9007199254740992", 2**53),
        ("2026-01-31", "2026-01-31"),
        *((word, word) for word in ("True", "NO", "no", "yes", "on", "null1", "y", ".inf", ".nan", "NaN")),
        *(
            (word, word)
            for word in ("010", "0x10", "0o10", "1:30", "1__0", "_1", "1_", "1_.5", "1e", "--1", "1 2", "٣")
        ),
    ],
)
def test_only_lower_case_words_and_decimal_numbers_are_more_than_text(text: str, value: Any) -> None:
    assert plain(text) == value
    assert type(plain(text)) is type(value)


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("text", ["true", "null", "12", "1e3", ""])
def test_what_is_quoted_is_text(quote: str, text: str) -> None:
    assert plain(f"{quote}{text}{quote}") == text


@given(VALUES)
def test_json_and_yaml_give_the_same_value(value: Any) -> None:
    data = json.dumps({"value": value}, ensure_ascii=False).encode()
    assert value_of(data, "a.json") == value_of(data, "a.yaml") == {"value": value}


@given(VALUES, st.sampled_from([None, 1]))
def test_the_short_cut_for_json_and_the_scanner_give_the_same_value(value: Any, indent: int | None) -> None:
    data = json.dumps([value], indent=indent).encode()
    assert value_of(data, "a.json") == value_of(data + b" " * MOST_TEXT, "a.json") == [value]


@given(st.text("[]{}:,\"\\/ \n01e.-+truefalsnNaIity_'", max_size=30))
def test_json_is_accepted_just_when_the_standard_library_accepts_it(text: str) -> None:
    for padding in ("", " " * MOST_TEXT):
        tree, problems = read((text + padding).encode(), "a.json")
        try:
            value = json.loads(text)
        except json.JSONDecodeError:
            assert problems
        else:
            # The exceptions are what `json` lets pass: constants, equal keys, numbers beyond all bounds, and null.
            kept = {"duplicate-key", "number-not-finite", "number-too-large", "empty-file"}
            assert {problem.id for problem in problems} <= kept
            assert problems or (tree is not None and tree.value == value)


def test_a_mark_at_the_start_and_any_line_ends_are_read() -> None:
    lines = ("a: 1", "b: [2,", "  3]", "")
    expected = {"a": 1, "b": [2, 3]}
    for end in ("\n", "\r\n", "\r"):
        data = end.join(lines).encode()
        assert value_of(data, "a.yaml") == value_of(b"\xef\xbb\xbf" + data, "a.yaml") == expected
    assert value_of(b'\xef\xbb\xbf{"a": 1}', "a.json") == {"a": 1}


def test_the_syntax_is_told_from_the_name_or_given() -> None:
    assert set(ids(b"a: 1", "a.JSON")) == {"json-syntax"}
    assert ids(b"a: 1", "a.txt") == []
    assert read(b"a: 1", "a.json", "yaml")[1] == []
    assert read(b"a: 1", "-", "json")[1] != []


@pytest.mark.parametrize("version", ["%YAML 1.2", "# no directive"])
def test_a_document_may_be_marked(version: str) -> None:
    assert value_of(f"{version}\n---\na: 1\n...\n# the end\n".encode(), "a.yaml") == {"a": 1}


# Problems


def test_all_that_can_be_found_is_found_at_once() -> None:
    data = b"a: 1\na: 2\nb: &x !!int 3\nc: *x\nd: {<<: {e: 1}}\n? [f]\n: 1\n"
    data += b'g: 1e999\nh: "\\a"\nf: [a, {b: 1, b: 2}]\n*x : 1\n'
    tree, problems = read(data, "a.yaml")
    assert [(problem.line, problem.column, problem.path, problem.id) for problem in problems] == [
        (2, 1, "a", "duplicate-key"),
        (3, 4, "b", "yaml-anchor"),
        (3, 4, "b", "yaml-tag"),
        (4, 4, "c", "yaml-alias"),
        (5, 5, "d", "yaml-merge-key"),
        (6, 3, "", "key-not-text"),
        (8, 4, "g", "number-too-large"),
        (9, 4, "h", "forbidden-character"),
        (10, 15, "f[1].b", "duplicate-key"),
        (11, 1, "", "yaml-alias"),
    ]
    assert tree is not None
    assert tree.value == {"a": 1, "b": 3, "c": None, "d": {}, "g": None, "h": None, "f": ["a", {"b": 1}]}


def test_what_was_found_before_a_mistake_in_syntax_is_kept() -> None:
    assert ids(b"a: 1\na: 2\nb: [1\nc: 3\n", "a.yaml") == ["duplicate-key", "yaml-syntax"]
    assert ids(b'{"a": NaN, "a": 010, "b": "\\q", "c": 1 2}', "a.json") == [
        "number-not-finite",
        "duplicate-key",
        "json-syntax",
        "json-syntax",
        "json-syntax",
    ]


FORBIDDEN = [*range(9), 11, 12, *range(14, 32), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A)]
FORBIDDEN += [0xFEFF, 0xFFFE, 0xFFFF]


@pytest.mark.parametrize("code", FORBIDDEN)
def test_a_forbidden_character_is_refused_raw_and_escaped(code: int) -> None:
    assert "forbidden-character" in ids(f"a: b{chr(code)}c".encode(), "a.yaml")
    assert "forbidden-character" in ids(f'{{"a": "b{chr(code)}c"}}'.encode(), "a.json")
    assert ids(f'{{"a": "b\\u{code:04X}c"}}'.encode(), "a.json") == ["forbidden-character"]
    assert ids(f'{{"a\\u{code:04x}": 1}}'.encode(), "a.json") == ["forbidden-character"]
    assert ids(f'a: "b\\u{code:04x}c"'.encode(), "a.yaml") == ["forbidden-character"]


@pytest.mark.parametrize("escape", ["\\ud800", "\\uDFFF", "\\ud83d \\ude00", "\\ude00\\ud83d", "\\b", "\\f", "\\r"])
def test_an_escape_for_no_character_of_a_text_is_refused(escape: str) -> None:
    assert ids(f'["{escape}"]'.encode(), "a.json") == ["forbidden-character"]


def test_other_escapes_and_characters_are_kept() -> None:
    escaped = rb'["\ud83d\ude00 \u00e9 \u2019 \u05d0\u200f \\u202e \/ \" \n \t"]'
    text = '\U0001f600 é ’ א\u200f \\u202e / " \n \t'
    assert value_of(escaped, "a.json") == [text]
    assert value_of(json.dumps([text], ensure_ascii=False).encode(), "a.json") == [text]


@pytest.mark.parametrize(
    ("data", "file"),
    [
        (b"[" * 50 + b"]" * 50, "a.yaml"),
        (b"[" * 50 + b"]" * 50, "a.json"),
        (b"- 1\n" * 99_999, "a.yaml"),
        (b"[1" + b",1" * 99_998 + b"]", "a.json"),
        (b"a: " + b"x" * 64_000, "a.yaml"),
        (b'["' + "€".encode() * 21_333 + b'"]', "a.json"),
        (b"a: 1 #" + b"x" * (MOST_BYTES - 6), "a.yaml"),
    ],
)
def test_what_just_keeps_a_limit_is_read(data: bytes, file: str) -> None:
    assert ids(data, file) == []


# Places


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4), st.sampled_from(["a.json", "a.yaml"]))
def test_every_value_and_key_is_where_it_is_said_to_be(value: Any, file: str) -> None:
    data = json.dumps(value, indent=2, ensure_ascii=False)
    tree, _ = read(data.encode(), file)
    assert tree is not None
    for path, part in parts(value, ()):
        assert text_at(tree, path, key=False).startswith(beginning(part))
        if path and isinstance(path[-1], str):
            assert text_at(tree, path, key=True).startswith(beginning(path[-1]))


def parts(value: Any, path: tuple[str | int, ...]) -> list[tuple[tuple[str | int, ...], Any]]:
    inside = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    return [(path, value), *(found for step, each in inside for found in parts(each, (*path, step)))]


def beginning(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text[0] if isinstance(value, dict | list) else text


def text_at(tree: Tree, path: tuple[str | int, ...], key: bool) -> str:
    line, column = tree.locate(path, key=key)
    return tree.data.decode().split("\n")[line - 1][column - 1 :]


def test_what_is_missing_is_placed_at_its_nearest_ancestor() -> None:
    tree, _ = read(b"a:\n  b: {c: 1}\n  d: [1, 2]\n", "a.yaml")
    assert tree is not None
    assert tree.locate(("a", "b", "x", "y")) == tree.locate(("a", "b")) == (2, 6)
    assert tree.locate(("a", "b", "x"), key=True) == (2, 6)
    assert tree.locate(("a", "d", 7)) == (3, 6)
    assert tree.locate(("z",)) == tree.locate(()) == (1, 1)


def test_paths_are_written_as_people_write_them() -> None:
    assert dotted(("answers", "removal", "csam", "p95_hours")) == "answers.removal.csam.p95_hours"
    assert dotted(("evidence", 0, "date")) == "evidence[0].date"
    assert dotted(("provisions", "IICSA-R1.1", "status")) == "provisions.IICSA-R1.1.status"
    assert dotted(("a b", "c\n")) == '["a b"]["c\\u000a"]'
    assert dotted(()) == ""


# In words an author knows

SLIPS = {
    "a:\n\tb: 1": (2, "a Tab stands where spaces are needed"),
    "a: >-\n  b\n\tc": (3, "a Tab stands where spaces are needed"),
    "a: 1\nb:\u00a02\nc: 3": (2, "looks like a space and is none"),
    "a:\n  b: 1\n\u00a0\u00a0c: 2\n  d: 3": (3, "looks like a space and is none"),
    "- a: 1\n-\u00a0a: 2": (2, "looks like a space and is none"),
    "a: “b: c”": (1, "quotes that are curly"),
    "- a: 1\n– a: 2": (2, "begins with a plain hyphen"),
    "- a: 1\n• a: 2\n": (2, "begins with a plain hyphen"),
    "- a: 1\n-a: 2": (2, "no space after this dash"),
    "a: 1\nb:2\nc: 3": (2, "no space after the colon"),
    "a: 1\nb 2\nc: 3": (2, "this key has no colon"),
    "a: b\n  c: d": (2, "read as a part of the text above it"),
    "a: b: c": (1, "a colon inside a value"),
    "a: {b: c: d}": (1, "a second colon"),
    "a: {b: c d: e}": (1, "a second colon"),
    "a: {b: c\nd: e": (2, "for the bracket that line 1 opens"),
    'a: "b" in c': (1, "after the closing quotes"),
    "a: 'the child's'": (1, "after the closing quotes"),
    "a: [b] c": (1, "after the closing quotes"),
    "a: - b": (1, "a dash and a space"),
    "a: *b* c": (1, "no text begins with * or &"),
    "a: & b": (1, "no text begins with * or &"),
    "a: ? b": (1, "no text begins with ?"),
    "a: @b": (1, "no value starts with this character"),
    "a: > b": (1, "begins on the next line"),
    "a: >- b": (1, "begins on the next line"),
    "a: 'tis b": (1, "never closed"),
    'a: "b\\d"': (1, "a backslash"),
    "a: 1\n%b\nc: 2": (2, "begins with %"),
    " a: 1\nb: 2": (2, "further left than the first"),
}
JARGON = (
    "token",
    "scalar",
    "mapping",
    "sequence",
    "block",
    "directive",
    "node",
    "stream",
    "character that",
    "expected '",
)


@pytest.mark.parametrize("text", SLIPS)
def test_what_cannot_be_read_is_said_in_words_an_author_knows(text: str) -> None:
    line, said = SLIPS[text]
    (found,) = read(f"{text}\n".encode(), "a.yaml")[1]
    assert (found.id, found.line) == ("yaml-syntax", line)
    assert said in found.message
    assert found.hint
    assert not any(word in found.message + found.hint for word in JARGON)


@pytest.mark.parametrize("text", ["a: &b c", "a: *b", "a: !b c"])
def test_text_that_begins_with_a_sign_is_to_be_quoted(text: str) -> None:
    (found,) = read(text.encode(), "a.yaml")[1]
    assert found.hint.startswith("Put quotes around text that begins with")


@pytest.mark.parametrize(
    "data",
    [b"PK\x03\x04\x14", b"\xd0\xcf\x11\xe0\xa1", b"{\\rtf1\\ansi}", b"%PDF-1.4\n", b"\n<html>", b"<!DOCTYPE html>"],
)
@pytest.mark.parametrize("file", ["a.yaml", "a.json", "a.csv"])
def test_what_another_program_wrote_is_no_plain_text(data: bytes, file: str) -> None:
    assert ids(data, file) == ["not-plain-text"]


# Whatever the bytes


@given(st.binary(max_size=200) | st.text(SYNTAX, max_size=60).map(str.encode), st.sampled_from(["a.json", "a.yaml"]))
def test_any_bytes_give_a_value_or_problems(data: bytes, file: str) -> None:
    tree, problems = read(data, file)
    assert (tree is None) <= bool(problems)
    assert_are_placed(problems, data)


@given(st.data(), st.sampled_from(["a.json", "a.yaml"]))
def test_a_damaged_file_gives_a_value_or_problems(data: st.DataObject, file: str) -> None:
    good = json.dumps({"a": [1, 2.5, {"b": "text", "c": None}], "d": {"e": True, "é\\": "x\ny"}}, indent=1).encode()
    at = data.draw(st.integers(0, len(good)))
    until = data.draw(st.integers(at, min(len(good), at + 4)))
    damaged = good[:at] + data.draw(st.binary(max_size=4)) + good[until:]
    assert_are_placed(read(damaged, file)[1], damaged)


def assert_are_placed(problems: list[Problem], data: bytes) -> None:
    lines = 1 + data.count(b"\n") + data.count(b"\r")
    for problem in problems:
        assert 1 <= problem.line <= lines
        assert problem.column >= 1
        assert problem.message.isprintable()
        assert problem.hint.isprintable()


@cache
def hostile_run() -> dict[str, Any]:
    """One process reads all hostile files, so that its peak is that of the worst of them."""
    script = Path(hostile.__file__)
    environment = {"PYTHONPATH": str(script.parents[1])}
    result = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, env=environment)
    run: dict[str, Any] = json.loads(result.stdout)
    return run


@pytest.mark.parametrize("name", hostile.CASES)
def test_a_hostile_file_is_refused_in_time(name: str) -> None:
    case = hostile_run()["cases"][name]
    assert hostile.CASES[name][2] in case["ids"]
    assert case["of"] <= 51
    assert case["seconds"] < SECONDS


def test_no_hostile_file_takes_much_memory() -> None:
    assert hostile_run()["peak_mb"] < MEGABYTES
