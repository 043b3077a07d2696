"""`python -m conformance`, called as `make conformance` does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SECRET, Endpoint, OwnAirflow
from tests.support.runs import ROOT


def conformance(
    *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "conformance", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=200, env=environment
    )


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment without Airflow's variables."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}


def test_alone_it_starts_servers_of_its_own_and_leaves_none(bare: dict[str, str], tmp_path: Path):
    report = tmp_path / "report.json"
    done = conformance(*("--only", "truncate_commits", "--report", str(report)), environment=bare)
    assert done.returncode == 0, done.stdout + done.stderr
    report_json = json.loads(report.read_text())
    assert report_json["target"]["version"].endswith("Redshift 1.0.local")
    assert [(p["name"], p["status"]) for p in report_json["probes"]] == [
        ("truncate_commits", "holds")
    ]
    assert done.stderr == ""


def test_the_local_endpoint_takes_its_options_and_the_other_driver(
    bare: dict[str, str], tmp_path: Path
):
    report = tmp_path / "report.json"
    done = conformance(
        *("--only", "in_time", "--conn-type", "postgres", "--report", str(report)),
        *("--", "--system-view-lag", "1.2"),
        environment=bare,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report_json = json.loads(report.read_text())
    assert report_json["target"]["connection type"] == "postgres"
    assert float(report_json["probes"][0]["saw"].split()[1]) > 1


def test_a_filter_that_matches_no_probe_fails(bare: dict[str, str]):
    done = conformance("--only", "no_such_probe", environment=bare)
    assert done.returncode == 2
    assert "no probe has a name that contains 'no_such_probe'" in done.stdout


@pytest.mark.parametrize("option", ["--conn", "--bucket"])
def test_connection_and_bucket_go_together(bare: dict[str, str], option: str):
    done = conformance(option, "something", environment=bare)
    assert done.returncode == 2
    assert "must be given together" in done.stderr


def test_a_missing_connection_is_named(bare: dict[str, str], tmp_path: Path):
    environment = bare | {"AIRFLOW_HOME": str(tmp_path)}
    done = conformance("--conn", "no_such", "--bucket", "b", environment=environment)
    assert done.returncode == 2
    assert "no_such" in done.stdout


def test_connections_may_be_in_airflows_own_database(
    own_airflow: OwnAirflow, endpoint: Endpoint, bucket: str, tmp_path: Path, s3: Any
):
    connection = json.loads(own_airflow.environment["AIRFLOW_CONN_REDSHIFT_DEFAULT"])
    added = own_airflow("connections", "add", "warehouse", "--conn-json", json.dumps(connection))
    assert added.returncode == 0, added.stderr
    report = tmp_path / "report.json"
    done = conformance(
        *("--conn", "warehouse", "--bucket", bucket, "--report", str(report)),
        *("--only", "copy_is_part"),
        environment=own_airflow.environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(report.read_text())["summary"] == {"holds": 1}
    assert SECRET not in done.stdout + done.stderr + report.read_text()
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
