"""COMMENT ON: what Redshift can comment on.

Source: Amazon Redshift's manual, "COMMENT".
"""

from __future__ import annotations

from sqlglot.tokens import Token

from local.redshift.copy.copy_command import Refused

_KINDS = frozenset({"TABLE", "COLUMN", "VIEW", "SCHEMA"})
# Constraints are not PostgreSQL's here; for another database Redshift only warns.
_NOT_EMULATED = frozenset({"CONSTRAINT", "DATABASE"})


def check_comment(tokens: list[Token]) -> None:
    """Refuse a comment on anything else, such as a function, which PostgreSQL would take.

    :raises Refused: Redshift does not have it, or the endpoint does not emulate it.
    """
    kind = tokens[2].text.upper() if len(tokens) > 2 else ""
    if kind in _NOT_EMULATED:
        raise Refused(f"COMMENT ON {kind} is not emulated by the local endpoint")
    if kind not in _KINDS:
        raise Refused(f"COMMENT ON {kind} is not supported")
