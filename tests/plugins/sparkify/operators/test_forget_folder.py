"""Forgotten users are pseudonymised in a source without partitions, too."""

from __future__ import annotations

from typing import Any

import pytest

from sparkify.failures import Conflict
from sparkify.loads import folder
from sparkify.model import Personal
from tests.support.person import USER_ID, forget
from tests.support.runs import put_lines, query, run, song

PERSONAL = Personal(owner="artist_id", columns=("artist_name", "artist_location"))
ROWS = "select song_id, artist_id, artist_name, title from staging_songs order by song_id"


@pytest.fixture
def stage(stage_songs: Any, s3: Any, bucket: str) -> Any:
    """Stages songs whose artists are persons, after one more has landed."""

    def land_and_stage(song_id: str) -> Any:
        put_lines(s3, bucket, f"song_data/{song_id}.json", [song(song_id, artist_id=USER_ID)])
        return run(stage_songs(personal=PERSONAL))

    return land_and_stage


def test_rows_of_a_forgotten_user_are_pseudonymised_in_each_load_of_a_folder(stage, warehouse):
    forget()
    for song_id in ("S1", "S2"):
        stage(song_id)
    ((pseudonym,),) = query(warehouse, "select pseudonym from forgotten_users")
    expected = [(name, pseudonym, None, "Northbound") for name in ("S1", "S2")]
    assert query(warehouse, ROWS) == expected


def test_a_load_of_a_folder_that_has_read_its_rows_before_is_tried_again(
    stage, warehouse, monkeypatch
):
    changed_since = folder.changed_since

    def after_forgetting(*arguments: Any) -> Any:
        forget()
        return changed_since(*arguments)

    monkeypatch.setattr(folder, "changed_since", after_forgetting)
    with pytest.raises(Conflict, match="a user was forgotten"):
        stage("S1")
    assert query(warehouse, ROWS) == []
    stage("S1")
    ((_, owner, name, _),) = query(warehouse, ROWS)
    assert (owner[:10], name) == ("forgotten-", None)
