"""JSON lines with invalid values, keys or timestamps."""

from __future__ import annotations

from tests.corpus.case import (
    CONVERSION,
    ERRORS,
    FROM_JSON,
    MULTIBYTE,
    NOON,
    NUMERIC,
    OURS,
    PREPARING,
    SILENT,
    Case,
    Reject,
    file,
    line,
    raw,
)

ELSEWHERE = "ts is outside of its object's 2018-11-05T00:00Z to 2018-11-06T00:00Z"
SECOND = "another row has the same key, and was loaded"
MOMENT = "Invalid timestamp format or value"


def _refused(name: str, source: str, data: bytes, column: str, reason: str, raw: str) -> Case:
    return Case(name, source, file(data), (), (Reject(2, column, reason, raw),))


def _is_text(name: str, written: str, loaded: str | None, source: str = FROM_JSON) -> Case:
    return Case(name, source, file(raw(f'"song": {written}')), ((1, loaded),))


def _digit(name: str, column: str, written: str, digit: str, source: str = ERRORS) -> Case:
    key = {"item_in_session": "itemInSession"}.get(column, column)
    data = raw(f'"song": "a", "{key}": {written}')
    return _refused(
        name, source, data, column, f"Invalid digit, Value '{digit}', Pos", f"{written}}}"
    )


def _overflow(name: str, column: str, written: str, source: str = ERRORS) -> Case:
    key = {"item_in_session": "itemInSession"}.get(column, column)
    data = raw(f'"song": "a", "{key}": {written}')
    return _refused(name, source, data, column, f"Overflow, Value '{written[:40]}", written[:99])


def _moment(name: str, written: str, reason: str = MOMENT, source: str = CONVERSION) -> Case:
    return _refused(name, source, raw(f'"ts": {written}'), "ts", reason, f'"ts": {written}')


def _elsewhere(name: str, ts: int, shown: str) -> Case:
    return Case(name, OURS, file(line(ts=ts)), (), (Reject(None, "ts", ELSEWHERE, shown),))


