"""Dates as tables have them. Only a date that cannot be misread is used; no date is guessed."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

UNREADABLE = "articles with a date that cannot be read"
AMBIGUOUS = "articles with a date that can be read in two ways"

_MONTHS = {
    name[:length]: number
    for number, name in enumerate(
        (
            *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
            *("november", "december"),
        ),
        1,
    )
    for length in (3, len(name))
} | {"sept": 9}
_WEEKDAY = r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\.?,?\s+)?"
_TIME = r"(?:(?:,|\s+at)?[\sT]+\d{1,2}:\d{2}.*)?"
_MONTH = r"(?P<month>[a-z]{3,9})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4}|'?\d{2})"
_NAMED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_WEEKDAY}{_DAY}(?:\s+of)?[\s\-/.]+{_MONTH}[\s\-/.,]+{_YEAR}{_TIME}",  # 3 Mar 2021, 1-Jan-96, RFC 822
        rf"{_WEEKDAY}{_MONTH}[\s\-]+{_DAY},?[\s\-]+(?P<year>\d{{4}}){_TIME}",  # March 3, 2021
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY}\s+\d{{1,2}}:\d{{2}}(?::\d{{2}})?\s+(?:[a-z]{{2,5}}\s+|[+-]\d{{4}}\s+)?(?P<year>\d{{4}})",
        rf"(?P<year>\d{{4}})[\s\-]+{_MONTH}[\s\-]+{_DAY}{_TIME}",  # 2021-Mar-03
        rf"{_MONTH}\.?,?\s+(?P<year>\d{{4}})",  # March 2021
    )
)
_YEAR_FIRST = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}(?:T.*)?")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])\s?(\d{{1,2}})\2\s?(\d{{4}}){_TIME}")
_DIGITS = re.compile(r"-?\d+(?:\.\d+)?")
_EARLIEST, _LATEST = 1500, 2200
#: Digits of seconds, milliseconds, microseconds and nanoseconds since 1970, from 1973 on.
_UNITS = ((range(9, 11), 1), (range(12, 14), 10**3), (range(15, 17), 10**6), (range(18, 20), 10**9))


def read_date(value: object, form: str | None = None) -> date | str | None:
    """Return the day of a cell, None if the cell is empty, or else the kind of its fault.

    Parameters
    ----------
    value : object
        Text, a number, a date or a datetime.
    form : str, optional
        How dates are written, as for ``datetime.strptime``. A cell of that form is read by it.

    Returns
    -------
    date, None or str
        `AMBIGUOUS` or `UNREADABLE` if there is a value that is not surely a date.
    """
    if isinstance(value, str) and not form:
        return _of_cell(value)
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        if value != value:  # not a number: how tables write an empty cell
            return None
        return _of_number(str(int(value)) if value % 1 == 0 else str(value))
    if not isinstance(value, str):
        return UNREADABLE
    with suppress(ValueError):
        return datetime.strptime(value.strip(), form or "").date()
    return _of_cell(value)


@lru_cache(maxsize=10_000)
def _of_cell(cell: str) -> date | str | None:
    """Return what a cell of text says; the same days occur again and again."""
    text = cell.strip()
    if not text or text.startswith("0000-00-00"):  # how MySQL writes that there is no date
        return None
    return _of_text(text)


def _of_text(text: str) -> date | str:
    if _DIGITS.fullmatch(text):
        return _of_number(text)
    with suppress(ValueError):
        return datetime.fromisoformat(text).date()
    if found := _YEAR_FIRST.fullmatch(text):
        return _day(*map(int, found.groups()))
    if found := _YEAR_LAST.fullmatch(text):
        first, _, second, year = found.groups()
        return _of_year_last(int(first), int(second), int(year))
    folded = text.casefold()
    for form in _NAMED:
        if (found := form.fullmatch(folded)) and (month := _MONTHS.get(found["month"])):
            groups = found.groupdict()
            return _day(_whole_year(groups["year"]), month, int(groups.get("day") or 1))
    return UNREADABLE


def _of_year_last(first: int, second: int, year: int) -> date | str:
    """Return the day of 14/03/2023 or 03/14/2023; of 03/04/2023 nobody knows which number is the month."""
    as_day_first, as_month_first = _day(year, second, first), _day(year, first, second)
    if as_day_first == as_month_first or isinstance(as_month_first, str):
        return as_day_first
    return as_month_first if isinstance(as_day_first, str) else AMBIGUOUS


def _of_number(text: str) -> date | str:
    whole = text.split(".")[0]
    if len(text) == 4 and text.isdecimal() and _EARLIEST <= int(text) < _LATEST:
        return date(int(text), 1, 1)
    if len(text) == 8 and text.isdecimal() and _EARLIEST <= int(text[:4]) < _LATEST:
        return _day(int(text[:4]), int(text[4:6]), int(text[6:]))
    for digits, unit in _UNITS:
        if len(whole) in digits and whole.isdecimal():
            return datetime.fromtimestamp(int(whole) // unit, UTC).date()
    return UNREADABLE


def _whole_year(text: str) -> int:
    year = int(text.lstrip("'"))
    if len(text.lstrip("'")) == 4:
        return year
    return year + (1900 if year >= 69 else 2000)  # as POSIX reads two digits


def _day(year: int, month: int, day: int) -> date | str:
    try:
        return date(year, month, day)
    except ValueError:
        return UNREADABLE
