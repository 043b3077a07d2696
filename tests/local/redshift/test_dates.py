"""Dates and times: counted, added to, cut and read as Redshift's manual says."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from redshift_connector import ProgrammingError

from tests.local.redshift.conftest import Loader


@pytest.mark.parametrize(
    ("call", "boundaries"),
    [
        ("datediff(year, date '2021-12-31', date '2022-01-01')", 1),
        ("datediff(qtr, '2021-03-31', '2021-04-01 00:00')", 1),
        ("datediff(mon, date '2021-01-01', date '2021-01-31')", 0),
        ("datediff(month, timestamp '2021-03-01', timestamp '2020-12-31')", -3),
        ("datediff(d, timestamp '2021-05-01 23:59', timestamp '2021-05-03 00:00')", 2),
        ("datediff(hour, '2021-05-01 10:59:59', '2021-05-01 11:00:00')", 1),
        ("datediff(m, '2021-05-01 10:00:01', '2021-05-01 10:00:59')", 0),
        ("datediff(sec, timestamp '2021-05-01 10:00:00.9', timestamp '2021-05-01 10:00:01.1')", 1),
        ("datediff(ms, timestamp '1969-12-31 23:59:59.9999', timestamp '1970-01-01')", 1),
        ("datediff(week, '2021-05-05', '2021-05-19')", 2),
        ("datediff(decade, '2019-12-31', '2020-01-01')", 1),
        ("datediff(century, '2000-12-31', '2001-01-01')", 1),
        ("datediff(hours, time '08:59', time '10:00')", 2),
        ("datediff(minute, timetz '08:00 EST', timetz '13:01 UTC')", 1),
        ("datediff(hour, timestamptz '2021-05-01 00:00+02', timestamptz '2021-05-01 00:00+00')", 2),
        ("date_diff('day', current_date, sysdate)", 0),
    ],
)
def test_datediff_counts_the_boundaries_between(loader: Loader, call: str, boundaries: int) -> None:
    assert loader.execute(f"select {call}") == [(boundaries,)]


def test_datediff_by_week_is_refused_where_the_first_day_matters(loader: Loader) -> None:
    with pytest.raises(ProgrammingError, match="DATEDIFF by week is not emulated"):
        loader.execute("select datediff(week, date '2021-05-01', date '2021-05-02')")


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("dateadd(month, 1, '2021-01-31')", datetime(2021, 2, 28)),
        ("dateadd(quarter, -1, date '2021-05-31')", datetime(2021, 2, 28)),
        ("dateadd(year, 1, '2020-02-29')", datetime(2021, 3, 1)),
        ("dateadd(year, 4, '2020-02-29')", datetime(2024, 2, 29)),
        ("dateadd(months, 12, '2020-02-29')", datetime(2021, 2, 28)),
        ("dateadd(w, 2, date '2021-05-01')", datetime(2021, 5, 15)),
        ("dateadd(ms, 1500, '2021-05-01')", datetime(2021, 5, 1, 0, 0, 1, 500_000)),
        ("dateadd(hrs, 3, time '22:30')", time(1, 30)),
        ("add_months('2021-02-28', 1)", datetime(2021, 3, 31)),
        ("add_months(date '2021-01-30', 1)", datetime(2021, 2, 28)),
        ("add_months(timestamp '2021-04-30 10:20', -2)", datetime(2021, 2, 28, 10, 20)),
        ("months_between('2021-05-31', '2021-02-28')", 3.0),
        ("months_between(date '2021-02-10', date '2021-03-10')", -1.0),
        ("round(months_between('2021-03-16', '2021-02-01'), 4)", 1.4839),
        ("last_day(date '2024-02-02')", date(2024, 2, 29)),
        ("next_day('2021-05-03', 'mon')", date(2021, 5, 10)),
        ("next_day(date '2021-05-03', 'Su')", date(2021, 5, 9)),
        ("trunc(timestamp '2021-05-03 23:59')", date(2021, 5, 3)),
        ("date_trunc('qtr', date '2021-05-03')", datetime(2021, 4, 1)),
        ("date_trunc('week', '2021-05-02 10:00')", datetime(2021, 4, 26)),
        ("convert_timezone('America/New_York', '2021-07-01 12:00')", datetime(2021, 7, 1, 8)),
        ("to_date('20210231', 'YYYYMMDD')", date(2021, 3, 3)),
        ("to_timestamp('2021-12-31 25:00', 'YYYY-MM-DD HH24:MI')::timestamp",
         datetime(2022, 1, 1, 1)),
        ("date_cmp('2021-01-02', '2021-01-01')", 1),
        ("timestamp_cmp_date('2021-01-01 00:01', '2021-01-01')", 1),
        ("interval_cmp('1 day', '25 hours')", -1),
    ],
)  # fmt: skip
def test_date_arithmetic_is_as_in_redshift(loader: Loader, call: str, value: Any) -> None:
    assert loader.execute(f"select {call}") == [(value,)]


@pytest.mark.parametrize(
    ("part", "of", "value"),
    [
        ("epoch", "timestamp '2021-05-01 00:00:00.9'", 1619827200),
        ("dayofweek", "date '2021-05-02'", 0),
        ("weekday", "timestamp '2021-05-03'", 1),
        ("doy", "date '2021-02-01'", 32),
        ("w", "date '2021-01-03'", 53),
        ("sec", "timestamp '2021-05-01 00:00:59.999999'", 59),
        ("ms", "time '10:00:01.234567'", 234),
        ("us", "timestamp '2021-05-01 10:00:01.234567'", 567),
        ("decade", "date '2021-05-01'", 202),
        ("century", "date '2021-05-01'", 21),
        ("qtr", "date '2021-05-01'", 2),
        ("hour", "interval '26 hours'", 26),
    ],
)
def test_a_date_part_is_an_integer_in_every_syntax(
    loader: Loader, part: str, of: str, value: int
) -> None:
    rows = loader.execute(
        f"select extract({part} from {of}), date_part({part}, {of}), date_part('{part}', {of}),"
        f" pg_typeof(extract({part} from {of}))::varchar from pg_catalog.pg_class limit 1"
    )
    assert rows == [(value, value, value, "integer")]


def test_a_date_part_of_a_timestamptz_is_a_double(loader: Loader) -> None:
    ((hour,),) = loader.execute("select extract(hour from timestamptz '2021-05-01 10:59+00')")
    assert (hour, type(hour)) == (10, float)


def test_an_epoch_times_a_thousand_overflows_as_in_redshift(loader: Loader) -> None:
    with pytest.raises(ProgrammingError, match="integer out of range"):
        loader.execute("select extract(epoch from timestamp '2021-05-01') * 1000")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("dateadd(day, 1, time '10:00')", "a time with the date part day"),
        ("datediff(month, time '10:00', time '11:00')", "a time with the date part month"),
        ("datediff(fortnight, date '2021-01-01', date '2021-01-02')", "date part fortnight"),
        ("datediff(dow, date '2021-01-01', date '2021-01-02')", "DATEDIFF with the date part dow"),
        ("extract(blue from date '2021-01-01')", "date part blue is not supported"),
        ("next_day('2021-01-01', 'someday')", "NEXT_DAY does not know the day someday"),
        ("to_date('20210231', 'YYYYMMDD', true)", "out of range"),
    ],
)
def test_an_invalid_date_part_or_day_is_refused(loader: Loader, call: str, words: str) -> None:
    with pytest.raises(ProgrammingError, match=words):
        loader.execute(f"select {call}")


def test_date_functions_take_columns_and_bound_values(loader: Loader) -> None:
    loader.execute("create table t (d date, ts timestamp)")
    cursor = loader.connection.cursor()
    cursor.execute("insert into t values (%s, %s)", (date(2021, 1, 31), datetime(2021, 2, 1, 10)))
    cursor.execute(
        "select datediff(day, d, ts), dateadd(month, %s, d), dateadd(hour, 1, ts), last_day(ts),"
        " date_part(dow, d), trunc(ts) from t where datediff(hour, d, ts) > %s",
        (1, 33),
    )
    assert [tuple(row) for row in cursor.fetchall()] == [
        (1, datetime(2021, 2, 28), datetime(2021, 2, 1, 11), date(2021, 2, 28), 0, date(2021, 2, 1))
    ]
