"""What the pages show: read from the warehouse, and cached for a minute.

Reads run in a read-only transaction. They can use a connection of their own. A selection that
anybody asks for again within a minute is not read again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cachetools import TTLCache

from sparkify.failures import describe, sqlstate
from sparkify.insights.answers import Answer, available, insights, last_day, trust
from sparkify.insights.charts import Drawing, drawing
from sparkify.insights.questions import TABS
from sparkify.insights.selection import Available, Selection
from sparkify.loads.partitions import RECENT
from sparkify.loads.settled import UnsettledDay, unsettled_days, whole_day
from sparkify.warehouse.session import Warehouse
from sparkify.window import Window

log = logging.getLogger(__name__)

_NO_TABLE = "42P01"
KEPT_SECONDS, KEPT_ANSWERS = 60, 32
LONGEST_STATEMENT = timedelta(seconds=20)  # a page that takes longer is of no use to anybody


class NotRead(Exception):
    """The warehouse gave no answer; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Insights:
    """The answers of one tab and their charts, and when they were read.

    :param answers: by question, and `headline` and `headline_before`.
    """

    tab: str
    selection: Selection
    answers: dict[str, Answer]
    charts: dict[str, Drawing]
    read_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Trust:
    """The answers of the page Trust, and when they were read.

    :param unsettled: the days whose files are not loaded as they are now.
    :param not_compared: why the files could not be compared; empty if they were.
    """

    answers: dict[str, Answer]
    unsettled: Sequence[UnsettledDay]
    not_compared: str
    read_at: datetime


@dataclass
class Reader:
    """Reads for the pages.

    :param conn_id: the Airflow connection; one whose user may only select is best.
    :param sources: connects to S3: returns a client, and the sources' bucket.
    """

    conn_id: str
    sources: Callable[[], tuple[Any, str]]
    _kept: TTLCache[Hashable, Any] = field(
        default_factory=lambda: TTLCache(KEPT_ANSWERS, KEPT_SECONDS)
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def available(self) -> Available | None:
        """What can be selected; None where there is no play yet."""
        found: Available | None = self._once("available", available)
        return found

    def insights(self, tab: str, selection: Selection) -> Insights:
        content: Insights = self._once(
            (tab, selection), lambda warehouse: read_insights(warehouse, tab, selection)
        )
        return content

    def trust(self) -> Trust:
        content: Trust = self._once("trust", self._read_trust)
        return content

    def _read_trust(self, warehouse: Warehouse) -> Trust:
        unsettled: Sequence[UnsettledDay] = ()
        not_compared = ""
        try:
            s3, bucket = self.sources()
            span = recent_days(last_day(warehouse), datetime.now(UTC))
            unsettled = unsettled_days(warehouse, s3, bucket, span)
        except Exception as error:
            if sqlstate(error):  # of the warehouse; the page cannot be shown without it
                raise
            log.warning("The sources' files could not be listed", exc_info=error)
            not_compared = describe(error)[:300]
        return Trust(trust(warehouse), unsettled, not_compared, datetime.now(UTC))

    def read(self, do: Callable[[Warehouse], Any]) -> Any:
        """What `do` reads, not kept.

        :raises NotRead: the warehouse cannot be reached, or refuses.
        """
        try:
            with (
                Warehouse.connect(self.conn_id, LONGEST_STATEMENT) as warehouse,
                warehouse.read_only(),
            ):
                return do(warehouse)
        except Exception as error:
            if sqlstate(error) == _NO_TABLE:
                message = (
                    "The warehouse has not all of its tables: run the DAG sparkify_create_tables."
                )
            else:
                message = f"The warehouse could not be read: {describe(error)[:300]}"
            raise NotRead(message) from error

    def _once(self, key: Hashable, do: Callable[[Warehouse], Any]) -> Any:
        with self._lock:  # the second of two that ask at once finds what the first has read
            if key not in self._kept:
                self._kept[key] = self.read(do)
            return self._kept[key]


def recent_days(newest: date | None, now: datetime) -> Window:
    """The 35 days before today, or before the end of the newest data if that is older."""
    today = whole_day(now.date()).start
    end = min(today, whole_day(newest).end) if newest else today
    if today - end < RECENT:
        end = today
    return Window(end - RECENT, end)


def read_insights(warehouse: Warehouse, tab: str, selection: Selection) -> Insights:
    """The answers of one tab, with the charts of those that have a row.

    A chart is drawn while Redshift runs the statements after it.
    """
    began = time.monotonic()
    specs = {name: question.chart for name, question in TABS[tab].questions.items()}
    answers: dict[str, Answer] = {}
    drawn: dict[str, Future[Drawing]] = {}
    with ThreadPoolExecutor(1) as pool:
        for name, answer in insights(warehouse, tab, selection):
            answers[name] = answer
            if (spec := specs.get(name)) and answer.rows:
                drawn[name] = pool.submit(drawing, spec, answer.records(), selection)
        charts = {name: chart.result() for name, chart in drawn.items()}
    return Insights(tab, selection, answers, charts, datetime.now(UTC), time.monotonic() - began)
