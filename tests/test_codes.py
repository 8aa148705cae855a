"""Reading a code: every mistake an author can make is a problem with an id at its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Literal

import pytest
import rfc8785
import small_rules
from hypothesis import given
from hypothesis import strategies as st

from compliance import expressions, questions
from compliance.audit import SUFFIXES
from compliance.authoring import lint
from compliance.codes import canonical, published_shape, questions_read, read_code, rules_read, succession
from compliance.document import Tree
from compliance.examples import failures
from compliance.model import Code, Interval, Problem
from compliance.problems import MOST_PROBLEMS, PROBLEMS
from compliance.questions import read_catalogue

TEXT = small_rules.CODE.read_text(encoding="utf-8")

CAP = "{id: critical, limit: 49, below: 0.5}"
LINE = (
    "{id: size, title: Size, text: Twice the size., source: {doc: book, section: '1', mark: primary},"
    " cases: [{when: large, says: twice, amount: service.users * 2, unit: users}]}"
)
MATCHING = "images.matching"
MISTAKES = {
    "standing: statutory_code": ("standing: law", "unknown-option"),
    "scope: service.users > 0": ("scope: service.users > ", "expression-syntax"),
    "large: service.users > 1_000_000": ("large: service.usres > 1_000_000", "expression-unknown-name"),
    "when: service.shares_images and large": ("when: images.matching", "applicability-reads-answer"),
    "at_least: medium, when": ("at_least: middling, when", "no-such-option"),
    'risk.images >= "medium"': ('risk.images >= "middling"', "expression-unknown-option"),
    "risk.images:\n    - {at_least": ("risk.imagse:\n    - {at_least", "unknown-reference"),
    "chapter: governance": ("chapter: governing", "unknown-reference"),
    "id: SC-3": ("id: SC-2", "repeated-id"),
    "{is_true: images.matching}": ("{is_true: images.matchng}", "unknown-reference"),
    "test: {is_true: images.matching}": ("test: {is_true: images.checked}", "test-type"),
    "reviewed_on, within_days: 365}": ("reviewed_on}", "test-argument-missing"),
    "within_days: 365}": ("within_days: 365, target: service.users}", "test-argument-unknown"),
    "full_at: 0.999": ("full_at: 0.9", "bounds-crossed"),
    "within_days: 365": ("within_days: 365, when_zero: no_cases", "when-zero-without-cases"),
    "basis: own_target": ("basis: owntarget", "unknown-option"),
    "severity: minor": ("severity: minor\n    severity: major", "duplicate-key"),
    "obligation: should": ("obligatoin: should", "unknown-key"),
    "judgements:\n  risk.images:": ("judgements:\n  service.sort:", "judgement-not-ordered"),
    'in_force: {from: "2025-01-01"}': ('in_force: {from: "2025-01-01", to: "2024-12-31"}', "in-force-reversed"),
    "alternatives: allowed": ('in_force: {from: "2026-02-01", to: "2026-01-31"}', "in-force-reversed"),
    'url: "https://example.org/book"': ('url: "javascript:alert(1)"', "wrong-form"),
    "facts:\n": ("facts:\n  true: large\n", "question-reserved-word"),
    "large:": ("is: large\n  large:", "question-reserved-word"),
    "zero_at: 0.9": ("zero_at: -1e308", "below-minimum"),
    "{id: governance,": ("{id: screening,", "repeated-id"),
    "chapters:\n": (f"caps:\n  - {CAP}\n  - {CAP}\nchapters:\n", "repeated-id"),
    "provisions:\n": (f"context:\n  - {LINE}\n  - {LINE}\nprovisions:\n", "repeated-id"),
    "version:": (f"context:\n  - {LINE.replace('users * 2', 'users + ')}\nversion:", "expression-syntax"),
    "title: A small": (f"context:\n  - {LINE.replace('s * 2', 's > 2')}\ntitle: A small", "expression-wrong-type"),
    "publisher:": (f"context:\n  - {LINE.replace('large', MATCHING)}\npublisher:", "applicability-reads-answer"),
}  # fmt: skip

ONE_OF = "test: {one_of: risk.images, credit: {negligible: 1, low: 1, medium: 0}}"
OTHER_TESTS = {
    ONE_OF: "option-missing",
    ONE_OF.replace("medium: 0", "medium: 0, high: 0, huge: 0"): "no-such-option",
    "test: {covers: governance.covers, required: [images, groming]}": "no-such-option",
    "test: {in_place: SC-9}": "unknown-reference",
    "test: {holds: images.checked}": "expression-wrong-type",
    "test: {is_true: images.matching, is_reported: images.matching}": "test-kind",
    "test: {when_zero: no_cases}": "test-kind",
}

REQUIREMENTS = TEXT[TEXT.index("    requirements:\n") : TEXT.index("  - id: SC-2")]

# What an author is told of a mistake, which is all that is said of it.
TOLD = {
    'version: "1"': ("version: “1”", "Type straight quotes in place of the curly ones."),
    "id: SC-3": ("id: SC–3", "Write SC-3, for example."),
    "id: SC-2\n": ("id: SC 2 (a)\n", "Write SC-2-a, for example."),
    'url: "https://example.org/book"': ("url: www.example.org", "Write https://www.example.org, for example."),
    "chapter: governance": ("chapter: Rules and boards", "Write one of: screening, governance."),
    "facts:\n": ("facts:\n  Large service: service.users > 5\n", "Write large_service, for example."),
    'in_force: {from: "2025-01-01"}': ('in_force: "2025-01-01"', "Known here: from, to."),
    "{is_true: images.matching}": ("{is_true:images.matching}", "Put a plain space after the colon of is_true."),
    "chapters:\n": ("weights: {critical: 0}\nchapters:\n", "Write such a number, or leave the key out."),
    "full_at: 0.999": ("full_at: 99.9%", "Write 0.999, without a sign."),
    "zero_at: 0.9": ("zero_at: 90", "Write it as a part of 1: 0.9 for 90 %."),
    "kind: measure\n    chapter: governance": ("kind:\n    chapter: governance", "text that begins with #"),
}  # fmt: skip


@pytest.mark.parametrize("right", TOLD)
def test_a_mistake_is_told_once_with_what_to_do(right: str) -> None:
    wrong, told = TOLD[right]
    assert TEXT.count(right) == 1
    said = [problem for problem in problems_of(TEXT.replace(right, wrong), True) if problem.id != "missing-key"]
    assert [told in problem.hint for problem in said] == [True]


@pytest.mark.parametrize(
    ("right", "wrong", "id"),
    [
        ('in_force: {from: "2025-01-01"}', 'in_force: {from: "2025-01-01", to: "2024-12-31"}', "in-force-reversed"),
        ("{is_true: images.matching}", "{is_true: images.matching, when_zero: no_cases}", "when-zero-without-cases"),
        (REQUIREMENTS, "", "provision-without-requirement"),
    ],
)
def test_what_follows_from_a_mistake_is_not_told_as_well(right: str, wrong: str, id: str) -> None:
    assert TEXT.count(right) == 1
    assert [problem.id for problem in problems_of(TEXT.replace(right, wrong), True)] == [id]


def parts(schema: Any) -> Iterator[Any]:
    yield schema
    for each in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from parts(each)


def test_every_form_that_is_asked_for_has_words() -> None:
    shapes = parts([published_shape(), questions.shape()])
    forms = [part for part in shapes if isinstance(part, dict) and isinstance(part.get("pattern"), str)]
    assert len(forms) > 5
    assert [form for form in forms if not form.get("x-expected")] == []


AMENDMENT = """\
format: code-of-practice/1
id: small-code
version: "2"
amends: small-code@1
in_force: {from: "2026-01-01"}
removed: {SC-3: {reason: repealed}}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("small-code@1", "small-code@1.yaml", "Write small-code@1, without the end of the file's name."),
        ("small-code@1", "small-code@0", "Put its file beside this one; it is called as the version is."),
        ("small-code@1", "small-code", "Correct it."),
        ("SC-3: {", "SC-9: {", "Did you mean SC-3?"),
        ("SC-3: {reason: repealed}", "SC-3: repealed", "Known here: reason, successor."),
        (
            "removed:",
            f"provisions:\n{TEXT[TEXT.index('  - id: SC-3') :]}removed:",
            "It stands under `removed` as well: take it out of there, or here.",
        ),
    ],
)
def test_a_version_that_cannot_change_another_is_told_what_to_do(right: str, wrong: str, told: str) -> None:
    def base(name: str) -> Tree | Literal["missing"]:
        return small_rules.tree_of(TEXT) if name == "small-code@1" else "missing"

    changed = AMENDMENT.replace(right, wrong)
    _, said = read_code(changed.encode(), "code.yaml", small_rules.catalogue(), lint, base=base)
    assert [told in problem.hint for problem in said] == [True]


