"""What operators report about a load: metrics, and the events of their assets."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk.observability import stats

from sparkify.model import SONGPLAYS
from sparkify.operators import DataQualityOperator, LoadFactOperator
from sparkify.tasks.assets import table_asset
from tests.plugins.sparkify.operators.test_load_fact import HOUR, operator, stage_play
from tests.quality.good_data import CHECKS
from tests.support.runs import context, query


class Gauges:
    """Replaces a metrics server and records what it would receive."""

    def __init__(self) -> None:
        self.sent: dict[str, float] = {}

    def gauge(self, stat: str, value: float, **_: Any) -> None:
        self.sent[stat] = value


@pytest.fixture
def gauges() -> Any:
    backend = Gauges()
    stats.initialize(factory=lambda: backend, export_legacy_names=False)
    yield backend.sent
    from airflow.sdk._shared.observability.metrics.base_stats_logger import NoStatsLogger

    stats.initialize(factory=NoStatsLogger, export_legacy_names=False)


def test_a_loads_metrics_are_named_by_its_table(warehouse, gauges):
    stage_play(warehouse, 1, "2018-11-05 10:05")
    operator().execute(context(HOUR))
    assert gauges == {
        "sparkify.songplays.replaced": 0,
        "sparkify.songplays.inserted": 1,
        "sparkify.songplays.filled_in": 0,
    }


def test_checks_send_metrics_also_when_they_fail(warehouse, gauges):
    query(
        warehouse,
        "insert into songplays (songplay_id, start_time, level, session_id)"
        " values ('1-0', '2018-11-05 10:05', 'golden', 1)",
    )
    checks = [CHECKS["users_level"], CHECKS["songplays_level"]]
    task = DataQualityOperator(task_id="check_quality", checks=checks)
    with pytest.raises(Exception, match="1 of 2 checks failed"):
        task.execute(context(HOUR))
    assert gauges == {"sparkify.checks.passed": 1, "sparkify.checks.warned": 0} | {
        "sparkify.checks.failed": 1
    }


def test_an_assets_event_has_the_window_and_the_rows(warehouse):
    stage_play(warehouse, 1, "2018-11-05 10:05")
    asset = table_asset(SONGPLAYS)
    task_context = context(HOUR)
    task: LoadFactOperator = operator(outlets=[asset])
    task.execute(task_context)
    assert task_context["outlet_events"][asset].extra == {
        "window_start": "2018-11-05 10:00:00",
        "window_end": "2018-11-05 11:00:00",
        "replaced": 0,
        "inserted": 1,
        "filled_in": 0,
    }
