"""DATEFORMAT and TIMEFORMAT strings of COPY.

Source: Amazon Redshift's manual, "DATEFORMAT and TIMEFORMAT strings"
(r_DATEFORMAT_and_TIMEFORMAT_strings).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

# Formats that PostgreSQL reads, and counts since 1970.
KEYWORDS = frozenset({"auto", "epochsecs", "epochmillisecs"})

# Longer ones first.
_PARTS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short_year>\d{2})",
    "MONTH": None,
    "MON": r"(?P<month_name>[A-Za-z]+)",
    "MM": r"(?P<month>\d{1,2})",
    "MI": r"(?P<minute>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
    "HH24": r"(?P<hour>\d{1,2})",
    "HH12": r"(?P<hour12>\d{1,2})",
    "HH": r"(?P<hour>\d{1,2})",
    "SS": r"(?P<second>\d{1,2})(?:\.(?P<fraction>\d{1,6}))?",
    "AM": r"(?P<half>[AaPp][Mm])",
    "PM": r"(?P<half>[AaPp][Mm])",
    "T": "T",  # as in ISO 8601
}
_PART = re.compile("|".join(_PARTS), re.IGNORECASE)
_MONTHS = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if number
}


class UnknownFormat(ValueError):
    """The string is not a valid Redshift format."""


@dataclass(frozen=True, slots=True)
class DateFormat:
    """A format string."""

    pattern: re.Pattern[str]

    @classmethod
    def of(cls, text: str | None) -> Self | None:
        """Parse an option's format string; None if it is a keyword or missing.

        :raises UnknownFormat: it is not a valid format.
        """
        if text is None or text in KEYWORDS:
            return None
        pattern, at = "", 0
        while at < len(text):
            if part := _PART.match(text, at):
                replacement = _PARTS[part[0].upper()]
                at = part.end()
            else:
                replacement = re.escape(text[at]) if not text[at].isalnum() else None
                at += 1
            if replacement is None:
                raise UnknownFormat(text)
            pattern += replacement
        try:
            return cls(re.compile(pattern, re.ASCII))
        except re.error:  # a part occurs twice
            raise UnknownFormat(text) from None

    def read(self, text: str) -> datetime | None:
        """The timestamp; None if the text does not match this format."""
        match = self.pattern.fullmatch(text.strip())
        if match is None:
            return None
        try:
            return _moment({k: v for k, v in match.groupdict().items() if v is not None})
        except (KeyError, ValueError):
            return None


def _moment(parts: dict[str, str]) -> datetime:
    if "month_name" in parts:
        parts["month"] = str(_MONTHS[parts["month_name"].lower()])
    year = int(parts.get("year", 0))
    if "short_year" in parts:  # as PostgreSQL reads it
        year = int(parts["short_year"])
        year += 2000 if year < 70 else 1900
    hour = int(parts.get("hour", 0))
    if "hour12" in parts:
        hour = int(parts["hour12"])
        if not 1 <= hour <= 12:
            raise ValueError
    if "half" in parts:
        if hour > 12 or not hour:
            raise ValueError
        hour = hour % 12 + (12 if parts["half"].upper() == "PM" else 0)
    return datetime(
        year,
        int(parts.get("month", 1)),
        int(parts.get("day", 1)),
        hour,
        int(parts.get("minute", 0)),
        int(parts.get("second", 0)),
        int(parts.get("fraction", "").ljust(6, "0")),
    )
