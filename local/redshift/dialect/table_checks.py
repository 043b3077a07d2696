"""Refuses table definitions that Redshift does not support, by name.

Source: Amazon Redshift's manual, "Data types" (c_Supported_data_types), "CREATE TABLE"
(r_CREATE_TABLE_NEW), "ALTER TABLE" (r_ALTER_TABLE) and "Unsupported PostgreSQL features".
"""

from __future__ import annotations

from sqlglot import exp

from local.redshift.copy.copy_command import Refused

_TYPES = frozenset(
    {
        exp.DataType.Type.BIGINT,
        exp.DataType.Type.BOOLEAN,
        exp.DataType.Type.BPCHAR,
        exp.DataType.Type.CHAR,
        exp.DataType.Type.DATE,
        exp.DataType.Type.DATETIME,
        exp.DataType.Type.DECIMAL,
        exp.DataType.Type.DOUBLE,
        exp.DataType.Type.FLOAT,
        exp.DataType.Type.INT,
        exp.DataType.Type.NCHAR,
        exp.DataType.Type.NVARCHAR,
        exp.DataType.Type.SMALLINT,
        exp.DataType.Type.TEXT,
        exp.DataType.Type.TIME,
        exp.DataType.Type.TIMESTAMP,
        exp.DataType.Type.TIMESTAMPTZ,
        exp.DataType.Type.TIMETZ,
        exp.DataType.Type.VARCHAR,
    }
)
_LONGEST = {
    exp.DataType.Type.BPCHAR: ("character", 4096),
    exp.DataType.Type.CHAR: ("character", 4096),
    exp.DataType.Type.NCHAR: ("character", 4096),
    exp.DataType.Type.NVARCHAR: ("character varying", 65535),
    exp.DataType.Type.VARCHAR: ("character varying", 65535),
}


def check_create(tree: exp.Create) -> None:
    """Check the clauses and columns of CREATE TABLE.

    :raises Refused: Redshift does not support one of them.
    """
    properties = tree.args.get("properties")
    for node in properties.expressions if properties else []:
        if isinstance(node, exp.UnloggedProperty):
            raise Refused("UNLOGGED is not supported")
        if type(node) is exp.Property:
            raise Refused(f"the storage parameter {node.name} is not supported")
    if isinstance(tree.this, exp.Schema):
        _check_constraints(tree.this)
        for column in tree.this.find_all(exp.ColumnDef):
            check_column(column)


def check_alter(tree: exp.Alter) -> None:
    """Check the actions of ALTER TABLE.

    :raises Refused: Redshift does not support one of them.
    """
    if len(tree.args["actions"]) > 1:
        raise Refused("ALTER TABLE does one thing at a time", "Use one statement for each change.")
    (action,) = tree.args["actions"]
    _check_constraints(action)
    if isinstance(action, exp.AlterColumn):
        kind = action.args.get("dtype")
        if kind is None or kind.this not in {exp.DataType.Type.VARCHAR, exp.DataType.Type.NVARCHAR}:
            raise Refused(
                "ALTER COLUMN changes the size of a VARCHAR column and nothing else",
                "Create a new column or a new table.",
            )
        _check_type(kind)
    elif isinstance(action, exp.ColumnDef):
        if action.find(exp.GeneratedAsIdentityColumnConstraint):
            raise Refused("ALTER TABLE cannot add an IDENTITY column")
        check_column(action)


def check_column(column: exp.ColumnDef) -> None:
    """Check the type and the clauses of one column."""
    kind = column.args.get("kind")
    if kind is not None:
        _check_type(kind)
    if column.find(exp.ComputedColumnConstraint):
        raise Refused("computed columns are not supported")
    for identity in column.find_all(exp.GeneratedAsIdentityColumnConstraint):
        if identity.this:
            raise Refused("GENERATED ALWAYS AS IDENTITY is not supported", "Use IDENTITY (1, 1).")
        if identity.args.get("start") is None:
            raise Refused("IDENTITY needs a seed and a step", "Use IDENTITY (1, 1).")


def _check_constraints(tree: exp.Expr) -> None:
    if tree.find(exp.CheckColumnConstraint):
        raise Refused("CHECK constraints are not supported")


def _check_type(kind: exp.Expr) -> None:
    if not isinstance(kind, exp.DataType) or kind.this not in _TYPES:
        name = kind.sql("postgres").lower()
        raise Refused(f"a column of type {name} is not supported or not emulated")
    sizes = [size.name for size in kind.expressions]
    if kind.this in _LONGEST and sizes and sizes[0].isdigit():
        name, longest = _LONGEST[kind.this]
        if int(sizes[0]) > longest:
            raise Refused(f"length for type {name} cannot exceed {longest}")
    if kind.this == exp.DataType.Type.DECIMAL and sizes:
        precision, scale = int(sizes[0]), int(sizes[1]) if len(sizes) > 1 else 0
        if not 1 <= precision <= 38:
            raise Refused(f"DECIMAL precision {precision} must be between 1 and 38")
        if scale > min(precision, 37):
            raise Refused(f"DECIMAL scale {scale} must be between 0 and {min(precision, 37)}")
