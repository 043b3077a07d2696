"""Every statement in include/sql is valid Redshift SQL, formatted, and follows its contract."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest
import sqlfluff
import sqlglot
from sqlfluff.core import FluffConfig

from sparkify.model import TABLES
from sparkify.quality.checks import read_header
from sparkify.warehouse.statements import statement
from tests.support.files import files
from tests.support.runs import ROOT, SCHEMA, SQL, query

FIRST_SCHEMA = SCHEMA.relative_to(SQL).as_posix()
FILES = [path.relative_to(SQL).as_posix() for path in files(SQL, "**/*.sql")]
TEMPLATES = [name for name in FILES if "{{" in (SQL / name).read_text()]
NAMES = {
    "table": "users",
    "source": "staging_events",
    "source_time": "ts",
    "locked": ["some_table", "another_table"],
    "incoming": "incoming_rows",
    "arrived": "arrived_rows",
    "judged": "judged_rows",
    "owner": "first_column",
    "unless_in": "some_table",
    "aside": "rows_set_aside",
    "columns": ["first_column", "second_column"],
    "key": ["first_column", "second_column"],
    "event_time": "event_time",
    "newest_by": "event_time",
    "during": "event_time",
    "column": "some_column",
    "ranked": ["first_column", "second_column"],
    "unit": "day",
}
CHECK_FOLDERS = {"quality", "quality/audit", *(f"quality/{table.name}" for table in TABLES)}
VALUES = re.compile(r"%\(\w+\)s")

# Design, section 3: analysts' SQL depends on the names and on their order.
CONTRACT = {
    "staging_events": "artist auth first_name gender item_in_session last_name length level"
    " location method page registration session_id song status ts user_agent user_id",
    "staging_songs": "num_songs artist_id artist_latitude artist_longitude artist_location"
    " artist_name song_id title duration year",
    "songplays": "songplay_id start_time user_id level song_id artist_id session_id location"
    " user_agent",
    "users": "user_id first_name last_name gender level",
    "songs": "song_id title artist_id year duration",
    "artists": "artist_id name location latitude longitude",
    "time": "start_time hour day week month year weekday",
}


@pytest.mark.parametrize("file", FILES)
def test_each_file_is_one_statement_in_redshifts_grammar(file):
    sql = VALUES.sub("1", statement(file, **NAMES))
    (tree,) = sqlglot.parse(sql, read="redshift")
    is_command = isinstance(tree, sqlglot.exp.Command)
    assert not is_command or tree.name.upper() == "LOCK"


@pytest.mark.parametrize("file", TEMPLATES)
def test_a_filled_template_breaks_only_layout_rules_of_sqlfluff(file):
    config = FluffConfig.from_path(str(ROOT / "pyproject.toml"))
    faults = sqlfluff.lint(statement(file, **NAMES) + "\n", config=config)
    assert [fault for fault in faults if not fault["code"].startswith("LT")] == []


@pytest.mark.parametrize(
    "file",
    [
        name
        for name in FILES
        if name.startswith("migrations/0")
        and "create table" in (SQL / name).read_text()
        and not name.rpartition("/")[2].startswith("lock_")
    ],
)
def test_a_table_states_its_grain_its_distribution_and_its_sort_key(file):
    text = (SQL / file).read_text()
    assert text.startswith("-- Grain: ")
    assert re.search(r"^diststyle (all|even|key)$", text, re.MULTILINE)
    assert re.search(r"^(compound )?sortkey \(", text, re.MULTILINE)
    assert text.count("create table if not exists") == 1


@pytest.mark.parametrize("table", CONTRACT)
def test_a_tables_columns_are_those_of_the_contract_in_its_order(table, warehouse):
    rows = query(
        warehouse,
        "select column_name from information_schema.columns"
        f" where table_name = '{table}' order by ordinal_position",
    )
    columns = [name for (name,) in rows]
    contract = CONTRACT[table].split()
    assert columns[: len(contract)] == contract


@pytest.mark.parametrize("file", [name for name in FILES if name.startswith("quality/")])
def test_a_check_says_its_rule_how_severe_a_failure_is_what_it_means_and_what_to_do(file):
    header = read_header((SQL / file).read_text(), file)
    assert re.fullmatch(r"[A-Z].*\.", header.rule)
    assert header.severity in {"error", "warning"}
    assert all(re.fullmatch(r"[a-z].*\.", text) for text in (header.means, header.to_do))


@pytest.mark.parametrize(
    "file",
    [
        name
        for name in FILES
        # A file in quality/, or in a table's folder there, is a check because it is there.
        if not name.startswith("migrations/0")
        and PurePosixPath(name).parent.as_posix() not in CHECK_FOLDERS
    ],
)
def test_every_statement_file_is_used(file):
    folders = ("dags", "plugins", "local")
    places = [path for folder in folders for path in files(ROOT / folder, "**/*.py")]
    places += [ROOT / "docs" / "usage.md"]  # which shows the statements for people
    code = "\n".join(path.read_text() for path in places)
    stem = file.rsplit("/", 1)[1].removesuffix(".sql")
    assert file in code or f'"{stem}"' in code


@pytest.mark.parametrize("file", FILES)
def test_no_load_truncates(file):
    code = re.sub(r"--.*", "", (SQL / file).read_text())
    assert "truncate" not in code.lower()


def test_a_folder_without_files_is_an_error_of_the_test(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file below"):
        files(tmp_path, "**/*.sql")
