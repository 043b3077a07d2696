"""The embedded server clears up after servers that could not."""

from __future__ import annotations

import os
from pathlib import Path

from local.postgres import STARTING, EmbeddedPostgres


def test_a_start_removes_the_socket_directory_of_a_killed_server_and_no_other(tmp_path):
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


def _make_old(directory: Path) -> None:
    past = directory.stat().st_mtime - 2 * STARTING
    os.utime(directory, (past, past))
