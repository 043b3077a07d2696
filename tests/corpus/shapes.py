"""Objects that are not, or not quite, lines of JSON."""

from __future__ import annotations

import gzip
import json

from tests.corpus.case import (
    DATA_FORMAT,
    ERRORS,
    FROM_JSON,
    GOOD_ITEM,
    MULTIBYTE,
    OURS,
    PREPARING,
    SILENT,
    Case,
    Reject,
    file,
    line,
    raw,
)

CUT = line()[:-10]
CUT_TEXT = '"ts": 1541419200000, "s'
SPREAD = json.dumps(json.loads(line()), indent=1).encode()
GOOD = line(GOOD_ITEM)
_FOUR_MB = 4 << 20
_THREE_MB = "y" * (3 << 20)

SHAPES = [
    # A record may begin anywhere: braces separate objects, not lines.
    Case("two objects on a line", FROM_JSON, file(line(1) + b" " + line(2)), ((1, "a"), (2, "a"))),
    Case("objects with nothing between", FROM_JSON, file(line(1) + line(2)), ((1, "a"), (2, "a"))),
    Case("an object over several lines", FROM_JSON, file(SPREAD, line(2)), ((1, "a"), (2, "a"))),
    Case("blank lines between", FROM_JSON, file(b"", b" \t", line(1), b""), ((1, "a"),)),
    Case("CRLF", FROM_JSON, file(line(1), line(2)).replace(b"\n", b"\r\n"), ((1, "a"), (2, "a"))),
    Case("a lone CR between", SILENT, file(line(1) + b"\r" + line(2)), ((1, "a"), (2, "a"))),
    Case(
        "a lone CR before a bad line",  # its text is COPY's line, which does not end at CR
        SILENT,
        file(line(1) + b"\r" + line(2), line(3, length="x")),
        ((1, "a"), (2, "a")),
        (Reject(3, "length", "Invalid digit, Value 'x'", '"itemInSession": 3'),),
    ),
    Case("a BOM", SILENT, b"\xef\xbb\xbf" + file(line(1)), ((1, "a"),)),
    Case(
        "a BOM in the middle",
        SILENT,
        file(b"\xef\xbb\xbf" + line(1)),
        (),
        (Reject(2, "", "Invalid JSON", "\ufeff{"),),
    ),
    # Broken records are rejected with 1216, "Invalid JSON"; the others are loaded.
    Case(
        "cut off at the end",
        ERRORS,
        file(CUT),
        (),
        (Reject(2, "", "Invalid JSON: Unterminated string", CUT_TEXT),),
    ),
    Case(
        "cut off in the middle",
        ERRORS,
        file(CUT, line(2)),
        ((2, "a"),),
        (Reject(2, "", "Invalid JSON", CUT_TEXT),),
    ),
    Case(
        "cut off behind a colon, so that the next line might belong to it",
        SILENT,
        file(b'{"itemInSession": 1, "song":', line(2), line(3)),
        ((2, "a"), (3, "a")),
        (Reject(2, "", "Invalid JSON", '"song":'),),
    ),
    Case(
        "a comma behind each object",  # the objects are valid, the text between them is not
        FROM_JSON,
        file(line(1) + b",", line(2) + b","),
        ((1, "a"), (2, "a")),
        (Reject(2, "", "Invalid JSON", "},"), Reject(3, "", "Invalid JSON", "},")),
    ),
    Case(
        "a comma behind the last key",
        FROM_JSON,
        file(raw('"song": "a",')),
        (),
        (Reject(2, "", "Invalid JSON", ",}"),),
    ),
    Case(
        "comments",
        FROM_JSON,
        file(b"// as of today", line(2) + b" # or so"),
        ((2, "a"),),
        (Reject(2, "", "Invalid JSON", "// as"), Reject(3, "", "Invalid JSON", "# or so")),
    ),
    Case(
        "single quotes",  # "The quote characters must be simple quotation marks (0x22)"
        FROM_JSON,
        file(line(1).replace(b'"', b"'")),
        (),
        (Reject(2, "", "Invalid JSON", "{'itemInSession'"),),
    ),
    Case(
        "slanted quotes",
        FROM_JSON,
        file(line(1).replace(b'"', "”".encode())),
        (),
        (Reject(2, "", "Invalid JSON", "{”itemInSession”"),),
    ),
    Case(
        "scalars on lines of their own",
        FROM_JSON,
        file(b"42", b'"x"', b"null", b"true"),
        (),
        tuple(
            Reject(at, "", "Invalid JSON", text)
            for at, text in enumerate(("42", '"x"', "null", "true"), start=2)
        ),
    ),
    Case(
        "an array in a line",  # arrays are records too, but the paths name keys
        FROM_JSON,
        file(b"[1, 2]"),
        (),
        (Reject(2, "", "Member is not an object", "[1, 2]"),),
    ),
    Case(
        "an object without keys",
        FROM_JSON,
        file(b"{}"),
        (),
        (Reject(2, "item_in_session", "Missing data for not-null field", "{}"),),
    ),
    Case(
        "a line break inside a text",
        FROM_JSON,
        file(raw('"song": "a\nb"'), line(3)),
        ((3, "a"),),
        (Reject(2, "", "Invalid JSON", '"a'), Reject(3, "", "Invalid JSON", 'b"}')),
    ),
    # Files of another kind: no row can be read, so the day does not change.
    Case("an array of all events", OURS, b"[" + GOOD + b"]", fails="No row of s3://"),
    Case("an error of S3's in XML", OURS, b"<Error>\n<Code>SlowDown</Code>", fails="No row of s3"),
    Case("UTF-16", PREPARING, GOOD.decode().encode("utf-16"), fails="the object is UTF-16"),
    Case("gzip under a plain name", DATA_FORMAT, gzip.compress(GOOD), fails="the object is gzip"),
    Case("zeros", PREPARING, b"\0" * 4096, fails="No row of s3://"),
    # Deep nesting and long records.
    Case(
        "nested a hundred levels",
        SILENT,
        file(raw(f'"x": {"[" * 100}{"]" * 100}, "song": "a"')),
        ((1, "a"),),
    ),
    Case(
        "nested a thousand levels",  # the parser's limit
        SILENT,
        file(raw(f'"x": {"[" * 1000}{"]" * 1000}'), line(2)),
        ((2, "a"),),
        (Reject(2, "", "nested too deeply", "[[["),),
    ),
    Case(
        "a line just below 4 MB",
        FROM_JSON,
        file(raw(f'"x": "{"y" * (_FOUR_MB - 100)}", "song": "a"'), line(2)),
        ((1, "a"), (2, "a")),
    ),
    Case(
        "a line of 6 MB with objects of 3 MB each",
        FROM_JSON,
        file(raw(f'"x": "{_THREE_MB}", "song": "a"') + raw(f'"x": "{_THREE_MB}", "song": "a"', 2)),
        ((1, "a"), (2, "a")),
    ),
    # A longer object fails the COPY; it is not a rejected row.
    Case(
        "a line above 4 MB",
        FROM_JSON,
        file(raw(f'"x": "{"y" * _FOUR_MB}"'), line(2)),
        fails="line 2: the record is longer than 4194304 bytes",
    ),
    Case(
        "an object above 4 MB over several lines",
        FROM_JSON,
        file(raw('"x": [' + '{"ts": 1},\n' * 450_000 + "1]"), line(2)),
        fails="the record is longer than 4194304 bytes",
    ),
    # Invalid bytes.
    Case(
        "invalid UTF-8",
        MULTIBYTE,
        file(line().replace(b'"a"', b'"a\xff"')),
        (),
        (Reject(2, "song", "Bad UTF8 hex sequence: ff", "a\\xff"),),
    ),
    Case(
        "invalid UTF-8 in a key that no column has",
        SILENT,
        file(raw('"x": 1').replace(b'"x"', b'"x\xc3"')),
        (),
        (Reject(2, "", "Bad UTF8 hex sequence: c3", "x\\xc3"),),
    ),
    Case(
        "Latin-1",
        MULTIBYTE,
        file(line(song="é").decode().encode("latin-1")),
        (),
        (Reject(2, "song", "Bad UTF8 hex sequence: e9", "\\xe9"),),
    ),
    Case(
        "a NUL byte",
        PREPARING,
        file(line().replace(b'"a"', b'"a\0"')),
        (),
        (Reject(2, "", "Invalid JSON: Invalid control character", "a\\0"),),
    ),
    Case(
        "a raw tab",  # JSON requires an escape for it
        SILENT,
        file(raw('"song": "a\tb"')),
        (),
        (Reject(2, "", "Invalid JSON: Invalid control character", "a\tb"),),
    ),
]
