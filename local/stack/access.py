"""Commands on a running stack: `status`, `logs`, `psql`, `airflow`, `plan`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from local.postgres import binary
from local.stack.airflow_settings import airflow_environment, redshift_password
from local.stack.lifecycle import StackError, say
from local.stack.processes import survivors
from local.stack.settings import Settings
from local.stack.state import read_state


def status(settings: Settings) -> bool:
    """Print one line per process; returns whether all of them run."""
    state = read_state(settings.state_dir)
    if state is None or not state.running:
        orphans = survivors(settings.state_dir)
        if orphans:
            say(f"the supervisor has ended, but {len(orphans)} of its processes still run")
            say("`make up` restarts the stack, `make down` stops it")
        else:
            say("the stack is down; `make up` starts it")
            if state is not None and state.error:
                say(f"its last start failed: {state.error}")
        return False
    for name, service in state.services.items():
        pid = f"pid {service.identity.pid}" if service.identity else ""
        shown = "exited" if name in state.exited else service.status
        say(f"{name:14} {shown:9} {pid:11} {service.address}".rstrip())
    whole = state.phase == "ready" and not state.exited
    if state.exited:
        say(f"see `make logs ARGS={state.exited[0]}`; `make up` restarts the stack")
    return whole


def logs(settings: Settings, *, names: list[str], lines: int, follow: bool) -> int:
    """Show the last lines of the processes' logs, with the system's `tail`."""
    by_name = {path.stem: path for path in sorted(settings.logs_dir.glob("*.log"))}
    # PostgreSQL's logs are beside its data directories. Most are empty.
    servers = sorted(settings.state_dir.glob("*.log"))
    by_name |= {f"{path.stem}-postgres": path for path in servers if path.stat().st_size}
    unknown = [name for name in names if name not in by_name]
    if unknown or not by_name:
        available = ", ".join(by_name) or "none yet; `make up` creates them"
        raise StackError(
            f"there is no log of {', '.join(unknown) or 'any process'}; available: {available}"
        )
    paths = [str(by_name[name]) for name in names or by_name]
    command = ["tail", "-n", str(lines), *(["-F"] if follow else []), *paths]
    return subprocess.run(command, check=False).returncode


def psql(settings: Settings, arguments: list[str]) -> None:
    """Replace this process by `psql` on the endpoint. SQL from a pipe stops at its first error."""
    _need_running(settings)
    program = binary("psql")
    if not sys.stdin.isatty():
        arguments = ["-v", "ON_ERROR_STOP=1", *arguments]
    address = {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(settings.redshift.number),
        "PGUSER": "awsuser",
        "PGDATABASE": "dev",
        "PGPASSWORD": redshift_password(settings),
    }
    sys.stdout.flush()
    os.execve(program, [str(program), *arguments], {**os.environ, **address})  # noqa: S606 - it takes over the terminal


def airflow(settings: Settings, arguments: list[str]) -> None:
    """Replace this process by `airflow` with the stack's configuration."""
    _become("airflow", settings, arguments)


def plan(settings: Settings, arguments: list[str]) -> None:
    """Replace this process by `sparkify.commands.plan`, which shows what a backfill would do."""
    _become(
        "sparkify.commands.plan",
        settings,
        arguments,
        {"AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING"},
    )


def _become(
    module: str, settings: Settings, arguments: list[str], more: Mapping[str, str] | None = None
) -> None:
    _need_running(settings)
    sys.stdout.flush()
    environment = {**airflow_environment(settings), **(more or {})}
    plugins = environment["AIRFLOW__CORE__PLUGINS_FOLDER"]
    environment["PYTHONPATH"] = os.pathsep.join((environment["PYTHONPATH"], plugins))
    command = [sys.executable, "-m", module, *arguments]
    os.execve(sys.executable, command, environment)  # noqa: S606 - it takes over the terminal


def _need_running(settings: Settings) -> None:
    state = read_state(settings.state_dir)
    if state is None or not state.running:
        raise StackError("the stack is down; `make up` starts it")
