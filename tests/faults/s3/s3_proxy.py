"""A proxy in front of the tests' S3 server that injects faults.

Each fault applies to a number of matching requests. All other requests are passed on.
"""

from __future__ import annotations

import re
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import urlsplit

FOREVER = 1 << 30


@dataclass
class Fault:
    """A fault for the next `times` requests whose `METHOD /path?query` matches.

    :param act: injects the fault; returns True if it has answered the request.
    """

    requests: str
    act: Callable[[_Request], bool]
    times: int = FOREVER
    every: int = 1
    seen: int = 0
    hits: int = 0


class S3Proxy(ThreadingHTTPServer):
    """Passes requests on to `target`, the URL of an S3 server."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.target = urlsplit(target).netloc
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.faults: list[Fault] = []
        self.lock = Lock()
        Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def fail(
        self, requests: str, act: Callable[[_Request], bool], times: int = FOREVER, every: int = 1
    ) -> Fault:
        """Make matching requests fail: all of them, or every `every`th."""
        self.faults.append(Fault(requests, act, times, every))
        return self.faults[-1]

    def fault_of(self, request: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.hits < fault.times and re.search(fault.requests, request):
                    fault.seen += 1
                    if fault.seen % fault.every == 0:
                        fault.hits += 1
                        return fault
        return None

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that have disconnected."""


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: S3Proxy

    def _serve(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.server.fault_of(f"{self.command} {self.path}")
        if fault is None or not fault.act(self):
            response, content = self.forward()
            self.reply(response.status, response.getheaders(), content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815 - the server's names

    def forward(self) -> tuple[HTTPResponse, bytes]:
        """The S3 server's answer."""
        connection = HTTPConnection(self.server.target, timeout=60)
        try:
            connection.request(self.command, self.path, self.body, dict(self.headers.items()))
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    def reply(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        length = str(len(content))
        for name, value in headers:
            if name.lower() == "content-length":
                length = value  # also for HEAD
            elif name.lower() not in {"connection", "transfer-encoding"}:
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None: ...


def delay(seconds: float) -> Callable[[_Request], bool]:
    """Answer late."""

    def act(request: _Request) -> bool:
        time.sleep(seconds)
        return False

    return act


def answer(status: int, code: str) -> Callable[[_Request], bool]:
    """Answer with an S3 error. The answer to HEAD does not contain its code."""

    def act(request: _Request) -> bool:
        body = f"<Error><Code>{code}</Code><Message>As told: {code}.</Message></Error>".encode()
        request.reply(status, [], b"" if request.command == "HEAD" else body)
        return True

    return act


def reset(request: _Request) -> bool:
    """Close the connection with RST, without an answer."""
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.close_connection = True
    request.connection.close()
    return True


def cut_short(request: _Request) -> bool:
    """Send half of the content, then close the connection."""
    response, content = request.forward()
    headers = [*response.getheaders(), ("Content-Length", str(len(content)))]
    request.reply(response.status, headers, content[: len(content) // 2])
    request.close_connection = True
    return True


def after(change: Callable[[], object]) -> Callable[[_Request], bool]:
    """Change something just before the request is passed on."""

    def act(request: _Request) -> bool:
        change()
        return False

    return act
