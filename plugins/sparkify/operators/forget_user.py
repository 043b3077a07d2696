"""ForgetUserOperator: erases the personal data of one user."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from sparkify.loads.forgotten import ForgottenUsers, forgotten_users, pseudonymise, user_hash
from sparkify.model import STAGING, TABLES
from sparkify.operators.base import RedshiftOperator, provenance
from sparkify.tasks.failing_fast import failing_fast
from sparkify.warehouse.locks import LEDGER, RESULTS, lock
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from sparkify.window import now

log = logging.getLogger(__name__)

PSEUDONYM = "forgotten-"  # and 16 hexadecimal digits
_REPLACED = "replaced_texts"
_BATCH = 100  # texts in one INSERT: Redshift takes statements of 16 MB

Text = tuple[str, str]  # the hash of a text, and what to put in its place


class ForgetUserOperator(RedshiftOperator):
    """Pseudonymise one user, in one transaction, and keep the hash of the id.

    The user is taken from the run's params `user_id` and `confirm`, which must be equal. They are
    not templated fields, because Airflow stores and shows those. No statement, log or result has
    the id.

    - Rows of tables with personal data (see ``sparkify.model``) get a pseudonym, and their personal
      columns become null.
    - `load_errors.raw_text` is blanked where the text may belong to the user.
    - Rows with the user's id are removed from `quality_results.sample_rows`.

    Loads that come later give the user the same pseudonym. Run again, the task changes nothing.
    """

    ui_color = "#e0d4ee"

    def execute(self, context: Mapping[str, Any]) -> dict[str, int]:
        """Forget the user.

        :returns: how many rows were changed, by table.
        :raises AirflowFailException: the two ids differ, or are no user's id.
        """
        user_id = _confirmed(context["params"])
        with failing_fast(), self.connect() as warehouse, warehouse.transaction():
            lock(warehouse, *(table.name for table in TABLES if table.personal), LEDGER, RESULTS)
            forgotten = self._remember(warehouse, user_id, provenance(context)["run_id"])
            counts = {
                table.name: pseudonymise(warehouse, table.name, table.personal)
                for table in TABLES
                if table.personal
            }
            found = any(counts.values())
            counts["load_errors"] = _replace(
                warehouse, "load_errors", "raw_text", _rejected_texts(warehouse, forgotten)
            )
            counts["quality_results"] = _replace(
                warehouse, "quality_results", "sample_rows", _samples(warehouse, forgotten)
            )
        for table, rows in counts.items():
            log.info("%s: %d rows changed", table, rows)
        if not found:
            log.warning("No row of this user was found. Check the id, unless this is a repeat")
        return counts

    def _remember(self, warehouse: Warehouse, user_id: str, run_id: str) -> ForgottenUsers:
        """Add the user, unless an earlier run did, and return all forgotten users."""
        forgotten = forgotten_users(warehouse)
        if user_id in forgotten:
            log.info("This user was forgotten before")
            return forgotten
        salt = secrets.token_hex(32)
        user = {
            "salt": salt,
            "user_hash": user_hash(salt, user_id),
            "pseudonym": f"{PSEUDONYM}{secrets.token_hex(8)}",
            "run_id": run_id,
            "forgotten_at": now(),
        }
        warehouse.insert("forgotten_users", [user])
        return forgotten_users(warehouse)


def _confirmed(params: Mapping[str, Any]) -> str:
    """Return the id of the user to forget.

    :raises AirflowFailException: the two ids differ, or are no user's id. The message has neither.
    """
    from airflow.sdk.exceptions import AirflowFailException

    user_id, confirm = (str(params[name] or "").rstrip(" ") for name in ("user_id", "confirm"))
    if not user_id.strip():
        raise AirflowFailException("user_id is empty: nothing was changed")
    if user_id != confirm:
        raise AirflowFailException("user_id and confirm differ: nothing was changed")
    if user_id.startswith(PSEUDONYM):
        raise AirflowFailException("user_id is a pseudonym: this user was forgotten before")
    return user_id


def _rejected_texts(warehouse: Warehouse, forgotten: ForgottenUsers) -> Iterable[Text]:
    """Find the texts of rejected rows that may belong to a forgotten user."""
    for table in STAGING:
        if table.personal is None:
            continue
        sql = statement("operators/rejected_texts.sql")
        for text, text_hash in warehouse.query(sql, {"table_name": table.name}):
            if not forgotten.shown(text):
                yield text_hash, ""


def _samples(warehouse: Warehouse, forgotten: ForgottenUsers) -> Iterable[Text]:
    """Find the samples of checks that have forgotten users, and remove these users from them."""
    for check, text, text_hash in warehouse.query(statement("operators/sample_texts.sql")):
        rows = json.loads(text)
        shown = forgotten.shown_sample(check, rows)
        if shown != rows:
            yield text_hash, json.dumps(shown)


def _replace(warehouse: Warehouse, table: str, column: str, texts: Iterable[Text]) -> int:
    """Replace texts of a column, and return in how many rows."""
    replaced = dict(texts)
    if not replaced:
        return 0
    names = {"incoming": _REPLACED}
    warehouse.execute(statement("operators/create_replaced_texts.sql", **names))
    warehouse.insert(
        _REPLACED,
        [{"text_hash": text_hash, "new_text": text} for text_hash, text in replaced.items()],
        batch=_BATCH,
    )
    rows = warehouse.execute(
        statement("operators/replace_texts.sql", table=table, column=column, **names)
    )
    warehouse.execute(f"drop table {_REPLACED}")
    return rows
