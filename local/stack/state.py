"""The state file: the phase of the stack and of each process.

Purpose: `status` and `up` read here which processes run, and what failed. Only the supervisor
writes the file, and it replaces the whole file each time.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from local.stack.processes import Identity

Phase = Literal["starting", "ready", "failed", "stopping"]


@dataclass
class ServiceState:
    """One process; `seconds` is the time until it was ready."""

    address: str
    status: Literal["waiting", "starting", "ready", "exited"] = "waiting"
    identity: Identity | None = None
    exit_code: int | None = None
    seconds: float | None = None


@dataclass
class StackState:
    supervisor: Identity
    phase: Phase = "starting"
    error: str = ""
    services: dict[str, ServiceState] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        return self.supervisor.process() is not None

    @property
    def exited(self) -> list[str]:
        """The names of the processes that should run but do not."""
        return [
            name
            for name, service in self.services.items()
            if service.status == "exited"
            or (service.identity is not None and service.identity.process() is None)
        ]


def state_path(state_dir: Path) -> Path:
    return state_dir / "state.json"


def write_state(state_dir: Path, state: StackState) -> None:
    path = state_path(state_dir)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(asdict(state), indent=1))
    draft.replace(path)


def read_state(state_dir: Path) -> StackState | None:
    """The last state; None if there is none, or it cannot be read."""
    try:
        stored = json.loads(state_path(state_dir).read_text())
        supervisor = Identity.parse(stored["supervisor"])
        if supervisor is None:
            return None
        services = {
            name: ServiceState(**service | {"identity": Identity.parse(service["identity"])})
            for name, service in stored["services"].items()
        }
        return StackState(supervisor, stored["phase"], stored["error"], services)
    except (OSError, ValueError, KeyError, TypeError):
        return None
