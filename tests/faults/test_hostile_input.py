"""Text from users, files and rows is never executed: it is refused or loaded as text."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.model import STAGING_EVENTS, StarTable
from sparkify.operators import (
    DataQualityOperator,
    LoadDimensionOperator,
    LoadFactOperator,
)
from sparkify.quality.checks import Check
from tests.faults.child import etl, perform
from tests.faults.scenes import EVENTS, HOUR, rows
from tests.quality.good_data import CHECKS
from tests.support.runs import event, put_lines, put_paths, query, run, run_dag, song

TEXTS = {
    "quote": "'); drop table songs; --",
    "double_quote": 'Robert"; drop table songs; --',
    "backslash": "\\'; drop table songs; -- \\",
    "dollar": "$$; drop table songs; $$",
    "comment": "/* */ -- ; drop table songs",
    "newline": "first\n; drop table songs;\r\n\ttab",
    "percent": "100% %s %(window_start)s %% %d %Y",
    "braces": "{{ 7 * 7 }} {% raw %} {# #} ${HOME}",
    "unicode": "Sigur Rós — ✓ 東京 🎧 \u202e\u200b",
    "null": "\\N NULL null",
    "path": "../../../etc/passwd",
    "html": "<script>alert(1)</script> &amp; &lt;",
}
EVERY = list(TEXTS.values())


def assert_each_fails(message: str, do: Callable[[str], Any], texts: Sequence[str] = EVERY) -> None:
    for text in texts:
        with pytest.raises(AirflowFailException, match=message):
            do(text)


@pytest.fixture
def unchanged(warehouse: Any) -> Any:
    """The important tables with one row each; they must be unchanged after the test."""
    query(warehouse, "insert into songs (song_id, title) values ('S1', 'Northbound')")
    query(warehouse, "insert into users (user_id, level) values ('7', 'free')")
    before = rows(warehouse)
    yield warehouse
    assert rows(warehouse) == before


@pytest.mark.parametrize("name", ["window_start", "window_end"])
def test_a_window_of_the_form_that_is_no_time_fails_and_names_the_field(name, unchanged):
    def load(text: str) -> Any:
        window = (text, HOUR[1]) if name == "window_start" else (HOUR[0], text)
        return perform("load_users", window, "bucket")

    assert_each_fails(f"{name} .* is no time in ISO 8601", load)


@pytest.mark.parametrize("name", ["bucket", "work_bucket"])
def test_a_bucket_that_cannot_be_one_fails_before_anything_is_read(name, unchanged):
    def stage(text: str) -> Any:
        operator = copy(etl().get_task("stage_songs"))
        operator.bucket = operator.work_bucket = "bucket"
        setattr(operator, name, text)
        return run(operator, HOUR)

    more = ["", "ab", "Upper", "a" * 64, "a/b", "a b"]
    assert_each_fails("is not the name of a bucket", stage, EVERY + more)


def _operators(table: str, column: str) -> list[Any]:
    select = "select song_id, title, artist_id, year, duration from songs"
    named = {"task_id": "task", "select": select}

    def declared(key: str, event_time: str | None = None, *, fact: bool = False) -> StarTable:
        return StarTable(
            name=table,
            key=(key,),
            loaded_from=STAGING_EVENTS,
            fact=fact,
            event_time=event_time,
        )

    return [
        LoadDimensionOperator(**named, table=declared(column)),
        LoadDimensionOperator(**named, table=declared("song_id", column)),
        LoadDimensionOperator(**named, table=declared("song_id", column), mode="window"),
        LoadFactOperator(**named, table=declared("song_id", column, fact=True)),
        DataQualityOperator(
            task_id="task",
            checks=[
                Check(
                    "quality/any_table/key_once_of_run.sql",
                    table=table, source="staging_songs", key=[column],
                )
            ],
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("which", range(5))
def test_an_invalid_name_of_a_table_or_column_is_refused(which, unchanged):
    message = "is not the name of a table or column"
    assert_each_fails(message, lambda text: run(_operators(text, "song_id")[which], HOUR))
    assert_each_fails(message, lambda text: run(_operators("songs", text)[which], HOUR))


def test_an_invalid_name_of_the_table_for_check_results_is_refused(unchanged):
    check = Check("quality/any_table/not_empty.sql", table="songs")

    def check_into(text: str) -> Any:
        return run(DataQualityOperator(task_id="t", checks=[check], results_table=text), HOUR)

    assert_each_fails("is not the name of a table or column", check_into)


@pytest.mark.parametrize("name", ["name", "columns", "key", "event_time"])
def test_an_invalid_name_of_a_staging_table_or_column_is_refused(name, s3, bucket, unchanged):
    put_paths(s3, bucket)
    put_lines(s3, bucket, EVENTS, [event("2018-11-05T10:10:00")])

    def stage(text: str) -> Any:
        operator = copy(etl().get_task("stage_events"))
        operator.bucket = operator.work_bucket = bucket
        value: Any = text if name in {"name", "event_time"} else (text,)
        operator.table = replace(operator.table, **{name: value})
        return run(operator, HOUR)

    few = [TEXTS[name] for name in ("quote", "percent", "braces")]
    assert_each_fails("is not the name of a table or column", stage, few)


@pytest.mark.parametrize("text", [TEXTS["quote"], TEXTS["newline"], TEXTS["path"]])
def test_a_run_id_is_kept_as_it_is_and_makes_no_second_folder(text, s3, bucket, warehouse):
    put_paths(s3, bucket)
    put_lines(s3, bucket, EVENTS, [event("2018-11-05T10:10:00")])
    perform("stage_events", HOUR, bucket, run_id=text)
    assert query(warehouse, "select run_id from load_ledger") == [(text,)]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="sparkify/")["Contents"]
    assert [item["Key"].count("/") for item in listed] == [4]
    assert not any(".." in item["Key"].split("/") for item in listed)


def _file_names() -> dict[str, str]:
    """The tests' S3 server does not support keys with line breaks."""
    odd = {"space": " leading and trailing ", "long": "n" * 990, "plus": "a+b=c&d#e?f", "dot": "."}
    return {
        name: f"{text}.json".replace("\r", "").replace("\n", "")
        for name, text in (TEXTS | odd).items()
    }


