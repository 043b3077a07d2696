"""Lists the S3 objects of a COPY and reads them in parallel.

Memory use is bounded: at most `AHEAD` objects are opened in advance, with the first `HEAD` bytes
of each. The rest of a long object is streamed.

Short objects are read with obstore, which reads five times as many a second as boto3. What obstore
cannot read is read with boto3, whose errors have S3's own codes and messages.
"""

from __future__ import annotations

import io
import json
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import IO, Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from local.redshift.copy.decompression import Compression, NotDecompressed, decompressing

AHEAD = 32
WORKERS = 8
HEAD = 1 << 20


class CopySourceError(Exception):
    """The objects of a COPY cannot be read; the message is Redshift's or S3's."""


@dataclass(frozen=True, slots=True)
class S3Object:
    bucket: str
    key: str
    mandatory: bool | None = None  # from the manifest; None without a manifest

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def split_url(url: str) -> tuple[str, str]:
    """The bucket and key of an `s3://` URL; the key may contain any characters."""
    rest = url.removeprefix("s3://")
    bucket, _, key = rest.partition("/")
    return bucket, key


class ObjectStore:
    """S3, as COPY sees it.

    :param endpoint_url: the S3 server; None for AWS.
    :param region: the cluster's region, which COPY's REGION overrides.
    """

    def __init__(self, *, endpoint_url: str | None, region: str) -> None:
        import boto3
        from botocore.config import Config

        self.region = region
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint_url,
            region_name=region,
            aws_access_key_id="endpoint",
            aws_secret_access_key="endpoint",  # noqa: S106 - the local server accepts any
            config=Config(
                max_pool_connections=WORKERS + 4,
                retries={
                    "mode": "standard",
                    "total_max_attempts": int(os.environ.get("AWS_MAX_ATTEMPTS", "5")),
                },
                s3={"addressing_style": "path"},
                response_checksum_validation="when_required",
                proxies={} if endpoint_url else None,
            ),
        )
        self._endpoint_url = endpoint_url
        self._fast_store = cache(self._new_fast_store)
        self.address = urlsplit(endpoint_url).netloc if endpoint_url else "AWS"

    def find(self, source: str, *, manifest: bool, region: str | None) -> list[S3Object]:
        """The objects that FROM names, in the order of their keys or of the manifest.

        :raises CopySourceError: there is none, or the manifest is invalid.
        """
        bucket, key = split_url(source)
        self._check_region(bucket, region)
        if manifest:
            return self._manifest_entries(bucket, key)
        objects = [S3Object(bucket, name) for name in self._list(bucket, key)]
        if not objects:
            raise CopySourceError(f"The specified S3 prefix '{key}' does not exist")
        return objects

    def _check_region(self, bucket: str, region: str | None) -> None:
        """Compare COPY's region with the one in the answer to HeadBucket, if it has one."""
        from botocore.exceptions import ClientError

        with _naming(f"s3://{bucket}"):
            try:
                answer = self.client.head_bucket(Bucket=bucket)
            except ClientError:
                # An answer to HEAD has no body, so the error's name takes another request.
                answer = self.client.list_objects_v2(Bucket=bucket, MaxKeys=1)
        actual = answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region")
        wanted = region or self.region
        if actual not in (None, wanted):
            raise CopySourceError(
                "S3ServiceException:The bucket you are attempting to access must be addressed"
                " using the specified endpoint.,Status 301,Error PermanentRedirect:"
                f" s3://{bucket} is in {actual}, COPY looked in {wanted}; use REGION"
            )

    def _list(self, bucket: str, prefix: str) -> Iterator[str]:
        pages = self.client.get_paginator("list_objects_v2")
        with _naming(f"s3://{bucket}/{prefix}"):
            for page in pages.paginate(Bucket=bucket, Prefix=prefix):
                yield from (item["Key"] for item in page.get("Contents", ()))

    def _manifest_entries(self, bucket: str, key: str) -> list[S3Object]:
        text = self.read(S3Object(bucket, key))
        try:
            entries = json.loads(text)["entries"]
            objects = [
                S3Object(*split_url(entry["url"]), bool(entry.get("mandatory", False)))
                for entry in entries
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise CopySourceError(f"Invalid manifest s3://{bucket}/{key}: {error}") from None
        if not objects:
            raise CopySourceError(f"Manifest s3://{bucket}/{key} has no entries")
        return objects

    def read(self, item: S3Object) -> bytes:
        """The whole content of a small object: a manifest or a jsonpaths file."""
        with _naming(item.url):
            return self.client.get_object(Bucket=item.bucket, Key=item.key)["Body"].read()

    def read_all(
        self, items: list[S3Object], *, compression: Compression | None
    ) -> Iterator[tuple[S3Object, Callable[[int], bytes]]]:
        """Each object, in the given order, with a function that reads its next bytes.

        Missing objects that are not mandatory are skipped.

        :raises CopySourceError: a mandatory object is missing, or S3 fails after all retries.
        """
        pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="s3")
        opened: deque[tuple[S3Object, Future[_Body | None]]] = deque()
        waiting = iter(items)
        opened_count = 0
        try:
            while True:
                for item in waiting:
                    opened.append((item, pool.submit(self._open, item)))
                    if len(opened) >= AHEAD:
                        break
                if not opened and not opened_count:
                    # "Regardless of any mandatory settings, COPY terminates if no files are found"
                    raise CopySourceError("None of the files that the manifest names was found")
                if not opened:
                    return
                item, future = opened.popleft()
                if (body := future.result()) is not None:
                    opened_count += 1
                    yield item, _reading(item.url, body, compression)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _new_fast_store(self, bucket: str) -> S3Store:
        return S3Store(
            bucket,
            endpoint=self._endpoint_url,
            region=self.region,
            access_key_id="endpoint",
            secret_access_key="endpoint",  # noqa: S106 - the local server accepts any
            virtual_hosted_style_request=False,
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},  # boto3 tries again
        )

    def _short(self, item: S3Object) -> bytes | None:
        """The content of an object of at most `HEAD` bytes; None if obstore does not get it.

        :raises CopySourceError: the connection was lost while the content was read.
        """
        if item.key.strip("/") != item.key:
            return None  # obstore would read another key
        try:
            answer = obstore.get(self._fast_store(item.bucket), item.key)
        except (BaseError, OSError, ValueError):
            return None
        if answer.meta["size"] > HEAD:
            return None
        try:
            return bytes(answer.bytes())
        except BaseError as error:
            reason = str(error).splitlines()[0]
            raise CopySourceError(f"S3CurlException: {reason}: {item.url}") from None

    def _open(self, item: S3Object) -> _Body | None:
        if (content := self._short(item)) is not None:
            return _Body(io.BytesIO(content), len(content))
        with _naming(item.url):
            try:
                answer = self.client.get_object(Bucket=item.bucket, Key=item.key)
            except self.client.exceptions.NoSuchKey:
                if item.mandatory is None:
                    raise
                if item.mandatory:
                    raise CopySourceError(
                        f"Mandatory url is not present in manifest file. url: {item.url}"
                    ) from None
                return None
            return _Body(answer["Body"], answer["ContentLength"])


