"""Prints the results as a table, and writes them to a JSON file for an issue."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.masking import masked
from conformance.running import Result

_STYLES = {"holds": "green", "differs": "bold red", "cannot tell": "yellow"}
_DECLARED = "differs, known"
_LONGEST_SEEN = 240  # characters in the table; the JSON has the whole text


def print_table(results: Sequence[Result], console: Console) -> None:
    """Print a table of the results, and the number of each status."""
    table = Table(expand=True, show_lines=True, box=box.SIMPLE)
    table.add_column("Behaviour, and the manual's page", ratio=1, overflow="fold")
    table.add_column("Result", min_width=11)
    table.add_column("Observed", ratio=1, overflow="fold")
    for topic, of_topic in groupby(results, key=lambda result: result.probe.topic):
        table.add_row(Text(topic, style="bold"), "", "")
        for result in of_topic:
            table.add_row(
                Text.assemble(
                    result.probe.behaviour.replace("`", ""), "\n", (result.probe.page, "dim")
                ),
                Text(_status(result), style=_style(result)),
                Text(_shortened(result.saw)),
            )
    console.print(table)
    console.print(summary(results))
    if any(result.declared for result in results):
        console.print(f"{_DECLARED}: docs/redshift.md says how the local endpoint differs.")


def summary(results: Sequence[Result]) -> str:
    """The number of results of each status, in one line."""
    counts = Counter(_status(result) for result in results)
    return f"{len(results)} probes: " + ", ".join(f"{status} {n}" for status, n in counts.items())


def write_json(path: Path, about: Mapping[str, Any], results: Sequence[Result]) -> None:
    """Write all results and the target's description to a file."""
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "target": {name: masked(str(value)) for name, value in about.items()},
        "summary": Counter(result.status for result in results),
        "probes": [
            {
                "name": result.probe.name,
                "topic": result.probe.topic,
                "behaviour": result.probe.behaviour,
                "page": result.probe.page,
                "status": result.status,
                "declared": result.declared,
                "saw": result.saw,
                "seconds": result.seconds,
            }
            for result in results
        ],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _status(result: Result) -> str:
    return _DECLARED if result.declared else result.status


def _style(result: Result) -> str:
    return "yellow" if result.declared else _STYLES[result.status]


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SEEN else text[: _LONGEST_SEEN - 1] + "…"
