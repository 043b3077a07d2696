"""Starts an S3 server and a Redshift endpoint on free ports, for a benchmark."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from local import s3
from local.postgres import end_with_parent

BUCKET = "benchmark"


@dataclass(frozen=True, slots=True)
class Servers:
    """The running servers. The bucket is ``BUCKET``.

    :param s3_url: the S3 server's URL.
    :param conninfo: psycopg's connection string for the endpoint.
    """

    s3_url: str
    s3: Any
    conninfo: str
    directory: Path

    @property
    def record(self) -> Path:
        """The file of the statements that clients have sent."""
        return self.directory / "statements.jsonl"

    @property
    def postgres(self) -> str:
        """psycopg's connection string for the PostgreSQL behind the endpoint."""
        return f"host={postgres_socket(self.directory / 'redshift')} user=postgres dbname=dev"


@contextmanager
def running() -> Iterator[Servers]:
    """Run both servers inside a `with` block."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="sparkify-benchmark-")))
        directory.chmod(0o755)  # PostgreSQL may run as another user
        buckets = directory / "s3"
        buckets.mkdir()
        s3_port, port = free_port(), free_port()
        s3_url = f"http://127.0.0.1:{s3_port}"
        endpoint = ["-m", "local.redshift", "--port", str(port), "--s3-endpoint", s3_url]
        endpoint += ["--data-dir", str(directory / "redshift")]
        endpoint += ["--record", str(directory / "statements.jsonl")]
        for command, at in (
            (s3.server_command(s3_port, buckets), s3_port),
            ([sys.executable, *endpoint], port),
        ):
            process = stack.enter_context(
                subprocess.Popen(
                    command,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    preexec_fn=end_with_parent,
                )
            )
            stack.callback(process.terminate)
            wait_for_port(at, process)
        client = s3.client(s3_url)
        location = {"LocationConstraint": s3.REGION}
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
        conninfo = f"host=127.0.0.1 port={port} user=awsuser dbname=dev"
        yield Servers(s3_url, client, conninfo, directory)


def postgres_socket(data_dir: Path) -> str:
    """The directory of the socket on which the PostgreSQL of an endpoint listens."""
    return (data_dir / "postmaster.pid").read_text().splitlines()[4]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"{process.args!r} did not start")
