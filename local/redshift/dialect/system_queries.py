"""Rewrites clients' queries on system tables, which expect Redshift's catalog."""

from __future__ import annotations

from sqlglot import exp

from local.redshift import catalog
from local.redshift.dialect.checks import is_catalog_query
from local.redshift.dialect.grammar import read

# Columns of Redshift's catalog, or of PostgreSQL 8.0's, that clients use.
_OLD_COLUMNS = {
    "adsrc": "pg_get_expr({table}adbin, {table}adrelid)",
    "attisdistkey": "redshift_relay.is_distkey({table}attrelid, {table}attnum)",
    "attsortkeyord": "redshift_relay.sortkey({table}attrelid, {table}attnum)",
    "proisagg": "{table}prokind = 'a'",
    "proiswindow": "{table}prokind = 'w'",
    "relhasoids": "false",
    "reldiststyle": (
        "case when {table}relkind <> 'r' then 0 else case redshift_relay.diststyle({table}oid)"
        " when 'EVEN' then 0 when 'KEY' then 1 when 'ALL' then 8 else 9 end end"
    ),
}


def rewrite_system_tables(tree: exp.Expr) -> bool:
    """Qualify Redshift's system views, so that the search path does not matter."""
    changed = False
    for table in tree.find_all(exp.Table):
        is_of_the_system = table.db.lower() in {"", "pg_catalog"}
        if is_of_the_system and table.name.lower() in catalog.VIEWS:
            table.set("db", exp.to_identifier("redshift_catalog"))
            changed = True
    return changed


def rewrite_system_query(tree: exp.Expr) -> bool:
    if not is_catalog_query(tree):
        return False
    changed = [
        _replace_encodings(tree),
        _replace_old_columns(tree),
        _replace_numbers(tree),
        *map(_expand_aliases, tree.find_all(exp.Select)),
    ]
    return any(changed)


def _replace_encodings(tree: exp.Expr) -> bool:
    """Replace `format_encoding(attencodingtype)`: the manual does not list its numbers."""
    calls = [c for c in tree.find_all(exp.Anonymous) if c.name.lower() == "format_encoding"]
    for node in calls:
        column = node.find(exp.Column)
        if column is not None and column.name.lower() == "attencodingtype":
            keys = [exp.column(name, table=column.table) for name in ("attrelid", "attnum")]
            encoding = exp.Anonymous(this="encoding", expressions=keys)
            node.replace(exp.Dot(this=exp.to_identifier("redshift_relay"), expression=encoding))
    return bool(calls)


def _replace_numbers(tree: exp.Expr) -> bool:
    """Replace WHERE 1: PostgreSQL 8.0 accepts a number as a condition."""
    numbers = [
        number
        for where in tree.find_all(exp.Where)
        for number in where.find_all(exp.Literal)
        if number.is_int and isinstance(number.parent, (exp.Where, exp.And))
    ]
    for number in numbers:
        number.replace(exp.Boolean(this=number.to_py() != 0))
    return bool(numbers)


def _replace_old_columns(tree: exp.Expr) -> bool:
    columns = [c for c in tree.find_all(exp.Column) if c.name.lower() in _OLD_COLUMNS]
    for column in columns:
        table = f"{column.table}." if column.table else ""
        column.replace(read(f"({_OLD_COLUMNS[column.name.lower()].format(table=table)})"))
    return bool(columns)


def _expand_aliases(query: exp.Select) -> bool:
    """Expand aliases that are used later in the select list, or in WHERE.

    This works for system tables only. Another table may have a column of that name, which would
    take precedence, and the relay does not know its columns.
    """
    aliases: dict[str, exp.Expr] = {}
    changed = False
    for projection in query.expressions:
        changed |= _expand(projection, aliases)
        if isinstance(projection, exp.Alias):
            own = {column.name.lower() for column in projection.this.find_all(exp.Column)}
            if projection.alias.lower() not in own:
                aliases[projection.alias.lower()] = projection.this
    where = query.args.get("where")
    return changed or (where is not None and _expand(where, aliases))


def _expand(node: exp.Expr, aliases: dict[str, exp.Expr]) -> bool:
    columns = [
        column
        for column in node.find_all(exp.Column)
        if not column.table and column.name.lower() in aliases
    ]
    for column in columns:
        column.replace(exp.Paren(this=aliases[column.name.lower()].copy()))
    return bool(columns)