def _reading(url: str, body: _Body, compression: Compression | None) -> Callable[[int], bytes]:
    """A function that reads the object's next bytes; its errors name the object."""

    def read_named(size: int) -> bytes:
        with _naming(url):
            return body.read(size)

    read_plain = decompressing(read_named, compression)

    def read(size: int) -> bytes:
        try:
            return read_plain(size)
        except NotDecompressed as error:
            raise CopySourceError(f"{url}: {error}") from None

    return read


class _Body:
    """An object's bytes. The first `HEAD` bytes are read at once, the others on demand."""

    def __init__(self, stream: IO[bytes], length: int) -> None:
        self._stream, self._left = stream, length
        self._head = self._fetch(HEAD)

    def read(self, size: int = -1) -> bytes:
        if self._head:
            if 0 <= size < len(self._head):
                piece, self._head = self._head[:size], self._head[size:]
                return piece
            piece, self._head = self._head, b""
            return piece
        return self._fetch(size if size >= 0 else self._left)

    def _fetch(self, size: int) -> bytes:
        piece = self._stream.read(min(size, self._left)) if self._left else b""
        self._left -= len(piece)
        if not piece and self._left:
            raise OSError(f"S3 closed the connection {self._left} bytes too early")
        if not self._left:
            self._stream.close()
        return piece


class _naming:  # noqa: N801 - reads as a clause: with _naming(url)
    """Turn errors of boto3 and the network into a `CopySourceError` that names the object."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError

        if isinstance(error, ClientError):
            code = error.response.get("Error", {}).get("Code", "Unknown")
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            message = error.response.get("Error", {}).get("Message", str(error))
            raise CopySourceError(
                f"S3ServiceException:{message},Status {status},Error {code}: {self._url}"
            ) from None
        if isinstance(error, (BotoCoreError, OSError, HTTPError)):
            raise CopySourceError(f"S3CurlException: {error}: {self._url}") from None
