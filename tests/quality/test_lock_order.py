"""Checks read star tables first, then staging tables and the ledger: the order of the loads.

A load locks its star table and then reads staging tables. A check that reads them the other
way round can wait for a load that waits for it, which Redshift ends as a deadlock.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from sparkify.statements import statement, without_values
from tests.runs import STAR, etl_dag

CHECKS = etl_dag().get_task("check_quality").checks
_AFTER_FROM = ("expressions", "where", "group", "having", "qualify", "order")


def relations(node: Any) -> Iterator[str]:
    """The tables of a statement, in the order in which the parser meets and locks them.

    In each query: WITH, FROM with its joins, the selected columns, WHERE and what follows.
    """
    if isinstance(node, list):
        for item in node:
            yield from relations(item)
    elif isinstance(node, exp.Table):
        yield node.name
        yield from relations(node.args.get("joins"))
    elif isinstance(node, exp.Select):
        for part in ("with_", "from_", "joins", *_AFTER_FROM):
            yield from relations(node.args.get(part))
    elif isinstance(node, exp.SetOperation):
        for part in ("with_", "this", "expression"):
            yield from relations(node.args.get(part))
    elif isinstance(node, exp.Expr):
        for child in node.iter_expressions():
            yield from relations(child)


def tables_of(sql: str) -> list[str]:
    """The tables that a statement reads, in order, without the names of its CTEs."""
    tree = sqlglot.parse_one(sql, read="redshift")
    ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
    found = [name for name in relations(tree) if name not in ctes]
    assert len(found) == sum(table.name not in ctes for table in tree.find_all(exp.Table))
    return found


def reads_star_tables_first(tables: list[str]) -> bool:
    is_star = [name in STAR for name in tables]
    return is_star == sorted(is_star, reverse=True)


def test_the_dag_has_checks_of_star_and_staging_tables():
    together = [
        check for check in CHECKS if len({name in STAR for name in tables_of(_sql(check))}) > 1
    ]
    assert len(together) > 5


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_check_reads_star_tables_before_staging_tables_and_the_ledger(check):
    tables = tables_of(_sql(check))
    assert tables
    assert reads_star_tables_first(tables), tables


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (("with a as (select 1 from songs) select (select 1 from b) from users, a where exists"
         " (select 1 from c)"), ["songs", "users", "b", "c"]),
        ("select 1 from (select 1 from staging_songs) as s left join songs on true",
         ["staging_songs", "songs"]),
        ("select 1 from a union all select 1 from b", ["a", "b"]),
    ],
)  # fmt: skip
def test_the_order_is_that_of_the_parser(sql, expected):
    assert tables_of(sql) == expected


def test_a_check_that_reads_staging_first_is_found():
    assert not reads_star_tables_first(["staging_songs", "songs"])
    assert not reads_star_tables_first(["songs", "load_ledger", "users"])
    assert reads_star_tables_first(["songs", "users", "staging_events", "load_ledger"])


def _sql(check: Any) -> str:
    return without_values(statement(check.file, **check.names))
