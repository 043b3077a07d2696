"""Isolation levels, which on Redshift belong to the database, not to a transaction.

Source: Amazon Redshift's manual, "BEGIN", "ALTER DATABASE" and "Isolation levels in Amazon
Redshift" (c_serial_isolation).
"""

from __future__ import annotations

import re


def _settings(level: str, index_scans: str) -> dict[str, str]:
    scans = ("enable_bitmapscan", "enable_indexonlyscan", "enable_indexscan")
    return {"default_transaction_isolation": f"'{level}'", **dict.fromkeys(scans, index_scans)}


# PostgreSQL's settings for each of Redshift's levels. Under serializable, Redshift detects
# conflicts by whole tables, so every read must scan the whole table.
LEVELS = {
    "snapshot": _settings("repeatable read", "on"),
    "serializable": _settings("serializable", "off"),
}

_LEVEL = r"isolation\s+level\s+(?:serializable|repeatable\s+read|read\s+(?:un)?committed)"
_CLAUSE = re.compile(rf"\s*,?\s*\b{_LEVEL}\b", re.IGNORECASE)
_SET = re.compile(
    rf"set\s+(?:session\s+characteristics\s+as\s+)?transaction\s+{_LEVEL}[\s;]*"
    r"|set\s+(?:session\s+|local\s+)?(?:default_)?transaction_isolation\s*(?:=|\bto\b).*",
    re.IGNORECASE,
)
_ALTER = re.compile(
    r"alter\s+database\s+(?P<name>\w+|\"[^\"]+\")\s+isolation\s+level\s+"
    r"(?P<level>snapshot|serializable)[\s;]*",
    re.IGNORECASE,
)


def without_level(begin: str) -> str:
    """BEGIN without its isolation level, which "has no operational impact"."""
    return _CLAUSE.sub("", begin)


def sets_level(sql: str) -> bool:
    """Whether a SET sets the transactions' isolation level, which has no effect either."""
    return _SET.fullmatch(sql) is not None


def alter_level(sql: str) -> tuple[str, ...]:
    """The statements that set a database's level for new sessions; none for other statements."""
    if not (match := _ALTER.fullmatch(sql)):
        return ()
    settings = LEVELS[match["level"].lower()]
    return tuple(f"alter database {match['name']} set {k} to {v}" for k, v in settings.items())
