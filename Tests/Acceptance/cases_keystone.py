"""Refusals of the identity service, with the texts of a real Keystone. Paths are relative to the address of `/v3`."""

from __future__ import annotations

from typing import Any

from cases import Case

UNAUTHORIZED = "The request you have made requires authentication."
DEFAULT = {"id": "default"}


def login(
    status: int,
    says: str,
    user: dict[str, Any] | None = None,
    scope: dict[str, Any] | None = None,
    methods: list[str] | None = None,
) -> Case:
    """A login as demo but for what is given."""
    password = {"user": user or {"name": "demo", "domain": DEFAULT, "password": "secret"}}
    identity: dict[str, Any] = {"methods": methods or ["password"], "password": password}
    auth: dict[str, Any] = {"identity": identity}
    if scope:
        auth["scope"] = scope
    return Case("POST", "/auth/tokens", status, says, {"auth": auth}, user="")


LOGINS = [
    login(401, UNAUTHORIZED, {"name": "demo", "domain": DEFAULT, "password": "wrong"}),
    login(401, UNAUTHORIZED, {"name": "demo", "domain": DEFAULT, "password": ""}),
    login(401, UNAUTHORIZED, {"name": "nobody", "domain": DEFAULT, "password": "secret"}),
    login(401, UNAUTHORIZED, {"name": "demo", "domain": {"id": "nowhere"}, "password": "secret"}),
    login(401, UNAUTHORIZED, {"name": "demo", "domain": {"name": "Nowhere"}, "password": "secret"}),
    login(401, UNAUTHORIZED, {"id": "0" * 32, "password": "secret"}),
    login(401, UNAUTHORIZED, {"id": "{user_id}", "password": "wrong"}),
    login(401, UNAUTHORIZED, scope={"project": {"name": "nope", "domain": DEFAULT}}),
    login(401, UNAUTHORIZED, scope={"project": {"id": "0" * 32}}),
    login(401, UNAUTHORIZED, scope={"project": {"name": "admin", "domain": DEFAULT}}),
    login(401, UNAUTHORIZED, scope={"system": {"all": True}}),
    login(401, UNAUTHORIZED, scope={"domain": {"id": "default"}}),
    login(400, "Expecting to find nosuch in identity. ...", methods=["nosuch"]),
    Case("POST", "/auth/tokens", 401, "...", {"auth": {"identity": {"methods": ["nosuch"], "nosuch": {}}}}, user=""),
    login(400, "Expecting to find domain in user. ...", {"name": "demo", "password": "secret"}),
    login(400, "Expecting to find domain in project. ...", scope={"project": {"name": "demo"}}),
    Case("POST", "/auth/tokens", 400, "'identity' is a required property...", {"auth": {}}, user=""),
    Case("POST", "/auth/tokens", 400, "...", {}, user=""),
    Case("POST", "/auth/tokens", 400, "...", {"auth": "x"}, user=""),
    Case("POST", "/auth/tokens", 400, "...", {"auth": {"identity": {"methods": "password"}}}, user=""),
    Case("POST", "/auth/tokens", 400, "...", [], user=""),
    Case(
        "POST", "/auth/tokens", 400,
        "Expecting to find valid JSON in request body. The server could not comply with the request since it is either "
        "malformed or otherwise incorrect. The client is assumed to be in error.",
        "{", user="", headers={"Content-Type": "application/json"},
    ),
]  # fmt: skip

TOKENS = [
    Case("GET", "/auth/tokens", 401, UNAUTHORIZED, user=""),
    Case("GET", "/auth/tokens", 401, UNAUTHORIZED, user="", headers={"X-Auth-Token": "nonsense"}),
    Case("GET", "/auth/catalog", 401, UNAUTHORIZED, user=""),
    Case("GET", "/auth/projects", 401, UNAUTHORIZED, user=""),
    Case("GET", "/auth/projects", 401, UNAUTHORIZED, user="", headers={"X-Auth-Token": "gAAAAAB" + "x" * 176}),
    Case(
        "GET", "/auth/tokens", 404, "Could not recognize Fernet token", user="admin",
        headers={"X-Subject-Token": "nonsense"},
    ),
    Case("DELETE", "/auth/tokens", 404, "...", user="admin", headers={"X-Subject-Token": "nonsense"}),
    Case(
        "POST", "/auth/tokens", 404, "...",
        {"auth": {"identity": {"methods": ["token"], "token": {"id": "nonsense"}}}}, user="",
    ),
]  # fmt: skip

ALL = LOGINS + TOKENS
