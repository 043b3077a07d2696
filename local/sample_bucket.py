"""`python -m local.sample_bucket`: keep the source bucket of a local S3 server filled.

Purpose: moto loses all objects when it restarts. In containers this process uploads them again.

How: every two seconds it checks whether the bucket contains the files of the data directory. A
tag on the bucket holds a fingerprint of the directory and is written after a complete upload. A
restarted server has no tag, and neither has an interrupted upload. When the directory changes, the
bucket is made equal to it, which deletes objects that others have put there.

If the directory is empty, the sample month is written to it first.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local import s3
from local.sample_data import Parameters, write

if TYPE_CHECKING:
    from botocore.client import BaseClient

TAG = "filled-with"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.sample_bucket", description=__doc__)
    parser.add_argument("--s3-endpoint", required=True, help="the S3 server's URL")
    parser.add_argument(
        "--data", type=Path, required=True, help="a directory with data, or an empty one"
    )
    parser.add_argument("--every", type=float, default=2.0, help="seconds between checks (2)")
    parser.add_argument(
        "--check", action="store_true", help="check once; exit code 0 if the bucket is filled"
    )
    options = parser.parse_args(arguments)
    client = s3.client(options.s3_endpoint)
    if options.check:
        return 0 if is_filled(client, options.data) else 1
    try:
        make_data(options.data)
    except s3.DataDirectoryError as error:
        print(error, file=sys.stderr)
        return 1
    keep_filled(client, options.data, every=options.every)
    return 0


def make_data(directory: Path) -> None:
    """Write the sample month, unless the directory already has data.

    :raises DataDirectoryError: the existing data does not have the layout of Sparkify's source.
    """
    try:
        write(directory, Parameters())
    except FileExistsError:  # the user's own data
        s3.data_files(directory)


def keep_filled(client: BaseClient, directory: Path, *, every: float) -> None:
    """Fill the bucket whenever it is not filled. Never returns."""
    last_error = ""
    while True:
        try:
            filled = fill(client, directory)
            if filled is not None:
                print(f"{s3.SOURCE_BUCKET}: {filled:,} objects of {directory}", flush=True)
            last_error = ""
        except (BotoCoreError, ClientError, s3.DataDirectoryError, OSError) as error:
            if str(error) != last_error:  # print it once, not at every check
                last_error = str(error)
                print(last_error, file=sys.stderr, flush=True)
        time.sleep(every)


def fill(client: BaseClient, directory: Path) -> int | None:
    """Make the bucket equal to the directory; returns the number of files, None if it was."""
    fingerprint = _fingerprint(directory)
    if _tag(client) == fingerprint:
        return None
    s3.create_buckets(client)
    uploaded = s3.mirror(client, directory)
    tags = [{"Key": TAG, "Value": fingerprint}]
    client.put_bucket_tagging(Bucket=s3.SOURCE_BUCKET, Tagging={"TagSet": tags})
    return len(uploaded.sent) + uploaded.kept


def is_filled(client: BaseClient, directory: Path) -> bool:
    """Whether the bucket equals the directory; also False if there is no server."""
    try:
        return _tag(client) == _fingerprint(directory)
    except (BotoCoreError, ClientError, s3.DataDirectoryError):
        return False


def _tag(client: BaseClient) -> str | None:
    """The fingerprint of the last complete upload; None if there was none."""
    try:
        tags = client.get_bucket_tagging(Bucket=s3.SOURCE_BUCKET)["TagSet"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchBucket", "NoSuchTagSet"):
            return None
        raise
    return next((tag["Value"] for tag in tags if tag["Key"] == TAG), None)


def _fingerprint(directory: Path) -> str:
    """A hash of all names, sizes and modification times. It changes whenever a file does."""
    digest = hashlib.sha256()
    for key, path in s3.data_files(directory).items():
        stat = path.stat()
        digest.update(f"{key}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
