"""A self-assessment being prepared: what is said so far, what of an opened file could not be read, and what is left.

A draft is a value and every change of it a new one; where drafts are kept is for whoever shows them. What is asked is
`templates.form`'s, in stages, and whether the file could be handed in is for the one reader to say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from unicodedata import normalize

from compliance import audit
from compliance.audit import Rules
from compliance.document import dotted
from compliance.engine import fits
from compliance.export import template
from compliance.model import (
    BINDING,
    Code,
    Declaration,
    Evidence,
    Problem,
    Question,
    Role,
    Service,
    Submission,
    Value,
)
from compliance.submissions import salvage
from compliance.templates import Asked, Declared, Form, blank, form

PROVISIONS, PROVISIONS_TITLE = "provisions", "Further provisions"
NOTHING = Declaration(None)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is said so far: `problems` are those of the opened file that were not put right since.

    `entries` is text typed in answer to a question that is no answer to it, by the question's id. `codes` are the names
    of those chosen; none means those that bind the service. Of a file that `is_unreadable` there is nothing but its
    problems.
    """

    submission: Submission
    problems: tuple[Problem, ...] = ()
    entries: Mapping[str, str] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    is_unreadable: bool = False

    def problems_at(self, *path: str | int) -> list[Problem]:
        """The problems of what stands at a path of the file, or inside it."""
        return [problem for problem in self.problems if _is_in(problem.path, dotted(path))]

    def is_settled(self, question: Question) -> bool:
        """Whether a question is answered, or said to be not measured."""
        return question.id in self.submission.answers or question.id in self.submission.not_measured

    def status_is_settled(self, provision: str) -> bool:
        return self.submission.declarations.get(provision, NOTHING).status is not None


@dataclass(frozen=True, slots=True)
class Chapter:
    """What is asked of one theme: questions, the provisions whose status decides their score, and further ones.

    `kept` are questions that were answered and that no chosen code reads: nobody has to look at them.
    """

    id: str
    title: str
    asked: tuple[Asked, ...]
    statuses: tuple[Declared, ...]
    others: tuple[Declared, ...]
    kept: tuple[Asked, ...]
    settled: int

    @property
    def total(self) -> int:
        return len(self.asked) + len(self.statuses)

    @property
    def left(self) -> int:
        return self.total - self.settled

    @property
    def share(self) -> float:
        return share(self.settled, self.total)


def begin(today: date) -> Draft:
    """A draft in which nothing is said yet but the period, the latest half of a year that is over."""
    return Draft(blank(today))


def halves(today: date) -> list[tuple[date, date]]:
    """The latest two halves of a year that are over, the last first."""
    last = blank(today)
    before = blank(last.period_from)
    return [(each.period_from, each.period_to) for each in (last, before)]


def opened(data: bytes, file: str, rules: Rules, today: date) -> Draft:
    """The draft that a file holds: all of it that can be read, and its problems."""
    empty = begin(today).submission
    begun = {**template.head(empty), "answers": {}}
    submission, problems = salvage(data, file, rules.catalogue, rules.schema, today, begun)
    if submission is None:
        return Draft(replace(empty, file=file), tuple(problems), is_unreadable=True)
    return Draft(submission, tuple(problems))


# What is asked


def codes_of(draft: Draft, rules: Rules) -> list[Code]:
    """The codes that the draft answers for: those chosen, else those in force for its period that bind the service.

    Of a code that was chosen the version that is in force counts, and it goes when it turns out not to be addressed
    to the service, unless nothing would be left.
    """
    fitting = rules.fitting(draft.submission, None)
    ids = {name.partition("@")[0] for name in draft.codes}
    chosen = [code for code in fitting if code.id in ids] or [code for code in rules.codes if code.name in draft.codes]
    return chosen or rules.binding(draft.submission)


def codes_left_out(draft: Draft, rules: Rules) -> list[Code]:
    """The codes that bind and are in force for the period, and turned out not to be addressed to the service."""
    unknown = replace(draft.submission, answers={})
    return [code for code in rules.binding(unknown) if not fits(code, draft.submission) and code.standing in BINDING]


