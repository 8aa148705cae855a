"""The Answer page, run without a browser: a self-assessment filled in by form alone reads back as what was typed."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from test_dashboard_code import plain

from compliance import audit, cli, drafts, templates
from compliance.dashboard import about, desk, field
from compliance.model import Grade, Question, QuestionType, Role, Status, Submission, Value
from compliance.scoring import display
from compliance.submissions import read_submission
from compliance.templates import Form
from compliance.vocabulary import conclusion_words

ROOT = Path(__file__).resolve().parents[1]
ANSWER_PAGE = "compliance/dashboard/answer.py"
RULES = audit.load_rules()
TODAY = audit.today()
SAMPLES = {path.parent.name: path for path in audit.find_samples()}
HARBOURLINE = SAMPLES["harbourline"].read_bytes()
ITEMS, REMOVED = "removal.csam.items", "removal.csam.removed"
SHARES, GROOMING = "service.lets_users_share_images", "risk.grooming"
PROFILE: Mapping[str, Value] = {
    "service.parts": ("user_to_user",),
    "service.kinds": ("forum",),
    "service.uk_monthly_users": 41_000,
    "service.lets_users_share_images": True,
    "risk.csam_images": "low",
}
FAULTY = b"""\
format: self-assessment/1
service: {id: lantern, name: "Lantern =1+1 <b> :red[x]", provider: Lantern Ltd}
period: {from: "2026-01-01", to: "2026-06-30"}
prepared: {on: "2026-07-20", role: Lead, approved_by_role: ""}
answers:
  service: {parts: [user_to_user], lets_users_share_images: maybe, uk_monthly_users: 1.5}
  removal: {csam: {items: 10, removed: 12}}
  nothing: {here: 1}
provisions: {ICU-C2: {status: perhaps}}
"""
Saved = dict[str, Callable[[], bytes]]


@dataclass
class Answers:
    """The Answer page of one session; `saved` has what its download buttons give, by format."""

    page: AppTest
    saved: Saved

    @property
    def token(self) -> str:
        """The token in the address, "" where nothing was changed yet."""
        found = self.page.query_params.get(desk.DRAFT, "")
        return str(found[0] if isinstance(found, list) else found)

    def run(self) -> Answers:
        self.page.run()
        assert not self.page.exception
        return self

    def go(self, chapter: str) -> Answers:
        self.page.query_params["chapter"] = chapter
        return self.run()

    def field(self, *names: str) -> Any:
        """The one field that is called so in the draft shown."""
        keys = [str(each.key) for each in self.page.button]
        token = next(key for key in keys if key.startswith("anew-")).removeprefix("anew")
        kinds = ("text_input", "text_area", "button_group", "checkbox", "date_input", "selectbox", "button")
        found = [each for kind in (*kinds, "file_uploader") for each in getattr(self.page, kind)]
        return next(each for each in found if each.key == "-".join(names) + token)

    def put(self, names: tuple[str, ...], value: object) -> Answers:
        self.field(*names).set_value(value)
        return self.run()

    def answer(self, id: str, value: Value) -> Answers:
        """Answers a question as somebody would, in its chapter."""
        question = RULES.catalogue.questions[id]
        self.go(id.partition(".")[0])
        return self.put(("answer", id), typed(question, value))

    def press(self, *names: str) -> Answers:
        self.field(*names).click()
        return self.run()

    def resume(self, name: str, data: bytes) -> Answers:
        self.field("file").set_value((name, data, "application/octet-stream"))
        return self.run()

    def said(self) -> str:
        elements = [*self.page.markdown, *self.page.header, *self.page.subheader]
        return "\n".join(plain(element.value) for element in elements)

    def read(self, format: str = "yaml") -> Submission:
        """The downloaded file, in which nothing is wrong but that it may not say whose it is yet."""
        draft = drafts.opened(self.saved[format](), f"x.{format}", RULES, TODAY)
        places = {".".join(path) for path in about.PLACES}
        assert {problem.path for problem in draft.problems} <= places, draft.problems
        return draft.submission


def typed(question: Question, value: Value) -> object:
    match question.type:
        case QuestionType.YES_NO:
            return "yes" if value else "no"
        case QuestionType.CHOICES:
            assert isinstance(value, tuple)
            return [*value]
        case QuestionType.CHOICE | QuestionType.DATE | QuestionType.TEXT:
            return value
    return f"{value:,}" if question.type is QuestionType.COUNT else str(value)


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Answers]:
    """Opens the Answer page in a new session."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["app.py", str(tmp_path)])
    saved: Saved = {}

    def record(label: str, data: Callable[[], bytes], file_name: str, *_: object, **__: object) -> bool:
        saved[file_name.rpartition(".")[2]] = data
        saved[file_name] = data
        return False

    monkeypatch.setattr(st, "download_button", record)

    def run(**parameters: str) -> Answers:
        page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
        page.switch_page(ANSWER_PAGE)
        page.query_params.update(parameters)
        saved.clear()
        return Answers(page, saved).run()

    return run