def test_where_no_source_is_listed_there_is_none_to_choose() -> None:
    start, end = TEXT.index("sources:\n"), TEXT.index("facts:\n")
    said = {problem.hint for problem in problems_of(TEXT[:start] + TEXT[end:], True)}
    assert said == {"There is no source at all yet: list it first."}


def test_whoever_finds_no_code_is_told_how_its_file_ends() -> None:
    assert [suffix for suffix in SUFFIXES if suffix not in PROBLEMS["no-codes"].hint] == []


def test_an_empty_code_is_begun_with_the_command_that_begins_one() -> None:
    (found,) = problems_of("# to be written\n")
    assert "`compliance codes new`" in found.hint


def test_an_example_twice_is_one_too_many() -> None:
    example = '          - {given: {governance.reviewed_on: "2024-03-01"}, credit: 0}\n'
    (found,) = problems_of(TEXT.replace(example, example * 2))
    assert found.message == "The list holds the same entry twice."


def test_a_missing_key_says_which_keys_belong_in_it() -> None:
    (found,) = problems_of(TEXT.replace('in_force: {from: "2025-01-01"}\n', ""))
    assert found.hint == "Add it: keys with values (from, to)."


def test_a_file_of_another_kind_is_told_so_and_nothing_else() -> None:
    assert [p.id for p in problems_of("format: self-assessment/1\nanswers: {}\n")] == ["wrong-format"]
    assert len(problems_of("format: code-of-practice/2\nid: a\n")) > 1


