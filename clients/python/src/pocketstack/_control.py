"""Speaks to the control interface of a running cloud."""

from __future__ import annotations

import http.client
import json
import os
import select
import ssl
import threading
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Union
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How long a call may take that says nothing of it, in seconds.
PATIENCE = 60.0
#: The same for calls that copy whole clouds, or carry out all that is due on the way to a moment.
LONG_PATIENCE = 600.0
#: How much longer than the time that a call asks for its answer may take.
MARGIN = 30.0

#: Whether, and by which file or directory of certificates, a server's certificate is checked: as requests has it.
Verify = Union[bool, str, "os.PathLike[str]"]  # noqa: UP007  (evaluated, also by Python 3.9)

_Connection = Union[http.client.HTTPConnection, http.client.HTTPSConnection]  # noqa: UP007


class ControlError(Exception):
    """The cloud refused what was asked of its control interface, in its own words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{message} ({status})")
        self.status = status
        self.message = message

    def __reduce__(self) -> tuple[type[ControlError], tuple[int, str]]:
        """It crosses to other processes whole."""
        return type(self), (self.status, self.message)


class _Own:
    """A thread's own connection, which is closed when the thread has ended."""

    def __init__(self, connection: _Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()


class Control:
    """One cloud's control interface. Each thread, and each process that was forked, has a connection of its own."""

    def __init__(self, url: str, secret: str | None = None, verify: Verify = True) -> None:
        self.url, self._host, secure = _address(url)
        #: What clients of this cloud have to be told of its certificate; ``True`` says nothing.
        self.verify: bool | str = verify if isinstance(verify, bool) else os.fspath(verify)
        self._context = _context(self.verify) if secure else None
        self._headers = {"X-PocketStack-Secret": secret} if secret else {}
        self._process = os.getpid()
        self._local = threading.local()
        self._made: weakref.WeakSet[_Own] = weakref.WeakSet()

    def call(
        self, method: str, path: str, body: Any = None, world: str | None = None, patience: float = PATIENCE
    ) -> Any:
        """Sends JSON to a path below ``/pocketstack/v1`` and gives the answer's JSON; a refusal is a ControlError.

        An answer that takes more than ``patience`` seconds is a ``TimeoutError``.
        """
        prefix = f"/worlds/{segment(world)}" if world is not None else ""
        status, content = self._exchange(method, f"{prefix}/pocketstack/v1{path}", body, patience)
        try:
            answer: Any = json.loads(content) if content else None
            if status < 300:
                return answer
            message = str(answer["error"]["message"])
        except (ValueError, TypeError, KeyError):
            # It comes from a proxy on the way, or the address is another program's.
            raise ControlError(status, f"{self.url} did not answer as a PocketStack cloud does") from None
        raise ControlError(status, message)

    def close(self) -> None:
        """Closes the connections of all threads. A later call opens one anew."""
        for own in list(self._made):
            own.connection.close()

    def _exchange(self, method: str, path: str, body: Any, patience: float) -> tuple[int, bytes]:
        headers = dict(self._headers)
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        connection = self._connection(patience)
        try:
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except BaseException:
            # Also where a signal or a test's time limit ends it: the answer to this call is still to come, and would be
            # taken for the next one's.
            connection.close()
            raise

    def _connection(self, patience: float) -> _Connection:
        """This thread's connection, closed where the server did so, as it does with what idles."""
        if self._process != os.getpid():
            # In a fork, what it was forked with is the other's; closing it here leaves it open there.
            self._process = os.getpid()
            self.close()
        own: _Own | None = getattr(self._local, "own", None)
        if own is None:
            own = self._local.own = _Own(self._connect())
            self._made.add(own)
        connection = own.connection
        if connection.sock is not None and _has_ended(connection.sock):
            connection.close()
        connection.timeout = patience
        if connection.sock is not None:
            connection.sock.settimeout(patience)
        return connection

    def _connect(self) -> _Connection:
        if self._context is None:
            return http.client.HTTPConnection(self._host)
        return http.client.HTTPSConnection(self._host, context=self._context)


def segment(name: str) -> str:
    """A name as one part of a path. Without one the path would be that of all that have names."""
    if not name:
        raise ValueError("expected a name, not an empty text")
    return quote(name, safe="")


@contextmanager
def missing_is_deleted() -> Iterator[None]:
    """For the end of a block whose subject may have gone before: that it is not there is no mistake."""
    try:
        yield
    except ControlError as error:
        if error.status != 404:
            raise


def _address(url: str) -> tuple[str, str, bool]:
    """Scheme and host of a cloud; host alone; and whether it speaks TLS. The path of its Keystone may stand behind."""
    parts = urlsplit(url)
    try:
        plain = parts.hostname and parts.port != 0 and "@" not in parts.netloc and not (parts.query or parts.fragment)
    except ValueError:
        plain = False
    if parts.scheme not in ("http", "https") or not plain:
        raise ValueError(f"{url!r} is no address of a cloud: expected http://HOST:PORT or https://HOST:PORT")
    if parts.path.rstrip("/") not in ("", "/v3", "/identity", "/identity/v3"):
        raise ValueError(f"{url!r}: a cloud has no path of its own; its worlds are found by cloud.worlds[NAME]")
    return f"{parts.scheme}://{parts.netloc}", parts.netloc, parts.scheme == "https"


def _context(verify: bool | str) -> ssl.SSLContext:
    """Checks certificates by a file or directory, else by those that requests would take, else by the system's."""
    named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") if verify is True else verify
    if named:
        path = str(named)
        if os.path.isdir(path):
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    context = ssl.create_default_context()
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _has_ended(sock: Any) -> bool:
    """Whether there is something to be read where nothing was asked: the end of the connection."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))
