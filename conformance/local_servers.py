"""An S3 server and a Redshift endpoint of this run's own, on free ports, until it ends."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

BUCKET = "conformance"
_START_SECONDS = 60.0
_ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def local_servers(
    endpoint_options: Sequence[str] = (), conn_type: str = "redshift"
) -> Iterator[str]:
    """Start both, and name them to Airflow as `redshift_default` and `aws_default`.

    :param endpoint_options: more options of `python -m local.redshift`.
    :param conn_type: of the connection, `redshift` or `postgres`.
    :returns: the name of an empty bucket.
    """
    from moto.server import ThreadedMotoServer

    from local.s3 import ACCESS_KEY, REGION, client

    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line for each request
    with ExitStack() as stack:
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        stack.callback(server.stop)
        s3_url = "http://{}:{}".format(*server.get_host_and_port())
        location = {"LocationConstraint": REGION}
        client(s3_url).create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="sparkify-conformance-")))
        folder.chmod(0o755)  # PostgreSQL may run as a user of its own
        port = stack.enter_context(_endpoint(folder, s3_url, endpoint_options))
        warehouse = {
            "conn_type": conn_type,
            "host": "127.0.0.1",
            "port": port,
            "login": "awsuser",
            "password": "not-asked-for",
            "schema": "dev",
            "extra": {"ssl": False} if conn_type == "redshift" else {"sslmode": "disable"},
        }
        s3 = {
            "conn_type": "aws",
            "login": ACCESS_KEY,
            "password": "not-asked-for",
            "extra": {"endpoint_url": s3_url, "region_name": REGION},
        }
        os.environ["AIRFLOW_CONN_REDSHIFT_DEFAULT"] = json.dumps(warehouse)
        os.environ["AIRFLOW_CONN_AWS_DEFAULT"] = json.dumps(s3)
        yield BUCKET


@contextmanager
def _endpoint(folder: Path, s3_url: str, options: Sequence[str]) -> Iterator[int]:
    """The endpoint's port."""
    from local.postgres import end_with_parent

    command = [sys.executable, "-m", "local.redshift", "--port", "0", "--s3-endpoint", s3_url]
    command += ["--data-dir", str(folder / "data"), *options]
    log = folder / "endpoint.log"
    with log.open("w") as stderr:
        process = subprocess.Popen(command, cwd=_ROOT, stderr=stderr, preexec_fn=end_with_parent)
    try:
        yield _port_when_ready(process, log)
    finally:
        process.terminate()
        process.wait(30)


def _port_when_ready(process: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if ready := re.search(r"ready on [\d.]+:(\d+)", log.read_text()):
            return int(ready[1])
        time.sleep(0.05)
    raise RuntimeError(f"the local Redshift endpoint did not start:\n{log.read_text()}")
