"""Bad data: which rows the operator stages, and with which reasons it rejects the others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.model import STAGING_EVENTS, STAGING_SONGS
from sparkify.operators import DataQualityOperator
from tests.corpus.case import GOOD_ITEM, NOON, Case, Reject, line
from tests.corpus.shapes import SHAPES
from tests.corpus.songs import SONGS
from tests.corpus.values import VALUES
from tests.quality.good_data import CHECKS
from tests.support.runs import Span, dump, put_paths, query, run
from tests.support.runs import stage as stage_table

DAY = ("2018-11-05T00:00:00Z", "2018-11-06T00:00:00Z")
KEY = "log_data/2018/11/2018-11-05-events.json"
LEFT_BY_LOADS = ("staging_events", "staging_songs", "load_ledger", "load_errors", "load_listings")


@pytest.fixture
def stage_events(s3: Any, bucket: str, warehouse: Any) -> Any:
    """Stage the events of a day, optionally with changes to the operator."""
    put_paths(s3, bucket)

    def stage(data: bytes, window: Span = DAY, **changes: Any) -> Any:
        s3.put_object(Bucket=bucket, Key=KEY, Body=data)
        operator = stage_table(
            STAGING_EVENTS, bucket, **{"contract": None, "key_owner": None} | changes
        )
        return run(operator, window)

    return stage


EVENTS = [*SHAPES, *VALUES]
# COPY names the object of a row that it refuses. Each of the other cases is a separate load.
TOGETHER = [case for case in EVENTS if not case.fails and all(r.line for r in case.rejects)]


def test_cases_of_events_do_not_affect_each_other(
    s3: Any, bucket: str, warehouse: Any, stage_events: Any
) -> None:
    """All objects in one load: errors in one object do not affect the others."""
    for number, case in enumerate(TOGETHER):
        data = case.data.replace(b'"sessionId": 1,', b'"sessionId": %d,' % number)
        s3.put_object(Bucket=bucket, Key=f"cases/2018-11-05/{number:03}", Body=data)
    counts = stage_events(b"", key="cases/%Y-%m-%d/", max_rejected=1000)
    for number, case in enumerate(TOGETHER):
        mine = f"object_key like '%/{number:03}'"
        assert rejected(warehouse, case.rejects, mine) == list(case.rejects), case.name
        assert staged(warehouse, case, f"session_id = {number}") == list(case.rows), case.name
        lines = f"select lines_read from load_ledger where {mine} and etag is not null"
        assert query(warehouse, lines) == [(_lines(case.data),)], case.name
    rows = sum(len(case.rows) + 1 for case in TOGETHER)
    refused = sum(len(case.rejects) for case in TOGETHER)
    assert counts["read"] == rows + refused + sum(case.identical for case in TOGETHER)
    assert (counts["staged"], counts["rejected"]) == (rows, refused)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.name, marks=[pytest.mark.deep] if case in TOGETHER else [])
        for case in EVENTS
    ],
)
def test_the_outcome_of_each_case_of_events(case: Case, warehouse: Any, stage_events: Any) -> None:
    if case.fails:
        with pytest.raises(AirflowFailException, match=case.fails):
            stage_events(case.data)
        assert not any(dump(warehouse, LEFT_BY_LOADS).values())
        return
    verdicts = stage_events(case.data)
    assert rejected(warehouse, case.rejects) == list(case.rejects)
    assert staged(warehouse, case) == list(case.rows)
    kept, copies = len(case.rows) + 1, case.identical + case.rejected_as("conflicting")
    rejected_rows = case.rejected_as("bad", "misplaced")
    assert verdicts == dict.fromkeys(verdicts, 0) | {
        "objects": 1, "read": kept + rejected_rows + copies, "staged": kept,
        "rejected": rejected_rows, "identical": case.identical,
        "conflicting": case.rejected_as("conflicting"),
    }  # fmt: skip
    counts = query(
        warehouse,
        "select lines_read, rows_read, rows_staged, rows_outside, rows_rejected, rows_misplaced,"
        " rows_identical, rows_conflicting from load_ledger",
    )
    assert counts == [
        (
            _lines(case.data),
            kept + rejected_rows + copies,
            kept,
            0,
            *(case.rejected_as(verdict) for verdict in ("bad", "misplaced")),
            case.identical,
            case.rejected_as("conflicting"),
        )
    ]


@pytest.mark.parametrize("case", SONGS, ids=lambda case: case.name)
def test_the_outcome_of_each_case_of_songs(
    case: Case, s3: Any, bucket: str, warehouse: Any
) -> None:
    s3.put_object(Bucket=bucket, Key="song_data/A/1.json", Body=case.data)
    operator = stage_table(STAGING_SONGS, bucket, contract=None)
    if case.fails:
        with pytest.raises(AirflowFailException, match=case.fails):
            run(operator)
        assert not any(dump(warehouse, LEFT_BY_LOADS).values())
        return
    counts = run(operator)
    assert rejected(warehouse, case.rejects) == list(case.rejects)
    rows = query(warehouse, f"select {case.select} from staging_songs order by song_id")
    assert rows == list(case.rows)
    assert counts["staged"] == len(case.rows)
    assert counts["rejected"] == case.rejected_as("bad")
    assert counts["conflicting"] == case.rejected_as("conflicting")
    assert counts["read"] == len(case.rows) + len(case.rejects)
    assert query(warehouse, "select rows_rejected, rows_conflicting from load_ledger") == [
        (case.rejected_as("bad"), case.rejected_as("conflicting"))
    ]


def test_an_empty_file_is_a_day_without_events(warehouse, stage_events):
    assert stage_events(b"")["read"] == 0
    assert query(warehouse, "select rows_read, rows_rejected from load_ledger") == [(0, 0)]
    assert query(warehouse, "select count(*) from load_errors") == [(0,)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_rejected": 2}, "Load into table 'staging_events' failed"),
        ({"max_rejected_share": 0.2}, r"12 of 22 rows were rejected, 54.5%; 20.0% may be"),
    ],
)
def test_a_load_that_exceeds_its_budget_fails_and_leaves_nothing(
    changes, message, bucket, warehouse, stage_events
):
    """MAXERROR: "If the load returns the error_count number of errors or greater, it fails"."""
    good = [line(item) for item in range(10)]
    stage_events(b"\n".join(good))
    before = dump(warehouse, LEFT_BY_LOADS)
    bad = b"\n".join([*[line(item, song="new") for item in range(10)], *[b"{a"] * 12])
    with pytest.raises(AirflowFailException, match=message) as failed:
        stage_events(bad, **changes)
    assert f"s3://{bucket}/{KEY} line 11" in str(failed.value)
    assert dump(warehouse, LEFT_BY_LOADS) == before
    assert stage_events(bad, max_rejected=12, max_rejected_share=0.6)["rejected"] == 12


def test_a_key_in_the_files_of_two_days_is_kept_in_both_and_the_check_says_so(
    s3, bucket, warehouse, stage_events
):
    """Each file is loaded on its own, so the order of loads does not matter."""
    next_day = line(ts=NOON + 24 * 3_600_000)
    s3.put_object(Bucket=bucket, Key=KEY.replace("05-e", "06-e"), Body=next_day)
    both = (DAY[0], "2018-11-07T00:00:00Z")
    assert stage_events(line(), window=both)["staged"] == 2
    unique = CHECKS["staging_events_key_unique_around_window"]
    with pytest.raises(AirflowFailException, match="1 of 1 checks failed"):
        run(DataQualityOperator(task_id="check_quality", checks=[unique]), DAY)
    samples_of_check = (
        "select sample_rows from quality_results"
        " where check_name = 'staging_events_key_unique_around_window'"
    )
    ((samples,),) = query(warehouse, samples_of_check)
    (sample,) = json.loads(samples)
    assert (sample["session_id"], sample["item_in_session"], sample["copies"]) == (1, 1, 2)
    assert sample["first_at"][:10] < sample["last_at"][:10]


PATHS = json.dumps({"jsonpaths": ["$['sessionId']", "$['song']"]}).encode()


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (None, r"Status 404,Error NoSuchKey: s3://.*/paths.json"),
        (b"<Error>", "Invalid JSONPath file s3://.*/paths.json"),
        (b"[]", "Invalid JSONPath file s3://.*/paths.json"),
        (b'{"jsonpaths": "$.a"}', "Invalid JSONPath file s3://.*/paths.json"),
        (PATHS, "JSONPath size: 2, Number of columns in table or column list: 18"),
    ],
    ids=["missing", "no JSON", "no object", "no list", "too few"],
)
def test_invalid_jsonpaths_fail_and_load_nothing(
    paths, message, s3, bucket, warehouse, stage_events
):
    """copy-usage_notes-copy-from-json, "JSONPath option"."""
    if paths is not None:
        s3.put_object(Bucket=bucket, Key="paths.json", Body=paths)
    with pytest.raises(Exception, match=message):
        stage_events(line(), json_paths="paths.json")
    assert not any(dump(warehouse, LEFT_BY_LOADS).values())


def test_jsonpaths_under_another_name_are_read_as_auto(s3, bucket, warehouse, stage_events):
    """ "If the name is any string other than "jsonpaths", COPY uses the 'auto' argument"."""
    body = json.dumps({"json_paths": ["$.a"]}).encode()
    s3.put_object(Bucket=bucket, Key="paths.json", Body=body)
    row = {"item_in_session": 1, "session_id": 2, "ts": NOON, "firstName": "Ada", "song": "a"}
    stage_events(json.dumps(row).encode(), json_paths="paths.json")
    assert query(warehouse, "select session_id, first_name, song from staging_events") == [
        (2, None, "a")
    ]


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({"entries": []}, "has no entries"),
        ({"entries": [{"url": "s3://{bucket}/gone"}]}, "None of the files .* was found"),
        (
            {"entries": [{"url": "s3://{bucket}/gone", "mandatory": True}]},
            "Mandatory url is not present in manifest file. url: s3://.*/gone",
        ),
        ({"objects": []}, "Invalid manifest s3://.*/a.manifest"),
    ],
    ids=["empty", "names no object", "names no object, mandatory", "none"],
)
def test_a_manifest_without_objects_fails_the_copy(manifest, message, s3, bucket, redshift):
    """loading-data-files-using-manifest: COPY fails if no file is found, mandatory or not."""
    query(redshift, "create table t (a int)")
    redshift.commit()
    body = json.dumps(manifest).replace("{bucket}", bucket).encode()
    s3.put_object(Bucket=bucket, Key="a.manifest", Body=body)
    copy = f"copy t from 's3://{bucket}/a.manifest' iam_role default json 'auto' manifest"
    with pytest.raises(Exception, match=message):
        query(redshift, copy)
    redshift.rollback()
    assert query(redshift, "select count(*) from t") == [(0,)]


def staged(connection: Any, case: Case, where: str = "true") -> list[Any]:
    """The rows of staging_events besides the good one."""
    return query(
        connection,
        f"select {case.select} from staging_events where {where}"
        f" and item_in_session <> {GOOD_ITEM} order by item_in_session",
    )


def rejected(connection: Any, expected: tuple[Reject, ...], where: str = "true") -> list[Reject]:
    """The rows of load_errors; a row that matches its expected reject is replaced by it."""
    rows = query(
        connection,
        "select line_number, coalesce(column_name, ''), reason, raw_text from load_errors"
        f" where {where} order by line_number, raw_text",
    )
    rejects = [Reject(*row) for row in rows]
    pairs = zip(rejects, [*expected, *rejects][: len(rejects)], strict=True)
    return [wanted if _says(row, wanted) else row for row, wanted in pairs]


def _says(row: Reject, wanted: Reject) -> bool:
    return (
        (row.line, row.column) == (wanted.line, wanted.column)
        and wanted.reason in row.reason
        and wanted.raw in row.raw
    )


def _lines(data: bytes) -> int:
    return data.count(b"\n") + (not data.endswith(b"\n"))


def _columns(connection: Any, table: str) -> list[str]:
    rows = query(
        connection,
        "select column_name from information_schema.columns"
        f" where table_name = '{table}' and column_name <> 'load_id' order by ordinal_position",
    )
    return [name for (name,) in rows]