LINT = {
    'in_force: {from: "2025-01-01"}': (
        f'in_force: {{from: "2025-01-01"}}\ncontext:\n  - {LINE.replace(", unit: users", "")}',
        "missing-for-readers",
    ),
    'source: {doc: book, section: "2"': ('source: {doc: boook, section: "2"', "unknown-reference"),
    "addressed_to: services with users\n": ("", "missing-for-readers"),
    "        remedy: Put hash matching in front of every upload.\n": ("", "missing-for-readers"),
    "basis: code\n        why: The book says yearly.": ("basis: benchmark\n        why: x", "must-without-deciding"),
    '          - {given: {governance.reviewed_on: "2024-03-01"}, credit: 0}\n': ("", "example-missing"),
    "kind: measure\n    chapter: governance": ("under: S-1\n    chapter: governance", "ours-missing"),
    "sources:": ("left_out: {SC-2: another subject}\nsources:", "id-taken"),
    "facts:": ("removed: {SC-3: {reason: repealed}, S-1: {reason: repealed}}\nfacts:", "id-taken"),
    "chapters:\n": ("caps: []\nchapters:\n", "caps-standing"),
    "standing: statutory_code": (f"standing: voluntary\ncaps: [{CAP}]", "caps-standing"),
    "publisher: The tests\nstanding: statutory_code": (f"standing: recommendation\ncaps: [{CAP}]", "caps-standing"),
}


def problems_of(text: str, with_lint: bool = False) -> list[Problem]:
    code, problems = read_code(text.encode(), "code.yaml", small_rules.catalogue(), lint if with_lint else None)
    assert with_lint or (code is None) == bool(problems)
    return problems


def test_the_small_code_has_nothing_to_mend() -> None:
    assert problems_of(TEXT, with_lint=True) == []


@pytest.mark.parametrize("right", MISTAKES)
def test_a_mistake_is_found_at_its_line(right: str) -> None:
    wrong, id = MISTAKES[right]
    assert TEXT.count(right) == 1
    found = problems_of(TEXT.replace(right, wrong))
    line = TEXT[: TEXT.index(right)].count("\n") + 1
    assert id in {problem.id for problem in found}
    assert line <= next(problem.line for problem in found if problem.id == id) <= line + wrong.count("\n") + 1


