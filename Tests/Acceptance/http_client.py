"""Plain HTTP for the checks in which a client library would hide or repair what the server said."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

Body = bytes | str | dict[str, Any] | list[Any] | None


@dataclass(frozen=True)
class Answer:
    """One response, with header names in lower case; `repeated` keeps headers that came more than once."""

    status: int
    headers: dict[str, str]
    repeated: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.repeated if key == name.lower()]


class Http:
    """One keep-alive connection. `base` may end in a path, which then precedes each request's path."""

    def __init__(self, base: str, timeout: float = 60.0) -> None:
        parts = urlsplit(base)
        self.prefix = parts.path.rstrip("/")
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)

    def request(
        self, method: str, path: str, body: Body = None, headers: dict[str, str] | None = None, token: str = ""
    ) -> Answer:
        """Sends one request. A dictionary or list goes as JSON; bytes and text go as they are."""
        sent = {"Accept": "application/json"}
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            sent["Content-Type"] = "application/json"
        if token:
            sent["X-Auth-Token"] = token
        sent.update(headers or {})
        data = body.encode() if isinstance(body, str) else body
        self.connection.request(method, self.prefix + path, data, sent)
        answer = self.connection.getresponse()
        pairs = [(name.lower(), value) for name, value in answer.getheaders()]
        return Answer(answer.status, dict(pairs), pairs, answer.read())

    def get(self, path: str, token: str = "", **headers: str) -> Answer:
        return self.request("GET", path, token=token, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def close(self) -> None:
        self.connection.close()

    def token(
        self, user: str = "demo", project: str | None = None, password: str = "secret", keystone: str = "/v3"
    ) -> tuple[str, dict[str, Any]]:
        """Logs in with a password for a project; returns the token and the token document."""
        domain = {"id": "default"}
        request = {
            "auth": {
                "identity": {
                    "methods": ["password"],
                    "password": {"user": {"name": user, "domain": domain, "password": password}},
                },
                "scope": {"project": {"name": project or user, "domain": domain}},
            }
        }
        answer = self.request("POST", f"{keystone}/auth/tokens", request)
        assert answer.status == 201, (answer.status, answer.text)
        return answer.headers["x-subject-token"], answer.json()["token"]


def endpoint(token: dict[str, Any], service: str) -> str:
    """The public address of a service in a token's catalog."""
    for entry in token["catalog"]:
        if entry["type"] == service:
            return next(str(e["url"]) for e in entry["endpoints"] if e["interface"] == "public")
    raise AssertionError(f"no {service} in the catalog: {[entry['type'] for entry in token['catalog']]}")
