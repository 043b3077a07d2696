"""Secrets of a connection are not visible in Airflow: not in its API, its UI, or its log files."""

from __future__ import annotations

import json
import socket
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import s3 as local_s3
from local.stack import lifecycle
from local.stack.airflow_api import AirflowApi
from local.stack.dag_run import wait_for_dag
from local.stack.settings import PORTS, Settings, load_settings
from tests.conftest import data_folder
from tests.faults.scenes import EVENTS, HOUR
from tests.faults.test_secrets import CANARIES
from tests.support.files import files
from tests.support.runs import ROOT, event, put_lines, put_paths, song

pytestmark = pytest.mark.deep

KINDS = ("redshift", "postgres", "refused")
_TAIL = """
for task in dag.tasks:
    task.redshift_conn_id = "canary_{kind}"
    task.aws_conn_id = "canary_aws"
    task.retries = 0
"""


def _dags(folder: Path) -> Path:
    """One copy of the project's DAG for each connection in Airflow's database."""
    (folder / "dags").mkdir()
    (folder / "include").symlink_to(ROOT / "include")
    source = (ROOT / "dags" / "sparkify_etl.py").read_text()
    cron = 'CronDataIntervalTimetable("0 * * * *", timezone="UTC")'
    for kind in KINDS:
        text = source.replace('dag_id="sparkify_etl"', f'dag_id="canary_{kind}"')
        text = text.replace(cron, "None").replace("with DAG(", "with DAG(", 1)
        text = text.replace("\n):\n", "\n) as dag:\n", 1)
        (folder / "dags" / f"canary_{kind}.py").write_text(text + _TAIL.format(kind=kind))
    tables = (ROOT / "dags" / "sparkify_create_tables.py").read_text()
    (folder / "dags" / "sparkify_create_tables.py").write_text(tables)
    return folder / "dags"


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """A separate stack for this module."""
    folder = data_folder()
    probes = [socket.socket() for _ in PORTS]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = {name: str(one.getsockname()[1]) for name, one in zip(PORTS, probes, strict=True)}
    for probe in probes:
        probe.close()
    places = {"SPARKIFY_STATE_DIR": str(folder / "state"), "SPARKIFY_DAGS_DIR": str(_dags(folder))}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (ports | places).items():
            patch.setenv(name, value)
        settings = load_settings()
        try:
            lifecycle.up(settings)
            yield settings
        finally:
            lifecycle.down(settings)


@pytest.fixture(scope="module")
def api(settings: Settings) -> AirflowApi:
    api = AirflowApi(settings.ui_url)
    address = {"host": "127.0.0.1", "login": "awsuser", "schema": "dev"}
    address |= {"password": CANARIES["password"], "port": settings.redshift.number}
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = nobody.getsockname()[1]
    no_ssl, plain = json.dumps({"ssl": False}), json.dumps({"sslmode": "disable"})
    refused = address | {"port": closed}
    s3 = {"endpoint_url": settings.s3_url, "region_name": local_s3.REGION}
    s3["aws_session_token"] = CANARIES["session_token"]
    for connection in (
        address
        | {
            "connection_id": "canary_redshift",
            "conn_type": "redshift",
            "extra": no_ssl,
        },
        address | {"connection_id": "canary_postgres", "conn_type": "postgres", "extra": plain},
        refused | {"connection_id": "canary_refused", "conn_type": "postgres", "extra": plain},
        {
            "connection_id": "canary_aws",
            "conn_type": "aws",
            "login": CANARIES["access_key"],
            "password": CANARIES["secret_key"],
            "extra": json.dumps(s3),
        },
    ):
        api.call("POST", "connections", connection)
    return api


def _run(api: AirflowApi, dag_id: str, conf: dict[str, str]) -> tuple[str, str]:
    """A run's id and final state."""
    wait_for_dag(api, dag_id)
    run_id = api.trigger(dag_id, conf)
    api.unpause(dag_id)
    deadline = time.monotonic() + 120
    while (state := api.run_state(dag_id, run_id)) not in {"success", "failed"}:
        assert time.monotonic() < deadline, state
        time.sleep(0.3)
    return run_id, state


