"""SQLAlchemy lists, describes and reflects tables with Redshift's dialect; pandas reads and writes.

sqlalchemy-redshift 1.0 reads columns with a function that SQLAlchemy 2.1 has changed, and Airflow
requires 2.1. Tests that need this function run in a separate environment with SQLAlchemy 2.0.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from local.redshift.wire.tls import server_context
from tests.conftest import Endpoint
from tests.local.redshift.conftest import Loader

REFLECTION = Path(__file__).with_name("sqlalchemy_reflection.py")
FRAME = pd.DataFrame({"id": [1, 2], "song": ["Ägir", "it's 100% %s"], "price": [0.5, 2.25]})


@pytest.fixture
def plays(loader: Loader) -> Loader:
    loader.execute("create table songs (id int primary key, title varchar(40) unique)")
    loader.execute(
        "create table plays (id bigint primary key, song int references songs (id),"
        " at timestamp encode zstd, price decimal(8,2) default 1.5)"
        " distkey (song) interleaved sortkey (at, id)"
    )
    loader.execute("create view titles as select title from songs")
    loader.connection.commit()
    return loader


def url(endpoint: Endpoint, driver: str) -> sa.URL:
    query = {"sslmode": "verify-full"}
    if driver == "psycopg2":
        query["sslrootcert"] = str(endpoint.authority)
    return sa.URL.create(
        f"redshift+{driver}", endpoint.user, "any", endpoint.host, endpoint.port,
        endpoint.dbname, query,
    )  # fmt: skip


@pytest.fixture(params=["psycopg2", "redshift_connector"])
def engine(
    plays: Loader, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[sa.Engine]:
    # redshift_connector reads additional certificate authorities only from the environment.
    monkeypatch.setenv("SSL_CERT_FILE", str(plays.endpoint.authority))
    engine = sa.create_engine(url(plays.endpoint, request.param))
    yield engine
    engine.dispose()


def test_tables_views_and_keys_are_listed(engine: sa.Engine) -> None:
    inspector = sa.inspect(engine)
    assert sorted(inspector.get_table_names()) == ["plays", "songs"]
    assert inspector.get_view_names() == ["titles"]
    assert "title" in inspector.get_view_definition("titles")
    assert inspector.has_table("plays")
    assert not inspector.has_table("title")
    assert inspector.get_pk_constraint("plays")["constrained_columns"] == ["id"]
    assert inspector.get_unique_constraints("songs")[0]["column_names"] == ["title"]
    (foreign,) = inspector.get_foreign_keys("plays")
    assert (foreign["constrained_columns"], foreign["referred_table"]) == (["song"], "songs")
    assert foreign["referred_columns"] == ["id"]


def test_distribution_and_sort_keys_are_shown(engine: sa.Engine) -> None:
    assert sa.inspect(engine).get_table_options("plays") == {
        "redshift_diststyle": "KEY",
        "redshift_distkey": "song",
        "redshift_sortkey": None,
        "redshift_interleaved_sortkey": ("at", "id"),
    }


@pytest.mark.parametrize("method", [None, "multi"])
def test_pandas_makes_a_table_appends_and_reads(engine: sa.Engine, method: str | None) -> None:
    for if_exists in ("fail", "append"):
        FRAME.to_sql("frame", engine, index=False, if_exists=if_exists, method=method)
    read = pd.read_sql("select * from frame order by id", engine)
    pd.testing.assert_frame_equal(
        read, pd.concat([FRAME, FRAME]).sort_values("id", ignore_index=True)
    )
    query = sa.text("select * from frame where song = :song")
    read = pd.read_sql(query, engine, params={"song": "Ägir"})
    assert read["id"].tolist() == [1, 1]


def test_another_authority_is_refused(plays: Loader, tmp_path: Path) -> None:
    server_context(tmp_path)
    other = url(plays.endpoint, "psycopg2").update_query_dict(
        {"sslrootcert": str(tmp_path / "ca.crt")}
    )
    with pytest.raises(sa.exc.OperationalError, match="certificate verify failed"):
        sa.create_engine(other).connect()


@pytest.mark.deep
def test_columns_are_described_and_tables_reflected(plays: Loader) -> None:
    reflected = reflection(plays.endpoint)
    assert reflected["columns"] == [
        ["id", "BIGINT", False, None, None],
        ["song", "INTEGER", True, None, "az64"],
        ["at", "TIMESTAMP", True, None, "zstd"],
        ["price", "NUMERIC(8, 2)", True, "1.5", "az64"],
    ]
    assert reflected["table"] == ["id", "song", "at", "price"]
    assert reflected["primary_key"] == ["id"]
    assert reflected["foreign_keys"] == ["songs.id"]
    assert reflected["metadata"] == ["plays", "songs", "titles"]
    # The dialect does not write reflected encodings, so the sort key has its default.
    assert reflected["made_again"][2][4] is None
    reflected["made_again"][2][4] = "zstd"
    assert reflected["made_again"] == reflected["columns"]
    assert reflected["frame"] == [[2, "it's %s"]]


def reflection(endpoint: Endpoint) -> dict[str, list[Any]]:
    """The output of sqlalchemy_reflection.py in a separate environment."""
    uv = shutil.which("uv", path=Path(sys.executable).parent) or "uv"
    packages = ("sqlalchemy-redshift", "psycopg2-binary", "pandas")
    pins = [f"--with={name}=={version(name)}" for name in packages]
    command = [uv, "run", "--no-project", "--quiet", "--python", sys.executable, *pins]
    address = url(endpoint, "psycopg2").render_as_string(hide_password=False)
    done = subprocess.run(
        [*command, "--with=sqlalchemy<2.1", str(REFLECTION), address],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    answer: dict[str, list[Any]] = json.loads(done.stdout)
    return answer