VALUES = [
    # Text columns accept any JSON value: "the entire object or array is loaded as a string".
    _is_text("a number where text is meant", "311", "311"),
    _is_text("a decimal where text is meant", "1.50", "1.50"),
    _is_text("a boolean where text is meant", "true", "true"),
    _is_text("an object where text is meant", '{"a": [1]}', '{"a": [1]}'),
    _is_text("an array where text is meant", "[1, 2]", "[1, 2]"),
    _is_text("null where text is meant", "null", None),
    _is_text("escapes", r'"\n\t\\"', "\n\t\\"),
    _is_text("escaped quotes and slashes", r'"a\"b\" \/"', 'a"b" /'),
    _is_text("unicode escapes", r'"\u00e9\u2028"', "é\u2028"),
    _is_text("a pair of surrogates", r'"\ud83d\ude00"', "😀"),
    _is_text("no characters, but valid UTF-8", r'"\uffff\ufdd0"', "\uffff\ufdd0", MULTIBYTE),
    _is_text("a control character as an escape", r'"\u0001\u001f"', "\x01\x1f", SILENT),
    _is_text("an empty text, with EMPTYASNULL", '""', None, CONVERSION),
    _is_text("a blank text, without BLANKSASNULL", '"  "', "  ", CONVERSION),
    _refused(
        "half of a pair of surrogates",
        SILENT,
        raw(r'"song": "\ud800"'),
        "",
        "a lone surrogate",
        r"\ud800",
    ),
    _refused(
        "a NUL as an escape",  # only NULL AS '\0' would allow it
        PREPARING,
        raw(r'"song": "a\u0000b"'),
        "song",
        "Bad UTF8 hex sequence: 00",
        r"a\u0000b",
    ),
    _refused(
        "an escape that JSON does not have",
        FROM_JSON,
        raw(r'"song": "\x41"'),
        "",
        "Invalid JSON",
        r"\x41",
    ),
    _refused(
        "an escape that is cut",
        FROM_JSON,
        raw(r'"song": "\u12"'),
        "",
        "Invalid JSON",
        r"\u12",
    ),
    _refused(
        "text of 17 characters in VARCHAR(16)",
        ERRORS,
        line(level="x" * 17),
        "level",
        "String length exceeds DDL length",
        "x" * 17,
    ),
    _refused(
        "text of 9 characters and 18 bytes in VARCHAR(16)",
        PREPARING,  # "VARCHAR strings are measured in bytes, not characters"
        line(level="é" * 9),
        "level",
        "String length exceeds DDL length",
        "é" * 9,
    ),
    Case(
        "text of 8 characters and 16 bytes in VARCHAR(16)",
        PREPARING,
        file(line(level="é" * 8)),
        (("é" * 8,),),
        select="level",
    ),
    # Whole numbers.
    _digit("a decimal where a whole number is meant", "item_in_session", "1.0", "."),
    _digit("a boolean where a whole number is meant", "item_in_session", "true", "t"),
    _digit("text where a whole number is meant", "item_in_session", '"many"', "m"),
    _digit("an array where a whole number is meant", "item_in_session", "[1]", "["),
    _digit("a hexadecimal number in text", "item_in_session", '"0x1F"', "x", NUMERIC),
    _digit("a number with an underscore in text", "item_in_session", '"1_000"', "_", NUMERIC),
    _overflow("a whole number past INTEGER", "item_in_session", "2147483648"),
    _overflow("a whole number past SMALLINT", "status", "-32769"),
    _overflow("a whole number of 400 digits", "item_in_session", "9" * 400),
    # Decimals.
    _digit("text where a decimal is meant", "length", '"long"', "l"),
    _digit("a boolean where a decimal is meant", "length", "false", "f"),
    _digit("an object where a decimal is meant", "length", '{"a": 1}', "{"),
    _digit("NaN in text where a decimal is meant", "length", '"NaN"', "N", NUMERIC),
    _digit("infinity in text where a decimal is meant", "length", '"Infinity"', "I", NUMERIC),
    _digit("a hexadecimal decimal", "length", '"0xff"', "x", NUMERIC),
    _overflow("a decimal past its precision", "length", "12345678.5"),
    _overflow("a decimal of 400 digits", "length", "9" * 400),
    _overflow("a decimal past a double", "length", "1e400"),
    Case(
        "a decimal with an exponent",
        SILENT,
        file(raw('"length": 2.5e2')),
        (("250.00000",),),
        select="cast(length as varchar)",
    ),
    Case(
        "a decimal with more places than the column",  # "By default, COPY truncates": ROUNDEC
        CONVERSION,
        file(line(length=0.1234567), line(2, length="-0.000019")),
        (("0.12345",), ("-0.00001",)),
        select="cast(length as varchar)",
    ),
    _refused("NaN", FROM_JSON, raw('"length": NaN'), "", "Invalid JSON", "NaN"),
    _refused("infinity", FROM_JSON, raw('"length": -Infinity'), "", "Invalid JSON", "-Infinity"),
    _refused("a number with a plus", FROM_JSON, raw('"length": +1'), "", "Invalid JSON", "+1"),
    _refused("a number with a zero first", FROM_JSON, raw('"length": 01'), "", "Invalid", "01"),
    # Timestamps: TIMEFORMAT 'epochmillisecs'.
    _moment("a moment in words", '"2018-11-05T12:00:00Z"'),
    _moment("a moment with a fraction", f"{NOON}.0"),
    _moment("a boolean where a moment is meant", "true"),
    _moment("an array where a moment is meant", "[]"),
    _moment("a moment past the year 9999", "1" + "0" * 17),
    _moment("null where a moment is needed", "null", "Missing data for not-null field", ERRORS),
    _moment("no moment in a text", '""', "Missing data for not-null field", CONVERSION),
    Case(
        "a moment as text",
        CONVERSION,
        file(raw(f'"ts": "{NOON + 796}"')),
        (("2018-11-05 12:00:00.796",),),
        select="cast(ts as varchar)",
    ),
    # Valid timestamps that are not on the object's day.
    _elsewhere("a row of the next day", 1541462400000, "2018-11-06 00:00:00"),
    _elsewhere("a moment before 1970", -1, "1969-12-31 23:59:59.999"),
    _elsewhere("a moment of zero", 0, "1970-01-01 00:00:00"),
    _elsewhere("a moment in seconds", NOON // 1000, "1970-01-18"),
    # Keys.
    Case("keys that are missing", FROM_JSON, file(raw('"x": 1')), ((1, None),)),
    Case("keys that no column has", FROM_JSON, file(line(extra={"song": "b"})), ((1, "a"),)),
    Case(
        "a key twice, of which the last counts",
        SILENT,
        file(raw('"song": "a", "song": "b"')),
        ((1, "b"),),
    ),
    Case("a key in another case", FROM_JSON, file(raw('"SONG": "b"')), ((1, None),)),
    _refused(
        "a column of the key in another case",
        FROM_JSON,
        line().replace(b"itemIn", b"itemin"),
        "item_in_session",
        "Missing data for not-null field",
        "iteminSession",
    ),
    _refused(
        "null in a column of the key",
        ERRORS,
        line(sessionId=None),
        "session_id",
        "Missing data for not-null field",
        '"sessionId": null',
    ),
    _refused(
        "an empty text in a column of the key",
        CONVERSION,
        line(sessionId=""),
        "session_id",
        "Missing data for not-null field",
        '"sessionId": ""',
    ),
    Case(
        "two rows of one event at one moment",
        OURS,
        file(line(song="b"), line(song="a")),
        ((1, "a"),),
        (Reject(None, "session_id, item_in_session", SECOND, '"song": "b"'),),
    ),
    Case(
        "two rows of one event, of which the earlier is kept",
        OURS,
        file(line(ts=NOON + 1), line(song="b")),
        ((1, "b"),),
        (Reject(None, "session_id, item_in_session", SECOND, "12:00:00.001"),),
    ),
    Case(
        "the same line three times",
        OURS,
        file(line(), line(), line()),
        ((1, "a"),),
        identical=2,
    ),
]
