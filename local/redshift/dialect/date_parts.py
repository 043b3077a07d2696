"""The names of date parts, and the functions that take one.

Source: Amazon Redshift's manual, "Date parts for date or timestamp functions".
"""

from __future__ import annotations

from sqlglot import exp

from local.redshift.copy.copy_command import Refused
from local.redshift.dialect.grammar import call

_NAMES = {
    "millennium": "millennium millennia mil mils",
    "century": "century centuries c cent cents",
    "decade": "decade decades dec decs",
    "epoch": "epoch",
    "year": "year years y yr yrs",
    "quarter": "quarter quarters qtr qtrs",
    "month": "month months mon mons",
    "week": "week weeks w",
    "dow": "dayofweek dow dw weekday",
    "doy": "dayofyear doy dy yearday",
    "day": "day days d",
    "hour": "hour hours h hr hrs",
    "minute": "minute minutes m min mins",
    "second": "second seconds s sec secs",
    "millisecond": "millisecond milliseconds ms msec msecs msecond mseconds millisec millisecs"
    " millisecon",
    "microsecond": "microsecond microseconds microsec microsecs usecond useconds us usec usecs",
    "timezone": "timezone",
    "timezone_hour": "timezone_hour",
    "timezone_minute": "timezone_minute",
}
_PARTS = {name: part for part, names in _NAMES.items() for name in names.split()}

# The positions of date and time arguments. A string there is a timestamp.
_MOMENTS = {
    "add_months": (0,),
    "convert_timezone": (-1,),
    "date_trunc": (1,),
    "dateadd": (2,),
    "datediff": (1, 2),
    "extract_part": (1,),
    "last_day": (0,),
    "months_between": (0, 1),
    "next_day": (0,),
}
_SYNONYMS = {
    "date_add": "dateadd",
    "date_diff": "datediff",
    "date_part": "extract_part",
    "pgdate_part": "extract_part",
}
_WITH_PART = frozenset({"date_trunc", "dateadd", "datediff", "extract_part"})


def rewrite_date_calls(tree: exp.Expr) -> bool:
    """Replace date parts by strings with their full names; returns whether the tree changed.

    :raises Refused: the date part is unknown, or not a constant.
    """
    changed = False
    for extract in list(tree.find_all(exp.Extract)):
        extract.replace(call("extract_part", _part(extract.this), extract.expression))
        changed = True
    for node in list(tree.find_all(exp.Anonymous)):
        if isinstance(node.parent, exp.Dot):
            continue
        name = _SYNONYMS.get(node.name.lower(), node.name.lower())
        if name not in _MOMENTS:
            continue
        arguments = list(node.expressions)
        if name in _WITH_PART and arguments:
            arguments[0] = _part(arguments[0])
        for at in _MOMENTS[name]:
            if at < len(arguments) and _is_string(arguments[at]):
                arguments[at] = exp.cast(arguments[at].copy(), exp.DataType.Type.TIMESTAMP)
        node.replace(call(name, *arguments))
        changed = True
    return changed


def _part(node: exp.Expr) -> exp.Expr:
    name = node.name.lower()
    if not isinstance(node, (exp.Column, exp.Literal, exp.Var, exp.Identifier)):
        raise Refused("a date part must be a constant")
    if name not in _PARTS:
        raise Refused(f"date part {name} is not supported")
    return exp.Literal.string(_PARTS[name])


def _is_string(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and node.is_string
