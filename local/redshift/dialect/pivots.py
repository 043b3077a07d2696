"""Rewrites PIVOT as aggregates over CASE, and UNPIVOT as a UNION of one query per column.

Both need the names of all source columns. The relay does not know the columns of a table, so the
source must be a query that names them.

Source: Amazon Redshift's manual, "PIVOT and UNPIVOT examples".
"""

from __future__ import annotations

from sqlglot import exp

from local.redshift.copy.copy_command import Refused


def rewrite_pivots(tree: exp.Expr) -> bool:
    """Replace each PIVOT and UNPIVOT by a query; returns whether the tree changed.

    :raises Refused: this form is not emulated.
    """
    pivots = list(tree.find_all(exp.Pivot))
    for pivot in pivots:
        source = pivot.parent
        if source is None or len(source.args["pivots"]) != 1 or len(pivot.fields) != 1:
            raise Refused("this form of PIVOT or UNPIVOT is not emulated by the local endpoint")
        columns = _columns(source)
        turn = _unpivot if pivot.unpivot else _pivot
        alias = pivot.args.get("alias") or exp.TableAlias(this=exp.to_identifier("pivoted"))
        source.set("pivots", None)
        source.replace(exp.Subquery(this=turn(pivot, source.copy(), columns), alias=alias))
    return bool(pivots)


def _columns(source: exp.Expr) -> list[str]:
    """The column names of a subquery or of a common table expression."""
    query: exp.Expr | None = source.this if isinstance(source, exp.Subquery) else None
    if isinstance(source, exp.Table) and not source.db:
        within = source.find_ancestor(exp.Select)
        ctes = {cte.alias: cte.this for cte in within.ctes} if within is not None else {}
        query = ctes.get(source.name)
    names = [node.alias_or_name for node in query.selects] if isinstance(query, exp.Query) else []
    if not names or "" in names or "*" in names:
        raise Refused(
            "PIVOT and UNPIVOT of this are not emulated by the local endpoint",
            "Name all columns in a subquery: FROM (SELECT a, b FROM t) PIVOT (...).",
        )
    return [name.lower() for name in names]


def _pivot(pivot: exp.Pivot, source: exp.Expr, columns: list[str]) -> exp.Select:
    by, values = pivot.fields[0].this, pivot.fields[0].expressions
    used = {column.name.lower() for node in pivot.expressions for column in _named(node)}
    kept = [name for name in columns if name not in used | {by.name.lower()}]
    turned = [
        exp.alias_(_only_where(aggregate, by, value), _name(aggregate, value), quoted=True)
        for value in values
        for aggregate in pivot.expressions
    ]
    query = exp.Select(expressions=[*map(_column, kept), *turned]).from_(source)
    return query.group_by(*map(_column, kept)) if kept else query


def _name(aggregate: exp.Expr, value: exp.Expr) -> str:
    """The value, followed by the aggregate's alias if it has one."""
    name = "null" if isinstance(value, exp.Null) else value.alias_or_name
    return "_".join(filter(None, (name, aggregate.alias))).lower()


def _named(node: exp.Expr) -> list[exp.Column]:
    return list(node.find_all(exp.Column))


def _only_where(aggregate: exp.Expr, by: exp.Expr, value: exp.Expr) -> exp.Expr:
    """The aggregate over only those rows that have this value."""
    function = aggregate.unalias().copy()
    value = value.this if isinstance(value, exp.PivotAlias) else value
    if not isinstance(function, exp.Anonymous) or len(function.expressions) != 1:
        raise Refused("PIVOT of other than one aggregate of one argument is not emulated")
    argument = function.expressions[0]
    if isinstance(argument, exp.Distinct):
        argument = argument.expressions[0]
    counted = exp.Literal.number(1) if isinstance(argument, exp.Star) else argument.copy()
    operator = exp.Is if isinstance(value, exp.Null) else exp.EQ
    condition = operator(this=by.copy(), expression=value.copy())
    argument.replace(exp.case().when(condition, counted))
    return function


def _unpivot(pivot: exp.Pivot, source: exp.Expr, columns: list[str]) -> exp.Query:
    value_name, field = pivot.expressions[0].name, pivot.fields[0]
    turned = {_source_column(item).name.lower(): item for item in field.expressions}
    kept = [name for name in columns if name not in turned]
    queries = []
    for name, item in turned.items():
        label = item.args["alias"].name if isinstance(item, exp.PivotAlias) else name
        query = exp.Select(
            expressions=[
                *map(_column, kept),
                exp.alias_(exp.cast(exp.Literal.string(label), "varchar"), field.this.name),
                exp.alias_(_column(name), value_name),
            ]
        ).from_(source.copy())
        if not pivot.args.get("include_nulls"):
            query = query.where(
                exp.Not(this=exp.Is(this=_column(name), expression=exp.Null())), copy=False
            )
        queries.append(query)
    return exp.union(*queries, distinct=False) if len(queries) > 1 else queries[0]


def _source_column(item: exp.Expr) -> exp.Expr:
    return item.this if isinstance(item, exp.PivotAlias) else item


def _column(name: str) -> exp.Expr:
    return exp.column(name, quoted=True)