Open = Callable[..., Answers]


def head(form: Answers) -> Answers:
    """Says whose the file is and who prepared it, in the first chapter."""
    form.go(about.ID)
    form.put(("service", "name"), "Lantern Forum").put(("service", "provider"), "Lantern Ltd")
    form.put(("prepared", "role"), "Compliance lead")
    return form.put(("prepared", "approved_by_role"), "Founder")


# A forum by the form alone


def test_a_forum_is_filled_in_by_form_alone_and_its_file_reads_back(open_page: Open) -> None:
    form = head(open_page())
    for id, value in PROFILE.items():
        form.answer(id, value)
    form.go("risk").put(("answer", GROOMING), "not-measured")
    provision = next(each for each in asked(form).declared if each.is_tested and each.provision.alternatives_allowed)
    id, chapter = provision.provision.id, chapter_of(form, provision.provision.id)
    form.go(chapter).put(("status", id), Status.ALTERNATIVE.value)
    for text in ("instead", "how_it_complies", "regard_to_expression_and_privacy"):
        form.put((text, id), f"What is {text}.")
    form.put(("since", id), date(2026, 2, 1))
    form.press("add", id)
    offer(form, id, {"title": "Hand-over note", "made_by": "Lantern Ltd"})
    found = form.read()
    again, problems = read_submission(form.saved["yaml"](), "x.yaml", RULES.catalogue, RULES.schema, TODAY)
    assert again, problems
    assert found.service.id == "lantern-forum"
    assert {key: found.answers[key] for key in PROFILE} == PROFILE
    assert found.not_measured == (GROOMING,)
    assert found.declarations[id].has_complete_record
    assert found.declarations[id].since == date(2026, 2, 1)
    assert [(each.title, each.kind) for each in found.evidence] == [("Hand-over note", Grade.DOCUMENT)]
    assert id in found.evidence[0].supports
    assert f"lantern-forum-{found.period_to}.yaml" in form.saved
    for format in ("json", "xlsx"):
        assert replace(form.read(format), file="") == replace(found, file="")
    # Resumed in another session, everything is there again.
    other = open_page()
    data = form_bytes(found)
    other.resume("mine.yaml", data)
    assert replace(other.read(), file="") == replace(found, file="")
    assert other.token not in ("", form.token)


def form_bytes(submission: Submission) -> bytes:
    draft = drafts.Draft(submission)
    made = drafts.form_of(draft, RULES)
    assert made
    return audit.report_bytes(made, "yaml")


def offer(form: Answers, id: str, texts: Mapping[str, str]) -> None:
    """Fills in the form for evidence and saves it."""
    for name, text in texts.items():
        fields = {str(each.key): each for each in form.page.text_input}
        next(fields[key] for key in fields if f"evidence-{id}" in key and name in key).set_value(text)
    next(each for each in form.page.button if each.label == "Save the evidence").click()
    form.run()


