"""Everything that can be wrong with an input file, in one table, and the words for it.

A problem's id is stable: it never changes its meaning and is never used again for another. Sentences and hints are
templates over details that the finder passes; `{name!q}` marks submitted text, which is quoted and cut. Whatever the
details hold, a message is one line and shows controls and other invisible characters as code points.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from compliance.model import Problem

MOST_PROBLEMS = 50
_MOST_COMPARED = 500
_MOST_QUOTED = 80


class Entry(NamedTuple):
    """One problem id: templates of its sentence and hint, why it is refused, and a small example."""

    sentence: str
    hint: str
    explanation: str
    example: str


PROBLEMS: dict[str, Entry] = {
    # Bytes and text
    "empty-file": Entry(
        "There is nothing in this file to read.",
        "Start a self-assessment from the sample in sample_reports that is most like your service, a code from what "
        "`compliance codes new` writes.",
        "A file without any value cannot be told from one that was cut off.",
        "# nothing below this comment",
    ),
    "file-too-large": Entry(
        "The file has more than {most:,} bytes, which are the most that are read.",
        "Leave out what is not part of the format, such as pasted records.",
        "A bound on size keeps one file from holding up everybody else's.",
        "(a file of 50 MB)",
    ),
    "not-utf8": Entry(
        "The bytes from here on are not UTF-8 text.",
        "Save the file with the encoding UTF-8.",
        "In another encoding, or with damaged bytes, names and numbers would be guessed.",
        "(a file saved as UTF-16)",
    ),
    "not-plain-text": Entry(
        "This is {what} and not plain text, whatever its name says.",
        "Open it in the program that it is from, and save what it says as plain text with the encoding UTF-8.",
        "Only plain text is read; a file of another kind does not become text by another name.",
        "(a word processor's document that was renamed to code.yaml)",
    ),
    "forbidden-character": Entry(
        "{code} is {what}, which is not allowed{count}.",
        "Delete it; it may be invisible in your editor.",
        "Controls, bidirectional overrides, line separators and lone surrogates make text look other than it is.",
        'name: "Harbour\\u202eline"',
    ),
    "text-too-long": Entry(
        "This text is longer than {most}.",
        "Shorten it.",
        "Texts are bounded so that every one of them can be shown in full.",
        "comment: (70,000 characters)",
    ),
    "too-deep": Entry(
        "Keys and lists are nested more than {most} deep here.",
        "Close the brackets that were left open, or indent less.",
        "No format of ours nests more than a few levels; deeper files are mistakes or attacks.",
        "[[[[[[[[ (and so on, 51 times)",
    ),
    "too-many-values": Entry(
        "The file holds more than {most:,} keys and values.",
        "Leave out what is not part of the format.",
        "A bound on the number of values keeps one file from holding up everybody else's.",
        "(a list of 100,001 items)",
    ),
    "yaml-syntax": Entry(
        "This cannot be read as YAML: {reason}.",
        "{advice}",
        "The text breaks the rules of YAML, so nothing after this place can be read.",
        'name: "Harbourline',
    ),
    "json-syntax": Entry(
        "This cannot be read as JSON: {reason}.",
        "{advice}",
        "The text breaks the rules of JSON.",
        '{"name": "Harbourline",}',
    ),
    # Forms that two readers would take differently
    "csv-syntax": Entry(
        "This cannot be read as CSV: {reason}.",
        "Separate fields with commas, and check the double quotes from this line on.",
        "A quote that is not closed would swallow the lines after it.",
        'harbourline,"Harbourline',
    ),
    "csv-fields": Entry(
        "This line has {count} fields where the header has {wanted}.",
        "Put text that holds a comma in double quotes.",
        "Fields that are moved by one would be read as something else.",
        "harbourline,Harbourline,Harbourline Ltd, London",
    ),
    "duplicate-key": Entry(
        "The key {name!q} is given a second time.",
        "Keep one of the two.",
        "Some readers take the first of two equal keys and some the last, so neither is taken here.",
        "answers:\n  service: {is_adult: false}\n  service: {is_adult: true}",
    ),
    "key-not-text": Entry(
        "A list or a group of keys stands where a key is expected.",
        "Write the key as plain text before the colon; put quotes around text that begins with a bracket.",
        "Keys are text in JSON and in every format of ours.",
        "? [removal, csam]\n: 6.5",
    ),
    "yaml-alias": Entry(
        "{name!q} refers to a value elsewhere (an alias), which is not allowed.",
        "Put quotes around text that begins with *; otherwise write the value itself.",
        "Aliases can make a small file grow without end, and JSON has none.",
        "to: *end",
    ),
    "yaml-anchor": Entry(
        "{name!q} marks what follows (an anchor), which is not allowed.",
        "Put quotes around text that begins with &; otherwise remove the & and the name after it.",
        "Anchors serve only aliases, which are refused.",
        'from: &start "2026-01-01"',
    ),
    "yaml-tag": Entry(
        "{tag!q} says how to read what follows (a tag), which is not allowed.",
        "Put quotes around text that begins with !; otherwise remove it.",
        "A tag can change what a value is, or name a program's own type.",
        'is_adult: !!bool "no"',
    ),
    "yaml-merge-key": Entry(
        "The merge key << is not allowed.",
        "Write the keys out.",
        "Merge keys are an extension that readers of YAML 1.2 take as an ordinary key.",
        "removal: {<<: *defaults, p95_hours: 6.5}",
    ),
    "yaml-directive": Entry(
        "A YAML directive stands here.",
        "Remove the line that starts with %.",
        "Directives change how the rest of a file is read; only %YAML 1.2 is accepted.",
        "%YAML 1.1\n---\nis_adult: no",
    ),
    "yaml-null": Entry(
        "{text!q} is a blank to some readers of YAML and text to others.",
        "Write null, or nothing at all, for a blank; put quotes around it where text is meant.",
        "A blank that one reader takes for an answer would earn what nobody answered.",
        "remedy: ~",
    ),
    "second-document": Entry(
        "A second document starts here.",
        "Put one document in a file: remove --- and what follows, or save it as a file of its own.",
        "Readers differ in whether they take the first document, the last or all of them.",
        "format: self-assessment/1\n---\nformat: self-assessment/1",
    ),
    "number-not-finite": Entry(
        "{text!q} is not a number that can be compared.",
        "Leave the answer empty (null) if there is no figure.",
        "Every comparison with NaN is false and every one with infinity is won, so neither can be judged.",
        '{"p95_hours": NaN}',
    ),
    "number-too-large": Entry(
        "The number {text!q} is too large to be kept exactly.",
        "Whole numbers go up to 9,007,199,254,740,992.",
        "Beyond 2 to the power of 53 readers round differently, and 1e999 becomes infinity.",
        "uk_monthly_users: 99999999999999999999",
    ),
    # The shape of a file
    "missing-key": Entry(
        "The key {name!q} is missing here.",
        "Add it: {expected}.",
        "The format requires this key.",
        'period: {from: "2026-01-01"}',
    ),
    "unknown-key": Entry(
        "The key {name!q} is not known here.",
        "{advice}",
        "A key that nobody reads would be a figure that silently does not count.",
        "service: {uk_monthly_user: 2_400_000}",
    ),
    "wrong-type": Entry(
        "Expected {expected}, got {got}.",
        "{advice}",
        "The value is of another type than the question asks for. NO, on, 1:30 and 010 are text here, since readers "
        "of YAML disagree on what they mean.",
        "service: {is_adult: NO}",
    ),
    "unknown-option": Entry(
        "Expected {expected}, got {got}.",
        "{advice}",
        "The value is not one of those that can be chosen.",
        "risk: {csam_images: hihg}",
    ),
    "wrong-form": Entry(
        "Expected {expected}, got {got}.",
        "{advice}",
        "The text does not have the form that is asked for.",
        "service: {id: Harbour Line}",
    ),
    "not-a-result": Entry(
        "This is not what `check --format json` prints: {reason}.",
        "Record a result: compliance check --format json FILE... > baseline.json",
        "Results can be held to a recorded one only where everything that is compared can be read in it.",
        '{"score": 94}',
    ),
    "wrong-format": Entry(
        "The format is {got}, but {wanted} is read here.",
        "Write `format: {wanted}`, or use the file where its own format is read.",
        "The first key of a file says what the file is, so that one kind is never read as another.",
        "format: self-assessment/2",
    ),
    "not-whole": Entry(
        "{got} is not a whole number.",
        "Count whole items; a share of them has a question of its own.",
        "A count has no fraction.",
        "uk_monthly_users: 2400000.5",
    ),
    "below-minimum": Entry(
        "{got} is less than {least}, the least that is possible here.",
        "Check the figure; leave it empty (null) if it is not known.",
        "The value lies below the least that its definition allows; counts and times are never negative.",
        "public_images_uploaded: -1",
    ),
    "above-maximum": Entry(
        "{got} is more than {most}, the most that is possible here.",
        "Check the figure and its unit.",
        "The value lies above the most that its definition allows.",
        "uptime_days: 400",
    ),
    "share-above-one": Entry(
        "{got} is more than 1, and a share lies between 0 and 1.",
        "{advice}",
        "Shares are written as fractions of 1, never as percentages, so that 0.99 and 99 % cannot be confused.",
        "precision: 99",
    ),
    "too-few-items": Entry(
        "The list has {count} of at least {least} items.",
        "Add what is missing.",
        "The format asks for more items.",
        "chapters: []",
    ),
    "too-many-items": Entry(
        "The list has {count:,} items; at most {most:,} are read.",
        "Keep those that matter.",
        "Lists are bounded so that every item can be shown.",
        "evidence: (1,001 items)",
    ),
    "repeated-item": Entry(
        "The list holds {got} twice.",
        "Remove one of the two.",
        "Each option is chosen once.",
        "kinds: [messaging, messaging]",
    ),
    "text-too-short": Entry(
        "This text is too short: {length} of at least {least} {characters}.",
        "{advice}",
        "The text has to carry a definition or a reason that a stranger can follow.",
        "define: Users.",
    ),
    "text-blank": Entry(
        "There is nothing to see in this text.",
        "Write what it should read; it may hold characters that do not show.",
        "A name that cannot be seen could not be told from any other.",
        'name: "\\u200b"',
    ),
    "does-not-fit": Entry(
        "Expected {expected}, got {got}.",
        "{advice}",
        "The value breaks a rule of the file's schema that has no problem id of its own.",
        "test: {}",
    ),
    # Dates and references in a self-assessment
    "no-such-date": Entry(
        "There is no such date as {got}.",
        "Check the month and the number of its days.",
        "The text has the form of a date but names no day of the calendar.",
        'prepared: {on: "2025-02-30"}',
    ),
    "period-reversed": Entry(
        "The period ends on {end}, before it starts on {start}.",
        "Exchange the two dates or correct one.",
        "A period runs from its first day to its last, both included.",
        'period: {from: "2026-06-30", to: "2026-01-01"}',
    ),
    "period-not-over": Entry(
        "The period ends on {end}, but the file was prepared on {prepared}.",
        "Report on a period that was over when the file was prepared.",
        "Figures for a period can only be known after its last day.",
        'period: {from: "2026-01-01", to: "2026-06-30"}\nprepared: {on: "2026-06-30"}',
    ),
    "due-before-end": Entry(
        "The self-assessment is due on {due}, before its period is over on {end}.",
        "Correct the date in due or in period_to.",
        "A period can only be reported on once it is over.",
        "harbourline,Harbourline,Harbourline Ltd,,2026-01-01,2026-06-30,2026-06-01,",
    ),
    "prepared-in-future": Entry(
        "The file says it was prepared on {prepared}, which is after today, {today}.",
        "Correct the date.",
        "Nothing can have been prepared in the future.",
        'prepared: {on: "2099-01-01"}',
    ),
    "since-after-prepared": Entry(
        "This is declared in place since {since}, after the file was prepared on {prepared}.",
        "Use the status planned until then.",
        "What starts later is planned, not in place.",
        'IICSA-R1.1: {status: in_place, since: "2099-01-01"}',
    ),
    "reason-missing": Entry(
        "The status not_applicable needs a reason.",
        "Add `reason:` and say which fact takes the service out of the provision's reach.",
        "A provision set aside without a reason cannot be checked by anybody.",
        "IICSA-R1.1: {status: not_applicable}",
    ),
    "answered-and-not-measured": Entry(
        "{id} is answered, and listed as not measured.",
        "Take it off the list, or leave the answer empty.",
        "What is not measured has no answer. Which of the two is meant, only the platform can say.",
        "answers: {removal: {csam: {items: 12}}}\nnot_measured: [removal.csam.items]",
    ),
    "covers-reversed": Entry(
        "The evidence covers a time that ends on {end}, before it starts on {start}.",
        "Exchange the two dates or correct one.",
        "What evidence covers runs from its first day to its last.",
        'covers: {from: "2026-03-31", to: "2026-01-01"}',
    ),
    "repeated-id": Entry(
        "The id {id!q} is used a second time.",
        "Give each its own id.",
        "Ids are how decisions and reports refer to one thing.",
        "evidence:\n  - {id: audit, ...}\n  - {id: audit, ...}",
    ),
    # Conditions in rules files
    "expression-too-long": Entry(
        "The condition has more than {most:,} characters.",
        "Name parts of it as facts and use their names.",
        "A condition has to be short enough to be read beside the clause it encodes.",
        "applies_when: (2,001 characters)",
    ),
    "expression-too-deep": Entry(
        "The condition nests more than {most} levels deep.",
        "Name parts of it as facts, or leave out brackets that change nothing.",
        "Brackets and operators may be nested a bounded number of levels, so that no text can exhaust a reader.",
        "applies_when: ((((((((( (and so on, 41 times)",
    ),
    "expression-too-large": Entry(
        "With its facts written out, the condition has more than {parts:,} parts or {levels} levels.",
        "Build it from fewer facts that name other facts.",
        "Facts that name facts can double at every step, so what they come to is bounded too.",
        "facts: {b: a and a, c: b and b, d: c and c} (and so on)",
    ),
    "expression-syntax": Entry(
        "The condition cannot be read {where}.",
        "{hint}",
        "This is not in the language of conditions, or something is missing before it.",
        'applies_when: risk.csam_images = "high"',
    ),
    "expression-bad-number": Entry(
        "{found!q} is not a decimal number that can be kept.",
        "Write digits, with a decimal point or underscores between them: 0.999 or 700_000.",
        "Numbers are decimal and finite; 010, 0x10 and 1e999 are read differently by different programs.",
        "applies_when: service.uk_monthly_users > 0x10",
    ),
    "expression-missing-operator": Entry(
        "There is no operator before {found!q}.",
        "Put and, or, in or a comparison between the two.",
        "Two names, numbers or texts in a row say nothing.",
        "applies_when: service.is_adult service.is_file_sharing",
    ),
    "expression-not-allowed": Entry(
        "{found!q} is not part of the language of conditions.",
        "{hint}",
        "Conditions call nothing and look nothing up, so that a rules file can never run code.",
        "applies_when: len(service.kinds) > 2",
    ),
    "expression-unknown-name": Entry(
        "There is no question and no fact {name!q}.",
        "{hint}",
        "A name in a condition is the id of a question in the catalogue, or of a fact that the code defines before it.",
        "applies_when: service.uk_monthly_user > 700_000",
    ),
    "expression-unknown-option": Entry(
        "{option!q} is not an option of {question}.",
        "{hint}",
        "A comparison with an option that nobody can choose would never be true.",
        'applies_when: risk.csam_images == "hihg"',
    ),
    "expression-bad-date": Entry(
        "{found!q} is not a date.",
        "Write year, month and day: 2025-03-17.",
        "A date is compared with text of the form YYYY-MM-DD that names a day of the calendar.",
        'applies_when: governance.policy_approved_on >= "2025-02-30"',
    ),
    "expression-wrong-type": Entry(
        "Here stands {found}, where {needed} is needed.",
        "Compare it with something, or use a question of the right type.",
        "and, or, not and a whole condition take conditions, + - * / take numbers, and a list takes quoted text.",
        "applies_when: service.uk_monthly_users and service.is_adult",
    ),
    "expression-not-comparable": Entry(
        "{sign!q} cannot stand between {left} and {right}.",
        "Compare numbers of one type, without quotes, dates with dates and a choice with its options; ask whether an "
        'option is in a list: "messaging" in service.kinds.',
        "The two sides have nothing in common, so the comparison could be neither true nor false. What a text says is "
        "never compared.",
        'applies_when: service.uk_monthly_users > "large"',
    ),
    "expression-no-order": Entry(
        "{sign!q} needs an order, and {left} has none.",
        "Use == or in with a list, or mark the choice as ordered where its options go from low to high.",
        "Only numbers, dates and choices marked as ordered can be more or less.",
        'applies_when: service.main_kind > "messaging"',
    ),
    # Rules: the catalogue of questions
    "unknown-reference": Entry(
        "There is no {what} {name!q}.",
        "{hint}",
        "Every id in a rule has to lead somewhere, or the rule would silently test nothing.",
        "test: {is_true: prescreening.hash_matchng_in_use}",
    ),
    "question-reserved-word": Entry(
        "{word!q} cannot be part of an id, because conditions read it as a word of their own.",
        "Choose another word.",
        "Ids are used in conditions, where Python's keywords, true and false have a meaning.",
        "questions:\n  age.is: {...}",
    ),
    "question-is-section": Entry(
        "{section!q} is a question, so it cannot also be a section that holds this one.",
        "Rename one of the two.",
        "Ids nest in a self-assessment, where one key cannot hold both an answer and further keys.",
        "questions:\n  removal: {...}\n  removal.items: {...}",
    ),
    "define-too-short": Entry(
        "The definition is shorter than {least} characters.",
        "Say what is counted, what is not, and for whom.",
        "A question that two platforms read in two ways gives two numbers that cannot be compared.",
        "define: Number of reports.",
    ),
    "define-repeats-ask": Entry(
        "The definition only repeats the question.",
        "Say what is counted, what is not, and for whom.",
        "A definition that repeats the question leaves every choice to the reader.",
        "{ask: How many users?, define: How many users?}",
    ),
    "question-options": Entry(
        "A question of type {type} has the wrong options.",
        "choice and choices list options, no other type does, and only a choice is ordered.",
        "Options are what can be chosen, and an order is what lets conditions compare them.",
        "{type: count, options: [low, high]}",
    ),
    "question-unit": Entry(
        "A number needs a unit.",
        "Name what is counted, such as users, or what a share is of.",
        "A number without a unit can be neither checked nor shown.",
        "{type: count, unit: }",
    ),
    "question-bounds": Entry(
        "No answer fits: the least, {least}, is more than the most, {most}.",
        "Exchange min and max or correct one; min is 0 and max is 1 (a share) or 2^53 where it is not given.",
        "A question whose bounds leave nothing between them can never be answered.",
        "{type: count, min: 10, max: 5}",
    ),
    "clock-without-time": Entry(
        "A question of type {type} has no clock.",
        "Only hours and days have one.",
        "A clock says when a time starts and stops.",
        "{type: count, clock: {...}}",
    ),
    "circular-reference": Entry(
        "{name!q} leads back to itself.",
        "Name the one that came before it.",
        "What replaces or supersedes another comes after it, and nothing comes after itself.",
        'id: a-code, version: "2", supersedes: a-code@2',
    ),
    "amended-faulty": Entry(
        "{name!q} is there, but has problems of its own.",
        "Mend that file first; `compliance codes lint` names them.",
        "A version that states its changes is made whole from the one that it amends.",
        "amends: a-code@1, where a-code@1.yaml cannot be read",
    ),
    "succession": Entry(
        "{name} cannot follow: {why}.",
        "A version follows one version of its own code, which no other follows, and begins after it.",
        "Versions take turns: on every day at most one of them is in force, and each ends the day before the next.",
        'amends: a-code@1, in_force: {from: "2019-01-01"}, where a-code@1 begins in 2020',
    ),
    "id-taken": Entry(
        "{id!q} is already the id of {what}.",
        "Choose another id, or remove one of the two.",
        "Conditions, declarations and explanations know things by their id alone.",
        "consistency: [{id: part-above-whole, ...}]",
    ),
    # Rules: a code of practice
    "no-codes": Entry(
        "There is no code of practice here.",
        "Name a code file, or a folder with code files in it or in its folder codes; they end in .yaml, .yml or .json.",
        "Without a code there is nothing to assess by and nothing to check.",
        "compliance check --rules an-empty-folder report.yaml",
    ),
    "in-force-reversed": Entry(
        "This ends on {end}, before it starts on {start}.",
        "Exchange the two dates or correct one.",
        "What is in force runs from its first day to its last, both included.",
        'in_force: {from: "2026-03-17", to: "2025-03-17"}',
    ),
    "applicability-reads-answer": Entry(
        "{question!q} is an answer that is scored, so it cannot decide what applies.",
        "Use questions whose role is fact or judgement.",
        "If scored answers decided what applies, a bad answer could make its own rule disappear.",
        "applies_when: prescreening.hash_matching_in_use",
    ),
    "fact-circular": Entry(
        "The fact {name!q} is defined by itself.",
        "Write one of the facts that name each other without naming the others.",
        "A fact is worked out from those that it names, so one of them has to come first.",
        "facts: {a: b or service.is_adult, b: not a}",
    ),
    "cohort-order": Entry(
        "Every cohort has a condition, but for the last, which has none.",
        "Give it a `when`, or put the cohort that takes in all others at the end.",
        "The first cohort whose condition is true takes a service in; the last takes in whoever is left.",
        "cohorts: [{id: other, title: Other}, {id: adult, title: Adult, when: service.is_adult}]",
    ),
    "judgement-not-ordered": Entry(
        "{question!q} has no order, so no rating of it can be the least.",
        "Give the question ordered options, or use a yes/no question.",
        "A least rating only means something on a scale.",
        "judgements: {service.kinds: [{at_least: adult, ...}]}",
    ),
    "no-such-option": Entry(
        "{question!q} has no option {option!q}.",
        "Use the options that the question lists.",
        "A test of an option that cannot be chosen would never be met.",
        "test: {one_of: age.method, credit: {magic: 1}}",
    ),
    "option-missing": Entry(
        "The option {option!q} of {question!q} has no credit.",
        "List every option, with 0 where it earns nothing.",
        "An option that was forgotten would have to be guessed.",
        "test: {one_of: age.method, credit: {estimation: 1}}",
    ),
    "provision-without-requirement": Entry(
        "{provision} is scored but has no requirement.",
        "Give it one, or make its obligation information.",
        "A provision is tested through its requirements.",
        "{id: IICSA-R1.1, obligation: must, requirements: []}",
    ),
    "test-kind": Entry(
        "A test is exactly one of: {kinds}.",
        "Name one of them, and its arguments beside it.",
        "Each requirement is one testable statement.",
        "test: {is_true: a.b, is_reported: a.b}",
    ),
    "test-argument-unknown": Entry(
        "{kind} has no argument {argument!q}.",
        "See the table of tests in rules/README.md.",
        "An argument that nothing reads would look like a bar that nothing is held to.",
        "test: {is_true: a.b, full_at: 1}",
    ),
    "test-argument-missing": Entry(
        "{kind} needs {argument!q}.",
        "See the table of tests in rules/README.md.",
        "Without it the test has no bar.",
        "test: {at_least: a.b}",
    ),
    "test-type": Entry(
        "{question!q} is of type {type}, which this test cannot read.",
        "It takes {takes}.",
        "A test reads only questions whose answers it can compare.",
        "test: {is_true: service.uk_monthly_users}",
    ),
    "bounds-crossed": Entry(
        "zero_at is on the wrong side of full_at.",
        "For at_least it is smaller than full_at, for at_most larger.",
        "The credit runs from zero_at (0) to full_at (1).",
        "test: {at_least: a.b, full_at: 0.9, zero_at: 0.99}",
    ),
    "when-zero-without-cases": Entry(
        "when_zero means nothing here, since the test counts no cases.",
        "Leave it out, or test a part of a whole or a time.",
        "Only a whole, or the number of items of a time, can be zero cases.",
        "test: {is_true: a.b, when_zero: no_cases}",
    ),
    # Rules: what an author owes a reader
    "missing-for-readers": Entry(
        "{what} is missing.",
        "{advice}",
        "A rule that does not say what it asks, why, and what to do cannot be acted on or argued with.",
        "{id: in-use, test: {...}, basis: code}",
    ),
    "file-name": Entry(
        "This file holds {name}, but is not named after it.",
        "Rename it to {name}{suffix}, or take it out of the folder if it is a copy.",
        "A version is found, cited and superseded by its name, which the file shares.",
        'codes/draft.yaml: {id: a-code, version: "1"}',
    ),
    "placeholder-left": Entry(
        "Something is still to be filled in here: {what!q}.",
        "Put your own words or value in its place and delete the mark FILL IN.",
        "The skeleton of a new code marks what its author has to say; what is left would be published as it is.",
        'title: "FILL IN: the code\'s title"',
    ),
    "ours-missing": Entry(
        "Here stands `{given}` without `{wanted}`.",
        "Where you split a published item, say `under:` which item and `ours: true`; elsewhere leave both out.",
        "Where a published item is split, coverage counts the item, and readers see that the parts are not the "
        "publisher's.",
        "{id: IICSA-R1.1, under: IICSA-R1}",
    ),
    "caps-standing": Entry(
        "A code of standing {standing} carries {wanted}.",
        "Leave `caps` out: the standing says what applies.",
        "Duties and statutory codes are capped; voluntary codes and recommendations bind nobody, so nothing caps them.",
        "standing: voluntary, caps: [{id: critical, limit: 49, below: 0.5}]",
    ),
    "must-without-deciding": Entry(
        "{provision} is a must, but nothing under it can decide.",
        "Give it a requirement whose basis is statute or code, or make it a should.",
        "Own targets and benchmarks never decide a conclusion, so this must could not be departed from.",
        "{obligation: must, requirements: [{basis: benchmark, ...}]}",
    ),
    "secondary-decides": Entry(
        "A secondary source cannot carry the basis {basis}.",
        "Find the primary text, or make the requirement a benchmark.",
        "What was only read in a paraphrase may inform a score but never decide.",
        "{source: {mark: secondary, ...}, basis: code}",
    ),
    "unverified-scored": Entry(
        "An unverified source is shown and never scored.",
        "Verify it, or mark the provision unverified.",
        "A rule that nobody saw the text of must not cost anybody points.",
        "{source: {mark: unverified, ...}, basis: benchmark}",
    ),
    "unverified-rating": Entry(
        "This least rating of {question!q} rests on a source that nobody verified.",
        "Verify it, or leave the rating out.",
        "A least rating can make a provision apply, so it costs points; what nobody saw the text of must not.",
        "judgements: {risk.images: [{at_least: high, when: ..., source: {mark: unverified, ...}}]}",
    ),
    "benchmark-source": Entry(
        "This benchmark holds answers against {numbers}, and does not say who published that.",
        "Give the requirement a `source` of its own, or measure by 0 and 1, which are the ends of any share.",
        "A number that nobody published looks like law in a report; whose it is stands beside it, or it is left out.",
        "{test: {at_least: a.b, full_at: 0.95}, basis: benchmark}",
    ),
    "own-target-basis": Entry(
        "The basis {basis} and the test {test} do not go together.",
        "Only meets_own_target rests on own_target, and it rests on nothing that decides.",
        "A target is a platform's own: whether it was set in time is checked by that test alone, and it never decides.",
        "{test: {at_most: removal.p95_hours, full_at: 24}, basis: own_target}",
    ),
    "status-elsewhere": Entry(
        "{provision} is judged by what is declared of {other}.",
        "Write {provision} here, so that a status, an alternative or evidence for it counts where it is declared.",
        "A platform declares each provision by its own id; what it says of this one would be read by nothing.",
        "{id: EX-2, requirements: [{test: {in_place: EX-1}}]}",
    ),
    "cannot-decide": Entry(
        "{test} is met by any answer, so it cannot be the {basis} that decides.",
        "Make the requirement a benchmark, or test what the answer says.",
        "What nobody can fail decides nothing, and would count as if a must had been kept.",
        "{test: {is_reported: a.b}, basis: statute}",
    ),
    "clock-missing": Entry(
        "{question!q} is a time that is measured, and has no clock.",
        "Give the question a `clock`: what starts it, what stops it, and which question counts the items.",
        "Without a clock two platforms measure two things, and a time without any items cannot be told from a blank.",
        "test: {meets_own_target: removal.p95_hours, ...}, where removal.p95_hours has no clock",
    ),
    "in-force-outside": Entry(
        "{provision} {why}.",
        "Correct one of the two; leave `in_force` out where a provision is in force as long as the code.",
        "A provision is in force as a part of its code, or of the versions before it.",
        'a code in_force: {from: "2026-01-01"}, and in it a provision in_force: {from: "2025-01-01"}',
    ),
    "removed-unlisted": Entry(
        "{provision} of {before} is not here, and nothing says why.",
        "List it under `removed` with the reason and, if there is one, its successor; or under `left_out`.",
        "Whoever answered to a provision has to find out what became of it.",
        "supersedes: a-code@1, without its provision A-2",
    ),
    "weight-idle": Entry(
        "This weight decides nothing: {why}.",
        "Leave it out, or let the weights differ where they are meant to.",
        "A number that moves nobody's score looks like a decision that somebody made.",
        "requirements: [{id: only-one, weight: 3, ...}]",
    ),
    "never-true": Entry(
        "No answers were found with which {what}{tried}.",
        "{advice}",
        "What applies to nobody is a mistake. Profiles, which are answers to what a service is, are tried by answering "
        "one question after the other with every option and with the numbers and days at and beside each bound, as "
        "long as nothing is false yet. The search ends after 100,000 profiles, begun ones counted, and then says so; "
        "where questions are added up or compared with each other, only some of their values are tried.",
        "applies_when: large and service.uk_monthly_users < 1_000",
    ),
    "always-true": Entry(
        "No answer makes this false, so {provision} applies to everybody who answers.",
        "Leave `applies_when` out, or correct it.",
        "A condition that asks for nothing still makes a provision uncertain for those who leave the answer out.",
        "applies_when: service.is_adult or not service.is_adult",
    ),
    "pulled-apart": Entry(
        "{question!q} is pulled in two directions: {one} wants {wanted}, {other} wants {unwanted}.",
        "Keep one of the two, or let them apply to different services; a range is one test, `holds` with both bounds.",
        "An answer that gains in one requirement would lose in another, so no platform could do what both ask.",
        "{is_true: a.b} in one provision, {holds: not a.b} in another",
    ),
    "none-missing": Entry(
        "{question!q} is a list that may be empty, but none is not among its options.",
        "Add the option none.",
        "An empty list is a blank, so whoever has nothing to choose could not say so.",
        "{type: choices, role: answer, options: [images, videos]}",
    ),
    "question-not-number": Entry(
        "{name} means nothing for a question of type {type}.",
        "Leave it out.",
        "Only numbers have a unit and bounds; elsewhere nothing would be held to them.",
        "{type: yes_no, max: 1}",
    ),
    "rule-names-unread": Entry(
        "The rule names {question!q}, which it does not compare.",
        "Name only questions that `holds` reads, or compare this one as well.",
        "A contradiction touches every requirement that reads one of the questions named.",
        "{holds: a.b > 0, questions: [a.b, a.c]}",
    ),
    "example-outcome": Entry(
        "An example says once what it comes to.",
        "Give it either a `credit` or an `outcome`.",
        "Without either there is nothing to hold it to, and of two one would be ignored.",
        "{given: {a.b: true}, credit: 1, outcome: met}",
    ),
    "example-unread": Entry(
        "The example gives {what!q}, which nothing here reads.",
        "Leave it out, or correct it; `status` belongs to the test in_place alone.",
        "An answer without any effect looks as if it had one.",
        "test: {is_true: a.b}, examples: [{given: {a.b: true, a.c: 3}, credit: 1}]",
    ),
    "example-missing": Entry(
        "There is no example for {outcome}.",
        "Add one: it shows the rule at work, and the lint works it out.",
        "A requirement shows when it is met, not met and unknown, and when there are no cases; a consistency rule when "
        "it holds and when it does not.",
        "examples: [{given: {a.b: true}, credit: 1}]",
    ),
    "example-fails": Entry(
        "The example says {wanted}, but comes to {actual}.",
        "Correct the example or the rule; answers that contradict each other are unknown.",
        "An example that does not hold explains another rule than the one that runs.",
        "{given: {a.b: true}, credit: 0}",
    ),
    # Workbooks
    "not-a-workbook": Entry(
        "This cannot be read as a workbook: {reason}.",
        "{advice}",
        "Only plain Excel workbooks (.xlsx) are read, so that every program reads the same in one.",
        "(a file of Excel 97 that was renamed to report.xlsx)",
    ),
    "unpacks-too-large": Entry(
        "What is packed in this workbook comes to more than {most:,} bytes, or to too many parts.",
        "Copy the answers to a new template; pictures and pasted records do not belong in it.",
        "A small archive can unpack to more than a computer holds, so what is unpacked is bounded too.",
        "(a workbook of 1 MB that unpacks to 1 GB)",
    ),
    "workbook-unsafe": Entry(
        "The workbook holds {what}, and none is read that does.",
        "Remove it, or copy the answers to a new template.",
        "What runs, reaches out of the file or hides in it has no place in a record that is handed on.",
        "(a workbook with macros)",
    ),
    "workbook-altered": Entry(
        "This is not as in the template: {what}.",
        "{advice}",
        "An answer is known by its sheet, row and column; in an altered template it could be taken for another's.",
        "(a sheet that was renamed, a column that was deleted)",
    ),
    "cell-formula": Entry(
        "This cell holds a formula.",
        "Write the value itself: copy the cell, then paste it in the same place as a value.",
        "What a formula comes to can differ from program to program, and nobody can sign for it.",
        "=SUM(B2:B9)",
    ),
    "cell-error": Entry(
        "This cell holds the error {text!q} in place of a value.",
        "Write the value, or leave the cell empty if it is not known.",
        "An error is what is left of a calculation that failed, so nothing is known of the answer.",
        "#DIV/0!",
    ),
    # Whole files
    "file-unreadable": Entry(
        "The file cannot be read: {reason}.",
        "Check the name and the rights to read it.",
        "Nothing was read, so nothing can be said of its content.",
        "compliance check no-such-file.yaml",
    ),
    "nothing-found": Entry(
        "There is no self-assessment in this folder.",
        "Name a folder that holds files ending in .yaml, .yml, .json or .xlsx.",
        "A folder without files must not read as one whose files are all in order.",
        "compliance check empty-folder",
    ),
    "more-problems": Entry(
        "{count} not shown here.",
        "Correct those above first; some of the rest may follow from them.",
        "A file's first 50 problems are listed in file order, then only their number.",
        "(a file with 60 mistakes)",
    ),
}


class _Sentences(string.Formatter):
    """str.format with one conversion more: `!q` quotes submitted text."""

    def convert_field(self, value: Any, conversion: Any) -> Any:
        return quoted(value) if conversion == "q" else super().convert_field(value, conversion)


_SENTENCES = _Sentences()


def problem(id: str, file: str, line: int = 0, column: int = 0, path: str = "", /, **details: object) -> Problem:
    """The problem `id` at a place, its sentence and hint filled in with `details`."""
    entry = PROBLEMS[id]
    message = visible(_SENTENCES.vformat(entry.sentence, (), details))
    hint = visible(_SENTENCES.vformat(entry.hint, (), details))
    return Problem(file, line, column, path, id, message, hint)


def in_order(problems: Iterable[Problem], sheets: Sequence[str] = ()) -> list[Problem]:
    """The problems of one file in file order: at most fifty, then one that says how many more there are.

    Those of a workbook come in the order of its sheets, which `sheets` are.
    """
    order = {sheet: i for i, sheet in enumerate(sheets)}
    ordered = sorted(problems, key=lambda each: (order.get(sheet_of(each.place), -1), each.line, each.column))
    rest = len(ordered) - MOST_PROBLEMS
    if rest <= 0:
        return ordered
    count = "1 more problem is" if rest == 1 else f"{rest:,} more problems are"
    return [*ordered[:MOST_PROBLEMS], problem("more-problems", ordered[0].file, count=count)]


def at_cell(problem: Problem, sheet: str, row: int, column: int) -> Problem:
    """The same problem at a cell of a workbook, row and column from 1."""
    return replace(problem, line=row, column=column, place=cell_place(sheet, row, column))


def cell_place(sheet: str, row: int, column: int) -> str:
    """A cell with its sheet: `Removal!E12`."""
    name = sheet if re.fullmatch(r"[^\W\d]\w*", sheet) else f"'{sheet}'"
    return f"{name}!{cell_name(row, column)}"


def cell_name(row: int, column: int) -> str:
    """A cell as people call it: `E12`."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def sheet_of(place: str) -> str:
    """The sheet of a cell's place; nothing where there is none."""
    name = place.rpartition("!")[0]
    return name[1:-1] if name.startswith("'") else name


