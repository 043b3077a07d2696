"""Runs one COPY from S3 in the client's transaction.

A thread reads and converts the objects block by block. Each block goes to PostgreSQL's own COPY
while the next one is converted. PostgreSQL checks every value: with ON_ERROR ignore it skips a bad
row and reports it. The load's errors are these rows and the records that could not be converted.
The load fails when their number reaches MAXERROR.

Source: Amazon Redshift's manual, "COPY" and "Troubleshooting data loads".
"""

from __future__ import annotations

import asyncio
import re
from bisect import bisect_right
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from local.redshift.copy import json_paths
from local.redshift.copy.batch import CSV_HEADER, CSV_OPTIONS, Batch
from local.redshift.copy.copy_command import CopyCommand, bare_name
from local.redshift.copy.json_reader import JsonReader
from local.redshift.copy.load_errors import Column, RecordTooLong, refused_value
from local.redshift.copy.load_history import FileScan, Load, LoadHistory
from local.redshift.copy.objects import CopySourceError, ObjectStore, S3Object, split_url
from local.redshift.copy.text_reader import TextReader
from local.redshift.wire import protocol
from local.redshift.wire.exchange import Exchange, ServerError, literal, quoted
from local.redshift.wire.protocol import Message

CHUNK = 1 << 18
Reader = JsonReader | TextReader
_COLUMNS = """
select c.oid, c.relkind, a.attname, t.typname, a.atttypmod, a.attnotnull
from pg_catalog.pg_class as c
inner join pg_catalog.pg_attribute as a on c.oid = a.attrelid
inner join pg_catalog.pg_type as t on a.atttypid = t.oid
where
    c.oid = pg_catalog.to_regclass({table})
    and a.attnum > 0 and not a.attisdropped and a.attidentity = '' and a.attgenerated = ''
order by a.attnum
"""
_SKIPPED = re.compile(
    r"skipping row due to data type incompatibility at line (\d+) for column \"(.*?)\":"
    r" (?:\"(.*)\"|null input)$",
    re.DOTALL,
)


@dataclass(slots=True)
class _Source:
    """Maps each line of CSV to the file and line that it came from."""

    starts: list[int] = field(default_factory=list)  # each span's first line of CSV, from 1
    spans: list[tuple[str, int, bool]] = field(default_factory=list)  # file, line, line by line
    lines: int = 1  # CSV lines so far, including the header

    def add(self, file: str, rows: int, lines: int, file_line: int) -> None:
        line_by_line = rows == lines
        if not (line_by_line and self._continues(file, file_line)):
            self.starts.append(self.lines + 1)
            self.spans.append((file, file_line, line_by_line))
        self.lines += lines

    def _continues(self, file: str, file_line: int) -> bool:
        """Whether this line directly follows the last span, if that is line by line."""
        if not self.spans:
            return False
        begun = self.spans[-1][1]
        length = self.lines + 1 - self.starts[-1]
        return self.spans[-1] == (file, begun, True) and begun + length == file_line

    def find(self, csv_line: int) -> tuple[str, int]:
        at = bisect_right(self.starts, csv_line) - 1
        file, file_line, line_by_line = self.spans[at]
        return file, file_line + (csv_line - self.starts[at] if line_by_line else 0)