def asked(form: Answers) -> Form:
    found = drafts.form_of(drafts.opened(form.saved["yaml"](), "x.yaml", RULES, TODAY), RULES)
    assert found
    return found


def chapter_of(form: Answers, provision: str) -> str:
    draft = drafts.opened(form.saved["yaml"](), "x.yaml", RULES, TODAY)
    found = drafts.chapters(draft, asked(form))
    return next(c.id for c in found for each in (*c.statuses, *c.others) if each.provision.id == provision)


def test_a_reload_keeps_the_draft_and_nobody_else_sees_it(open_page: Open) -> None:
    form = open_page().put(("service", "name"), "Lantern Forum")
    again = open_page(draft=form.token, chapter="risk")
    assert "Lantern Forum" in again.said()
    assert RULES.catalogue.section_title("risk") in again.said()
    other = open_page()
    assert "Lantern Forum" not in other.said()
    assert "A new self-assessment" in other.said()


def test_a_field_keeps_its_key_when_the_first_change_makes_the_draft(open_page: Open) -> None:
    form = open_page()
    before = form.field("service", "name").key
    assert form.token == ""
    form.put(("service", "name"), "Lantern")
    assert form.field("service", "name").key == before
    assert before.endswith(form.token)


def test_the_page_says_where_the_draft_is_kept_and_what_to_do_when_it_is_lost(open_page: Open) -> None:
    words = open_page().said()
    for part in (f"for {desk.HOURS} hours", "never on disk", "nothing is sent", "Whoever has the address", "Download"):
        assert part in words
    lost = open_page(draft="gone")
    assert "no longer in memory" in lost.said()
    assert not lost.page.text_input
    lost.press("anew")
    assert "Name of the service" in [each.label for each in lost.page.text_input]
    assert lost.token not in ("", "gone")


# Answers


def test_0_and_not_measured_differ(open_page: Open) -> None:
    form = open_page().resume("x.yaml", HARBOURLINE).answer(ITEMS, 0)
    assert form.read().answers[ITEMS] == 0
    form.put(("unknown", ITEMS), True)
    assert ITEMS not in form.read().answers
    assert form.read().not_measured == (ITEMS,)
    field = form.field("answer", ITEMS)
    assert field.disabled
    assert field.value == ""
    form.put(("unknown", ITEMS), False)
    assert form.read().not_measured == ()
    assert not form.field("answer", ITEMS).disabled


def test_what_is_no_answer_stays_in_its_field_with_what_to_write(open_page: Open) -> None:
    form = open_page().resume("x.yaml", HARBOURLINE).go("removal").put(("answer", ITEMS), "1.200")
    assert form.field("answer", ITEMS).value == "1.200"
    assert "cannot be read" in form.said()
    assert "Write 1,200 if that is the number." in form.said()
    assert "Not in it, as it cannot be read" in form.said()
    assert ITEMS not in form.read().answers
    form.put(("answer", ITEMS), "1200")
    assert form.field("answer", ITEMS).value == "1,200"
    assert "cannot be read" not in form.said()
    form.put(("answer", ITEMS), "")
    assert ITEMS not in form.read().answers


def test_none_stands_alone_in_a_list(open_page: Open) -> None:
    many = "complaints.kinds"
    form = open_page().resume("x.yaml", HARBOURLINE).go("complaints")
    options = RULES.catalogue.questions[many].options
    form.put(("answer", many), [options[1]]).put(("answer", many), [options[1], "none"])
    assert form.read().answers[many] == ("none",)
    form.put(("answer", many), ["none", options[2]])
    assert form.read().answers[many] == (options[2],)
    form.put(("answer", many), [])
    assert many not in form.read().answers


def test_a_contradiction_is_said_at_its_questions_as_it_arises(open_page: Open) -> None:
    form = open_page().resume("faulty.yaml", FAULTY).go("removal")
    message = "is more than"
    assert form.said().count(message) >= 1
    assert "flagged" in " ".join(each.label for each in form.page.button)
    form.put(("answer", REMOVED), "9")
    assert message not in form.said()


