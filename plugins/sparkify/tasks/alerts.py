"""Who is told when a task fails or a run is late: nobody, unless Airflow's configuration says.

How it works: section `sparkify` of airflow.cfg, or the environment, has a JSON object for each,
with the import path of a notifier of Airflow's and the arguments it takes:

    AIRFLOW__SPARKIFY__ON_FAILURE={"notifier":
      "airflow.providers.smtp.notifications.smtp.SmtpNotifier", "to": "data@example.com"}
    AIRFLOW__SPARKIFY__ON_LATE={"after_minutes": 45, "notifier": …, "to": …}

The DAG processor and the workers must see the same. A notifier's secrets belong into its
connection, never into its arguments. A run is late once it has been queued for so long and
has not ended; that is told by the triggerer, or, of a notifier that cannot wait, by a worker.

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
    told = _configured("on_failure")
    return [_made("on_failure", _notifier(told.pop("notifier")), told)] if told else []


def when_late() -> list[DeadlineAlert]:
    """What is called for each run that is late.

    :raises ValueError: as above.
    """
    told = _configured("on_late", "after_minutes")
    if not told:
        return []
    from airflow.sdk import BaseNotifier
    from airflow.sdk.definitions.callback import AsyncCallback, SyncCallback
    from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

    kind = _notifier(path := told.pop("notifier"))
    waits = kind.async_notify is not BaseNotifier.async_notify
    interval = _minutes(told.pop("after_minutes"))
    _made("on_late", kind, told)  # to know of a wrong argument now, and not when a run is late
    callback = AsyncCallback(path, told) if waits else SyncCallback(path, told)
    return [DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, interval, callback)]


def _configured(name: str, *needed: str) -> dict[str, Any]:
    from airflow.sdk.configuration import conf

    text = conf.get("sparkify", name, fallback="")
    if not text:
        return {}
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        # Without what it says, which may have a secret after all.
        raise ValueError(f"[sparkify] {name} is no JSON object")
    if missing := [key for key in ("notifier", *needed) if key not in told]:
        raise ValueError(f"[sparkify] {name} lacks {', '.join(missing)}")
    return told


def _minutes(told: Any) -> timedelta:
    try:
        interval = timedelta(minutes=float(told))
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
