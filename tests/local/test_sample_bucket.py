"""The process that keeps the sample bucket filled, with an S3 server that loses its objects."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from local import aws
from local import s3 as local_s3
from local.sample_bucket import fill, is_filled, main, make_data
from tests.support.files import files


@pytest.fixture
def server() -> Iterator[str]:
    """The URL of a separate S3 server, since servers in one process share their objects."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(aws.server_command(port), stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    _wait_until(lambda: _answers(url))
    yield url
    process.kill()
    process.wait()


@pytest.fixture
def s3(server: str) -> Any:
    return local_s3.client(server)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A small data directory that the generator did not write."""
    directory = tmp_path / "data"
    _write(directory / "log_json_path.json", "{}")
    _write(directory / "log_data/2018/11/2018-11-01-events.json", '{"page": "Home"}')
    _write(directory / "song_data/A/A/A/one.json", '{"song_id": "S1"}')
    return directory


def test_an_empty_directory_gets_the_sample_month_and_one_with_data_keeps_its_own(
    tmp_path: Path, data: Path
) -> None:
    make_data(tmp_path / "new")
    assert len(local_s3.data_files(tmp_path / "new")) > 400
    before = local_s3.data_files(data)
    make_data(data)
    assert local_s3.data_files(data) == before


def test_a_directory_with_another_layout_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "holiday.jpg").touch()
    assert main(["--s3-endpoint", "http://127.0.0.1:9", "--data", str(tmp_path)]) == 1
    assert "has no log_data" in capsys.readouterr().err


def test_a_source_without_a_file_is_refused_before_the_bucket_is_emptied(
    s3: Any, data: Path
) -> None:
    fill(s3, data)
    for path in files(data / "song_data", "**/*.json"):
        path.unlink()
    with pytest.raises(local_s3.DataDirectoryError, match=r"song_data has no file"):
        local_s3.mirror(s3, data)
    assert any(key.startswith("song_data/") for key in _keys(s3))


def test_the_bucket_is_filled_once(s3: Any, data: Path) -> None:
    assert not is_filled(s3, data)
    assert fill(s3, data) == 3
    assert is_filled(s3, data)
    assert fill(s3, data) is None
    assert _keys(s3) == set(local_s3.data_files(data))


def test_a_server_that_lost_its_objects_is_filled_again(s3: Any, server: str, data: Path) -> None:
    fill(s3, data)
    _forget(server)
    assert not is_filled(s3, data)
    assert fill(s3, data) == 3
    assert is_filled(s3, data)


def test_an_interrupted_upload_is_completed(s3: Any, data: Path) -> None:
    local_s3.create_buckets(s3)
    s3.put_object(Bucket=local_s3.SOURCE_BUCKET, Key="log_json_path.json", Body=b"{}")
    assert not is_filled(s3, data)
    assert fill(s3, data) == 3
    assert _keys(s3) == set(local_s3.data_files(data))


def test_a_file_that_lands_in_the_directory_lands_in_the_bucket(s3: Any, data: Path) -> None:
    fill(s3, data)
    _write(data / "log_data/2018/11/2018-11-02-events.json", '{"page": "Home"}')
    assert fill(s3, data) == 4
    assert "log_data/2018/11/2018-11-02-events.json" in _keys(s3)


def test_objects_added_to_the_bucket_stay_while_the_directory_is_unchanged(
    s3: Any, data: Path
) -> None:
    fill(s3, data)
    s3.put_object(Bucket=local_s3.SOURCE_BUCKET, Key="song_data/mine.json", Body=b"{}")
    assert fill(s3, data) is None
    assert "song_data/mine.json" in _keys(s3)


def test_it_waits_for_a_server_that_is_away_and_fills_it_when_it_is_back(
    server: str, s3: Any, data: Path
) -> None:
    command = [sys.executable, "-m", "local.sample_bucket", "--every", "0.1"]
    command += ["--s3-endpoint", server, "--data", str(data)]
    keeper = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        _wait_until(lambda: is_filled(s3, data))
        assert main([*command[5:], "--check"]) == 0
        _forget(server)
        _wait_until(lambda: is_filled(s3, data))
    finally:
        keeper.terminate()
        outputs = keeper.communicate(timeout=10)
    assert outputs == (f"udacity-dend: 3 objects of {data}\n" * 2, "")


def test_without_a_server_the_check_says_no(data: Path) -> None:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    server.stop()
    url = f"http://127.0.0.1:{port}"
    assert main(["--s3-endpoint", url, "--data", str(data), "--check"]) == 1


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _keys(s3: Any) -> set[str]:
    listed = s3.list_objects_v2(Bucket=local_s3.SOURCE_BUCKET)
    return {item["Key"] for item in listed["Contents"]}


def _forget(url: str) -> None:
    """Delete the server's objects, as a restart does."""
    request = urllib.request.Request(f"{url}/moto-api/reset", method="POST")
    urllib.request.urlopen(request).close()


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/moto-api/", timeout=5).close()
    except OSError:
        return False
    return True


def _wait_until(true: Any, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_every_file_of_a_directory_goes_to_the_bucket_whatever_its_name(tmp_path):
    names = ["log_data/a.json", "log_data/a.json.2", "log_json_path.json", "song_data/.DS_Store"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    assert list(local_s3.data_files(tmp_path)) == names
