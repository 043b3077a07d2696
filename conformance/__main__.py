"""`python -m conformance`: check that a Redshift behaves as this project expects.

Without options it checks a local endpoint, which it starts. With --conn and --bucket it checks the
Redshift that the Airflow connection names, and uses `aws_default` for S3 and for COPY's role.

Exit status: 0 if every observed behaviour holds, 1 if one differs, 2 if none could be observed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from conformance import ROOT
from conformance.local_servers import local_servers
from conformance.masking import masked
from conformance.probe import Probe
from conformance.probes import all_probes
from conformance.report import print_table, write_json
from conformance.running import Result, exit_status, run_probes
from conformance.target import open_target
from sparkify.failures import describe


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    console = Console()
    try:
        probes = all_probes(options.only)
        with _connections(options) as (conn_id, bucket):
            return _examine(options, probes, conn_id, bucket, console)
    except Exception as error:
        console.print(f"{type(error).__name__}: {masked(describe(error))}", markup=False)
        return 2


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m conformance",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--conn", help="the Airflow connection to Redshift")
    parser.add_argument("--bucket", help="a bucket that COPY's role may read")
    parser.add_argument(
        "--unreadable", default="", metavar="URL", help="an object that the role may not read"
    )
    parser.add_argument("--report", type=Path, default=ROOT / "build" / "conformance.json")
    parser.add_argument("--only", default="", help="run the probes whose names contain this")
    local = parser.add_argument_group("options for the local endpoint")
    local.add_argument("--conn-type", choices=["redshift", "postgres"], default="redshift")
    local.add_argument(
        "endpoint", nargs="*", help="after --: options of `python -m local.redshift`"
    )
    options = parser.parse_args(arguments)
    if bool(options.conn) != bool(options.bucket):
        parser.error("--conn and --bucket must be given together")
    return options


@contextmanager
def _connections(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """The id of the connection to Redshift, and the bucket."""
    # Hide the loads' warnings. Errors are part of the results.
    os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "ERROR")
    if options.conn:
        # Makes Airflow look for connections in its database, too.
        os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
        yield options.conn, options.bucket
        return
    with TemporaryDirectory(prefix="sparkify-airflow-") as home:
        # A separate home, so that the user's Airflow is neither read nor changed.
        os.environ |= {"AIRFLOW_HOME": home, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        with local_servers(options.endpoint, options.conn_type) as bucket:
            yield "redshift_default", bucket


def _examine(
    options: argparse.Namespace,
    probes: Sequence[Probe],
    conn_id: str,
    bucket: str,
    console: Console,
) -> int:
    results: list[Result] = []
    about: dict[str, str] = {}
    try:
        with (
            open_target(conn_id, bucket, unreadable=options.unreadable) as target,
            console.status("connected") as line,
        ):
            about = target.about()

            def report(result: Result) -> None:
                results.append(result)
                line.update(f"{len(results)} of {len(probes)}: {result.probe.behaviour}")

            run_probes(probes, target, report)
    finally:  # also after Ctrl-C, or if the scratch schema could not be removed
        if results:
            print_table(results, console)
            write_json(options.report, about, results)
            console.print(f"Report: {options.report}", soft_wrap=True)
    return exit_status(results)


if __name__ == "__main__":
    sys.exit(main())
