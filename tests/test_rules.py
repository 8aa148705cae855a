"""Everything that ships in `rules/`: linted, its examples run, its schemas fresh, its codes as their issue asked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from compliance import audit
from compliance.checks import CHECKS
from compliance.model import DECIDING, Code, Mark, Obligation, Requirement, Role, Standing
from compliance.problems import PROBLEMS
from compliance.vocabulary import FLAG_WORDS

RULES = audit.load_rules()
CODES = {code.name: code for code in RULES.codes}


def test_there_is_nothing_to_mend_in_the_shipped_rules() -> None:
    assert audit.lint(audit.home() / "rules") == []


@pytest.mark.parametrize("name", audit.schemas(RULES))
def test_the_published_schemas_are_fresh(name: str, recorded: Callable[[Path, str], None]) -> None:
    text = audit.schema_text(audit.schemas(RULES)[name])
    recorded(audit.home() / "rules" / "schemas" / name, text)
    assert json.loads(text)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", audit.code_paths(audit.home() / "rules"), ids=lambda path: path.name)
def test_a_file_is_named_after_its_code(path: Path) -> None:
    assert path.stem in CODES


def test_the_catalogue_is_large_enough_to_profile_a_service() -> None:
    questions = RULES.catalogue.questions.values()
    assert len(questions) >= 70
    assert len(RULES.catalogue.consistency) >= 15
    assert {question.role for question in questions} == set(Role)
    assert all(len(question.define.strip()) >= 60 for question in questions)


def test_every_flag_and_problem_id_is_one_of_a_kind() -> None:
    """`explain` takes any of them, so no two may share a name."""
    ids = [*PROBLEMS, *FLAG_WORDS, *(rule.id for rule in RULES.catalogue.consistency), *RULES.catalogue.questions]
    assert [id for id, times in Counter(ids).items() if times > 1] == []


def test_every_consistency_rule_has_an_example_that_holds_and_one_that_does_not() -> None:
    for rule in RULES.catalogue.consistency:
        assert {example["holds"] for example in rule.examples} == {True, False}, rule.id


def test_every_test_type_is_used_by_a_shipped_code() -> None:
    used = Counter(r.test.kind for code in RULES.codes for p in code.provisions for r in p.requirements)
    assert set(used) == set(CHECKS)


@pytest.fixture(scope="module")
def inquiry() -> Code:
    return CODES["uk-iicsa-2020@1"]


def test_the_inquirys_recommendations_address_government_and_set_no_limit(inquiry: Code) -> None:
    assert inquiry.standing is Standing.RECOMMENDATION
    assert inquiry.caps == ()
    assert "government" in inquiry.addressed_to
    assert "time limit" in " ".join(inquiry.text.split()) or "no time" in inquiry.text


def test_the_inquirys_recommendations_are_all_encoded(inquiry: Code) -> None:
    assert len(inquiry.chapters) == 4
    assert 18 <= len(inquiry.provisions) <= 26
    assert sum(len(p.requirements) for p in inquiry.provisions) >= 35
    assert {p.under for p in inquiry.provisions} == {"IICSA-R1", "IICSA-R2", "IICSA-R3", "IICSA-R4"}
    assert all(p.id.startswith(f"{p.under}.") for p in inquiry.provisions)


def test_only_what_reaches_industry_carries_a_must(inquiry: Code) -> None:
    """Recommendations 1 and 3, and the way of pre-screening described to the Inquiry in its part C.5."""
    musts = [p for p in inquiry.provisions if p.obligation is Obligation.MUST]
    assert {p.under for p in musts} == {"IICSA-R1", "IICSA-R3"}
    sources = {r.source for p in musts for r in p.requirements if r.basis in DECIDING} | {p.source for p in musts}
    assert {(source.doc, source.mark) for source in sources} == {("g3", Mark.PRIMARY), ("c5", Mark.PRIMARY)}


def test_every_number_of_the_inquirys_code_was_published_and_decides_nothing(inquiry: Code) -> None:
    """0 and 1 are the ends of every share. Any other number is somebody's, whose source stands beside it."""
    numbered = [(p, r) for p in inquiry.provisions for r in p.requirements if _numbers(r)]
    assert numbered
    for provision, requirement in numbered:
        where = f"{provision.id} {requirement.id}"
        assert requirement.basis not in DECIDING, where
        assert requirement.source != provision.source, where
        assert requirement.source.mark in (Mark.PRIMARY, Mark.QUOTED), where


def _numbers(requirement: Requirement) -> set[float]:
    arguments = requirement.test.arguments
    given = [*arguments.get("credit", {}).values(), *arguments.values()]
    return {value for value in given if isinstance(value, int | float)} - {0, 1}
