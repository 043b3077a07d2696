"""Drift of a source from its contract: keys that are new, missing, or of another type.

COPY loads what it knows and passes over the rest without a word. A sample of the objects
is held against a JSON Schema before they are copied, so that a change of the app is known
before an analyst finds a column empty.

How it works: of each object the first and the last lines are read (a day's file grows at
its end), of many objects some, evenly spread. What it does not do: it rejects nothing, and
a drift that is in no line it reads goes unseen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sparkify.checks import CheckResult, Header
from sparkify.failures import SourceChanged, s3_code
from sparkify.include import CONTRACTS
from sparkify.sources import S3Object, naming

_MOST_OBJECTS = 20
_PIECE = 1 << 16  # bytes read at each end of an object
_LONGEST_EXAMPLE = 500  # characters
_LONGEST_VALUE = 80
_CHANGED = frozenset({"404", "NoSuchKey", "416", "InvalidRange"})

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
    """The records that were looked at, and what is odd about them."""

    records: int
    drifts: list[Drift]

    def as_result(self, name: str) -> CheckResult:
        """As the result of a check, to be kept beside those of others."""
        return CheckResult(
            name,
            Header(
                rule=f"The {self.records} records of a sample have the keys of the contract.",
                severity="warning",
                means="the app writes otherwise than it did; see the rows for what and where.",
                to_do="ask the team of the app; change include/contracts, and the table, or both.",
            ),
            sum(drift.records for drift in self.drifts),
            [asdict(drift) for drift in self.drifts],
        )


def sample(client: Any, objects: Sequence[S3Object], contract: str) -> Sample:
    """Hold a sample of the objects against the contract in `contract`, below include/contracts.

    Lines that are no JSON objects are left to COPY, which rejects them.
    """
    from jsonschema import Draft202012Validator

    schema = json.loads((CONTRACTS / contract).read_text())
    validator = Draft202012Validator(schema)
    found: dict[tuple[str, Change], Drift] = {}
    records = 0
    for item in _spread(objects):
        for line, record in _records(_ends(client, item)):
            records += 1
            differences = _differences(validator.iter_errors(record), record)
            for (key, change), detail in differences.items():
                if (key, change) in found:
                    found[key, change].records += 1
                else:
                    example = line[:_LONGEST_EXAMPLE]
                    found[key, change] = Drift(key, change, detail, example, item.url)
    return Sample(records, list(found.values()))


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
                found = json.dumps(error.instance)[:_LONGEST_VALUE]
                odd[str(error.absolute_path[0]), "retyped"] = f"{found}, not {expected}"
    return odd


def _spread(objects: Sequence[S3Object]) -> Sequence[S3Object]:
    if len(objects) <= _MOST_OBJECTS:
        return objects
    step = len(objects) / _MOST_OBJECTS
    return [objects[int(number * step)] for number in range(_MOST_OBJECTS)]


def _ends(client: Any, item: S3Object) -> list[bytes]:
    """Whole lines of the object's beginning, and of its end where it is longer than both.

    :raises SourceChanged: it went, or shrank, since it was listed.
    """
    if item.size <= 2 * _PIECE:
        return _read(client, item).split(b"\n")
    first, last = (
        _read(client, item, Range=f"bytes={part}") for part in (f"0-{_PIECE - 1}", f"-{_PIECE}")
    )
    return [*first.split(b"\n")[:-1], *last.split(b"\n")[1:]]


def _read(client: Any, item: S3Object, **options: str) -> bytes:
    from botocore.exceptions import ClientError

    try:
        with naming(item.url):
            answer = client.get_object(Bucket=item.bucket, Key=item.key, **options)
            with closing(answer["Body"]) as body:
                content: bytes = body.read()
    except ClientError as error:
        if s3_code(error) in _CHANGED:
            raise SourceChanged(f"{item.url} was deleted or cut since it was listed") from error
        raise
    return content


def _records(lines: Iterable[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield line.decode(errors="replace"), record
