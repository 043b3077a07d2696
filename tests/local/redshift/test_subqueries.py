"""Correlated subqueries that Redshift supports are run; the others are refused."""

from __future__ import annotations

import pytest
from redshift_connector import ProgrammingError

from tests.local.redshift.conftest import Loader


@pytest.fixture
def tables(loader: Loader) -> Loader:
    loader.execute("create table t (a int, b int)")
    loader.execute("create table u (a int, b int)")
    loader.execute("insert into t values (1, 1), (2, 2)")
    loader.execute("insert into u values (1, 5), (1, 7)")
    return loader


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("select a from t where exists (select 1 from u where u.a = t.a)", [(1,)]),
        ("select t.a from t where t.b < (select max(u.b) from u where u.a = t.a)", [(1,)]),
        (
            "select x.a, (select max(u.b) from u where u.a = x.a) from t x order by 1",
            [(1, 7), (2, None)],
        ),
        (
            (
                "select t.a from t join (select u.a, max(u.b) as b from u group by u.a limit 5) v"
                " on t.a = v.a"
            ),
            [(1,)],
        ),
        (
            (
                "with v as (select a from u group by a) select t.a from t"
                " where t.a in (select v.a from v)"
            ),
            [(1,)],
        ),
        (
            (
                "select t.a from t where t.a in (select u.a from u"
                " where u.b > (select avg(w.b) from u w where w.a = u.a))"
            ),
            [(1,)],
        ),
    ],
)
def test_supported_subqueries_are_run(tables: Loader, query: str, rows: list[tuple[int]]) -> None:
    assert tables.execute(query) == rows


@pytest.mark.parametrize(
    ("query", "pattern"),
    [
        (
            (
                "select a from t where exists (select 1 from u where u.a in"
                " (select w.a from u w where w.b = t.b))"
            ),
            "skips a query block",
        ),
        (
            "select a from t where t.b = (select max(u.b) from u where u.a = t.a group by u.a)",
            "with GROUP BY",
        ),
        ("select a from t where t.b in (select u.b from u where u.a = t.a limit 1)", "with LIMIT"),
        (
            "select t.a from t join u on u.b in (select w.b from u w where w.a = t.a)",
            "in ON",
        ),
    ],
)
def test_unsupported_subqueries_are_refused(tables: Loader, query: str, pattern: str) -> None:
    with pytest.raises(ProgrammingError, match=f"correlated subquery pattern.*{pattern}"):
        tables.execute(query)


def test_an_update_and_a_delete_may_query_their_own_table(tables: Loader) -> None:
    tables.execute("update t set b = (select max(u.b) from u where u.a = t.a) where t.a = 1")
    tables.execute("delete from t where not exists (select 1 from u where u.a = t.a)")
    assert tables.execute("select a, b from t") == [(1, 7)]