class CopyRun:
    """Runs one COPY command."""

    def __init__(
        self,
        command: CopyCommand,
        exchange: Exchange,
        store: ObjectStore,
        history: LoadHistory,
        *,
        query_id: int,
    ) -> None:
        self._command, self._exchange = command, exchange
        self._store, self._history, self._query_id = store, history, query_id
        self._source = _Source()
        self._sent = 0  # rows sent to PostgreSQL
        self._refused = 0  # rows that PostgreSQL skipped

    async def run(self, database: str) -> list[Message]:
        """Load the objects; returns the notices for the client.

        :raises ServerError: the COPY failed, and with it the client's transaction.
        """
        ((session_id,),) = await self._exchange.run("select pg_catalog.pg_backend_pid()")
        load = Load(
            database,
            self._command.table_name,
            self._command.source,
            int(session_id or 0),
            self._command.format,
            self._query_id,
        )
        try:
            columns = await self._columns(load)
            rows = await self._load(columns, load)
        except (ServerError, CopySourceError) as error:
            await asyncio.to_thread(self._history.record, load, completed=False)
            if isinstance(error, ServerError):
                raise
            await self._exchange.fail(str(error))
        ids = await asyncio.to_thread(self._history.record, load, completed=True)
        settings = {"last_copy_id": ids.stl, "last_query_id": ids.sys, "last_copy_count": rows}
        for setting, value in settings.items():
            await self._exchange.run(
                f"select pg_catalog.set_config('redshift.{setting}', '{value}', false)"
            )
        return _notices(load)

    async def _columns(self, load: Load) -> list[Column]:
        """The columns to load, in the order of the fields."""
        columns = await self._exchange.run(_COLUMNS.format(table=literal(self._command.table)))
        if not columns:
            await self._exchange.fail(
                f"Cannot COPY into nonexistent table {self._command.table}", code="42P01"
            )
        if columns[0][1] not in {"r", "p"}:
            await self._exchange.fail(f"Cannot COPY into {self._command.table}: it is not a table")
        load.table_id = int(columns[0][0] or 0)
        table = {
            str(name): Column(
                str(name),
                str(kind),
                _length(str(kind), modifier),
                not_null == "t",
                _scale(str(kind), modifier),
            )
            for _, _, name, kind, modifier, not_null in columns
        }
        if not self._command.columns:
            return list(table.values())
        names = [bare_name(name) for name in self._command.columns]
        for name in names:
            if name not in table:
                await self._exchange.fail(
                    f'column "{name}" of relation "{self._command.table}" does not exist',
                    code="42703",
                )
        return [table[name] for name in names]

    async def _load(self, columns: list[Column], load: Load) -> int:
        objects, reader = await asyncio.to_thread(self._find, columns)
        names = ", ".join(quoted(column.name) for column in columns)
        self._exchange.start(
            f"copy {self._command.table} ({names}) from stdin"
            f" with ({CSV_OPTIONS}, on_error ignore, log_verbosity verbose)"
        )
        await self._exchange.next(b"G")
        by_name = {column.name: column for column in columns}
        chunks = self._chunks(objects, reader, load)
        loop = asyncio.get_running_loop()
        # Each COPY has its own thread, which finishes its current block if the COPY is cancelled.
        thread = ThreadPoolExecutor(1, thread_name_prefix="copy")
        try:
            following = loop.run_in_executor(thread, next, chunks, None)
            while (chunk := await following) is not None:
                failed = self._failed(load)
                if not failed:  # convert the next chunk while this one is sent
                    following = loop.run_in_executor(thread, next, chunks, None)
                await self._exchange.send_rows(chunk)
                self._take_refusals(self._exchange.drain(), by_name, load)
                if failed or self._failed(load):
                    await asyncio.wait([following])
                    following.exception()  # asyncio would log an exception that is never retrieved
                    break
        except CopySourceError as error:
            await self._abandon(str(error))
        except RecordTooLong as error:
            load.errors.append(error.error)
            await self._abandon(_failure(load, str(error)))
        finally:
            following.cancel()
            thread.submit(chunks.close)
            thread.shutdown(wait=False)
        return await self._finish(by_name, load, objects)

    def _find(self, columns: list[Column]) -> tuple[list[S3Object], Reader]:
        """The objects to load, and the reader for their format."""
        command = self._command
        objects = self._store.find(command.source, manifest=command.manifest, region=command.region)
        if command.json is None:
            return objects, TextReader(columns, command)
        if command.json in {"auto", "auto ignorecase"}:
            paths = json_paths.auto(columns, ignore_case=command.json != "auto")
        else:
            text = self._store.read(S3Object(*split_url(command.json)))
            paths = json_paths.from_file(text, columns, command.json)
        return objects, JsonReader(columns, paths, command)

    def _chunks(
        self, objects: list[S3Object], reader: Reader, load: Load
    ) -> Generator[list[bytes]]:
        """CSV in chunks of about `CHUNK` bytes, whatever the size of the objects."""
        chunk = [CSV_HEADER]
        size = 0
        for item, read in self._store.read_all(objects, compression=self._command.compression):
            scan = FileScan(item.url)
            load.scans.append(scan)
            for batch in reader.read(item.url, scan.counting(read)):
                self._note(batch, item.url, load)
                scan.lines += batch.lines
                chunk += batch.csv
                size += sum(map(len, batch.csv))
                if size >= CHUNK or batch.errors:
                    yield chunk
                    chunk, size = [], 0
        yield chunk

    def _note(self, batch: Batch, file: str, load: Load) -> None:
        self._sent += batch.rows
        load.errors += batch.errors
        for rows, lines, file_line in batch.spans:
            self._source.add(file, rows, lines, file_line)

    def _take_refusals(
        self, messages: list[Message], by_name: dict[str, Column], load: Load
    ) -> None:
        """Record the rows that PostgreSQL skipped, as its notices say."""
        for message in messages:
            if message.kind == b"E":
                raise ServerError(message)
            skipped = _SKIPPED.match(protocol.fields(message.body).get("M", ""))
            if message.kind == b"N" and skipped:
                line, name, value = skipped.groups()
                rejected = refused_value(by_name[name], value or "")
                rejected.value = value
                load.errors.append(rejected.at(*self._source.find(int(line))))
                self._refused += 1

    def _failed(self, load: Load) -> bool:
        """ "If the load returns the error_count number of errors or greater, the load fails"."""
        return len(load.errors) >= max(1, self._command.maxerror)

    async def _abandon(self, reason: str) -> None:
        """End PostgreSQL's COPY with this error.

        :raises ServerError: always.
        """
        await self._exchange.send(protocol.copy_fail("abandoned"))
        try:
            await self._exchange.next(b"C")
        except ServerError as error:
            fields = protocol.fields(error.message.body)
            fields |= {"C": "XX000", "M": reason}
            fields.pop("W", None)
            body = protocol.encode_fields(fields)
            raise ServerError(Message(b"E", body)) from None

    async def _finish(self, by_name: dict[str, Column], load: Load, objects: list[S3Object]) -> int:
        """End PostgreSQL's COPY and check that every row sent is accounted for."""
        notices: list[Message] = []
        await self._exchange.send(protocol.COPY_DONE, protocol.FLUSH)
        done = await self._exchange.next(b"C", notices=notices)
        self._take_refusals(notices, by_name, load)
        load.rows = int(done.body[:-1].split()[-1])
        order = {item.url: at for at, item in enumerate(objects)}
        load.errors.sort(key=lambda error: (order[error.file], error.line))
        if self._failed(load):
            del load.errors[max(1, self._command.maxerror) :]
            await self._exchange.fail(_failure(load))
        if load.rows + self._refused != self._sent:
            await self._exchange.fail(
                f"the endpoint lost rows: {self._sent} sent, {load.rows} loaded,"
                f" {self._refused} skipped"
            )
        return load.rows


