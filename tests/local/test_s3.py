"""The S3 server of the stack: what the loads and the endpoint rely on."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from benchmarks.servers import free_port, wait_for_port
from local.bucket_folder import fill_bucket, make_buckets
from local.postgres import end_with_parent
from local.s3 import (
    REGION,
    SOURCE_BUCKET,
    WORK_BUCKET,
    DataDirectoryError,
    client,
    etags,
    server_command,
)
from sparkify.loads.regions import bucket_region

ODD_KEYS = (
    "log_data/a b.json",
    "log_data/a+b.json",
    "log_data/a%20b.json",
    "log_data/a&<b>'\"?*#.json",
    "log_data/composed-\u00e9.json",
    "log_data/decomposed-e\u0301.json",
    "log_data/\U0001f3b5.json",
    "log_data.txt",
    "log_data/B.json",
    "song_data/.DS_Store",
)


@contextmanager
def serving(root: Path) -> Iterator[Any]:
    """A client of a new server of `root`."""
    port = free_port()
    process = subprocess.Popen(
        server_command(port, root), stderr=subprocess.DEVNULL, preexec_fn=end_with_parent
    )
    try:
        wait_for_port(port, process)
        yield client(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make_buckets(tmp_path / "s3")
    return tmp_path / "s3"


@pytest.fixture
def server(root: Path) -> Iterator[Any]:
    with serving(root) as s3:
        yield s3


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A small data directory."""
    directory = tmp_path / "data"
    _write(directory / "log_json_path.json", "{}")
    _write(directory / "log_data/2018/11/2018-11-01-events.json", '{"page": "Home"}')
    _write(directory / "song_data/A/one.json", '{"song_id": "S1"}')
    return directory


def test_objects_survive_a_restart_with_their_etags(root):
    with serving(root) as s3:
        etag = s3.put_object(Bucket=SOURCE_BUCKET, Key="a/b.json", Body=b"{}")["ETag"]
    assert etag == f'"{hashlib.md5(b"{}").hexdigest()}"'
    with serving(root) as s3:
        answer = s3.get_object(Bucket=SOURCE_BUCKET, Key="a/b.json")
        assert (answer["ETag"], answer["Body"].read()) == (etag, b"{}")
        assert etags(s3, SOURCE_BUCKET) == {"a/b.json": etag.strip('"')}


def test_odd_keys_are_written_read_and_listed_in_the_order_of_their_bytes(server):
    for key in ODD_KEYS:
        server.put_object(Bucket=SOURCE_BUCKET, Key=key, Body=key.encode())
    for key in ODD_KEYS:
        assert server.get_object(Bucket=SOURCE_BUCKET, Key=key)["Body"].read() == key.encode()
    in_order = sorted(ODD_KEYS, key=str.encode)
    assert list(etags(server, SOURCE_BUCKET)) == in_order
    pages = server.get_paginator("list_objects_v2").paginate(
        Bucket=SOURCE_BUCKET, Prefix="log_data/", PaginationConfig={"PageSize": 3}
    )
    listed = [[item["Key"] for item in page["Contents"]] for page in pages]
    assert [len(page) for page in listed] == [3, 3, 2]
    assert [key for page in listed for key in page] == [
        key for key in in_order if key.startswith("log_data/")
    ]


def test_concurrent_uploads_into_new_folders_all_arrive_and_are_listed(server):
    keys = sorted(f"song_data/{number % 60}/{number}.json" for number in range(1200))

    def put(key: str) -> None:
        server.put_object(Bucket=SOURCE_BUCKET, Key=key, Body=key.encode())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, keys))
    assert etags(server, SOURCE_BUCKET) == {
        key: hashlib.md5(key.encode()).hexdigest() for key in keys
    }


@pytest.mark.parametrize("key", ["a/b/c", "a//c", "a/", "a/../c"])
def test_a_key_that_is_no_path_of_a_file_is_refused_and_changes_nothing(root, server, key):
    server.put_object(Bucket=SOURCE_BUCKET, Key="a/b", Body=b"1")
    with pytest.raises(ClientError, match=r"InvalidArgument|InternalError"):
        server.put_object(Bucket=SOURCE_BUCKET, Key=key, Body=b"2")
    assert (root / SOURCE_BUCKET / "a/b").read_bytes() == b"1"
    # Until the folder is read again, the listing may have `a` instead.
    _until(lambda: etags(server, SOURCE_BUCKET) == {"a/b": _md5("1")})


