"""`python -m local.redshift`: run the endpoint until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import math
import signal
import sys
from pathlib import Path

from local.postgres import PostgresStartError
from local.redshift.copy.objects import ObjectStore
from local.redshift.database import Behaviour
from local.redshift.dialect.transactions import LEVELS
from local.redshift.server import RedshiftEndpoint


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local.redshift", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=5439)
    parser.add_argument("--data-dir", type=Path, required=True, help="PostgreSQL's data")
    parser.add_argument("--s3-endpoint", help="the S3 server's URL; AWS without it")
    parser.add_argument("--region", default="us-west-2", help="the region the cluster is in")
    parser.add_argument("--record", type=Path, help="append every statement to this file, as sent")
    parser.add_argument(
        "--system-view-lag",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="delay until a load appears in SYS_LOAD_HISTORY and the other load views",
    )
    parser.add_argument(
        "--isolation",
        choices=sorted(LEVELS),
        default="snapshot",
        help="the isolation level of the database",
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    # COPY creates and drops thousands of rows. None of them is part of a reference cycle.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    try:
        asyncio.run(_serve(options))
    except (OSError, PostgresStartError) as error:
        sys.stderr.write(f"the Redshift endpoint did not start: {error}\n")
        return 1
    return 0


def _seconds(text: str) -> float:
    if not 0 <= (seconds := float(text)) < math.inf:
        raise ValueError(text)
    return seconds


async def _serve(options: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stopped.set)
    endpoint = RedshiftEndpoint(
        data_dir=options.data_dir,
        store=ObjectStore(endpoint_url=options.s3_endpoint, region=options.region),
        host=options.host,
        port=options.port,
        record=options.record,
        behaviour=Behaviour(options.system_view_lag, options.isolation),
    )
    await endpoint.start()
    try:
        await stopped.wait()
    finally:
        await endpoint.stop()


if __name__ == "__main__":
    raise SystemExit(main())
