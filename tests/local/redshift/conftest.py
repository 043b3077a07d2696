"""A COPY from objects that the test writes to the rows that it loads."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from tests.conftest import Endpoint


class Loader:
    """Writes objects under `data/` in the test's bucket and runs COPY on them."""

    def __init__(self, endpoint: Endpoint, connection: Any, s3: Any, bucket: str) -> None:
        self.endpoint = endpoint
        self.connection, self.s3, self.bucket = connection, s3, bucket

    def put(self, *records: Any, key: str = "data/1.json") -> str:
        """Write an object with one record per line; text and bytes are written unchanged.

        Returns its URL.
        """
        lines = [r if isinstance(r, (bytes, str)) else json.dumps(r) for r in records]
        body = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
        return self.put_raw(body, key)

    def put_raw(self, body: bytes, key: str) -> str:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def manifest(self, *entries: dict[str, Any]) -> str:
        return self.put({"entries": list(entries)}, key="manifest.json")

    def paths(self, *paths: str) -> str:
        return self.put({"jsonpaths": list(paths)}, key="paths.json")

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        cursor = self.connection.cursor()
        cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def copy(
        self,
        options: str = "",
        *,
        into: str = "t",
        source: str | None = None,
        format: str = "'auto'",  # noqa: A002 - the word of COPY
        role: str = "iam_role default",
    ) -> None:
        source = source or f"s3://{self.bucket}/data/"
        self.execute(f"copy {into} from '{source}' {role} format json {format} {options}")

    def load(self, columns: str, *records: Any, options: str = "", **copy: Any) -> list[Any]:
        """COPY these records into a new table `t`; returns its rows."""
        self.execute(f"create table t ({columns})")
        self.put(*records)
        self.copy(options, **copy)
        return self.execute("select * from t")

    def elsewhere(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that another session reads."""
        with psycopg.connect(self.endpoint.conninfo) as connection:
            return connection.execute(sql).fetchall()  # type: ignore[call-overload, no-any-return]

    def errors(self) -> list[tuple[Any, ...]]:
        """(line, column, code) of the last load's errors in this bucket, in order."""
        return self.elsewhere(
            "select line_number, trim(column_name), error_code from sys_load_error_detail"
            f" where file_name like 's3://{self.bucket}/%' order by file_name, line_number"
        )


@pytest.fixture
def loader(endpoint: Endpoint, redshift: Any, s3: Any, bucket: str) -> Loader:
    return Loader(endpoint, redshift, s3, bucket)


@pytest.fixture
def plays(loader: Loader) -> Loader:
    """A table with a key, and a view on it."""
    loader.execute("create table plays (id bigint primary key, song varchar(40)) sortkey (id)")
    loader.execute("create view songs as select song from plays")
    loader.connection.commit()
    return loader
