"""Who is notified when a task fails or a run is late: nobody, unless the configuration says so.

How it works: section `sparkify` of airflow.cfg, or the environment, has a JSON object for each,
with the import path of an Airflow notifier and its arguments:

    AIRFLOW__SPARKIFY__ON_FAILURE={"notifier":
      "airflow.providers.smtp.notifications.smtp.SmtpNotifier", "to": "data@example.com"}
    AIRFLOW__SPARKIFY__ON_LATE={"after_minutes": 45, "notifier": …, "to": …}

The DAG processor and the workers must see the same configuration. A notifier's secrets belong into
its connection, never into its arguments. A run is late if it has not ended that many minutes after
it was queued. The triggerer sends the notification; if the notifier is not asynchronous, a worker
sends it.

Source: Airflow's documentation, "Notifications" and "Deadline Alerts" (experimental there).
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import BaseNotifier
    from airflow.sdk.definitions.deadline import DeadlineAlert


def on_failure() -> list[BaseNotifier]:
    """What is called for each task that has failed for good.

    :raises ValueError: the configuration cannot be read; the DAG processor shows it.
    """
    config = _configured("on_failure")
    return [_made("on_failure", _notifier(config.pop("notifier")), config)] if config else []


def when_late() -> list[DeadlineAlert]:
    """What is called for each run that is late.

    :raises ValueError: as above.
    """
    config = _configured("on_late", "after_minutes")
    if not config:
        return []
    from airflow.sdk import BaseNotifier
    from airflow.sdk.definitions.callback import AsyncCallback, SyncCallback
    from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

    kind = _notifier(path := config.pop("notifier"))
    waits = kind.async_notify is not BaseNotifier.async_notify
    interval = _minutes(config.pop("after_minutes"))
    _made("on_late", kind, config)  # to know of a wrong argument now, and not when a run is late
    callback = AsyncCallback(path, config) if waits else SyncCallback(path, config)
    return [DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, interval, callback)]


def _configured(name: str, *needed: str) -> dict[str, Any]:
    from airflow.sdk.configuration import conf

    text = conf.get("sparkify", name, fallback="")
    if not text:
        return {}
    try:
        config = json.loads(text)
    except ValueError:
        config = None
    if not isinstance(config, dict):
        # Without what it says, which may have a secret after all.
        raise ValueError(f"[sparkify] {name} is no JSON object")
    if missing := [key for key in ("notifier", *needed) if key not in config]:
        raise ValueError(f"[sparkify] {name} lacks {', '.join(missing)}")
    return config


def _minutes(value: Any) -> timedelta:
    try:
        interval = timedelta(minutes=float(value))
    except (ValueError, TypeError, OverflowError):
        interval = timedelta(0)
    if interval <= timedelta(0):
        raise ValueError("[sparkify] on_late: after_minutes is no number of minutes")
    return interval


def _made(name: str, kind: type[BaseNotifier], arguments: dict[str, Any]) -> BaseNotifier:
    try:
        return kind(**arguments)
    except TypeError as error:  # names an argument, and not its value
        raise ValueError(f"[sparkify] {name}: {error}") from error


def _notifier(path: str) -> type[BaseNotifier]:
    from airflow.sdk import BaseNotifier
    from airflow.sdk.module_loading import import_string

    try:
        kind = import_string(path)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"[sparkify] names {path!r}, which is no notifier: {error}") from error
    if not (isinstance(kind, type) and issubclass(kind, BaseNotifier)):
        raise ValueError(f"[sparkify] names {path!r}, which is no notifier")
    return kind
