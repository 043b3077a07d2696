"""Finds SQL in a statement that PostgreSQL supports and Redshift does not.

This list is independent of the one in the local endpoint. Sources, in Redshift's manual:
"Unsupported PostgreSQL features", "…data types", "…functions" (c_redshift-and-postgres-sql and the
pages below it), r_correlated_subqueries, r_Window_function_synopsis, r_UNION, r_WITH_clause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

_TYPES = frozenset(
    {"ARRAY", "JSON", "JSONB", "UUID", "SERIAL", "BIGSERIAL", "MONEY", "INET", "XML", "BIT"}
    | {"HSTORE", "INT4RANGE", "TSRANGE", "ENUM"}
)
_FRAMELESS = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead, exp.Ntile)
_CLAUSES = (exp.OnConflict, exp.Returning, exp.Filter, exp.Lock, exp.Lateral, exp.TableSample)
_EXPRESSIONS = (exp.Array, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Unnest, exp.JSONExtract)


def lacking(tree: exp.Expr) -> list[str]:
    """The parts of the statement that Redshift does not support."""
    findings = [
        f"{type(node).__name__}: {node.sql('redshift')[:80]}"
        for node in tree.walk()
        if any(is_lacking(node) for is_lacking in _QUESTIONS)
    ]
    return findings + list(_correlated(tree))


def _clause(node: exp.Expr) -> bool:
    return isinstance(node, (*_CLAUSES, *_EXPRESSIONS))


def _distinct_on(node: exp.Expr) -> bool:
    return isinstance(node, exp.Distinct) and bool(node.args.get("on"))


def _type(node: exp.Expr) -> bool:
    return isinstance(node, exp.DataType) and node.this.name in _TYPES


def _values_as_table(node: exp.Expr) -> bool:
    return isinstance(node, exp.Values) and not isinstance(node.parent, exp.Insert)


def _all_of_a_set(node: exp.Expr) -> bool:
    return isinstance(node, (exp.Except, exp.Intersect)) and node.args.get("distinct") is False


def _aggregate_without_frame(node: exp.Expr) -> bool:
    """ "If an ORDER BY clause is used for an aggregate function, an explicit frame is required"."""
    return (
        isinstance(node, exp.Window)
        and node.args.get("order") is not None
        and node.args.get("spec") is None
        and not isinstance(node.this, _FRAMELESS)
    )


def _distinct_window(node: exp.Expr) -> bool:
    return isinstance(node, exp.Window) and node.this.find(exp.Distinct) is not None


def _index(node: exp.Expr) -> bool:
    kinds = {"INDEX", "SEQUENCE", "TRIGGER", "DOMAIN", "EXTENSION", "TYPE"}
    return isinstance(node, exp.Create) and str(node.args.get("kind")).upper() in kinds


def _with_in_a_change(node: exp.Expr) -> bool:
    """The manual lists where WITH may be used. FROM of UPDATE and DELETE is not among them."""
    return isinstance(node, (exp.Update, exp.Delete)) and node.find(exp.With) is not None


def _untyped_in_a_set_operation(node: exp.Expr) -> bool:
    """A bare NULL or string has no type, but the branches' types must agree."""
    return (
        isinstance(node, exp.Select)
        and isinstance(node.parent, exp.SetOperation)
        and any(
            isinstance(column.unalias(), exp.Null)
            or (isinstance(column.unalias(), exp.Literal) and column.unalias().is_string)
            for column in node.selects
        )
    )


_QUESTIONS: tuple[Callable[[exp.Expr], bool], ...] = (
    _clause,
    _distinct_on,
    _type,
    _values_as_table,
    _all_of_a_set,
    _aggregate_without_frame,
    _distinct_window,
    _index,
    _with_in_a_change,
    _untyped_in_a_set_operation,
)


def _correlated(tree: exp.Expr) -> Iterator[str]:
    """Correlated references that Redshift does not support.

    A column without a table name is taken to belong to the subquery.
    """
    for scope in traverse_scope(tree):
        if not scope.is_subquery or scope.parent is None:
            continue
        inner = scope.expression
        outer = [column for column in _columns(scope) if _is_outer(column, scope)]
        for column in outer:
            if column.table not in _known(scope.parent):
                yield f"a reference that skips a query block: {column.sql()}"
        if not outer:
            continue
        if inner.args.get("group"):
            yield f"a correlated subquery with GROUP BY: {inner.sql()[:80]}"
        if inner.args.get("limit") or inner.find(exp.Window):
            yield f"a correlated subquery with LIMIT or a window: {inner.sql()[:80]}"
        if (join := inner.find_ancestor(exp.Join, exp.Select)) and isinstance(join, exp.Join):
            yield f"a correlated subquery in ON: {inner.sql()[:80]}"


def _columns(scope: Scope) -> list[exp.Column]:
    """The columns of this query block, without those of nested blocks."""
    return [
        node
        for node in scope.walk()
        if isinstance(node, exp.Column) and node.table and node.parent_select is scope.expression
    ]


def _is_outer(column: exp.Column, scope: Scope) -> bool:
    return column.table not in _known(scope)


def _known(scope: Scope) -> set[str]:
    return {name for name, _ in scope.references} | {
        table.name for table in scope.tables if not table.alias
    }
