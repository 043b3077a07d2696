"""Columns of a COPY, and Redshift's errors for values that do not fit them.

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
    """A column of the loaded table.

    :param type: PostgreSQL's type name, such as `int8`.
    :param length: the maximum bytes of a text; None if unlimited.
    :param scale: the decimal places of a number; None if unlimited.
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

    :param line: in the file, from 1; the last line of the JSON object.
    :param position: of the error within the field, from 0.
    :param value: the field's value; None if unknown.
    :param raw: the record as it is in the file; None if it is no longer available.
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
    """A record is longer than the limit, so the load fails.

    :param error: for the load's history; its line is the one in which the limit is exceeded.
    """

    def __init__(self, file: str, line: int, limit: int) -> None:
        self.error = invalid_json(f"the record is longer than {limit} bytes").at(file, line)
        super().__init__(
            f"{file} line {line}: the record is longer than {limit} bytes, the limit for one record"
        )


def check_number(column: Column, text: str) -> None:
    """Reject texts that PostgreSQL reads as a number and Redshift does not: `0x1F`, `NaN`.

    :raises RowRejected: Redshift would not accept the text for this numeric column.
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


def invalid_json(reason: str) -> RowRejected:
    return RowRejected(1216, f"Invalid JSON: {reason}")


def refused_value(column: Column, value: str) -> RowRejected:
    """Redshift's error for a value that PostgreSQL refused for this column.

    :param value: as PostgreSQL reports it; a long one is cut and ends with three dots.
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
