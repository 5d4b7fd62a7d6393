"""One server for all workers of pytest-xdist, started by the process that distributes the tests when one of them asks.

The workers are told the port of a broker. Whoever connects there with its key is told the server's URL, or why there is
none.
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._server import Cloud


class Broker:
    """Answers workers with the address of the cloud that ``start`` gives; it is called once for each that asks."""

    def __init__(self, start: Callable[[], Cloud]) -> None:
        self._start = start
        self._key = secrets.token_hex(32)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, name="pocketstack-broker", daemon=True)
        self._thread.start()

    @property
    def ticket(self) -> str:
        """What ``ask`` needs."""
        return f"{self._listener.getsockname()[1]} {self._key}"

    def close(self) -> None:
        """Ends it. Whoever connects from then on is refused."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.settimeout(10)
                    shown = connection.makefile("rb").readline(1000).strip()
                    if secrets.compare_digest(shown, self._key.encode()):
                        connection.sendall(json.dumps(self._answer()).encode())
                except OSError:
                    # A worker that has ended, or somebody else.
                    continue

    def _answer(self) -> dict[str, str]:
        try:
            return {"url": self._start().url}
        except Exception as error:
            return {"error": str(error)}


def ask(ticket: str) -> str:
    """The URL of the cloud, in a worker. It may have to start first."""
    port, key = ticket.split()
    with socket.create_connection(("127.0.0.1", int(port))) as connection:
        connection.sendall(f"{key}\n".encode())
        answer: dict[str, str] = json.load(connection.makefile())
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer["url"]
