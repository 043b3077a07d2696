"""Rewrites window functions and ordered aggregates that PostgreSQL lacks.

ARRAY_AGG collects their values over the same window. A function of catalog/windows.sql then picks
from the array or joins it, ignoring NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from local.redshift.copy.copy_command import Refused
from local.redshift.dialect.grammar import call


@dataclass(frozen=True, slots=True)
class _Call:
    """One call with its clauses."""

    name: str
    arguments: list[exp.Expr]
    window: exp.Window | None
    order: list[exp.Expr] = field(default_factory=list)  # from WITHIN GROUP
    is_distinct: bool = False
    ignores_nulls: bool = False


def rewrite_windows(tree: exp.Expr) -> bool:
    """Rewrite these calls; returns whether the tree changed.

    :raises Refused: this form of a call is not emulated.
    """
    respecting = list(tree.find_all(exp.RespectNulls))
    for node in respecting:
        node.replace(node.this)  # PostgreSQL always respects NULLs
    changed = bool(respecting)
    for function in reversed(list(tree.find_all(exp.Anonymous))):
        outermost, described = _surroundings(function)
        replacement = _replacement(described)
        if replacement is not None:
            outermost.replace(replacement)
            changed = True
    return changed


def _surroundings(function: exp.Anonymous) -> tuple[exp.Expr, _Call]:
    """The outermost node of the call, and the call's description."""
    node: exp.Expr = function
    order: list[exp.Expr] = []
    window = None
    arguments = list(function.expressions)
    ignores_nulls = is_distinct = False
    if arguments and isinstance(arguments[0], exp.IgnoreNulls):
        ignores_nulls = True
        arguments[0] = arguments[0].this
    if arguments and isinstance(arguments[0], exp.Distinct):
        is_distinct = True
        arguments[:1] = arguments[0].expressions
    while node.parent is not None and node.arg_key == "this":
        if isinstance(node.parent, exp.IgnoreNulls):
            ignores_nulls = True
        elif isinstance(node.parent, exp.WithinGroup):
            order = list(node.parent.expression.expressions)
        elif isinstance(node.parent, exp.Window):
            window = node.parent
        else:
            break
        node = node.parent
    name = function.name.lower()
    return node, _Call(name, arguments, window, order, is_distinct, ignores_nulls)


def _replacement(function: _Call) -> exp.Expr | None:
    if function.name in {"lag", "lead"} and len(function.arguments) > 2:
        raise Refused(f"{function.name.upper()} with a default is not supported", "Use NVL.")
    if function.ignores_nulls and function.name in _IGNORING_NULLS:
        return _IGNORING_NULLS[function.name](function)
    if function.name not in _OTHERS:
        return None
    if function.window is not None and (
        function.window.args.get("order") or function.window.args.get("spec")
    ):
        raise Refused(f"{function.name.upper()} takes no ORDER BY and no frame in OVER (...)")
    return _OTHERS[function.name](function)


def _collected(function: _Call, value: exp.Expr, window: exp.Window | None) -> exp.Expr:
    """ARRAY_AGG of the values, in order, over the window."""
    argument = exp.Distinct(expressions=[value.copy()]) if function.is_distinct else value.copy()
    if function.order and window is None:
        argument = exp.Order(this=argument, expressions=[by.copy() for by in function.order])
    node: exp.Expr = exp.Anonymous(this="array_agg", expressions=[argument])
    if window is not None:
        window = window.copy()
        window.set("this", node)
        return window
    return node


def _first(function: _Call) -> exp.Expr:
    return call(
        "nth_of",
        _collected(function, function.arguments[0], function.window),
        _one(),
    )


def _last(function: _Call) -> exp.Expr:
    return call(
        "nth_last_of",
        _collected(function, function.arguments[0], function.window),
        _one(),
    )


def _nth(function: _Call) -> exp.Expr:
    value, nth = function.arguments
    return call("nth_of", _collected(function, value, function.window), nth)


def _lag(function: _Call) -> exp.Expr:
    before = {"start": "UNBOUNDED", "start_side": "PRECEDING", "end": _one()}
    window = _framed(function.window, before | {"end_side": "PRECEDING"})
    return call(
        "nth_last_of",
        _collected(function, function.arguments[0], window),
        _distance(function),
    )


