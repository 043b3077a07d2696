"""The answers to the questions of include/sql/insights and include/sql/trust.

Each file begins with its question. An answer has at most `limit` rows, and says if there are more.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sparkify.insights import questions
from sparkify.insights.selection import Available, Selection
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement

# The most rows that a page shows of each question, by tab.
TABS: dict[str, dict[str, int]] = {
    name: {tab.headline: 1} | {question: shown.limit for question, shown in tab.questions.items()}
    for name, tab in questions.TABS.items()
}
INSIGHTS = {name: limit for tab in TABS.values() for name, limit in tab.items()}
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
        writer.writerows([_exported(value) for value in row] for row in self.rows)
        return text.getvalue()


def question_of(folder: str, name: str) -> str:
    """The question that a statement answers, from its first lines.

    :raises ValueError: it does not begin with one.
    """
    question = _QUESTION.match(statement(f"{folder}/{name}.sql"))
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


def insight(
    warehouse: Warehouse, name: str, selection: Selection, limit: int | None = None
) -> Answer:
    """The answer to one question."""
    return ask(warehouse, "insights", name, limit or INSIGHTS[name], selection.bindings())


def insights(warehouse: Warehouse, tab: str, selection: Selection) -> Iterator[tuple[str, Answer]]:
    """The answers of a tab, with its headline as `headline` and that of the time before."""
    headline = questions.TABS[tab].headline
    for name in questions.TABS[tab].questions:
        yield name, insight(warehouse, name, selection)
    yield "headline", insight(warehouse, headline, selection)
    yield "headline_before", insight(warehouse, headline, selection.before())


def available(warehouse: Warehouse) -> Available | None:
    """What can be selected; None where there is no play yet."""
    newest = last_day(warehouse)
    if newest is None:
        return None
    rows = warehouse.query(statement("insights/filter_options.sql"))
    levels, locations = (
        tuple(value for name, value in rows if name == wanted) for wanted in ("level", "location")
    )
    return Available(newest, levels, locations)


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


def _exported(value: Any) -> Any:
    match value:
        case str() if value[:1] in "=+-@\t\r":
            return f"'{value}"
        case Decimal():
            return f"{value.normalize():f}"  # 4.5 and 600, not 4.50 and 6E+2
        case _:
            return value
