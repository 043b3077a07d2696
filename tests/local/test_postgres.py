"""The embedded server removes what killed servers have left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.postgres import STARTING, EmbeddedPostgres
from local.stack.settings import REPOSITORY


def test_a_start_removes_only_the_socket_directories_of_killed_servers(tmp_path):
    killed, running = EmbeddedPostgres(tmp_path / "a"), EmbeddedPostgres(tmp_path / "b")
    killed.start()
    running.start()
    left, held = killed.socket_dir, running.socket_dir
    killed.process.kill()
    killed.process.wait()
    for directory in (left, held):
        _make_old(directory)

    third = EmbeddedPostgres(tmp_path / "c")
    third.start()
    try:
        assert not left.exists()
        assert held.exists()
    finally:
        third.stop()
        running.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="it is Linux that is asked")
@pytest.mark.parametrize(("owner", "ends"), [("os.getppid()", False), ("os.getpid()", True)])
def test_a_server_runs_on_only_with_the_owner_it_was_started_by(owner: str, ends: bool) -> None:
    """In a container the parent may be process 1, which elsewhere adopts orphans."""
    script = f"import os; from local.postgres import end_with_parent; end_with_parent({owner})"
    run = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, check=False)
    assert (run.returncode != 0) == ends


def _make_old(directory: Path) -> None:
    past = directory.stat().st_mtime - 2 * STARTING
    os.utime(directory, (past, past))
