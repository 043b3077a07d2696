"""docs/data.md is what is generated, and its examples answer their questions."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from infra.data_page import PATH, document
from sparkify.insights.views import make_views, view_files
from sparkify.warehouse.dictionary import describe_tables
from sparkify.warehouse.migrations import find_migrations, statements_of_schema
from sparkify.warehouse.session import Warehouse
from tests.docs.recipes import recipes
from tests.support.runs import ROOT, query

EXAMPLES = re.findall(r"```sql\n(.*?)```", document(), re.DOTALL)
ROWS = """\
insert into artists (artist_id, name, location) values ('A1', 'The Lanterns', 'London');
insert into songs values ('S1', 'Northbound', 'A1', 1999, 1800), ('S2', 'South', 'A1', 0, 900);
insert into users (user_id, gender) values ('7', 'F'), ('8', 'M');
insert into time (start_time, weekday) values ('2018-11-04 10:00', 0), ('2018-11-05 10:00', 1);
insert into songplays
    (songplay_id, start_time, user_id, level, song_id, artist_id, session_id, location, length)
values
    ('1-0', '2018-11-04 10:00', '7', 'paid', 'S1', 'A1', 1, 'Paris, TX', 1800),
    ('1-1', '2018-11-05 10:00', '7', 'paid', 'S1', 'A1', 1, 'Paris, TX', 1800),
    ('2-0', '2018-11-05 10:00', '8', 'paid', 'S2', 'A1', 2, 'Paris, TX', 900),
    ('3-0', '2018-11-05 10:00', '8', 'free', null, null, 3, 'Paris, TX', null),
    ('4-0', '2018-12-01 00:00', '8', 'paid', null, null, 4, 'Paris, TX', 180);
insert into page_views
    (page_view_id, start_time, user_id, session_id, item_in_session, page, status)
values
    ('1-0', '2018-11-04 10:00', '7', 1, 0, 'NextSong', 200),
    ('1-9', '2018-11-04 10:15', '7', 1, 9, 'Home', 200),
    ('2-0', '2018-11-05 10:00', '8', 2, 0, 'NextSong', 200),
    ('2-9', '2018-11-05 10:01', '8', 2, 9, 'Logout', 307)"""


@pytest.fixture
def plays(warehouse: Any) -> Any:
    """A warehouse with five plays, and the page views of two of them."""
    for sql in ROWS.split(";"):
        query(warehouse, sql)
    return warehouse


def test_the_file_is_what_is_generated():
    assert PATH == ROOT / "docs" / "data.md"
    assert PATH.read_text() == document(), "run `make docs`"


def test_it_has_a_section_for_each_table_and_a_row_for_each_view():
    text = document()
    tables = describe_tables(statements_of_schema())
    sections = set(re.findall(r"^### (\w+)$", text, re.MULTILINE))
    assert sections == {name for name in tables if not name.startswith("lock_")}
    assert all(f"`{name}`" in text for name in tables if name.startswith("lock_"))
    views = text.partition("## Views for analysts")[2].partition("## Staging tables")[0]
    assert re.findall(r"^\| `(\w+)`", views, re.MULTILINE) == [*view_files()]


def test_each_view_has_the_columns_that_it_lists(warehouse):
    query(warehouse, statements_of_schema()[0])
    with Warehouse.connect("redshift_default") as connection:
        make_views(connection)
        row = r"^\| `(plays|insight_\w+)` .* \| (.*) \|$"
        listed = dict(re.findall(row, document(), re.MULTILINE))
        assert listed
        for view, columns in listed.items():
            names, _ = connection.names_and_rows(f"select * from {view} where 1 = 0")
            assert columns == ", ".join(f"`{name}`" for name in names)


def test_each_join_finds_the_rows_of_the_other_table(plays):
    joins = re.findall(r"`((\w+)\.\w+ = (\w+)\.\w+)`", document())
    assert {(left, right) for _, left, right in joins} >= {
        ("songplays", other) for other in ("users", "time", "songs", "artists")
    } | {("songs", "artists")}
    for condition, left, right in joins:
        assert query(plays, f"select 1 from {left} join {right} on {condition} limit 1") == [(1,)]


@pytest.mark.parametrize(
    ("number", "rows"),
    [
        (0, [("Paris, TX", "F", 2, 1), ("Paris, TX", "M", 1, 1)]),
        (1, [(1990, 2, Decimal("1.0")), (None, 3, Decimal("0.3"))]),
        (2, [("The Lanterns", "London", 1)]),
        (3, [("Home", 1, Decimal("0.5"))]),
    ],
)
def test_each_example_answers_its_question(plays, number, rows):
    assert len(EXAMPLES) == 4
    assert query(plays, EXAMPLES[number]) == rows


def test_the_recipes_describe_their_tables_and_columns():
    statements = [sql for migration in find_migrations() for sql in migration.statements]
    before = describe_tables(statements)
    for recipe in recipes():
        new = [text for path, text in recipe.new.items() if path.startswith("include/sql/migr")]
        assert (describe_tables([*statements, *new]) != before) == bool(new)
