"""Which texts and sample rows may belong to a forgotten user."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from sparkify.loads.forgotten import ForgottenUsers, may_name_a_user, user_hash
from tests.support.runs import query

FORGOTTEN = ForgottenUsers(frozenset({("s", user_hash("s", "7")), ("t", user_hash("t", "x y"))}))


@pytest.mark.parametrize(
    "text",
    [
        '{"userId": "8", "firstName": "Ada"}',
        '{"userId": 8}',
        '{"userId": 7.0}',  # COPY writes 7.0, too
        '{"user_id": "8", "ts": "2018-11-05"}',
        '{"userId": "8", "more": {"userId": "7"}}',
        '{"userId": "x  y"}',
    ],
)
def test_a_record_of_another_user_is_shown(text):
    assert FORGOTTEN.shown(text) == text


@pytest.mark.parametrize(
    "text",
    [
        '{"userId": "7"}',
        '{"userId": "7  "}',
        '{"userId": 7}',
        '{"user_id": "x y"}',
        '{"userId": "8", "userId": "7"}',
        '{"user\\u0049d": "7"}',
        '{"userId": "8", "user_id": "7"}',
        '{"userId": "8"',
        '{"userId": "8"}{"userId": "7"}',
        '{"userId": ""}',
        '{"userId": null}',
        '{"userId": ["8"]}',
        '{"firstName": "Ada"}',
        '[["userId", "8"]]',
        '"userId"',
        "garbage",
        '{"a": ' + "[" * 100_000,
    ],
)
def test_a_text_that_may_belong_to_a_forgotten_user_is_not_shown(text):
    assert FORGOTTEN.shown(text) == ""


def test_every_text_is_shown_while_nobody_was_forgotten():
    assert ForgottenUsers().shown("garbage") == "garbage"


def test_a_lone_surrogate_in_an_id_is_no_fault():
    assert FORGOTTEN.shown('{"userId": "\\ud800"}') != ""


SAMPLES: list[tuple[str, dict[str, Any], dict[str, Any] | None]] = [
    ("users_level", {"user_id": "7", "level": "gold"}, None),
    ("users_level", {"user_id": "8", "level": "gold"}, {"user_id": "8", "level": "gold"}),
    ("songplays_key_unique", {"session_id": 7, "copies": 7}, {"session_id": 7, "copies": 7}),
    ("any", {"actual": "7"}, None),
    ("no_rows_rejected", {"line_number": 3, "raw_text": "{"}, {"line_number": 3, "raw_text": ""}),
    (
        "staging_events_contract",
        {"key": "userId", "detail": "7, not string", "example": '{"userId": 7}'},
        {"key": "userId", "detail": "", "example": ""},
    ),
    (
        "staging_songs_contract",
        {"key": "year", "detail": "1, not string", "example": '{"year": 1}'},
        {"key": "year", "detail": "1, not string", "example": '{"year": 1}'},
    ),
    (
        "staging_events_loaded",
        {"reason": "Nothing was loaded. The first: s3://b/k line 3: Invalid digit: garbage"},
        {"reason": "Nothing was loaded."},
    ),
    ("staging_events_loaded", {"reason": 'Two rows: {"a": 1'}, {"reason": "Two rows: "}),
    ("songs_loaded", {"reason": "no connection"}, {"reason": "no connection"}),
    (
        "no_rows_rejected",
        {"table_name": "staging_songs", "raw_text": "{cut"},
        {"table_name": "staging_songs", "raw_text": "{cut"},
    ),
]


@pytest.mark.parametrize(("check", "row", "shown"), SAMPLES)
def test_a_sample_row_loses_what_may_belong_to_a_forgotten_user(check, row, shown):
    other = {"user_id": "9"}
    kept = FORGOTTEN.shown_sample(check, [row, other])
    assert kept == ([shown, other] if shown else [other])
    assert ForgottenUsers().shown_sample(check, [row]) == [row]


@pytest.mark.parametrize("user_id", ["7", "7  ", " 7", "Zoë", "x y"])
def test_the_warehouse_computes_the_same_hash(redshift, user_id):
    sql = f"select sha2('salt' || rtrim(user_id), 256) from (select cast({json.dumps(user_id, ensure_ascii=False).replace(chr(34), chr(39))} as varchar(64)) as user_id) as ids"  # noqa: E501
    assert query(redshift, sql) == [(user_hash("salt", user_id),)]


@pytest.mark.parametrize(
    ("row", "may"),
    [
        ({"stale_table": "staging_events", "newest_row": datetime(2018, 11, 30), "rows": 3}, False),
        ({"table_name": "users", "at": None}, False),
        ({"stale_table": "staging_events", "user_id": "7"}, True),
        ({"reason": "staging_events: 7"}, True),
        ({"level": ""}, True),
        ({"user_id": "users"}, True),
        ({"raw_text": b"7"}, True),
        ({"example": {"userId": "7"}}, True),
    ],
)
def test_a_sample_row_of_numbers_times_and_tables_names_no_user(row, may):
    assert may_name_a_user(row) is may
