"""What the endpoint does with a statement: let it through, rewrite it, run it, refuse it.

`plans(sql)` reads Redshift SQL with sqlglot and answers one plan a statement. PostgreSQL
does nearly all the work; a plan differs from the text as sent only where Redshift takes
what PostgreSQL does not (distribution and sort keys, unenforced keys, COPY from S3, date
functions) or refuses what PostgreSQL takes (ON CONFLICT, RETURNING, indexes, arrays …).

Source: Amazon Redshift's manual, "Amazon Redshift and PostgreSQL" and "SQL commands".
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

from local.redshift.copy_command import CopyCommand, Refused, parse_copy
from local.redshift.table_ddl import rewrite_alter_table, rewrite_create_table

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # "falling back to a Command" is expected

# Past this a statement is a driver's bulk INSERT; reading it would take seconds.
_LONGEST_READ = 256 * 1024


@dataclass(frozen=True, slots=True)
class Forward:
    """Send this text to PostgreSQL in the statement's place."""

    sql: str


@dataclass(frozen=True, slots=True)
class Run:
    """Run these statements one after the other, and answer with `tag`."""

    statements: tuple[str, ...]
    tag: str


@dataclass(frozen=True, slots=True)
class Copy:
    """Load from S3."""

    command: CopyCommand


@dataclass(frozen=True, slots=True)
class Refuse:
    """Fail with this error, as Redshift does; the transaction is aborted by it."""

    message: str
    hint: str = ""


Plan = Forward | Run | Copy | Refuse

# Settings of Redshift's that PostgreSQL does not know: kept under a prefix it accepts.
_REDSHIFT_SETTINGS = frozenset(
    {
        "query_group",
        "wlm_query_slot_count",
        "enable_result_cache_for_session",
        "analyze_threshold_percent",
    }
)

_VACUUM = re.compile(
    r"\s*vacuum(\s+(full|sort\s+only|delete\s+only|reindex|recluster))?"
    r"(\s+(?P<table>[\w.\"]+))?(\s+to\s+\d+\s+percent)?(\s+boost)?[\s;]*",
    re.IGNORECASE,
)

_NEEDS_TRANSLATION = (
    exp.ConvertTimezone,
    exp.DateAdd,
    exp.DateDiff,
    exp.Decode,
    exp.DecodeCase,
    exp.GroupConcat,
    exp.Qualify,
    exp.TsOrDsAdd,
    exp.TsOrDsDiff,
)

# DATE_PART (dow, x): in PostgreSQL the part is a string.
_BARE_DATE_PART = re.compile(r"\bdate_part\s*\(\s*[a-z_]+\s*,", re.IGNORECASE)

_REFUSED_COMMANDS = {
    "UNLOAD": "UNLOAD is not imitated by the local endpoint",
    "LISTEN": "LISTEN is not supported",
    "NOTIFY": "NOTIFY is not supported",
    "DO": "DO is not supported",
    "REINDEX": "REINDEX is not supported",
    "CLUSTER": "CLUSTER is not supported",
    "REFRESH": "REFRESH is not imitated by the local endpoint",
}
_REFUSED_OBJECTS = frozenset(
    {"INDEX", "TRIGGER", "SEQUENCE", "EXTENSION", "DOMAIN", "TYPE", "RULE", "TABLESPACE"}
)
_REFUSED_TYPES = {
    exp.DataType.Type.ARRAY: "arrays are",
    exp.DataType.Type.JSON: "type json is",
    exp.DataType.Type.JSONB: "type jsonb is",
    exp.DataType.Type.UUID: "type uuid is",
    exp.DataType.Type.SERIAL: "type serial is",
    exp.DataType.Type.BIGSERIAL: "type bigserial is",
    exp.DataType.Type.MONEY: "type money is",
    exp.DataType.Type.INET: "type inet is",
}


def plans(sql: str) -> tuple[Plan, ...]:
    """One plan for each statement of `sql`, in order."""
    if len(sql) > _LONGEST_READ:
        return (Forward(sql),)
    return _plans(sql)


@lru_cache(maxsize=1024)
def _plans(sql: str) -> tuple[Plan, ...]:
    try:
        tokens = Redshift().tokenize(sql)
    except SqlglotError:
        return (Forward(sql),)  # PostgreSQL says what is wrong, and where
    statements = _split(sql, tokens)
    found = tuple(_plan(text, chunk) for text, chunk in statements)
    if found == tuple(Forward(text) for text, _ in statements):
        return (Forward(sql),)  # with its comments, and the positions that errors name
    return found


def _split(sql: str, tokens: list[Token]) -> list[tuple[str, list[Token]]]:
    """The statements of `sql`: the text of each and its tokens."""
    statements: list[tuple[str, list[Token]]] = []
    current: list[Token] = []
    for token in [*tokens, None]:
        if token is not None and token.token_type != TokenType.SEMICOLON:
            current.append(token)
        elif current:
            statements.append((sql[current[0].start : current[-1].end + 1], current))
            current = []
    return statements


def _plan(sql: str, tokens: list[Token]) -> Plan:
    try:
        return _PLANNERS.get(tokens[0].text.upper(), _plan_query)(sql, tokens)
    except Refused as refused:
        return Refuse(str(refused), refused.hint)


