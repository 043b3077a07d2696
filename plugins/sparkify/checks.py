"""Quality checks: SQL files that each select the rows that break a rule.

A file begins with a comment whose lines say what is checked, and one of them
`severity: error` or `severity: warning`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

from sparkify.statements import statement
from sparkify.warehouse import Warehouse

Severity = Literal["error", "warning"]
Status = Literal["passed", "warned", "failed"]

_SEVERITY = re.compile(r"^--\s*severity:\s*(error|warning)\s*$", re.MULTILINE)
_SAMPLE = 10
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
class CheckResult:
    """What a check found; `sample` has some of the failing rows, by column."""

    name: str
    severity: Severity
    failing_rows: int
    sample: list[dict[str, Any]]

    @property
    def status(self) -> Status:
        if not self.failing_rows:
            return "passed"
        return "failed" if self.severity == "error" else "warned"

    def sample_json(self) -> str:
        """The sample as JSON, with as many rows as there is room for."""
        rows = list(self.sample)
        while len(text := json.dumps(rows, default=str)) > _LONGEST_SAMPLE and rows:
            rows.pop()
        return text


def run_check(warehouse: Warehouse, check: Check, values: Mapping[str, Any]) -> CheckResult:
    """Run one check; its rows are fetched only where there are some.

    :raises ValueError: the file does not say how severe a failure is.
    """
    sql = statement(check.file, **check.names)
    severity = _SEVERITY.search(sql)
    if severity is None:
        raise ValueError(f"{check.file} has no line '-- severity: error' or '-- severity: warning'")
    failing = f"from (\n{sql}\n) as failing"
    ((count,),) = warehouse.query(f"select count(*) {failing}", values)
    sample = []
    if count:
        names, rows = warehouse.names_and_rows(f"select * {failing} limit {_SAMPLE}", values)
        sample = [dict(zip(names, row, strict=True)) for row in rows]
    return CheckResult(check.name, severity[1], int(count), sample)  # type: ignore[arg-type]


def as_table(results: Sequence[CheckResult]) -> str:
    """The results as lines of text, for a log."""
    width = max((len(result.name) for result in results), default=0)
    lines = [f"{'check':{width}}  {'severity':8}  {'status':6}  failing rows"]
    lines += [
        f"{item.name:{width}}  {item.severity:8}  {item.status:6}  {item.failing_rows:>12,}"
        for item in results
    ]
    return "\n".join(lines)
