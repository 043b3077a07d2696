"""What users, files and rows say is never run: it fails in words, or is loaded as it stands."""

from __future__ import annotations

import json
from copy import copy
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.checks import Check
from sparkify.operators import (
    DataQualityOperator,
    LoadDimensionOperator,
    LoadFactOperator,
    StageToRedshiftOperator,
)
from tests.faults.child import etl, perform
from tests.faults.scenes import EVENTS, HOUR, rows
from tests.runs import event, put_lines, put_paths, query, run, run_dag, song

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
texts = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


@pytest.fixture
def unchanged(warehouse: Any) -> Any:
    """The tables with a row in each that matters; afterwards they must be as they were."""
    query(warehouse, "insert into songs (song_id, title) values ('S1', 'Northbound')")
    query(warehouse, "insert into users (user_id, level) values ('7', 'free')")
    before = rows(warehouse)
    yield warehouse
    assert rows(warehouse) == before


@texts
@pytest.mark.parametrize("name", ["window_start", "window_end"])
def test_a_window_of_the_form_that_is_no_time_fails_and_names_the_field(text, name, unchanged):
    window = (text, HOUR[1]) if name == "window_start" else (HOUR[0], text)
    with pytest.raises(AirflowFailException, match=f"{name} .* is no time in ISO 8601"):
        perform("load_users", window, "bucket")


@pytest.mark.parametrize("text", [*TEXTS.values(), "", "ab", "Upper", "a" * 64, "a/b", "a b"])
@pytest.mark.parametrize("name", ["bucket", "work_bucket"])
def test_a_bucket_that_cannot_be_one_fails_before_anything_is_read(text, name, unchanged):
    given = {"bucket": "source", "work_bucket": "work"} | {name: text}
    operator = StageToRedshiftOperator(
        task_id="stage", table="staging_songs", columns=["song_id"], key_columns=["song_id"],
        key="song_data/", **given,
    )  # fmt: skip
    with pytest.raises(AirflowFailException, match="is not the name of a bucket"):
        run(operator, HOUR)


def _operators(table: str, column: str) -> list[Any]:
    select = "select song_id from songs"
    named = {"task_id": "task", "table": table}
    return [
        LoadDimensionOperator(**named, select=select, key=[column]),
        LoadDimensionOperator(**named, select=select, key=["song_id"], newest_by=column),
        LoadDimensionOperator(
            **named, select=select, key=["song_id"], newest_by=column, mode="window"
        ),
        LoadFactOperator(**named, select=select, event_time=column),
        DataQualityOperator(
            task_id="task",
            checks=[Check("quality/any_table/key_unique.sql", table=table, key=[column])],
        ),
    ]  # fmt: skip


@texts
@pytest.mark.parametrize("which", range(5))
def test_a_table_that_is_no_name_is_refused(text, which, unchanged):
    with pytest.raises(AirflowFailException, match="is not the name of a table or column"):
        run(_operators(text, "song_id")[which], HOUR)


@texts
@pytest.mark.parametrize("which", range(5))
def test_a_column_that_is_no_name_is_refused(text, which, unchanged):
    with pytest.raises(AirflowFailException, match="is not the name of a table or column"):
        run(_operators("songs", text)[which], HOUR)


@texts
def test_a_table_for_the_results_of_checks_that_is_no_name_is_refused(text, unchanged):
    check = Check("quality/any_table/not_empty.sql", table="songs")
    operator = DataQualityOperator(task_id="task", checks=[check], results_table=text)
    with pytest.raises(AirflowFailException, match="is not the name of a table or column"):
        run(operator, HOUR)


@pytest.mark.parametrize("name", ["table", "columns", "key_columns", "event_time"])
@pytest.mark.parametrize(
    "text", [TEXTS["quote"], TEXTS["braces"], TEXTS["percent"], TEXTS["newline"]]
)
def test_a_staging_table_or_column_that_is_no_name_is_refused(text, name, s3, bucket, unchanged):
    put_paths(s3, bucket)
    put_lines(s3, bucket, EVENTS, [event("2018-11-05T10:10:00")])
    operator = copy(etl().get_task("stage_events"))
    operator.bucket = operator.work_bucket = bucket
    operator.json = f"s3://{bucket}/log_json_path.json"
    setattr(operator, name, text if name in {"table", "event_time"} else (text,))
    with pytest.raises(AirflowFailException, match="is not the name of a table or column"):
        run(operator, HOUR)


