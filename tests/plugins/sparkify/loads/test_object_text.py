"""The lines of objects, decompressed, and whether a line may hide other records."""

from __future__ import annotations

import bz2
import gzip
import json
from typing import Any

import pytest

from sparkify.failures import SourceChanged
from sparkify.loads.object_text import LONGEST_RECORD, Unreadable, read_lines
from tests.support.runs import event


def lines_of(s3: Any, bucket: str, body: bytes, numbers: list[int], compression: Any = None) -> Any:
    s3.put_object(Bucket=bucket, Key="a.json", Body=body)
    return read_lines(s3, f"s3://{bucket}/a.json", numbers, compression)


def test_lines_of_an_object_are_found_whatever_is_in_them(s3, bucket):
    body = b'{"a": 1}\n\xff\x00bad\r\n' + b"x" * 9000
    lines = lines_of(s3, bucket, body, [2, 3, 9])
    assert {number: line.text for number, line in lines.items()} == {
        2: b"\xff\x00bad",
        3: b"x" * 4096,
    }


@pytest.mark.parametrize(
    ("compression", "compress"), [("GZIP", gzip.compress), ("BZIP2", bz2.compress)]
)
def test_lines_are_numbered_through_all_members_of_a_compressed_object(
    compression, compress, s3, bucket
):
    body = compress(b"1\n2\n") + compress(b"3\n" * 100_000) + compress(b"end")
    lines = lines_of(s3, bucket, body, [2, 3, 100_003], compression)
    assert [line.text for line in lines.values()] == [b"2", b"3", b"end"]


@pytest.mark.parametrize("compression", ["GZIP", "BZIP2", "ZSTD", "LZOP"])
def test_an_error_of_decompression_is_named(compression, s3, bucket):
    with pytest.raises(Unreadable, match=compression):
        lines_of(s3, bucket, b"plain", [1], compression)


@pytest.mark.parametrize(
    ("body", "number", "hides"),
    [
        (b'{"a": 1', 1, False),
        (b'{"a": {"b": {}}, "c": [{}]}', 1, False),
        (b'{"a": ' * 5000 + b"1" + b"}" * 5000, 1, False),
        (b'{"a": "x{", "b": }', 1, True),  # it may be one record; nobody can tell
        (b'{{"a": 1}', 1, False),
        (b'{"a": "\xff", "b": {"c": 1}}', 1, False),
        (b'{"a": "}{"}', 1, False),
        (b'{"a": 1}{"b": }', 1, True),
        (b'{"a": "cut{"b": 1}', 1, True),
        (b'{"a": 1}\ngarbage\n{"a": 2}', 2, False),
        (b'{"a": 1},\ngarbage', 2, False),
        (b'{\n"a": 1,\n"b": "cut\n{"a": 1}', 3, True),
        (b'{"a": "' + b"x" * LONGEST_RECORD, 1, True),
    ],
)
def test_a_refused_line_may_hide_records_unless_it_is_one_alone(body, number, hides, s3, bucket):
    assert lines_of(s3, bucket, body, [number])[number].may_hide_records is hides


def test_a_record_after_a_truncated_one_on_the_same_line_is_detected(s3, bucket):
    """The app writes such a line if it crashes while writing and continues after a restart."""
    record = json.dumps(event("2018-11-05T10:00:00", userAgent='"Mozilla/5.0 (X11; \\"U\\")"'))
    lines = [record[:cut] + record for cut in range(1, len(record))]
    parsed = lines_of(s3, bucket, "\n".join(lines).encode(), list(range(1, len(lines) + 1)))
    assert [number for number, line in parsed.items() if not line.may_hide_records] == [1]


def test_an_object_that_is_deleted_before_its_lines_are_read_has_changed(s3, bucket):
    """The object was listed and loaded, so a retry lists it again. NoSuchKey alone is permanent."""
    with pytest.raises(SourceChanged, match=f"s3://{bucket}/gone was deleted"):
        read_lines(s3, f"s3://{bucket}/gone", [1])
