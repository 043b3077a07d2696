"""The window that a run loads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from sparkify.warehouse.statements import over_all_time
from sparkify.window import ALL_TIME, InvalidWindow, Window, resolve_window

NOON = datetime(2018, 11, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_scheduled_run_loads_the_hour_of_its_interval():
    window = resolve_window({}, interval=(NOON, NOON + HOUR), run_after=NOON + 5 * HOUR)
    assert window == Window(NOON, NOON + HOUR)


def test_the_form_takes_precedence_over_the_interval():
    window = resolve_window(
        {"window_start": "2018-11-01T00:00:00Z", "window_end": "2018-12-01T00:00:00+00:00"},
        interval=(NOON, NOON + HOUR),
        run_after=NOON,
    )
    assert window == Window(datetime(2018, 11, 1, tzinfo=UTC), datetime(2018, 12, 1, tzinfo=UTC))


@pytest.mark.parametrize("interval", [None, (NOON, NOON)], ids=["none", "no width"])
def test_without_form_and_interval_the_last_full_hour_is_loaded(interval):
    window = resolve_window({}, interval=interval, run_after=NOON + timedelta(minutes=59))
    assert window == Window(NOON - HOUR, NOON)


def test_a_time_without_zone_is_in_utc_and_one_with_a_zone_is_converted():
    window = resolve_window(
        {"window_start": "2018-11-01", "window_end": "2018-11-01T02:00:00+01:00"},
        interval=None,
        run_after=NOON,
    )
    midnight = datetime(2018, 11, 1)
    assert window.bindings() == {"window_start": midnight, "window_end": midnight + HOUR}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"window_start": "2018-11-01"}, "window_start was given without window_end"),
        ({"window_end": "2018-11-01"}, "window_end was given without window_start"),
        ({"window_start": "soon", "window_end": "2018-11-01"}, "'soon' is no time"),
        (
            {"window_start": "1'; drop table users; --", "window_end": "2018-11-01"},
            "is no time in ISO 8601",
        ),
        ({"window_start": "2018-11-02", "window_end": "2018-11-01"}, "is not before"),
        ({"window_start": "0005-11-01", "window_end": "2018-11-01"}, "is not between 1970 and"),
        ({"window_start": "2018-11-01", "window_end": "9999-12-31"}, "is not between 1970 and"),
        ({"window_start": "2018-11-01", "window_end": "2018-11-01"}, "is not before"),
        (
            {"window_start": "2008-11-01", "window_end": "2018-11-01"},
            "longer than 2,000 days: load it in several runs",
        ),
    ],
)
def test_an_invalid_window_is_refused_with_the_reason(params, message):
    with pytest.raises(InvalidWindow, match=message):
        resolve_window(params, interval=None, run_after=NOON)


def test_a_window_of_2000_days_is_the_longest():
    start = datetime(2013, 5, 12, tzinfo=UTC)
    edges = {"window_start": start.isoformat(), "window_end": "2018-11-02T00:00:00Z"}
    window = resolve_window(edges, interval=None, run_after=NOON)
    assert window.end - window.start == timedelta(days=2000)
    with pytest.raises(InvalidWindow, match="longer than"):
        resolve_window(
            edges | {"window_end": "2018-11-02T00:00:01Z"}, interval=None, run_after=NOON
        )


def test_all_time_is_the_window_of_a_run_that_names_none_only_where_it_is_asked_for():
    settings = {"interval": None, "run_after": NOON}
    empty = {"window_start": None, "window_end": ""}
    assert resolve_window(empty, **settings, otherwise=ALL_TIME) == ALL_TIME
    assert resolve_window(empty, **settings) != ALL_TIME
    hour = {"window_start": "2018-11-05T10:00:00Z", "window_end": "2018-11-05T11:00:00Z"}
    assert resolve_window(hour, **settings, otherwise=ALL_TIME) == resolve_window(hour, **settings)
    with pytest.raises(InvalidWindow, match="window_start was given without window_end"):
        resolve_window(hour | {"window_end": None}, **settings, otherwise=ALL_TIME)
    written = {f"window_{edge}": f"{getattr(ALL_TIME, edge):%Y-%m-%d}" for edge in ("start", "end")}
    with pytest.raises(InvalidWindow, match="longer than"):
        resolve_window(written, **settings)


def test_all_time_is_the_time_of_checks_of_whole_tables():
    sql = over_all_time("%(window_start)s %(window_end)s")
    assert sql == "'{window_start:%Y-%m-%d}' '{window_end:%Y-%m-%d}'".format(**ALL_TIME.bindings())


def test_a_month_is_made_of_its_days():
    window = Window(datetime(2018, 11, 1, tzinfo=UTC), datetime(2018, 12, 1, tzinfo=UTC))
    days = list(window.partitions("day"))
    assert len(days) == 30
    assert days[0].start == window.start
    assert days[-1].end == window.end
    assert all(day.end == following.start for day, following in pairwise(days))


def test_an_hour_before_midnight_in_another_zone_is_in_the_day_that_utc_says():
    east = timezone(timedelta(hours=2))
    window = Window(datetime(2018, 11, 5, 1, tzinfo=east), datetime(2018, 11, 5, 3, tzinfo=east))
    days = [day.start.date().isoformat() for day in window.partitions("day")]
    assert days == ["2018-11-04", "2018-11-05"]


def test_a_window_over_new_year_consists_of_both_months():
    window = Window(datetime(2018, 12, 31, 23, tzinfo=UTC), datetime(2019, 1, 1, 1, tzinfo=UTC))
    months = [month.start.isoformat()[:7] for month in window.partitions("month")]
    assert months == ["2018-12", "2019-01"]
    assert len(list(window.partitions("hour"))) == 2


def test_a_window_of_decades_is_refused_before_its_days_are_listed():
    window = Window(datetime(1990, 1, 1, tzinfo=UTC), datetime(2018, 1, 1, tzinfo=UTC))
    with pytest.raises(InvalidWindow, match="more than 2000 days: load it in several runs"):
        list(window.partitions("day"))
    assert len(list(window.partitions("month"))) == 28 * 12


def test_a_window_is_shown_with_its_full_precision():
    start = datetime(2018, 11, 5, 7, 0, 0, 500_000, tzinfo=UTC)
    assert str(Window(start, NOON)) == "2018-11-05T07:00:00.500Z to 2018-11-05T12:00Z"
