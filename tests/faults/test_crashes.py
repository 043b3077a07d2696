"""A task that is killed at any statement leaves the whole old or the whole new state.

Nothing else is left behind, and a retry ends as if the task had never been killed.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.s3 import REGION
from tests.conftest import Endpoint, connection_environment
from tests.faults.aftermath import left_behind
from tests.faults.child import Job, Moment, perform, start, watched
from tests.faults.scenes import HOUR, SCENES, Rows, Site, keep, restore, rows
from tests.support.runs import create_tables, query

# The points at which `make test` kills a task. `make test-deep` uses every statement.
CUTS = ("the first write", "the last statement", "the commit")


def _cut(seen: list[str], which: str) -> str:
    """The name of the statement after which the task is killed."""
    lock = seen.index("lock") if "lock" in seen else 0
    first = next(name for name in seen[lock:] if name.startswith(("delete", "insert")))
    return dict(zip(CUTS, (first, _before_the_commit(seen), _commit(seen)), strict=True))[which]


def _commit(seen: list[str]) -> str:
    """The commit; of a task without a transaction, the statement that writes."""
    return "commit" if "commit" in seen else seen[-1]


def _before_the_commit(seen: list[str]) -> str:
    return seen[seen.index(_commit(seen)) - 1]


@dataclass(frozen=True)
class Set:
    """A prepared scene: its schema, and the rows before the task, after it, and after two runs."""

    site: Site
    schema: str
    seen: list[str]
    before: Rows
    once: Rows
    twice: Rows


@pytest.fixture(scope="module")
def environment(endpoint: Endpoint, s3_endpoint: str) -> Iterator[dict[str, str]]:
    environment = connection_environment("redshift", endpoint, s3_endpoint)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield environment


@pytest.fixture(scope="module")
def sets(endpoint: Endpoint, s3: Any, environment: dict[str, str]) -> Iterator[Any]:
    """Prepares a scene on first use."""
    import redshift_connector

    connection = redshift_connector.connect(
        host=endpoint.host, port=endpoint.port, user=endpoint.user, password="",
        database=endpoint.dbname, ssl=False,
    )  # fmt: skip
    connection.autocommit = True
    prepared: dict[str, Set] = {}

    def find(scene: str) -> Set:
        if scene not in prepared:
            prepared[scene] = _set(scene, s3, connection)
        restore(connection, prepared[scene].schema)
        return prepared[scene]

    yield find
    for it in prepared.values():
        query(connection, f"drop schema {it.schema} cascade")
    connection.close()


def _set(scene: str, s3: Any, connection: Any) -> Set:
    bucket, schema = f"test-{uuid.uuid4().hex}", f"kept_{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    query(connection, "drop schema if exists public cascade")
    query(connection, "create schema public")
    create_tables(connection)
    site = Site(s3, bucket, connection)
    SCENES[scene].prepare(site)
    keep(connection, schema)
    before, seen = rows(connection), []
    with watched(lambda moment, name: seen.append(name) if moment == "before" else None):
        site.do(SCENES[scene].task_id)
    once = rows(connection)
    site.do(SCENES[scene].task_id)
    return Set(site, schema, seen, before, once, rows(connection))


@pytest.mark.parametrize("scene", SCENES)
def test_a_task_of_a_scene_writes_something(scene, sets):
    it = sets(scene)
    assert it.before != it.once, "the task must have something to do"
    assert len(it.seen) > 3, it.seen


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("scene", SCENES)
def test_a_killed_task_leaves_the_old_state_or_the_new_one_and_its_retry_loads(
    scene: str, cut: str, sets, environment, tmp_path
):
    it = sets(scene)
    _kill_and_try_again(scene, it, ("after", _cut(it.seen, cut)), environment, tmp_path)


def test_a_killed_load_of_events_leaves_the_old_state_under_both_settings(
    isolation: str, sets, environment, tmp_path
):
    it = sets("stage_events")
    _kill_and_try_again(
        "stage_events", it, ("after", _before_the_commit(it.seen)), environment, tmp_path
    )


@pytest.mark.deep
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("scene", SCENES)
def test_a_task_may_be_killed_before_and_after_any_of_its_statements(
    scene: str, sets, environment, tmp_path
):
    for name in sets(scene).seen:
        for moment in ("before", "after"):
            _kill_and_try_again(scene, sets(scene), (moment, name), environment, tmp_path)


def _kill_and_try_again(
    scene: str, it: Set, boundary: tuple[Moment, str], environment: Any, tmp_path: Any
) -> None:
    task, bucket, connection = SCENES[scene].task_id, it.site.bucket, it.site.connection
    child = start(Job(task, HOUR, bucket, tmp_path / "log", environment, kill=boundary))
    assert child.killed(), (boundary, child.log_text())
    moment, name = boundary
    after_the_commit = it.seen.index(name) - it.seen.index(_commit(it.seen))
    done = after_the_commit > 0 or (after_the_commit == 0 and moment == "after")
    assert rows(connection) == (it.once if done else it.before), boundary
    assert left_behind(connection) == [], boundary
    perform(task, HOUR, bucket)
    assert rows(connection) == (it.twice if done else it.once), boundary
    assert left_behind(connection) == [], boundary