@pytest.mark.parametrize("test", OTHER_TESTS)
def test_a_test_that_cannot_work_is_refused(test: str) -> None:
    found = problems_of(TEXT.replace("test: {is_true: images.matching}", test))
    assert OTHER_TESTS[test] in {problem.id for problem in found}


@pytest.mark.parametrize("right", LINT)
def test_lint_refuses_what_a_reader_is_owed(right: str) -> None:
    wrong, id = LINT[right]
    assert TEXT.count(right) == 1
    text = TEXT.replace(right, wrong)
    assert problems_of(text) == []
    assert id in {problem.id for problem in problems_of(text, with_lint=True)}


def test_an_item_left_out_is_not_encoded_in_parts() -> None:
    text = TEXT.replace("sources:", "left_out: {S-1: another subject}\nsources:")
    assert problems_of(text, with_lint=True) == []
    text = text.replace("title: Images are checked", "title: Images are checked\n    under: S-1\n    ours: true")
    assert [(problem.id, problem.path) for problem in problems_of(text, with_lint=True)] == [
        ("id-taken", "left_out.S-1")
    ]


def test_caps_follow_the_standing() -> None:
    for standing in ("voluntary", "recommendation", "duty"):
        text = TEXT.replace("standing: statutory_code", f"standing: {standing}")
        assert problems_of(text, with_lint=True) == []
    for caps in ("", f"caps: [{CAP}]\n", "caps:\n"):
        assert problems_of(TEXT.replace("chapters:\n", f"{caps}chapters:\n"), with_lint=True) == []


def test_a_fact_is_not_named_like_a_question() -> None:
    questions = small_rules.QUESTIONS.read_text(encoding="utf-8").replace("service.sort:", "sort:")
    catalogue, _ = read_catalogue(questions.encode(), "questions.yaml")
    assert catalogue
    text = TEXT.replace("facts:\n", "facts:\n  sort: large\n")
    assert [problem.id for problem in read_code(text.encode(), "code.yaml", catalogue)[1]] == ["id-taken"]


def test_without_a_catalogue_the_shape_is_checked() -> None:
    assert read_code(TEXT.encode(), "code.yaml", None) == (None, [])
    wrong = TEXT.replace("severity: minor", "severity: mnior").encode()
    assert [problem.id for problem in read_code(wrong, "code.yaml", None)[1]] == ["unknown-option"]


def test_lint_reads_on_past_what_cannot_be_computed() -> None:
    text = TEXT.replace("chapter: governance", "chapter: governing").replace("addressed_to: services with users\n", "")
    text = text.replace("{is_true: images.matching}", "{is_true: images.matchng}")
    found = [problem.id for problem in problems_of(text, with_lint=True)]
    assert sorted(found) == ["missing-for-readers", "unknown-reference", "unknown-reference"]


