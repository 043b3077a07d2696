"""Judges the rows that have arrived: one statement gives each of them its verdict.

The rows wait in a temporary table until a transaction puts the kept ones in their place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sparkify.failures import LoadRefused
from sparkify.sources import S3Object
from sparkify.staging.copying import Account, Copier, StagingTable
from sparkify.staging.verdicts import (
    MOST_ERRORS,
    Budget,
    Rejected,
    Verdicts,
    as_json,
    one_or_several,
    refusal,
)
from sparkify.statements import statement
from sparkify.warehouse import Warehouse

ARRIVED, JUDGED = "arrived_rows", "judged_rows"
_MOST_RECORDED = 1000  # conflicting copies of one COPY that load_errors shows; all are counted
_TWO_OWNERS = "two owners"
_SECOND_OF_KEY = "another row has the same key, and was loaded"
_HIDING = (
    "A record that is no JSON does not have a line to itself:"
    " COPY may have passed over others behind it."
)
_REPLACED = "a row of this object has the same key, and was loaded in the place of this one"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of the objects of one COPY.

    :param part: the number of their rows among the judged ones.
    :param rejected: the rows that are recorded with their reason.
    :param lines: lines of each object, by its address.
    """

    objects: Sequence[S3Object]
    part: int
    verdicts: Verdicts
    rejected: Sequence[Rejected] = ()
    lines: Mapping[str, int] = field(default_factory=dict)


class Judge:
    """Copies objects and judges their rows, for one load of one table."""

    def __init__(
        self, warehouse: Warehouse, table: StagingTable, copier: Copier, budget: Budget
    ) -> None:
        self._warehouse, self._table = warehouse, table
        self._copier, self._budget = copier, budget
        self._alone = count(-1, -1)  # parts of objects that are judged alone as well
        for name in (ARRIVED, JUDGED):
            self._execute("create_incoming", incoming=name)
        for column in ("verdict varchar(16)", "part integer"):
            warehouse.execute(f"alter table {JUDGED} add column {column}")

    def judge(
        self,
        objects: Sequence[S3Object],
        part: int,
        bounds: Mapping[str, Any] | None = None,
        *,
        beside_table: bool = False,
    ) -> Judgement:
        """COPY the objects and judge their rows.

        Each object has a budget of its own, so that it is judged the same alone or with others.

        :param part: a number for these rows among the judged ones, from 0.
        :param bounds: partition and window, where the table has an event time.
        :param beside_table: judge the rows of the table that have the same keys with them.
        :raises LoadRefused: an object must not be loaded.
        """
        several = len(objects) > 1
        account = self._copier.copy(
            ARRIVED, objects, MOST_ERRORS if several else self._budget.rows + 1
        )
        if beside_table:
            self._execute("add_present", key=self._table.key)
        verdicts = self._classify(part, bounds or {}, account)
        rejected = [*account.errors, *self._rows("misplaced", objects, part, verdicts.misplaced)]
        if several and verdicts.rejected:
            self._judge_alone(objects, bounds, account, verdicts)
        elif not several and (reason := self._budget.exceeded_by(objects[0], verdicts)):
            raise refusal(self._table.name, reason, rejected)
        if hiding := [row for row in account.errors if row.may_hide_others]:
            raise refusal(self._table.name, _HIDING, hiding)
        rejected += self._rows("conflicting", objects, part, _MOST_RECORDED)
        return Judgement(objects, part, verdicts, rejected, account.lines)

    def clear(self) -> None:
        """Forget all rows, to begin again."""
        for name in (ARRIVED, JUDGED):
            self._warehouse.execute(statement("operators/delete_all.sql", table=name))

    def _judge_alone(
        self,
        objects: Sequence[S3Object],
        bounds: Mapping[str, Any] | None,
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

    def _classify(self, part: int, bounds: Mapping[str, Any], account: Account) -> Verdicts:
        """Give each row that has arrived its verdict.

        :raises LoadRefused: the verdicts do not add up to what COPY said, or a key is broken.
        """
        self._execute("classify", {**bounds, "part": part}, key=self._table.key, **self._names())
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
        self._warehouse.execute(statement("operators/delete_all.sql", table=ARRIVED))
        return verdicts

    def _two_owners(self, part: int) -> LoadRefused:
        """Name two rows that have one key and cannot both be meant by it."""
        first, second, *_ = [row for _, row in self._select(_TWO_OWNERS, part, 2)]
        return LoadRefused(
            f"{self._table.name}: nothing was loaded. Two rows have one"
            f" ({', '.join(self._table.key)}), but not one {self._table.key_owner}: {first} and"
            f" {second}. The key must tell rows apart: correct the file"
        )

    def _rows(
        self, verdict: str, objects: Sequence[S3Object], part: int, most: int
    ) -> list[Rejected]:
        """Describe rows that COPY took and that are not loaded."""
        if not most:
            return []
        column, reasons = ", ".join(self._table.key), (_SECOND_OF_KEY, _REPLACED)
        if verdict == "misplaced":
            column = str(self._table.event_time)
            reasons = (f"the row's {column} is outside of its object's partition",) * 2
        return [
            Rejected(
                object_key=one_or_several(objects),
                line=None,
                column=column,
                code=None,
                reason=reasons[was_present],
                raw_text=text,
                verdict=verdict,
            )
            for was_present, text in self._select(verdict, part, most)
        ]

    def _select(self, verdict: str, part: int, most: int) -> list[tuple[bool, str]]:
        """Read rows with a verdict as JSON, and whether each was in the table before."""
        columns = self._table.columns
        select = statement("operators/select_verdict.sql", judged=JUDGED, columns=columns)
        rows = self._warehouse.query(f"{select}\nlimit {most}", {"verdict": verdict, "part": part})
        return [(load_id is not None, as_json(columns, row)) for load_id, *row in rows]

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
