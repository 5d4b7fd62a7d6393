"""Speaks to the control interface of a running cloud."""

from __future__ import annotations

import http.client
import json
import threading
from typing import Any
from urllib.parse import quote, urlsplit


class ControlError(Exception):
    """The cloud refused what was asked of its control interface, in its own words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{message} ({status})")
        self.status = status
        self.message = message


class Control:
    """One cloud's control interface. Each thread keeps a connection of its own."""

    def __init__(self, url: str, secret: str | None = None) -> None:
        parts = urlsplit(url)
        self.url = f"{parts.scheme}://{parts.netloc}"
        self._host = parts.netloc
        self._headers = {"X-PocketStack-Secret": secret} if secret else {}
        self._local = threading.local()

    def call(self, method: str, path: str, body: Any = None, world: str | None = None) -> Any:
        """Sends JSON to a path below ``/pocketstack/v1`` and gives the answer's JSON; a refusal is a ControlError."""
        prefix = f"/worlds/{quote(world)}" if world else ""
        status, content = self._exchange(method, f"{prefix}/pocketstack/v1{path}", body)
        answer = json.loads(content) if content else None
        if status >= 300:
            error = (answer or {}).get("error", {})
            raise ControlError(status, error.get("message", f"the cloud answered {status}"))
        return answer

    def _exchange(self, method: str, path: str, body: Any) -> tuple[int, bytes]:
        headers = dict(self._headers)
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        for attempt in (1, 2):
            connection = self._connection()
            try:
                connection.request(method, path, data, headers)
                response = connection.getresponse()
                return response.status, response.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                # A connection that idled too long is closed by the server; only the first try may meet one.
                connection.close()
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def _connection(self) -> http.client.HTTPConnection:
        kept: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if kept is None:
            kept = http.client.HTTPConnection(self._host, timeout=60)
            self._local.connection = kept
        return kept
