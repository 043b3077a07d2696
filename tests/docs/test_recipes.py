"""Each recipe of docs/extending.md works on a copy of the project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sparkify.warehouse.statements import rendered
from tests.docs.recipes import Recipe, copy_project, recipes
from tests.support.runs import event, put_lines, put_paths, query, song

COLUMN, DIMENSION, SOURCE, CHECK = RECIPES = recipes()
# The maximum number of files that each kind of change may touch.
TARGETS = ((COLUMN, 5), (DIMENSION, 6), (SOURCE, 10), (CHECK, 2))
WINDOW = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
PHONE = '"Mozilla/5.0 (iPhone; CPU iPhone OS 7_1 like Mac OS X)"'
COMPUTER = "Mozilla/5.0 (Windows NT 6.1; rv:31.0) Gecko/20100101 Firefox/31.0"


@pytest.fixture
def carried_out(
    tmp_path: Path, s3: Any, bucket: str, endpoint: Any, clean_database: None, connections: None
) -> Any:
    """Applies a recipe to a copy, loads an hour there, and returns the run's report."""
    put_paths(s3, bucket)
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    plays = [
        event("2018-11-05T10:10:00", itemInSession=1, location="Paris, TX", userAgent=PHONE),
        event("2018-11-05T10:20:00", itemInSession=2, location="Berlin", userAgent=COMPUTER),
        event("2018-11-05T10:30:00", itemInSession=3, location=None, userAgent=None),
    ]
    put_lines(s3, bucket, "log_data/2018/11/2018-11-05-events.json", plays)

    def carry_out(recipe: Recipe, *breaks: str) -> dict[str, Any]:
        project = copy_project(tmp_path)
        try:
            recipe.apply(project)
        except subprocess.CalledProcessError:
            if "SPARKIFY_STRICT_RECIPES" in os.environ:
                raise
            pytest.skip("this project has been extended: the recipe's diff no longer fits")
        wanted = {"bucket": bucket, "window": WINDOW, "breaks": breaks}
        result = subprocess.run(
            [sys.executable, "-m", "tests.docs.recipe_run"],
            cwd=project,
            env=os.environ | {"PYTHONPATH": f"{project}/plugins:{project}"},
            input=json.dumps(wanted | {"conninfo": endpoint.conninfo}),
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stderr[-3000:]
        report = json.loads(result.stdout.splitlines()[-1])
        assert report["project"] == str(project)
        assert "failed" not in report["checks"].values()
        return report

    return carry_out


@pytest.mark.parametrize(("recipe", "target"), TARGETS, ids=[one.title for one, _ in TARGETS])
def test_a_recipe_touches_few_files(recipe: Recipe, target: int):
    assert 0 < len(recipe.files) <= target


def test_the_table_of_recipes_says_how_many_files_each_touches():
    from tests.docs.recipes import DOCUMENT

    table = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| [")]
    assert [int(line.split("|")[2].split(",")[0]) for line in table] == [
        len(recipe.files) for recipe in RECIPES
    ]


def test_a_column_is_filled_in_by_the_load_and_by_the_migration(carried_out, redshift):
    assert carried_out(COLUMN)["answers"]["load_songplays"]["inserted"] == 3
    ask = "select device from songplays order by start_time"
    assert query(redshift, ask) == [("phone",), ("computer",), (None,)]
    query(redshift, "update songplays set device = 'none'")
    (migration,) = [sql for path, sql in COLUMN.new.items() if "/2_" in path]
    query(redshift, rendered(migration))
    assert query(redshift, ask) == [("phone",), ("computer",), (None,)]


def test_a_dimension_is_loaded_and_checked(carried_out, redshift):
    report = carried_out(DIMENSION)
    rows = query(redshift, "select location, city, state from locations order by location")
    assert rows == [("Berlin", "Berlin", None), ("Paris, TX", "Paris", "TX")]
    checked = {"locations_key_unique_in_window", "locations_recomputed_in_window"}
    assert checked <= set(report["checks"])


def test_a_source_is_staged_loaded_and_checked(carried_out, s3, bucket, redshift):
    views = [
        {"ad_view_id": "a", "ts": 1541412000000, "user_id": "7", "campaign": "x", "seconds": 15},
        {"ad_view_id": "b", "ts": 1541415600000, "user_id": None, "campaign": "x", "seconds": 5},
    ]
    put_lines(s3, bucket, "ads/2018/11/05.json", views)
    report = carried_out(SOURCE)
    assert (
        report["answers"]["stage_ads"] | {"staged": 1, "outside": 1}
        == (report["answers"]["stage_ads"])
    )
    rows = query(redshift, "select ad_view_id, cast(viewed_at as varchar), seconds from ad_views")
    assert rows == [("a", "2018-11-05 10:00:00", 15)]
    assert report["checks"]["staging_ads_contract"] == "passed"
    assert report["checks"]["ad_views_key_unique_in_window"] == "passed"


def test_a_source_without_a_file_leaves_the_other_tables_loaded_and_checked(carried_out):
    report = carried_out(SOURCE)
    assert report["answers"]["stage_ads"] is report["answers"]["load_ad_views"] is None
    assert report["answers"]["load_songplays"]["inserted"] == 3
    assert report["checks"]["songplays_recomputed_in_window"] == "passed"


def test_a_check_is_run_and_reports_what_it_is_for(carried_out):
    name = "no_session_longer_than_24_h"
    report = carried_out(CHECK, name)
    assert report["checks"][name] == "passed"
    assert report["checks_once_broken"][name] == "warned"
