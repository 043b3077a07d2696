"""Quality checks: SQL files that select the rows that break a rule, or statements with an expected
result.

A file begins with a comment: the rule, `severity: error` or `severity: warning`, and then
`means:`, what a failure points to, and `to do:`, what somebody can do about it.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, Literal, Protocol, get_args

from sparkify.failures import LoadRefused
from sparkify.loads.forgotten import forgotten_users, may_name_a_user
from sparkify.warehouse.columns import columns_to_load
from sparkify.warehouse.locks import RESULTS, lock
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import over_all_time, statement
from sparkify.window import Window, now

Severity = Literal["error", "warning"]
Status = Literal["passed", "warned", "failed"]

_HEADER = re.compile(
    r"-- (?P<rule>.+?)\n-- severity: (?P<severity>error|warning)\n"
    r"-- means: (?P<means>.+?)\n-- to do: (?P<to_do>.+?)\n(?!--)",
    re.DOTALL,
)
_SAMPLE_ROWS = 10  # kept of a failed check
_LOGGED = 3  # of the sample
_LONGEST_SAMPLE = 65535  # bytes that quality_results.sample_rows holds
_LONGEST_NAME = 256  # bytes that quality_results.check_name holds
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


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

    @property
    def sql(self) -> str:
        """The statement, with its names filled in."""
        return statement(self.file, **self.names)

    def prepare(self, warehouse: Warehouse, values: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Return the statement to run; see ``RecomputedCheck``."""
        return self.sql


class RecomputedCheck(Check):
    """A check that compares a table's rows with what its SELECT gives, column by column.

    The SELECT is include/sql/load/TABLE.sql. Its columns are only known to the warehouse.

    :param all_time: compare over all time and all loads of the source, not over the run's window.
    """

    def __init__(self, file: str, *, all_time: bool = False, **names: str | Sequence[str]) -> None:
        super().__init__(file, **names)
        self.all_time = all_time

    @property
    def sql(self) -> str:
        return statement(self.file, columns=self.names["key"], **self.names)

    def prepare(self, warehouse: Warehouse, values: Mapping[str, Any]) -> str:
        select = self._bounded(statement(f"load/{self.names['table']}.sql"))
        columns = columns_to_load(warehouse, str(self.names["table"]), select, values)
        return self._bounded(statement(self.file, columns=columns, **self.names))

    def _bounded(self, sql: str) -> str:
        return over_all_time(sql) if self.all_time else sql


class StatementCheck:
    """A check that compares the one value of a SELECT with an expected one.

    `StatementCheck("select count(*) from users where user_id is null", expected=0)` passes if the
    count is 0, `StatementCheck("select count(*) from songs", comparison=">", expected=0)` if there
    are songs. A null equals only an expected None, and is neither larger nor smaller than
    anything. A failure counts as one failing row, whose sample has both values.

    :param sql: a SELECT of one row with one column. It can name the values that a check's file can
        name, as `%(window_start)s`; any other percent sign is written twice.
    :param expected: the value to compare with.
    :param comparison: `=`, `<>`, `<`, `<=`, `>` or `>=`, with the statement's value on its left.
    :param name: the check's name in `quality_results`; default: the statement.
    :param severity: `error` fails the task, `warning` does not.
    """

    def __init__(
        self,
        sql: str,
        *,
        expected: Any,
        comparison: str = "=",
        name: str | None = None,
        severity: Severity = "error",
    ) -> None:
        if comparison not in _COMPARISONS:
            raise ValueError(f"comparison {comparison!r} is none of {' '.join(_COMPARISONS)}")
        if severity not in get_args(Severity):
            raise ValueError(f"severity {severity!r} is none of {', '.join(get_args(Severity))}")
        self.sql = sql.strip().rstrip(";").rstrip()
        self.expected = expected
        self.comparison = comparison
        self.name = _shortened(name or " ".join(self.sql.split()), _LONGEST_NAME)
        self.severity = severity

    def __repr__(self) -> str:
        return f"StatementCheck({self.name!r})"

    def run(self, warehouse: Warehouse, values: Mapping[str, Any]) -> CheckResult:
        """Compare.

        :raises ValueError: the statement gives something else than one row with one column.
        """
        names, rows = warehouse.names_and_rows(
            f"select * from (\n{self.sql}\n) as checked limit 2", values
        )
        if (len(names), len(rows)) != (1, 1):
            given = f"{'no row' if not rows else 'several rows' if len(rows) > 1 else 'one row'}"
            raise ValueError(
                f"{self.name}: a statement with an expected result must give one row with one"
                f" column; it gave {given} with {len(names)} columns"
            )
        ((actual,),) = rows
        expected = f"{self.comparison} {self.expected!r}"
        header = Header(
            rule=f"The result of the statement is {expected}: {self.sql}",
            severity=self.severity,
            means=f"the statement gave {actual!r}.",
            to_do="run the statement in the warehouse, and look at the rows behind it.",
        )
        if self._holds(actual):
            return CheckResult(self.name, header, 0, [])
        return CheckResult(self.name, header, 1, [{"actual": actual, "expected": expected}])

    def _holds(self, actual: Any) -> bool:
        if actual is None or self.expected is None:
            is_same = actual is self.expected
            return {"=": is_same, "<>": not is_same}.get(self.comparison, False)
        return bool(_COMPARISONS[self.comparison](actual, self.expected))