def test_the_nearest_name_is_looked_for_only_while_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs milliseconds, and a file may hold a hundred thousand wrong names."""
    looked: list[str] = []
    for module in (questions, expressions):
        monkeypatch.setattr(module, "nearest", lambda name, known: looked.append(name))
    facts = "".join(f"  fact{number}: service.usres > {number}\n" for number in range(200))
    found = problems_of(TEXT.replace("facts:\n", f"facts:\n{facts}").replace("chapter: governance", "chapter: x"))
    assert len(found) == 201
    assert len(looked) == MOST_PROBLEMS


def test_a_code_without_a_word_for_readers_can_be_computed() -> None:
    """Loading refuses what has no result; words are for lint to ask for."""
    bare = """{"format": "code-of-practice/1", "id": "bare", "version": "1", "standing": "duty", "in_force": {},
        "chapters": [{"id": "c"}], "provisions": [{"id": "P1", "chapter": "c", "obligation": "must",
        "severity": "critical", "source": {"doc": "d", "section": "1", "mark": "primary"},
        "requirements": [{"id": "r1", "test": {"is_true": "images.matching"}, "basis": "code"}]}]}"""
    assert problems_of(bare) == []
    assert {problem.id for problem in problems_of(bare, with_lint=True)} > {"missing-for-readers", "unknown-reference"}


def test_a_secondary_source_never_decides() -> None:
    (problem,) = problems_of(TEXT.replace('section: "4", mark: primary', 'section: "4", mark: secondary'))
    assert (problem.id, problem.path) == ("secondary-decides", "provisions[2].requirements[0].basis")


def test_nothing_unverified_is_scored() -> None:
    unverified = 'basis: own_target\n        source: {doc: book, section: "9", mark: unverified}'
    assert [problem.id for problem in problems_of(TEXT.replace("basis: own_target", unverified))] == [
        "unverified-scored"
    ]


def test_facts_may_stand_in_any_order_but_not_in_a_circle() -> None:
    facts = "facts:\n  both: large and small\n  small: not large\n"
    assert problems_of(TEXT.replace("facts:\n", facts)) == []
    quoted = "facts:\n  both: high and large\n  high: risk.images == 'high'\n"
    assert problems_of(TEXT.replace("facts:\n", quoted)) == [], "an option is no fact"
    circle = problems_of(
        TEXT.replace("facts:\n", facts.replace("not large", "not both and not high") + "  high: both\n")
    )
    assert [(problem.id, problem.path) for problem in circle] == [
        ("fact-circular", f"facts.{name}") for name in ("both", "small", "high")
    ]


def test_a_fact_that_rests_on_a_circle_is_in_none() -> None:
    facts = "facts:\n  last: first or large\n  first: second\n  second: not first and third\n  third: large\n"
    circle = problems_of(TEXT.replace("facts:\n", facts))
    assert [(problem.id, problem.path) for problem in circle] == [
        ("fact-circular", "facts.first"),
        ("fact-circular", "facts.second"),
    ]


@pytest.mark.parametrize("written", ["true", "false"])
def test_a_rating_is_one_of_the_questions_own(written: str) -> None:
    found = problems_of(TEXT.replace("at_least: medium", f"at_least: {written}"))
    assert [problem.id for problem in found] == ["no-such-option"]


def test_sections_may_be_left_empty() -> None:
    assert problems_of(TEXT.replace("chapters:", "left_out:\nupcoming:\nweights:\ncaps:\nchapters:", 1)) == []


@pytest.mark.parametrize(
    ("example", "id", "place"),
    [
        ("{given: {images.matchng: true}, credit: 1}", "unknown-key", "given.images.matchng"),
        ("{given: {images.matching: {}}}", "wrong-type", "given.images.matching"),
        ("{given: {images.checked: -1}, credit: 1}", "below-minimum", "given.images.checked"),
        ("{given: {governance.reviewed_on: soon}, credit: 1}", "wrong-form", "given.governance.reviewed_on"),
        ("{given: {governance.covers: [imagse]}, credit: 1}", "unknown-option", "given.governance.covers[0]"),
        ("{given: {}, status: in_plase, credit: 1}", "unknown-option", "status"),
    ],
)
def test_an_example_answers_as_a_self_assessment_would(example: str, id: str, place: str) -> None:
    """What is wrong with one example keeps no other from being run."""
    text = TEXT.replace("{given: {images.matching: true}, credit: 1}", example)
    text = text.replace("{given: {images.matching: false}, credit: 0}", "{given: {images.matching: false}, credit: 1}")
    code, _ = read_code(text.encode(), "code.yaml", small_rules.catalogue())
    assert code
    found = [(problem.id, problem.path) for problem in failures(code, small_rules.tree_of(text))]
    examples = "provisions[0].requirements[0].examples"
    assert found == [(id, f"{examples}[0].{place}"), ("example-fails", f"{examples}[1]")]


def test_an_example_that_says_nothing_is_not_run() -> None:
    text = TEXT.replace("{given: {images.matching: true}, credit: 1}", "{given: {images.matching: true}}")
    code, problems = read_code(text.encode(), "code.yaml", small_rules.catalogue(), lint)
    assert code
    assert {problem.id for problem in problems} == {"example-outcome", "example-missing"}
    assert failures(code, small_rules.tree_of(text)) == []


def test_a_scored_provision_has_a_requirement() -> None:
    text = TEXT[: TEXT.index("    requirements:\n      - id: yearly")]
    assert [problem.id for problem in problems_of(text)] == ["provision-without-requirement"]
    assert (
        problems_of(
            text.replace("obligation: must\n    severity: minor", "obligation: information\n    severity: minor")
        )
        == []
    )


def test_all_mistakes_of_a_file_are_reported_together() -> None:
    text = TEXT.replace("chapter: governance", "chapter: governing").replace("full_at: 0.999", "full_at: 0.9")
    assert {problem.id for problem in problems_of(text)} == {"unknown-reference", "bounds-crossed"}


def test_a_bad_condition_is_quoted_with_a_caret_and_the_nearest_name() -> None:
    (problem,) = problems_of(TEXT.replace("large: service.users >", "large: service.usres >"))
    quote, caret = problem.message.splitlines()[-2:]
    assert quote[caret.index("^") :].startswith("service.usres")
    assert "service.users" in problem.hint


def test_the_catalogues_least_ratings_join_those_of_a_code_that_reads_the_judgement() -> None:
    shared = "judgements:\n  risk.images:\n    - {at_least: high, when: service.shares_images}\nconsistency:"
    questions = small_rules.QUESTIONS.read_text(encoding="utf-8").replace("consistency:", shared)
    catalogue, _ = read_catalogue(questions.encode(), "questions.yaml")
    assert catalogue
    own, _ = read_code(TEXT.encode(), "code.yaml", catalogue)
    assert own
    assert [least.at_least for least in own.judgements] == ["medium"]
    start, end = TEXT.index("judgements:"), TEXT.index("chapters:")
    without = TEXT[:start] + TEXT[end:]
    joined, _ = read_code(without.encode(), "code.yaml", catalogue)
    assert joined
    assert [least.at_least for least in joined.judgements] == ["high"]
    alone, _ = read_code(without.encode(), "code.yaml", small_rules.catalogue())
    assert alone
    assert alone.judgements == ()
    assert len({own.digest, joined.digest, alone.digest}) == 3
    unread = without.replace(' and risk.images >= "medium"', "")
    deaf, _ = read_code(unread.encode(), "code.yaml", catalogue)
    assert deaf
    assert deaf.judgements == ()


def test_a_test_reads_the_number_of_items_of_its_time() -> None:
    (test,) = (r.test for p in small_rules.code().provisions for r in p.requirements if r.id == "own-target")
    assert test.reads == ("removal.p95_hours", "removal.target_hours", "removal.target_set_on", "removal.items")
    assert test.denominators == ("removal.items",)


def test_the_digest_covers_the_code_and_what_it_reads_and_nothing_else() -> None:
    def digest(text: str = TEXT, questions: str = small_rules.QUESTIONS.read_text(encoding="utf-8")) -> str:
        catalogue, _ = read_catalogue(questions.encode(), "questions.yaml")
        assert catalogue
        code, _ = read_code(text.encode(), "code.yaml", catalogue)
        assert code
        return code.digest

    questions = small_rules.QUESTIONS.read_text(encoding="utf-8")
    assert len(digest()) == 64
    assert digest(TEXT + "\n# a comment\n") == digest()
    assert digest(TEXT.replace("full_at: 0.999", "full_at: 0.9990")) == digest()
    assert digest(TEXT.replace("full_at: 0.999", "full_at: 0.998")) != digest()
    assert digest(questions=questions.replace("Hash matching is said", "It is said")) != digest()
    assert digest(questions=questions.replace("topics of its own", "topics")) == digest()
    unread = questions.replace("ask: Which topics does it cover?", "ask: What does it cover?")
    assert unread != questions
    assert digest(questions=unread) == digest()
    assert digest(questions=questions.replace("ask: Is hash matching in use?", "ask: Is it in use?")) != digest()


NUMBERS = st.integers(1 - 2**53, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.text(st.characters(codec="utf-8"), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
)


@given(VALUES)
def test_canonical_json_is_that_of_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


def test_a_rule_is_read_when_it_names_a_question_that_the_code_reads() -> None:
    code = small_rules.code()
    assert "governance.covers" not in questions_read(code)
    assert [code.catalogue.consistency[i].id for i in rules_read(code)] == ["matching-without-checks"]


def test_a_superseded_version_ends_the_day_before_its_successor_begins() -> None:
    first: Code = small_rules.code()
    second = replace(first, version="2", supersedes=first.name, in_force=Interval(date(2026, 1, 1), None))
    ended, current = succession([first, second])
    assert ended.in_force == Interval(date(2025, 1, 1), date(2025, 12, 31))
    assert {p.in_force.end for p in ended.provisions} == {date(2025, 12, 31)}
    assert current is second
