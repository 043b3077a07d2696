"""S3 on the laptop: its server and buckets, and the upload of a data directory to any S3 server.

Purpose: the same boto3 calls as in production, without AWS.

How: `rclone serve s3` serves a plain directory. Each folder in it is a bucket, and each file below
is an object. Objects therefore survive a restart, and a file that is copied into the directory is
an object. `local/bucket_folder.py` fills a bucket of this server. `mirror` fills one of any server.

Limits: credentials and permissions are not checked. A key must be possible as a file's path: the
server refuses `a/b` beside `a`, `a//b` and `../a`, and stores `a/` as `a`. Preconditions
(If-Match), versions and tags are not supported.
"""

from __future__ import annotations

import contextlib
import hashlib
import sysconfig
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.client import BaseClient

REGION = "us-west-2"
SOURCE_BUCKET = "udacity-dend"
WORK_BUCKET = "sparkify-work"
ACCESS_KEY = SECRET_KEY = "local"  # noqa: S105 - moto accepts any
# For a range of an object, rclone sends the checksum of the whole object.
CLIENT_CONFIG = {"response_checksum_validation": "when_required"}
UPLOADS_AT_ONCE = 8  # the server is not faster with more
# rclone remembers a directory's listing for this long. With 0, concurrent uploads never end.
LISTED_FOR = "1s"
DELETES_AT_ONCE = 1000  # S3's limit for one request

Progress = Callable[[int, int], None]  # objects done, total objects


class DataDirectoryError(RuntimeError):
    """The directory does not have the layout of Sparkify's source; the message says why."""


@dataclass
class Uploaded:
    """The result of `mirror`: the keys it sent and deleted, and how many it kept."""

    sent: list[str] = field(default_factory=list)
    kept: int = 0
    deleted: list[str] = field(default_factory=list)


def server_command(port: int, directory: Path) -> list[str]:
    """The command that serves the buckets in `directory`. It is ready when its port is open."""
    return [
        str(Path(sysconfig.get_path("scripts")) / "rclone"),
        *("serve", "s3", str(directory)),
        *("--addr", f"127.0.0.1:{port}"),
        *("--config", ""),  # not the user's own
        *("--dir-cache-time", LISTED_FOR),
        *("--response-header", f"x-amz-bucket-region: {REGION}"),  # loads ask HeadBucket for it
    ]


def client(endpoint_url: str) -> BaseClient:
    """A boto3 client for the local server."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(max_pool_connections=UPLOADS_AT_ONCE, proxies={}, **CLIENT_CONFIG),
    )


def create_buckets(s3: BaseClient) -> None:
    """Create the source bucket and the work bucket if they do not exist."""
    for bucket in (SOURCE_BUCKET, WORK_BUCKET):
        with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
            location = {"LocationConstraint": REGION}
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=location)


def data_files(directory: Path) -> dict[str, Path]:
    """All files of a data directory by their S3 keys, sorted by key.

    Files that are not data are included: the loads ignore or report them, as in a real bucket.
    The directory must have files for the events and the songs; other sources are optional.

    :raises DataDirectoryError: the folder of a needed source or a jsonpaths file is missing, or a
        folder is empty.
    """
    # Not at the top: the stack can be stopped while the project's code is broken.
    from sparkify.model import STAGING, STAGING_EVENTS, STAGING_SONGS

    needed = (STAGING_EVENTS.source, STAGING_SONGS.source)
    keys = [table.json_paths for table in STAGING if table.json_paths]
    for name in (*(source.prefix for source in needed), *keys):
        if not (directory / name).exists():
            names = ", ".join((*(source.key for source in needed), *keys))
            raise DataDirectoryError(f"{directory} has no {name}: it must hold {names}")
    paths = [directory / key for key in keys]
    for name in {table.source.prefix: None for table in STAGING}:
        if not (directory / name).exists():
            continue
        below = [path for path in (directory / name).rglob("*") if path.is_file()]
        if not below:
            raise DataDirectoryError(f"{directory / name} has no file: nothing is uploaded")
        paths += below
    return {path.relative_to(directory).as_posix(): path for path in sorted(paths)}


def mirror(
    s3: BaseClient,
    directory: Path,
    *,
    bucket: str = SOURCE_BUCKET,
    progress: Progress | None = None,
) -> Uploaded:
    """Make `bucket` contain the files of `directory` and nothing else."""
    files = data_files(directory)
    present = etags(s3, bucket)
    result = Uploaded()
    result.deleted = sorted(present.keys() - files.keys())
    for first in range(0, len(result.deleted), DELETES_AT_ONCE):
        keys = [{"Key": key} for key in result.deleted[first : first + DELETES_AT_ONCE]]
        s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})

    def send(item: tuple[str, Path]) -> str | None:
        key, path = item
        body = path.read_bytes()
        if present.get(key) == hashlib.md5(body, usedforsecurity=False).hexdigest():
            return None
        s3.put_object(Bucket=bucket, Key=key, Body=body)
        return key

    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        for done, key in enumerate(pool.map(send, files.items()), start=1):
            if key is None:
                result.kept += 1
            else:
                result.sent.append(key)
            if progress is not None:
                progress(done, len(files))
    return result


def etags(s3: BaseClient, bucket: str) -> dict[str, str]:
    """The ETag of every object. It is the MD5, since `mirror` uploads each file in one part."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {
        item["Key"]: item["ETag"].strip('"') for page in pages for item in page.get("Contents", [])
    }