def _lead(function: _Call) -> exp.Expr:
    after = {"start": _one(), "start_side": "FOLLOWING", "end": "UNBOUNDED"}
    window = _framed(function.window, after | {"end_side": "FOLLOWING"})
    return call(
        "nth_of",
        _collected(function, function.arguments[0], window),
        _distance(function),
    )


def _distance(function: _Call) -> exp.Expr:
    return function.arguments[1] if len(function.arguments) > 1 else _one()


def _median(function: _Call) -> exp.Expr:
    if function.is_distinct:
        raise Refused("MEDIAN (DISTINCT ...) is not emulated by the local endpoint")
    collected = _collected(function, function.arguments[0], function.window)
    return call("percentile_of", collected, exp.Literal.number("0.5"))


def _percentile_cont(function: _Call) -> exp.Expr:
    value, is_descending = _ordered(function)
    fraction = function.arguments[0]
    if is_descending:
        fraction = exp.Paren(this=exp.Sub(this=_one(), expression=fraction))
    collected = _collected(_Call("", [], None), value, function.window)
    return call("percentile_of", collected, fraction)


def _percentile_disc(function: _Call) -> exp.Expr | None:
    if function.window is None:
        return None  # PostgreSQL has the same function
    value, is_descending = _ordered(function)
    if is_descending:
        raise Refused("PERCENTILE_DISC over a window in descending order is not emulated")
    collected = _collected(_Call("", [], None), value, function.window)
    return call("element_at", collected, function.arguments[0])


def _ordered(function: _Call) -> tuple[exp.Expr, bool]:
    if len(function.order) != 1 or not function.arguments:
        raise Refused(
            f"{function.name.upper()} needs WITHIN GROUP (ORDER BY ...) with one expression"
        )
    fraction = function.arguments[0]
    if isinstance(fraction, exp.Neg) or (fraction.is_number and not 0 <= fraction.to_py() <= 1):
        raise Refused(f"{function.name.upper()} takes a number between 0 and 1")
    return function.order[0].this, bool(function.order[0].args.get("desc"))


def _listagg(function: _Call) -> exp.Expr:
    window = function.window
    if window is not None:
        if function.is_distinct:
            raise Refused("LISTAGG (DISTINCT ...) over a window is not emulated")
        if function.order:
            window = window.copy()
            window.set("order", exp.Order(expressions=[by.copy() for by in function.order]))
            sides = {"start_side": "PRECEDING", "end": "UNBOUNDED", "end_side": "FOLLOWING"}
            window = _framed(window, {"start": "UNBOUNDED"} | sides)
    value, *separator = function.arguments
    collected = _collected(function, value, window)
    return call("joined", collected, *(separator or [exp.Literal.string("")]))


def _ratio_to_report(function: _Call) -> exp.Expr:
    if function.window is None:
        raise Refused("RATIO_TO_REPORT needs OVER (...)")
    value = function.arguments[0]
    total = function.window.copy()
    total.set("this", exp.Anonymous(this="sum", expressions=[value.copy()]))
    share = exp.cast(value.copy(), exp.DataType.Type.DOUBLE)
    zero = exp.Literal.number(0)
    return exp.Paren(
        this=exp.Div(this=share, expression=exp.Anonymous(this="nullif", expressions=[total, zero]))
    )


def _framed(window: exp.Window | None, frame: Mapping[str, object]) -> exp.Window:
    if window is None:
        raise Refused("IGNORE NULLS needs OVER (...)")
    window = window.copy()
    window.set("spec", exp.WindowSpec(kind="ROWS", **frame))
    return window


def _one() -> exp.Expr:
    return exp.Literal.number(1)


_IGNORING_NULLS: dict[str, Callable[[_Call], exp.Expr]] = {
    "first_value": _first,
    "lag": _lag,
    "last_value": _last,
    "lead": _lead,
    "nth_value": _nth,
}
_OTHERS: dict[str, Callable[[_Call], exp.Expr | None]] = {
    "listagg": _listagg,
    "median": _median,
    "percentile_cont": _percentile_cont,
    "percentile_disc": _percentile_disc,
    "ratio_to_report": _ratio_to_report,
}
