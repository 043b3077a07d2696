"""Plans what the endpoint does with a statement: forward, rewrite, replace or refuse it.

`plans(sql)` parses Redshift SQL with sqlglot and returns one plan per statement. PostgreSQL does
nearly all the work. A statement is changed only if Redshift supports something that PostgreSQL
does not (distribution and sort keys, unenforced keys, COPY from S3, its own functions), and refused
if PostgreSQL supports something that Redshift does not (ON CONFLICT, RETURNING, indexes, arrays …).

Source: Amazon Redshift's manual, "Amazon Redshift and PostgreSQL" and "SQL commands".
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

from local.redshift.copy.copy_command import CopyCommand, Refused, parse_copy
from local.redshift.dialect.checks import check, check_literals, check_words
from local.redshift.dialect.comments import check_comment
from local.redshift.dialect.grammar import RedshiftSql, read
from local.redshift.dialect.names import fold_names
from local.redshift.dialect.roles import (
    plan_create_role,
    plan_drop_role,
    plan_grant,
    rewrite_create_user,
)
from local.redshift.dialect.table_ddl import rewrite_alter_table, rewrite_create_table
from local.redshift.dialect.transactions import alter_level, sets_level, without_level
from local.redshift.dialect.translation import rewrite, translate

log = logging.getLogger("redshift")

# "The maximum size for a single SQL statement is 16 MB": c_redshift-sql.
_LONGEST = 16 << 20
# A longer statement is a driver's bulk INSERT. Parsing takes seconds, and caching does not help.
LONG = 256 * 1024


@dataclass(frozen=True, slots=True)
class Forward:
    """Send this text to PostgreSQL instead of the statement."""

    sql: str


@dataclass(frozen=True, slots=True)
class Run:
    """Run these statements in order, and answer with `tag`."""

    statements: tuple[str, ...]
    tag: str


@dataclass(frozen=True, slots=True)
class Copy:
    """Load from S3."""

    command: CopyCommand


@dataclass(frozen=True, slots=True)
class Refuse:
    """Fail with this error, which aborts the transaction, as on Redshift."""

    message: str
    hint: str = ""


Plan = Forward | Run | Copy | Refuse

# Redshift's settings that PostgreSQL does not have. They are stored under a custom prefix.
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

_NAME = r'([\w$]+|"[^"]+")'
_SHOW_TABLE = re.compile(
    rf"show\s+table\s+(?P<table>{_NAME}(\s*\.\s*{_NAME}){{0,2}})[\s;]*", re.IGNORECASE
)
_SHOW_TABLES = re.compile(
    rf"show\s+tables\s+from\s+schema\s+((?P<database>{_NAME})\s*\.\s*)?(?P<schema>{_NAME})"
    r"(\s+like\s+(?P<like>'[^'\\]*'))?(\s+limit\s+(?P<limit>\d+))?[\s;]*",
    re.IGNORECASE,
)
_REFUSED_SHOWS = frozenset(
    {
        "COLUMNS",
        "DATABASES",
        "EXTERNAL",
        "GRANTS",
        "MODEL",
        "PROCEDURE",
        "SCHEMAS",
        "TABLE",
        "TABLES",
    }
    | {"VIEW"}
)

_REFUSED_COMMANDS = {
    "UNLOAD": "UNLOAD is not emulated by the local endpoint",
    "LISTEN": "LISTEN is not supported",
    "NOTIFY": "NOTIFY is not supported",
    "DO": "DO is not supported",
    "REINDEX": "REINDEX is not supported",
    "CLUSTER": "CLUSTER is not supported",
    "REFRESH": "REFRESH is not emulated by the local endpoint",
    "CHECKPOINT": "CHECKPOINT is not supported",
    "DISCARD": "DISCARD is not supported",
    "RELEASE": "SAVEPOINT is not supported",
    "SAVEPOINT": "SAVEPOINT is not supported",
    "UNLISTEN": "UNLISTEN is not supported",
    "TABLE": "TABLE as a statement is not supported",
    "CALL": "procedures are not emulated by the local endpoint",
}
_REFUSED_OBJECTS = frozenset(
    {"INDEX", "TRIGGER", "SEQUENCE", "EXTENSION", "DOMAIN", "TYPE", "RULE", "TABLESPACE"}
)
# Commands that contain another statement.
_WRAPPERS = frozenset({"DECLARE", "EXPLAIN", "PREPARE"})
_STARTS = frozenset({"DELETE", "INSERT", "SELECT", "UPDATE", "WITH"})


def plans(sql: str) -> tuple[Plan, ...]:
    """One plan for each statement of `sql`, in order."""
    if (size := len(sql.encode(errors="surrogateescape"))) > _LONGEST:
        return (
            Refuse(
                f"Statement is too large. Statement Size: {size} bytes."
                f" Maximum Allowed: {_LONGEST} bytes"
            ),
        )
    if len(sql) > LONG:
        return _plans.__wrapped__(sql)
    return _plans(sql)


def split(sql: str) -> list[str]:
    """The statements of `sql`, as sent."""
    if len(sql) > LONG or ";" not in sql.rstrip("; \n\t"):
        return [sql]
    try:
        return [text for text, _ in _split(sql, RedshiftSql().tokenize(sql))] or [sql]
    except SqlglotError:
        return [sql]


@lru_cache(maxsize=1024)
def _plans(sql: str) -> tuple[Plan, ...]:
    try:
        tokens = RedshiftSql().tokenize(sql)
        if (folded := fold_names(sql, tokens)) != sql:
            sql, tokens = folded, RedshiftSql().tokenize(folded)
    except SqlglotError:
        return (Forward(sql),)  # PostgreSQL says what is wrong, and where
    statements = _split(sql, tokens)
    planned = tuple(_plan(text, chunk) for text, chunk in statements)
    if planned == tuple(Forward(text) for text, _ in statements):
        return (Forward(sql),)  # keeps comments and the positions in error messages
    return planned


def _split(sql: str, tokens: list[Token]) -> list[tuple[str, list[Token]]]:
    """The text and the tokens of each statement of `sql`."""
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
    except RecursionError:
        return Refuse("this statement is nested too deeply for the local endpoint")
    except (SqlglotError, AttributeError, IndexError, KeyError, TypeError, ValueError):
        log.exception("could not plan the statement: %s", sql)
        return Refuse("the local endpoint cannot read this statement")


def _plan_copy(sql: str, tokens: list[Token]) -> Plan:
    return Copy(parse_copy(sql, tokens))


def _plan_truncate(sql: str, tokens: list[Token]) -> Plan:
    words = {token.text.upper() for token in tokens}
    if further := words & {",", "CASCADE", "RESTRICT", "RESTART", "CONTINUE", "ONLY"}:
        what = "several tables" if "," in further else min(further)
        raise Refused(f"TRUNCATE of one table without options is supported, not {what}")
    # "TRUNCATE commits the transaction in which it is run": r_TRUNCATE.
    return Run((sql, "commit"), "TRUNCATE TABLE")


def _plan_create(sql: str, tokens: list[Token]) -> Plan:
    words = [token.text.upper() for token in tokens[:6]]
    if words[1:2] == ["ROLE"]:
        return Run(plan_create_role(tokens), "CREATE ROLE")
    if words[1:2] == ["USER"]:
        return Forward(rewrite_create_user(sql, tokens))
    for word in words[1:]:
        if word in _REFUSED_OBJECTS:
            raise Refused(f"CREATE {word} is not supported")
        if word in {"FUNCTION", "PROCEDURE"}:
            raise Refused(f"CREATE {word} is not emulated by the local endpoint")
        if word == "MATERIALIZED":
            raise Refused("materialized views are not emulated by the local endpoint")
        if word == "TABLE":
            statements = rewrite_create_table(sql, tokens, prepare=_prepare)
            if len(statements) == 1:
                return Forward(statements[0])
            return Run(statements, "CREATE TABLE")
    return _plan_query(sql, tokens)


def _plan_begin(sql: str, _: list[Token]) -> Plan:
    return Forward(without_level(sql))


def _plan_alter(sql: str, tokens: list[Token]) -> Plan:
    if len(tokens) > 1 and tokens[1].text.upper() == "ROLE":
        raise Refused("ALTER ROLE is not emulated by the local endpoint")
    if statements := alter_level(sql):
        return Run(statements, "ALTER DATABASE")
    rewritten = rewrite_alter_table(sql, tokens, prepare=_prepare)
    return Forward(sql) if rewritten == [sql] else Run(tuple(rewritten), "ALTER TABLE")


def _plan_set(sql: str, tokens: list[Token]) -> Plan:
    if sets_level(sql):
        return Run((), "SET")
    skip = 2 if len(tokens) > 1 and tokens[1].text.upper() in {"SESSION", "LOCAL"} else 1
    if len(tokens) > skip and tokens[skip].text.lower() in _REDSHIFT_SETTINGS:
        start = tokens[skip].start - tokens[0].start
        return Forward(f"{sql[:start]}redshift.{sql[start:]}")
    return Forward(sql)


def _plan_show(sql: str, tokens: list[Token]) -> Plan:
    if match := _SHOW_TABLES.fullmatch(sql):
        names = [(match[each] or "").strip('"').lower() for each in ("database", "schema")]
        database, schema = (exp.Literal.string(name).sql("postgres") for name in names)
        pattern, limit = match["like"] or "'%'", match["limit"] or "null"
        return Forward(
            f"select * from redshift_relay.show_tables({database}, {schema}, {pattern}, {limit})"
        )
    if match := _SHOW_TABLE.fullmatch(sql):
        table = exp.Literal.string(match["table"]).sql("postgres")
        return Forward(f'select redshift_relay.table_ddl({table}) as "Show Table DDL statement"')
    subject = sql.split()[1:2]
    if subject and subject[0].upper() in _REFUSED_SHOWS:
        raise Refused(f"SHOW {subject[0].upper()} is not emulated by the local endpoint")
    return _plan_set(sql, tokens)


def _plan_comment(sql: str, tokens: list[Token]) -> Plan:
    check_comment(tokens)
    return Forward(sql)


def _plan_drop(sql: str, tokens: list[Token]) -> Plan:
    if len(tokens) > 1 and tokens[1].text.upper() == "ROLE":
        return Run(plan_drop_role(tokens), "DROP ROLE")
    return _plan_query(sql, tokens)


def _plan_grant(sql: str, tokens: list[Token]) -> Plan:
    return Run(plan_grant(sql, tokens), tokens[0].text.upper())


def _plan_vacuum(sql: str, _: list[Token]) -> Plan:
    match = _VACUUM.fullmatch(sql)
    return Forward(f"vacuum {match['table'] or ''}") if match else Forward(sql)


def _plan_deallocate(sql: str, tokens: list[Token]) -> Plan:
    if sql.split()[-1].upper() == "ALL":
        raise Refused("DEALLOCATE ALL is not supported", "Name the statement.")
    return _plan_query(sql, tokens)


def _plan_delete(sql: str, tokens: list[Token]) -> Plan:
    if len(tokens) > 1 and tokens[1].text.upper() != "FROM":  # Redshift does not need the word
        sql = f"delete from {sql[tokens[1].start - tokens[0].start :]}"
        tokens = RedshiftSql().tokenize(sql)
    return _plan_query(sql, tokens)


def _prepare(tree: exp.Expr) -> None:
    """Check and rewrite the query of CREATE TABLE ... AS."""
    check(tree)
    rewrite(tree)


def _plan_query(sql: str, tokens: list[Token]) -> Plan:
    command = tokens[0].text.upper()
    if command in _REFUSED_COMMANDS:
        raise Refused(_REFUSED_COMMANDS[command])
    if command in _WRAPPERS:
        return _plan_wrapped(sql, tokens)
    check_literals(tokens)
    try:
        tree = read(sql)
    except SqlglotError:
        check_words(tokens)
        return Forward(sql)  # PostgreSQL says what is wrong, and where
    if isinstance(tree, exp.Command):
        check_words(tokens)
        return Forward(sql)
    return Forward(translate(sql, tree, tokens))


def _plan_wrapped(sql: str, tokens: list[Token]) -> Plan:
    """Plan the statement inside EXPLAIN, DECLARE or PREPARE as if it were sent alone."""
    rest_start = tokens[0].end + 1 - tokens[0].start
    rest = RedshiftSql().tokenize(sql[rest_start:])  # sqlglot reads it as one string
    if tokens[0].text.upper() == "EXPLAIN" and rest and rest[0].text.upper() in {"(", "ANALYZE"}:
        raise Refused("EXPLAIN has only the option VERBOSE")
    for at, token in enumerate(rest):
        if token.text.upper() in _STARTS:
            start = rest_start + token.start
            plan = _plan_query(sql[start:], rest[at:])
            return Forward(sql[:start] + plan.sql) if isinstance(plan, Forward) else plan
    check_words(rest)
    return Forward(sql)


_PLANNERS = {
    "ALTER": _plan_alter,
    "BEGIN": _plan_begin,
    "COMMENT": _plan_comment,
    "COPY": _plan_copy,
    "CREATE": _plan_create,
    "DEALLOCATE": _plan_deallocate,
    "DELETE": _plan_delete,
    "DROP": _plan_drop,
    "GRANT": _plan_grant,
    "RESET": _plan_set,
    "REVOKE": _plan_grant,
    "SET": _plan_set,
    "SHOW": _plan_show,
    "START": _plan_begin,
    "TRUNCATE": _plan_truncate,
    "VACUUM": _plan_vacuum,
}