def test_missing_objects_and_buckets_have_their_own_errors(server):
    with pytest.raises(server.exceptions.NoSuchKey):
        server.get_object(Bucket=SOURCE_BUCKET, Key="not/there")
    with pytest.raises(server.exceptions.NoSuchBucket):
        server.get_object(Bucket="not-there", Key="not/there")
    with pytest.raises(server.exceptions.NoSuchBucket):
        server.list_objects_v2(Bucket="not-there")


def test_the_loads_learn_the_buckets_region(server):
    assert bucket_region(server, SOURCE_BUCKET) == REGION


def test_many_objects_are_deleted_at_once_and_their_bucket_stays(server):
    keys = [f"manifests/{number}" for number in range(20)]
    for key in keys:
        server.put_object(Bucket=WORK_BUCKET, Key=key, Body=b"")
    objects = [{"Key": key} for key in (*keys, "not there")]
    server.delete_objects(Bucket=WORK_BUCKET, Delete={"Objects": objects})
    assert etags(server, WORK_BUCKET) == {}
    server.head_bucket(Bucket=WORK_BUCKET)


def test_the_end_of_an_uploaded_object_can_be_read(server):
    server.put_object(Bucket=SOURCE_BUCKET, Key="a", Body=b"first last")
    answer = server.get_object(Bucket=SOURCE_BUCKET, Key="a", Range="bytes=-4")
    assert answer["Body"].read() == b"last"


def test_a_file_that_is_copied_into_the_folder_is_an_object_soon(root, server, data):
    key = "log_data/2018/11/2018-11-01-events.json"
    assert etags(server, SOURCE_BUCKET) == {}
    (root / SOURCE_BUCKET / key).parent.mkdir(parents=True)
    for text in ("one", "a longer text", "two"):
        (data / key).write_text(text)
        shutil.copyfile(data / key, root / SOURCE_BUCKET / key)
        _until(lambda: etags(server, SOURCE_BUCKET) == {key: _md5(text)})  # noqa: B023
        body = server.get_object(Bucket=SOURCE_BUCKET, Key=key)["Body"].read()
        assert body == text.encode()


def test_a_bucket_becomes_equal_to_a_directory_and_equal_files_are_not_copied(root, server, data):
    first = fill_bucket(server, root, data)
    assert (len(first.sent), first.kept, first.deleted) == (3, 0, [])
    _write(root / SOURCE_BUCKET / "song_data/B", "a file where the next data has a folder")
    _write(data / "song_data/B/two.json", '{"song_id": "S2"}')
    _write(data / "song_data/A/one.json", '{"song_id": "S9"}')  # of the same size
    (data / "log_data/2018/11/2018-11-01-events.json").rename(data / "log_data/2018/12.json")
    second = fill_bucket(server, root, data)
    assert second.sent == ["log_data/2018/12.json", "song_data/A/one.json", "song_data/B/two.json"]
    assert second.kept == 1
    assert sorted(second.deleted) == ["log_data/2018/11/2018-11-01-events.json", "song_data/B"]
    assert set(etags(server, SOURCE_BUCKET)) == {
        "log_data/2018/12.json",
        "log_json_path.json",
        "song_data/A/one.json",
        "song_data/B/two.json",
    }


def test_a_change_of_the_bucket_leaves_the_data_directory_as_it_is(root, server, data):
    fill_bucket(server, root, data)
    server.put_object(Bucket=SOURCE_BUCKET, Key="song_data/A/one.json", Body=b"changed")
    with (root / SOURCE_BUCKET / "log_json_path.json").open("a") as file:
        file.write("changed")
    assert (data / "song_data/A/one.json").read_text() == '{"song_id": "S1"}'
    assert (data / "log_json_path.json").read_text() == "{}"
    assert fill_bucket(server, root, data).sent == ["log_json_path.json", "song_data/A/one.json"]


def test_a_file_name_that_the_server_cannot_show_is_reported(root, server, data, monkeypatch):
    monkeypatch.setattr("local.bucket_folder.LISTED_WITHIN", 2.0)
    _write(data / "song_data/A/line\nbreak.json", "{}")
    with pytest.raises(DataDirectoryError, match=r"does not list 'song_data/A/line\\nbreak.json'"):
        fill_bucket(server, root, data)


def test_a_source_without_a_file_is_refused_before_the_bucket_is_emptied(root, server, data):
    fill_bucket(server, root, data)
    (data / "song_data/A/one.json").unlink()
    with pytest.raises(DataDirectoryError, match="song_data has no file"):
        fill_bucket(server, root, data)
    assert "song_data/A/one.json" in etags(server, SOURCE_BUCKET)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def _until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