def test_every_kind_of_question_can_be_answered(open_page: Open) -> None:
    """The largest sample, typed in again field by field where its form has one of each kind."""
    sample = drafts.opened(SAMPLES["sparrowclip"].read_bytes(), "x.yaml", RULES, TODAY).submission
    form = open_page().resume("x.yaml", SAMPLES["sparrowclip"].read_bytes())
    seen: set[QuestionType] = set()
    for id, value in sample.answers.items():
        question = RULES.catalogue.questions[id]
        if question.type in seen:
            continue
        seen.add(question.type)
        form.go(id.partition(".")[0])
        blank: object = [] if question.type is QuestionType.CHOICES else None
        numeric = question.type in (QuestionType.COUNT, QuestionType.HOURS, QuestionType.DAYS, QuestionType.SHARE)
        form.put(("answer", id), "" if numeric or question.type is QuestionType.TEXT else blank)
        if question.role is Role.ANSWER:
            assert id not in form.read().answers
        if any((each.key or "").startswith(f"answer-{id}-") for each in fields(form)):
            form.put(("answer", id), typed(question, value))
            assert form.read().answers[id] == value
    assert seen == set(QuestionType)


def fields(form: Answers) -> Iterator[Any]:
    for kind in ("text_input", "text_area", "button_group", "date_input", "selectbox"):
        yield from getattr(form.page, kind)


# A file with problems


def test_the_problems_of_a_file_stand_beside_its_questions_until_they_are_put_right(open_page: Open) -> None:
    form = open_page().resume("faulty.yaml", FAULTY)
    draft = drafts.opened(FAULTY, "faulty.yaml", RULES, TODAY)
    assert len(draft.problems) > 4
    shown = {problem.message for problem in draft.problems if problem.message in form.said()}
    for chapter in ("service", "removal", about.ID, chapter_of(form, "ICU-C2")):
        form.go(chapter)
        shown |= {problem.message for problem in draft.problems if problem.message in form.said()}
    homeless = next(problem for problem in draft.problems if problem.path.startswith("answers.nothing"))
    assert shown == {problem.message for problem in draft.problems} - {homeless.message}
    assert homeless.message in "\n".join(block.value for block in form.page.code)
    form.press("leave-out")
    assert not form.page.code
    form.answer(SHARES, True).answer("service.uk_monthly_users", 15)
    assert "Until it is put right here" not in form.said()
    form.go(chapter_of(form, "ICU-C2"))
    assert "Until it is put right here" in form.said()


def test_of_an_unreadable_file_nothing_is_lost(open_page: Open) -> None:
    form = open_page().put(("service", "name"), "Lantern")
    before = form.token
    form.resume("broken.yaml", b"a: [1,")
    assert "Nothing of broken.yaml can be read" in form.said()
    assert "Mend it there and open it again" in form.said()
    assert form.page.code
    form.page.button(key="back").click()
    form.run()
    assert form.token == before
    assert form.field("service", "name").value == "Lantern"


def test_hostile_text_is_shown_as_text(open_page: Open) -> None:
    form = open_page().resume("x.yaml", FAULTY)
    assert "Lantern =1+1 <b> :red[x]" in form.said()
    form.resume("markup.yaml", SAMPLES["markup"].read_bytes())
    given = drafts.opened(SAMPLES["markup"].read_bytes(), "x.yaml", RULES, TODAY).submission
    assert given.service.name in form.said()
    for chapter in [about.ID, *(each.id for each in chapters(form))]:
        form.go(chapter)
        for element in form.page.markdown:
            assert "![" not in element.value
            assert "<script" not in element.value.replace("\\<", "")


def chapters(form: Answers) -> list[drafts.Chapter]:
    return drafts.chapters(drafts.opened(form.saved["yaml"](), "x.yaml", RULES, TODAY), asked(form))


# What is asked, and how it is found


