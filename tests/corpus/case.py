"""A case of bad data. Each case names the page of Redshift's manual that its outcome is from.

The pages are at docs.aws.amazon.com/redshift/latest/dg/.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

FROM_JSON = "copy-usage_notes-copy-from-json"
CONVERSION = "copy-parameters-data-conversion"
DATA_FORMAT = "copy-parameters-data-format"
DATA_LOAD = "copy-parameters-data-load"  # MAXERROR
ERRORS = "r_Load_Error_Reference"
PREPARING = "t_preparing-input-data"
MULTIBYTE = "multi-byte-character-load-errors"
NUMERIC = "r_Numeric_types201"
SILENT = "the manual is silent; what the endpoint does"
OURS = "the project's own rule: design.md, 4 and 5"

NOON = 1541419200000  # 2018-11-05T12:00:00Z, in milliseconds
GOOD_ITEM = 99


@dataclass(frozen=True, slots=True)
class Reject:
    """A row of load_errors; `reason` and `raw` are substrings of its values."""

    line: int | None
    column: str
    reason: str
    raw: str = ""

    @property
    def verdict(self) -> str:
        """The verdict of a reject.

        A row that COPY loaded and a later rule rejects has no line number.
        """
        if self.line is not None:
            return "bad"
        return "misplaced" if "outside of its object" in self.reason else "conflicting"


@dataclass(frozen=True, slots=True)
class Case:
    """An object and the expected outcome.

    :param source: the manual's page for the outcome.
    :param rows: the staged rows besides the good one, by key.
    :param select: the columns that are compared.
    :param identical: the number of identical copies.
    :param fails: a part of the message with which the load fails; nothing is staged then.
    """

    name: str
    source: str
    data: bytes = field(repr=False)
    rows: tuple[tuple[Any, ...], ...] = ()
    rejects: tuple[Reject, ...] = ()
    select: str = "item_in_session, song"
    fails: str = ""
    identical: int = 0

    def rejected_as(self, *verdicts: str) -> int:
        return sum(reject.verdict in verdicts for reject in self.rejects)


def line(item: int = 1, **changes: Any) -> bytes:
    """An event with few keys, as JSON; `ts` is at noon."""
    keys = {"itemInSession": item, "sessionId": 1, "ts": NOON, "song": "a"}
    return json.dumps(keys | changes, ensure_ascii=False).encode()


def raw(members: str, item: int = 1) -> bytes:
    """An event whose last members are the given text, which may be invalid JSON."""
    return line(item)[: -len(b', "song": "a"}')] + b", " + members.encode() + b"}"


def file(*lines: bytes) -> bytes:
    """An object whose first line is good, so that one row is always loaded."""
    return b"\n".join([line(GOOD_ITEM), *lines])