def _plan_copy(sql: str, tokens: list[Token]) -> Plan:
    return Copy(parse_copy(sql, tokens))


def _plan_truncate(sql: str, _: list[Token]) -> Plan:
    # "TRUNCATE commits the transaction in which it is run": r_TRUNCATE.
    return Run((sql, "commit"), "TRUNCATE TABLE")


def _plan_create(sql: str, tokens: list[Token]) -> Plan:
    words = [token.text.upper() for token in tokens[:6]]
    for word in words[1:]:
        if word in _REFUSED_OBJECTS:
            raise Refused(f"CREATE {word} is not supported")
        if word == "MATERIALIZED":
            raise Refused("materialized views are not imitated by the local endpoint")
        if word == "TABLE":
            statements = rewrite_create_table(sql, tokens, check=_check)
            if len(statements) == 1:
                return Forward(statements[0])
            return Run(statements, "CREATE TABLE")
    return _plan_query(sql, tokens)


def _plan_alter(sql: str, tokens: list[Token]) -> Plan:
    rewritten = rewrite_alter_table(sql, tokens)
    return Forward(rewritten) if rewritten else Run((), "ALTER TABLE")


def _plan_set(sql: str, tokens: list[Token]) -> Plan:
    skip = 2 if len(tokens) > 1 and tokens[1].text.upper() in {"SESSION", "LOCAL"} else 1
    if len(tokens) > skip and tokens[skip].text.lower() in _REDSHIFT_SETTINGS:
        start = tokens[skip].start - tokens[0].start
        return Forward(f"{sql[:start]}redshift.{sql[start:]}")
    return Forward(sql)


def _plan_vacuum(sql: str, _: list[Token]) -> Plan:
    match = _VACUUM.fullmatch(sql)
    return Forward(f"vacuum {match['table'] or ''}") if match else Forward(sql)


def _plan_query(sql: str, tokens: list[Token]) -> Plan:
    command = tokens[0].text.upper()
    if command in _REFUSED_COMMANDS:
        raise Refused(_REFUSED_COMMANDS[command])
    try:
        tree = sqlglot.parse_one(sql, read=Redshift)
    except SqlglotError:
        return Forward(sql)
    _check(tree)
    has_sysdate = any(node.args.get("sysdate") for node in tree.find_all(exp.CurrentTimestamp))
    if tree.find(*_NEEDS_TRANSLATION) or _BARE_DATE_PART.search(sql) or has_sysdate:
        _keep_clocks(tree, sql)
        _order_inside_listagg(tree)
        return Forward(tree.sql("postgres"))
    return Forward(sql)


def _keep_clocks(tree: exp.Expr, sql: str) -> None:
    """SYSDATE is when the transaction began, GETDATE() when the statement did.

    sqlglot takes both for CURRENT_TIMESTAMP, which has a time zone.
    """
    has_getdate = "getdate" in sql.lower()
    for node in list(tree.find_all(exp.CurrentTimestamp)):
        if node.args.get("sysdate"):
            node.replace(exp.Localtimestamp())
        elif has_getdate:
            node.replace(exp.Anonymous(this="getdate"))


def _order_inside_listagg(tree: exp.Expr) -> None:
    """LISTAGG (x) WITHIN GROUP (ORDER BY y) is STRING_AGG (x ORDER BY y)."""
    for node in list(tree.find_all(exp.WithinGroup)):
        listagg, order = node.this, node.expression
        if isinstance(listagg, exp.GroupConcat):
            listagg.set("this", exp.Order(this=listagg.this, expressions=order.expressions))
            node.replace(listagg)


def _check(tree: exp.Expr) -> None:
    """Refuse what Redshift lacks, by name.

    :raises Refused: with the words of Redshift's manual, "Unsupported PostgreSQL features".
    """
    for node in tree.walk():
        if isinstance(node, exp.OnConflict):
            raise Refused("ON CONFLICT is not supported", "Use DELETE and INSERT, or MERGE.")
        if isinstance(node, exp.Returning):
            raise Refused("RETURNING is not supported")
        if isinstance(node, exp.Filter):
            raise Refused("FILTER is not supported", "Use an aggregate over CASE.")
        if isinstance(node, exp.Distinct) and node.args.get("on"):
            raise Refused("SELECT DISTINCT ON is not supported", "Use ROW_NUMBER().")
        if isinstance(node, exp.Array):
            raise Refused("arrays are not supported")
        if isinstance(node, exp.Lock):
            raise Refused("SELECT FOR UPDATE is not supported", "Use LOCK.")
        if isinstance(node, exp.DataType) and node.this in _REFUSED_TYPES:
            raise Refused(f"{_REFUSED_TYPES[node.this]} not supported")


_PLANNERS = {
    "ALTER": _plan_alter,
    "COPY": _plan_copy,
    "CREATE": _plan_create,
    "RESET": _plan_set,
    "SET": _plan_set,
    "SHOW": _plan_set,
    "TRUNCATE": _plan_truncate,
    "VACUUM": _plan_vacuum,
}
