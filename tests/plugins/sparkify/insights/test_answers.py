"""The answers equal rows that were counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import redshift_connector

from sparkify.insights.answers import (
    INSIGHTS,
    TABS,
    TRUST,
    Answer,
    insight,
    insights,
    last_day,
    question_of,
    trust,
)
from sparkify.insights.selection import Selection
from sparkify.insights.views import make_views
from sparkify.model import TABLES
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from tests.plugins.sparkify.insights.conftest import DAMAGED, LANTERNS, view
from tests.quality.good_data import insert
from tests.support.runs import query

WEEK = Selection(date(2018, 11, 4), date(2018, 11, 10))
MONTH = Selection(date(2018, 11, 1), date(2018, 11, 30))
TWO_DAYS = Selection(date(2018, 11, 6), date(2018, 11, 7))
SUNDAY, MONDAY, TUESDAY = (date(2018, 11, day) for day in (4, 5, 6))


def number(text: str) -> Decimal:
    return Decimal(text)


EXPECTED: dict[str, list[tuple[Any, ...]]] = {
    "headline_listening": [(6, number("0.38"), 2, 3, 3)],
    "most_played_songs": [
        ("Été", LANTERNS, 3, 1, None),
        ("Northbound", LANTERNS, 2, 2, "S1"),
        (DAMAGED, "SÃO PAULO", 1, 1, None),
    ],
    "most_played_artists": [(LANTERNS, 2, 5, 2), ("SÃO PAULO", 1, 1, 1)],
    "plays_by_hour": [(0, 10, 2, 1), (1, 23, 1, 1), (2, 0, 1, 1), (2, 10, 2, 1)],
    "top_songs_by_hour": [
        (0, "Été", LANTERNS, 1),
        (10, "Été", LANTERNS, 2),
        (23, "Northbound", LANTERNS, 1),
    ],
    "plays_by_location": [
        ("London", 4, 1, number("0.25"), "Été", LANTERNS),
        ("Paris", 1, 1, number("0.05"), "Northbound", LANTERNS),
        ("Zürich", 1, 1, number("0.08"), DAMAGED, "SÃO PAULO"),
    ],
    "plays_by_level": [
        ("free", 3, 1, 1, number("0.20")),
        ("paid", 3, 1, 2, number("0.18")),
    ],
    "plays_by_day": [
        (SUNDAY, "free", 2, 1, number("0.12")),
        (MONDAY, "paid", 1, 1, number("0.05")),
        (TUESDAY, "free", 1, 1, number("0.08")),
        (TUESDAY, "paid", 2, 1, number("0.13")),
    ],
    "headline_listeners": [(2, 2, number("0.5"), number("55"), 1)],
    "active_listeners": [
        (SUNDAY, 1, 1, 1, number("1")),
        (MONDAY, 1, 2, 2, number("0.5")),
        (TUESDAY, 1, 2, 2, number("0.5")),
    ],
    "listeners_by_day": [(SUNDAY, 1, 0), (MONDAY, 1, 0), (TUESDAY, 0, 1)],
    "retention": [
        (date(2018, 10, 29), 1, 0, 1, number("1")),
        (date(2018, 10, 29), 1, 1, 1, number("1")),
        (MONDAY, 1, 0, 1, number("1")),
    ],
    "gone_listeners": [],
    "plan_changes": [
        ("upgrade", 1, "Upgrade", 1, 1, number("1")),
        ("upgrade", 2, "Submit Upgrade", 1, 1, number("1")),
        ("downgrade", 1, "Downgrade", 1, 1, number("1")),
        ("downgrade", 2, "Submit Downgrade", 0, 0, number("0")),
        ("cancellation", 1, "Cancel", 0, 0, None),
        ("cancellation", 2, "Cancellation Confirmation", 0, 0, None),
    ],
    "conversions": [
        ("7", datetime(2018, 11, 6, 0, 10), 2),
        ("7", datetime(2018, 11, 6, 10, 12), 4),
    ],
    "session_lengths": [
        (0, "under 1", 0, 2),
        (1, "1 to 5", 0, 1),
        (5, "5 to 15", 1, 1),
        (15, "15 to 30", 0, 1),
        (30, "30 to 60", 1, 0),
        (60, "60 to 120", 0, 0),
        (120, "120 to 240", 0, 0),
        (240, "240 and more", 1, 0),
    ],
    "sessions": [
        (3, "7", datetime(2018, 11, 6, 0, 10), number("603"), 3, 4),
        (2, "8", datetime(2018, 11, 5, 23, 30), number("55"), 1, 3),
        (1, "7", datetime(2018, 11, 4, 10), number("10"), 2, 3),
    ],
    "listener_segments": [
        ("regular", 2, 0, 6, number("0.38")),
    ],
    "listeners_by_gender": [
        ("F", 1, 5, number("0.33"), number("0.4")),
        ("M", 1, 1, number("0.05"), number("1")),
    ],
    "pages": [
        ("NextSong", 6, number("0.5455"), 2, 3, 0),
        ("Downgrade", 1, number("0.0909"), 1, 1, 0),
        ("Error", 1, number("0.0909"), 1, 1, 1),
        ("Home", 1, number("0.0909"), 0, 1, 0),
        ("Submit Upgrade", 1, number("0.0909"), 1, 1, 0),
        ("Upgrade", 1, number("0.0909"), 1, 1, 0),
    ],
    "devices": [
        ("computer", "Windows", "Chrome", 1, 7, number("0.7")),
        ("phone", "iOS", "Safari", 1, 3, number("0.3")),
    ],
    "headline_catalogue": [(6, 3, 2, 2, 1)],
    "catalogue_coverage": [
        (SUNDAY, 2, 1, number("0.5"), 1),
        (MONDAY, 1, 1, number("1"), 0),
        (TUESDAY, 3, 0, number("0"), 0),
    ],
    "unmatched_songs": [(DAMAGED, "SÃO PAULO", 1, 1)],
    "damaged_text": [("song", DAMAGED, None, 1), ("song", "Ã\x89tÃ©", "Été", 1)],
}


@pytest.fixture
def session(plays: Any, connections: None) -> Any:
    with Warehouse.connect("redshift_default") as warehouse, warehouse.read_only():
        yield warehouse


def test_every_insight_has_an_expectation():
    assert EXPECTED.keys() == INSIGHTS.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_an_answer_is_what_was_counted_by_hand(session, conn_type, name):
    assert list(insight(session, name, WEEK).rows) == EXPECTED[name]


def test_a_day_before_counts_who_is_new_and_who_began_to_pay(session):
    tuesday = Selection(date(2018, 11, 6), date(2018, 11, 6))
    assert insight(session, "listeners_by_day", tuesday).rows == ((date(2018, 11, 6), 0, 1),)
    assert insight(session, "conversions", tuesday).rows[0][2] == 2


def test_a_period_without_a_play_has_answers_without_rows_or_of_zeros(session):
    for tab in TABS:
        answers = dict(insights(session, tab, Selection(date(2017, 1, 1), date(2017, 1, 2))))
        headline, before = answers.pop("headline"), answers.pop("headline_before")
        assert headline.rows == before.rows
        assert not any(headline.rows[0])
        for name, answer in answers.items():
            if name in ("plan_changes", "session_lengths"):  # their steps are always the same
                counts = [value for row in answer.rows for value in row[-2:]]
                assert counts
                assert not any(counts), name
            else:
                assert not answer.rows, name


def test_the_period_before_is_as_long_and_ends_where_it_begins(session):
    answers = dict(insights(session, "listening", TWO_DAYS))
    assert answers["headline_before"].records()[0]["plays"] == 3


def test_a_listener_is_gone_who_has_been_away_for_14_days(session, conn_type):
    assert insight(session, "gone_listeners", MONTH).rows == (
        ("7", "paid", datetime(2018, 11, 6, 10, 13), 18, "Submit Upgrade", 5, 0, 2),
        ("8", "paid", datetime(2018, 11, 6, 0, 25), 18, "Downgrade", 1, 1, 1),
    )


@pytest.mark.parametrize(
    ("name", "filters", "expected"),
    [
        ("headline_listening", {"level": "paid"}, [(3, number("0.18"), 2, 2, 3)]),
        ("headline_listening", {"location": "London"}, [(4, number("0.25"), 1, 2, 2)]),
        ("headline_listening", {"level": "free", "location": "Paris"}, [(0, 0, 0, 0, None)]),
        ("headline_catalogue", {"level": "free"}, [(3, 3, 2, 1, 1)]),
        ("listeners_by_gender", {"location": "Paris"}, [("M", 1, 1, number("0.05"), 1)]),
        ("active_listeners", {"level": "free"}, [(SUNDAY, 1, 1, 1, 1), (TUESDAY, 1, 1, 1, 1)]),
        ("retention", {"location": "Paris"}, [(MONDAY, 1, 0, 1, 1)]),
        ("conversions", {"location": "Paris"}, []),
        ("pages", {"location": "Zürich"}, [("NextSong", 1, 1, 1, 1, 0)]),
    ],
)
def test_an_answer_can_be_that_of_a_level_or_a_location(
    session, conn_type, name, filters, expected
):
    assert list(insight(session, name, replace(WEEK, **filters)).rows) == expected


def test_a_visit_ends_after_more_than_30_minutes_without_an_event(plays, session):
    for item, at in enumerate(("10:00:00", "10:30:00", "11:00:01")):
        view(plays, 9, item, f"2018-11-07 {at}", "9", "free", "Home", 200, "Oslo")
    rows = insight(session, "session_lengths", replace(WEEK, location="Oslo")).rows
    assert [row[1:] for row in rows if row[2] or row[3]] == [
        ("under 1", 0, 1),
        ("30 to 60", 0, 1),
        ("60 to 120", 1, 0),
    ]


LISTENERS = ["active_listeners", "conversions", "headline_listeners", "listener_segments",
             "listeners_by_day", "retention"]  # fmt: skip


@pytest.mark.parametrize("name", LISTENERS)
def test_plays_of_nobody_are_no_listener(plays, session, name):
    for item, level in enumerate(("free", "paid")):
        insert(plays, "songplays", songplay_id=f"99-{item}", session_id=99, level=level,
               start_time=f"2018-11-06 1{item}:00:00", user_id=None)  # fmt: skip
    assert list(insight(session, name, WEEK).rows) == EXPECTED[name]


def test_more_listeners_may_reach_the_second_step_than_the_first(plays, session):
    for user in range(11, 31):
        at = "2018-11-06 12:00:00"
        view(plays, user, 0, at, str(user), "free", "Submit Upgrade", 307, "London")
    assert insight(session, "plan_changes", WEEK).rows[1][-3:] == (21, 21, 21)


@pytest.mark.parametrize("name", INSIGHTS)
def test_each_answer_heeds_the_filters(session, name):
    """No row of a location that no play has, nor a count above zero."""
    rows = insight(session, name, replace(MONTH, location="Nowhere")).rows
    numbers = [value for row in rows for value in row if isinstance(value, (int, Decimal))]
    if name in ("plan_changes", "session_lengths"):
        numbers = [value for row in rows for value in row[-2:] if value is not None]
    assert not any(numbers)


def test_truncated_answers_say_so(session):
    answer = insight(session, "most_played_songs", WEEK, 2)
    assert (len(answer.rows), answer.more) == (2, True)
    assert not insight(session, "most_played_songs", WEEK, 3).more


@pytest.mark.parametrize("folder", ["insights", "trust"])
def test_each_statement_begins_with_the_question_that_it_answers(folder):
    for name in {"insights": INSIGHTS, "trust": TRUST}[folder]:
        assert question_of(folder, name).endswith("?")


def test_views_answer_over_all_time(plays, connections):
    query(plays, statement("migrations/schema_migrations.sql"))
    with Warehouse.connect("redshift_default") as warehouse:
        names = make_views(warehouse)
    assert names == ["plays", *(f"insight_{name}" for name in INSIGHTS)]
    for name in names:
        query(plays, f"select * from {name}")
    songs = query(plays, "select title, plays from insight_most_played_songs order by 2 desc, 1")
    assert songs[:2] == [("Northbound", 3), ("Été", 3)]


def test_reads_cannot_write(plays, connections, conn_type):
    refused = (psycopg.errors.ReadOnlySqlTransaction, redshift_connector.ProgrammingError)
    with (
        Warehouse.connect("redshift_default") as warehouse,
        pytest.raises(refused, match="read-only"),
        warehouse.read_only(),
    ):
        warehouse.execute("delete from songplays")
    assert query(plays, "select count(*) from songplays") == [(7,)]


def test_the_newest_play_says_which_days_there_are(session):
    assert last_day(session) == date(2018, 11, 12)


def test_an_empty_warehouse_has_no_day_and_can_still_be_trusted(warehouse):
    with Warehouse.connect("redshift_default") as session:
        assert last_day(session) is None
        answers = trust(session)
    assert len(answers["freshness"].rows) == len(TABLES)
    assert answers["checked_up_to"].rows == ((None,),)
    others = set(TRUST) - {"freshness", "checked_up_to"}
    assert not any(answers[name].rows for name in others)


def test_trust_shows_loads_rejects_and_checks_of_the_last_days_only(warehouse):
    for at in ("2018-11-05 10:00", "2018-09-01 10:00"):
        for table, columns, values in (
            (
                "quality_results",
                "dag_id, run_id, task_id, check_name, severity, status, failing_rows, checked_at",
                f"'d', 'r', 't', 'c', 'error', 'failed', 2, '{at}'",
            ),
            (
                "load_errors",
                "load_id, table_name, object_key, column_name, reason, rejected_at",
                f"1, 'staging_events', 's3://b/k', 'ts', 'Invalid', '{at}'",
            ),
            (
                "load_ledger",
                "load_id, table_name, object_key, rows_read, rows_rejected, loaded_at",
                f"1, 'staging_events', 's3://b/k', 5, 1, '{at}'",
            ),
        ):
            query(warehouse, f"insert into {table} ({columns}) values ({values})")
    with Warehouse.connect("redshift_default") as session:
        answers = trust(session)
    assert [row["status"] for row in answers["check_results"].records()] == ["failed"]
    assert [row["rejected_rows"] for row in answers["reject_reasons"].records()] == [1]
    assert [row["rows_read"] for row in answers["last_loads"].records()] == [5]


def test_a_csv_is_quoted_and_runs_no_formula():
    answer = Answer("n", "?", ("title", "plays"), (('=cmd("x")', -1), ('a "b", c', 2)))
    assert answer.as_csv().splitlines() == [
        "title,plays",
        '"\'=cmd(""x"")",-1',
        '"a ""b"", c",2',
    ]
