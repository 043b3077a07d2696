"""Converts the value of a field to CSV for PostgreSQL, by all rules of COPY.

Source: Amazon Redshift's manual, "Data conversion parameters".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from local.redshift.copy.copy_command import CopyCommand
from local.redshift.copy.date_formats import DateFormat
from local.redshift.copy.load_errors import (
    Column,
    RowRejected,
    bad_date,
    bad_timestamp,
    bad_utf8,
    check_number,
    missing,
    too_long,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Values:
    """Converts values for one COPY."""

    def __init__(self, command: CopyCommand) -> None:
        self._command = command
        self._epoch = {"epochsecs": 1000, "epochmillisecs": 1}.get(command.timeformat or "")
        self._date = DateFormat.of(command.dateformat)
        self._time = None if self._epoch else DateFormat.of(command.timeformat)

    def csv(self, column: Column, text: str | None) -> bytes:
        """A value as a CSV field; None is NULL.

        :raises RowRejected: the value cannot be loaded.
        """
        try:
            return self._csv(column, text)
        except RowRejected as rejected:
            rejected.value = text
            raise

    def _csv(self, column: Column, text: str | None) -> bytes:
        if text is not None:
            text = self._not_blank(column, text)
        if text is None:
            if column.not_null:
                raise missing(column)
            return b"null"
        if column.kind in {"integer", "decimal"}:
            check_number(column, text)
        if column.scale is not None and not self._command.round_decimals:
            text = _truncated(text, column.scale)
        encoded = self._moment(column, text).encode()
        if column.length is not None and len(encoded) > column.length:
            # Excess trailing blanks are removed: r_Character_types.
            if not self._command.truncate_columns and encoded[column.length :].strip(b" "):
                raise too_long(column)
            encoded = encoded[: column.length].decode(errors="ignore").encode()
        return b'"' + encoded.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'

    def _not_blank(self, column: Column, text: str) -> str | None:
        """The text; None if it must be loaded as NULL."""
        if "\0" in text:
            raise bad_utf8("00 (a NUL, \\u0000)", column, text.index("\0"))
        if column.kind != "text":
            return text if text.strip() else None
        if self._command.empty_as_null and not text:
            return None
        if self._command.blanks_as_null and text.isspace():
            return None
        if self._command.trim_blanks and column.type == "varchar":
            return text.rstrip()
        return text

    def _moment(self, column: Column, text: str) -> str:
        """Dates and timestamps in PostgreSQL's format; other values unchanged."""
        if column.kind == "date" and self._date is not None:
            if (moment := self._date.read(text)) is None:
                raise bad_date(column)
            return moment.date().isoformat()
        if column.kind == "timestamp" and self._epoch is not None:
            return _epoch_text(column, text, self._epoch)
        # TIMEFORMAT does not apply to TIMESTAMPTZ, since a format has no time zone.
        if column.type == "timestamp" and self._time is not None:
            if (moment := self._time.read(text)) is None:
                raise bad_timestamp(column)
            return moment.isoformat()
        return text


def replace_invalid(data: bytes, replacement: str) -> bytes:
    """ACCEPTINVCHARS: replace each byte of an invalid character."""
    text = data.decode("utf-8", "surrogateescape")
    return re.sub("[\udc80-\udcff]", replacement, text).encode()


def _epoch_text(column: Column, text: str, milliseconds: int) -> str:
    """A count of seconds or milliseconds since 1970 as a timestamp.

    :raises RowRejected: it is not a whole number, or out of range.
    """
    if not re.fullmatch(r"[+-]?\d{1,18}", text.strip(), re.ASCII):
        raise bad_timestamp(column)
    try:
        moment = _EPOCH + timedelta(milliseconds=int(text) * milliseconds)
    except OverflowError:
        raise bad_timestamp(column) from None
    return moment.isoformat()


def _truncated(text: str, scale: int) -> str:
    """The number cut to `scale` decimal places: "COPY truncates values when necessary"."""
    try:
        sign, digits, exponent = Decimal(text).as_tuple()
    except InvalidOperation:  # the exponent is too large for Decimal
        return text
    assert isinstance(exponent, int)
    if exponent >= -scale:
        return text
    return f"{Decimal((sign, digits[: exponent + scale] or (0,), -scale)):f}"
