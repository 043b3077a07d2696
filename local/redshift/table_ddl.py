"""CREATE TABLE and ALTER TABLE of Redshift's, as PostgreSQL takes them.

Distribution, sort keys and encodings have no counterpart and are dropped; for keys see
``table_keys``. VARCHAR without a length is 256 bytes, TEXT is VARCHAR(256), MAX is 65,535.

Source: Amazon Redshift's manual, "CREATE TABLE" (r_CREATE_TABLE_NEW) and "Character types".
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token

from local.redshift.copy_command import Refused
from local.redshift.grammar import read, write
from local.redshift.table_keys import Key, alter_keys, index_statements, take_keys

_LENGTHS = {
    exp.DataType.Type.TEXT: 256,
    exp.DataType.Type.VARCHAR: 256,
    exp.DataType.Type.NVARCHAR: 256,
    exp.DataType.Type.BPCHAR: 256,
}


def rewrite_create_table(
    sql: str, tokens: list[Token], *, prepare: Callable[[exp.Expr], None]
) -> tuple[str, ...]:
    """The statements that do on PostgreSQL what this CREATE TABLE does on Redshift.

    :param prepare: checks and rewrites the tree of the statement in place.
    :raises Refused: `prepare` refuses part of it, or a type or clause has no counterpart.
    """
    sql, sort_keys = _cut_attributes(sql, tokens)
    keys = []
    try:
        tree = read(sql)
    except SqlglotError:
        return (sql,)
    if not isinstance(tree, exp.Create):
        return (sql,)
    prepare(tree)
    table = tree.find(exp.Table)
    if table is not None and table.name.startswith("#"):
        _make_temporary(tree)
    if isinstance(tree.this, exp.Schema):
        keys = take_keys(tree.this)
        for column in tree.this.find_all(exp.ColumnDef):
            _rewrite_column(column)
            _rewrite_identity(column)
    create = write(tree)
    if table is None or tree.args.get("expression") is not None:
        return (create,)
    keys += [Key(tuple(columns), "sortkey") for columns in sort_keys]
    return (create, *index_statements(table, keys))


def rewrite_alter_table(sql: str, tokens: list[Token]) -> list[str]:
    """The statements for PostgreSQL; none where there is nothing to do."""
    words = [token.text.upper() for token in tokens]
    if "APPEND" in words[:6]:
        raise Refused("ALTER TABLE APPEND is not imitated by the local endpoint")
    if {"DISTKEY", "SORTKEY", "DISTSTYLE"} & set(words):
        return []
    if (statements := alter_keys(sql)) is not None:
        return statements
    if "ENCODE" in words:
        if "ALTER" in words[1:]:
            return []
        at = words.index("ENCODE")
        begin = tokens[0].start
        return [sql[: tokens[at].start - begin].rstrip() + sql[tokens[at + 1].end + 1 - begin :]]
    return [sql]


def _cut_attributes(sql: str, tokens: list[Token]) -> tuple[str, list[list[str]]]:
    """Cut distribution, sort keys and encodings, of the table and of its columns.

    sqlglot reads some of them only.

    :returns: the text without them, and the columns of each sort key.
    """
    words = [token.text.upper() for token in tokens]
    begin = tokens[0].start
    cuts: list[tuple[int, int]] = []
    sort_keys: list[list[str]] = []
    depth, column = 0, ""
    at = _behind_name(words)
    while at < len(words) and not (depth == 0 and words[at] == "AS"):
        end = _behind_attribute(words, at, depth)
        if end > at:
            cuts.append((tokens[at].start - begin, tokens[end - 1].end + 1 - begin))
            if "SORTKEY" in words[at:end] and words[end - 1] != "AUTO":
                named = tokens[words.index("(", at) + 1 : end - 1 : 2] if depth == 0 else []
                sort_keys.append([token.text for token in named] or [column])
            at = end
            continue
        depth += (words[at] == "(") - (words[at] == ")")
        if depth == 1 and words[at] in {"(", ","}:
            at += 1
            column = tokens[at].text
        at += 1
    for start, stop in reversed(cuts):
        sql = sql[:start] + sql[stop:]
    return sql, sort_keys


def _behind_name(words: list[str]) -> int:
    """Where the statement goes on behind the table's name."""
    at = words.index("TABLE") + 1
    if words[at : at + 3] == ["IF", "NOT", "EXISTS"]:
        at += 3
    while words[at + 1 : at + 2] == ["."]:
        at += 2
    return at + 1


def _behind_attribute(words: list[str], at: int, depth: int) -> int:
    """Where the attribute that begins at `at` ends; `at` where none does."""
    following = words[at + 1] if at + 1 < len(words) else ""
    match words[at]:
        case "ENCODE" if depth <= 1:
            return at + 2
        case "DISTSTYLE" | "BACKUP" if depth == 0:
            return at + 2
        case "COMPOUND" | "INTERLEAVED" if depth == 0:
            return _behind_attribute(words, at + 1, depth)
        case "DISTKEY" | "SORTKEY" if depth == 0 and following == "(" and ")" in words[at:]:
            return words.index(")", at) + 1
        case "DISTKEY" | "SORTKEY" if depth <= 1:
            return at + (2 if following == "AUTO" else 1)
        case _:
            return at


def _make_temporary(create: exp.Create) -> None:
    """A table whose name begins with # is a temporary one."""
    properties = create.args.get("properties") or exp.Properties(expressions=[])
    if not properties.find(exp.TemporaryProperty):
        properties.append("expressions", exp.TemporaryProperty())
    create.set("properties", properties)


def _rewrite_column(column: exp.ColumnDef) -> None:
    kind = column.args.get("kind")
    if isinstance(kind, exp.DataType):
        if kind.this == exp.DataType.Type.SUPER:
            raise Refused("type super is not imitated by the local endpoint")
        if kind.this in _LENGTHS:
            length = kind.expressions[0].name.upper() if kind.expressions else ""
            size = {"": _LENGTHS[kind.this], "MAX": 65535}.get(length) or int(length)
            char = kind.this == exp.DataType.Type.BPCHAR
            name = "char" if char else "varchar"
            column.set("kind", exp.DataType.build(f"{name}({size})", dialect="postgres"))


def _rewrite_identity(column: exp.ColumnDef) -> None:
    """IDENTITY (0, 1): PostgreSQL's sequences begin at 1 unless told otherwise."""
    for identity in column.find_all(exp.GeneratedAsIdentityColumnConstraint):
        start, step = identity.args.get("start"), identity.args.get("increment")
        if start is not None and step is not None:
            bound = "maxvalue" if step.sql().startswith("-") else "minvalue"
            identity.set(bound, start.copy())
