"""The endpoint as a child process, for tests and conformance runs."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.postgres import end_with_parent

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60.0


@contextmanager
def running_endpoint(
    data_dir: Path, s3_url: str, options: Sequence[str] = (), *, port: int = 0
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run an endpoint inside a `with` block; yields its process and its port.

    It logs to `endpoint.log` beside its data directory.

    :param options: more options of `python -m local.redshift`.
    :param port: 0 chooses a free one.
    :raises RuntimeError: it did not start; the message contains its log.
    """
    command = [sys.executable, "-m", "local.redshift", "--port", str(port)]
    command += ["--data-dir", str(data_dir), "--s3-endpoint", s3_url, *options]
    log = log_of(data_dir)
    with log.open("w") as stderr:
        process = subprocess.Popen(
            command, cwd=_ROOT, stderr=stderr, text=True, preexec_fn=end_with_parent
        )
    try:
        yield process, _port_when_ready(process, log)
    finally:
        process.terminate()
        process.wait(30)


def log_of(data_dir: Path) -> Path:
    """The log file of the endpoint on `data_dir`."""
    return data_dir.with_name("endpoint.log")


def _port_when_ready(process: subprocess.Popen[str], log: Path) -> int:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if ready := re.search(r"ready on [\d.]+:(\d+)", log.read_text()):
            return int(ready[1])
        time.sleep(0.02)
    raise RuntimeError(f"the Redshift endpoint did not start:\n{log.read_text()}")
