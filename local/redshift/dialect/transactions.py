"""Isolation levels, which belong to a database and not to a transaction.

Source: Amazon Redshift's manual, "BEGIN", "ALTER DATABASE" and "Isolation levels in Amazon
Redshift" (c_serial_isolation).
"""

from __future__ import annotations

import re


def _settings(level: str, index_scans: str) -> dict[str, str]:
    scans = ("enable_bitmapscan", "enable_indexonlyscan", "enable_indexscan")
    return {"default_transaction_isolation": f"'{level}'", **dict.fromkeys(scans, index_scans)}


# The settings of a database that has one of Redshift's levels. A read concerns the whole
# table, so it must meet every row that another transaction wrote.
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
    """BEGIN without its level: one "has no operational impact"."""
    return _CLAUSE.sub("", begin)


def sets_level(sql: str) -> bool:
    """Whether a SET names the level of transactions, which has no impact either."""
    return _SET.fullmatch(sql) is not None


def alter_level(sql: str) -> tuple[str, ...]:
    """What sets the level of a database for new sessions, if the statement does so."""
    if not (match := _ALTER.fullmatch(sql)):
        return ()
    settings = LEVELS[match["level"].lower()]
    return tuple(f"alter database {match['name']} set {k} to {v}" for k, v in settings.items())
