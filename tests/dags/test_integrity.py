"""House rules for all DAGs of the project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag

from sparkify.model import STAR, TABLES
from sparkify.operators.base import RedshiftOperator
from sparkify.warehouse.statements import statement
from tests.support.files import files
from tests.support.runs import ROOT, SQL, etl_dag

DAG_IDS = [path.stem for path in files(ROOT / "dags", "*.py")]


@pytest.fixture(scope="session")
def dags() -> dict[str, Any]:
    bag = DagBag(str(ROOT / "dags"))
    assert bag.import_errors == {}
    return bag.dags


def test_each_file_has_the_dag_of_its_name_and_no_import_error(dags):
    assert sorted(dags) == DAG_IDS


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_a_dag_says_what_it_does_when_whom_to_ask_and_what_to_do(dags, dag_id):
    for part in ("**What**", "**When**", "**Whom to ask**", "**When it fails**"):
        assert part in dags[dag_id].doc_md
    assert dags[dag_id].description


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_a_dag_has_tags_an_owner_and_no_cycle(dags, dag_id):
    dag = dags[dag_id]
    dag.check_cycle()
    assert "sparkify" in dag.tags
    assert dag.owner == "data-platform"


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_every_task_is_retried_with_exponential_backoff(dags, dag_id):
    for task in dags[dag_id].tasks:
        waits_for_a_run = task.task_type == "TriggerDagRunOperator"  # whose tasks are retried
        assert task.retries == (0 if waits_for_a_run else 3), task.task_id
        assert task.retry_exponential_backoff, task.task_id
        assert task.retry_delay == timedelta(seconds=10), task.task_id


def test_every_task_that_opens_the_warehouse_waits_for_a_slot_of_its_pool(dags):
    pools = json.loads((ROOT / "include" / "pools.json").read_text())
    tasks = [task for dag in dags.values() for task in dag.tasks]
    warehouse = [task for task in tasks if isinstance(task, RedshiftOperator)]
    assert warehouse
    assert {task.pool for task in warehouse} == {"redshift"}
    assert {task.pool for task in tasks} - {"default_pool"} == set(pools)


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_no_task_waits_for_an_earlier_run_or_sends_an_email(dags, dag_id):
    for task in dags[dag_id].tasks:
        assert not task.depends_on_past, task.task_id
        assert {task.email_on_retry, task.email_on_failure} == {False}, task.task_id


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_unpausing_a_dag_does_not_load_the_past(dags, dag_id):
    assert not dags[dag_id].catchup


def test_a_scheduled_run_has_an_interval_an_hour_wide(dags):
    import pendulum
    from airflow.serialization.encoders import coerce_to_core_timetable
    from airflow.timetables.base import TimeRestriction

    timetable = coerce_to_core_timetable(dags["sparkify_etl"].timetable)
    info = timetable.next_dagrun_info(
        last_automated_data_interval=None,
        restriction=TimeRestriction(
            earliest=pendulum.datetime(2018, 11, 1), latest=None, catchup=True
        ),
    )
    assert info.data_interval.start == pendulum.datetime(2018, 11, 1)
    assert info.data_interval.end == pendulum.datetime(2018, 11, 1, 1)


@pytest.mark.parametrize("dag_id", ["sparkify_etl", "sparkify_repair"])
def test_airflow_renders_load_files_to_the_statements_of_the_checks(dags, dag_id):
    dag = dags[dag_id]
    rendered = set()
    for task in dag.tasks:
        if hasattr(task, "select"):
            task = task.prepare_for_execution()
            task.render_template_fields({}, dag.get_template_env())
            rendered |= {task.select, getattr(task, "late_update", None)} - {None}
    paths = [path.relative_to(SQL).as_posix() for path in files(SQL, "load/*.sql")]
    late = [path for path in paths if "_late_" in path and dag_id == "sparkify_repair"]
    assert {sql.strip() for sql in rendered} == {statement(path) for path in {*paths} - {*late}}


def test_parallel_runs_are_allowed(dags):
    assert dags["sparkify_etl"].max_active_runs > 1


def test_the_graph_is_the_drawing_on_the_whiteboard(dags):
    dag = dags["sparkify_etl"]
    edges = {(task.task_id, down) for task in dag.tasks for down in task.downstream_task_ids}
    dimensions = {
        "stage_events": ("load_users", "load_time"),
        "stage_songs": ("load_songs", "load_artists"),
    }
    expected = {(stage, load) for stage, loads in dimensions.items() for load in loads}
    expected |= {(load, "load_songplays") for loads in dimensions.values() for load in loads}
    expected |= {("load_songplays", "check_quality")}
    songs = {"stage_events", "stage_songs", *sum(dimensions.values(), ())}
    songs |= {"load_songplays", "check_quality"}
    assert {(up, down) for up, down in edges if {up, down} <= songs} == expected


def test_every_table_is_loaded_after_its_source_and_before_the_checks(dags):
    dag = dags["sparkify_etl"]
    loads = {task.table: task for task in dag.tasks if hasattr(task, "table")}
    assert set(loads) == set(TABLES)
    checks = dag.get_task("check_quality").get_flat_relative_ids(upstream=True)
    assert {task.task_id for task in loads.values()} <= checks
    for table in STAR:
        stage = loads[table.loaded_from].task_id
        assert stage in loads[table].get_flat_relative_ids(upstream=True), table.name


def test_the_form_asks_for_a_window_and_refuses_what_is_no_date(dags):
    params = dags["sparkify_etl"].params
    for name in ("window_start", "window_end"):
        schema = params.get_param(name).schema
        assert schema["format"] == "date-time"
        assert "null" in schema["type"]


def test_reading_the_dag_files_imports_no_provider_and_no_driver():
    """Airflow parses these files all the time, so heavy imports belong in the tasks.

    Airflow's standard provider is light (0.02 s). The lifecycle DAG is excluded: it consists of the
    Amazon provider's operators (0.1 s), which no other DAG imports.
    """
    script = (
        "import re, sys, importlib.util as u\n"
        "for path in sys.argv[1:]:\n"
        "    s = u.spec_from_file_location('d', path)\n"
        "    s.loader.exec_module(u.module_from_spec(s))\n"
        "heavy = r'airflow\\.providers\\.(?!standard|common).*(hooks|operators|triggers)"
        "|boto3|redshift_connector|psycopg|sqlglot|openlineage'\n"
        "print([name for name in sys.modules if re.fullmatch(heavy, name)])"
    )
    read = [dag_id for dag_id in DAG_IDS if dag_id != "sparkify_redshift_lifecycle"]
    result = subprocess.run(
        [sys.executable, "-c", script, *(f"dags/{dag_id}.py" for dag_id in read)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": "plugins"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.splitlines()[-1] == "[]"


def test_one_run_at_a_time_loads_the_catalogue():
    """Two at once would read the same objects, and one of them for nothing."""
    assert etl_dag().get_task("stage_songs").max_active_tis_per_dag == 1
    assert etl_dag().get_task("stage_events").max_active_tis_per_dag is None
