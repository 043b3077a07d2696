"""Loads a month as large as the public one, 14,896 songs in a file each, beside dlt.

Purpose: `python -m benchmarks.month` runs `make demo` on such a month, on a stack of its own, and
prints the seconds of each stage. Then dlt stages the same files from the same S3 server into the
PostgreSQL behind the endpoint, without any star schema. It fails if the DAG's run, which also loads
the star schema, takes more than LIMIT times as long as dlt.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from benchmarks.airflow_runs import seconds_between
from benchmarks.dag_run import own_stack
from benchmarks.servers import postgres_socket
from local import s3
from local.sample_data import Parameters, write
from local.stack.airflow_api import AirflowApi
from local.stack.demo import ETL_DAG, demo
from local.stack.lifecycle import StackError
from local.stack.settings import Settings

LIMIT = 0.5
SONGS = 14_896  # in the public bucket
DLT = "dlt[postgres,filesystem,s3]==1.31.0"


def main() -> int:
    with own_stack("month") as settings:
        month = write(settings.sample_dir, Parameters(songs=SONGS))
        began = time.perf_counter()
        if demo(settings, settings.sample_dir):
            raise StackError("the demo failed")
        whole = time.perf_counter() - began
        ours = _run_seconds(settings)
        theirs, events, songs = _dlt(settings)
    if (events, songs) != (month.events, month.songs):
        raise SystemExit(f"dlt staged {events} events and {songs} songs of {month}")
    print(f"stack up to summary: {whole:.1f} s")
    print(f"{ETL_DAG}: {ours:.1f} s; dlt's staging alone: {theirs:.1f} s")
    print(f"ratio {ours / theirs:.2f}, limit {LIMIT}")
    return 0 if ours / theirs <= LIMIT else 1


def _run_seconds(settings: Settings) -> float:
    """The seconds of the demo's run, from its request to its end."""
    path = f"dags/{ETL_DAG}/dagRuns?run_type=manual"
    (run,) = AirflowApi(settings.ui_url).call("GET", path)["dag_runs"]
    return seconds_between(run["queued_at"], run["end_date"])


def _dlt(settings: Settings) -> tuple[float, int, int]:
    """The seconds that dlt takes, and its numbers of events and songs."""
    socket = postgres_socket(settings.state_dir / "redshift")
    destination, source = "DESTINATION__POSTGRES__CREDENTIALS", "SOURCES__FILESYSTEM__CREDENTIALS"
    environment = os.environ | {
        destination: f"postgresql://postgres:none@localhost/dev?host={socket}",
        f"{source}__AWS_ACCESS_KEY_ID": s3.ACCESS_KEY,
        f"{source}__AWS_SECRET_ACCESS_KEY": s3.SECRET_KEY,
        f"{source}__ENDPOINT_URL": settings.s3_url,
        f"{source}__REGION_NAME": s3.REGION,
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "UV_SYSTEM_CERTS": "1",
    }
    uv = str(Path(sysconfig.get_path("scripts")) / "uv")
    command = [uv, "run", "--no-project", "--quiet", "--python", sys.executable, f"--with={DLT}"]
    script = str(Path(__file__).with_name("dlt_month.py"))
    done = subprocess.run(
        [*command, script, s3.SOURCE_BUCKET, str(settings.state_dir / "dlt")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StackError(f"dlt failed:\n{done.stdout}{done.stderr}")
    seconds, events, songs = done.stdout.split()[-3:]
    return float(seconds), int(events), int(songs)


if __name__ == "__main__":
    sys.exit(main())
