"""A server for the call that moto lacks: Redshift Serverless returns a temporary password.

Source: Redshift Serverless' API reference, "GetCredentials".
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Serverless:
    """Answers GetCredentials and records the requests."""

    user: str
    password: str
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def serverless(user: str, password: str) -> Iterator[Serverless]:
    state = Serverless(user, password)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.headers["X-Amz-Target"].endswith(".GetCredentials")
            state.requests.append(body | {"signed by": self.headers["Authorization"]})
            answer = {"dbUser": state.user, "dbPassword": state.password, "expiration": 2e9}
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
