"""Drift of a source from its contract: fields that are new, missing or of another type.

COPY loads the fields that it knows and ignores the rest. So a sample of the objects is compared
with a JSON Schema before COPY. A change of the app is then known before an analyst finds an empty
column.

How it works: it reads the first lines of an object, and the last ones if the object is not
compressed, because a day's file grows at its end. If there are many objects, it reads some of them,
evenly spread.

What it does not do: it rejects nothing, and it does not see drift in lines that it does not read.
The sample is limited in objects, bytes, depth, fields and time. If the check itself fails, that is
a warning, never a failed load.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sparkify.include import CONTRACTS
from sparkify.loads.forgotten import NOBODY, ForgottenUsers
from sparkify.loads.object_text import Compression, read_chunks
from sparkify.loads.objects import S3Object
from sparkify.quality.checks import CheckResult, Header

log = logging.getLogger(__name__)

_MOST_OBJECTS = 20
_MOST_SECONDS = 20.0
_MOST_DRIFTS = 50  # keys that differ
_MOST_BRACKETS = 500  # of one record
_PIECE = 1 << 16  # bytes read at each end of an object
_LONGEST_EXAMPLE = 1000  # characters; a line of the app's log is shorter
_LONGEST_VALUE = 80

Change = Literal["new", "missing", "retyped"]


@dataclass(slots=True)
class Drift:
    """One key that is not as the contract says, in `records` of the sample."""

    key: str
    change: Change
    detail: str
    example: str
    object_key: str
    records: int = 1


@dataclass(frozen=True, slots=True)
class Sample:
    """The records that were looked at, and what is odd about them.

    :param trouble: why not all of the sample could be read; empty if it was.
    """

    records: int
    drifts: list[Drift]
    trouble: str = ""

    def as_result(self, name: str) -> CheckResult:
        """Return it as the result of a check. A sample without a record does not pass."""
        header = Header(
            rule=f"The {self.records} records of a sample have the keys of the contract.",
            severity="warning",
            means="the app writes otherwise than it did; see the rows for what and where.",
            to_do="ask the team of the app; change include/contracts, and the table, or both.",
        )
        trouble = self.trouble or ("" if self.records else "no record could be read")
        rows: list[dict[str, Any]] = [asdict(drift) for drift in self.drifts]
        if trouble:
            rows.append({"trouble": trouble})
        failing = sum(drift.records for drift in self.drifts) + bool(trouble)
        return CheckResult(name, header, failing, rows)


def sample(
    client: Any,
    objects: Sequence[S3Object],
    contract: str,
    compression: Compression | None = None,
    forgotten: ForgottenUsers = NOBODY,
) -> Sample:
    """Hold a sample of the objects against the contract in `contract`, below include/contracts.

    Lines that are no JSON objects are left to COPY, which rejects them.

    :param forgotten: users whose values are not shown.
    """
    drifts: dict[tuple[str, Change], Drift] = {}
    records = 0
    deadline = time.monotonic() + _MOST_SECONDS
    try:
        from jsonschema import Draft202012Validator

        validator = Draft202012Validator(json.loads((CONTRACTS / contract).read_text()))
        for item in _spread([item for item in objects if item.size]):
            for line, record in _records(_ends(client, item, compression)):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the sample took longer than {_MOST_SECONDS} s")
                records += 1
                differences = _differences(validator.iter_errors(record), record)
                for (key, change), detail in differences.items():
                    if (key, change) in drifts:
                        drifts[key, change].records += 1
                    elif len(drifts) < _MOST_DRIFTS:
                        example = forgotten.shown(line)[:_LONGEST_EXAMPLE]
                        shown = detail if example else ""
                        drifts[key, change] = Drift(key, change, shown, example, item.url)
    except Exception as error:  # advice must not stop a load; COPY meets what is wrong, too
        log.warning("The contract %s could not be checked: %s", contract, error)
        return Sample(records, list(drifts.values()), f"{type(error).__name__}: {error}")
    return Sample(records, list(drifts.values()))


def _differences(errors: Iterable[Any], record: dict[str, Any]) -> dict[tuple[str, Change], str]:
    """What is odd about one record: key and change, and a word on it."""
    odd: dict[tuple[str, Change], str] = {}
    for error in errors:
        match error.validator:
            case "additionalProperties":
                for key in sorted(record.keys() - error.schema["properties"].keys()):
                    odd[key, "new"] = "COPY passes it over"
            case "required":
                for key in sorted(set(error.validator_value) - record.keys()):
                    odd[key, "missing"] = "its column will be null"
            case "type" if error.absolute_path:
                expected = error.validator_value
                expected = expected if isinstance(expected, str) else " or ".join(expected)
                value = json.dumps(error.instance)[:_LONGEST_VALUE]
                odd[str(error.absolute_path[0]), "retyped"] = f"{value}, not {expected}"
    return odd


def _spread(objects: Sequence[S3Object]) -> Sequence[S3Object]:
    if len(objects) <= _MOST_OBJECTS:
        return objects
    step = len(objects) / _MOST_OBJECTS
    return [objects[int(number * step)] for number in range(_MOST_OBJECTS)]


def _ends(client: Any, item: S3Object, compression: Compression | None) -> list[bytes]:
    """Read whole lines of the object's beginning, and of its end if it is longer than both."""
    if compression is not None or item.size <= 2 * _PIECE:
        piece = _piece(client, item, compression, 2 * _PIECE)
        lines = piece.split(b"\n")
        return lines if len(piece) < 2 * _PIECE else lines[:-1]
    first = _piece(client, item, None, _PIECE)
    last = _piece(client, item, None, _PIECE, Range=f"bytes=-{_PIECE}")
    return [*first.split(b"\n")[:-1], *last.split(b"\n")[1:]]


def _piece(
    client: Any, item: S3Object, compression: Compression | None, size: int, **options: str
) -> bytes:
    """Read the first bytes of an object, or of a range of it, decompressed."""
    piece = b""
    for chunk in read_chunks(client, item.url, compression, **options):
        piece += chunk[: size - len(piece)]
        if len(piece) >= size:
            break
    return piece


def _records(lines: Iterable[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    for line in lines:
        if line.count(b"{") + line.count(b"[") > _MOST_BRACKETS:
            continue  # it may be nested deeper than a parser goes
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield line.decode(errors="replace"), record
