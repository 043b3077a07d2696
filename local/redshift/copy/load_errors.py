"""Columns that a COPY fills, and the words in which Redshift refuses a value for one.

Source: Amazon Redshift's manual, "Load error reference" (r_Load_Error_Reference).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "integer", "decimal", "float", "boolean", "date", "timestamp", "other"]

_KINDS: dict[str, Kind] = {
    "bpchar": "text",
    "text": "text",
    "varchar": "text",
    "int2": "integer",
    "int4": "integer",
    "int8": "integer",
    "numeric": "decimal",
    "float4": "float",
    "float8": "float",
    "bool": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "timestamptz": "timestamp",
}
_TYPE_NAMES = {
    "bpchar": "char",
    "int2": "int2",
    "int4": "int4",
    "int8": "int8",
    "numeric": "numeric",
}


_INTEGER = r"\s*[+-]?\d+\s*"
_DECIMAL = r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table that is loaded.

    :param type: PostgreSQL's name of the type, as `int8`.
    :param length: the most bytes of a text, None where it has no limit.
    :param scale: the decimal places of a number, None where it has no limit.
    """

    name: str
    type: str
    length: int | None = None
    not_null: bool = False
    scale: int | None = None

    @property
    def kind(self) -> Kind:
        return _KINDS.get(self.type, "other")

    @property
    def redshift_type(self) -> str:
        return _TYPE_NAMES.get(self.type, self.type)


@dataclass(frozen=True, slots=True)
class LoadError:
    """One row of SYS_LOAD_ERROR_DETAIL.

    :param line: of the file, from 1; the last line of the JSON object.
    :param position: of the error within the field, from 0.
    :param value: of the field; None where it is not known.
    :param raw: the record as it is in the file; None where it is not at hand any more.
    """

    file: str
    line: int
    code: int
    message: str
    column: Column | None = None
    position: int = 0
    value: str | None = None
    raw: bytes | None = None


class RowRejected(Exception):
    """One record cannot be loaded."""

    def __init__(
        self, code: int, message: str, column: Column | None = None, position: int = 0
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.column, self.position = code, message, column, position
        self.value: str | None = None

    def at(self, file: str, line: int, raw: bytes | None = None) -> LoadError:
        return LoadError(
            file, line, self.code, self.message, self.column, self.position, self.value, raw
        )


class RecordTooLong(Exception):
    """A record has more bytes than one may have, by which the load fails.

    :param error: for the load's record; the line is the one that the limit is passed in.
    """

    def __init__(self, file: str, line: int, limit: int) -> None:
        self.error = no_json(f"the record is longer than {limit} bytes").at(file, line)
        super().__init__(
            f"{file} line {line}: the record is longer than {limit} bytes, the most that a"
            " JSON object may have"
        )


def check_number(column: Column, text: str) -> None:
    """PostgreSQL reads more as a number than Redshift: `0x1F`, `1_000`, `NaN`.

    :raises RowRejected: Redshift would not take the text for this column of numbers.
    """
    pattern = _INTEGER if column.kind == "integer" else _DECIMAL
    if not re.fullmatch(pattern, text, re.ASCII):
        raise refused_value(column, text)


def too_long(column: Column) -> RowRejected:
    return RowRejected(1204, "String length exceeds DDL length", column)


def missing(column: Column) -> RowRejected:
    return RowRejected(1213, "Missing data for not-null field", column)


def bad_timestamp(column: Column) -> RowRejected:
    return RowRejected(1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]", column)


def bad_date(column: Column) -> RowRejected:
    return RowRejected(1205, "Invalid Date Format - length must be 10 or more", column)


def too_many_columns() -> RowRejected:
    return RowRejected(1202, "Extra column(s) found")


def too_few_columns() -> RowRejected:
    return RowRejected(1214, "Delimiter not found")


def no_data() -> RowRejected:
    return RowRejected(1211, "Input line contained no data")


def bad_utf8(shown: str, column: Column | None, position: int = 0) -> RowRejected:
    message = (
        f"String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: {shown}"
    )
    return RowRejected(1220, message, column, position)


def no_json(reason: str) -> RowRejected:
    return RowRejected(1216, f"Invalid JSON: {reason}")


def refused_value(column: Column, value: str) -> RowRejected:
    """Why Redshift would not take a value that PostgreSQL did not take for this column.

    :param value: as PostgreSQL shows it, a long one cut off with three points.
    """
    value = value.removesuffix("...") if len(value) > 100 else value
    match column.kind:
        case "text":
            return too_long(column)
        case "integer":
            return _refused_digits(column, value, _INTEGER, "Integer", 1222)
        case "decimal":
            return _refused_digits(column, value, _DECIMAL, "Decimal", 1209)
        case "float":
            return RowRejected(
                1208, f"Invalid digit, Value '{value[:1]}', Pos 0, Type: Float", column
            )
        case "boolean":
            return RowRejected(1210, "Unknown boolean format", column)
        case "date":
            return bad_date(column)
        case "timestamp":
            return bad_timestamp(column)
        case _:
            return RowRejected(1223, f"Invalid value for type {column.redshift_type}", column)


def _refused_digits(
    column: Column, value: str, pattern: str, name: str, overflow: int
) -> RowRejected:
    if re.fullmatch(pattern, value, re.ASCII):
        return RowRejected(overflow, f"Overflow, Value '{value[:40]}', Type: {name}", column)
    allowed = "+-0123456789 ." if name == "Decimal" else "+-0123456789 "
    at = next((i for i, character in enumerate(value) if character not in allowed), 0)
    shown = value[at : at + 1]
    return RowRejected(1207, f"Invalid digit, Value '{shown}', Pos {at}, Type: {name}", column, at)
