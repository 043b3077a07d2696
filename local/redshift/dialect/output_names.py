"""Redshift's names for output columns that are function calls without an alias.

PostgreSQL would use the name of the function that the relay substitutes.

Source: the headings of the examples in Amazon Redshift's manual.
"""

from __future__ import annotations

from sqlglot import exp

_OF_CALLS = {
    "date_add": "date_add",
    "date_diff": "date_diff",
    "date_part": "pgdate_part",
    "dateadd": "date_add",
    "datediff": "date_diff",
    "first_value": "first_value",
    "lag": "lag",
    "last_value": "last_value",
    "lead": "lead",
    "listagg": "listagg",
    "median": "median",
    "nth_value": "nth_value",
    "nvl": "coalesce",
    "percentile_cont": "percentile_cont",
    "percentile_disc": "percentile_disc",
    "pgdate_part": "pgdate_part",
    "ratio_to_report": "ratio_to_report",
}
_AROUND_CALLS = (exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup, exp.Window)


def name_outputs(tree: exp.Expr) -> None:
    """Add these names as aliases, before the calls are replaced."""
    for query in tree.find_all(exp.Select):
        for node in list(query.expressions):
            if name := _name(node):
                node.replace(exp.alias_(node.copy(), name))


def _name(node: exp.Expr) -> str | None:
    while isinstance(node, _AROUND_CALLS):
        node = node.this
    if isinstance(node, exp.Extract):
        return "date_part"
    if isinstance(node, exp.CurrentTimestamp) and node.args.get("sysdate"):
        return "timestamp"
    return _OF_CALLS.get(node.name.lower()) if isinstance(node, exp.Anonymous) else None