def test_nothing_that_airflow_shows_or_keeps_of_runs_has_a_secret_in_it(settings, api):
    client = local_s3.client(settings.s3_url)
    bucket = local_s3.SOURCE_BUCKET
    assert _run(api, "sparkify_create_tables", {})[1] == "success"
    put_paths(client, bucket)
    put_lines(client, bucket, EVENTS, [event("2018-11-05T10:10:00")])
    put_lines(client, bucket, "song_data/1.json", [song("S1")])
    window = dict(zip(("window_start", "window_end"), HOUR, strict=True))
    runs = {
        kind: _run(api, f"canary_{kind}", window) for kind in ("redshift", "postgres", "refused")
    }
    put_lines(client, bucket, EVENTS, ["{broken", "{broken"])
    runs["bad data"] = _run(api, "canary_redshift", window)
    assert [state for _, state in runs.values()] == ["success", "success", "failed", "failed"]

    shown: dict[str, str] = {}
    for name, (run_id, _) in runs.items():
        _collect(api, "canary_redshift" if name == "bad data" else f"canary_{name}", run_id, shown)
    for kind in KINDS:
        _ui(settings, api, f"canary_{kind}", shown)
    entries = api.call("GET", "eventLogs?limit=500")["event_logs"]
    made_here = [entry for entry in entries if entry["event"] == "post_connection"]
    shown["eventLogs"] = json.dumps([entry for entry in entries if entry not in made_here])
    for pattern in ("*.log", "**/logs/**/*"):
        for path in files(settings.state_dir, pattern):
            shown[str(path)] = path.read_text(errors="replace")
    whole = "\n".join(shown.values())
    for sign in ("copy arrived_rows", "nothing was loaded", "ConnectionLost", '"staged"'):
        assert sign in whole.replace('\\"', '"'), "what should be there was not read"
    results = {
        where: name
        for where, text in shown.items()
        for name, canary in CANARIES.items()
        if canary in text or json.dumps(canary)[1:-1] in text
    }
    assert results == {}
    # A connection's form and its audit log entry show its login, but no secret.
    form = json.dumps([made_here, api.call("GET", "connections?limit=100")])
    assert not [name for name in set(CANARIES) - {"access_key"} if CANARIES[name] in form]


def _collect(api: AirflowApi, dag_id: str, run_id: str, shown: dict[str, str]) -> None:
    base = f"dags/{dag_id}/dagRuns/{urllib.parse.quote(run_id, safe='')}"
    shown[base] = json.dumps(api.call("GET", base))
    shown[f"{base}/source"] = json.dumps(api.call("GET", f"dagSources/{dag_id}"))
    shown[f"{base}/details"] = json.dumps(api.call("GET", f"dags/{dag_id}/details"))
    for task in api.task_instances(dag_id, run_id):
        of_task = f"{base}/taskInstances/{task['task_id']}"
        shown[of_task] = json.dumps(task)
        assert task["state"] == "upstream_failed" or task["rendered_fields"] is not None
        shown[f"{of_task}/tries"] = json.dumps(api.call("GET", f"{of_task}/tries"))
        entries = api.call("GET", f"{of_task}/xcomEntries")
        shown[f"{of_task}/xcom"] = json.dumps(entries)
        for entry in entries["xcom_entries"]:
            key = f"{of_task}/xcomEntries/{entry['key']}"
            shown[key] = json.dumps(api.call("GET", key))
        if task["try_number"]:
            number = task["try_number"]
            shown[f"{of_task}/log"] = json.dumps(api.call("GET", f"{of_task}/logs/{number}"))


def _ui(settings: Settings, api: AirflowApi, dag_id: str, shown: dict[str, str]) -> None:
    """The API requests that the UI's pages make."""
    for path in (
        f"dags?dag_ids={dag_id}",
        f"structure/structure_data?dag_id={dag_id}",
        f"grid/structure/{dag_id}",
        f"grid/runs/{dag_id}",
        "dashboard/dag_stats",
        "config",
    ):
        request = urllib.request.Request(
            f"{settings.ui_url}/ui/{path}", headers={"Authorization": f"Bearer {api._token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            shown[f"ui/{dag_id}/{path}"] = answer.read().decode()
