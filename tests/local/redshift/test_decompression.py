"""COPY of compressed objects."""

from __future__ import annotations

import bz2
import gzip

import pytest
from backports import zstd
from redshift_connector import ProgrammingError

from tests.local.redshift.conftest import Loader

COMPRESS = {"gzip": gzip.compress, "bzip2": bz2.compress, "zstd": zstd.compress}


@pytest.mark.parametrize("option", COMPRESS)
def test_compressed_objects_of_several_members_are_read_whole(loader: Loader, option: str) -> None:
    loader.execute("create table t (a int)")
    compress = COMPRESS[option]
    body = compress(b'{"a": 1}\n') + compress(b"") + compress(b'{"a": 2}\n' * 50_000)
    loader.put_raw(body, "data/1")
    loader.put_raw(b"", "data/2")
    loader.copy(option)
    assert loader.execute("select a, count(*) from t group by a order by a") == [
        (1, 1),
        (2, 50_000),
    ]


@pytest.mark.parametrize("option", COMPRESS)
@pytest.mark.parametrize("harm", ["not compressed", "cut off", "cut off in the second", "noise"])
def test_a_compressed_object_that_is_none_or_not_whole_fails_and_is_named(
    loader: Loader, option: str, harm: str
) -> None:
    loader.execute("create table t (a int)")
    member = COMPRESS[option](b"".join(b'{"a": %d}\n' % n for n in range(20_000)))
    body = {
        "not compressed": b'{"a": 1}',
        "cut off": member[:-9],
        "cut off in the second": member + member[: len(member) // 2],
        "noise": member + b'{"a": 1}',
    }[harm]
    address = loader.put_raw(body, "data/1")
    with pytest.raises(ProgrammingError) as failed:
        loader.copy(f"{option} maxerror 100000")
    message = failed.value.args[0]["M"]
    assert message.startswith(f"{address}: cannot be read as {option.upper()}: ")
    loader.connection.rollback()


def test_a_copy_takes_one_compression(loader: Loader) -> None:
    with pytest.raises(ProgrammingError, match="COPY takes only one of GZIP, BZIP2 and ZSTD"):
        loader.load("a int", {"a": 1}, options="gzip zstd")
