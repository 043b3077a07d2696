"""The endpoint: a listener in front of an embedded PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path
from typing import Any

from local.postgres import EmbeddedPostgres
from local.redshift import database
from local.redshift.copy.load_history import LoadHistory
from local.redshift.copy.objects import ObjectStore
from local.redshift.database import Behaviour
from local.redshift.history.query_history import QueryHistory
from local.redshift.history.statement_record import StatementRecord
from local.redshift.session import Login, Session, Shared
from local.redshift.wire import protocol
from local.redshift.wire.tls import server_context

log = logging.getLogger("redshift")

SERVER_VERSION = "8.0.2"  # the version that Redshift reports
_WRITE_BUFFER = 4 << 20
_STANDARD_PARAMETERS = frozenset(
    {"user", "database", "application_name", "client_encoding", "DateStyle", "TimeZone", "options"}
)


class RedshiftEndpoint:
    """Listens on `host` and runs a `Session` for each client.

    :param host: default: this machine only, since the endpoint accepts any password.
    :param port: 0 chooses a free one; after the start it is in ``self.port``.
    :param store: the object store that COPY reads from.
    :param record: a file to which every client's statements are appended as sent, one JSON string
        per line.
    """

    def __init__(
        self,
        *,
        data_dir: Path,
        store: ObjectStore,
        port: int = 5439,
        host: str = "127.0.0.1",
        record: Path | None = None,
        behaviour: Behaviour | None = None,
    ) -> None:
        self.host, self.port = host, port
        self._tls = server_context(data_dir.with_name(f"{data_dir.name}-tls"))
        self._record = StatementRecord(record)
        self.postgres = EmbeddedPostgres(data_dir)
        self.store = store
        self._behaviour = behaviour or Behaviour()
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start PostgreSQL, create the database, and listen.

        :raises OSError: the port is in use.
        """
        # Bind the port first: a second endpoint must not touch the first one's data.
        server = await asyncio.start_server(self._accept, self.host, self.port, start_serving=False)
        try:
            self.postgres.start()  # not in a worker: PostgreSQL ends with the thread that starts it
            await asyncio.to_thread(database.prepare, self.postgres.address, self._behaviour)
        except BaseException:
            server.close()
            self.postgres.stop()
            raise
        address = self.postgres.address | {"dbname": database.DATABASE}
        self.history, self.queries = LoadHistory(address), QueryHistory(address)
        self._server = server
        self.port = server.sockets[0].getsockname()[1]
        await server.start_serving()
        log.info("ready on %s:%d, COPY reads from %s", self.host, self.port, self.store.address)

    async def stop(self) -> None:
        """Disconnect all clients and stop PostgreSQL."""
        if self._server is not None:
            self._server.close()
        for task in list(self._clients):
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        if self._server is not None:
            await asyncio.to_thread(self.queries.flush)
        await asyncio.to_thread(self.postgres.stop)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        import psycopg

        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            await self._serve(reader, writer)
        except (
            OSError,
            asyncio.IncompleteReadError,
            asyncio.CancelledError,
            protocol.NoMessage,
            psycopg.OperationalError,
        ):
            pass  # the client or PostgreSQL disconnected, or the peer was not a client
        except Exception:
            log.exception("session ended by an error in the endpoint")
        finally:
            self._clients.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        code, body = await protocol.read_startup(reader)
        encrypted = False
        while code in {protocol.SSL_REQUEST, protocol.GSS_REQUEST}:
            if code == protocol.SSL_REQUEST and not encrypted:
                writer.write(b"S")
                await writer.start_tls(self._tls)
                encrypted = True
            else:
                writer.write(b"N")  # not offered
            code, body = await protocol.read_startup(reader)
        if code == protocol.CANCEL_REQUEST:
            await self._cancel(body)
            return
        if code >> 16 != protocol.VERSION >> 16:
            version = f"{code >> 16}.{code & 0xFFFF}"
            reason = f"unsupported frontend protocol {version}: the server supports 3.0"
            writer.write(protocol.fatal(reason, code="0A000").encode())
            return
        server_reader, server_writer = await self._connect()
        try:
            parameters = protocol.startup_parameters(body)
            kept = {k: v for k, v in parameters.items() if k in _STANDARD_PARAMETERS}
            server_writer.write(
                protocol.startup(protocol.VERSION, protocol.encode_parameters(kept))
            )
            if (session_id := await self._introduce(server_reader, writer)) is not None:
                shared = Shared(self.store, self.history, self.queries, self._record)
                database_name = kept.get("database", kept.get("user", ""))
                session = Session(
                    client=(reader, writer),
                    server=(server_reader, server_writer),
                    shared=shared,
                    login=Login(kept.get("user", ""), database_name, session_id),
                )
                await session.run()
        finally:
            server_writer.close()

    async def _introduce(
        self, server: asyncio.StreamReader, client: asyncio.StreamWriter
    ) -> int | None:
        """Forward PostgreSQL's start-up messages, with Redshift's version number.

        :returns: the id of the process that serves the session; None if start-up failed.
        """
        session_id = 0
        while True:
            message = await protocol.read_message(server)
            if message.kind == b"S" and message.body.startswith(b"server_version\0"):
                message = protocol.parameter_status("server_version", SERVER_VERSION)
            elif message.kind == b"K":
                session_id = int.from_bytes(message.body[:4])
            client.write(message.encode())
            if message.kind in {b"Z", b"E"}:
                await client.drain()
                return session_id if message.kind == b"Z" else None

    async def _cancel(self, body: bytes) -> None:
        _, writer = await self._connect()
        writer.write(protocol.startup(protocol.CANCEL_REQUEST, body))
        await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        address: dict[str, Any] = self.postgres.address
        path = f"{address['host']}/.s.PGSQL.{address['port']}"
        reader, writer = await asyncio.open_unix_connection(path, limit=1 << 20)
        # Buffer some blocks of a COPY, so that the next is converted while they are sent.
        writer.transport.set_write_buffer_limits(high=_WRITE_BUFFER)
        return reader, writer
