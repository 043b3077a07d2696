"""Rewrites Redshift's CREATE TABLE and ALTER TABLE for PostgreSQL.

``table_attributes`` handles distribution, sort keys and encodings; ``table_keys`` handles keys.
VARCHAR without a length is 256 bytes, TEXT is VARCHAR(256), MAX is 65,535.

Source: Amazon Redshift's manual, "CREATE TABLE" (r_CREATE_TABLE_NEW) and "Character types".
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token

from local.redshift.copy.copy_command import Refused
from local.redshift.dialect.grammar import read, write
from local.redshift.dialect.table_attributes import (
    alter_attributes,
    cut_attributes,
    note_attributes,
)
from local.redshift.dialect.table_checks import check_alter, check_create
from local.redshift.dialect.table_keys import Key, alter_keys, index_statements, take_keys

_LENGTHS = {
    exp.DataType.Type.TEXT: 256,
    exp.DataType.Type.VARCHAR: 256,
    exp.DataType.Type.NVARCHAR: 256,
    exp.DataType.Type.BPCHAR: 256,
}


def rewrite_create_table(
    sql: str, tokens: list[Token], *, prepare: Callable[[exp.Expr], None]
) -> tuple[str, ...]:
    """The PostgreSQL statements for a CREATE TABLE.

    :param prepare: checks and rewrites the statement's tree in place.
    :raises Refused: `prepare` refuses part of it, or a type or clause is not supported.
    """
    sql, attributes = cut_attributes(sql, tokens)
    keys = []
    try:
        tree = read(sql)
    except SqlglotError:
        return (sql,)
    if not isinstance(tree, exp.Create):
        return (sql,)
    prepare(tree)
    check_create(tree)
    table = tree.find(exp.Table)
    if table is not None and table.name.startswith("#"):
        _make_temporary(tree)
    if isinstance(tree.this, exp.Schema):
        keys = take_keys(tree.this)
        if [key.type for key in keys].count("p") > 1:
            raise Refused("a table has one primary key at most")
        if not tree.find(exp.LikeProperty):
            attributes.check_distkey([column.name for column in tree.find_all(exp.ColumnDef)])
        for column in tree.this.find_all(exp.ColumnDef):
            _rewrite_column(column)
            _rewrite_identity(column)
    if table is not None:
        attributes.constraints = [key.note(table.name) for key in keys]
    create = write(tree)
    if table is None:
        return (create,)
    recorded = () if tree.find(exp.TemporaryProperty) else note_attributes(tree, table, attributes)
    if tree.args.get("expression") is not None:
        return (create, *recorded)
    keys += [Key(tuple(columns), "sortkey") for columns in attributes.sort_keys]
    return (create, *index_statements(table, keys), *recorded)


def rewrite_alter_table(
    sql: str, tokens: list[Token], *, prepare: Callable[[exp.Expr], None]
) -> list[str]:
    """The PostgreSQL statements for an ALTER TABLE; none if there is nothing to do.

    :param prepare: checks and rewrites the statement's tree in place.
    :raises Refused: `prepare` refuses part of it, or Redshift's ALTER TABLE does not support it.
    """
    words = [token.text.upper() for token in tokens]
    if "APPEND" in words[:6]:
        raise Refused("ALTER TABLE APPEND is not emulated by the local endpoint")
    if {"DISTKEY", "SORTKEY", "DISTSTYLE"} & set(words) or "ENCODE" in words[6:8]:
        return alter_attributes(sql, tokens)
    if (statements := alter_keys(sql)) is not None:
        return statements
    if "ENCODE" in words:
        at = words.index("ENCODE")
        begin = tokens[0].start
        sql = sql[: tokens[at].start - begin].rstrip() + sql[tokens[at + 1].end + 1 - begin :]
    try:
        tree = read(sql)
    except SqlglotError:
        return [sql]
    if not isinstance(tree, exp.Alter) or tree.args["kind"] != "TABLE":
        return [sql]
    prepare(tree)
    check_alter(tree)
    columns = [node for node in tree.args["actions"] if isinstance(node, exp.ColumnDef)]
    for column in columns:
        _rewrite_column(column)
    return [write(tree)] if columns else [sql]


def _make_temporary(create: exp.Create) -> None:
    """Make a table whose name begins with # temporary."""
    properties = create.args.get("properties") or exp.Properties(expressions=[])
    if not properties.find(exp.TemporaryProperty):
        properties.append("expressions", exp.TemporaryProperty())
    create.set("properties", properties)


def _rewrite_column(column: exp.ColumnDef) -> None:
    kind = column.args.get("kind")
    if isinstance(kind, exp.DataType):
        if kind.this == exp.DataType.Type.SUPER:
            raise Refused("type super is not emulated by the local endpoint")
        if kind.this in _LENGTHS:
            length = kind.expressions[0].name.upper() if kind.expressions else ""
            size = {"": _LENGTHS[kind.this], "MAX": 65535}.get(length) or int(length)
            char = kind.this == exp.DataType.Type.BPCHAR
            name = "char" if char else "varchar"
            column.set("kind", exp.DataType.build(f"{name}({size})", dialect="postgres"))


def _rewrite_identity(column: exp.ColumnDef) -> None:
    """Allow IDENTITY (0, 1): PostgreSQL's sequences have a minimum of 1 by default.

    No statement may set such a column, unless it is GENERATED BY DEFAULT.
    """
    for identity in column.find_all(exp.GeneratedAsIdentityColumnConstraint):
        identity.set("this", "on_null" not in identity.args)  # True means ALWAYS
        start, step = identity.args.get("start"), identity.args.get("increment")
        if start is not None and step is not None:
            bound = "maxvalue" if step.sql().startswith("-") else "minvalue"
            identity.set(bound, start.copy())
