"""A task that is killed at any of its statements leaves all of the old state, or all of the new
one, and nothing else; its retry ends as if it had never been killed.
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
from tests.runs import create_tables, query

_FOLDER_READ = """
    select pg_backend_pid, next_load_id, last_fingerprint, loaded_etags,
    insert into quality_results, create_incoming, create_incoming 2, create_incoming 3,
    last_failed_copy, copy arrived_rows, copy_errors, last_copy_count, copy_detail
"""
_FOLDER_NOTED = "insert into load_ledger, {}insert into load_listings, commit"
_LOAD_OF_SOURCE = """
    select pg_backend_pid, lock, latest_load, select * from {0}, create_incoming,
    insert into incoming_rows {0}, delete_matching, insert_missing,
    drop table incoming_rows, insert into load_watermarks, commit
"""
# What each task sends to the warehouse, as child.name_of calls it.
STATEMENTS = {
    "stage_events": """
        select pg_backend_pid, insert into quality_results, create_incoming, create_incoming 2,
        last_failed_copy, copy arrived_rows,
        copy_errors, last_copy_count, copy_detail, count_elsewhere, count_copies,
        select_elsewhere, select_copies, keep_window, count_kept, drop table arrived_rows,
        lock, next_load_id, delete_window, insert_staged, insert into load_ledger,
        insert into load_errors, commit
    """,
    "stage_songs-new": f"""{_FOLDER_READ},
        lock, next_load_id 2, keep_first, add_present, delete_all, keep_first 2, count_copies,
        select_copies, delete_matching, insert_missing_staged,
        {_FOLDER_NOTED.format("insert into load_errors, ")}
    """,
    "stage_songs-in_full": f"""{_FOLDER_READ},
        lock, next_load_id 2, keep_first, count_copies, set_changed_aside, delete_matching,
        insert_missing_staged,
        {_FOLDER_NOTED.format("")}
    """,
    "load_users": """
        select pg_backend_pid, lock, select * from users, create_incoming,
        insert into incoming_rows users, create_incoming 2, set_window_aside, delete_window,
        delete_older, insert_missing, select count, delete_matching, delete_all,
        insert into incoming_rows users 2, insert_refilled, drop table rows_set_aside,
        drop table incoming_rows, commit
    """,
    "load_time": """
        select pg_backend_pid, lock, select * from time, create_incoming,
        insert into incoming_rows time, delete_window, insert_missing, drop table incoming_rows,
        commit
    """,
    "load_songs": _LOAD_OF_SOURCE.format("songs"),
    "load_artists": _LOAD_OF_SOURCE.format("artists"),
    "load_songplays": """
        select pg_backend_pid, lock, delete_window, select * from songplays,
        insert into songplays songplays, count_window, latest_load, commit
    """,
    "load_songplays-late_songs": """
        select pg_backend_pid, lock, delete_window, select * from songplays,
        insert into songplays songplays, count_window, latest_load, songplays_late_songs,
        insert into load_watermarks, commit
    """,
    "check_quality": """
        select pg_backend_pid, select count not_empty, select count
        not_empty_once_loaded, select count not_empty_once_sourced, select count
        not_empty_once_sourced 2, select count not_empty_once_played, select count
        not_empty_once_played 2, select count not_empty_once_played 3, select count
        fresh, select count objects_add_up, select count objects_not_shrunk, select
        count staging_matches_ledger, select count every_line_is_an_event, select count
        no_rows_rejected, select count late_events, select count key_once_of_run,
        select count key_once_of_run 2, select count key_once_of_run 3, select count
        key_not_null_in_window, select count key_not_null_in_window 2, select count
        key_not_null_in_window 3, select count staging_events_key_unique_in_window,
        select count songplays_key_unique_in_window, select count
        key_unique_in_window, select count songplays_have_user, select count
        songplays_have_time, select count songplays_song_with_artist, select count
        songplays_match_staging, select count songplays_level, select count
        users_unique, select count users_level, select count plays_after_registration,
        insert into quality_results
    """,
}


def _listed(scene: str) -> list[str]:
    return [" ".join(name.split()) for name in STATEMENTS[scene].split(",")]


def _boundaries() -> Iterator[Any]:
    """All of them; `make test` takes the first and the last write of each transaction, and its
    commit, `make test-deep` every one.
    """
    for scene in SCENES:
        listed = _listed(scene)
        lock = listed.index("lock") if "lock" in listed else 0
        first = next(name for name in listed[lock:] if name.startswith(("delete", "insert")))
        for name in listed:
            for moment in ("before", "after"):
                quick = moment == "after" and name in {first, *listed[-2:]}
                yield pytest.param(
                    scene, (moment, name),
                    marks=() if quick else pytest.mark.deep,
                    id=f"{scene}-{moment}-{name.replace(' ', '_')}",
                )  # fmt: skip


@dataclass(frozen=True)
class Set:
    """A scene, set once: where it is kept, and the rows before its task, after it, and after
    two of it."""

    site: Site
    schema: str
    seen: list[str]
    before: Rows
    once: Rows
    twice: Rows


@pytest.fixture(scope="module")
def environment(endpoint: Endpoint, s3_endpoint: str) -> Iterator[dict[str, str]]:
    told = connection_environment("redshift", endpoint, s3_endpoint)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        yield told


@pytest.fixture(scope="module")
def sets(endpoint: Endpoint, s3: Any, environment: dict[str, str]) -> Iterator[Any]:
    """Set a scene, or find it set."""
    import redshift_connector

    connection = redshift_connector.connect(
        host=endpoint.host, port=endpoint.port, user=endpoint.user, password="",
        database=endpoint.dbname, ssl=False,
    )  # fmt: skip
    connection.autocommit = True
    known: dict[str, Set] = {}

    def find(scene: str) -> Set:
        if scene not in known:
            known[scene] = _set(scene, s3, connection)
        restore(connection, known[scene].schema)
        return known[scene]

    yield find
    for it in known.values():
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
def test_every_statement_of_a_task_is_one_that_it_is_killed_at(scene, sets):
    it = sets(scene)
    assert it.seen == _listed(scene)
    assert it.before != it.once, "the task must have something to do"


@pytest.mark.parametrize(("scene", "boundary"), _boundaries())
def test_a_killed_task_leaves_the_old_state_or_the_new_one_and_its_retry_loads(
    scene: str, boundary: tuple[Moment, str], sets, environment, tmp_path
):
    it = sets(scene)
    task, bucket, connection = SCENES[scene].task_id, it.site.bucket, it.site.connection
    child = start(Job(task, HOUR, bucket, tmp_path / "log", environment, kill=boundary))
    assert child.killed(), child.said()
    done = boundary == ("after", it.seen[-1])
    assert rows(connection) == (it.once if done else it.before)
    assert left_behind(connection) == []
    perform(task, HOUR, bucket)
    assert rows(connection) == (it.twice if done else it.once)
    assert left_behind(connection) == []
