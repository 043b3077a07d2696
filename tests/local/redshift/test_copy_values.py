"""What COPY loads is what the JSON says, to the last digit, or it is rejected with a reason."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.local.redshift.conftest import Loader

DIGITS = "123456789012345678901234567890"


@pytest.mark.parametrize(
    ("written", "loaded"),
    [
        ('"plain"', "plain"),
        (r'"a\/b \"c\" \\ \\\/ \\n"', 'a/b "c" \\ \\/ \\n'),
        (r'"\b\f\n\r\t|\u0001\u001f\u007f"', "\b\f\n\r\t|\x01\x1f\x7f"),
        (r'"\u00e9\u20ac\ud83d\ude00"', "é€😀"),
        ('"é€😀 \u0080\u009f\u2028"', "é€😀 \x80\x9f\u2028"),
        ('"Bj\u00c3\u00b6rk"', "BjÃ¶rk"),
        ('"null"', "null"),
        ('"\\\\"', "\\"),
        ('"\\\\."', "\\."),
        ('"[Remix], {live}"', "[Remix], {live}"),
        ('"],["', "],["),
        ('" a "', " a "),
        ("311", "311"),
        ("0", "0"),
        ("-0", "-0"),
        ("1540919166796.0", "1540919166796.0"),
        ("1E+2", "1E+2"),
        (f"-{DIGITS}.{DIGITS}", f"-{DIGITS}.{DIGITS}"),
        ("9" * 5000, "9" * 5000),
        ("true", "true"),
        ("false", "false"),
        ("null", None),
        ('{"k": [1,  "x"]}', '{"k": [1,  "x"]}'),
        ("[]", "[]"),
    ],
)
@pytest.mark.parametrize("neighbours", [0, 40])
def test_text_is_loaded_as_written(
    loader: Loader, written: str, loaded: str | None, neighbours: int
) -> None:
    lines = ['{"a": "neighbour"}'] * neighbours
    rows = loader.load("a varchar(max)", *lines, f'{{"a": {written}}}', *lines)
    assert rows == [("neighbour",)] * neighbours + [(loaded,)] + [("neighbour",)] * neighbours


@pytest.mark.parametrize(
    ("type_", "written", "loaded"),
    [
        ("bigint", "9223372036854775807", 9223372036854775807),
        ("bigint", '"-9223372036854775808"', -9223372036854775808),
        ("bigint", "9007199254740993", 9007199254740993),
        ("decimal(38,8)", DIGITS, Decimal(DIGITS)),
        ("decimal(38,8)", f"{DIGITS}.12345678", Decimal(f"{DIGITS}.12345678")),
        ("decimal(38,8)", '"0.10000000"', Decimal("0.10000000")),
        ("decimal(18,3)", "1540919166796.0", Decimal("1540919166796.000")),
        ("double precision", "0.1", 0.1),
        ("double precision", "1.7976931348623157e308", 1.7976931348623157e308),
        ("boolean", "true", True),
        ("boolean", '"f"', False),
    ],
)
def test_numbers_and_booleans_are_exact(
    loader: Loader, type_: str, written: str, loaded: Any
) -> None:
    assert loader.load(f"a {type_}", f'{{"a": {written}}}') == [(loaded,)]


@pytest.mark.parametrize(
    ("type_", "written", "code"),
    [
        ("int", "2147483648", 1222),
        ("int", DIGITS, 1222),
        ("int", "9" * 300, 1222),
        ("int", "1.0", 1207),
        ("int", '"12a"', 1207),
        ("int", "true", 1207),
        ("int", "[1]", 1207),
        ("smallint", "-32769", 1222),
        ("decimal(5,2)", "1000", 1209),
        ("decimal(5,2)", '"x"', 1207),
        ("float8", '"x"', 1208),
        ("boolean", '"maybe"', 1210),
        ("date", '"2018-02-30"', 1205),
        ("timestamp", '"yesterday noon"', 1206),
        ("varchar(3)", '"abcd"', 1204),
        ("varchar(3)", '" abc"', 1204),
        ("varchar(3)", '"éé"', 1204),
        ("varchar(3)", r'"\u00e9\u00e9"', 1204),
        ("varchar(3)", "1234", 1204),
        ("char(3)", '"abcd"', 1204),
        ("varchar(9)", r'"a\u0000b"', 1220),
        ("varchar(9)", r'"\ud800"', 1220),
        ("varchar(9)", r'"\udc00 \ud800"', 1220),
        ("int not null", "null", 1213),
        ("varchar(9) not null", "null", 1213),
        ("decimal(5,2) not null", "null", 1213),
        ("int not null", '""', 1213),
    ],
)
def test_a_value_that_does_not_fit_is_rejected_with_its_code(
    loader: Loader, type_: str, written: str, code: int
) -> None:
    lines = ['{"a": 1}' if "char" not in type_ else '{"a": "ok"}'] * 3
    if type_ in {"date", "timestamp", "boolean"}:
        lines = []
    rows = loader.load(f"a {type_}", *lines, f'{{"a": {written}}}', *lines, options="maxerror 2")
    assert len(rows) == 2 * len(lines)
    column = "" if "\\ud" in written else "a"  # half a pair is no text at all
    assert loader.errors() == [(len(lines) + 1, column, code)]


def test_a_key_that_is_missing_is_null_and_not_null_rejects_it(loader: Loader) -> None:
    rows = loader.load("a int, b int not null", {"b": 1}, {"a": 1}, options="maxerror 2")
    assert rows == [(None, 1)]
    assert loader.errors() == [(2, "b", 1213)]


def test_emptyasnull_is_rejected_where_null_may_not_be(loader: Loader) -> None:
    columns = "a varchar, b varchar not null"
    rows = loader.load(
        columns, {"a": "", "b": "x"}, {"a": "x", "b": ""}, options="emptyasnull maxerror 2"
    )
    assert rows == [(None, "x")]
    assert loader.errors() == [(2, "b", 1213)]


def test_a_text_of_as_many_bytes_as_the_column_has_fits(loader: Loader) -> None:
    records = [{"a": "abcdef"}, {"a": "ééé"}, {"a": "€€"}, {"a": "😀é"}]
    rows = loader.load("a varchar(6)", *records)
    assert rows == [(record["a"],) for record in records]


def test_the_last_of_two_equal_keys_counts(loader: Loader) -> None:
    assert loader.load("a int", '{"a": "x", "a": 2}') == [(2,)]


def test_records_need_no_lines_of_their_own(loader: Loader) -> None:
    text = '\ufeff{"a": 1} {"a": 2}{"a":\r\n3}\r\n\r\n{\n  "a": 4\n}\n\n{"a": "5"}'
    assert loader.load("a int", text) == [(1,), (2,), (3,), (4,), (5,)]


def test_an_object_without_bytes_or_records_loads_nothing(loader: Loader) -> None:
    loader.execute("create table t (a int)")
    loader.put_raw(b"", "data/empty")
    loader.put_raw(b"\n \n", "data/blank")
    loader.copy()
    assert loader.execute("select count(*) from t") == [(0,)]


def test_records_longer_than_a_block_and_objects_without_lines_are_loaded(loader: Loader) -> None:
    loader.execute("create table t (a varchar(max), b int)")
    long = "x" * 60_000
    loader.put({"junk": "y" * 3_000_000, "a": long, "b": 1}, {"b": 2}, key="data/1")
    loader.put_raw(b'{"b": 3, "junk": "' + b"z" * 900 + b'"}', "data/2")
    loader.put_raw(b'{"b": 4, "junk": "zzzzzzzzzz"} ' * 20_000, "data/3")
    loader.copy()
    assert loader.execute("select a, b from t where b < 4 order by b") == [
        (long, 1),
        (None, 2),
        (None, 3),
    ]
    assert loader.execute("select count(*) from t where b = 4") == [(20_000,)]


def test_rows_read_are_rows_loaded_and_rows_rejected(loader: Loader) -> None:
    bad = {7: "nonsense", 500: '{"a": "x"}', 501: '{"a": 1e9}', 9_999: '{"a": [1]}', 20_000: "{"}
    lines = [bad.get(n, f'{{"a": {n}}}') for n in range(1, 20_001)]
    rows = loader.load("a int", *lines, options="maxerror 10")
    assert [a for (a,) in rows] == [n for n in range(1, 20_001) if n not in bad]
    assert [line for line, _, _ in loader.errors()] == sorted(bad)
