"""Give each copied row its verdict, in one statement.

The rows wait in a temporary table until a transaction moves the kept ones into the staging table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from sparkify.failures import LoadRefused
from sparkify.loads.copy_account import Account
from sparkify.loads.copying import Copier
from sparkify.loads.objects import S3Object, one_or_several
from sparkify.loads.verdicts import (
    MOST_ERRORS,
    Budget,
    Judgement,
    Rejected,
    Verdicts,
    as_json,
    refusal,
)
from sparkify.model import StagingTable
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from sparkify.window import Window

ARRIVED, JUDGED = "arrived_rows", "judged_rows"
_MOST_RECORDED = 1000  # conflicting copies of one COPY that load_errors shows; all are counted
_SAMPLE = 20  # rows that an error shows
_TWO_OWNERS = "two owners"
_SECOND = "another row has the same key, and was loaded"
_HIDING = (
    "A record that is no JSON does not have a line to itself:"
    " COPY may have passed over others behind it."
)
_REPLACED = "a row of this object has the same key, and was loaded in the place of this one"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which rows are of the objects' partition, and which of them of the run's window."""

    partition: Window
    window: Window

    def bindings(self) -> dict[str, datetime]:
        whole = self.partition.bindings()
        return self.window.bindings() | {
            "partition_start": whole["window_start"],
            "partition_end": whole["window_end"],
        }