@texts
def test_a_run_id_is_kept_as_it_is_and_makes_no_second_folder(text, s3, bucket, warehouse):
    put_paths(s3, bucket)
    put_lines(s3, bucket, EVENTS, [event("2018-11-05T10:10:00")])
    perform("stage_events", HOUR, bucket, run_id=text)
    assert query(warehouse, "select run_id from load_ledger") == [(text,)]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="sparkify/")["Contents"]
    assert [item["Key"].count("/") for item in listed] == [4]
    assert not any(".." in item["Key"].split("/") for item in listed)


def _file_names() -> dict[str, str]:
    """The S3 server of the tests finds no way to a key with a line break."""
    odd = {"space": " leading and trailing ", "long": "n" * 990, "plus": "a+b=c&d#e?f", "dot": "."}
    return {
        name: f"{text}.json".replace("\r", "").replace("\n", "")
        for name, text in (TEXTS | odd).items()
    }


@pytest.mark.parametrize("name", _file_names().values(), ids=_file_names())
def test_a_file_of_any_name_is_loaded_and_its_bad_row_told(name, s3, bucket, warehouse, conn_type):
    key = f"song_data/{name}"
    put_lines(s3, bucket, key, [*(song(f"S{n}") for n in range(20)), "{broken"])
    assert perform("stage_songs", HOUR, bucket)["staged"] == 20
    address = [(f"s3://{bucket}/{key}",)]
    assert query(warehouse, "select object_key from load_ledger") == address
    assert query(warehouse, "select object_key from load_errors") == address
    assert query(warehouse, "select raw_text from load_errors") == [("{broken",)]
    assert perform("stage_songs", HOUR, bucket)["objects"] == 0


def test_of_files_whose_long_names_begin_alike_it_is_said_that_it_was_one_of_them(
    s3, bucket, warehouse
):
    for end in ("a", "b"):
        rows_of = [song(f"{end}{n}") for n in range(20)]
        put_lines(s3, bucket, f"song_data/{'n' * 400}{end}.json", [*rows_of, f"{{broken {end}"])
    perform("stage_songs", HOUR, bucket)
    told = query(warehouse, "select object_key, line_number, raw_text from load_errors")
    assert told == [(f"s3://{bucket}/song_data/{'n' * 400}*", 21, "")] * 2
    assert query(warehouse, "select lines_read from load_ledger") == [(None,)] * 2


@texts
def test_a_value_of_a_row_is_loaded_as_it_stands(text, s3, bucket, warehouse, conn_type):
    put_paths(s3, bucket)
    said = {"artist": text, "song": text, "firstName": text, "location": text, "userAgent": text}
    ok = [event("2018-11-05T10:10:00", **said, userId=text[:18])]
    put_lines(s3, bucket, EVENTS, ok)
    put_lines(
        s3, bucket, "song_data/1.json",
        [song("S1", title=text, artist_name=text, artist_location=text)],
    )  # fmt: skip
    run_dag(etl(), HOUR, bucket=bucket)
    assert query(warehouse, "select title from songs") == [(text,)]
    assert query(warehouse, "select name, location from artists") == [(text, text)]
    assert query(warehouse, "select first_name, user_id from users") == [(text, text[:18])]
    assert query(warehouse, "select song_id, location, user_agent from songplays") == [
        ("S1", text, text)
    ]


@texts
def test_a_row_that_breaks_a_check_or_is_rejected_is_kept_as_it_stands(text, s3, bucket, warehouse):
    put_paths(s3, bucket)
    bad = event("2018-11-05T10:11:00", song=text, itemInSession="none")
    put_lines(
        s3,
        bucket,
        EVENTS,
        [*(event("2018-11-05T10:10:00", itemInSession=n) for n in range(20)), bad],
    )
    perform("stage_events", HOUR, bucket)
    ((raw,),) = query(warehouse, "select raw_text from load_errors")
    assert json.loads(raw) == bad
    query(warehouse, "insert into users (user_id, level) values ('7', 'gold')")
    cursor = warehouse.cursor()
    cursor.execute("update users set first_name = %s", [text])
    check = Check("quality/users_level.sql")
    with pytest.raises(AirflowFailException, match="1 of 1 checks failed"):
        run(DataQualityOperator(task_id="check", checks=[check]), HOUR)
    ((sample,),) = query(warehouse, "select sample_rows from quality_results")
    assert json.loads(sample)[0]
