"""The S3 objects that a load reads: found, listed in a manifest, quoted in an error.

Takes a boto3 S3 client; nothing of Airflow is imported here.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sparkify.failures import SourceChanged

_CHUNK = 1 << 16
_KEPT_NAME = 256  # characters of an address that SYS_LOAD_DETAIL keeps
_LONGEST_LINE = 4096  # as much of a rejected line as load_errors.raw_text holds
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_MAGIC = {
    b"\x1f\x8b": "the object is gzip: land it as plain text, or add GZIP to copy_options",
    b"BZh": "the object is bzip2: land it as plain text, or add BZIP2 to copy_options",
    b"\x28\xb5\x2f\xfd": "the object is zstd: land it as plain text, or add ZSTD to copy_options",
    b"PK\x03\x04": "the object is a zip file",
    b"PAR1": "the object is Parquet",
    b"\xff\xfe": "the object is UTF-16: JSON for COPY is UTF-8",
    b"\xfe\xff": "the object is UTF-16: JSON for COPY is UTF-8",
}


@dataclass(frozen=True, slots=True)
class S3Object:
    """An object as S3 lists it; `size` in bytes."""

    bucket: str
    key: str
    etag: str
    size: int

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def check_bucket(name: str) -> str:
    """The name itself, if a bucket may have it.

    :raises ValueError: it may not; S3's manual, "Bucket naming rules".
    """
    if not _BUCKET.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a bucket")
    return name


def partition_key(template: str, start: datetime) -> str:
    """The key of one partition: `log_data/%Y/%m/%Y-%m-%d-events.json` at its start."""
    return start.strftime(template)


@contextmanager
def naming(url: str) -> Iterator[None]:
    """Put the address of what was asked for in front of what boto3 says, which leaves it out."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        error.args = (f"{url}: {error}",)
        raise


def find(client: Any, bucket: str, key: str) -> list[S3Object]:
    """The object `key`, or all objects below it where it ends in a slash; by key."""
    if key.endswith("/"):
        return list(_below(client, bucket, key))
    from botocore.exceptions import ClientError

    try:
        with naming(f"s3://{bucket}/{key}"):
            head = client.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchKey", "NotFound"}:
            return []
        raise
    return [S3Object(bucket, key, head["ETag"].strip('"'), head["ContentLength"])]


def _below(client: Any, bucket: str, prefix: str) -> Iterator[S3Object]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    with naming(f"s3://{bucket}/{prefix}"):
        for page in pages:
            for item in page.get("Contents", ()):
                if not item["Key"].endswith("/"):
                    yield S3Object(bucket, item["Key"], item["ETag"].strip('"'), item["Size"])


def fingerprint(objects: Iterable[S3Object]) -> str:
    """One value for the state of a listing: the same while no key or ETag changes."""
    digest = hashlib.sha256()
    for item in objects:
        digest.update(f"{item.key}\0{item.etag}\n".encode())
    return digest.hexdigest()


def manifest(objects: Iterable[S3Object]) -> bytes:
    """A COPY manifest of exactly these objects.

    Source: Redshift's manual, "Using a manifest to specify data files".
    """
    entries = [
        {"url": item.url, "mandatory": True, "meta": {"content_length": item.size}}
        for item in objects
    ]
    return json.dumps({"entries": entries}, indent=1).encode()


def work_key(prefix: str, *parts: str) -> str:
    """A key below `prefix`, a folder for each part but the last; a part with characters that
    a key had better not have has them replaced, and a digest behind it, so that no two
    become one.
    """
    return "/".join(_plain(part) for part in (*prefix.split("/"), *parts) if part)


def _plain(part: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_.=-]|^\.+$", "_", part)
    return plain if plain == part else f"{plain}-{hashlib.sha256(part.encode()).hexdigest()[:8]}"


def by_kept_name(objects: Iterable[S3Object]) -> dict[str, list[S3Object]]:
    """Objects by the address that the system tables of a load have of them: cut, without
    spaces at its end, and, in a CHAR, with escapes for what is not ASCII.
    """
    named: dict[str, list[S3Object]] = {}
    for item in objects:
        escaped = item.url.encode("ascii", "backslashreplace").decode()
        for name in {kept[:_KEPT_NAME].rstrip() for kept in (item.url, escaped)}:
            named.setdefault(name, []).append(item)
    return named


def current_etag(client: Any, item: S3Object) -> str | None:
    """The object's version as it is now; None where it is gone."""
    found = find(client, item.bucket, item.key)
    return found[0].etag if found else None


def read_lines(client: Any, url: str, numbers: Iterable[int]) -> dict[int, bytes]:
    """Some lines of an object, from 1; at most 4,096 bytes of each.

    A line ends at a newline alone, as COPY counts them, and may have any length.

    :raises SourceChanged: the object is gone.
    """
    wanted = set(numbers)
    if not wanted:
        return {}
    bucket, _, key = url.removeprefix("s3://").partition("/")
    found: dict[int, bytes] = {}
    try:
        with naming(url):
            content = client.get_object(Bucket=bucket, Key=key)["Body"]
    except client.exceptions.NoSuchKey as error:
        raise SourceChanged(f"{url} was deleted while it was loaded") from error
    with naming(url), closing(content) as body:
        number, line, last = 1, b"", max(wanted)
        for chunk in body.iter_chunks(_CHUNK):
            first, *others = chunk.split(b"\n")
            line += first[: _LONGEST_LINE - len(line)]
            for following in others:
                if number in wanted:
                    found[number] = line.removesuffix(b"\r")
                number, line = number + 1, following[:_LONGEST_LINE]
            if number > last:
                return found
    if number in wanted and line:
        found[number] = line
    return found


def describe_bytes(raw: bytes) -> str:
    """What a line that is no JSON looks like, to be put behind the reason of its rejection."""
    return next((f" ({told})" for magic, told in _MAGIC.items() if raw.startswith(magic)), "")
