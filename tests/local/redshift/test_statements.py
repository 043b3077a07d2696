"""Statements that only Redshift supports: temporary names, (+), TOP, MINUS, IDENTITY (0, 1)."""

from __future__ import annotations

import pytest
from redshift_connector import ProgrammingError

from tests.local.redshift.conftest import Loader


def test_a_name_that_begins_with_a_number_sign_is_a_temporary_table(loader: Loader) -> None:
    loader.execute("create table #Totals (a int)")
    loader.execute("insert into #totals values (1), (2)")
    loader.execute("create table #more as select #totals.a + 1 as a from #totals")
    loader.execute("select * into #copied from #more")
    loader.execute("delete #copied where a = 2")
    assert loader.execute("select a from #copied") == [(3,)]
    loader.execute("analyze #more")
    assert loader.execute("select sum(#more.a # 4) from #more") == [(6 + 7,)]
    loader.connection.commit()
    for name in ("#totals", "#more", "#copied"):
        with pytest.raises(Exception, match="does not exist"):
            loader.elsewhere(f"select * from {name}")


def test_names_in_quotes_are_folded(loader: Loader) -> None:
    loader.execute('create table "Plays" ("Song Name" varchar, "user" int)')
    loader.execute("""insert into plays ("SONG NAME", "User") values ('A "B"', 1)""")
    cursor = loader.connection.cursor()
    cursor.execute('select "Song NAME" as "The Song", nvl("USER", 0) as "N" from "PLAYS"')
    assert [column[0] for column in cursor.description] == ["the song", "n"]
    assert list(cursor.fetchone()) == ['A "B"', 1]


def test_an_outer_join_may_be_written_with_a_plus_sign(loader: Loader) -> None:
    loader.execute("create table t (a int)")
    loader.execute("create table u (a int, b int)")
    loader.execute("insert into t values (1), (2)")
    loader.execute("insert into u values (1, 10)")
    assert loader.execute(
        "select t.a, u.b from t, u where t.a = u.a(+) and t.a > 0 order by t.a"
    ) == [(1, 10), (2, None)]


def test_top_and_minus_are_supported(loader: Loader) -> None:
    loader.execute("create table t (a int)")
    loader.execute("insert into t values (1), (2), (3)")
    assert loader.execute("select top 2 a from t order by a desc") == [(3,), (2,)]
    assert loader.execute("select a from t minus select 2 order by 1") == [(1,), (3,)]


def test_an_identity_may_begin_at_zero(loader: Loader) -> None:
    loader.execute("create table t (a int identity(0, 1), b int identity(-1, -2), c int)")
    loader.execute("insert into t (c) values (9), (9)")
    assert loader.execute("select a, b from t order by a") == [(0, -1), (1, -3)]


@pytest.mark.parametrize(
    "sql",
    ["insert into v values (2)", "update v set a = 2", "delete from v", "delete from temporary"],
)
def test_a_view_is_read_only(loader: Loader, sql: str) -> None:
    loader.execute("create table t (a int)")
    loader.execute("insert into t values (1)")
    loader.execute("create view v as select 5 as a")
    loader.execute("create or replace view v as select a from t")
    loader.execute("create temporary view temporary as select a from t")
    loader.connection.commit()
    with pytest.raises(ProgrammingError, match="it is a view"):
        loader.execute(sql)
    loader.connection.rollback()
    assert loader.execute("select a from v") == [(1,)]


PADDING = " " * 300_000


def test_a_long_statement_is_translated_and_refused_as_a_short_one(loader: Loader) -> None:
    loader.execute("create table t (a bigint)")
    loader.execute(f"insert into t select datediff(hour, '2021-01-01', '2021-01-02') {PADDING}")
    assert loader.execute(f"select top 1 nvl(a, 0) {PADDING} from t") == [(24,)]
    with pytest.raises(ProgrammingError, match="function string_agg is not supported"):
        loader.execute(f"select string_agg('a', ',') {PADDING} from t")


def test_a_statement_of_over_16_mb_is_refused(loader: Loader) -> None:
    with pytest.raises(ProgrammingError, match=r"Statement is too large.* 16777217 bytes"):
        loader.execute("select 1".ljust((16 << 20) + 1))
    loader.connection.rollback()
    assert loader.execute("select 1".ljust(16 << 20)) == [(1,)]


def test_a_statement_that_nests_too_deeply_is_refused(loader: Loader) -> None:
    with pytest.raises(ProgrammingError, match="nested too deeply"):
        loader.execute(f"select {'(' * 5000}1{')' * 5000}")


MERGE = (
    "merge into t using s on t.a = s.a"
    " when matched then update set b = s.b when not matched then insert values (s.a, s.b)"
)


@pytest.fixture
def merging(loader: Loader) -> Loader:
    loader.execute("create table t (a int, b int)")
    loader.execute("create table s (a int, b int)")
    loader.execute("insert into t values (1, 1), (2, 2)")
    loader.execute("insert into s values (2, 20), (3, 30)")
    return loader


def test_merge_updates_what_matches_and_inserts_the_rest(merging: Loader) -> None:
    merging.execute(MERGE)
    assert merging.execute("select * from t order by 1") == [(1, 1), (2, 20), (3, 30)]


@pytest.mark.parametrize("action", ["update set b = u.b", "delete"])
def test_a_source_row_of_merge_may_not_match_two_target_rows(merging: Loader, action: str) -> None:
    merging.execute("insert into t values (2, 3)")
    merge = (
        f"merge into t using s as u on t.a = u.a when matched then {action}"
        " when not matched then insert values (u.a, u.b)"
    )
    with pytest.raises(ProgrammingError, match="can't match multiple rows in the target table"):
        merging.execute(merge)


def test_grouping_id_is_grouping(merging: Loader) -> None:
    assert merging.execute(
        "select grouping_id(a, b) as id, count(*) from t group by cube (a, b) order by 1, 2"
    ) == [(0, 1), (0, 1), (1, 1), (1, 1), (2, 1), (2, 1), (3, 2)]
