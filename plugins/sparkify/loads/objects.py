"""The S3 objects that a load reads: list them, sort them, write their manifest.

Every object below a source's prefix is loaded, ignored by one of the rules below, or reported.
It takes a boto3 S3 client and imports nothing of Airflow.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_KEPT_NAME = 256  # characters of an address that SYS_LOAD_DETAIL keeps
_FEW_OBJECTS = 20  # below this number, one request per object is cheaper than a listing
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_LAST_MODIFIED = re.compile(rb"<LastModified>[^<]*</LastModified>")
# By the last part of the key, and by a folder above it.
_IGNORED_NAMES = {"_SUCCESS": "_SUCCESS", ".DS_Store": ".DS_Store"}
_IGNORED_FOLDER = ".ipynb_checkpoints"


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

    @property
    def ignored_by(self) -> str | None:
        """The rule by which no load reads this object, or None."""
        *folders, name = self.key.split("/")
        if not name and not self.size:
            return "empty folder marker"
        if name.startswith("._"):
            return "._*"
        if _IGNORED_FOLDER in folders:
            return f"{_IGNORED_FOLDER}/"
        return _IGNORED_NAMES.get(name)


@dataclass(frozen=True, slots=True)
class Listing:
    """All objects below a prefix, in the order of their keys: those to load, and the ignored."""

    objects: tuple[S3Object, ...]
    ignored: tuple[S3Object, ...]

    @property
    def fingerprint(self) -> str:
        """One value for the state of the listing: it changes with any key or ETag."""
        digest = hashlib.sha256()
        for item in (*self.objects, *self.ignored):
            digest.update(f"{item.key}\0{item.etag}\n".encode())
        return digest.hexdigest()


def check_bucket(name: str) -> str:
    """Return the name if a bucket may have it.

    :raises ValueError: it may not; S3's manual, "Bucket naming rules".
    """
    if not _BUCKET.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a bucket")
    return name


@contextmanager
def naming(url: str) -> Iterator[None]:
    """Prefix boto3's error messages, which do not name the object, with its address."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        error.args = (f"{url}: {error}",)
        raise


def list_below(client: Any, bucket: str, prefix: str) -> Listing:
    """List all objects whose key begins with `prefix`: one request per thousand."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    with naming(f"s3://{bucket}/{prefix}"), _without_times(client):
        listed = [
            S3Object(bucket, item["Key"], item["ETag"].strip('"'), item["Size"])
            for page in pages
            for item in page.get("Contents", ())
        ]
    return Listing(
        tuple(item for item in listed if not item.ignored_by),
        tuple(item for item in listed if item.ignored_by),
    )


@contextmanager
def _without_times(client: Any) -> Iterator[None]:
    """Take the objects' times out of listings: to parse them takes longer than all the rest."""

    def leave_out(response_dict: dict[str, Any], **_: Any) -> None:
        response_dict["body"] = _LAST_MODIFIED.sub(b"", response_dict["body"])

    event = "before-parse.s3.ListObjectsV2"
    client.meta.events.register(event, leave_out)
    try:
        yield
    finally:
        client.meta.events.unregister(event, leave_out)


def changed_since(client: Any, listed: Sequence[S3Object], prefix: str) -> list[S3Object]:
    """Return those of the `listed` objects that S3 no longer has in this version."""
    if len(listed) <= _FEW_OBJECTS:
        return [item for item in listed if current_etag(client, item.bucket, item.key) != item.etag]
    present = set(list_below(client, listed[0].bucket, prefix).objects)
    return [item for item in listed if item not in present]


def current_etag(client: Any, bucket: str, key: str) -> str | None:
    """Return the ETag of the object's present version, None if the object is gone."""
    from botocore.exceptions import ClientError

    try:
        with naming(f"s3://{bucket}/{key}"):
            head = client.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchKey", "NotFound"}:
            return None
        raise
    etag: str = head["ETag"].strip('"')
    return etag


def manifest(objects: Iterable[S3Object]) -> bytes:
    """Write a COPY manifest of exactly these objects.

    Source: Redshift's manual, "Using a manifest to specify data files".
    """
    entries = [
        {"url": item.url, "mandatory": True, "meta": {"content_length": item.size}}
        for item in objects
    ]
    return json.dumps({"entries": entries}, indent=1).encode()


def work_key(prefix: str, *parts: str) -> str:
    """Return a key below `prefix`, with a folder for each part but the last.

    Characters that a key had better not have are replaced. A digest behind them keeps
    two different parts different.
    """
    return "/".join(_plain(part) for part in (*prefix.split("/"), *parts) if part)


def _plain(part: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_.=-]|^\.+$", "_", part)
    return plain if plain == part else f"{plain}-{hashlib.sha256(part.encode()).hexdigest()[:8]}"


def kept_names(item: S3Object) -> set[str]:
    """Return the forms in which a system view may show the object's address.

    The columns are CHAR(256): the address is cut, trailing blanks are lost, and characters
    beyond ASCII are escaped.
    """
    escaped = item.url.encode("ascii", "backslashreplace").decode()
    return {form[:_KEPT_NAME].rstrip() for form in (item.url, escaped)}


def by_kept_name(objects: Iterable[S3Object]) -> Mapping[str, Sequence[S3Object]]:
    """Group objects by the name that a system view has for them."""
    named: dict[str, list[S3Object]] = {}
    for item in objects:
        for name in kept_names(item):
            named.setdefault(name, []).append(item)
    return named


def one_or_several(objects: Sequence[S3Object]) -> str:
    """Return the address of the only object, or what several have in common and a `*`."""
    urls = [item.url for item in objects]
    return urls[0] if len(urls) == 1 else f"{os.path.commonprefix(urls)}*"  # noqa: RUF071 - a key has no parts
