"""Alerts are sent only to the recipients in the configuration."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.definitions.callback import AsyncCallback, SyncCallback

from sparkify.tasks.alerts import on_failure, when_late
from tests.conftest import OwnAirflow

SMTP = "airflow.providers.smtp.notifications.smtp.SmtpNotifier"
NOTIFIER = """\
from airflow.sdk import BaseNotifier


class ToFile(BaseNotifier):
    template_fields = ("text",)

    def __init__(self, text, path):
        super().__init__()
        self.text, self.path = text, path

    def notify(self, context):
        with open(self.path, "a") as file:
            file.write(self.text + "\\n")
"""


@pytest.fixture
def notifier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A user-defined notifier that can be imported."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "their_notifier.py").write_text(NOTIFIER)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
    return "their_notifier.ToFile"


def configure(monkeypatch: pytest.MonkeyPatch, name: str, setting: Any) -> None:
    text = setting if isinstance(setting, str) else json.dumps(setting)
    monkeypatch.setenv(f"AIRFLOW__SPARKIFY__{name}", text)


def test_without_configuration_no_alert_is_sent():
    assert on_failure() == []
    assert when_late() == []


def test_a_failed_task_is_sent_to_the_notifier_with_its_names(
    own_airflow: OwnAirflow, notifier: str, tmp_path: Path
):
    alert_file = tmp_path / "alerts.txt"
    own_airflow.environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
    own_airflow.environment["AIRFLOW__SPARKIFY__ON_FAILURE"] = json.dumps(
        {"notifier": notifier, "text": "{{ ti.dag_id }}.{{ ti.task_id }}", "path": str(alert_file)}
    )
    own_airflow.environment["AIRFLOW_VAR_SPARKIFY_SOURCE_BUCKET"] = "nobody-made-this-bucket"
    ended = own_airflow("dags", "test", "sparkify_etl")
    assert alert_file.exists(), ended.stdout[-3000:]
    # Both tasks fail for the missing bucket; `dags test` stops at the first failure.
    names = set(alert_file.read_text().split())
    assert names
    assert names <= {"sparkify_etl.stage_events", "sparkify_etl.stage_songs"}


def test_a_late_run_is_alerted_by_the_triggerer_if_the_notifier_can_wait(monkeypatch):
    configure(monkeypatch, "ON_LATE", {"after_minutes": 45, "notifier": SMTP, "to": "a@b.example"})
    (alert,) = when_late()
    assert alert.interval == timedelta(minutes=45)
    assert isinstance(alert.callback, AsyncCallback)
    assert (alert.callback.path, alert.callback.kwargs) == (SMTP, {"to": "a@b.example"})


def test_a_late_run_is_alerted_by_a_worker_if_the_notifier_cannot_wait(monkeypatch, notifier):
    expected = {"after_minutes": 45, "notifier": notifier, "text": "late", "path": "alerts.txt"}
    configure(monkeypatch, "ON_LATE", expected)
    (alert,) = when_late()
    assert isinstance(alert.callback, SyncCallback)


@pytest.mark.parametrize(
    ("setting", "fault"),
    [
        ("{canary", r"\[sparkify\] on_late is no JSON object"),
        ("7", "is no JSON object"),
        (["notifier", "after_minutes"], "is no JSON object"),
        ('"notifier after_minutes canary"', "is no JSON object"),
        ({"after_minutes": "canary", "notifier": SMTP, "to": "d@e"}, "no number of minutes"),
        ({"after_minutes": -5, "notifier": SMTP, "to": "d@e"}, "no number of minutes"),
        ({"after_minutes": 45, "notifier": SMTP}, "on_late: .* missing .*'to'"),
        ({"notifier": SMTP}, "lacks after_minutes"),
        ({"after_minutes": 45}, "lacks notifier"),
        ({"after_minutes": 45, "notifier": "no.such.Notifier"}, "which is no notifier"),
        ({"after_minutes": 45, "notifier": "os.getcwd"}, "which is no notifier"),
    ],
)
def test_an_unreadable_setting_is_reported_without_quoting_it(monkeypatch, setting, fault):
    configure(monkeypatch, "ON_LATE", setting)
    with pytest.raises(ValueError, match=fault) as raised:
        when_late()
    assert "canary" not in str(raised.value)
