"""Which objects of a source belong to which partition of time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sparkify.loads.objects import Listing, S3Object, list_below
from sparkify.model import Partitioned
from sparkify.window import YEARS, Window

RECENT = timedelta(days=35)  # before the window; a run looks for changes of these files
_DIRECTIVE = re.compile(r"%(-?[A-Za-z%])")
_DIGITS = {"Y": "[0-9]{4}", "m": "[0-9]{2}", "d": "[0-9]{2}", "H": "[0-9]{2}", "j": "[0-9]{3}"}


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition of time, the key that it is expected under, and the objects found for it."""

    span: Window
    key: str
    objects: tuple[S3Object, ...]


@dataclass(frozen=True, slots=True)
class SourceState:
    """What a source holds for a window.

    :param partitions: all partitions that the window touches, those without objects too.
    :param ignored: objects below the source's prefix that a rule leaves out.
    :param unclaimed: objects below the prefix that belong to no partition: nobody loads them.
    :param recent: objects of the 35 days before the window, the earliest first.
    """

    partitions: tuple[Partition, ...]
    ignored: tuple[S3Object, ...]
    unclaimed: tuple[S3Object, ...]
    recent: tuple[S3Object, ...] = ()

    @property
    def present(self) -> list[Partition]:
        """The partitions that have objects."""
        return [partition for partition in self.partitions if partition.objects]

    @property
    def absent(self) -> list[str]:
        """The keys of the partitions that have none."""
        return [partition.key for partition in self.partitions if not partition.objects]


@dataclass(frozen=True, slots=True)
class PartitionedSource:
    """A partitioned source in its bucket.

    A key that ends in a slash is a folder for each partition: all below it belongs to it.
    Else the partition's own key counts, and further files beside it: the same name with
    something in front of its ending, or a number behind it (`…-events-2.json`,
    `…-events (1).json`, `…-events.json.2`).
    """

    bucket: str
    source: Partitioned

    def url(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    def state(self, client: Any, window: Window) -> SourceState:
        """List the whole source and pick what belongs to the window.

        :raises ValueError: the key names one file, and the window touches several partitions.
        """
        key, spans = self.source.key, list(window.partitions(self.source.unit))
        if "%" not in key and len(spans) > 1:
            raise ValueError(
                f"key {key!r} names one file, but the window {window} touches {len(spans)}"
                f" {self.source.unit}s: put a date into the key, as %Y/%m/%d"
            )
        return sort_objects(list_below(client, self.bucket, self.source.prefix), key, spans)


def sort_objects(listing: Listing, template: str, spans: Sequence[Window]) -> SourceState:
    """Give each object of a listing its partition; `spans` are those of the window."""
    keys = [span.start.strftime(template) for span in spans]
    members: dict[str, list[S3Object]] = {key: [] for key in keys}
    unclaimed, recent = [], []
    first = spans[0].start.replace(tzinfo=None)
    pattern = key_pattern(template)
    for item in listing.objects:
        match = pattern.fullmatch(item.key)
        date = _date_of(match) if match else None
        if match is None or date is None:
            unclaimed.append(item)
        elif (owner := match["head"] + (match["ending"] or "")) in members:
            members[owner].append(item)
        elif first - RECENT <= date < first:
            recent.append((date, item))
    partitions = tuple(
        Partition(span, key, tuple(members[key])) for span, key in zip(spans, keys, strict=True)
    )
    by_date = sorted(recent, key=lambda pair: (pair[0], pair[1].key))
    return SourceState(
        partitions, listing.ignored, tuple(unclaimed), tuple(item for _, item in by_date)
    )


def key_pattern(template: str) -> re.Pattern[str]:
    """Return a pattern of the keys that some partition claims."""
    folder, _, name = template.rpartition("/")
    if not name:
        return re.compile(f"(?P<head>{_digits(template)})(?P<ending>).*", re.DOTALL)
    dot = name.find(".", name.rfind("%") + 1)
    stem, ending = (name[:dot], name[dot:]) if dot >= 0 else (name, "")
    head = f"{folder}/{stem}" if folder else stem
    return re.compile(
        f"(?P<head>{_digits(head)})(?:[^A-Za-z0-9/][^/]*)?(?P<ending>{re.escape(ending)})"
        r"(?:\.[0-9]+)?"
    )


def _digits(template: str) -> str:
    """Turn a template into a pattern; what is named twice must be the same twice."""
    seen: set[str] = set()

    def digits(match: re.Match[str]) -> str:
        name = match[1].lstrip("-")
        if name not in _DIGITS:
            return "%" if name == "%" else "[^/]+?"
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        # %-d and the like have no leading zeros.
        width = "[0-9]+" if match[1].startswith("-") else _DIGITS[name]
        return f"(?P<{name}>{width})"

    parts = _DIRECTIVE.split(template)
    texts = [re.escape(part) for part in parts[::2]]
    patterns = [digits(match) for match in _DIRECTIVE.finditer(template)]
    return "".join(text + directive for text, directive in zip(texts, [*patterns, ""], strict=True))


def _date_of(match: re.Match[str]) -> datetime | None:
    """Return the date in a key; None if no window has it, such as 31 February."""
    part = match.groupdict()
    year = int(part.get("Y") or 2000)
    if year not in YEARS:
        return None
    try:
        return datetime(
            year, int(part.get("m") or 1), int(part.get("d") or 1), int(part.get("H") or 0)
        )
    except ValueError:
        return None
