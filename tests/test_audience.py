"""Whom a code asks what, and that a profile comes to what its self-assessment would come to."""

from __future__ import annotations

import re
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
import small_rules

from compliance import audit, scoring
from compliance.audience import (
    EVERY,
    brief,
    chapter_shares,
    deciding,
    groups,
    nearest_day,
    profile,
    tally,
    terms,
)
from compliance.model import Applies, Code, Outcome, Received, Submission, Value
from compliance.wording import describe

CODES = [*audit.load_rules().codes, small_rules.code()]
SAMPLES = [path for path in audit.find([str(audit.samples())]) if isinstance(path, Path)]
TODAY = date(2026, 11, 1)

each_code = pytest.mark.parametrize("code", CODES, ids=[code.name for code in CODES])


def submission(path: Path) -> Submission:
    found = audit.read_report(path, audit.load_rules(), audit.today()).submission
    assert found is not None
    return found


@each_code
def test_every_provision_is_in_one_group_with_those_of_its_condition(code: Code) -> None:
    alike = groups(code)
    ids = [provision.id for group in alike for provision in group.provisions]
    assert sorted(ids) == sorted(provision.id for provision in code.provisions)
    for group in alike:
        of = {
            provision.applies_when and describe(provision.applies_when, code.catalogue.questions)
            for provision in group.provisions
        }
        assert len(of) == 1
    assert [group.condition is None for group in alike[1:]] == [False] * (len(alike) - 1)
    sizes = [len(group.provisions) for group in alike if group.condition]
    assert sizes == sorted(sizes, reverse=True)


@each_code
def test_the_tally_adds_up(code: Code) -> None:
    whole = tally(code.provisions)
    assert sum(whole) == len(code.provisions)
    assert whole.shown == sum(not provision.is_scored for provision in code.provisions)
    assert [sum(each) for each in zip(*(tally(group.provisions) for group in groups(code)), strict=True)] == [*whole]


@each_code
def test_a_brief_condition_names_facts_that_the_terms_explain(code: Code) -> None:
    conditions = [group.condition for group in groups(code)]
    meant = terms(conditions, code)
    for condition in conditions:
        words = brief(condition, code)
        if condition is None:
            assert words == EVERY
        elif not terms([condition], code):
            assert words == describe(condition, code.catalogue.questions)
        else:
            assert len(words) < len(describe(condition, code.catalogue.questions))
            assert any(f"“{term}”" in words for term in meant)
            named = terms([condition], code, is_deep=False)
            assert named.items() <= terms([condition], code).items()
            assert set(named) == {term for term in meant if f"“{term}”" in words}
        assert terms([condition], code).items() <= meant.items()


def test_a_negated_fact_reads_as_not() -> None:
    code = next(code for code in CODES if code.id == "uk-ofcom-illegal-content-u2u")
    assert any(brief(group.condition, code).endswith("not “large or multi risk”") for group in groups(code))


@each_code
def test_an_option_that_says_not_is_negated_in_english(code: Code) -> None:
    assert not any("not not " in brief(group.condition, code) for group in groups(code))


@each_code
def test_the_shares_of_chapters_are_those_of_the_weights(code: Code) -> None:
    shares, layout = chapter_shares(code), scoring.layout(code)
    whole = sum(layout.value.tolist())
    for chapter, rows in zip(code.chapters, layout.chapters, strict=True):
        assert shares[chapter.id] == Fraction(sum(layout.value[rows].tolist()), whole)


def test_the_nearest_day_is_one_on_which_the_code_is_in_force() -> None:
    old = next(code for code in CODES if code.in_force.end)
    start, end = old.in_force.start, old.in_force.end
    assert start
    assert end
    assert nearest_day(old, start - timedelta(days=9)) == start
    assert nearest_day(old, end + timedelta(days=9)) == end
    assert nearest_day(old, end) == end


