"""Refuses correlated subqueries that Redshift does not support.

A column without a table name is taken to belong to the subquery.

Source: Amazon Redshift's manual, "Correlated subqueries" (r_correlated_subqueries).
"""

from __future__ import annotations

from sqlglot import exp

from local.redshift.copy.copy_command import Refused


def check_subqueries(tree: exp.Expr) -> None:
    """Refuse the patterns that the manual lists.

    :raises Refused: a reference skips a query block, or a correlated subquery has GROUP BY, LIMIT
        or a window function, or is in ON.
    """
    for query in tree.find_all(exp.Select):
        if query.parent_select is not None and _outer_tables(query):
            _check_correlated(query)


def _check_correlated(query: exp.Select) -> None:
    enclosing = query.parent_select
    assert isinstance(enclosing, exp.Select)
    skipped = _outer_tables(query) - _tables(enclosing)
    if skipped & _tables_further_out(enclosing):
        raise _refusal("a reference that skips a query block")
    if skipped:
        return  # the table does not exist: PostgreSQL reports that
    if query.args.get("group"):
        raise _refusal("with GROUP BY")
    if query.args.get("limit") or any(
        window.parent_select is query for window in query.find_all(exp.Window)
    ):
        raise _refusal("with LIMIT or a window function")
    if isinstance(query.find_ancestor(exp.Join, exp.Select), exp.Join):
        raise _refusal("in ON")


def _outer_tables(query: exp.Select) -> set[str]:
    """The tables that this block's columns name and that are not in its FROM."""
    named = {
        column.table.lower()
        for column in query.find_all(exp.Column)
        if column.table and column.parent_select is query
    }
    return named - _tables(query)


def _tables(query: exp.Select) -> set[str]:
    """The names of the tables and subqueries in this block's FROM."""
    sources = [query.args.get("from_"), *query.args.get("joins", ())]
    return {
        source.alias_or_name.lower()
        for clause in sources
        if clause is not None
        for source in clause.find_all(exp.Table, exp.Subquery)
        if source.parent_select is query
    }


def _tables_further_out(query: exp.Select) -> set[str]:
    tables: set[str] = set()
    outer = query.parent_select
    while isinstance(outer, exp.Select):
        tables |= _tables(outer)
        outer = outer.parent_select
    return tables


def _refusal(pattern: str) -> Refused:
    return Refused(
        f"This type of correlated subquery pattern is not supported: {pattern}",
        "Use a join with a derived table.",
    )
