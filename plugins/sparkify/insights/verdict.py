"""The verdict of the page Trust: complete and checked up to when, or what stands in the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sparkify.insights.answers import Answer
from sparkify.loads.settled import UnsettledDay

_SHOWN_DAYS = 3


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that stands in the way, or is worth knowing.

    :param section: the id of the page's section that shows it.
    """

    text: str
    section: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be said of all tables together.

    :param checked_up_to: the end of the newest window that was staged and then checked.
    :param obstacles: why they are not complete or not right.
    :param notes: warnings, which do not make them wrong.
    """

    checked_up_to: datetime | None
    obstacles: Sequence[Obstacle]
    notes: Sequence[Obstacle]

    @property
    def state(self) -> str:
        """The name of the style of a check's result."""
        if self.checked_up_to is None or self.obstacles:
            return "failed"
        return "warned" if self.notes else "passed"


def judge(
    answers: Mapping[str, Answer], unsettled: Sequence[UnsettledDay], not_compared: str
) -> Verdict:
    """Sum up what was read.

    :param unsettled: the days whose files are not loaded as they are now.
    :param not_compared: why the files could not be compared with the ledger; empty if they were.
    """
    ((checked_up_to,),) = answers["checked_up_to"].rows
    obstacles = [*_failures(answers["open_failures"]), *_late(answers["late_hours"])]
    if unsettled:
        shown = ", ".join(str(day.day) for day in unsettled[:_SHOWN_DAYS])
        more = ", …" if len(unsettled) > _SHOWN_DAYS else ""
        days = _count(len(unsettled), "day has", "days have")
        obstacles.append(
            Obstacle(f"{days} files that are not loaded: {shown}{more}", "settled-heading")
        )
    if not_compared:
        obstacles.append(
            Obstacle("the files could not be compared with what is loaded", "settled-heading")
        )
    stale = [row for row in answers["freshness"].records() if row["fresh"] not in (None, "passed")]
    notes = [
        Obstacle(
            f"{row['table_name']} is stale: its newest row is of {row['data_up_to']:%Y-%m-%d %H:%M}"
            if row["data_up_to"]
            else f"{row['table_name']} is empty",
            "fresh-heading",
        )
        for row in stale
    ]
    return Verdict(checked_up_to, obstacles, notes)


def _failures(answer: Answer) -> list[Obstacle]:
    """Refused and failed loads by task, then failed checks by name."""
    loads: set[tuple[str, str]] = set()  # a load may fail several checks
    checks: Counter[str] = Counter()
    audited: list[str] = []
    for row in answer.records():
        match row["task_id"]:
            case "audit":
                audited.append(row["check_name"])
            case "check_quality":
                checks[row["check_name"]] += 1
            case task:
                loads.add((task, row["run_id"]))
    return [
        *(
            Obstacle(f"{_count(count, 'load', 'loads')} refused or failed: {task}", "open-heading")
            for task, count in sorted(Counter(task for task, _ in loads).items())
        ),
        *(
            Obstacle(f"{name} fails for {_count(count, 'window', 'windows')}", "open-heading")
            for name, count in sorted(checks.items())
        ),
        *(Obstacle(f"{name} fails in the audit", "open-heading") for name in sorted(set(audited))),
    ]


def _late(answer: Answer) -> list[Obstacle]:
    hours: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    for row in answer.records():
        hours[row["table_name"]] += 1
        rows[row["table_name"]] += int(row["rows_late"])
    return [
        Obstacle(
            f"{_count(rows[table], 'late row waits', 'late rows wait')} in"
            f" {_count(hours[table], 'hour', 'hours')} of {table}",
            "late-heading",
        )
        for table in sorted(hours)
    ]


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
