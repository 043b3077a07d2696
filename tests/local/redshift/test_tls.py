"""The endpoint's certificate: made once, and anew where it is not whole."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from local.redshift.wire.tls import server_context
from tests.support.files import files


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in files(folder, "*")}


def test_what_is_there_is_kept_and_its_key_is_the_owners_alone(tmp_path: Path):
    server_context(tmp_path / "tls")
    first = contents(tmp_path / "tls")
    server_context(tmp_path / "tls")
    assert contents(tmp_path / "tls") == first
    assert stat.S_IMODE((tmp_path / "tls" / "server.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["ca.crt", "server.crt", "server.key"])
@pytest.mark.parametrize("what", ["missing", "empty", "of another making"])
def test_a_part_that_is_missing_cut_short_or_of_another_making_is_made_anew(
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