class Judge:
    """Copies objects and judges their rows, for one load of one table."""

    def __init__(
        self, warehouse: Warehouse, table: StagingTable, copier: Copier, budget: Budget
    ) -> None:
        self._warehouse, self._table = warehouse, table
        self._copier, self._budget = copier, budget
        self._alone = count(-1, -1)  # parts of objects that are judged alone as well
        self._is_used = False  # ARRIVED has the rows of the last COPY
        self._execute("create_incoming", incoming=ARRIVED)
        self._execute("create_judged")

    def judge(
        self,
        objects: Sequence[S3Object],
        part: int,
        bounds: Bounds | None = None,
        *,
        beside_table: bool = False,
    ) -> Judgement:
        """COPY the objects and judge their rows.

        Each object has a budget of its own, so that it is judged the same alone or with others.

        :param part: a number for these rows among the judged ones, from 0.
        :param bounds: of time, where the table has an event time.
        :param beside_table: judge the rows of the table that have the same keys with them.
        :raises LoadRefused: an object must not be loaded.
        """
        several = len(objects) > 1
        if self._is_used:
            self._warehouse.execute(statement("operators/delete_all.sql", table=ARRIVED))
        self._is_used = True
        account = self._copier.copy(
            ARRIVED, objects, MOST_ERRORS if several else self._budget.rows + 1
        )
        if beside_table:
            self._execute("add_present", key=self._table.key)
        verdicts = self._classify(part, bounds, account)
        if not several and (refused := self._budget.exceeded_by(objects[0], verdicts)):
            sample = [*account.errors, *self._misplaced(objects, part, bounds, _SAMPLE)]
            raise refusal(self._table.name, refused, sample)
        if several and verdicts.rejected:
            self._judge_alone(objects, bounds, account, verdicts)
        filled = sum(item.size > 0 for item in objects)
        if verdicts.read < filled and (blank := self._copier.blank_among(objects, verdicts.read)):
            reason = f"No row of {blank.url} could be read: it has bytes, and no record."
            raise refusal(self._table.name, reason, ())
        if hiding := [row for row in account.errors if row.may_hide_others]:
            raise refusal(self._table.name, _HIDING, hiding)
        rejected = [*account.errors, *self._misplaced(objects, part, bounds, verdicts.misplaced)]
        if verdicts.conflicting or beside_table:
            rejected += [
                self._rejected("conflicting", objects, text, _REPLACED if present else _SECOND)
                for present, text in self._select("conflicting", part, _MOST_RECORDED)
            ]
        return Judgement(objects, part, verdicts, rejected, account.lines)

    def clear(self) -> None:
        """Forget all rows, to begin again."""
        for name in (ARRIVED, JUDGED):
            self._warehouse.execute(statement("operators/delete_all.sql", table=name))

    def _judge_alone(
        self,
        objects: Sequence[S3Object],
        bounds: Bounds | None,
        account: Account,
        verdicts: Verdicts,
    ) -> None:
        """Hold each object against its budget, where COPY did not say whose rows are wrong.

        :raises LoadRefused: one is past it.
        """
        named = {row.object_key for row in account.errors}
        if verdicts.misplaced or not named <= {item.url for item in objects}:
            named = {item.url for item in objects}
        for item in objects:
            if item.url in named:
                self.judge([item], next(self._alone), bounds)

    def _classify(self, part: int, bounds: Bounds | None, account: Account) -> Verdicts:
        """Give each row that has arrived its verdict.

        :raises LoadRefused: the verdicts do not add up to what COPY said, or a key is broken.
        """
        values = {**(bounds.bindings() if bounds else {}), "part": part}
        self._execute(
            "classify", values, key=self._table.key, ranked=self._ranked(), **self._names()
        )
        counts = dict(
            self._warehouse.query(
                statement("operators/count_verdicts.sql", judged=JUDGED), {"part": part}
            )
        )
        if counts.pop(_TWO_OWNERS, 0):
            raise self._two_owners(part)
        verdicts = Verdicts(bad=len(account.errors), **{k: int(n) for k, n in counts.items()})
        if verdicts.read != account.loaded + len(account.errors):
            raise LoadRefused(
                f"{self._table.name}: COPY loaded {account.loaded} rows and refused"
                f" {len(account.errors)}, but the verdicts are {verdicts}: nothing was loaded"
            )
        return verdicts

    def _two_owners(self, part: int) -> LoadRefused:
        """Name two rows that have one key and cannot both be meant by it."""
        first, second, *_ = [row for _, row in self._select(_TWO_OWNERS, part, 2)]
        return LoadRefused(
            f"{self._table.name}: nothing was loaded. Two rows have one"
            f" ({', '.join(self._table.key)}), but not one {self._table.key_owner}: {first} and"
            f" {second}. The key must tell rows apart: correct the file"
        )

    def _misplaced(
        self, objects: Sequence[S3Object], part: int, bounds: Bounds | None, most: int
    ) -> list[Rejected]:
        if bounds is None or not most:
            return []
        column = self._table.event_time
        reason = f"the row's {column} is outside of its object's {bounds.partition}"
        return [
            self._rejected("misplaced", objects, text, reason)
            for _, text in self._select("misplaced", part, most)
        ]

    def _rejected(
        self, verdict: str, objects: Sequence[S3Object], text: str, reason: str
    ) -> Rejected:
        """Describe a row that COPY took and that is not loaded."""
        columns = (str(self._table.event_time),) if verdict == "misplaced" else self._table.key
        return Rejected(
            object_key=one_or_several(objects),
            line=None,
            column=", ".join(columns),
            code=None,
            reason=reason,
            raw_text=text,
            verdict=verdict,
        )

    def _select(self, verdict: str, part: int, most: int) -> list[tuple[bool, str]]:
        """Read rows with a verdict as JSON, and whether each was in the table before."""
        columns = self._table.columns
        select = statement("operators/select_verdict.sql", judged=JUDGED, columns=columns)
        rows = self._warehouse.query(f"{select}\nlimit {most}", {"verdict": verdict, "part": part})
        return [(load_id is not None, as_json(columns, row)) for load_id, *row in rows]

    def _ranked(self) -> list[str]:
        """The columns by which rows with one key are ranked, the personal ones last."""
        personal = self._table.personal.columns if self._table.personal else ()
        return sorted(self._table.columns, key=lambda column: column in personal)

    def _names(self) -> dict[str, str]:
        names = {"event_time": self._table.event_time, "owner": self._table.key_owner}
        return {name: column for name, column in names.items() if column is not None}

    def _execute(
        self, name: str, values: Mapping[str, Any] | None = None, **names: str | Sequence[str]
    ) -> int:
        sql = statement(
            f"operators/{name}.sql",
            **{"table": self._table.name, "arrived": ARRIVED, "judged": JUDGED}
            | {"columns": self._table.columns}
            | names,
        )
        return self._warehouse.execute(sql, values)
