"""The path of each column's value in a JSON record.

With 'auto', keys match column names. A jsonpaths file names one path per column, in order.

Source: Amazon Redshift's manual, "COPY from JSON format" (copy-usage_notes-copy-from-json).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import msgspec

from local.redshift.copy.load_errors import Column, RowRejected
from local.redshift.copy.objects import CopySourceError

Path = tuple[str | int, ...]

_STEP = re.compile(
    r"\[\s*'((?:[^'\\]|\\.)*)'\s*\]|\[\s*\"((?:[^\"\\]|\\.)*)\"\s*\]|\[\s*(\d+)\s*\]|\.([^.\[\]]+)"
)
_as_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_as_array = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Paths:
    """The path of each column; `ignore_case` stands for 'auto ignorecase'."""

    paths: tuple[Path, ...]
    ignore_case: bool = False

    @property
    def flat(self) -> bool:
        """Whether each column has its own top-level key."""
        keys = [path[0] for path in self.paths if len(path) == 1 and isinstance(path[0], str)]
        return not self.ignore_case and len(set(keys)) == len(self.paths)


def auto(columns: list[Column], *, ignore_case: bool) -> Paths:
    return Paths(tuple((column.name,) for column in columns), ignore_case)


def from_file(text: bytes, columns: list[Column], url: str) -> Paths:
    """The paths of a jsonpaths file.

    :raises CopySourceError: the file is invalid, or the numbers of paths and columns differ.
    """
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise CopySourceError(f"Invalid JSONPath file {url}: it is not a JSON object")
    if "jsonpaths" not in content:
        # "If the name is any string other than "jsonpaths", COPY uses the 'auto' argument"
        return auto(columns, ignore_case=False)
    expressions = content["jsonpaths"]
    if not isinstance(expressions, list) or not all(isinstance(e, str) for e in expressions):
        raise CopySourceError(f"Invalid JSONPath file {url}: 'jsonpaths' is not a list of strings")
    if len(expressions) != len(columns):
        raise CopySourceError(
            "Number of jsonpaths and the number of columns should match. JSONPath size: "
            f"{len(expressions)}, Number of columns in table or column list: {len(columns)}"
        )
    return Paths(tuple(parse_path(expression, url) for expression in expressions))


def parse_path(expression: str, url: str = "") -> Path:
    """`$['a'][0]` or `$.a[0]` as ('a', 0).

    :raises CopySourceError: the path is invalid. Redshift supports no wildcards and no filters.
    """
    steps: list[str | int] = []
    at = 1
    while expression[:1] == "$" and at < len(expression):
        step = _STEP.match(expression, at)
        if step is None:
            break
        single, double, index, dotted = step.groups()
        key = single if single is not None else double if double is not None else dotted
        if key is None:
            steps.append(int(index))
        elif key == "*":
            break
        else:
            steps.append(re.sub(r"\\(.)", r"\1", key))
        at = step.end()
    if not steps or at < len(expression):
        raise CopySourceError(f"Invalid JSONPath format: {expression!r} is not supported {url}")
    return tuple(steps)


def pick(record: bytes, paths: Paths) -> list[msgspec.Raw | None]:
    """The value of each column in one JSON record, as written; None if it is missing.

    :raises RowRejected: a path leads through a value that is not an object or array.
    :raises msgspec.DecodeError: the record is not JSON.
    """
    if record[:1] == b"[":
        if any(isinstance(path[0], str) for path in paths.paths):
            raise RowRejected(1216, "Invalid JSONPath format: Member is not an object.")
        array = _as_array.decode(record)
        return [_walk(_item(array, path[0]), path[1:]) for path in paths.paths]
    members: dict[str, Any] = _as_object.decode(record)
    if paths.ignore_case:
        members = {key.lower(): value for key, value in reversed(members.items())}
    values = []
    for path in paths.paths:
        if isinstance(path[0], int):
            raise RowRejected(1216, "Invalid JSONPath format: Member is not an array.")
        values.append(_walk(members.get(path[0]), path[1:]))
    return values


def _walk(value: msgspec.Raw | None, path: Path) -> msgspec.Raw | None:
    for step in path:
        if value is None or bytes(value) == b"null":
            return None
        try:
            if isinstance(step, int):
                value = _item(_as_array.decode(value), step)
            else:
                value = _as_object.decode(value).get(step)
        except msgspec.ValidationError:
            kind = "an array" if isinstance(step, int) else "an object"
            raise RowRejected(1216, f"Invalid JSONPath format: Member is not {kind}.") from None
    return value


def _item(array: list[msgspec.Raw], index: str | int) -> msgspec.Raw | None:
    return array[index] if isinstance(index, int) and index < len(array) else None