class OwnCheck(Protocol):
    """A check that runs a statement of its own, as ``StatementCheck`` does."""

    name: str

    @property
    def sql(self) -> str:
        """The statement."""
        ...

    def run(self, warehouse: Warehouse, values: Mapping[str, Any]) -> CheckResult:
        """Run the statement and judge what it gives."""
        ...


AnyCheck = Check | OwnCheck


def run_checks(
    warehouse: Warehouse, checks: Sequence[AnyCheck], values: Mapping[str, Any]
) -> list[CheckResult]:
    """Run checks, those of .sql files in one statement: it counts the rows that break each rule.

    Sample rows are only fetched for checks that failed.

    :param values: `window_start`, `window_end` and `run_id`, which the statements may name.
    :raises ValueError: a check's file does not begin as it must, or a statement's result has not
        one row and one column.
    """
    prepared = {
        number: check.prepare(warehouse, values)
        for number, check in enumerate(checks)
        if isinstance(check, Check)
    }
    headers = {number: read_header(sql, checks[number].name) for number, sql in prepared.items()}
    counts = _counts(warehouse, prepared, values)
    results = []
    for number, check in enumerate(checks):
        if not isinstance(check, Check):
            results.append(check.run(warehouse, values))
            continue
        sample = _sample(warehouse, prepared[number], values) if counts[number] else []
        results.append(CheckResult(check.name, headers[number], counts[number], sample))
    return results


def _counts(
    warehouse: Warehouse, statements: Mapping[int, str], values: Mapping[str, Any]
) -> dict[int, int]:
    if not statements:
        return {}
    counted = [
        f"select {number} as number, count(*) as failing_rows from (\n{sql}\n) as failing"
        for number, sql in statements.items()
    ]
    rows = warehouse.query("\nunion all\n".join(counted), values)
    return {int(number): int(count) for number, count in rows}


def _sample(warehouse: Warehouse, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    names, rows = warehouse.names_and_rows(
        f"select * from (\n{sql}\n) as failing limit {_SAMPLE_ROWS}", values
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def refuse_failed(results: Sequence[CheckResult], kept_in: str) -> None:
    """Raise if a check of severity `error` failed.

    :param kept_in: the table that has the sample rows.
    :raises ChecksFailed: with the checks, their numbers of rows, and what to do.
    """
    failed = [result for result in results if result.status == "failed"]
    if failed:
        names = "; ".join(
            f"{r.name} ({r.failing_rows} rows; to do: {r.header.to_do})" for r in failed
        )
        raise ChecksFailed(
            f"{len(failed)} of {len(results)} checks failed: {names} Sample rows are in {kept_in}.",
            results,
        )


class ChecksFailed(LoadRefused):
    """Checks of severity `error` failed; `results` has those of all checks."""

    def __init__(self, message: str, results: Sequence[CheckResult]) -> None:
        super().__init__(message)
        self.results = results


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
        """Lines of a log: what is wrong, what that means and what to do."""
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


def _shortened(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode(errors="ignore")


def read_header(sql: str, file: str) -> Header:
    """What a check's file says of it.

    :raises ValueError: it lacks something.
    """
    header = _HEADER.match(sql)
    if header is None:
        raise ValueError(
            f"{file} does not begin with comments: the rule, then '-- severity: error' or"
            " '-- severity: warning', '-- means: …' and '-- to do: …'"
        )
    parts = {name: re.sub(r"\s*\n--\s*", " ", text) for name, text in header.groupdict().items()}
    return Header(**parts)  # type: ignore[arg-type]


def keep_results(
    warehouse: Warehouse,
    results: Sequence[CheckResult],
    window: Window,
    origin: Mapping[str, str],
    table: str = RESULTS,
) -> None:
    """Add results to their history, without sample rows of users who were forgotten meanwhile.

    :param origin: dag_id, run_id and task_id.
    """
    if not any(may_name_a_user(row) for result in results for row in result.sample):
        _insert(warehouse, results, window, origin, table)
        return
    with warehouse.transaction():
        lock(warehouse, RESULTS)
        forgotten = forgotten_users(warehouse)
        shown = [replace(r, sample=forgotten.shown_sample(r.name, r.sample)) for r in results]
        _insert(warehouse, shown, window, origin, table)


def _insert(
    warehouse: Warehouse,
    results: Sequence[CheckResult],
    window: Window,
    origin: Mapping[str, str],
    table: str,
) -> None:
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
