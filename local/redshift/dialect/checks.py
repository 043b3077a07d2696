"""Refuses SQL that Redshift does not support, by name.

Source: Amazon Redshift's manual, "Unsupported PostgreSQL features", "Unsupported PostgreSQL
data types" and "SQL functions supported on the leader node".
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from sqlglot import exp
from sqlglot.tokens import Token, TokenType

from local.redshift import catalog
from local.redshift.copy.copy_command import Refused
from local.redshift.dialect.functions import FRAMED, KNOWN, LEADER_NODE, names
from local.redshift.dialect.subqueries import check_subqueries

_REFUSED_TYPES = {
    exp.DataType.Type.ARRAY: "arrays are not supported",
    exp.DataType.Type.JSON: "type json is not supported",
    exp.DataType.Type.JSONB: "type jsonb is not supported",
    exp.DataType.Type.UUID: "type uuid is not supported",
    exp.DataType.Type.SERIAL: "type serial is not supported",
    exp.DataType.Type.BIGSERIAL: "type bigserial is not supported",
    exp.DataType.Type.MONEY: "type money is not supported",
    exp.DataType.Type.INET: "type inet is not supported",
    exp.DataType.Type.BIT: "type bit is not supported",
    exp.DataType.Type.XML: "type xml is not supported",
    exp.DataType.Type.HSTORE: "type hstore is not supported",
    exp.DataType.Type.SUPER: "type super is not emulated by the local endpoint",
    exp.DataType.Type.VARBINARY: "type varbyte is not emulated by the local endpoint",
    exp.DataType.Type.GEOMETRY: "type geometry is not emulated by the local endpoint",
    exp.DataType.Type.GEOGRAPHY: "type geography is not emulated by the local endpoint",
    exp.DataType.Type.HLLSKETCH: "type hllsketch is not emulated by the local endpoint",
}
_LEADER_NODE_CLOCKS = (
    exp.CurrentTimestamp,
    exp.CurrentTime,
    exp.Localtime,
    exp.Localtimestamp,
    exp.CurrentSchema,
)
# Words that are not functions, although a parenthesis may follow them.
_NO_FUNCTIONS = names("""
    all and any as authorization begin between by case cast char character check convert create
    dec decimal declare decode default distkey else except execute exists extract float from
    group having in insert intersect into is join key like limit minus not numeric nvarchar on
    operator or order over partition prepare primary references select set similar sortkey table
    then timestamptz timetz to trim try_cast union unique using values varchar bpchar when where
    with within xor
