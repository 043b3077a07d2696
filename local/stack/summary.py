"""The demo's summary: row counts, what people listened to, and timings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.stack import warehouse
from local.stack.settings import Settings
from sparkify.model import TABLES

SONGS = "select title, artist, plays from insight_most_played_songs limit 10"
ARTISTS = "select artist, songs, plays from insight_most_played_artists limit 10"
LEVELS = "select level, plays, matched_plays, listeners from insight_plays_by_level"
CHECKS = """
select task_id, check_name, severity, status, failing_rows, sample_rows
from quality_results
where dag_id = %s and run_id = %s
order by task_id, check_name
"""
STATUS_STYLE = {"passed": "green", "warned": "yellow", "failed": "red"}
WIDTH = 100  # if the output is not a terminal


def print_summary(
    settings: Settings,
    *,
    dag_id: str,
    run_id: str,
    seconds: Sequence[tuple[str, float]],
    total: float,
    report: Path,
) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    with warehouse.connect(settings) as cursor:
        counts = [(table.name, _count(cursor, table.name)) for table in TABLES]
        songs = warehouse.query(cursor, SONGS)
        artists = warehouse.query(cursor, ARTISTS)
        levels = warehouse.query(cursor, LEVELS)
        checks = warehouse.query(cursor, CHECKS, (dag_id, run_id))
    console.print()
    _print_table(console, "Rows", ("table", "rows"), counts)
    _print_table(console, "Most played songs", ("title", "artist", "plays"), songs)
    _print_table(console, "Most played artists", ("artist", "songs", "plays"), artists)
    console.print(_matched(levels), style="italic")
    console.print()
    _print_table(
        console, "Plays by level", ("level", "plays", "matched plays", "listeners"), levels
    )
    _print_checks(console, checks)
    timings = [(stage, f"{value:.1f}") for stage, value in seconds]
    _print_table(console, "Seconds", ("stage", "seconds"), [*timings, ("total", f"{total:.1f}")])
    console.print(f"Report: {report}", soft_wrap=True)
    console.print(f"Page: {settings.ui_url}/sparkify/")
    console.print(f"Airflow UI: {settings.ui_url}   (`make psql` for SQL, `make down` to stop)")


def _count(cursor: Any, table: str) -> int:
    rows = warehouse.query(cursor, f"select count(*) from {table}")  # noqa: S608 - one of TABLES
    return int(rows[0][0])


def _matched(levels: warehouse.Rows) -> str:
    plays, matched = sum(row[1] for row in levels), sum(row[2] for row in levels)
    share = f"{matched / plays:.1%}" if plays else "none"
    return (
        f"{matched:,} of {plays:,} plays ({share}) match a song in the catalogue on title, artist"
        " and duration."
    )


def _print_checks(console: Console, checks: warehouse.Rows) -> None:
    """Print all checks in one table, then the sample rows of those that did not pass."""
    table = Table(title="Quality checks of this run", title_justify="left")
    for heading in ("task", "check", "severity", "status"):
        table.add_column(heading)
    table.add_column("failing rows", justify="right")
    for task_id, check, severity, status, failing, _ in checks:
        style = STATUS_STYLE.get(status, "")
        table.add_row(task_id, check, severity, Text(status, style=style), f"{failing or 0:,}")
    console.print(table)
    for _, check, _, status, _, sample in checks:
        if status != "passed":
            console.print(Text(f"{check} {status}, for example {_printable(sample)}"))
    console.print()


def _print_table(
    console: Console, title: str, headings: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    table = Table(title=title, title_justify="left")
    for number, heading in enumerate(headings):
        figures = number > 0 and all(isinstance(row[number], int) for row in rows)
        table.add_column(heading, justify="right" if figures or heading == "seconds" else "left")
    for row in rows:
        table.add_row(*(Text(_printable(value)) for value in row))
    console.print(table)
    console.print()


def _printable(value: object) -> str:
    """Replace control characters, which names may contain and a terminal would execute."""
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
