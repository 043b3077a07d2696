"""Users who were forgotten: their personal data must not come back with a file or a sample.

How it works: `forgotten_users` has a salted hash of each user's id, and a pseudonym. A load gives
the pseudonym to the rows of these users, and keeps a text only if it cannot be one of theirs.

What it does not do: this is pseudonymisation, not anonymisation. Who can read `forgotten_users`
can try all short ids until a hash fits. The files in S3 stay as they are.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sparkify.failures import Conflict
from sparkify.loads.verdicts import FIRST_ROW
from sparkify.model import STAGING, TABLES, Personal
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement

# The keys by which a record, or a row as JSON, names its user.
_OWNER_KEYS = frozenset(
    key
    for table in TABLES
    if table.personal
    for key in (table.personal.owner, table.personal.field)
    if key
)
_TABLE_NAMES = frozenset(table.name for table in TABLES)
# Columns of sample rows: lines of objects, what describes the line, and messages that quote one.
_TEXTS, _DETAIL, _MESSAGE = ("raw_text", "example"), "detail", "reason"
_QUOTED = re.compile(rf"({FIRST_ROW}|\{{).*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ForgottenUsers:
    """The users who were forgotten, each by salt and hash; false if there are none."""

    hashes: frozenset[tuple[str, str]] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.hashes)

    def __contains__(self, user_id: str) -> bool:
        return any(user_hash(salt, user_id) == known for salt, known in self.hashes)

    def shown(self, text: str) -> str:
        """Return a record's text, or an empty one if it may belong to a forgotten user."""
        return text if not self or self._is_of_another(text) else ""

    def shown_sample(self, check_name: str, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Return a check's sample rows without what may belong to forgotten users.

        A row that has the id of one is left out. A row with a record's text loses the text, and
        a message that quotes a row ends before it.
        """
        if not self:
            return list(rows)
        others = [row for row in rows if not self._has_owner(row)]
        return [self._without_texts(check_name, row) for row in others]

    def _has_owner(self, row: Mapping[str, Any]) -> bool:
        return any(isinstance(value, str) and value in self for value in row.values())

    def _without_texts(self, check_name: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
        if _is_impersonal(check_name, row):
            return row
        shown = dict(row)
        if _MESSAGE in row:
            shown[_MESSAGE] = _QUOTED.sub("", str(row[_MESSAGE]))
        texts = {name: str(row[name]) for name in _TEXTS if row.get(name)}
        if not all(map(self._is_of_another, texts.values())):
            shown |= {name: "" for name in (*texts, _DETAIL) if name in row}
        return shown

    def _is_of_another(self, text: str) -> bool:
        """Decide whether a text is a record of a user who was not forgotten."""
        owners = _owners_in(text)
        return bool(owners) and not any(owner in self for owner in owners)


NOBODY = ForgottenUsers()


def forgotten_users(warehouse: Warehouse) -> ForgottenUsers:
    """Read the users who were forgotten."""
    rows = warehouse.query(statement("operators/forgotten_users.sql"))
    return ForgottenUsers(frozenset((str(salt), str(known)) for salt, known in rows))


def may_name_a_user(row: Mapping[str, Any]) -> bool:
    """Whether a sample row has more than numbers, times, and names of tables."""
    return not all(
        value is None
        or isinstance(value, int | float | Decimal | date)
        or (column.endswith(("_table", "table_name")) and value in _TABLE_NAMES)
        for column, value in row.items()
    )


def pseudonymise(warehouse: Warehouse, table: str, personal: Personal) -> int:
    """Replace ids of forgotten users by pseudonyms, and return how many rows had one."""
    return warehouse.execute(
        statement(
            "operators/forget_users.sql",
            table=table,
            owner=personal.owner,
            columns=personal.columns,
        )
    )


def refuse_if_outdated(
    warehouse: Warehouse, personal: Personal | None, forgotten: ForgottenUsers
) -> None:
    """Make sure that nobody was forgotten since `forgotten` was read.

    To be called once the table is locked; ``ForgetUserOperator`` locks it, too.

    :raises Conflict: somebody was forgotten since. The next try knows them.
    """
    if personal is None:
        return
    ((count,),) = warehouse.query(statement("operators/count_forgotten_users.sql"))
    if count != len(forgotten.hashes):
        raise Conflict("a user was forgotten while the rows were read: nothing was loaded")


def user_hash(salt: str, user_id: str) -> str:
    """Return the hash of a user's id, as include/sql/operators/forget_users.sql computes it."""
    salted = salt + user_id.rstrip(" ")
    return hashlib.sha256(salted.encode(errors="surrogatepass")).hexdigest()


def _owners_in(text: str) -> list[str]:
    """Return the user ids in a record of JSON; none if an id is missing or the text is cut."""
    try:
        # Objects become tuples, so that repeated keys stay; numbers stay as they are written.
        record = json.loads(text, object_pairs_hook=tuple, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return []
    if not isinstance(record, tuple):
        return []
    owners = [value for key, value in record if key in _OWNER_KEYS]
    return owners if all(isinstance(owner, str) and owner for owner in owners) else []


def _is_impersonal(check_name: str, row: Mapping[str, Any]) -> bool:
    """Decide whether a sample row is about a staging table without personal data."""
    return any(
        row.get("table_name") == table.name or check_name.startswith(f"{table.name}_")
        for table in STAGING
        if table.personal is None
    )
