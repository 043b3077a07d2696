"""Drivers and psql connect with TLS, list and describe tables, and read and write data frames.

SQLAlchemy is tested in test_sqlalchemy.py.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import psycopg2
import psycopg2.extras
import pytest
import redshift_connector

from local.postgres import binary
from local.redshift.wire.tls import server_context
from tests.conftest import Endpoint
from tests.local.redshift.conftest import Loader

VALUES = [(1, "Ägir"), (2, None), (3, "it's %s")]
# With dtype object, None stays None. redshift_connector writes NaN as a text.
FRAME = pd.DataFrame(VALUES, columns=["id", "song"], dtype=object)


def verified(endpoint: Endpoint, mode: str = "verify-full") -> str:
    """The README's connection options for libpq clients."""
    return f"{endpoint.conninfo} sslmode={mode} sslrootcert={endpoint.authority}"


def psql(program: str | Path, conninfo: str, *arguments: str) -> str:
    """The output of psql."""
    command = [program, "-X", *arguments, conninfo]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (r"\d plays", "character varying(40)"),
        (r"\d+ plays", "character varying(40)"),
        (r"\d songs", "View"),
        (r"\d", "plays"),
        (r"\dt", "plays"),
        (r"\dv", "songs"),
        (r"\du", "awsuser"),
        (r"\df", "datediff"),
        (r"\dn", "public"),
        (r"\l", "dev"),
        (r"\z plays", "plays"),
    ],
)
def test_psql_describes(plays: Loader, command: str, shown: str) -> None:
    assert shown in psql(binary("psql"), plays.endpoint.conninfo, "-c", command)


def test_psql_shows_keys_and_no_index_of_a_sort_key(plays: Loader) -> None:
    shown = psql(binary("psql"), plays.endpoint.conninfo, "-c", r"\d plays")
    assert '"plays_pkey" PRIMARY KEY' in shown
    assert "sortkey" not in shown


def test_psql_connects_with_tls_writes_and_reads(plays: Loader) -> None:
    program = shutil.which("psql")
    if program is None:
        pytest.skip("no psql on the PATH; the one of the embedded PostgreSQL has no TLS")
    conninfo = verified(plays.endpoint)
    insert = r"insert into plays values (1, 'Ägir'), (2, null), (3, 'it''s %s')"
    assert psql(program, conninfo, "-c", insert) == "INSERT 0 3\n"
    rows = psql(program, conninfo, "--csv", "-c", "select * from plays order by id")
    assert rows.splitlines() == ["id,song", "1,Ägir", "2,", "3,it's %s"]
    assert "TLSv1.3" in psql(program, conninfo, "-c", r"\conninfo")


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_a_certificate_of_another_authority_is_refused(
    endpoint: Endpoint, mode: str, tmp_path: Path
) -> None:
    server_context(tmp_path)
    other = verified(endpoint, mode).replace(str(endpoint.authority), str(tmp_path / "ca.crt"))
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        psycopg.connect(other)
    psycopg.connect(verified(endpoint, mode)).close()


def same(read: pd.DataFrame) -> bool:
    """Whether these are the rows of FRAME, whatever types pandas chooses."""
    rows = read.sort_values("id").itertuples(index=False)
    return [tuple(None if pd.isna(value) else value for value in row) for row in rows] == VALUES


DESCRIBE = (
    'select "column", type, "notnull" from pg_table_def'
    " where schemaname = 'public' and tablename = %s"
)
DESCRIBED = [("id", "bigint", True), ("song", "character varying(40)", False)]
LIST = "select table_name from svv_tables where table_schema = 'public' order by 1"


def test_psycopg_connects_with_tls_lists_describes_writes_and_reads(plays: Loader) -> None:
    with psycopg.connect(verified(plays.endpoint)) as connection:
        assert connection.pgconn.ssl_in_use
        cursor = connection.cursor()
        assert cursor.execute(LIST).fetchall() == [("plays",), ("songs",)]
        assert cursor.execute(DESCRIBE, ["plays"]).fetchall() == DESCRIBED
        cursor.executemany("insert into plays values (%s, %s)", VALUES)
        assert cursor.rowcount == 3
        rows = cursor.execute("select * from plays").fetchall()
        assert same(pd.DataFrame(rows, columns=[column.name for column in cursor.description]))


def insert_one_by_one(cursor: Any) -> None:
    cursor.executemany("insert into plays values (%s, %s)", VALUES)


def insert_at_once(cursor: Any) -> None:
    psycopg2.extras.execute_values(cursor, "insert into plays values %s", VALUES)


@pytest.mark.parametrize("write", [insert_one_by_one, insert_at_once])
@pytest.mark.filterwarnings("ignore:pandas only supports SQLAlchemy")
def test_psycopg2_connects_with_tls_lists_describes_writes_and_reads(
    plays: Loader, write: Any
) -> None:
    with psycopg2.connect(verified(plays.endpoint)) as connection:
        assert connection.info.ssl_in_use
        cursor = connection.cursor()
        cursor.execute(LIST)
        assert cursor.fetchall() == [("plays",), ("songs",)]
        cursor.execute(DESCRIBE, ["plays"])
        assert cursor.fetchall() == DESCRIBED
        write(cursor)
        assert same(pd.read_sql("select * from plays", connection))
    connection.close()


@pytest.fixture
def connector(plays: Loader, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """redshift_connector reads additional certificate authorities only from the environment."""
    monkeypatch.setenv("SSL_CERT_FILE", str(plays.endpoint.authority))
    with redshift_connector.connect(
        host=plays.endpoint.host,
        port=plays.endpoint.port,
        user=plays.endpoint.user,
        password="any",
        database=plays.endpoint.dbname,
        ssl=True,
        sslmode="verify-full",
    ) as connection:
        yield connection.cursor()


def test_redshift_connector_writes_a_frame_with_tls_and_reads_it(connector: Any) -> None:
    connector.write_dataframe(FRAME, "plays")
    connector.execute("select * from plays")
    assert same(connector.fetch_dataframe())


def test_redshift_connector_lists_primary_keys_and_schemas(connector: Any) -> None:
    keys = connector.get_primary_keys(schema="public", table="plays")
    assert [tuple(key[2:6]) for key in keys] == [("plays", "id", 1, "plays_pkey")]
    assert ["public"] in [row[:1] for row in connector.get_schemas()]


def test_redshift_connector_lists_tables_and_columns(connector: Any) -> None:
    tables = {(row[2], row[3]) for row in connector.get_tables(schema_pattern="public")}
    assert tables >= {("plays", "TABLE"), ("songs", "VIEW")}
    columns = connector.get_columns(schema_pattern="public", tablename_pattern="plays")
    assert [(row[3], row[5], row[6]) for row in columns] == [
        ("id", "int8", 19),
        ("song", "varchar", 40),
    ]
