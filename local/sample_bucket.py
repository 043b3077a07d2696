"""`python -m local.sample_bucket`: keep the source bucket of a local S3 server filled.

Purpose: moto forgets all when it restarts, and in containers nobody is there to fill it again.

How: every other second it asks whether the bucket holds the files of the data directory. A tag on
the bucket says so, written once all are there: a server that forgot its objects forgot the tag,
and so did a filling that was cut short never write it. Files that were added to the directory,
changed or taken away are brought over; what somebody else put into the bucket goes then.

Without data in the directory it first makes the sample month.
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
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two looks (2)")
    parser.add_argument("--check", action="store_true", help="only say whether it is filled")
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
    """Write the sample month, unless the directory holds data already.

    :raises DataDirectoryError: what it holds is not laid out as Sparkify's source.
    """
    try:
        write(directory, Parameters())
    except FileExistsError:  # data of the user's own
        s3.data_files(directory)


def keep_filled(client: BaseClient, directory: Path, *, every: float) -> None:
    """Fill the bucket whenever it is not; never returns."""
    said = ""
    while True:
        try:
            filled = fill(client, directory)
            if filled is not None:
                print(f"{s3.SOURCE_BUCKET}: {filled:,} objects of {directory}", flush=True)
            said = ""
        except (BotoCoreError, ClientError, s3.DataDirectoryError, OSError) as error:
            if str(error) != said:  # once, not every other second
                said = str(error)
                print(said, file=sys.stderr, flush=True)
        time.sleep(every)


def fill(client: BaseClient, directory: Path) -> int | None:
    """Make the bucket hold the directory's files; how many, or None when it did already."""
    fingerprint = _fingerprint(directory)
    if _tag(client) == fingerprint:
        return None
    s3.create_buckets(client)
    uploaded = s3.mirror(client, directory)
    tags = [{"Key": TAG, "Value": fingerprint}]
    client.put_bucket_tagging(Bucket=s3.SOURCE_BUCKET, Tagging={"TagSet": tags})
    return len(uploaded.sent) + uploaded.kept


def is_filled(client: BaseClient, directory: Path) -> bool:
    """Whether the bucket holds the directory's files; False too when there is no server."""
    try:
        return _tag(client) == _fingerprint(directory)
    except (BotoCoreError, ClientError, s3.DataDirectoryError):
        return False


def _tag(client: BaseClient) -> str | None:
    """What the bucket was last filled with; None when it is new, or not there."""
    try:
        tags = client.get_bucket_tagging(Bucket=s3.SOURCE_BUCKET)["TagSet"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchBucket", "NoSuchTagSet"):
            return None
        raise
    return next((tag["Value"] for tag in tags if tag["Key"] == TAG), None)


def _fingerprint(directory: Path) -> str:
    """Another one whenever a file comes, goes or is written; no file is read for it."""
    digest = hashlib.sha256()
    for key, path in s3.data_files(directory).items():
        stat = path.stat()
        digest.update(f"{key}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
