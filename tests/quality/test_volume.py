"""A window with far fewer rows than such windows had before is a warning, and noise is not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.sample_data import Parameters, write
from sparkify.model import STAGING, STAGING_EVENTS, Partitioned
from sparkify.quality.suite import checks_after_loads
from sparkify.quality.volume import CountedLoad, Figures, History, VolumeCheck
from sparkify.window import Window
from tests.dags.test_sparkify_etl import REAL_DATA
from tests.quality.good_data import OTHER_RUN, check, insert, load
from tests.support.files import files
from tests.support.runs import query

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
TEN = datetime(2018, 11, 5, 10, tzinfo=UTC)  # the hour that `check` judges
VOLUME = VolumeCheck(STAGING_EVENTS)

Counts = Counter[datetime]


def events_by_hour(folder: Path) -> Counts:
    """How many events the files have in each hour."""
    return Counter(
        datetime.fromtimestamp(json.loads(line)["ts"] // 3_600_000 * 3600, UTC)
        for path in files(folder, "log_data/*/*/*.json")
        for line in path.read_text().split("\n")
        if line
    )


def hours(counts: Counts) -> Iterator[datetime]:
    """Each hour of the days that have events, in order."""
    hour, last = min(counts).replace(hour=0), max(counts).replace(hour=23)
    while hour <= last:
        yield hour
        hour += HOUR


def halved(counts: Counts, start: datetime, end: datetime) -> Counts:
    """The counts with half of the rows of each hour of some time taken away."""
    return Counter({hour: n // 2 if start <= hour < end else n for hour, n in counts.items()})


def history_of(counts: Counts) -> History:
    """A load of each hour, in order."""
    return History(
        CountedLoad(number, Window(hour, hour + HOUR), counts[hour])
        for number, hour in enumerate(hours(counts))
    )


def judged(counts: Counts, span: timedelta) -> list[Figures]:
    """The figures of each hour, or of the 24 hours up to its end, that could be judged."""
    history = history_of(counts)
    windows = [Window(hour + HOUR - span, hour + HOUR) for hour in hours(counts)]
    return [known for known in map(history.figures_of, windows) if known is not None]


def alarms(counts: Counts, span: timedelta) -> list[Figures]:
    return [figures for figures in judged(counts, span) if figures.rows < figures.limit]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Counts]:
    def make(**parameters: int) -> Counts:
        folder = tmp_path_factory.mktemp("volume") / "data"
        write(folder, Parameters(**parameters))
        return events_by_hour(folder)

    return make


@pytest.fixture(scope="module")
def month(generated: Any) -> Counts:
    """The month that `make demo` loads."""
    return generated()


@pytest.fixture(scope="module")
def busy(generated: Any) -> Counts:
    """Five weeks with about 400 events an hour."""
    return generated(days=35, events=336_000)


def test_the_sample_month_loaded_hour_by_hour_gives_no_false_alarm(month):
    assert (len(judged(month, HOUR)), len(judged(month, DAY))) == (48, 25)
    assert [*alarms(month, HOUR), *alarms(month, DAY)] == []


@pytest.mark.skipif(not REAL_DATA.is_dir(), reason="the real data is not on this machine")
def test_the_ten_real_days_loaded_hour_by_hour_give_no_false_alarm():
    real = events_by_hour(REAL_DATA)
    assert real.total() > 1800
    assert [*alarms(real, HOUR), *alarms(real, DAY)] == []


def test_half_of_a_day_of_the_sample_month_is_missed_on_that_day(month):
    for day in (29, 30):
        midnight = datetime(2018, 11, day, tzinfo=UTC)
        less = halved(month, midnight, midnight + DAY)
        assert any(midnight < figures.window.end for figures in alarms(less, DAY)), day
        assert alarms(less, HOUR) == []  # eight events an hour: half of them is noise


def test_half_of_an_hour_is_missed_where_hours_have_hundreds_of_rows(busy):
    assert alarms(busy, HOUR) == []
    peak = [hour for hour in list(hours(busy))[-7 * 24 :] if 15 <= hour.hour < 20]
    caught = [
        hour
        for hour in peak
        if Window(hour, hour + HOUR)
        in {figures.window for figures in alarms(halved(busy, hour, hour + HOUR), HOUR)}
    ]
    able = [
        figures.window.start
        for figures in judged(busy, HOUR)
        if figures.window.start in peak and figures.rows / 2 < figures.limit
    ]
    assert caught == able
    assert len(caught) > len(peak) / 2


def loads(*spans: tuple[int, int, int]) -> History:
    """Loads, in their order, of some hours of one day: first hour, end, rows."""
    midnight = TEN.replace(hour=0)
    return History(
        CountedLoad(number, Window(midnight + first * HOUR, midnight + end * HOUR), rows)
        for number, (first, end, rows) in enumerate(spans)
    )


@pytest.mark.parametrize(
    ("history", "rows"),
    [
        pytest.param(loads((10, 11, 5)), 5, id="one load of the hour"),
        pytest.param(loads((10, 11, 5), (10, 11, 7)), 7, id="the newest load counts"),
        pytest.param(loads(), None, id="never loaded"),
        pytest.param(loads((0, 24, 90)), None, id="loaded with the day alone"),
        pytest.param(loads((10, 11, 5), (0, 24, 90)), 5, id="its own load, before the day's"),
    ],
)
def test_the_rows_of_an_hour_are_those_of_its_newest_own_load(history, rows):
    assert history.rows_of(Window(TEN, TEN + HOUR)) == rows


@pytest.mark.parametrize(
    ("history", "rows"),
    [
        pytest.param(loads(*((n, n + 1, n) for n in range(24))), 276, id="24 hours"),
        pytest.param(loads(*((n, n + 1, n) for n in range(23))), None, id="an hour is missing"),
        pytest.param(loads((0, 12, 30), (12, 24, 50)), 80, id="two halves"),
        pytest.param(loads((0, 24, 90), (0, 12, 30), (12, 24, 50)), 80, id="halves after it all"),
        pytest.param(loads((0, 12, 30), (0, 24, 90)), 90, id="all of it after a half"),
        pytest.param(loads((0, 24, 90), (3, 4, 9)), None, id="an hour of the day again"),
    ],
)
def test_the_rows_of_a_day_are_those_of_the_newest_loads_that_cover_it(history, rows):
    midnight = TEN.replace(hour=0)
    assert history.rows_of(Window(midnight, midnight + DAY)) == rows


@pytest.fixture
def weeks(warehouse: Any) -> Callable[..., None]:
    """Writes loads of one time of the weeks before into the ledger."""

    def write_loads(*rows: int, start: datetime = TEN, span: timedelta = HOUR) -> None:
        for week, kept in enumerate(rows, 1):
            load(
                warehouse,
                50 - week,
                run_id=OTHER_RUN,
                rows_staged=kept,
                window_start=f"{start - week * WEEK:%Y-%m-%d %H:%M}",
                window_end=f"{start - week * WEEK + span:%Y-%m-%d %H:%M}",
            )

    return write_loads


PASSED, WARNED = {"passed": 1, "warned": 0, "failed": 0}, {"passed": 0, "warned": 1, "failed": 0}


def test_an_hour_with_half_of_its_rows_warns_with_the_figures(warehouse, weeks, conn_type):
    weeks(390, 400, 400, 420)
    load(warehouse, 60, rows_staged=200)
    assert check(VOLUME) == WARNED
    ((rows, sample),) = query(warehouse, "select failing_rows, sample_rows from quality_results")
    assert rows == 1
    assert json.loads(sample) == [
        {
            "judged": "2018-11-05T10:00Z to 2018-11-05T11:00Z",
            "rows": 200,
            "median": 400.0,
            "mad": 5.0,
            "like_windows": 4,
            "limit": 240.0,
        }
    ]


def test_an_hour_with_as_many_rows_as_before_or_with_more_passes(warehouse, weeks):
    weeks(390, 400, 400, 420)
    for load_id, rows in enumerate((400, 260, 2000), 60):
        load(warehouse, load_id, rows_staged=rows)
        assert check(VOLUME) == PASSED


def test_weeks_that_differ_much_and_small_hours_are_not_told_from_noise(warehouse, weeks):
    weeks(100, 300, 600, 700)
    load(warehouse, 60, rows_staged=50)
    assert check(VOLUME) == PASSED
    query(warehouse, "delete from load_ledger")
    weeks(8, 8, 8, 8, 8, 8)
    load(warehouse, 61, rows_staged=1)
    assert check(VOLUME) == PASSED


def test_fewer_than_four_like_windows_pass_and_those_of_nine_weeks_ago_do_not_count(
    warehouse, weeks
):
    weeks(400, 400, 400)
    weeks(400, 400, 400, start=TEN - 8 * WEEK)
    weeks(400, 400, 400, start=TEN - DAY)
    weeks(400, 400, 400, start=TEN - HOUR)
    load(warehouse, 60, rows_staged=0)
    assert check(VOLUME) == PASSED
    weeks(400, start=TEN - 7 * WEEK)
    assert check(VOLUME) == WARNED


def test_a_window_that_no_load_has_is_not_judged(warehouse, weeks):
    weeks(400, 400, 400, 400)
    assert check(VOLUME) == PASSED


def test_the_rows_of_all_files_of_a_load_are_counted_and_ignored_files_are_not(warehouse, weeks):
    weeks(400, 400, 400, 400)
    for name, rows in (("a", 150), ("a-2", 150)):
        load(warehouse, 60, object_key=name, rows_staged=rows)
    load(warehouse, 60, object_key="a-3", rows_staged=None)
    assert check(VOLUME) == PASSED
    query(warehouse, "update load_ledger set ignored_by = 'hidden' where object_key = 'a-2'")
    assert check(VOLUME) == WARNED


def test_the_24_hours_up_to_the_end_of_an_hour_are_judged_beside_it(warehouse, weeks):
    """Each hour has too few rows to be judged alone; the day has enough."""
    first = TEN + HOUR - DAY
    for number in range(24):
        weeks(12, 12, 12, 12, start=first + number * HOUR)
        start = first + number * HOUR
        load(warehouse, 60 + number, rows_staged=5, window_start=f"{start:%Y-%m-%d %H:%M}",
             window_end=f"{start + HOUR:%Y-%m-%d %H:%M}")  # fmt: skip
    assert check(VOLUME) == WARNED
    ((sample,),) = query(warehouse, "select sample_rows from quality_results")
    assert [(row["judged"], row["rows"], row["median"]) for row in json.loads(sample)] == [
        ("2018-11-04T11:00Z to 2018-11-05T11:00Z", 120, 288)
    ]


def judge(warehouse: Any, start: datetime, end: datetime) -> list[str]:
    """The days or hours of a run's window that have too few rows."""
    from sparkify.warehouse.session import Warehouse

    with Warehouse.connect("redshift_default") as session:
        result = VOLUME.run(session, Window(start, end).bindings())
    return [row["judged"] for row in result.sample]


