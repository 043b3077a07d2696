"""A client for the parts of Airflow's REST API that the stack needs."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

# The API runs on this machine, so never use a proxy.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ApiError(RuntimeError):
    """The request failed; `status` is the HTTP status, or 0 if there was no answer."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


def get_json(url: str, *, timeout: float = 30) -> Any:
    return _send(_request("GET", url), timeout=timeout)


def _request(method: str, url: str, **content: Any) -> urllib.request.Request:
    return urllib.request.Request(url, method=method, **content)  # noqa: S310 - always http


def _send(request: urllib.request.Request, *, timeout: float = 30) -> Any:
    where = f"{request.get_method()} {request.full_url}"
    try:
        with _opener.open(request, timeout=timeout) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")[:500]
        raise ApiError(f"{where}: {error.code} {text}", error.code) from error
    except (OSError, ValueError) as error:
        raise ApiError(f"{where}: {error}") from error


class AirflowApi:
    """The API of the stack's Airflow. It needs a token, but no log-in."""

    def __init__(self, ui_url: str) -> None:
        self._url = f"{ui_url}/api/v2"
        self._token = get_json(f"{ui_url}/auth/token")["access_token"]

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The API's answer; `path` is relative to /api/v2.

        :raises ApiError: there is no answer, or it is an error.
        """
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        url = f"{self._url}/{path}"
        return _send(_request(method, url, data=data, headers=headers))

    def import_errors(self) -> list[dict[str, Any]]:
        errors: list[dict[str, Any]] = self.call("GET", "importErrors")["import_errors"]
        return errors

    def has_dag(self, dag_id: str) -> bool:
        try:
            self.call("GET", f"dags/{dag_id}")
        except ApiError as error:
            if error.status == 404:
                return False
            raise
        return True

    def unpause(self, dag_id: str) -> None:
        self.call("PATCH", f"dags/{dag_id}?update_mask=is_paused", {"is_paused": False})

    def make_pool(self, name: str, **fields: Any) -> None:
        """Create a pool. An existing one does not change."""
        try:
            self.call("POST", "pools", {"name": name, **fields})
        except ApiError as error:
            if error.status != 409:
                raise

    def trigger(self, dag_id: str, conf: dict[str, Any]) -> str:
        """Start a run without a logical date; returns its id."""
        run = self.call("POST", f"dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf})
        return str(run["dag_run_id"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        return str(self.call("GET", f"dags/{dag_id}/dagRuns/{_quoted(run_id)}")["state"])

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        path = f"dags/{dag_id}/dagRuns/{_quoted(run_id)}/taskInstances?limit=200"
        instances: list[dict[str, Any]] = self.call("GET", path)["task_instances"]
        return instances

    def task_log(
        self, dag_id: str, run_id: str, task_id: str, *, try_number: int, map_index: int
    ) -> list[str]:
        """The lines of a task's log, each beginning with its level."""
        path = f"dags/{dag_id}/dagRuns/{_quoted(run_id)}/taskInstances/{_quoted(task_id)}"
        answer = self.call("GET", f"{path}/logs/{max(1, try_number)}?map_index={map_index}")
        return [line for entry in answer["content"] for line in _log_lines(entry)]


def _log_lines(entry: dict[str, Any] | str) -> list[str]:
    if isinstance(entry, str):
        return [entry]
    event = str(entry.get("event", ""))
    if event.startswith("::"):  # markers for folding the log in the UI
        return []
    level = str(entry.get("level", "")).upper()
    errors = [
        f"{level:8}{error.get('exc_type', '')}: {error.get('exc_value', '')}"
        for error in entry.get("error_detail") or []
    ]
    return [f"{level:8}{event}", *errors]


def _quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")
