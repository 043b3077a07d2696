"""Lineage events of OpenLineage's listener, from runs in Airflow."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sparkify.loads.objects import S3Object
from sparkify.operators.lineage import checked, staged
from sparkify.quality.checks import CheckResult, Header, StatementCheck
from sparkify.warehouse.place import Place
from tests.conftest import SECRET, OwnAirflow
from tests.support.runs import etl_dag, event, put_lines, put_paths, query, song

HOUR = {"window_start": "2018-11-05T10:00:00Z", "window_end": "2018-11-05T11:00:00Z"}

Run = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def run_dag(own_airflow: OwnAirflow, tmp_path: Path) -> Run:
    """Run sparkify_etl for an hour as `airflow dags test` does; returns its lineage events."""
    events = tmp_path / "events.jsonl"
    transport = {"type": "file", "log_file_path": str(events), "append": True}
    own_airflow.environment["AIRFLOW__OPENLINEAGE__TRANSPORT"] = json.dumps(transport)

    def run() -> list[dict[str, Any]]:
        ended = own_airflow("dags", "test", "sparkify_etl", "--conf", json.dumps(HOUR))
        assert events.exists(), ended.stdout[-3000:] + ended.stderr[-3000:]
        return [json.loads(line) for line in events.read_text().splitlines()]

    return run


def of_task(events: list[dict[str, Any]], task: str) -> dict[str, Any]:
    """The event at the end of a task."""
    (ended,) = [
        event
        for event in events
        if event["job"]["name"] == f"sparkify_etl.{task}"
        and event["eventType"] in ("COMPLETE", "FAIL")
    ]
    return ended


def names(datasets: list[dict[str, Any]]) -> list[str]:
    return [f"{item['namespace']}/{item['name']}" for item in datasets]


def test_a_runs_lineage_has_its_objects_tables_columns_and_checks(
    run_dag: Run, s3, bucket, endpoint, warehouse
):
    put_paths(s3, bucket)
    put_lines(s3, bucket, "log_data/2018/11/2018-11-05-events.json", [event("2018-11-05T10:00:00")])
    put_lines(s3, bucket, "song_data/1.json", [song("S1", title="Another")])
    put_lines(s3, bucket, "song_data/2.json", [song("S2", year="no year"), song("S3")])
    events = run_dag()
    here = f"redshift://127.0.0.1:{endpoint.port}/dev.public"

    stage = of_task(events, "stage_events")
    assert names(stage["inputs"]) == [f"s3://{bucket}/log_data/2018/11/2018-11-05-events.json"]
    assert names(stage["outputs"]) == [f"{here}.staging_events"]
    assert stage["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 1

    users = of_task(events, "load_users")
    assert names(users["inputs"]) == [f"{here}.staging_events"]
    (output,) = users["outputs"]
    columns = output["facets"]["columnLineage"]["fields"]
    ((source,),) = [columns["level"]["inputFields"]]
    assert (source["name"], source["field"]) == ("dev.public.staging_events", "level")

    plays = of_task(events, "load_songplays")
    assert names(plays["inputs"]) == [f"{here}.staging_events", f"{here}.staging_songs"]
    assert names(plays["outputs"]) == [f"{here}.songplays"]
    columns = query(
        warehouse,
        "select column_name from information_schema.columns where table_name = 'songplays'",
    )
    fields = plays["outputs"][0]["facets"]["columnLineage"]["fields"]
    assert set(fields) == {name for (name,) in columns}

    checked = {
        item["name"]: item["inputFacets"] for item in of_task(events, "check_quality")["inputs"]
    }
    assert {f"dev.public.{table}" for table in ("songplays", "users", "time", "songs")} <= {
        *checked
    }
    results = {
        one["assertion"]: one["success"]
        for facets in checked.values()
        for one in facets["dataQualityAssertions"]["assertions"]
    }
    assert results["songplays_have_user"] is True
    assert results["no_rows_rejected"] is False
    assert len(results) == len(etl_dag().get_task("check_quality").checks)

    text = json.dumps(events)
    assert SECRET not in text
    assert "not-asked-for" not in text


def test_a_failed_check_is_alerted_too(run_dag: Run, s3, bucket, warehouse):
    put_paths(s3, bucket)
    nobody = event("2018-11-05T10:00:00", userId="")
    put_lines(s3, bucket, "log_data/2018/11/2018-11-05-events.json", [nobody])
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    ended = of_task(run_dag(), "check_quality")
    assert ended["eventType"] == "FAIL"
    failed = [
        one["assertion"]
        for item in ended["inputs"]
        for one in item["inputFacets"]["dataQualityAssertions"]["assertions"]
        if not one["success"]
    ]
    assert "songplays_have_user" in failed


def test_the_lineage_of_a_statement_with_an_expected_result_has_the_table_that_it_reads():
    place = Place("redshift://c.us-west-2:5439", "dev.public")
    header = Header("rule", "error", "means", "to do")
    statements = ["select count(*) from users where ts < %(window_end)s", "select 1"]
    checks = [StatementCheck(sql, expected=0) for sql in statements]
    results = [CheckResult(check.name, header, 1, []) for check in checks]
    (judged,) = checked(place, checks, results).inputs
    assert judged.name == "dev.public.users"
    (assertion,) = judged.inputFacets["dataQualityAssertions"].assertions
    assert (assertion.assertion, assertion.success) == (statements[0], False)


def test_the_lineage_of_many_objects_has_their_folder():
    place = Place("redshift://c.us-west-2:5439", "dev.public")
    many = [S3Object("b", f"song_data/A/{n // 10}/{n}.json", "e", 1) for n in range(101)]
    lineage = staged(place, "staging_songs", many, 101)
    assert [(item.namespace, item.name) for item in lineage.inputs] == [("s3://b", "song_data/A")]
    assert len(staged(place, "staging_songs", many[:100], 100).inputs) == 100


@pytest.mark.parametrize(
    ("host", "namespace"),
    [
        ("c.abc.us-west-2.redshift.amazonaws.com", "redshift://c.us-west-2:5439"),
        (
            "wg.123456789012.us-west-2.redshift-serverless.amazonaws.com",
            "redshift://wg.us-west-2:5439",
        ),
        ("c.abc.cn-north-1.redshift.amazonaws.com.cn", "redshift://c.cn-north-1:5439"),
        ("warehouse.example", "redshift://warehouse.example:5439"),
    ],
)
def test_a_cluster_is_named_as_the_specification_says(host, namespace):
    from airflow.sdk import Connection

    place = Place.of(Connection(conn_id="c", host=host, schema="dwh"))
    assert (place.namespace, place.name("users")) == (namespace, "dwh.public.users")
    assert place.name("other.users") == "dwh.other.users"
