"""What a refused request looks like, as data."""

from __future__ import annotations

from dataclasses import dataclass, field

from http_client import Body


@dataclass(frozen=True)
class Case:
    """One request and its refusal.

    `says` is the whole message; with `...` at its end, the start of it. In `path`, `body` and `says`, names in braces
    (`{server}`, `{user_id}`, ...) stand for what the test run has made. `user` is whose token goes along.
    """

    method: str
    path: str
    status: int
    says: str = "..."
    body: Body = None
    version: str = "2.1"
    user: str = "demo"
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """The test's name: short, and the same on every run."""
        sent = "" if self.body is None else " " + (self.body if isinstance(self.body, str) else repr(self.body))[:70]
        return f"{self.user or 'nobody'} {self.method} {self.path[:60]} @{self.version}{sent} = {self.status}"

    def agrees(self, message: str, expected: str) -> bool:
        return message.startswith(expected[:-3]) if expected.endswith("...") else message == expected
