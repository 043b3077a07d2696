"""Translates one parsed statement for PostgreSQL."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.tokens import Token
from sqlglot.transforms import eliminate_join_marks

from local.redshift import catalog
from local.redshift.copy.copy_command import Refused
from local.redshift.dialect.checks import check
from local.redshift.dialect.date_parts import rewrite_date_calls
from local.redshift.dialect.functions import names
from local.redshift.dialect.grammar import call, write
from local.redshift.dialect.output_names import name_outputs
from local.redshift.dialect.pivots import rewrite_pivots
from local.redshift.dialect.system_queries import rewrite_system_query, rewrite_system_tables
from local.redshift.dialect.windows import rewrite_windows

# Redshift's keywords that sqlglot translates when it writes the statement.
_FOREIGN_WORDS = names("APPROXIMATE BINDING CONVERT DECODE MINUS NVARCHAR QUALIFY TOP USER")


_ALIASES = {"grouping_id": "grouping", "nvl": "coalesce"}


def translate(sql: str, tree: exp.Expr, tokens: list[Token]) -> str:
    """The statement for PostgreSQL: the text as sent, unless something must change.

    :raises Refused: Redshift does not support it, or the endpoint does not emulate it.
    """
    check(tree)
    changed = rewrite(tree)
    words = {token.text.upper() for token in tokens}
    return write(tree) if changed or words & _FOREIGN_WORDS else sql


def rewrite(tree: exp.Expr) -> bool:
    """Rewrite what PostgreSQL would answer differently; returns whether the tree changed."""
    name_outputs(tree)
    changed = [step(tree) for step in _STEPS]  # a list, since every step must run
    return any(changed)


def _rewrite_clocks(tree: exp.Expr) -> bool:
    """Replace SYSDATE by the start of the transaction."""
    clocks = [node for node in tree.find_all(exp.CurrentTimestamp) if node.args.get("sysdate")]
    for node in clocks:
        node.replace(exp.Localtimestamp())
    return bool(clocks)


def _rewrite_calls(tree: exp.Expr) -> bool:
    changed = False
    for node in list(tree.find_all(exp.Anonymous)):
        name, parent = node.name.lower(), node.parent
        if isinstance(parent, exp.Dot):
            if parent.this.name.lower() == "pg_catalog" and name in catalog.FUNCTIONS:
                parent.replace(call(name, *_arguments(node)))
                changed = True
            continue
        if name in _ALIASES:
            node.set("this", _ALIASES[name])
        elif name == "nvl2" and len(node.expressions) == 3:
            node.replace(_nvl2(*node.expressions))
        elif name in catalog.FUNCTIONS:
            node.replace(call(name, *_arguments(node)))
        else:
            continue
        changed = True
    return changed


def _nvl2(value: exp.Expr, if_value: exp.Expr, if_null: exp.Expr) -> exp.Expr:
    return exp.case().when(exp.Is(this=value, expression=exp.Null()), if_null).else_(if_value)


def _arguments(node: exp.Anonymous) -> list[exp.Expr]:
    arguments = list(node.expressions)
    if node.name.lower() == "json_extract_path_text" and isinstance(arguments[-1], exp.Boolean):
        arguments.insert(1, arguments.pop())  # null_if_invalid comes before the path
    return arguments


def _rewrite_try_casts(tree: exp.Expr) -> bool:
    casts = list(tree.find_all(exp.TryCast))
    for node in casts:
        value = exp.cast(node.this.copy(), exp.DataType.Type.TEXT)
        kind = write(node.to)
        sample = exp.Cast(this=exp.Null(), to=node.to.copy())
        node.replace(call("try_cast", value, exp.Literal.string(kind), sample))
    return bool(casts)


def _rewrite_types(tree: exp.Expr) -> bool:
    """Replace DECIMAL without a size by DECIMAL (18, 0), and MAX by 65,535."""
    changed = False
    for node in tree.find_all(exp.DataType):
        length = node.expressions[0].name.upper() if node.expressions else ""
        if node.this == exp.DataType.Type.DECIMAL and not length:
            sizes = [exp.DataTypeParam(this=exp.Literal.number(size)) for size in (18, 0)]
            node.set("expressions", sizes)
        elif length == "MAX":
            node.expressions[0].set("this", exp.Literal.number(65535))
        else:
            continue
        changed = True
    return changed


def _rewrite_outer_joins(tree: exp.Expr) -> bool:
    """Rewrite `a.x = b.x(+)` as a left join."""
    if not any(column.args.get("join_mark") for column in tree.find_all(exp.Column)):
        return False
    for query in tree.find_all(exp.Select):
        try:
            eliminate_join_marks(query)
        except (AssertionError, KeyError, ValueError):
            raise Refused("this outer join with (+) is not emulated", "Use LEFT JOIN.") from None
    return True


def _rewrite_merges(tree: exp.Expr) -> bool:
    """ "Rows in source_table can't match multiple rows in target_table": r_MERGE."""
    merges = list(tree.find_all(exp.Merge))
    for merge in merges:
        target, source, condition = merge.this, merge.args["using"], merge.args["on"]
        if not isinstance(source, exp.Table):
            raise Refused("the source of MERGE cannot be a subquery")
        row = exp.column("ctid", table=source.alias_or_name)
        matches = (
            exp.select(exp.alias_(exp.Count(this=exp.Star()), "n"))
            .from_(target.copy())
            .join(source.copy(), on=condition.copy())
            .group_by(row)
        )
        most = exp.Max(this=exp.column("n"))
        check = exp.Anonymous(this="check_matches", expressions=[most])
        relay = exp.Dot(this=exp.to_identifier("redshift_relay"), expression=check)
        checked = exp.select(relay).from_(matches.subquery("matches")).subquery()
        merge.set("on", exp.and_(condition, checked))
        for insert in merge.find_all(exp.Insert):
            values = insert.this.expressions[0] if insert.this else None
            if isinstance(values, exp.Anonymous):  # how sqlglot parses INSERT VALUES (…)
                insert.set("this", None)
                insert.set("expression", exp.Tuple(expressions=values.expressions))
    return bool(merges)


def _rewrite_into(tree: exp.Expr) -> bool:
    """Make the table of SELECT ... INTO #name temporary."""
    targets = [into for into in tree.find_all(exp.Into) if into.this.name.startswith("#")]
    for into in targets:
        into.set("temporary", True)
    return bool(targets)


def _rewrite_view(tree: exp.Expr) -> bool:
    """Make a view WITH NO SCHEMA BINDING a plain view."""
    bindings = list(tree.find_all(exp.WithSchemaBindingProperty))
    for node in bindings:
        node.pop()
    views = tree.args.get("no_schema_binding")
    if views:
        tree.set("no_schema_binding", None)
    return bool(bindings or views)


_STEPS = (
    rewrite_pivots,
    _rewrite_clocks,
    rewrite_date_calls,
    rewrite_windows,
    _rewrite_calls,
    _rewrite_try_casts,
    _rewrite_types,
    rewrite_system_tables,
    rewrite_system_query,
    _rewrite_outer_joins,
    _rewrite_into,
    _rewrite_merges,
    _rewrite_view,
)
