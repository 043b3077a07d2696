"""Start and stop the stack: `up`, `down`, `clean`.

Purpose: whatever state an earlier stack is in, `up` starts a complete one or says in one sentence
what to do, and `down` stops everything.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from local.bucket_folder import make_buckets
from local.stack.airflow_api import AirflowApi
from local.stack.airflow_settings import stack_environment
from local.stack.processes import end, port_holder, survivors
from local.stack.services import SERVICES
from local.stack.settings import REPOSITORY, Settings
from local.stack.state import StackState, read_state, state_path

POOLS = REPOSITORY / "include" / "pools.json"
START_TIMEOUT = 180.0
STOP_TIMEOUT = 30.0


class StackError(RuntimeError):
    """A message for the user, shown without a traceback."""


def up(settings: Settings) -> None:
    """Start the stack, unless it runs. If another `up` is starting it, wait for that.

    :raises StackError: it cannot start.
    """
    began = time.monotonic()
    with _one_at_a_time(settings):
        if _is_whole(settings):
            say(f"the stack is already up: {settings.ui_url}")
            return
        state = read_state(settings.state_dir)
        if state is None or not state.running:
            orphans = survivors(settings.state_dir)
            if orphans:
                say(f"an earlier stack was not stopped: stopping its {len(orphans)} processes")
                end(orphans, timeout=10)
            check_ports(settings)
            make_buckets(settings.s3_dir)
            _start_supervisor(settings)
    _follow_start(settings)
    make_pools(AirflowApi(settings.ui_url))
    say(f"the stack is up after {time.monotonic() - began:.1f} s: {settings.ui_url}")


def _is_whole(settings: Settings) -> bool:
    """Whether the whole stack runs. A stack with a missing process is stopped."""
    state = read_state(settings.state_dir)
    if state is None or not state.running:
        return False
    moved = [
        name
        for name, service in SERVICES.items()
        if name in state.services and state.services[name].address != service.address(settings)
    ]
    if state.exited:
        why = f"{', '.join(state.exited)} ended"
    elif moved:
        why = f"the settings have a new address for {', '.join(moved)}"
    elif state.phase in ("starting", "ready"):
        return state.phase == "ready"
    else:
        why = f"it is {state.phase}"
    say(f"restarting the stack: {why}")
    _stop(settings)
    return False


@contextlib.contextmanager
def _one_at_a_time(settings: Settings) -> Iterator[None]:
    """Make a second `up` wait until the first one's supervisor has written its state file."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    with (settings.state_dir / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def down(settings: Settings) -> None:
    """Stop all processes of the stack, even if the supervisor has ended."""
    began = time.monotonic()
    if _stop(settings):
        say(f"the stack is down after {time.monotonic() - began:.1f} s")
    else:
        say("the stack was not running")


def clean(settings: Settings) -> None:
    """Stop the stack, and delete its databases, S3 objects, logs, sample data and passwords."""
    down(settings)
    if not settings.state_dir.exists():
        say(f"nothing to delete: there is no {settings.state_dir}")
        return
    if not (settings.state_dir / "secrets.json").exists():
        raise StackError(f"{settings.state_dir} was not created by the stack: not deleting it")
    shutil.rmtree(settings.state_dir)
    say(f"deleted {settings.state_dir} (databases, S3 objects, logs, sample data)")


def check_ports(settings: Settings) -> None:
    """Check that the stack's ports are free.

    :raises StackError: another program listens on one of them.
    """
    taken = [(port, port_holder(port.number)) for port in settings.ports]
    problems = [
        f"port {port.number} ({port.purpose}) is taken by {holder}: stop it, or set"
        f" {port.variable} to a free port in .env or in the environment"
        for port, holder in taken
        if holder is not None
    ]
    if problems:
        raise StackError("\n".join(problems))


def say(text: str) -> None:
    print(text, flush=True)


def _start_supervisor(settings: Settings) -> None:
    settings.logs_dir.mkdir(parents=True, exist_ok=True)
    state_path(settings.state_dir).unlink(missing_ok=True)
    with (settings.logs_dir / "supervisor.log").open("ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "local.stack.supervisor"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=stack_environment(settings),
        )
    deadline = time.monotonic() + 10
    while read_state(settings.state_dir) is None and time.monotonic() < deadline:
        time.sleep(0.05)


def _follow_start(settings: Settings) -> None:
    """Print each process that gets ready, until all are.

    :raises StackError: the supervisor failed or ended.
    """
    deadline = time.monotonic() + START_TIMEOUT
    shown: set[str] = set()
    last: StackState | None = None
    while time.monotonic() < deadline:
        state = read_state(settings.state_dir)
        for name, service in (state.services if state else {}).items():
            if service.status == "ready" and name not in shown:
                shown.add(name)
                took = f"ready in {service.seconds or 0:4.1f} s"
                say(f"  {name:14} {took}  {service.address}".rstrip())
        if state is not None and state.phase == "ready":
            return
        if state is None or not state.running:
            raise StackError(_why_not(settings, state or last))
        last = state
        time.sleep(0.1)
    raise StackError(f"the stack was not ready after {START_TIMEOUT:.0f} s; see `make logs`")


def _why_not(settings: Settings, state: StackState | None) -> str:
    """The error, and the last lines of the related logs."""
    if state is not None and state.phase == "stopping":
        return "the stack was stopped while it started"
    error = state.error if state is not None and state.error else "its supervisor ended"
    names = ["supervisor"]
    if state is not None:
        names = [name for name, one in state.services.items() if one.status == "exited"] or names
        if state.services["metadata"].status == "starting":
            names = ["migrate"]
    paths = [settings.logs_dir / f"{name}.log" for name in names]
    tails = [f"--- the end of {path}\n{_tail(path)}" for path in paths]
    return "\n".join([f"the stack did not start: {error}", *tails])


def _tail(path: Path, lines: int = 15) -> str:
    text = path.read_text(errors="replace") if path.exists() else ""
    return "\n".join(text.splitlines()[-lines:])


def _stop(settings: Settings) -> bool:
    """Stop the supervisor, then all remaining processes; returns whether there were any."""
    state = read_state(settings.state_dir)
    supervisor = state.supervisor.process() if state else None
    if supervisor is not None:
        end([supervisor], timeout=STOP_TIMEOUT)
    identities = [service.identity for service in state.services.values()] if state else []
    remaining = {process.pid: process for process in survivors(settings.state_dir)}
    for identity in identities:
        process = identity.process() if identity else None
        if process is not None:
            remaining[process.pid] = process
    end(list(remaining.values()), timeout=10)
    state_path(settings.state_dir).unlink(missing_ok=True)
    return supervisor is not None or bool(remaining)


def make_pools(api: AirflowApi) -> None:
    """Create the missing pools of include/pools.json. Existing pools do not change."""
    for name, pool in json.loads(POOLS.read_text()).items():
        api.make_pool(name, **pool)
