"""Only Redshift's functions can be called, and only where Redshift allows them."""

from __future__ import annotations

import pytest
from redshift_connector import ProgrammingError

from tests.local.redshift.conftest import Loader


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select string_agg('a', ',')", "function string_agg is not supported"),
        ("select array_agg(a) from t", "arrays are not supported"),
        ("select to_json(a) from t", "function to_json is not supported"),
        ("select pg_catalog.string_agg(b, '') from t", "function string_agg is not supported"),
        ("select gen_random_uuid()", "function gen_random_uuid is not supported"),
        ("select make_date(2021, 1, 1)", "function make_date is not supported"),
        ("select format('%s', 1)", "function format is not supported"),
        ("select isnull(1, 2)", "function isnull is not supported"),
        ("select text_to_int_alt('123{', '999S')", "text_to_int_alt.* does not exist"),
        ("select text_to_int_alt('one')", "invalid input syntax"),
        ("select text_to_int_alt('0x1F')", "invalid input syntax"),
        ("select text_to_int_alt('-1-')", "invalid input syntax"),
        ("select text_to_numeric_alt('123', 2, 0)", "123 has more than 2 digits"),
        ("select murmur3_32_hash('a')", "function murmur3_32_hash is not supported"),
        ("select json_parse('1')", "function json_parse is not supported"),
        ("select * from (values (1)) as u (a)", "VALUES as a table is not supported"),
        ("select count(distinct a, b), len('x') from t", "DISTINCT of several arguments"),
        ("select a from t except all select 1", "EXCEPT ALL is not supported"),
        ("select a from t intersect all select 1", "INTERSECT ALL is not supported"),
        ("deallocate all", "DEALLOCATE ALL is not supported"),
        ("deallocate prepare all", "DEALLOCATE ALL is not supported"),
        ("savepoint s", "SAVEPOINT is not supported"),
        ("select a is distinct from 1 from t", "IS DISTINCT FROM is not supported"),
        ("select * from unnest('{1}'::int[]) as u", "not supported"),
        ("select cast('x' as xml)", "type xml is not supported"),
        ("values (1)", "VALUES as a table is not supported"),
        ("select is_integer(a) from t", "function is_integer.* does not exist"),
        ("select * from t, lateral (select 1) u", "LATERAL is not supported"),
        ("select a from t fetch first 1 rows only", "FETCH FIRST is not supported"),
        ("insert into t select length(string_agg(b, '')) from t", "function string_agg"),
        ("update t set a = cardinality(null)", "function cardinality is not supported"),
        ("delete from t where b = concat_ws('', b)", "function concat_ws is not supported"),
        ("create table u as select md5(to_json(a)::text) from t", "function to_json"),
        ("create view v as select string_agg(b, '') from t", "function string_agg"),
        ("explain select string_agg(b, '') from t", "function string_agg"),
        ("explain analyze select a from t", "EXPLAIN has only the option VERBOSE"),
        ("declare c cursor for select string_agg(b, '') from t", "function string_agg"),
        ("prepare p as select string_agg(b, '') from t", "function string_agg"),
        ("create function f() returns int as 'select 1' language sql", "CREATE FUNCTION"),
        ("create procedure p() as $$ begin end $$ language plpgsql", "CREATE PROCEDURE"),
        ("with u as materialized (select 1) select * from u", "MATERIALIZED is not supported"),
        ("with u as not materialized (select 1) select * from u", "MATERIALIZED is not supported"),
        (
            "with recursive u (n) as (select 1 union select n + 1 from u) select * from u limit 3",
            "UNION in a recursive query",
        ),
        ("select * from only t", "ONLY is not supported"),
        ("table t", "TABLE as a statement is not supported"),
        ("select a between symmetric 2 and 1 from t", "BETWEEN SYMMETRIC is not supported"),
        ("select 1_000", "a number runs into a name: 1_000"),
        ("insert into t (a) select 0x1F", "a number runs into a name: 0x1F"),
        ("select b'101'", "strings of bits are not supported"),
        ("select X'1F' from t", "strings of bits are not supported"),
        ("truncate t, t", "TRUNCATE of one table"),
        ("truncate table t restart identity", "TRUNCATE of one table"),
        ("truncate t cascade", "not CASCADE"),
        (
            "merge into t using t as u on t.a = u.a when matched and u.a > 1 then delete",
            "no condition after MATCHED",
        ),
        ("show columns from table t", "SHOW COLUMNS is not emulated"),
    ],
)
def test_what_redshift_lacks_is_refused_by_name(loader: Loader, sql: str, words: str) -> None:
    loader.execute("create table t (a int, b varchar)")
    with pytest.raises(ProgrammingError, match=words):
        loader.execute(sql)


@pytest.mark.parametrize(
    "call",
    [
        "now()",
        "current_timestamp",
        "age(current_date)",
        "current_schema()",
        "generate_series(1, 2)",
    ],
)
def test_the_leader_nodes_functions_do_not_run_on_tables(loader: Loader, call: str) -> None:
    loader.execute("create table t (a int)")
    assert loader.execute(f"select {call}")
    with pytest.raises(ProgrammingError, match="is not supported on Redshift tables"):
        loader.execute(f"select {call} from t")


def test_a_statement_that_cannot_be_read_gets_postgresqls_error(loader: Loader) -> None:
    with pytest.raises(ProgrammingError, match="syntax error"):
        loader.execute("select a from where b")
    loader.connection.rollback()
    with pytest.raises(ProgrammingError, match="function string_agg is not supported"):
        loader.execute("select string_agg(a, '') from where b")
    loader.connection.rollback()
    with pytest.raises(ProgrammingError, match="cannot read this statement; it calls len"):
        loader.execute("select len(a) from where b")
