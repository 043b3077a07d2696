"""A person whose data is unique in the files, what forgets them, and a search for them."""

from __future__ import annotations

import json
from typing import Any

from sparkify.operators import ForgetUserOperator
from tests.support.runs import context, event, put_lines, put_paths, query, song

USER_ID = "person-4711"
PERSON = {
    "userId": USER_ID,
    "firstName": "Zephyrine",
    "lastName": "Quillfeather",
    "location": "Nowhere-on-Sea",
    "userAgent": '"Netscape/0.9"',
}
# The moment of registration is later than the plays, so that a check takes samples.
EVENTS_OF_PERSON = {**PERSON, "sessionId": 4, "registration": 1599999999123.0}
MARKS = (*PERSON.values(), "1599999999123")
FIVE, SIX = (f"log_data/2018/11/2018-11-0{day}-events.json" for day in (5, 6))
WINDOWS = [
    (f"2018-11-0{day}T{hour:02}:00:00Z", f"2018-11-0{day}T{hour + 1:02}:00:00Z")
    for day, hours in ((5, (9, 10)), (6, (9, 10)))
    for hour in hours
]


def of_person(at: str, item: int, **changes: Any) -> dict[str, Any]:
    """An event of the person."""
    return event(at, **EVENTS_OF_PERSON | {"itemInSession": item} | changes)


def lines_of_days() -> dict[str, list[Any]]:
    """The lines of each day's file: the person's, also rejected ones, and those of another user."""
    others = {
        day: [
            event(f"2018-11-{day}T09:{minute}:00", itemInSession=100 * int(day) + minute)
            for minute in range(10, 40)
        ]
        for day in ("05", "06")
    }
    cut = json.dumps(of_person("2018-11-05T10:30:00", 8))[:-30]
    return {
        FIVE: [
            *others["05"],
            of_person("2018-11-05T09:05:00", 1),
            of_person("2018-11-05T10:05:00", 2, newField="x"),
            of_person("2018-11-05T10:05:00", 2, song="Conflict", newField="x"),
            of_person("2018-11-05T10:20:00", 3, status="not a number"),
            of_person("2018-11-06T10:20:00", 5),  # misplaced
            event("2018-11-05T10:21:00", itemInSession=50, status="nor this"),
            cut,
        ],
        SIX: [
            *others["06"],
            of_person("2018-11-06T10:05:00", 6),
        ],
    }


def land(s3: Any, bucket: str) -> None:
    """Put all files."""
    put_paths(s3, bucket)
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    for key, lines in lines_of_days().items():
        put_lines(s3, bucket, key, lines)


def forget(user_id: str = USER_ID, confirm: str | None = None) -> dict[str, int]:
    """Run the task; how many rows it changed, by table."""
    operator = ForgetUserOperator(task_id="forget_user")
    task_context = context(task_id=operator.task_id)
    task_context["params"] = {
        "user_id": user_id,
        "confirm": user_id if confirm is None else confirm,
    }
    operator.pre_execute(task_context)
    return operator.execute(task_context)


def tables_with_person(warehouse: Any) -> set[str]:
    """The tables and views that have anything of the person, in any column."""
    relations = query(
        warehouse, "select table_name from information_schema.tables where table_schema = 'public'"
    )
    assert len(relations) > 15
    return {
        name
        for (name,) in relations
        if any(mark in repr(query(warehouse, f"select * from {name}")) for mark in MARKS)
    }