@pytest.mark.parametrize("name", ["harbourline", "swapstead", "oldquay", "plotters-corner", "quillseek"])
def test_all_that_is_asked_is_on_the_page_and_nothing_else(name: str, open_page: Open) -> None:
    form = open_page().resume("x.yaml", SAMPLES[name].read_bytes())
    found = chapters(form)
    assert f"{sum(c.settled for c in found)} of {sum(c.total for c in found)} questions answered" in form.said()
    for chapter in found:
        form.go(chapter.id)
        keys = [str(each.key) for each in fields(form) if str(each.key).startswith(("answer-", "status-"))]
        wanted = [f"answer-{each.question.id}" for each in (*chapter.asked, *chapter.kept)]
        wanted += [f"status-{each.provision.id}" for each in chapter.statuses]
        assert sorted(key.removesuffix(f"-{form.token}") for key in keys) == sorted(wanted)
        assert len([e for e in form.page.subheader if "Statuses" in e.value]) == bool(chapter.statuses)
        for each in chapter.asked:
            assert " ".join(each.question.define.split()) in form.said()


def test_a_further_provision_can_be_declared(open_page: Open) -> None:
    form = open_page().resume("x.yaml", HARBOURLINE)
    chapter = next(each for each in chapters(form) if each.others)
    form.go(chapter.id)
    id = chapter.others[0].provision.id
    form.put(("further", id), id).put(("status", id), Status.NOT_APPLICABLE.value)
    assert "reason" in form.said().casefold()
    form.put(("reason", id), "It has no such part.")
    assert form.read().declarations[id].reason == "It has no such part."


def test_evidence_is_changed_refused_and_removed(open_page: Open) -> None:
    form = open_page().resume("x.yaml", HARBOURLINE)
    piece = form.read().evidence[0]
    form.press("change", "all", piece.id)
    offer(form, "all", {"title": "", "sha256": "abc"})
    assert "What it is, is still needed." in form.said()
    assert "64 hexadecimal digits" in form.said()
    assert form.read().evidence[0] == piece
    offer(form, "all", {"title": "Another", "sha256": ""})
    assert form.read().evidence[0].title == "Another"
    form.press("remove", "all", piece.id)
    assert piece.id not in [each.id for each in form.read().evidence]
    form.press("put-back", "all")
    assert piece.id in [each.id for each in form.read().evidence]
    assert "Removed:" not in form.said()


def test_a_chapter_that_is_not_asked_any_more_leads_to_the_next(open_page: Open) -> None:
    form = open_page(chapter="live")
    assert "Nothing is asked of" in form.said()
    assert "This file is shown instead" in form.said()
    assert "comes next" in form.resume("x.yaml", HARBOURLINE).go("live").said()
    assert "There is no chapter" in open_page(chapter="<b>").said()


def test_a_code_that_turns_out_not_to_be_addressed_goes_with_a_word_of_why(open_page: Open) -> None:
    form = open_page().answer("service.parts", ("user_to_user",))
    assert "Not asked:" not in form.said()
    form.answer("service.parts", ("search",))
    gone = drafts.codes_left_out(drafts.Draft(form.read()), RULES)
    assert len(gone) > 1
    assert all(f"Not asked: {code.title}. " in form.said() for code in gone)


@pytest.mark.parametrize(
    ("id", "words"),
    [
        ("service.uk_monthly_users", "UK users"),
        ("service.qualifying_worldwide_revenue", "Worldwide revenue, GBP"),
        ("prescreening.public_images_uploaded", "Public images uploaded"),
    ],
)
def test_a_label_says_the_unit_once(id: str, words: str) -> None:
    assert field.label(RULES.catalogue.questions[id]) == words


def test_no_two_fields_of_a_chapter_are_called_alike(open_page: Open) -> None:
    form = open_page().resume("x.yaml", HARBOURLINE)
    for chapter in chapters(form):
        form.go(chapter.id)
        called = [each.label for each in (*form.page.checkbox, *form.page.text_input)]
        assert len(called) == len({*called}), chapter.id