def _notices(load: Load) -> list[Message]:
    """The notices that Redshift sends to the client after a COPY."""
    outcome = f"Load into table '{load.table}' completed,"
    loaded = f"{outcome} {load.rows} record(s) loaded successfully."
    refused = (
        f"{outcome} {len(load.errors)} record(s) could not be loaded."
        "  Check 'stl_load_errors' system table for details."
    )
    warnings = [protocol.notice("WARNING", refused)] if load.errors else []
    return [*warnings, protocol.notice("INFO", loaded)]


def _failure(load: Load, reason: str = "") -> str:
    return (
        f"Load into table '{load.table}' failed{reason and ': '}{reason}. "
        "Check 'sys_load_error_detail' system table for details."
    )


def _length(kind: str, modifier: str | None) -> int | None:
    """The maximum bytes of a character type; PostgreSQL's modifier is that plus 4."""
    if kind in {"varchar", "bpchar"} and modifier is not None and int(modifier) > 4:
        return int(modifier) - 4
    return None


def _scale(kind: str, modifier: str | None) -> int | None:
    """The decimal places of a NUMERIC; PostgreSQL's modifier is precision and scale plus 4."""
    if kind == "numeric" and modifier is not None and int(modifier) > 4:
        return (int(modifier) - 4) & 0x7FF
    return None
