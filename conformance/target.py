"""The Redshift and the bucket that the probes run on, and their scratch schema and prefix."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from conformance.probe import Differs
from sparkify.loads.regions import region_in
from sparkify.warehouse.connections import Connector, connector_of
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import identifier, literal

log = logging.getLogger(__name__)

_DELETES_AT_ONCE = 1000  # S3's limit for one request
_WAITS_SECONDS = 2.0  # a statement that runs longer is taken to be waiting
_ENDS_SECONDS = 60.0  # a statement that runs longer is taken to wait forever


class ScratchConnector(Connector):
    """Opens connections with the scratch schema as their search path."""

    def __init__(self, connection: Any, schema: str) -> None:
        super().__init__(connection)
        self._schema = schema
        self.type = str(connection.conn_type)

    def open(self) -> Any:
        connection = super().open()
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(f"set search_path to {identifier(self._schema)}")
        cursor.close()
        return connection


@dataclass
class Target:
    """Gives a probe sessions, tables and objects.

    :param conn_id: the Airflow connection to Redshift.
    :param aws_conn_id: the Airflow connection to S3.
    :param schema: the scratch schema; all sessions have it as their search path.
    :param prefix: the scratch prefix in the bucket, without a trailing slash.
    :param role: COPY's role: `default`, or an ARN.
    :param unreadable: an object that the role may not read, if the user has named one.
    """

    conn_id: str
    aws_conn_id: str
    connector: ScratchConnector
    s3: Any
    bucket: str
    bucket_region: str
    prefix: str
    schema: str
    role: str
    version: str
    unreadable: str = ""
    _open: ExitStack = field(default_factory=ExitStack)
    _made: int = 0

    @property
    def is_local(self) -> bool:
        """Whether it is the local endpoint."""
        return self.version.endswith(".local")

    @property
    def url(self) -> str:
        """The scratch prefix as an s3:// URL."""
        return f"s3://{self.bucket}/{self.prefix}"

    def about(self) -> dict[str, str]:
        """The target's description for the report."""
        return {
            "version": self.version,
            "connection type": self.connector.type,
            "bucket's region": self.bucket_region,
            "COPY's role": self.role,
        }

    def session(self) -> Warehouse:
        """A new connection with autocommit, which is closed after the probe."""
        connection = self.connector.open()
        self._open.callback(_close, connection)
        return Warehouse(connection, self.connector)

    def in_background(self, run: Callable[[], Any]) -> Future[Any]:
        """Run a function in a thread; see ``is_waiting`` and ``end_of``."""
        pool = ThreadPoolExecutor(1)
        self._open.callback(pool.shutdown, wait=False, cancel_futures=True)
        return pool.submit(run)

    def end_probe(self) -> None:
        """Close the sessions that a probe has opened."""
        self._open.close()

    def new_name(self) -> str:
        """A name that no other probe uses."""
        self._made += 1
        return f"probe_{self._made}"

    def table(self, session: Warehouse, columns: str, *rows: str) -> str:
        """Create a table and return its name.

        :param columns: the column definitions, in SQL.
        :param rows: the values of each row, in SQL, such as `1, 'a'`.
        """
        name = self.new_name()
        session.execute(f"create table {name} ({columns})")
        for row in rows:
            session.execute(f"insert into {name} values ({row})")
        return name

    def put(self, *records: Any, key: str = "") -> str:
        """Write an object with one JSON record per line; text and bytes are written unchanged.

        :param key: relative to the scratch prefix; default: a new name that ends in `.json`.
        :returns: the object's URL.
        """
        lines = [r if isinstance(r, (str, bytes)) else json.dumps(r) for r in records]
        body = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
        key = f"{self.prefix}/{key or self.new_name() + '.json'}"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def manifest(self, *urls: str, mandatory: bool = True) -> str:
        """Write a manifest of these objects and return its URL."""
        return self.put({"entries": [{"url": url, "mandatory": mandatory} for url in urls]})

    def copy(self, table: str, source: str, options: str = "", *, json_as: str = "auto") -> str:
        """The text of a COPY of JSON from `source`.

        :param options: more options; `region` replaces the bucket's region.
        """
        role = self.role if self.role == "default" else literal(self.role)
        if "region " not in options:
            options = f"region {literal(self.bucket_region)} {options}"
        return (
            f"copy {table} from {literal(source)} iam_role {role}"
            f" format as json {literal(json_as)} {options}"
        )


def is_waiting(running: Future[Any]) -> bool:
    """Whether a background task is still waiting. Raises its error if it has failed."""
    try:
        running.result(_WAITS_SECONDS)
    except TimeoutError:
        return not running.done()
    return False


def end_of(running: Future[Any]) -> Any:
    """The result of a background task.

    :raises Differs: the task does not end.
    """
    try:
        return running.result(_ENDS_SECONDS)
    except TimeoutError:
        if running.done():
            raise
        raise Differs(f"a statement still waits after {_ENDS_SECONDS:.0f} s") from None


@contextmanager
def open_target(
    conn_id: str, bucket: str, *, aws_conn_id: str = "aws_default", unreadable: str = ""
) -> Iterator[Target]:
    """Create the scratch schema; at the end, remove it and all objects below the scratch prefix."""
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook
    from airflow.sdk import BaseHook

    connector_of(conn_id)  # refuses connections of other types
    hook = S3Hook(aws_conn_id=aws_conn_id)
    name = f"conformance_{uuid.uuid4().hex[:12]}"
    connection = BaseHook.get_connection(conn_id)
    s3 = hook.get_conn()
    with Warehouse.connect(conn_id) as warehouse, ExitStack() as scratch:
        ((version,),) = warehouse.query("select version()")
        warehouse.execute(f"create schema {name}")
        scratch.callback(_drop_schema, conn_id, name)
        target = Target(
            conn_id=conn_id,
            aws_conn_id=aws_conn_id,
            connector=ScratchConnector(connection, name),
            s3=s3,
            bucket=bucket,
            bucket_region=_region(s3, bucket),
            prefix=name,
            schema=name,
            role=hook.conn_config.extra_config.get("copy_iam_role") or "default",
            version=version,
            unreadable=unreadable,
        )
        scratch.callback(_delete_below, s3, bucket, f"{name}/")
        scratch.callback(target.end_probe)
        yield target


def _region(s3: Any, bucket: str) -> str:
    """The region of a bucket, from S3's answer."""
    return region_in(s3.head_bucket(Bucket=bucket)) or str(s3.meta.region_name)


def _drop_schema(conn_id: str, name: str) -> None:
    # On a new connection: the first may be lost, or in a failed transaction.
    with Warehouse.connect(conn_id) as warehouse:
        warehouse.execute(f"drop schema if exists {name} cascade")
    log.info("dropped the scratch schema %s", name)


def _delete_below(s3: Any, bucket: str, prefix: str) -> None:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [{"Key": item["Key"]} for page in pages for item in page.get("Contents", ())]
    for first in range(0, len(keys), _DELETES_AT_ONCE):
        _delete(s3, bucket, keys[first : first + _DELETES_AT_ONCE])
    log.info("deleted %d objects below s3://%s/%s", len(keys), bucket, prefix)


def _delete(s3: Any, bucket: str, keys: Sequence[dict[str, str]]) -> None:
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
    if errors := answer.get("Errors"):
        log.warning("S3 did not delete %d objects: %s", len(errors), errors[0])


def _close(connection: Any) -> None:
    with suppress(Exception):  # it may be lost, or the probe may have closed it
        connection.close()
