"""The plugin's file: what Airflow mounts, and what runs when the API server starts."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
from fastapi.testclient import TestClient

import sparkify_insights
from tests.support.aws import aws_connection
from tests.support.runs import ROOT


def test_a_server_warms_up_before_the_first_request(monkeypatch: pytest.MonkeyPatch):
    warmed = threading.Event()
    warm_up = sparkify_insights.warm_up
    monkeypatch.setattr(sparkify_insights, "WARM_UP_AFTER", 0.0)
    monkeypatch.setattr(sparkify_insights, "warm_up", lambda: (warm_up(), warmed.set()))
    sparkify_insights._application.cache_clear()

    with TestClient(sparkify_insights._served()):
        assert warmed.wait(30)

    assert sparkify_insights._application.cache_info().currsize == 1


def test_a_server_that_ends_at_once_does_not_warm_up(monkeypatch: pytest.MonkeyPatch):
    called: list[bool] = []
    monkeypatch.setattr(sparkify_insights, "WARM_UP_AFTER", 0.2)
    monkeypatch.setattr(sparkify_insights, "warm_up", lambda: called.append(True))
    with TestClient(sparkify_insights._served()):
        pass
    time.sleep(0.4)
    assert called == []


def test_other_processes_of_airflow_import_neither_fastapi_nor_the_pages():
    code = (
        "import sys, sparkify_insights as plugin;"
        "print([name for name in ('fastapi', 'vl_convert', 'sparkify.insights.app')"
        " if name in sys.modules], plugin.SparkifyInsights.fastapi_apps[0]['app'] is plugin.pages)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "plugins", capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "[] True", done.stderr[-2000:]


def test_the_page_gives_up_on_s3_early_and_keeps_the_settings_of_the_connection(monkeypatch):
    monkeypatch.setenv(
        "AIRFLOW_CONN_AWS_DEFAULT",
        aws_connection("http://127.0.0.1:9", config_kwargs={"s3": {"addressing_style": "path"}}),
    )
    monkeypatch.setenv("AIRFLOW_VAR_SPARKIFY_SOURCE_BUCKET", "a-bucket")
    client, bucket = sparkify_insights._sources()
    config = client.meta.config
    assert bucket == "a-bucket"
    assert config.connect_timeout + config.read_timeout <= 10
    assert config.retries["total_max_attempts"] <= 2
    assert config.s3 == {"addressing_style": "path"}
