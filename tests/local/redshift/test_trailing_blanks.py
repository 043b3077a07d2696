"""r_Character_types: trailing blanks do not count in comparisons, and lengths are in bytes."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from redshift_connector import ProgrammingError

from local.postgres import EmbeddedPostgres
from tests.conftest import data_folder, run_endpoint
from tests.local.redshift.conftest import Loader

TEXTS = "insert into t values ('a', 'b '), ('a  ', 'b'), (' a', 'b')"


@pytest.fixture
def texts(loader: Loader) -> Loader:
    loader.execute("create table t (x varchar(10), y varchar)")
    loader.execute(TEXTS)
    return loader


@pytest.mark.parametrize(
    ("comparison", "result"),
    [
        ("'a '::varchar = 'a'", True),
        ("'a '::varchar <> 'a'", False),
        ("'a' < 'a '", False),
        ("'a ' >= 'a   '", True),
        ("'a' <= 'a '", True),
        ("'a ' > 'a'", False),
        ("' a' = 'a'", False),
        ("'' = '  '", True),
        ("case 'a ' when 'a' then true else false end", True),
        ("nullif('a ', 'a') is null", True),
        ("('a ', 1) = ('a', 1)", True),
        ("'a ' between 'a' and 'a'", True),
        ("'a' like 'a '", False),
        ("length('a ') = 2", True),
        ("'a ' || 'b' = 'ab'", False),
    ],
)
def test_blanks_at_the_end_do_not_count_in_comparisons(
    comparison: str, result: bool, loader: Loader
) -> None:
    assert loader.execute(f"select {comparison}") == [(result,)]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("select count(*) from t where x = 'a'", 2),
        ("select count(*) from t where x <> 'a '", 1),
        ("select count(*) from t where x in ('a ', 'c')", 2),
        ("select count(distinct x) from t", 2),
        ("select count(*) from (select distinct x, y from t)", 2),
        ("select max(c) from (select count(*) as c from t group by x)", 2),
        ("select count(*) from t as l inner join t as r on l.x = r.x", 5),
        ("select count(*) from (select x from t except select 'a')", 1),
        ("select count(*) from (select x from t union select y from t)", 3),
        (
            "select max(n) from (select row_number() over (partition by x order by y) as n from t)",
            2,
        ),
        ("select max(n) from (select rank() over (order by y) as n from t)", 1),
        ("select count(*) from t where x like 'a%'", 2),
        ("select count(*) from t where x like 'a'", 1),
        ("select count(*) from t where x = 'a'::char(5)", 2),
    ],
)
@pytest.mark.parametrize("setting", ["hashjoin", "mergejoin", "nestloop", "hashagg", "seqscan"])
def test_rows_that_differ_in_trailing_blanks_are_equal_in_every_plan(
    query: str, count: int, setting: str, texts: Loader
) -> None:
    texts.execute("create table k (x varchar(10), primary key (x))")  # the key becomes an index
    texts.execute("insert into k select x from t")
    texts.execute("analyze k")
    for other in {"hashjoin", "mergejoin", "nestloop", "hashagg", "seqscan"} - {setting}:
        texts.execute(f"set enable_{other} to {'off' if other != 'hashagg' else 'on'}")
    assert texts.execute(query) == [(count,)]
    assert texts.execute("select count(*) from k where x = 'a '") == [(2,)]


def test_no_index_deduplicates_equal_texts(loader: Loader) -> None:
    """PostgreSQL deduplicates if the operator family has function 4 (btree.sgml)."""
    names = loader.execute(
        "select p.amproclefttype::regtype::varchar from pg_catalog.pg_amproc as p"
        " inner join pg_catalog.pg_opfamily as f on p.amprocfamily = f.oid"
        " inner join pg_catalog.pg_am as m on f.opfmethod = m.oid"
        " where m.amname = 'btree' and f.opfname = 'text_ops' and p.amprocnum = 4 order by 1"
    )
    assert names == [("name",)]


@pytest.mark.parametrize(
    ("value", "stored"),
    [("abc ", "abc"), ("ü   ", "ü "), ("     ", "   "), ("é", "é"), ("üa  ", "üa")],
)
def test_excess_blanks_are_removed(value: str, stored: str, loader: Loader) -> None:
    loader.execute("create table i (a int, x varchar(3))")
    loader.execute(f"insert into i values (1, '{value}')")
    loader.execute("insert into i values (2, '')")
    loader.execute(f"update i set x = '{value}' where a = 2")
    rows = loader.load("a int, x varchar(3)", {"a": 3, "x": value})
    assert rows == [(3, stored)]
    assert loader.execute("select x from i") == [(stored,), (stored,)]


@pytest.mark.parametrize("value", ["abcd", "üü", "üü ", "abc\t", " abc"])
def test_a_text_of_too_many_bytes_is_refused(value: str, loader: Loader) -> None:
    loader.execute("create table i (x varchar(3))")
    with pytest.raises(ProgrammingError, match=r"value too long for type character varying\(3\)"):
        loader.execute(f"insert into i values ('{value}')")


@pytest.mark.parametrize(
    ("value", "cut"),
    [("abcdef", "abc"), ("üüü", "ü"), ("ab üü", "ab "), ("😀", ""), ("a😀😀", "a"), ("üaü", "üa")],
)
def test_a_cast_cuts_to_whole_characters(value: str, cut: str, loader: Loader) -> None:
    assert loader.execute(f"select '{value}'::varchar(3)") == [(cut,)]
    loader.execute(f"create table i as select cast('{value}' as varchar(3)) as x")
    assert loader.execute("select type from pg_table_def where tablename = 'i'") == [
        ("character varying(3)",)
    ]


def test_indexes_of_an_earlier_version_are_rebuilt(s3_endpoint: str) -> None:
    data_dir = data_folder() / "data"
    postgres = EmbeddedPostgres(data_dir)
    postgres.start()
    with psycopg.connect(**postgres.address, dbname="postgres", autocommit=True) as connection:
        connection.execute("create database dev")
    with psycopg.connect(**postgres.address, dbname="dev", autocommit=True) as connection:
        connection.execute("create table t (x text); grant all on t to public")
        # In PostgreSQL's order, 'a!' is between these two.
        connection.execute("insert into t values ('a'), ('a!'), ('a  b'), ('a ')")
        connection.execute("insert into t select 'b' || i from generate_series(1, 2000) as i")
        connection.execute("insert into t values ('z' || chr(9)), ('z '), ('z'), ('z' || chr(1))")
        connection.execute("create index on t (x)")
    postgres.stop()
    for _ in range(2):
        with (
            run_endpoint(s3_endpoint, data_dir) as started,
            psycopg.connect(started.conninfo, autocommit=True) as client,
        ):
            client.execute("set enable_seqscan to off")
            rows: Any = client.execute("select x from t where x = 'z'").fetchall()
            assert sorted(rows) == [("z",), ("z ",)]