def test_chapters_follow_each_other_by_buttons(open_page: Open) -> None:
    form = open_page()
    form.press("go", "N")
    assert "The service" in form.said()
    assert form.page.query_params["chapter"] in ("service", ["service"])
    form.press("go", "←")
    assert "This file" in form.said()


def test_where_no_code_is_in_force_the_page_says_for_which_periods_there_is_one(open_page: Open) -> None:
    form = open_page()
    form.field("period", "from").set_value(date(2019, 1, 1))
    form.put(("period", "to"), date(2019, 6, 30))
    words = form.said()
    assert "No code is in force on 2019-06-30" in words
    for code in RULES.codes:
        assert " ".join(code.title.split()) in words
    halves = drafts.halves(TODAY)
    form.put(("preset",), f"{halves[1][0]} to {halves[1][1]}")
    assert "No code is in force" not in form.said()


def test_other_codes_can_be_answered_for(open_page: Open) -> None:
    form = open_page()
    before = {section.id for section in asked(form).sections}
    form.put(("code", "voluntary-principles@2020-03"), True)
    assert "Voluntary codes" in [str(cell) for cell in form.page.dataframe[0].value["Chapter"]]
    form.put(("code", "voluntary-principles@2020-03"), False)
    assert {section.id for section in asked(form).sections} == before


