"""The answers equal rows that were counted by hand."""

from __future__ import annotations

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
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from tests.support.runs import query

WEEK = Selection(date(2018, 11, 4), date(2018, 11, 10))
LANTERNS, DAMAGED = "The Lanterns", "BjÃ¶rk in SÃO"

EXPECTED: dict[str, list[tuple[Any, ...]]] = {
    "headline_listening": [(6, None, 2, 3, 3)],
    "headline_listeners": [(2, None, None, None, None)],
    "headline_catalogue": [(6, 3, 2, 2, None)],
    "most_played_songs": [
        ("Ebb", LANTERNS, 3, 1, None),
        ("Northbound", LANTERNS, 2, 2, "S1"),
        (DAMAGED, "SÃO PAULO", 1, 1, None),
    ],
    "most_played_artists": [(LANTERNS, 2, 5, 2), ("SÃO PAULO", 1, 1, 1)],
    "plays_by_hour": [(0, 10, 2, 1), (1, 23, 1, 1), (2, 0, 1, 1), (2, 10, 2, 1)],
    "plays_by_location": [("London", 4, 1), ("Paris", 1, 1), ("Zürich", 1, 1)],
    "plays_by_level": [("free", 3, 1, 1), ("paid", 3, 1, 2)],
    "plays_by_day": [
        (date(2018, 11, 4), "free", 2, 1),
        (date(2018, 11, 5), "paid", 1, 1),
        (date(2018, 11, 6), "free", 1, 1),
        (date(2018, 11, 6), "paid", 2, 1),
    ],
    "listeners_by_day": [
        (date(2018, 11, 4), 1, 0),
        (date(2018, 11, 5), 1, 0),
        (date(2018, 11, 6), 0, 1),
    ],
    "conversions": [
        ("7", datetime(2018, 11, 6, 0, 10), 2),
        ("7", datetime(2018, 11, 6, 10, 12), 4),
    ],
    "sessions": [
        (1, "7", datetime(2018, 11, 4, 10), Decimal("4.5"), 2),
        (2, "8", datetime(2018, 11, 5, 23, 30), Decimal(0), 1),
        (3, "7", datetime(2018, 11, 6, 0, 10), Decimal(602), 3),
    ],
    "catalogue_coverage": [
        (date(2018, 11, 4), 2, 1, Decimal("0.5")),
        (date(2018, 11, 5), 1, 1, Decimal(1)),
        (date(2018, 11, 6), 3, 0, Decimal(0)),
    ],
    "unmatched_songs": [("Ebb", LANTERNS, 3, 1), (DAMAGED, "SÃO PAULO", 1, 1)],
    "damaged_text": [("song", DAMAGED, 1)],
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


def test_a_period_without_a_play_has_answers_without_rows(session):
    for tab in TABS:
        answers = insights(session, tab, Selection(date(2017, 1, 1), date(2017, 1, 2)))
        headline, before = answers.pop("headline"), answers.pop("headline_before")
        assert headline.rows == before.rows
        assert not any(headline.rows[0])
        assert not any(answer.rows for answer in answers.values())


def test_the_period_before_is_as_long_and_ends_where_it_begins(session):
    answers = insights(session, "listening", Selection(date(2018, 11, 6), date(2018, 11, 7)))
    assert answers["headline_before"].records()[0]["plays"] == 3


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
    assert len(names) == len(INSIGHTS)
    for name in names:
        query(plays, f"select * from {name}")
    songs = query(plays, "select title, plays from insight_most_played_songs order by 2 desc, 1")
    assert songs[:2] == [("Ebb", 3), ("Northbound", 3)]


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
    assert len(answers["freshness"].rows) == 7
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