""")


def is_catalog_query(tree: exp.Expr) -> bool:
    """Whether the statement reads only system tables, as drivers and psql do."""
    if not isinstance(tree, exp.Query):
        return False
    tables = _tables(tree)
    return bool(tables) and all(map(_is_of_the_system, tables))


def has_user_tables(tree: exp.Expr) -> bool:
    return not all(map(_is_of_the_system, _tables(tree)))


def check(tree: exp.Expr) -> None:
    """Refuse a statement that the endpoint would not answer as Redshift does.

    :raises Refused: the message uses the manual's wording where there is one.
    """
    if is_catalog_query(tree):
        return
    on_tables = has_user_tables(tree)
    for node in tree.walk():
        for kind, refuse in _CHECKS:
            if isinstance(node, kind):
                refuse(node)
        if on_tables:
            _check_leader_node(node)
    if on_tables:
        check_subqueries(tree)


def check_words(tokens: list[Token]) -> None:
    """Check the function names of a statement that sqlglot cannot parse.

    :raises Refused: Redshift lacks a function, or the endpoint would have to rewrite its call.
    """
    for token, following in pairwise(tokens):
        name = token.text.lower()
        is_call = following.token_type == TokenType.L_PAREN and token.text.isidentifier()
        if is_call and token.token_type != TokenType.IDENTIFIER and name not in _NO_FUNCTIONS:
            if name in catalog.FUNCTIONS:
                raise Refused(f"the local endpoint cannot read this statement; it calls {name}")
            _check_name(name)


def check_literals(tokens: list[Token]) -> None:
    """Refuse literals that PostgreSQL and Redshift read differently.

    :raises Refused: 0x1F and 1_000, which Redshift reads as a number and an alias; bit strings.
    """
    for token, following in pairwise(tokens):
        if following.start != token.end + 1 or following.token_type == TokenType.SEMICOLON:
            continue
        if token.token_type == TokenType.NUMBER and following.token_type == TokenType.VAR:
            raise Refused(f"a number runs into a name: {token.text}{following.text}")
        if following.token_type == TokenType.STRING and token.text.lower() in {"b", "x"}:
            raise Refused("strings of bits are not supported")


def _tables(tree: exp.Expr) -> list[exp.Table]:
    names = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    return [
        table
        for table in tree.find_all(exp.Table)
        if (table.db or table.name.lower() not in names) and isinstance(table.this, exp.Identifier)
    ]


def _is_of_the_system(table: exp.Table) -> bool:
    if table.db:
        return table.db.lower() in {"pg_catalog", "information_schema", "redshift_catalog"}
    return table.name.lower().startswith("pg_") or table.name.lower() in catalog.VIEWS


def _check_function(node: exp.Anonymous) -> None:
    if node.name.lower() == "values":  # how sqlglot parses it in MERGE
        _check_values(node)
    else:
        _check_name(node.name.lower())


def _check_name(name: str) -> None:
    if name in {"array", "array_agg"}:
        raise Refused("arrays are not supported")
    if name not in KNOWN:
        raise Refused(
            f"function {name} is not supported",
            "Redshift does not have it, or the local endpoint does not emulate it.",
        )


def _check_leader_node(node: exp.Expr) -> None:
    name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if isinstance(node, _LEADER_NODE_CLOCKS) and not node.args.get("sysdate"):
        name = node.key
    elif name not in LEADER_NODE:
        return
    raise Refused(
        f"function {name} is not supported on Redshift tables",
        "It runs on the leader node only. Use SYSDATE or GETDATE() for the time.",
    )


def _check_window(node: exp.Window) -> None:
    if node.args.get("alias"):
        raise Refused("a named window is not supported", "Write it after OVER.")
    spec = node.args.get("spec")
    if spec is not None and spec.args.get("kind", "").upper() != "ROWS":
        raise Refused("only frames of ROWS are supported")
    if spec is not None and spec.args.get("exclude"):
        raise Refused("EXCLUDE in a frame is not supported")
    function = node.this
    while isinstance(function, (exp.IgnoreNulls, exp.RespectNulls)):
        function = function.this
    if node.args.get("order") and spec is None and function.name.lower() in FRAMED:
        raise Refused(
            "Aggregate window functions with an ORDER BY clause require a frame clause",
            "Add ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW.",
        )


def _check_distinct(node: exp.Distinct) -> None:
    if node.args.get("on"):
        raise Refused("SELECT DISTINCT ON is not supported", "Use ROW_NUMBER().")
    is_of_call = isinstance(node.parent, exp.Anonymous) and node.parent.name.lower() != "listagg"
    if is_of_call and len(node.expressions) > 1:
        raise Refused("DISTINCT of several arguments is not supported")


def _check_set_operation(node: exp.SetOperation) -> None:
    if not node.args.get("distinct"):
        raise Refused(f"{node.key.upper()} ALL is not supported")


def _check_values(node: exp.Expr) -> None:
    if not isinstance(node.parent, exp.Insert) and not node.find_ancestor(exp.Merge):
        raise Refused("VALUES as a table is not supported", "Use SELECT and UNION ALL.")


def _check_with(node: exp.With) -> None:
    for cte in node.expressions:
        if cte.args.get("materialized") is not None:
            raise Refused("MATERIALIZED is not supported")
        is_distinct = isinstance(cte.this, exp.Union) and cte.this.args.get("distinct")
        if node.args.get("recursive") and is_distinct and _reads(cte.this, cte.alias):
            raise Refused("UNION in a recursive query is not supported", "Use UNION ALL.")


def _reads(tree: exp.Expr, name: str) -> bool:
    return any(table.name.lower() == name.lower() for table in tree.find_all(exp.Table))


def _check_table(node: exp.Table) -> None:
    if node.args.get("only"):
        raise Refused("ONLY is not supported")


def _check_between(node: exp.Between) -> None:
    if node.args.get("symmetric"):
        raise Refused("BETWEEN SYMMETRIC is not supported")


def _check_when(node: exp.When) -> None:
    if node.args.get("condition") or node.args.get("source"):
        raise Refused("MERGE takes no condition after MATCHED")


def _check_type(node: exp.DataType) -> None:
    if node.this in _REFUSED_TYPES:
        raise Refused(_REFUSED_TYPES[node.this])


def _refuse(message: str, hint: str = "") -> Callable[[exp.Expr], None]:
    def refuse(_: exp.Expr) -> None:
        raise Refused(message, hint)

    return refuse


_CHECKS: tuple[tuple[type[exp.Expr], Callable[..., None]], ...] = (
    (exp.Anonymous, _check_function),
    (exp.Window, _check_window),
    (exp.Distinct, _check_distinct),
    (exp.Except, _check_set_operation),
    (exp.Intersect, _check_set_operation),
    (exp.DataType, _check_type),
    (exp.Values, _check_values),
    (exp.With, _check_with),
    (exp.Table, _check_table),
    (exp.Between, _check_between),
    (exp.When, _check_when),
    (exp.OnConflict, _refuse("ON CONFLICT is not supported", "Use DELETE and INSERT, or MERGE.")),
    (exp.Returning, _refuse("RETURNING is not supported")),
    (exp.Filter, _refuse("FILTER is not supported", "Use an aggregate over CASE.")),
    (exp.Array, _refuse("arrays are not supported")),
    (exp.Bracket, _refuse("subscripts are not supported")),
    (exp.Lock, _refuse("SELECT FOR UPDATE is not supported", "Use LOCK.")),
    (exp.NullSafeEQ, _refuse("IS NOT DISTINCT FROM is not supported")),
    (exp.NullSafeNEQ, _refuse("IS DISTINCT FROM is not supported")),
    (exp.Unnest, _refuse("UNNEST is not supported")),
    (exp.Lateral, _refuse("LATERAL is not supported")),
    (exp.TableSample, _refuse("TABLESAMPLE is not supported")),
    (exp.Fetch, _refuse("FETCH FIRST is not supported", "Use LIMIT.")),
)