def test_a_longer_window_is_judged_by_its_whole_days(warehouse, weeks):
    midnight = TEN.replace(hour=0)
    for number, rows in enumerate((100, 300, 120)):
        day = midnight + number * DAY
        weeks(300, 300, 300, 300, start=day, span=DAY)
        insert(
            warehouse, "load_ledger", load_id=90, table_name="staging_events", object_key="a",
            rows_staged=rows, window_start=f"{day:%Y-%m-%d}", window_end=f"{day + DAY:%Y-%m-%d}",
        )  # fmt: skip
    monday, wednesday = (
        f"{day:%Y-%m-%d}T00:00Z to {day + DAY:%Y-%m-%d}T00:00Z"
        for day in (midnight, midnight + 2 * DAY)
    )
    assert judge(warehouse, midnight, midnight + 3 * DAY) == [monday, wednesday]
    assert judge(warehouse, midnight + HOUR, midnight + 3 * DAY) == [wednesday]
    assert judge(warehouse, midnight + HOUR, midnight + 5 * HOUR) == []


def test_every_partitioned_staging_table_is_judged_with_one_statement(warehouse, endpoint):
    from local.redshift.history.statement_record import read_record

    tables = [table.name for table in STAGING if isinstance(table.source, Partitioned)]
    checks = [each for each in checks_after_loads() if isinstance(each, VolumeCheck)]
    assert [each.table.name for each in checks] == tables
    before = len(read_record(endpoint.record))
    judge(warehouse, TEN, TEN + HOUR)
    sent = [sql for sql in read_record(endpoint.record)[before:] if "load_ledger" in sql]
    assert len(sent) == 1
