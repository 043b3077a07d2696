"""The endpoint's certificate is created once, and again if it is incomplete."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from local.redshift.wire.tls import server_context
from tests.support.files import files


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in files(folder, "*")}


def test_an_existing_certificate_is_kept_and_only_the_owner_reads_its_key(tmp_path: Path):
    server_context(tmp_path / "tls")
    first = contents(tmp_path / "tls")
    server_context(tmp_path / "tls")
    assert contents(tmp_path / "tls") == first
    assert stat.S_IMODE((tmp_path / "tls" / "server.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["ca.crt", "server.crt", "server.key"])
@pytest.mark.parametrize("what", ["missing", "empty", "of another making"])
def test_a_file_that_is_missing_truncated_or_of_another_certificate_is_replaced(
    tmp_path: Path, name: str, what: str
):
    folder = tmp_path / "tls"
    server_context(folder)
    before = contents(folder)
    if what == "missing":
        (folder / name).unlink()
    elif what == "empty":
        (folder / name).write_bytes(b"")
    else:
        server_context(tmp_path / "other")
        (folder / name).write_bytes((tmp_path / "other" / name).read_bytes())
    server_context(folder)
    after = contents(folder)
    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values())
