"""What an author owes: every rule is refused where it is broken, at its place, and nothing else is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import small_rules
from test_amendments import BEFORE, CHANGE, amended, base

from compliance import audit
from compliance.authoring import lint, unreached_cohorts, unreached_ratings
from compliance.codes import read_code
from compliance.document import Tree
from compliance.examples import failures
from compliance.expressions import parse
from compliance.model import Catalogue, Expression, Problem
from compliance.questions import read_catalogue

TEXT = small_rules.CODE.read_text(encoding="utf-8")
QUESTIONS = small_rules.QUESTIONS.read_text(encoding="utf-8")
Edits = Sequence[tuple[str, str]]

WHEN = 'applies_when: service.shares_images and risk.images >= "medium"'
SOURCE = "source: {doc: book, section: '1', mark: primary}"
LINE = f"context:\n  - {{id: size, title: Size, text: Size., {SOURCE}, cases: [@]}}\nchapters:"
AGAINST = """\
  - id: SC-4
    kind: measure
    chapter: governance
    title: Another
    text: Another.
    source: {{doc: book, section: "5", mark: primary}}
    obligation: should
    severity: minor
    {when}
    requirements:
      - id: against
        statement: Another
        test: {test}
        basis: code
        why: Another.
        remedy: Another.
        effort: days
        examples:
          - {{given: {{}}, outcome: unknown}}
          - {{given: {met}, credit: 1}}
          - {{given: {not_met}, credit: 0}}
