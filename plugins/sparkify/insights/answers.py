"""The answers to the questions of include/sql/insights and include/sql/trust.

Each file begins with its question. An answer has at most `limit` rows, and says if there are more.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sparkify.include import SQL
from sparkify.insights.period import Period
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement

# Of each, what a page shows at most. By day and by hour all rows are needed.
INSIGHTS = {
    "headline_listening": 1,
    "most_played_songs": 50,
    "most_played_artists": 50,
    "plays_by_day": 5000,
    "plays_by_hour": 168,
    "top_songs_by_hour": 24,
    "plays_by_level": 20,
    "plays_by_location": 50,
    "headline_listeners": 1,
    "active_listeners": 1200,
    "listeners_by_day": 1200,
    "retention": 5000,
    "gone_listeners": 50,
    "plan_changes": 10,
    "conversions": 200,
    "session_lengths": 20,
    "sessions": 50,
    "listener_segments": 10,
    "listeners_by_gender": 10,
    "pages": 50,
    "devices": 50,
    "headline_catalogue": 1,
    "catalogue_coverage": 1200,
    "unmatched_songs": 50,
    "damaged_text": 50,
}
TRUST = {
    "checked_up_to": 1,
    "open_failures": 50,
    "late_hours": 200,
    "freshness": 20,
    "last_loads": 50,
    "reject_reasons": 50,
    "rejected_rows": 50,
    "check_results": 2000,
}
EXPORTED_ROWS = 100_000
TRUSTED_DAYS = 30  # before the newest load: what is older is in include/sql/audit
_QUESTION = re.compile(r"-- (.+?\?)\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, and the table that answers it; `more`: there are further rows."""

    name: str
    question: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool = False

    def records(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def is_number(self, column: str) -> bool:
        """Whether a column's values are numbers, as far as it has any."""
        at = self.columns.index(column)
        return any(isinstance(row[at], (int, float, Decimal)) for row in self.rows)

    def as_csv(self) -> str:
        """With a header; a text that a spreadsheet would run as a formula gets a quote."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(self.columns)
        writer.writerows([_harmless(value) for value in row] for row in self.rows)
        return text.getvalue()


def question_of(folder: str, name: str) -> str:
    """The question that a statement answers, from its first lines.

    :raises ValueError: it does not begin with one.
    """
    question = _QUESTION.match((SQL / folder / f"{name}.sql").read_text())
    if question is None:
        raise ValueError(f"{folder}/{name}.sql does not begin with '-- …?', its question")
    return question[1].replace("\n-- ", " ")


def ask(
    warehouse: Warehouse, folder: str, name: str, limit: int, values: Mapping[str, Any]
) -> Answer:
    """Run one statement."""
    sql = f"{statement(f'{folder}/{name}.sql')}\nlimit {limit + 1}"
    columns, rows = warehouse.names_and_rows(sql, values)
    return Answer(
        name, question_of(folder, name), tuple(columns), tuple(rows[:limit]), len(rows) > limit
    )


def insight(warehouse: Warehouse, name: str, period: Period, limit: int | None = None) -> Answer:
    """The answer to one question on a period."""
    return ask(warehouse, "insights", name, limit or INSIGHTS[name], period.bindings())


def insights(warehouse: Warehouse, period: Period) -> dict[str, Answer]:
    """The answers to all of them, and `headline_before`, of the period before."""
    answers = {name: insight(warehouse, name, period) for name in INSIGHTS}
    answers["headline_before"] = insight(warehouse, "headline", period.before())
    return answers


def trust(warehouse: Warehouse) -> dict[str, Answer]:
    """What was loaded, rejected and checked in the days before the newest check."""
    since = _trusted_since(warehouse)
    return {name: ask(warehouse, "trust", name, limit, since) for name, limit in TRUST.items()}


def trust_in(warehouse: Warehouse, name: str, limit: int) -> Answer:
    """One of them alone."""
    return ask(warehouse, "trust", name, limit, _trusted_since(warehouse))


def _trusted_since(warehouse: Warehouse) -> dict[str, datetime]:
    newest = warehouse.query("select max(checked_at) from quality_results")[0][0]
    since = newest - timedelta(days=TRUSTED_DAYS) if newest else datetime(1970, 1, 1)
    return {"since": since}


def last_day(warehouse: Warehouse) -> date | None:
    """The day of the newest play; None where there is none yet."""
    ((_, last),) = warehouse.query(statement("trust/data_range.sql"))
    return last.date() if last else None


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value