def render(problem: Problem) -> str:
    """One line, `file:line:column: path: ID: sentence. Hint.`, without the parts that are not known.

    Of a workbook the cell is named in place of line and column.
    """
    parts = [place_words(problem), visible(problem.path), problem.id, f"{problem.message} {problem.hint}"]
    return ": ".join(part for part in parts if part).rstrip()


def place_words(problem: Problem) -> str:
    """Where a problem is, as far as it is known: `file:line:column`, or the cell of a workbook."""
    where = problem.place or f"{problem.line}:{problem.column}"
    return f"{visible(problem.file)}:{visible(where)}" if problem.line else visible(problem.file)


def explain(id: str) -> str | None:
    """What a problem id means and an example of it, as text of several lines; None for an unknown id."""
    entry = PROBLEMS.get(id)
    if entry is None:
        return None
    example = entry.example.replace("\n", "\n    ")
    return f"{id}\n\n{entry.explanation}\n\nFor example:\n\n    {example}\n"


def quoted(text: str) -> str:
    """Submitted text in quotes, at most 80 characters of it, nothing in it invisible."""
    shown = text if len(text) <= _MOST_QUOTED else text[: _MOST_QUOTED - 1] + "…"
    return f'"{visible(shown)}"'


def visible(text: str) -> str:
    """The text on one line, with every character that does not print as \\uXXXX."""
    return text if text.isprintable() else "".join(c if c.isprintable() else _code_point(c) for c in text)


def _code_point(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def nearest(name: str, known: Sequence[str]) -> str | None:
    """The known name that `name` was most likely meant to be, letter case and hyphens aside; None if none is near.

    At most 500 names of about the same length are compared, since that takes up to 0.1 ms each.
    """
    import difflib  # only needed once something is wrong

    name = name[:_MOST_QUOTED].casefold().replace("-", "_")
    plain = {each.casefold().replace("-", "_"): each for each in known}
    if name in plain:
        return plain[name]
    # Names further apart in length cannot have seven of ten characters in common.
    likely = [each for each in plain if 7 * len(each) <= 13 * len(name) and 7 * len(name) <= 13 * len(each)]
    found = difflib.get_close_matches(name, likely[:_MOST_COMPARED], n=1, cutoff=0.7)
    return plain[found[0]] if found else None
