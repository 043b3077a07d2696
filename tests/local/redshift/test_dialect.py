"""Redshift's SQL is accepted, and SQL that Redshift lacks is refused with Redshift's errors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from redshift_connector import ProgrammingError

from local.redshift.dialect import Copy, Forward, plans
from tests.local.redshift.conftest import Loader


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("insert into t values (1) on conflict do nothing", "ON CONFLICT is not supported"),
        ("insert into t values (1) returning a", "RETURNING is not supported"),
        ("delete from t returning a", "RETURNING is not supported"),
        ("create index i on t (a)", "CREATE INDEX is not supported"),
        ("create unique index concurrently i on t (a)", "CREATE INDEX is not supported"),
        ("select distinct on (a) a from t", "DISTINCT ON is not supported"),
        ("select count(*) filter (where a > 1) from t", "FILTER is not supported"),
        ("select array[1, 2]", "arrays are not supported"),
        ("select '{}'::jsonb", "type jsonb is not supported"),
        ("select a from t for update", "SELECT FOR UPDATE is not supported"),
        ("copy t from stdin", "COPY FROM STDIN"),
        ("unload ('select 1') to 's3://b/x' iam_role default", "UNLOAD is not emulated"),
        ("create sequence s", "CREATE SEQUENCE is not supported"),
        ("create materialized view v as select 1", "materialized views are not emulated"),
        ("create extension hstore", "CREATE EXTENSION is not supported"),
        ("with x as (insert into t values (1) returning a) select * from x", "RETURNING"),
        ("listen x", "LISTEN is not supported"),
    ],
)
def test_what_redshift_lacks_is_refused_and_aborts_the_transaction(
    loader: Loader, sql: str, words: str
) -> None:
    loader.execute("create table t (a int)")
    with pytest.raises(ProgrammingError, match=words):
        loader.execute(sql)
    with pytest.raises(ProgrammingError, match="current transaction is aborted"):
        loader.execute("select 1")
    loader.connection.rollback()
    assert loader.execute("select 1") == [(1,)]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("dateadd(day, 1, '2018-11-01'::timestamp)", datetime(2018, 11, 2)),
        ("datediff(hour, '2018-11-01'::timestamp, '2018-11-02'::timestamp)", 24),
        ("nvl(null, 2)", 2),
        ("len('äb')", 2),
        ("date_trunc('hour', '2018-11-01 10:20'::timestamp)", datetime(2018, 11, 1, 10)),
        ("extract(week from '2018-11-01'::timestamp)::int", 44),
        ("date_part(dow, '2018-11-04'::timestamp)::int", 0),
        ("timestamp 'epoch' + 1541105830796 / 1000.0 * interval '1 second'",
         datetime(2018, 11, 1, 20, 57, 10, 796000)),
        ("listagg(x, ',') within group (order by x) from (select 'b' as x union select 'a')",
         "a,b"),
        ("decode(1, 1, 'one', 'other')", "one"),
        ("getdate() between dateadd(minute, -1, sysdate) and dateadd(minute, 1, sysdate)", True),
    ],
)  # fmt: skip
def test_functions_of_redshift_work(loader: Loader, expression: str, value: Any) -> None:
    assert loader.execute(f"select {expression}") == [(value,)]


def test_sysdate_is_when_the_transaction_began_and_getdate_when_the_statement_did(
    loader: Loader,
) -> None:
    ((began,),) = loader.execute("select sysdate")
    loader.execute("select pg_sleep(1.1)")
    ((sysdate, getdate, translated),) = loader.execute(
        "select sysdate, getdate(), dateadd(day, 0, getdate())"
    )
    assert sysdate == began
    assert getdate == translated
    assert getdate.microsecond == 0
    assert getdate > began
    ((moment,),) = loader.execute("select getdate() - sysdate where nvl(null, true)")
    assert moment >= getdate - began


def test_merge_qualify_and_update_from_work(loader: Loader) -> None:
    loader.execute("create table t (a int, b varchar)")
    loader.execute("create temp table s (a int, b varchar)")
    loader.execute("insert into t values (1, 'old')")
    loader.execute("insert into s values (1, 'new'), (2, 'x')")
    loader.execute(
        "merge into t using s on t.a = s.a when matched then update set b = s.b"
        " when not matched then insert values (s.a, s.b)"
    )
    assert loader.execute("select * from t order by a") == [(1, "new"), (2, "x")]
    loader.execute("update t set b = s.b || '!' from s where s.a = t.a")
    loader.execute("delete from t using s where s.a = t.a and s.a = 2")
    assert loader.execute("select * from t") == [(1, "new!")]
    assert loader.execute("select a from s qualify row_number() over (order by a desc) = 1") == [
        (2,)
    ]


@pytest.mark.parametrize(
    "sql",
    ["analyze t", "vacuum", "vacuum full t to 99 percent", "vacuum delete only t boost",
     "set query_group to 'etl'", "set wlm_query_slot_count to 3", "reset query_group",
     "lock t", "begin read write"],
)  # fmt: skip
def test_commands_of_redshift_are_taken(loader: Loader, sql: str) -> None:
    loader.execute("create table t (a int)")
    loader.connection.commit()
    loader.connection.autocommit = not sql.startswith(("lock", "begin"))
    loader.execute(sql)


def test_a_statement_is_sent_unchanged_unless_something_must_change() -> None:
    for sql in ("-- hello\n select 1 ; ", "select 1; select 2", "select $1::int", "selec '", ""):
        assert plans(sql) == (Forward(sql),)


def test_a_copy_is_found_among_other_statements() -> None:
    first, copy, last = plans(
        'begin; -- a comment; with a semicolon\n copy "t".u (a, "b c") from \'s3://b/;x\''
        " iam_role default json 'auto' maxerror 3; commit"
    )
    assert (first, last) == (Forward("begin"), Forward("commit"))
    assert isinstance(copy, Copy)
    assert copy.command.table == '"t".u'
    assert copy.command.columns == ("a", '"b c"')
    assert (copy.command.source, copy.command.maxerror) == ("s3://b/;x", 3)