def test_rules_with_problems_are_said(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    form = open_page()
    monkeypatch.setattr(audit, "load_rules", partial(audit.load_rules, ROOT / "nowhere"))
    form.run()
    assert "The rules have problems" in form.page.title[0].value


def test_the_effect_so_far_is_what_the_engine_says(open_page: Open) -> None:
    form = open_page().resume("x.yaml", HARBOURLINE)
    draft = drafts.Draft(form.read())
    for code in drafts.codes_of(draft, RULES):
        found = audit.assess_submission(draft.submission, code, None)
        assert found.figures
        words = f"{conclusion_words(code, found.conclusion)}, declared {display(found.figures.declared)}"
        assert words in form.said()


def test_shares_and_benchmarks_are_said_at_the_part(open_page: Open) -> None:
    form = open_page().resume("x.yaml", HARBOURLINE).go("prescreening")
    assert "81,150,000 of 81,200,000 (99.93%): ICU-C9 expects at least 100%" in form.said()


# A forum to its end, in three ways

FORUM: Mapping[str, Value] = {
    **PROFILE,
    "service.lets_users_share_videos": False,
    "risk.grooming": "high",
    "children.can_use": True,
    "children.has_means_of_determining_age": True,
    "service.has_direct_messages": True,
}


def filled(form: Answers) -> Answers:
    """Says something of all that is asked, chapter by chapter, until nothing is left."""
    for _ in range(8):
        left = [each.id for each in drafts.chapters(kept(form), form_of(form)) if each.left]
        if not left:
            return form
        for id in left:
            form.go(id)
            # The chapters before may have changed what this one asks.
            for chapter in drafts.chapters(kept(form), form_of(form)):
                if chapter.id == id:
                    fill(form, chapter)
    raise AssertionError("Answers lead to ever more questions.")


def fill(form: Answers, chapter: drafts.Chapter) -> None:
    draft = kept(form)
    for question in (each.question for each in chapter.asked):
        if not draft.is_settled(question):
            form.field("answer", question.id).set_value(typed(question, plausible(question)))
    for status in chapter.statuses:
        if not draft.status_is_settled(status.provision.id):
            form.field("status", status.provision.id).set_value(Status.IN_PLACE.value)
    form.run()


def plausible(question: Question) -> Value:
    """An answer that a small forum may give."""
    if question.id in FORUM:
        return FORUM[question.id]
    match question.type:
        case QuestionType.YES_NO:
            return question.role is Role.ANSWER
        case QuestionType.CHOICES:
            return question.options[:1]
        case QuestionType.CHOICE:
            return question.options[0]
        case QuestionType.DATE:
            return date(2026, 2, 3)
        case QuestionType.TEXT:
            return "GB"
        case QuestionType.SHARE:
            return 0.95
        case QuestionType.COUNT:
            return 12
    return 1.5


def kept(form: Answers) -> drafts.Draft:
    """The draft as it is kept."""
    found = desk.shelf().find(form.token)
    assert found
    return found.draft


def form_of(form: Answers) -> Form:
    made = drafts.form_of(kept(form), RULES)
    assert made
    return made


def by_workbook(given: Submission) -> bytes:
    """The same typed into a blank workbook, cell by cell."""
    codes = drafts.codes_of(drafts.Draft(given), RULES)
    blank = templates.form(codes, drafts.begin(TODAY).submission, RULES.codes)
    book = openpyxl.load_workbook(io.BytesIO(audit.report_bytes(blank, "xlsx")))
    head = audit.report_bytes(replace(blank, given=given), "json")
    told = json.loads(head)
    for row in book["About"].iter_rows(min_row=4):
        section, _, name = str(row[3].value).partition(".")
        if name:
            row[1].value = told[section][name]
    for sheet in book.worksheets:
        if sheet["H3"].value == "Id":
            for row in sheet.iter_rows(min_row=4):
                id, _, option = str(row[7].value).partition(": ")
                value = given.answers.get(id)
                if isinstance(value, tuple):
                    row[4].value = "x" if option in value else None
                elif value is not None:
                    row[4].value = ("yes" if value else "no") if isinstance(value, bool) else value
    for row in book["Statuses"].iter_rows(min_row=4):
        if declared := given.declarations.get(str(row[0].value)):
            row[4].value = str(declared.status)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def test_a_forum_comes_out_the_same_by_form_by_workbook_and_by_hand(
    open_page: Open, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    form = filled(head(open_page()))
    by_form = kept(form).submission
    assert {id: by_form.answers[id] for id in FORUM} == FORUM
    assert "cannot be read" not in form.said()
    assert "nothing left to say" in form.go(about.ID).said()
    written = form.saved["yaml"]()
    # The workbook, on the command line and resumed.
    workbook = tmp_path / "forum.xlsx"
    workbook.write_bytes(by_workbook(by_form))
    assert cli.main(["check", str(workbook)]) == 0, capsys.readouterr().out
    other = open_page().resume("forum.xlsx", workbook.read_bytes())
    assert not kept(other).problems
    assert replace(kept(other).submission, file="") == replace(by_form, file="")
    # By hand, with what hands do.
    slips = {
        "uk_monthly_users: 41000": "uk_monthly_users: 41,000",
        "csam_images: low": "csam_images: Low risk",
        f'  on: "{by_form.prepared_on}"': f"  on: {by_form.prepared_on:%d.%m.%Y}",
    }
    text = written.decode()
    for right, wrong in slips.items():
        assert text.count(right) == 1, right
        text = text.replace(right, wrong)
    path = tmp_path / "forum.yaml"
    path.write_text(text, "utf-8")
    assert cli.main(["check", str(path)]) == 2
    other = open_page().resume("forum.yaml", path.read_bytes())
    problems = kept(other).problems
    assert len(problems) == len(slips)
    assert "3 entries of forum.yaml" in other.said()
    assert other.go(about.ID).field("prepared", "on").value is None
    for problem, chapter in zip(problems, (about.ID, "service", "risk"), strict=True):
        assert problem.message in other.go(chapter).said()
    other.go(about.ID).put(("prepared", "on"), by_form.prepared_on)
    for id in ("service.uk_monthly_users", "risk.csam_images"):
        other.answer(id, FORUM[id])
    assert not kept(other).problems
    assert replace(kept(other).submission, file="") == replace(by_form, file="")


# Slips, other windows, other periods


def test_a_character_that_no_file_may_hold_is_said_at_its_question(open_page: Open) -> None:
    id = "service.uk_user_counting_rule"
    form = open_page().resume("x.yaml", SAMPLES["sparrowclip"].read_bytes()).go("service")
    before = form.said().count("cannot be read")
    form.put(("answer", id), "counted\x07")
    assert "U+0007 is a control character" in form.said()
    assert form.said().count("cannot be read") == before + 1
    form.put(("answer", id), "counted")
    assert "control character" not in form.said()


def test_two_windows_do_not_undo_each_other(open_page: Open) -> None:
    one = open_page().put(("service", "name"), "Lantern Forum")
    two = open_page(draft=one.token)
    one.put(("service", "provider"), "Lantern Ltd")
    two.put(("prepared", "role"), "Lead")
    one.put(("period", "from"), date(2025, 7, 1))
    two.put(("period", "to"), date(2026, 5, 31))
    codes = [str(each.key).removesuffix(f"-{one.token}")[5:] for each in two.page.checkbox if not each.value][:2]
    for form, code in zip((one.run(), two), codes, strict=True):
        form.put(("code", code), True)
    draft = kept(one)
    given = draft.submission
    assert (given.service.name, given.service.provider) == ("Lantern Forum", "Lantern Ltd")
    assert given.prepared_by_role == "Lead"
    assert (given.period_from, given.period_to) == (date(2025, 7, 1), date(2026, 5, 31))
    assert {*codes} < {*draft.codes}


def test_two_windows_each_add_a_piece_of_evidence(open_page: Open) -> None:
    one = open_page().resume("x.yaml", HARBOURLINE)
    chapter = next(each for each in chapters(one) if each.statuses)
    id, before = chapter.statuses[0].provision.id, len(kept(one).submission.evidence)
    two = open_page(draft=one.token, chapter=chapter.id)
    one.go(chapter.id).press("add", id)
    two.press("add", id)
    for form, title in ((one, "First"), (two, "Second")):
        offer(form, id, {"title": title, "made_by": "Lantern Ltd"})
    assert [piece.title for piece in kept(one).submission.evidence[before:]] == ["First", "Second"]
    one.press("add", id)
    offer(one, id, {"title": ""})
    assert "What it is, is still needed." in one.said()
    next(each for each in one.page.button if each.label == "Close without saving").click()
    assert "What it is, is still needed." not in one.run().press("add", id).said()


def test_what_is_typed_into_a_draft_that_is_gone_does_not_pass_for_the_whole(open_page: Open) -> None:
    form = open_page().put(("service", "name"), "Lantern Forum")
    desk.shelf().drop(form.token)
    form.put(("service", "provider"), "Lantern Ltd")
    assert "no longer in memory" in form.said()
    assert "What was typed here since is not kept." in form.said()
    assert desk.shelf().find(form.token) is None


def test_what_cannot_be_read_and_is_not_asked_any_more_can_be_left_out(open_page: Open) -> None:
    form = open_page().resume("x.yaml", HARBOURLINE).go("moderation")
    id = next(
        each.question.id
        for c in chapters(form)
        for each in c.asked
        if each.question.type is QuestionType.COUNT and c.id == "moderation"
    )
    form.put(("answer", id), "about 400").answer("service.parts", ("search",))
    assert "“about 400” cannot be read, and nothing asks for it now" in form.said()
    form.press("leave-out", id)
    assert "about 400" not in form.said()


def test_another_period_says_which_codes_go_and_come(open_page: Open) -> None:
    form = open_page()
    before = {code.id: code for code in drafts.codes_of(drafts.begin(TODAY), RULES)}
    form.put(("period", "from"), date(2024, 1, 1)).put(("period", "to"), date(2024, 12, 31))
    now = {code.id: code for code in drafts.codes_of(kept(form), RULES)}
    assert f"Codes that come in: {'; '.join(now[id].title for id in now if id not in before)}." in form.said()
    assert f"Codes that drop out: {'; '.join(before[id].title for id in before if id not in now)}." in form.said()
    assert "No answer is lost" in form.said()
    form.put(("period", "from"), date(2026, 10, 1)).put(("period", "to"), date(2026, 12, 31))
    assert "Report on a period that was over" in form.said()
    form.put(("period", "to"), date(2026, 6, 30))
    assert "counts now, in place of" in form.said()
