"""Typed text as a number that answers a question, and a number as the text that a person would type.

Whoever types sees at once what was understood, with its unit. What could mean two numbers, or would have to be rounded,
is refused with what to write instead. Whatever is read is within the question's bounds, so that a file may hold it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from compliance.model import Question, QuestionType, Value
from compliance.problems import quoted
from compliance.schema import bounds
from compliance.wording import say

_HOUR, _DAY = Fraction(1), Fraction(24)
_MINUTE, _SECOND = _HOUR / 60, _HOUR / 3600
_HOURS: Final[Mapping[str, Fraction]] = {
    **dict.fromkeys(("second", "seconds", "sec", "secs", "s"), _SECOND),
    **dict.fromkeys(("minute", "minutes", "min", "mins"), _MINUTE),
    **dict.fromkeys(("hour", "hours", "hr", "hrs", "h"), _HOUR),
    **dict.fromkeys(("day", "days", "d"), _DAY),
    **dict.fromkeys(("week", "weeks"), 7 * _DAY),
}
"""The words for a length of time, and how many hours each is. "m" could be minutes or months, so it is none of them."""
_PER_CENT: Final = ("%", "per cent", "percent")
_TIMES: Final[Mapping[str, int]] = {
    **dict.fromkeys(("k", "thousand"), 1_000),
    **dict.fromkeys(("m", "mn", "million"), 1_000_000),
    **dict.fromkeys(("bn", "billion"), 1_000_000_000),
}
_LONGEST: Final = 1_200  # a double needs at most 1,075 digits after its point
_DECIMAL = r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
_MEASURED = re.compile(rf"({_DECIMAL}) ?([a-z%][a-z% ]*)?")
_CLOCK = re.compile(r"([0-9]{1,4}):([0-5][0-9])")
_NEGATIVE = re.compile(r"[-\u2212\u2013] ?[0-9.]")
_GROUPED_POINT = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{2}0")
_SPACES = re.compile(r"[ \t\u00a0\u2009\u202f]+")
_NONE = frozenset({"none", "nil", "zero", "no", "never"})
_UNKNOWN = frozenset({"-", "–", "?", "n/a", "na", "unknown", "not known", "not measured", "tbc", "tbd", "null"})


@dataclass(frozen=True, slots=True)
class Slip:
    """A text that is no answer: what is wrong with it, and what to write instead, a sentence each."""

    wrong: str
    write: str


def read(text: str, question: Question) -> Value | Slip:
    """The number that somebody typed in answer to a numeric question; of a text that shows nothing, a slip."""
    given = _SPACES.sub(" ", text).strip().casefold()
    if not given or len(given) > _LONGEST:
        return Slip("Nothing is written." if not given else "It is too long to be a number.", _example(question))
    if given in _NONE:
        return Slip(f"{_quoted(text)} is a word.", "Write 0 where there was none; 0 is not the same as not measured.")
    if given in _UNKNOWN:
        return Slip(f"{_quoted(text)} is no number.", "Empty the field, and tick that it is not measured or not known.")
    if _NEGATIVE.match(given):
        return _below(question)
    match question.type:
        case QuestionType.COUNT:
            return _count(given, question)
        case QuestionType.SHARE:
            return _share(given, question)
    return _time(given, question)


def write(value: Value, question: Question) -> str:
    """The text that `read` reads as this very value."""
    exact = Fraction(str(value))
    match question.type:
        case QuestionType.COUNT:
            return f"{value:,}"
        case QuestionType.SHARE:
            return f"{_decimal(exact * 100)}%"
    return _decimal(exact)


def also(value: Value, question: Question) -> str:
    """The same in another unit: "0.995" of 99.5%, "1.5 days" of 36 hours; "" where that says nothing new."""
    exact = Fraction(str(value))
    match question.type:
        case QuestionType.COUNT:
            return ""
        case QuestionType.SHARE:
            return _decimal(exact)
    return _other_unit(float(exact), question)


# Counts


def _count(given: str, question: Question) -> Value | Slip:
    alone = _without_unit(given, question)
    digits = re.sub(r"(?<=[0-9])[ ,_](?=[0-9]{3}(?![0-9]))", "", alone)
    if digits.isdecimal() and digits.isascii():
        # Of more than one kind of separator, one is likely to be a slip of the finger.
        if len(set(alone) - set("0123456789")) > 1:
            return Slip("It is separated in two ways.", f"Write {int(digits[:40]):,}.")
        if len(digits) > 40:
            return _above(question)
        return _bounded(Fraction(digits), question)
    return _no_count(alone, question)


def _no_count(given: str, question: Question) -> Slip:
    """What is wrong with what is no whole number, and the whole number that may be meant, where there is one."""
    bare = re.sub(r"[ _']", "", given)
    if re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{3}){2,12}", bare):
        return Slip("Points do not separate thousands here.", f"Write {int(bare.replace('.', '')):,}.")
    if re.fullmatch(r"[0-9]{1,30}\.0{1,12}", bare) and not re.fullmatch(r"[0-9]{1,3}\.000", bare):
        return Slip("A count is a whole number.", f"Write {int(bare.partition('.')[0]):,}.")
    if re.fullmatch(r"[0-9]{1,3}\.[0-9]{3}", bare):
        whole = f"{int(bare.replace('.', '')):,}"
        return Slip("A point could separate thousands or decimals.", f"Write {whole} if that is the number.")
    if bare.isdecimal() and bare.isascii():
        whole = f"{int(bare[:40]):,}"
        return Slip("Its digits do not stand in groups of three.", f"Write {whole} if that is the number.")
    if re.fullmatch(_DECIMAL, bare):
        return Slip("A count is a whole number, without decimals.", "Write how many there were, all told.")
    if re.fullmatch(r"[0-9,]+", bare) and bare.replace(",", "").isdecimal():
        digits = bare.replace(",", "")
        return Slip("Commas stand between groups of three digits.", f"If {digits} is the number, write it so.")
    if (found := _MEASURED.fullmatch(given)) and found[2] in _TIMES:
        number = Fraction(found[1]) * _TIMES[found[2]]
        if number.denominator == 1 and number < 10**18:
            return Slip("Write all the digits.", f"Write {int(number):,}.")
    return Slip(f"{_quoted(given)} is no whole number.", _example(question))


def _without_unit(given: str, question: Question) -> str:
    unit = question.unit.casefold()
    alone = given.removesuffix(unit).rstrip() if unit else given
    return alone if alone[-1:].isdecimal() else given


# Shares


def _share(given: str, question: Question) -> Value | Slip:
    found = _MEASURED.fullmatch(given)
    if found is None:
        return _no_decimal(given, question, "%")
    number, sign = Fraction(found[1]), found[2]
    if sign in _PER_CENT:
        return _bounded(number / 100, question)
    if sign is not None:
        return Slip(f"{_quoted(given)} is no share.", _example(question))
    if number == 1:
        return Slip("1 could be one in a hundred or all of them.", "Write 1% or 100%.")
    if number > 100:
        return Slip("A share is at most 100%.", "Divide the part by the whole, and write it like 99.5% or 0.995.")
    if number > 1:
        words = f"{found[1]}% or {_decimal(number / 100)}"
        return Slip("A number above 1 needs its sign, to be a share.", f"If a percentage is meant, write {words}.")
    return _bounded(number, question)


# Times


def _time(given: str, question: Question) -> Value | Slip:
    found = _MEASURED.fullmatch(given)
    if found is None:
        return _no_time(given, question)
    number, word = Fraction(found[1]), (found[2] or question.type.value).strip()
    if word not in _HOURS:
        unit = "“m” could be minutes or months" if word == "m" else f"{quoted(word)} is no unit of time"
        return Slip(f"{unit}.", f"Write {found[1]} with min, hours, days or weeks, or in {question.type} alone.")
    if _GROUPED_POINT.fullmatch(found[1]):
        plain, unit = _decimal(number), f" {found[2]}" if found[2] else ""
        whole = found[1].replace(".", "")
        return Slip("A point could separate thousands or decimals.", f"Write {plain}{unit} or {whole}{unit}.")
    own = _DAY if question.type is QuestionType.DAYS else _HOUR
    exact = number * _HOURS[word] / own
    # A third of an hour cannot be written out: the nearest there is stands for it, and `echo` says what it is.
    return _bounded(exact, question, is_exact=_HOURS[word] >= own)


def _no_time(given: str, question: Question) -> Slip:
    if clock := _CLOCK.fullmatch(given):
        hours, rest = Fraction(clock[1]), Fraction(clock[2])
        return Slip(
            f"{given} could be hours and minutes, or a time of the day.",
            f"If {_plain(hours, 'hour')} and {_plain(rest, 'minute')} are meant, write {60 * hours + rest} min.",
        )
    parts = re.fullmatch(r"([0-9]{1,6}) ?(?:h|hrs?|hours?),? ?(?:and )?([0-9]{1,2}) ?(?:min|mins|minutes?|m)?", given)
    if parts:
        return Slip("Two units stand in one answer.", f"Write {60 * int(parts[1]) + int(parts[2])} min.")
    return _no_decimal(given, question, "")


def _no_decimal(given: str, question: Question, sign: str) -> Slip:
    if comma := re.fullmatch(r"([0-9]{1,15}),([0-9]{1,15})( ?[a-z%]+)?", given):
        unit = comma[3] or sign
        pointed = read(f"{comma[1]}.{comma[2]}{unit}", question)
        if isinstance(pointed, Slip) and not _GROUPED_POINT.fullmatch(f"{comma[1]}.{comma[2]}"):
            return pointed  # what is wrong with it is not its comma alone
        whole = f" If {comma[1]}{comma[2]} is meant, write it without a comma." if len(comma[2]) == 3 else ""
        decimals = comma[2].rstrip("0") or "0"
        words = f"Write {comma[1]}.{decimals}{unit} with a point.{whole}"
        return Slip("A comma could separate decimals or thousands.", words)
    return Slip(f"{_quoted(given)} is no number that can be read.", _example(question))


# What they share


def _bounded(exact: Fraction, question: Question, *, is_exact: bool = True) -> Value | Slip:
    """The number as a file holds it; `is_exact` refuses one that would not be exactly what was written."""
    least, most = bounds(question)
    if exact < Fraction(str(least)):
        return _below(question)
    if exact > Fraction(str(most)):
        return _above(question)
    value = int(exact) if question.type is QuestionType.COUNT else float(exact)
    if is_exact and Fraction(str(value)) != exact:
        return Slip("It has more digits than can be kept.", f"Write {write(value, question)}, which is the nearest.")
    return value


def _below(question: Question) -> Slip:
    return Slip("It is too low.", f"Write {_amount(bounds(question)[0], question)} or more.")


def _above(question: Question) -> Slip:
    return Slip("It is too high.", f"Write {_amount(bounds(question)[1], question)} or less.")


def _amount(bound: float, question: Question) -> str:
    """A bound with its unit."""
    if question.type is not QuestionType.COUNT:
        return write(bound, question) if question.type is QuestionType.SHARE else say(float(bound), question)
    unit = question.unit or "items"
    return f"{int(bound):,} {unit.removesuffix('s') if bound == 1 else unit}"


def _other_unit(value: float, question: Question) -> str:
    """The same time in days, or in minutes where it is under a day; "" where that says nothing new."""
    if not value:
        return ""
    hours = Fraction(str(value)) * (24 if question.type is QuestionType.DAYS else 1)
    if question.type is QuestionType.DAYS:
        return "" if value >= 7 else f"{_about(hours)}{_plain(hours, 'hour')}"
    if value >= 24:
        return f"{_about(hours / 24)}{_plain(hours / 24, 'day')}"
    minutes = round(hours * 60)
    is_whole = minutes > 0 and minutes / 60 == value  # as near as a double comes to a third of an hour
    exact = Fraction(minutes) if is_whole else hours * 60
    return f"{_about(exact)}{_plain(exact, 'minute')}"


def _about(amount: Fraction) -> str:
    return "" if (amount * 100).denominator == 1 else "about "


def _plain(amount: Fraction, unit: str) -> str:
    number = f"{float(amount):,.2f}".rstrip("0").rstrip(".")
    return f"{number} {unit}{'' if number == '1' else 's'}"


def _decimal(exact: Fraction) -> str:
    """A fraction of a power of ten, written out with all its digits."""
    places = 0
    while (exact * 10**places).denominator != 1:
        places += 1
    digits = str(int(exact * 10**places)).rjust(places + 1, "0")
    return f"{digits[: len(digits) - places]}.{digits[len(digits) - places :]}" if places else digits


def _example(question: Question) -> str:
    match question.type:
        case QuestionType.COUNT:
            return "Write the number alone, such as 81,200,000 or 0."
        case QuestionType.SHARE:
            return "Write it like 99.5% or 0.995."
        case QuestionType.DAYS:
            return "Write it in days, such as 1.5, or with its unit, such as 36 hours."
    return "Write it in hours, such as 1.5, or with its unit, such as 90 min or 2 days."


def _quoted(text: str) -> str:
    return quoted(" ".join(text.split()))
