"""PIVOT and UNPIVOT of queries that name their columns."""

from __future__ import annotations

import pytest
from redshift_connector import ProgrammingError

from tests.local.redshift.conftest import Loader


@pytest.fixture
def stock(loader: Loader) -> Loader:
    loader.execute("create table stock (shop varchar, fruit varchar, crates int)")
    loader.execute(
        "insert into stock values ('north', 'apple', 2), ('north', 'apple', 5),"
        " ('north', 'pear', 1), ('south', 'pear', null), ('south', null, 7)"
    )
    return loader


def test_pivot_makes_a_column_of_each_value(stock: Loader) -> None:
    assert stock.execute(
        "select * from (select shop, fruit, crates from stock)"
        " pivot (sum(crates) for fruit in ('apple', 'pear' as pears, 'plum')) order by shop"
    ) == [("north", 7, 1, None), ("south", None, None, None)]


def test_pivot_takes_several_aggregates_and_calls_columns_by_them(stock: Loader) -> None:
    cursor = stock.connection.cursor()
    cursor.execute(
        "select p.* from (select fruit, crates from stock) pivot"
        " (count(*) as n, avg(crates) as mean, count(distinct crates)"
        " for fruit in ('apple', null as none)) as p"
    )
    assert list(cursor.fetchone()) == [2, 3, 2, 1, 7, 1]
    names = [column[0] for column in cursor.description]
    assert names == ["apple_n", "apple_mean", "apple", "none_n", "none_mean", "none"]


def test_unpivot_makes_a_row_of_each_column(stock: Loader) -> None:
    wide = "(select 'x' as shop, 1 as apple, null::int as pear)"
    assert stock.execute(f"select * from {wide} unpivot (crates for fruit in (apple, pear))") == [
        ("x", "apple", 1)
    ]
    assert stock.execute(
        f"with wide as {wide} select fruit, crates from wide unpivot include nulls"
        " (crates for fruit in (apple as 'a', pear as p)) order by 1"
    ) == [("a", 1), ("p", None)]


@pytest.mark.parametrize(
    "source", ["stock", "(select * from stock)", "(select shop, crates + 1, fruit from stock)"]
)
def test_columns_that_the_relay_cannot_know_are_refused(stock: Loader, source: str) -> None:
    with pytest.raises(ProgrammingError, match="Name all columns in a subquery"):
        stock.execute(f"select * from {source} pivot (sum(crates) for fruit in ('apple'))")