"""
MUST_MINOR, SHOWN_MINOR = (f"obligation: {word}\n    severity: minor" for word in ("must", "information"))
MUST_CRITICAL, SHOWN_CRITICAL = (f"obligation: {word}\n    severity: critical" for word in ("must", "information"))
ALLOWED, FROM = "    alternatives: allowed", 'in_force: {from: "2025-01-01"}'
FROM_TO = 'in_force: {from: "2025-01-01", to: "2026-01-01"}'
RATING = '{doc: book, section: "1", mark: primary}}'
MET = "{given: {images.matching: true}, credit: 1}"
LOW_OR_ANY = "{{one_of: risk.images, credit: {{negligible: {}, low: {}, medium: {}, high: {}}}}}".format
YES, NO = "{images.matching: true}", "{images.matching: false}"
TEN, FIVE = "{images.checked: 10}", "{images.checked: 5}"


def changed(text: str, edits: Edits) -> str:
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def catalogue_of(text: str) -> Catalogue:
    found, problems = read_catalogue(text.encode(), "questions.yaml")
    assert found, problems
    return found


def problems_of(text: str, questions: str = QUESTIONS) -> list[Problem]:
    code, problems = read_code(text.encode(), "code.yaml", catalogue_of(questions), lint)
    assert code, problems
    return problems


def found(*edits: tuple[str, str], questions: str = QUESTIONS) -> list[tuple[str, str]]:
    return [(problem.id, problem.path) for problem in problems_of(changed(TEXT, edits), questions)]


def against(test: str, met: str, not_met: str, when: str = "alternatives: none") -> str:
    return TEXT + AGAINST.format(test=test, met=met, not_met=not_met, when=when)


def pulls(text: str) -> list[Problem]:
    problems = problems_of(text)
    assert {problem.id for problem in problems} <= {"pulled-apart"}
    return problems


# Sources, words, days and examples


@pytest.mark.parametrize(
    ("edits", "wanted"),
    [
        (
            [("    kind: measure\n    chapter: governance\n", "    chapter: governance\n")],
            ("missing-for-readers", "provisions[2]"),
        ),
        ([("title: Screening, ", "")], ("missing-for-readers", "chapters[0]")),
        ([(FROM, "in_force: {}")], ("missing-for-readers", "in_force")),
        ([("why: The book says yearly.", 'why: " "')], ("missing-for-readers", "provisions[2].requirements[0]")),
        (
            [("chapters:", LINE.replace("@", "{when: large, says: x, amount: '3'}"))],
            ("missing-for-readers", "context[0].cases[0]"),
        ),
        (
            [("chapters:", LINE.replace("@", "{when: large, says: x}").replace("doc: book", "doc: buch"))],
            ("unknown-reference", "context[0].source.doc"),
        ),
        (
            [(RATING, '{doc: buch, section: "1", mark: primary}}')],
            ("unknown-reference", "judgements.risk.images[0].source.doc"),
        ),
        (
            [(RATING, '{doc: book, section: "1", mark: unverified}}')],
            ("unverified-rating", "judgements.risk.images[0].source.mark"),
        ),
        (
            [('        source: {doc: book, section: "9", mark: primary}\n', "")],
            ("benchmark-source", "provisions[0].requirements[1].basis"),
        ),
        ([("basis: own_target", "basis: code")], ("own-target-basis", "provisions[1].requirements[0].basis")),
        (
            [("        basis: benchmark\n", "        basis: own_target\n")],
            ("own-target-basis", "provisions[0].requirements[1].basis"),
        ),
        ([(ALLOWED, "    ours: true")], ("ours-missing", "provisions[0].ours")),
        ([(ALLOWED, '    in_force: {from: "2024-01-01"}')], ("in-force-outside", "provisions[0].in_force")),
        ([(ALLOWED, '    in_force: {to: "2024-01-01"}')], ("in-force-outside", "provisions[0].in_force")),
        (
            [(FROM, FROM_TO), (ALLOWED, '    in_force: {from: "2026-03-01"}')],
            ("in-force-outside", "provisions[0].in_force"),
        ),
        (
            [(FROM, FROM_TO), (ALLOWED, '    in_force: {to: "2026-03-01"}')],
            ("in-force-outside", "provisions[0].in_force"),
        ),
        (
            [("facts:", "removed: {SC-0: {reason: repealed, successor: SC-9}}\nfacts:")],
            ("unknown-reference", "removed.SC-0.successor"),
        ),
        (
            [(MET, "{given: {images.matching: true}, credit: 1, outcome: met}")],
            ("example-outcome", "provisions[0].requirements[0].examples[0]"),
        ),
        (
            [(MET, "{given: {images.matching: true}, status: in_place, credit: 1}")],
            ("example-unread", "provisions[0].requirements[0].examples[0].status"),
        ),
        (
            [(MET, "{given: {images.matching: true, removal.items: 3}, credit: 1}")],
            ("example-unread", "provisions[0].requirements[0].examples[0].given.removal.items"),
        ),
    ],
)
def test_what_is_owed_is_asked_for_at_its_place(edits: Edits, wanted: tuple[str, str]) -> None:
    assert found(*edits) == [wanted]


def test_the_example_that_is_missing_is_named_as_it_is_written() -> None:
    assert (
        problems_of(TEXT.replace(f"          - {MET}\n", ""))[0].message == "There is no example for credit: 1 (met)."
    )


def test_what_is_missing_is_asked_for_in_fitting_words() -> None:
    edits = [("        effort: months\n", ""), ("chapters:", LINE.replace("@", "{when: large, says: x, amount: '3'}"))]
    effort, unit = sorted(problems_of(changed(TEXT, edits)), key=lambda problem: problem.message)
    assert (effort.message, effort.hint) == ("effort is missing.", "Write days, weeks or months.")
    assert (unit.message, unit.hint) == ("unit is missing.", "Name what the amount is counted in, such as GBP.")


def test_a_provision_is_judged_by_its_own_status() -> None:
    edits = [
        ("test: {is_true: images.matching}", "test: {in_place: SC-2}"),
        ("{given: {images.matching: true}", "{given: {}, status: in_place"),
    ]
    edits += [("{given: {images.matching: false}", "{given: {}, status: not_in_place")]
    assert found(*edits) == [("status-elsewhere", "provisions[0].requirements[0].test.in_place")]


def test_a_report_alone_decides_nothing() -> None:
    edits = [
        ("test: {is_true: images.matching}", "test: {is_reported: images.matching}"),
        ("          - {given: {images.matching: false}, credit: 0}\n", ""),
    ]
    assert found(*edits) == [("cannot-decide", "provisions[0].requirements[0].basis")]


def test_a_measured_time_has_a_clock() -> None:
    start, end = QUESTIONS.index("    clock:"), QUESTIONS.index("    role: answer\n  removal.target_hours")
    questions = QUESTIONS[:start] + QUESTIONS[end:]
    edits = [
        ("          when_zero: no_cases\n        basis: own_target", "        basis: own_target"),
        ("          - {given: {removal.items: 0}, outcome: no_cases}\n", ""),
    ]
    text = changed(TEXT, edits).replace("removal.items: 9, ", "").replace("{removal.items: 9}", "{}")
    assert [(problem.id, problem.path) for problem in problems_of(text, questions)] == [
        ("clock-missing", "provisions[1].requirements[0].test.meets_own_target")
    ]


def test_what_is_only_shown_has_examples_too() -> None:
    text = changed(TEXT, [(MUST_MINOR, SHOWN_MINOR), (", weight: 3", "")])
    assert problems_of(text) == []
    text = changed(text, [('          - {given: {governance.reviewed_on: "2024-03-01"}, credit: 0}\n', "")])
    assert [problem.id for problem in problems_of(text)] == ["example-missing"]


def test_an_example_may_give_what_contradicts_it() -> None:
    example = "{given: {images.matching: true, images.checked: 0, images.uploaded: 10}, outcome: unknown}"
    text = changed(
        TEXT, [("{given: {images.matching: false}, credit: 0}", f"{{given: {NO}, credit: 0}}\n          - {example}")]
    )
    assert problems_of(text) == []
    code, _ = read_code(text.encode(), "code.yaml", small_rules.catalogue())
    assert code
    assert failures(code, small_rules.tree_of(text)) == []


# Weights


@pytest.mark.parametrize(
    ("edits", "wanted"),
    [
        (
            [
                ("        weight: 2\n", ""),
                ("        basis: own_target", "        weight: 3\n        basis: own_target"),
            ],
            ["provisions[1].requirements[0].weight"],
        ),
        (
            [("{is_true: images.matching}\n", "{is_true: images.matching}\n        weight: 2\n")],
            ["provisions[0].requirements[0].weight", "provisions[0].requirements[1].weight"],
        ),
        ([(MUST_CRITICAL, SHOWN_CRITICAL)], ["provisions[0].requirements[1].weight"]),
        ([("title: Governance}", "title: Governance, weight: 3}")], ["chapters[0].weight", "chapters[1].weight"]),
        (
            [(MUST_MINOR, SHOWN_MINOR), ("title: Governance}", "title: Governance, weight: 1}")],
            ["chapters[0].weight", "chapters[1].weight"],
        ),
        (
            [("chapters:\n", "weights: {minor: 3, moderate: 3, critical: 9, major: 5}\nchapters:\n")],
            ["weights.minor", "weights.moderate"],
        ),
        ([("chapters:\n", "weights: {critical: 8}\nchapters:\n")], ["weights.critical"]),
    ],
)
def test_a_weight_that_decides_nothing_is_found(edits: Edits, wanted: list[str]) -> None:
    assert found(*edits) == [("weight-idle", path) for path in wanted]


def test_a_weight_of_one_may_be_said() -> None:
    assert (
        found(("title: Screening, weight: 3", "title: Screening, weight: 1"), ("Governance}", "Governance, weight: 1}"))
        == []
    )


def test_a_version_that_amends_may_set_a_weight_back() -> None:
    text = CHANGE.replace("  SC-2: {reason: repealed}", "  SC-0: {reason: x}").replace(
        "removed:\n  SC-0: {reason: x}\n", "weights: {critical: 8}\n"
    )
    code, problems = amended(text, with_lint=True)
    assert code, problems
    assert problems == []


# Conditions that no service meets


@pytest.mark.parametrize(
    ("edits", "path", "advice"),
    [
        (
            [(WHEN, "applies_when: large and not large")],
            "provisions[0].applies_when",
            "Together these can never be so: large; not large.",
        ),
        (
            [(WHEN, "applies_when: large and service.users < 1_000")],
            "provisions[0].applies_when",
            "large; less than 1,000 UK users",
        ),
        ([(WHEN, 'applies_when: "false"')], "provisions[0].applies_when", "This can never be so: never."),
        ([(WHEN, "applies_when: service.users == 0")], "provisions[0].applies_when", "exactly 0 UK users"),
        (
            [(WHEN, "applies_when: service.users / 2 < service.users - service.users")],
            "provisions[0].applies_when",
            "Not every value was tried",
        ),
        (
            [("scope: service.users > 0", "scope: service.users < 0")],
            "scope",
            "This can never be so: less than 0 UK users.",
        ),
        (
            [("when: service.shares_images and large", "when: large and service.users < 5")],
            "judgements.risk.images[0].when",
            "large; less than 5",
        ),
        (
            [("chapters:", LINE.replace("@", "{when: large, says: a}, {when: service.users > 2_000_000, says: b}"))],
            "context[0].cases[1].when",
            "not large",
        ),
    ],
)
def test_what_no_profile_meets_is_found(edits: Edits, path: str, advice: str) -> None:
    (problem,) = problems_of(changed(TEXT, edits))
    assert (problem.id, problem.path) == ("never-true", path)
    assert advice in problem.hint


def test_a_profile_that_contradicts_itself_is_none() -> None:
    rule = (
        "consistency:\n  - id: large-share\n    holds: service.shares_images or service.users < 100\n"
        "    say: Large ones do.\n    questions: [service.shares_images, service.users]\n"
    )
    (problem,) = problems_of(
        changed(TEXT, [(WHEN, "applies_when: large and not service.shares_images")]),
        QUESTIONS.replace("consistency:\n", rule),
    )
    assert problem.id == "never-true"
    assert problem.hint.endswith("by the consistency rule large-share.")


@pytest.mark.parametrize("when", ["service.shares_images or not service.shares_images", "service.users >= 0", '"true"'])
def test_a_condition_that_every_profile_meets_is_found(when: str) -> None:
    assert found((WHEN, f"applies_when: {when}")) == [("always-true", "provisions[0].applies_when")]


def test_a_condition_like_the_scope_is_no_empty_one() -> None:
    """A code can be named for a service that its scope rules out."""
    assert found((WHEN, "applies_when: service.users > 0")) == []


def test_an_amended_fact_is_held_against_what_it_is_used_in() -> None:
    text = CHANGE.replace("removed:", "scope: not service.shares_images\nremoved:")
    _, problems = amended(text, with_lint=True)
    assert [(problem.id, problem.path, problem.line) for problem in problems] == [("never-true", "amends", 4)]
    assert "SC-1 applies" in problems[0].message


def test_what_was_there_before_is_not_the_amending_authors_business() -> None:
    idle = BEFORE.replace(WHEN, "applies_when: large and not large").replace("    kind: measure\n", "")

    def faulty(name: str) -> Tree:
        assert base(name)
        return small_rules.tree_of(idle)

    code, problems = read_code(CHANGE.encode(), "change.yaml", small_rules.catalogue(), lint, base=faulty)
    assert code, problems
    assert problems == []


def test_least_ratings_of_the_catalogue_and_cohorts_are_met_by_somebody() -> None:
    entry = (
        "{at_least: high, when: service.users < 5 and service.users > 5, source: {doc: a, section: b, mark: primary}}"
    )
    text = QUESTIONS.replace("consistency:", f"judgements:\n  risk.images: [{entry}]\nconsistency:")
    (problem,) = unreached_ratings(catalogue_of(text), small_rules.tree_of(text))
    assert (problem.id, problem.path) == ("never-true", "judgements.risk.images[0].when")
    cohorts = "cohorts:\n  - {when: service.users > 5}\n  - {when: service.users > 7}\n  - {when: service.users > 1}\n"
    whens = [condition(text) for text in ("service.users > 5", "service.users > 7", "service.users > 1")]
    (problem,) = unreached_cohorts(small_rules.catalogue(), whens, small_rules.tree_of(cohorts))
    assert (problem.id, problem.path, problem.line) == ("never-true", "cohorts[1].when", 3)


def test_cohorts_can_be_checked_alone(tmp_path: Path) -> None:
    (tmp_path / "questions.yaml").write_text(QUESTIONS, encoding="utf-8")
    cohorts = tmp_path / "cohorts.yaml"
    small = "  - {id: small, title: Small, when: service.users < 5 and service.users > 5}\n"
    cohorts.write_text(f"format: cohorts/1\ncohorts:\n{small}  - {{id: other, title: Other}}\n", encoding="utf-8")
    for place in (cohorts, tmp_path):
        assert [(problem.id, problem.line) for problem in audit.lint(place)] == [("never-true", 3)]


def condition(text: str) -> Expression:
    parsed, faults = parse(text, small_rules.catalogue().questions, {})
    assert parsed, faults
    return parsed


# Tests that pull an answer in two directions


@pytest.mark.parametrize(
    ("test", "met", "not_met", "wants"),
    [
        ("{holds: not images.matching}", NO, YES, "wants no, SC-1 in-use wants yes"),
        (
            "{holds: not images.matching and images.checked > 5}",
            "{images.matching: false, images.checked: 9}",
            YES,
            "wants no, SC-1 in-use wants yes",
        ),
        ("{at_most: images.checked, full_at: 9}", FIVE, TEN, "wants less, SC-1 coverage wants more"),
        ("{holds: images.checked < 9}", FIVE, TEN, "wants less, SC-1 coverage wants more"),
        (
            "{at_least: removal.p95_hours, full_at: 9}",
            "{removal.items: 1, removal.p95_hours: 10}",
            "{removal.items: 1, removal.p95_hours: 5}",
            "wants more, SC-2 own-target wants less",
        ),
    ],
)
def test_one_question_is_not_pulled_in_two_directions(test: str, met: str, not_met: str, wants: str) -> None:
    (problem,) = pulls(against(test, met, not_met))
    assert problem.path == "provisions[3].requirements[0].test"
    assert wants in problem.message


@pytest.mark.parametrize(
    ("test", "met", "not_met"),
    [
        ("{holds: not images.matching or images.checked > 5}", TEN, FIVE),  # where matching is used, some are checked
        (
            "{at_least: {part: images.uploaded, of: images.checked}, full_at: 1}",
            "{images.checked: 5, images.uploaded: 5}",
            "{images.checked: 5, images.uploaded: 1}",
        ),
        (
            "{holds: images.uploaded == 3 and images.checked != 4}",
            "{images.uploaded: 3, images.checked: 1}",
            "{images.uploaded: 4}",
        ),
        ("{is_true: images.matching}", YES, NO),
    ],
)
def test_what_counts_cases_or_may_be_met_otherwise_pulls_nothing(test: str, met: str, not_met: str) -> None:
    assert pulls(against(test, met, not_met)) == []


def test_provisions_that_never_meet_may_ask_for_opposites() -> None:
    opposite = ("{holds: not images.matching}", NO, YES)
    assert len(pulls(against(*opposite, when="applies_when: service.shares_images"))) == 1
    assert pulls(against(*opposite, when="applies_when: not service.shares_images")) == []
    later = 'in_force: {from: "2026-01-01"}'
    ended = changed(
        against(*opposite, when=later), [("alternatives: allowed", 'in_force: {from: "2025-01-01", to: "2025-12-31"}')]
    )
    assert pulls(ended) == []


@pytest.mark.parametrize(
    ("first", "second", "is_apart"),
    [
        ("{covers: governance.covers, required: [images]}", "{covers: governance.covers, required: [grooming]}", False),
        ("{covers: governance.covers, required: [images]}", '{holds: not ("images" in governance.covers)}', True),
        ("{covers: governance.covers, required: [images]}", '{holds: not ("grooming" in governance.covers)}', False),
        ("{covers: governance.covers, required: [images]}", "{covers: governance.covers, required: [none]}", True),
        (LOW_OR_ANY(1, 0, 0, 0), LOW_OR_ANY(0, 1, 1, 1), True),
        (LOW_OR_ANY(1, 1, 0, 0), LOW_OR_ANY(0, 1, 1, 1), False),
        (LOW_OR_ANY(1, 1, 0, 0), '{holds: risk.images > "low"}', True),
        (LOW_OR_ANY(1, 1, 0, 0), '{holds: not (risk.images > "low")}', False),
        ('{holds: governance.reviewed_on >= "2026-01-01"}', '{holds: governance.reviewed_on < "2025-01-01"}', True),
    ],
)
def test_options_are_pulled_apart_only_where_none_will_do(first: str, second: str, is_apart: bool) -> None:
    text = against(first, "{}", "{}") + AGAINST.format(
        test=second, met="{}", not_met="{}", when="alternatives: none"
    ).replace("SC-4", "SC-5")
    assert [problem.path for problem in pulls(text)] == ["provisions[4].requirements[0].test"] * is_apart


def test_an_amending_version_is_told_of_its_own_pull() -> None:
    text = CHANGE.replace("test: {covers: governance.covers, required: [images]}", "test: {holds: not images.matching}")
    text = text.replace("{governance.covers: [images]}", NO).replace("{governance.covers: [none]}", YES)
    (problem,) = amended(text, with_lint=True)[1]
    assert (problem.id, problem.path) == ("pulled-apart", "provisions[1].requirements[0].test")
    assert "images" in text.splitlines()[problem.line - 1]
