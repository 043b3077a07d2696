"""The objects of a COPY are listed and read in order. Errors name the object."""

from __future__ import annotations

import bz2
import gzip
import random
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

import pytest
from backports import zstd

from local.redshift.copy.objects import AHEAD, HEAD, CopySourceError, ObjectStore, S3Object
from tests.faults.s3.s3_proxy import S3Proxy, answer, cut_short


@pytest.fixture
def store(s3_endpoint: str) -> ObjectStore:
    return ObjectStore(endpoint_url=s3_endpoint, region="us-west-2")


def whole(read: Callable[[int], bytes]) -> bytes:
    return b"".join(iter(lambda: read(1 << 16), b""))


def test_more_objects_than_are_held_open_come_in_the_order_of_their_keys(
    store: ObjectStore, s3: Any, bucket: str
) -> None:
    for n in range(2 * AHEAD):
        s3.put_object(Bucket=bucket, Key=f"a/{n:03}", Body=str(n).encode())
    objects = store.find(f"s3://{bucket}/a/", manifest=False, region=None)
    read = [(item.key, whole(read)) for item, read in store.read_all(objects, compression=None)]
    assert read == [(f"a/{n:03}", str(n).encode()) for n in range(2 * AHEAD)]


def test_a_long_object_is_streamed_whole(store: ObjectStore, s3: Any, bucket: str) -> None:
    body = bytes(range(256)) * 20_000
    s3.put_object(Bucket=bucket, Key="long", Body=body)
    ((_, read),) = store.read_all([S3Object(bucket, "long")], compression=None)
    assert whole(read) == body


@pytest.mark.parametrize(
    "key",
    [
        *(
            "a",
            "a/",
            "a//b",
            "/a",
            "//a/",
            "a b",
            "a+b",
            "a%20b",
            "a%2Fb",
            "a#b?c",
            "a/./b",
            "a/.b",
        ),
        *(
            "a*~^{}|<>`'&=;:@!$(),[]b",
            'a"b',
            "a\\b",
            "\u00e9",
            "e\u0301",
            "\U0001f3b5",
            "a\x01b",
            "a\tb",
        ),
    ],
)
def test_an_object_is_read_by_its_own_key_whatever_its_characters(
    key: str, store: ObjectStore, s3: Any, bucket: str
) -> None:
    # Keys that a client might take for `key`, if it changes keys.
    others = {key.strip("/"), key.replace("//", "/"), unquote(key), quote(key), key + "/"} - {key}
    for other in others - {""}:
        s3.put_object(Bucket=bucket, Key=other, Body=b"wrong")
    s3.put_object(Bucket=bucket, Key=key, Body=b"right")
    ((_, read),) = store.read_all([S3Object(bucket, key)], compression=None)
    assert whole(read) == b"right"


@pytest.mark.parametrize("size", [0, 1, HEAD - 1, HEAD, HEAD + 1])
def test_an_object_of_any_size_is_read_whole(
    size: int, store: ObjectStore, s3: Any, bucket: str
) -> None:
    body = random.Random(size).randbytes(size)
    s3.put_object(Bucket=bucket, Key="a", Body=body, ContentEncoding="gzip")
    ((_, read),) = store.read_all([S3Object(bucket, "a")], compression=None)
    assert whole(read) == body


def test_an_object_that_is_deleted_between_listing_and_reading_is_named(
    store: ObjectStore, s3: Any, bucket: str
) -> None:
    for key in ("a/1", "a/2"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
    objects = store.find(f"s3://{bucket}/a/", manifest=False, region=None)
    s3.delete_object(Bucket=bucket, Key="a/2")
    with pytest.raises(CopySourceError, match=re.escape(f"NoSuchKey: s3://{bucket}/a/2")):
        list(store.read_all(objects, compression=None))


def test_an_archived_object_is_named_with_the_code_of_s3(
    store: ObjectStore, s3: Any, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key="a/1", Body=b"{}", StorageClass="GLACIER")
    message = f"S3ServiceException:.*,Status 403,Error InvalidObjectState: s3://{bucket}/a/1$"
    with pytest.raises(CopySourceError, match=message):
        list(store.read_all([S3Object(bucket, "a/1")], compression=None))


@pytest.mark.parametrize(
    ("status", "code"), [(403, "AccessDenied"), (403, "ExpiredToken"), (503, "SlowDown")]
)
def test_an_object_that_s3_refuses_is_named_with_the_code(
    status: int, code: str, s3_endpoint: str, s3: Any, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key="a/1", Body=b"{}")
    proxy = S3Proxy(s3_endpoint)
    store = ObjectStore(endpoint_url=proxy.url, region="us-west-2")
    proxy.fail("GET .*/a/1", answer(status, code))
    message = (
        f"S3ServiceException:As told: {code}.,Status {status},Error {code}: s3://{bucket}/a/1$"
    )
    try:
        with pytest.raises(CopySourceError, match=message):
            list(store.read_all([S3Object(bucket, "a/1")], compression=None))
    finally:
        proxy.shutdown()


@pytest.mark.parametrize("compression", [None, "gzip", "bzip2", "zstd"])
def test_a_lost_connection_is_not_taken_for_bad_data(
    compression: Any, s3_endpoint: str, s3: Any, bucket: str
) -> None:
    """The connection is lost after the read-ahead bytes, so that a decompressor sees it."""
    body = random.Random(0).randbytes(3 << 20)
    compress = {"gzip": gzip.compress, "bzip2": bz2.compress, "zstd": zstd.compress}
    body = compress.get(compression, bytes)(body)
    s3.put_object(Bucket=bucket, Key="a/1", Body=body)
    proxy = S3Proxy(s3_endpoint)
    store = ObjectStore(endpoint_url=proxy.url, region="us-west-2")
    proxy.fail("GET .*/a/1", cut_short)
    ((_, read),) = store.read_all([S3Object(bucket, "a/1")], compression=compression)
    try:
        with pytest.raises(CopySourceError, match=f"S3CurlException: .*: s3://{bucket}/a/1$"):
            whole(read)
    finally:
        proxy.shutdown()


def test_a_bucket_that_is_missing_or_elsewhere_is_named_with_the_code_of_s3(
    store: ObjectStore, bucket: str
) -> None:
    with pytest.raises(CopySourceError, match=r"Status 404,Error NoSuchBucket: s3://not-there$"):
        store.find("s3://not-there/a/", manifest=False, region=None)
    message = f"Status 301,Error PermanentRedirect: s3://{bucket} is in us-west-2"
    with pytest.raises(CopySourceError, match=message):
        store.find(f"s3://{bucket}/a/", manifest=False, region="eu-west-1")


def test_an_unreachable_server_is_an_error_of_the_copy(bucket: str) -> None:
    store = ObjectStore(endpoint_url="http://127.0.0.1:9", region="us-west-2")
    with pytest.raises(CopySourceError, match=r"Could not connect to the endpoint URL"):
        store.find(f"s3://{bucket}/a/", manifest=False, region=None)