def form_of(draft: Draft, rules: Rules) -> Form | None:
    """What the draft's codes ask, in stages; None where no code is in force for the period."""
    codes = codes_of(draft, rules)
    if not codes:
        return None
    provisions = {provision.id for code in rules.codes for provision in code.provisions}
    unread = {id for id in provisions if draft.problems_at("provisions", id)}
    unread |= {id for id in rules.catalogue.questions if draft.problems_at("answers", *id.split("."))}
    return form(codes, draft.submission, rules.codes, in_stages=True, unread=unread)


def chapters(draft: Draft, asked: Form) -> list[Chapter]:
    """The form's sections, each with the provisions that belong to it: what the service is, its ratings, the rest."""
    homes = _homes(asked)
    found = []
    sections = {section.id: section for section in asked.sections}
    for id in dict.fromkeys([*sections, *homes.values()]):
        section = sections.get(id)
        asked_of = section.asked if section else ()
        questions = tuple(each for each in asked_of if each.is_read)
        kept = tuple(each for each in asked_of if not each.is_read)
        here = [each for each in asked.declared if homes[each.provision.id] == id]
        statuses = tuple(each for each in here if each.is_tested and each.is_read)
        settled = sum(draft.is_settled(each.question) for each in questions)
        settled += sum(draft.status_is_settled(each.provision.id) for each in statuses)
        others = tuple(each for each in here if each not in statuses)
        title = section.title if section else PROVISIONS_TITLE
        found.append(Chapter(id, title, questions, statuses, others, kept, settled))
    return sorted(found, key=_stage)


def _stage(chapter: Chapter) -> int:
    """Facts come first, as they decide which codes are addressed to the service, then its ratings, then the rest."""
    roles = Counter(each.question.role for each in chapter.asked)
    if roles[Role.FACT] or roles[Role.JUDGEMENT]:
        return int(roles[Role.JUDGEMENT] > roles[Role.FACT])
    return 2


def _homes(asked: Form) -> dict[str, str]:
    """The section that each provision stands in: that of the first question it reads, else its chapter's."""
    sections = {section.id for section in asked.sections}
    homes: dict[str, str] = {}
    alike: dict[tuple[str, str], Counter[str]] = {}
    for each in asked.declared:
        reads = [id for requirement in each.provision.requirements for id in requirement.test.reads]
        own = next((id.partition(".")[0] for id in reads if id.partition(".")[0] in sections), "")
        if own:
            homes[each.provision.id] = own
            alike.setdefault((each.code.name, each.provision.chapter), Counter())[own] += 1
    for each in asked.declared:
        chapter = each.provision.chapter
        others = alike.get((each.code.name, chapter))
        usual = others.most_common(1)[0][0] if others else PROVISIONS
        homes.setdefault(each.provision.id, chapter if chapter in sections else usual)
    return homes


def share(settled: int, total: int) -> float:
    """How much is settled, in hundredths, cut so that only all of it is 1."""
    return settled * 100 // total / 100 if total else 1.0


def progress(found: Iterable[Chapter]) -> tuple[int, int]:
    """How much of what is asked is settled, and how much is asked."""
    each = list(found)
    return sum(chapter.settled for chapter in each), sum(chapter.total for chapter in each)


def profile_left(draft: Draft, asked: Form) -> int:
    """How many of the facts and ratings that are asked nothing was said of yet."""
    questions = (each.question for section in asked.sections for each in section.asked)
    return sum(each.role is not Role.ANSWER and not draft.is_settled(each) for each in questions)


def faults(asked: Form, rules: Rules, today: date) -> list[Problem]:
    """What the draft of which the form was made would be refused for as a file; their paths are those of the file."""
    data = audit.report_bytes(asked, "json")
    return list(audit.report_of(data, "draft.json", rules, today).problems)


# Changes


def with_answer(draft: Draft, id: str, value: Value | None) -> Draft:
    """The question answered, or with None neither answered nor said to be not measured."""
    return _answered(draft, id, value, is_measured=True)


def without_measure(draft: Draft, id: str) -> Draft:
    """The question said to be not measured."""
    return _answered(draft, id, None, is_measured=False)


