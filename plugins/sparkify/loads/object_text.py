"""The text of S3 objects, decompressed as COPY does it: lines for error reports, and samples.

It takes a boto3 S3 client and imports nothing of Airflow.
"""

from __future__ import annotations

import bz2
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from sparkify.failures import SourceChanged
from sparkify.loads.objects import S3Object, naming

Compression = Literal["GZIP", "BZIP2", "ZSTD", "LZOP"]

LONGEST_RECORD = 4 << 20  # bytes; Redshift's manual, "Loading from JSON data"
LONGEST_TEXT = 4096  # bytes of a rejected line that load_errors.raw_text holds
_CHUNK = 1 << 16
_MAGIC = {
    b"\x1f\x8b": "the object is gzip: land it as plain text, or add GZIP to copy_options",
    b"BZh": "the object is bzip2: land it as plain text, or add BZIP2 to copy_options",
    b"\x28\xb5\x2f\xfd": "the object is zstd: land it as plain text, or add ZSTD to copy_options",
    b"PK\x03\x04": "the object is a zip file",
    b"PAR1": "the object is Parquet",
    b"\xff\xfe": "the object is UTF-16: JSON for COPY is UTF-8",
    b"\xfe\xff": "the object is UTF-16: JSON for COPY is UTF-8",
}
_BOM = b"\xef\xbb\xbf"
_LOOKED_AT = 100  # more objects than are sure to be found
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_RECORD_START = re.compile(rb'\{\s*"')
_BRACKET = re.compile(rb"[{}\[\]]")


class Unreadable(Exception):
    """The object cannot be decompressed here."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an object, without its end.

    :param text: the first 4,096 bytes.
    :param may_hide_records: the line is no single record, or is part of one. If COPY refuses
        a record here, nobody can say how many others it passed over.
    """

    text: bytes
    may_hide_records: bool


def compression_of(copy_options: Iterable[str]) -> Compression | None:
    """Return the compression that COPY's options name."""
    named = {option.strip().upper() for option in copy_options}
    for compression in ("GZIP", "BZIP2", "ZSTD", "LZOP"):
        if compression in named:
            return compression
    return None


def read_chunks(
    client: Any, url: str, compression: Compression | None, **options: str
) -> Iterator[bytes]:
    """Read an object piece by piece, decompressed.

    :param options: more arguments of GetObject, such as a Range.
    :raises SourceChanged: the object is gone.
    :raises Unreadable: the bytes are not compressed so, or this compression is not known here.
    """
    bucket, _, key = url.removeprefix("s3://").partition("/")
    try:
        with naming(url):
            content = client.get_object(Bucket=bucket, Key=key, **options)["Body"]
    except client.exceptions.NoSuchKey as error:
        raise SourceChanged(f"{url} was deleted while it was loaded") from error
    with naming(url), closing(content) as body:
        chunks = body.iter_chunks(_CHUNK)
        yield from chunks if compression is None else _decompressed(chunks, compression)


def _decompressed(chunks: Iterable[bytes], compression: Compression) -> Iterator[bytes]:
    if compression not in ("GZIP", "BZIP2"):
        raise Unreadable(f"{compression} cannot be read here")
    stream = _decompressor(compression)
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                if stream.eof:  # another member begins
                    stream = _decompressor(compression)
                yield stream.decompress(rest)
                rest = stream.unused_data if stream.eof else b""
    except (zlib.error, OSError) as error:
        raise Unreadable(f"the object is not {compression}: {error}") from None


def _decompressor(compression: Compression) -> Any:
    return zlib.decompressobj(31) if compression == "GZIP" else bz2.BZ2Decompressor()


def read_lines(
    client: Any, url: str, numbers: Iterable[int], compression: Compression | None = None
) -> dict[int, Line]:
    """Read some lines of an object, numbered from 1.

    A line ends at a newline alone, as COPY counts them, and may have any length.
    """
    wanted = set(numbers)
    lines_by_number: dict[int, Line] = {}
    before, before_rejected = b"", False
    for number, text in enumerate(_lines(read_chunks(client, url, compression)), 1):
        if number in wanted:
            hides = _may_hide_records(text, b"" if before_rejected else before)
            lines_by_number[number] = Line(text[:LONGEST_TEXT].removesuffix(b"\r"), hides)
        before, before_rejected = text[-LONGEST_TEXT:], number in wanted
        if len(lines_by_number) == len(wanted):
            break
    return lines_by_number


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Split into lines; of a line longer than a record may be, one byte more is kept."""
    line = b""
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        line += first[: LONGEST_RECORD + 1 - len(line)]
        for following in others:
            yield line
            line = following
    if line:
        yield line


def _may_hide_records(line: bytes, before: bytes) -> bool:
    """Decide whether a line that COPY refused is anything but one record.

    :param before: the line above it.
    """
    if len(line) > LONGEST_RECORD:
        return True
    if b"{" not in line:  # inside a record that takes several lines, or a line of garbage
        above = before.strip()
        return bool(above) and not above.endswith((b"}", b"},"))
    if len(_RECORD_START.findall(line)) < 2:
        return False
    try:  # JSON that COPY refused for something else, such as bytes that are no UTF-8
        json.loads(line.decode(errors="replace"), strict=False)
    except RecursionError:
        return not _is_one_value(line)
    except ValueError:
        return True
    return False


def _is_one_value(line: bytes) -> bool:
    """Decide whether the brackets of a deep line open and close once around all of it."""
    bare = _STRING.sub(b"", line).strip()
    depth, closed_at = 0, 0
    for bracket in _BRACKET.finditer(bare):
        depth += 1 if bracket[0] in b"{[" else -1
        if depth <= 0:
            closed_at = bracket.end()
            break
    return depth == 0 and closed_at == len(bare)


def find_blank(
    client: Any, objects: Sequence[S3Object], rows: int, compression: Compression | None
) -> S3Object | None:
    """Find an object that has bytes, and only white space in them.

    One of no bytes, or that decompresses to none, is not meant: it is a day without events.

    :param rows: how many rows the objects gave; those that gave none are among the smallest.
    """
    filled = sorted((item for item in objects if item.size), key=lambda item: item.size)
    for item in filled[: len(filled) - rows + _LOOKED_AT]:
        text = b"".join(islice(read_chunks(client, item.url, compression), 2))
        if text and not text.removeprefix(_BOM).strip():
            return item
    return None


def describe_bytes(raw: bytes) -> str:
    """Describe a line that is no JSON, to be put behind the reason of its rejection."""
    return next((f" ({text})" for magic, text in _MAGIC.items() if raw.startswith(magic)), "")


def texts_of(
    client: Any,
    places: Iterable[tuple[str, int]],
    compression: Compression | None,
) -> Mapping[tuple[str, int], Line]:
    """Read the lines at these places (address, line number) of some objects."""
    by_object: dict[str, set[int]] = {}
    for url, number in places:
        by_object.setdefault(url, set()).add(number)
    lines_by_place: dict[tuple[str, int], Line] = {}
    for url, numbers in by_object.items():
        for number, line in read_lines(client, url, numbers, compression).items():
            lines_by_place[url, number] = line
    return lines_by_place
