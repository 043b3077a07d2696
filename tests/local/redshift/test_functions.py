"""Functions on numbers, text and JSON return the values and types of Redshift's manual."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from redshift_connector import ProgrammingError

from tests.local.redshift.conftest import Loader


@pytest.mark.parametrize(
    ("call", "value"),
    [
        # numbers
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("round(2.5::float)", 3.0),
        ("round(1.25::float, 1)", 1.3),
        ("trunc(-1.29::float, 1)", -1.2),
        ("trunc(1.29, 1)", Decimal("1.2")),
        ("cast(2.5 as decimal)", Decimal(3)),
        ("log(1000)", 3.0),
        ("strtol('-0x1F', 16)", -31),
        ("strtol('777', 8)", 511),
        ("greatest(1, null, 3)", 3),
        # conditions
        ("nvl(null, null, 3)", 3),
        ("nvl2(null, 'a', 'b')", "b"),
        ("nvl2('', 'a', 'b')", "a"),
        ("decode(null, 1, 'one', null, 'none')", "none"),
        ("try_cast('12' as int)", 12),
        ("try_cast('12x' as int)", None),
        ("try_cast('2021-02-31' as date)", None),
        ("convert(int, '7')", 7),
        # text
        ("len('ab  ')", 4),
        ("len('ab  '::char(6))", 2),
        ("charindex('b', 'abb')", 2),
        ("charindex('x', 'abb')", 0),
        ("concat('a', null)", None),
        ("replicate('ab', 2)", "abab"),
        ("split_part('a:b:c', ':', 2)", "b"),
        ("crc32('abc')", "364b3fb7"),
        ("sha2('abc', 224)", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
        ("sha1('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("len(func_sha1(repeat('abc', 99)))", 40),
        ("fnv_hash('')", -3750763034362895579),
        ("fnv_hash('b', fnv_hash('a')) = fnv_hash('ab')", True),
        ("fnv_hash(256::int) = fnv_hash(256::bigint)", False),
        ("concat('a', 1)", "a1"),
        ("concat(concat(2.5, ' of '), nvl(null, 0))", "2.5 of 0"),
        ("concat(1, null)", None),
        ("octetindex('f', 'éf')", 3),
        ("octetindex('x', 'abc')", 0),
        ("text_to_int_alt('123-')", -123),
        ("text_to_int_alt('2147483647+')", 2147483647),
        ("text_to_int_alt('-199E-2')", -1),
        ("text_to_int_alt(' ')", 0),
        ("text_to_int_alt(null)", None),
        ("text_to_numeric_alt('2.5')", Decimal(2)),
        ("text_to_numeric_alt('1.5')", Decimal(2)),
        ("text_to_numeric_alt('-2.5')", Decimal(-2)),
        ("text_to_numeric_alt('2.51')", Decimal(3)),
        ("text_to_numeric_alt('123.52501', 10, 2)", Decimal("123.53")),
        ("text_to_numeric_alt('-123E2')", Decimal(-12300)),
        ("text_to_numeric_alt(repeat('9', 38) || '+')", Decimal("9" * 38)),
        ("listagg('ab '::char(5), ',')", "ab"),
        ("soundex('Ashcraft')", "A261"),
        ("soundex('Lee')", "L000"),
        ("difference('Robert', 'Rupert')", 4),
        ("regexp_count('one Two two', 'two', 1, 'i')", 2),
        ("regexp_count('1 22 333', '\\\\d+', 3)", 2),
        ("regexp_instr('user@host', '@')", 5),
        ("regexp_instr('a1b2', '[0-9]', 1, 2, 1)", 5),
        ("regexp_instr('abc', 'x')", 0),
        ("regexp_substr('a1b22', '[0-9]+', 1, 2)", "22"),
        ("regexp_substr('key=value', 'key=(\\\\w+)', 1, 1, 'e')", "value"),
        ("regexp_substr('abc', '[0-9]')", ""),
        ("regexp_replace('a1b2', '[0-9]')", "ab"),
        ("regexp_replace('Ab', 'a', 'x', 1, 'i')", "xb"),
        ("regexp_replace('john smith', '(\\\\w+) (\\\\w+)', '$2 $1')", "smith john"),
        # JSON
        ("json_extract_path_text('{\"a\": {\"b\": \"c\"}}', 'a', 'b')", "c"),
        ("json_extract_path_text('{\"a\": {\"b\": 1}}', 'a')", '{"b": 1}'),
        ("json_extract_path_text('{\"a\": 1}', 'b')", None),
        ("json_extract_path_text('[1]', '0')", None),
        ("json_extract_path_text('{', 'a', true)", None),
        ("json_extract_array_element_text('[\"a\", [1]]', 1)", "[1]"),
        ("json_extract_array_element_text('[1]', -1)", None),
        ("json_extract_array_element_text('{}', 0, true)", None),
        ("json_array_length('[1, [2, 3]]')", 2),
        ("json_array_length('1', true)", None),
        ("is_valid_json('{\"a\": 1}')", True),
        ("is_valid_json('[1]')", False),
        ("is_valid_json_array('[1]')", True),
    ],
)
def test_a_call_has_redshifts_value(loader: Loader, call: str, value: Any) -> None:
    assert loader.execute(f"select {call}") == [(value,)]


@pytest.mark.parametrize(
    ("kind", "average"),
    [
        ("smallint", 1),
        ("int", 1),
        ("bigint", 1),
        ("float", 1.6666666666666667),
        ("decimal(9, 2)", Decimal("1.66")),
        ("decimal(9, 0)", Decimal(1)),
    ],
)
def test_an_average_has_the_type_of_its_argument(loader: Loader, kind: str, average: Any) -> None:
    loader.execute(f"create table t (a {kind})")
    loader.execute("insert into t values (1), (2), (2), (null)")
    frame = "rows between unbounded preceding and unbounded following"
    for over in ("", " over ()", f" over (order by a {frame})"):
        assert loader.execute(f"select avg(a){over} from t limit 1") == [(average,)]
    assert loader.execute("select avg(a) from t where false") == [(None,)]


@pytest.mark.parametrize("kind", ["smallint", "int", "bigint", "real", "float", "decimal(9, 2)"])
def test_deviation_and_variance_are_of_double_precision(loader: Loader, kind: str) -> None:
    loader.execute(f"create table t (a {kind})")
    loader.execute("insert into t values (1), (2), (3), (null)")
    names = ("stddev", "stddev_samp", "variance", "var_samp", "stddev_pop", "var_pop")
    calls = ", ".join(f"{name}(a)" for name in names)
    (row,) = loader.execute(f"select {calls} from t")
    assert row == pytest.approx((1.0, 1.0, 1.0, 1.0, (2 / 3) ** 0.5, 2 / 3))
    assert {type(value) for value in row} == {float}
    assert loader.execute(
        "select stddev(a) over (partition by a), var_pop(distinct a) from t where a = 1 group by a"
    ) == [(None, 0.0)]


@pytest.mark.parametrize(
    "call",
    [
        "json_extract_path_text('{', 'a')",
        "json_extract_array_element_text('{}', 0)",
        "json_array_length('1')",
        "strtol('9', 8)",
        "split_part('a', '-', -1)",
        "concat('a', 'b', 'c')",
        "regexp_count('a', 'a', 1, 'x')",
        "cast('12x' as int)",
    ],
)
def test_errors_of_redshift_are_errors_here(loader: Loader, call: str) -> None:
    with pytest.raises(ProgrammingError):
        loader.execute(f"select {call}")


def test_a_backslash_in_a_string_begins_an_escape(loader: Loader) -> None:
    ((plain, quote, newline, escaped),) = loader.execute(r"select 'a\\b', 'it\'s', 'a\nb', E'a\\b'")
    assert (plain, quote, newline, escaped) == ("a\\b", "it's", "a\nb", "a\\b")
    # The same in a statement that the relay rewrites.
    assert loader.execute(r"select 'a\\b', nvl('it\'s', '')") == [("a\\b", "it's")]
    assert loader.execute(r"select 'a_b' like 'a\\_b', 'axb' like 'a\\_b'") == [(True, False)]


def test_functions_are_found_whatever_the_search_path_is(loader: Loader) -> None:
    loader.execute("create schema if not exists elsewhere")
    loader.execute("set search_path to elsewhere")
    assert loader.execute("select len('abc'), avg(1), getdate() > '2021-01-01'") == [(3, 1, True)]
    assert loader.execute("select count(*) >= 0 from sys_load_history") == [(True,)]
    assert "Redshift" in loader.execute("select version()")[0][0]


def test_a_view_keeps_the_functions_that_it_calls(loader: Loader) -> None:
    loader.execute("create table t (a varchar)")
    loader.execute("insert into t values ('abc')")
    loader.execute(
        "create view v as select len(a) as n, sysdate - sysdate as i from t with no schema binding"
    )
    loader.execute("create table u as select nvl(n, 0) + extract(day from i) as n from v")
    assert loader.execute("select n from u") == [(3,)]


def test_a_column_without_an_alias_has_redshifts_name(loader: Loader) -> None:
    cursor = loader.connection.cursor()
    cursor.execute(
        "select sysdate, dateadd(day, 1, d), datediff(day, d, d), extract(day from d),"
        " date_part(day, d), nvl(n, 1), median(n) over (), len('a'), getdate(),"
        " first_value(n ignore nulls) over (), trunc(n), d, nvl(n, 1) as m"
        " from (select current_date as d, 1 as n) t"
    )
    assert [column[0] for column in cursor.description] == [
        *("timestamp", "date_add", "date_diff", "date_part", "pgdate_part", "coalesce"),
        *("median", "len", "getdate", "first_value", "trunc", "d", "m"),
    ]


@pytest.mark.parametrize(
    ("computed", "shown"),
    [
        ("a + b", "37.00"),
        ("a - c", "27.0000"),
        ("a * b", "252.0000"),
        ("a * c", "28.000000"),
        ("a * n", "84.00"),
        ("sum(a * c)", "28.000000"),
        ("avg(c)", "1.0000"),
        ("(a / b)::decimal(17, 9)", "3.111111111"),
    ],
)
def test_computed_decimals_have_the_places_of_the_manual_and_quotients_when_they_are_cast(
    computed: str, shown: str, loader: Loader
) -> None:
    """r_numeric_computations201. Without a cast, a quotient has PostgreSQL's decimal places."""
    loader.execute("create table t (a decimal(8, 2), b decimal(8, 2), c decimal(9, 4), n smallint)")
    loader.execute("insert into t values (28, 9, 1, 3)")
    assert [str(row[0]) for row in loader.execute(f"select {computed} from t")] == [shown]