def test_files_of_any_name_are_loaded_and_their_bad_rows_recorded(s3, bucket, warehouse, conn_type):
    keys = [f"song_data/{name}" for name in _file_names().values()]
    for number, key in enumerate(keys):
        good = [song(f"S{number}-{n}") for n in range(10)]
        put_lines(s3, bucket, key, [*good, f"{{broken {number}"])
    answer = perform("stage_songs", HOUR, bucket)
    assert (answer["staged"], answer["rejected"]) == (10 * len(keys), len(keys))
    addresses = sorted(f"s3://{bucket}/{key}" for key in keys)
    loaded = "select object_key from load_ledger where lines_read = 11"
    assert sorted(key for (key,) in query(warehouse, loaded)) == addresses
    objects_by_text = dict(query(warehouse, "select raw_text, object_key from load_errors"))
    assert objects_by_text == {
        f"{{broken {n}": f"s3://{bucket}/{key}" for n, key in enumerate(keys)
    }
    assert perform("stage_songs", HOUR, bucket)["objects"] == 0


def test_rejects_in_files_whose_long_names_begin_alike_share_one_object_key(s3, bucket, warehouse):
    for end in ("a", "b"):
        rows_of = [song(f"{end}{n}") for n in range(20)]
        put_lines(s3, bucket, f"song_data/{'n' * 400}{end}.json", [*rows_of, f"{{broken {end}"])
    perform("stage_songs", HOUR, bucket)
    rows = query(warehouse, "select object_key, line_number, raw_text from load_errors")
    assert rows == [(f"s3://{bucket}/song_data/{'n' * 400}*", 21, "")] * 2
    lines = "select lines_read from load_ledger where etag is not null"
    assert query(warehouse, lines) == [(None,)] * 2


def test_values_of_rows_are_loaded_as_they_stand(s3, bucket, warehouse, conn_type):
    put_paths(s3, bucket)
    names = ("artist", "song", "firstName", "location", "userAgent")
    plays = [
        event("2018-11-05T10:10:00", sessionId=n, userId=text[:18], **dict.fromkeys(names, text))
        for n, text in enumerate(EVERY)
    ]
    put_lines(s3, bucket, EVENTS, plays)
    of_artist = ("title", "artist_name", "artist_location")
    songs = [
        song(f"S{n}", artist_id=text[:18], **dict.fromkeys(of_artist, text))
        for n, text in enumerate(EVERY)
    ]
    put_lines(s3, bucket, "song_data/1.json", songs)
    run_dag(etl(), HOUR, bucket=bucket)
    ids = sorted((text[:18], text) for text in EVERY)
    matched = sorted((f"S{n}", text) for n, text in enumerate(EVERY))
    assert sorted(query(warehouse, "select artist_id, name from artists")) == ids
    assert sorted(query(warehouse, "select user_id, first_name from users")) == ids
    assert sorted(query(warehouse, "select song_id, title from songs")) == matched
    assert sorted(query(warehouse, "select song_id, location from songplays")) == matched


def test_rows_that_are_rejected_or_break_a_check_are_kept_as_they_stand(s3, bucket, warehouse):
    put_paths(s3, bucket)
    bad = [event("2018-11-05T10:11:00", song=text, itemInSession="none") for text in EVERY]
    good = [event("2018-11-05T10:10:00", itemInSession=n) for n in range(200)]
    put_lines(s3, bucket, EVENTS, [*good, *bad])
    perform("stage_events", HOUR, bucket)
    kept = query(warehouse, "select raw_text from load_errors order by line_number")
    assert [json.loads(text) for (text,) in kept] == bad
    check = CHECKS["songplays_level"]
    for text in EVERY:
        query(warehouse, "delete from songplays")
        query(warehouse, "delete from quality_results")
        warehouse.cursor().execute(
            "insert into songplays (songplay_id, start_time, session_id, user_id, level)"
            " values ('1-1', '2018-11-05 10:10:00', 1, %s, 'gold')",
            [text[:18]],
        )
        with pytest.raises(AirflowFailException, match="1 of 1 checks failed"):
            run(DataQualityOperator(task_id="check", checks=[check]), HOUR)
        ((sample,),) = query(warehouse, "select sample_rows from quality_results")
        assert text[:18] in json.loads(sample)[0].values()
