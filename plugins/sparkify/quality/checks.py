"""Quality checks: SQL files that each select the rows that break a rule.

A file begins with a comment: the rule, `severity: error` or `severity: warning`, and then
`means:`, what a failure points to, and `to do:`, what somebody can do about it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from sparkify.window import Window, now

Severity = Literal["error", "warning"]
Status = Literal["passed", "warned", "failed"]

_HEADER = re.compile(
    r"-- (?P<rule>.+?)\n-- severity: (?P<severity>error|warning)\n"
    r"-- means: (?P<means>.+?)\n-- to do: (?P<to_do>.+?)\n(?!--)",
    re.DOTALL,
)
_SAMPLE = 10
_LOGGED = 3  # of the sample
_LONGEST_SAMPLE = 65535  # bytes that quality_results.sample_rows holds


class Check:
    """A check on a table, or on several.

    :param file: the .sql file, below include/sql.
    :param names: identifiers that the file has places for, as `table="users"`.
    """

    def __init__(self, file: str, **names: str | Sequence[str]) -> None:
        self.file, self.names = file, names

    def __repr__(self) -> str:
        return f"Check({self.name!r})"

    @property
    def name(self) -> str:
        """The file's name, behind that of the table where it can be used for several."""
        stem = PurePosixPath(self.file).stem
        table = self.names.get("table")
        return f"{table}_{stem}" if table else stem


@dataclass(frozen=True, slots=True)
class Header:
    """What a check's file says of it."""

    rule: str
    severity: Severity
    means: str
    to_do: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found; `sample` has some of the failing rows, by column."""

    name: str
    header: Header
    failing_rows: int
    sample: list[dict[str, Any]]

    @property
    def severity(self) -> Severity:
        return self.header.severity

    @property
    def status(self) -> Status:
        if not self.failing_rows:
            return "passed"
        return "failed" if self.severity == "error" else "warned"

    def advice(self) -> str:
        """What is wrong, what that means and what to do, as lines of a log."""
        header = self.header
        lines = [
            f"{self.name} {self.status}: {self.failing_rows} rows break the rule: {header.rule}",
            f"  means: {header.means}",
            f"  to do: {header.to_do}",
        ]
        lines += [
            f"  row: {json.dumps(row, default=str, ensure_ascii=False)}"
            for row in self.sample[:_LOGGED]
        ]
        return "\n".join(lines)

    def sample_json(self) -> str:
        """The sample as JSON, with as many rows as there is room for."""
        rows = list(self.sample)
        while len(text := json.dumps(rows, default=str)) > _LONGEST_SAMPLE and rows:
            rows.pop()
        return text


def run_check(warehouse: Warehouse, check: Check, values: Mapping[str, Any]) -> CheckResult:
    """Run one check; its rows are fetched only where there are some.

    :raises ValueError: the file does not begin as it must.
    """
    sql = statement(check.file, **check.names)
    header = read_header(sql, check.file)
    failing = f"from (\n{sql}\n) as failing"
    ((count,),) = warehouse.query(f"select count(*) {failing}", values)
    sample = []
    if count:
        names, rows = warehouse.names_and_rows(f"select * {failing} limit {_SAMPLE}", values)
        sample = [dict(zip(names, row, strict=True)) for row in rows]
    return CheckResult(check.name, header, int(count), sample)


def read_header(sql: str, file: str) -> Header:
    """What a check's file says of it.

    :raises ValueError: it lacks something.
    """
    found = _HEADER.match(sql)
    if found is None:
        raise ValueError(
            f"{file} does not begin with comments: the rule, then '-- severity: error' or"
            " '-- severity: warning', '-- means: …' and '-- to do: …'"
        )
    told = {name: re.sub(r"\s*\n--\s*", " ", text) for name, text in found.groupdict().items()}
    return Header(**told)  # type: ignore[arg-type]


def keep_results(
    warehouse: Warehouse,
    results: Sequence[CheckResult],
    window: Window,
    origin: Mapping[str, str],
    table: str = "quality_results",
) -> None:
    """Add results to their history.

    :param origin: dag_id, run_id and task_id.
    """
    warehouse.insert(
        table,
        [
            {
                **origin,
                **window.bindings(),
                "check_name": result.name,
                "severity": result.severity,
                "status": result.status,
                "failing_rows": result.failing_rows,
                "sample_rows": result.sample_json(),
                "checked_at": now(),
            }
            for result in results
        ],
    )


def as_table(results: Sequence[CheckResult]) -> str:
    """The results as lines of text, for a log."""
    width = max((len(result.name) for result in results), default=0)
    lines = [f"{'check':{width}}  {'severity':8}  {'status':6}  failing rows"]
    lines += [
        f"{item.name:{width}}  {item.severity:8}  {item.status:6}  {item.failing_rows:>12,}"
        for item in results
    ]
    return "\n".join(lines)