@each_code
def test_what_is_unknown_hangs_on_what_is_missing(code: Code) -> None:
    found = profile(code, {}, nearest_day(code, TODAY))
    assert found.count(Applies.FALSE) == 0 or any(each.in_force != code.in_force for each in code.provisions)
    unknown = [each for each in found.found.provisions if each.applies is Applies.UNKNOWN]
    assert found.count(Applies.UNKNOWN) == len(unknown)
    for id, count in found.missing.items():
        blank = re.compile(rf"(: | and ){re.escape(code.catalogue.questions[id].label)}: not answered")
        assert sum(bool(blank.search(each.applies_why)) for each in unknown) == count
        assert id in deciding(code)
    assert [*found.missing.values()] == sorted(found.missing.values(), reverse=True)


@pytest.mark.parametrize("path", SAMPLES, ids=[path.parent.name + path.stem for path in SAMPLES])
def test_a_profile_comes_to_what_the_self_assessment_comes_to(path: Path) -> None:
    given = submission(path)
    for code in audit.load_rules().codes:
        on = nearest_day(code, given.period_to)
        answers = {id: given.answers[id] for id in deciding(code) if id in given.answers}
        found = profile(code, answers, on)
        report = Received(str(path), b"", given)
        whole = next(audit.assess_report(report, [code], on))
        for mine, its in zip(found.found.provisions, whole.provisions, strict=True):
            assert mine.applies is its.applies
            assert mine.applies_why == its.applies_why or its.outcome is Outcome.TOO_EARLY
        is_outside = any(flag.id == "scope-does-not-fit" for flag in whole.flags)
        assert is_outside == (found.addressed is Applies.FALSE)


def test_a_low_rating_names_the_factors_that_would_settle_it() -> None:
    """A small service that rates itself low is open everywhere until it answers what the publisher's factors read."""
    code = next(code for code in CODES if code.id == "uk-ofcom-illegal-content-u2u" and not code.in_force.end)
    answers: dict[str, Value] = {"service.uk_monthly_users": 40_000, "risk.grooming": "low"}
    found = profile(code, answers, TODAY)
    least = [each for each in code.judgements if each.question == "risk.grooming"]
    factors = {id for each in least for id in each.when.reads}
    assert set(found.factors) == {"risk.grooming"}
    assert set(found.factors["risk.grooming"]) == factors - {"service.uk_monthly_users"}
    reading = {each.id for each in code.provisions if each.applies_when and "risk.grooming" in each.applies_when.reads}
    open_ = {each.provision.id for each in found.found.provisions if each.applies is Applies.UNKNOWN}
    for id in found.factors["risk.grooming"]:
        assert found.missing[id] >= len(reading & open_)
    assert "risk.grooming" not in found.missing
    assert profile(code, {}, TODAY).factors == {}


def test_what_is_not_in_force_yet_is_counted() -> None:
    code = next(code for code in CODES if code.id == "uk-osa-duties")
    assert code.in_force.start
    found = profile(code, {}, code.in_force.start)
    early = [each for each in found.found.provisions if each.applies_why.startswith("not in force on ")]
    assert 0 < found.not_in_force == len(early) <= found.count(Applies.FALSE)
    assert profile(code, {}, TODAY).not_in_force == 0


def test_a_rating_below_the_factors_keeps_a_provision_open_without_a_blank() -> None:
    """So that a profile that rates itself low is told why it may apply all the same."""
    of = ((code, profile(code, submission(path).answers, TODAY)) for path in SAMPLES for code in CODES[:-1])
    rated = [
        result
        for _, found in of
        for result in found.found.provisions
        if result.applies is Applies.UNKNOWN and "is rated" in result.applies_why
    ]
    assert rated


def test_a_rating_below_the_factors_does_not_take_a_service_out_of_a_codes_scope() -> None:
    """Section 37(4): who has not assessed whether children have access counts as likely to be accessed by them."""
    code = audit.load_code("uk-ofcom-children-u2u")
    answers: dict[str, Value] = {"service.parts": ("user_to_user",), "children.likely_to_access": False}
    for basis, addressed in (("not_assessed", Applies.UNKNOWN), ("few_children", Applies.FALSE)):
        found = profile(code, {**answers, "children.access_basis": basis}, date(2026, 6, 30))
        assert found.addressed is addressed
        assert ("likely access by children is rated no" in found.addressed_why) == (addressed is Applies.UNKNOWN)
