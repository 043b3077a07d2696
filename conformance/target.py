"""The Redshift and the S3 that the probes run against, and the scratch space they use there."""

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

_DELETES_AT_ONCE = 1000  # S3's own limit for one request
_WAITS_SECONDS = 2.0  # a statement that has not ended by then is waiting
_ENDS_SECONDS = 60.0  # a statement that is not ended by then never will


class ScratchConnector(Connector):
    """Opens connections whose tables are those of the scratch schema."""

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
    """What a probe works with: sessions, tables, objects.

    :param conn_id: the Airflow connection to Redshift.
    :param aws_conn_id: the Airflow connection to S3.
    :param schema: the scratch schema; all sessions have it as their search path.
    :param prefix: the scratch prefix in the bucket, without a slash at its end.
    :param role: for COPY: `default`, or an ARN.
    :param unreadable: an object that the role may not read, if the user names one.
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
        """The scratch prefix, as COPY names it."""
        return f"s3://{self.bucket}/{self.prefix}"

    def about(self) -> dict[str, str]:
        """What a report says of the target."""
        return {
            "version": self.version,
            "connection type": self.connector.type,
            "bucket's region": self.bucket_region,
            "COPY's role": self.role,
        }

    def session(self) -> Warehouse:
        """A new connection, autocommit on; it is closed after the probe."""
        connection = self.connector.open()
        self._open.callback(_close, connection)
        return Warehouse(connection, self.connector)

    def in_background(self, run: Callable[[], Any]) -> Future[Any]:
        """Run something in a thread; see ``is_waiting`` and ``end_of``."""
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
        """Create a table; its name.

        :param columns: as they stand in CREATE TABLE.
        :param rows: the values of its rows, in SQL, as `1, 'a'`.
        """
        name = self.new_name()
        session.execute(f"create table {name} ({columns})")
        for row in rows:
            session.execute(f"insert into {name} values ({row})")
        return name

    def put(self, *records: Any, key: str = "") -> str:
        """Write an object of one JSON record a line; text and bytes go in as they are.

        :param key: below the scratch prefix; default: a new name that ends in `.json`.
        :returns: its address.
        """
        lines = [r if isinstance(r, (str, bytes)) else json.dumps(r) for r in records]
        body = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
        key = f"{self.prefix}/{key or self.new_name() + '.json'}"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def manifest(self, *urls: str, mandatory: bool = True) -> str:
        """Write a manifest of these objects; its address."""
        return self.put({"entries": [{"url": url, "mandatory": mandatory} for url in urls]})

    def copy(self, table: str, source: str, options: str = "", *, json_as: str = "auto") -> str:
        """A COPY of JSON from `source`, as text.

        :param options: more of COPY's; `region` among them replaces that of the bucket.
        """
        role = self.role if self.role == "default" else literal(self.role)
        if "region " not in options:
            options = f"region {literal(self.bucket_region)} {options}"
        return (
            f"copy {table} from {literal(source)} iam_role {role}"
            f" format as json {literal(json_as)} {options}"
        )


def is_waiting(running: Future[Any]) -> bool:
    """Whether what runs in the background waits for something; its error if it has failed."""
    try:
        running.result(_WAITS_SECONDS)
    except TimeoutError:
        return not running.done()
    return False


def end_of(running: Future[Any]) -> Any:
    """What came of something in the background.

    :raises Differs: it does not end.
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
    """Make the scratch schema, and remove it and all below the scratch prefix at the end."""
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook
    from airflow.sdk import BaseHook

    connector_of(conn_id)  # refuses a connection of another type
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
    """The region of a bucket, as S3 says it."""
    return region_in(s3.head_bucket(Bucket=bucket)) or str(s3.meta.region_name)


def _drop_schema(conn_id: str, name: str) -> None:
    # On a connection of its own: the first may be lost, or in a failed transaction.
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
    with suppress(Exception):  # it may be lost, or closed by the probe
        connection.close()