def with_entry(draft: Draft, id: str, text: str) -> Draft:
    """A question to which something was typed that is no answer: it counts as not answered."""
    return replace(with_answer(draft, id, None), entries={**draft.entries, id: text})


def with_status(draft: Draft, id: str, declared: Declaration) -> Draft:
    """What is declared of a provision; of one of which nothing is said, nothing is kept."""
    others = {each: given for each, given in draft.submission.declarations.items() if each != id}
    declarations = {**others, id: declared} if declared != NOTHING else others
    return _settled(_changed(draft, declarations=declarations), "provisions", id)


def with_evidence(draft: Draft, evidence: Evidence) -> Draft:
    """A piece of evidence added, or put in place of that of the same id."""
    given = {each.id: each for each in draft.submission.evidence}
    return _changed(draft, evidence=tuple({**given, evidence.id: evidence}.values()))


def without_evidence(draft: Draft, id: str) -> Draft:
    return _changed(draft, evidence=tuple(each for each in draft.submission.evidence if each.id != id))


def next_evidence_id(draft: Draft) -> str:
    taken = {each.id for each in draft.submission.evidence}
    return next(id for id in (f"evidence-{number}" for number in count(1)) if id not in taken)


def with_service(draft: Draft, service: Service) -> Draft:
    return _settled(_changed(draft, service=service), "service")


def with_name(draft: Draft, name: str) -> Draft:
    """The service named, and its id made of the name until somebody gives it another."""
    service = draft.submission.service
    is_own = service.id not in ("", id_of(service.name))
    return with_service(draft, replace(service, name=name, id=service.id if is_own else id_of(name)))


def id_of(name: str) -> str:
    """An id for a service of this name: its letters and digits without accents; "" where it has none."""
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")[:64].rstrip("-")


def with_period(draft: Draft, start: date | None = None, end: date | None = None) -> Draft:
    """The period from and to other days; None leaves that end as it is, with what the opened file has wrong there."""
    given = draft.submission
    left = [] if start else draft.problems_at("period", "from")
    left += [] if end else draft.problems_at("period", "to")
    changed = _changed(draft, period_from=start or given.period_from, period_to=end or given.period_to)
    settled = _settled(changed, "period").problems
    return replace(changed, problems=tuple(each for each in draft.problems if each in settled or each in left))


def with_prepared(draft: Draft, on: date, by: str, approved_by: str) -> Draft:
    return _settled(
        _changed(draft, prepared_on=on, prepared_by_role=by, approved_by_role=approved_by),
        "prepared",
    )


def with_codes(draft: Draft, names: Iterable[str]) -> Draft:
    return replace(draft, codes=tuple(names))


def without_problems(draft: Draft, problems: Iterable[Problem]) -> Draft:
    """The draft in which these problems of the opened file are left behind: what they are about stays out."""
    gone = set(problems)
    return replace(draft, problems=tuple(each for each in draft.problems if each not in gone))


def _answered(draft: Draft, id: str, value: Value | None, *, is_measured: bool) -> Draft:
    submission = draft.submission
    answers = {each: given for each, given in submission.answers.items() if each != id}
    if value is not None:
        answers[id] = value
    unknown = [each for each in submission.not_measured if each != id] + ([] if is_measured else [id])
    entries = {each: text for each, text in draft.entries.items() if each != id}
    changed = replace(draft, entries=entries)
    return _settled(_changed(changed, answers=answers, not_measured=tuple(unknown)), "answers", *id.split("."))


def _changed(draft: Draft, **changes: object) -> Draft:
    return replace(draft, submission=replace(draft.submission, **changes))  # type: ignore[arg-type]


def _settled(draft: Draft, *path: str | int) -> Draft:
    """The draft without the problems of what stands at a path, which is said anew."""
    settled: Sequence[Problem] = draft.problems_at(*path)
    return replace(draft, problems=tuple(each for each in draft.problems if each not in settled))


def _is_in(path: str, around: str) -> bool:
    return path == around or path.startswith((f"{around}.", f"{around}["))
