"""Refusals of the image service, with the texts of a real Glance. Paths are relative to its unversioned address."""

from __future__ import annotations

from typing import Any

from cases import Case

NO_ID = "00000000-0000-0000-0000-000000000000"
MISSING = f"No image found with ID {NO_ID}"
SCHEMA = "Provided object does not match schema 'image': ..."
OCTETS = {"Content-Type": "application/octet-stream"}
PATCH_2_1 = {"Content-Type": "application/openstack-images-v2.1-json-patch"}


def create(status: int, says: str, /, **fields: Any) -> Case:
    return Case("POST", "/v2/images", status, says, fields)


def patch(status: int, says: str, op: str, path: str, value: Any = None, image: str = "own_image") -> Case:
    """One change of an image, refused; the value goes as text, as Case keeps JSON bodies for JSON content types."""
    import json

    change = {"op": op, "path": path} | ({} if op == "remove" else {"value": value})
    return Case("PATCH", f"/v2/images/{{{image}}}", status, says, json.dumps([change]), headers=PATCH_2_1)


IMAGES = [
    Case("GET", "/v2/images/nope", 404, "No image found with ID nope"),
    Case("GET", f"/v2/images/{NO_ID}", 404, MISSING),
    Case("GET", f"/v2/images/{NO_ID}/file", 404, MISSING),
    Case("DELETE", f"/v2/images/{NO_ID}", 404, "..."),
    Case("PUT", f"/v2/images/{NO_ID}/file", 404, "...", "x", headers=OCTETS),
    Case("GET", "/v2/images/{other_image}", 404, "No image found with ID {other_image}"),
    Case("GET", "/v2/images/{other_image}/file", 404, "No image found with ID {other_image}"),
    Case("DELETE", "/v2/images/{other_image}", 404, "..."),
    Case("DELETE", "/v2/images/{image}", 403, "..."),
    Case("DELETE", "/v2/images/{protected_image}", 403, "Image {protected_image} is protected and cannot be deleted."),
    create(
        400, "Provided object does not match schema 'image': 'bogus' is not one of ['community', 'public', 'private', "
        "'shared']...", name="x", visibility="bogus",
    ),
    create(400, SCHEMA, name="x", disk_format="bogus"),
    create(400, SCHEMA, name="x", container_format="bogus"),
    create(400, SCHEMA, name="x" * 256),
    create(400, SCHEMA, name=5),
    create(400, SCHEMA, name="x", min_ram="much"),
    create(400, SCHEMA, name="x", protected="yes"),
    create(400, SCHEMA, name="x", id="not-a-uuid"),
    create(400, SCHEMA, name="x", mine=5),
    create(403, "Attribute 'status' is read-only.", name="x", status="active"),
    create(403, "Attribute 'size' is read-only.", name="x", size=5),
    create(403, "You are not authorized to complete publicize_image action.", name="x", visibility="public"),
    create(409, "Image ID {own_image} already exists!", name="x", id="{own_image}"),
    Case("POST", "/v2/images", 400, "...", "{", headers={"Content-Type": "application/json"}),
    Case("POST", "/v2/images", 400, "...", []),
    Case("PUT", "/v2/images", 405, "..."),
    Case("DELETE", "/v2/images/{own_image}/tags/none", 404, "The resource could not be found."),
    Case("GET", "/v2/nosuch", 404, "..."),
]  # fmt: skip

DATA = [
    Case(
        "PUT", "/v2/images/{bare_image}/file", 400,
        "Properties disk_format, container_format must be set prior to saving data.", "x", headers=OCTETS,
    ),
    Case("PUT", "/v2/images/{queued_image}/file", 415, "...", "{}", headers={"Content-Type": "application/json"}),
    Case(
        "PUT", "/v2/images/{own_image}/file", 409, "Image status transition from active to saving is not allowed",
        "x", headers=OCTETS,
    ),
    Case("GET", "/v2/images/{own_image}/file", 416, "...", headers={"Range": "bytes=99-100"}),
]  # fmt: skip

PATCHES = [
    Case(
        "PATCH", "/v2/images/{own_image}", 415, "...", [{"op": "replace", "path": "/name", "value": "y"}],
    ),
    patch(403, "Attribute 'status' is read-only.", "replace", "/status", "active"),
    patch(403, "Attribute 'id' is read-only.", "replace", "/id", NO_ID),
    patch(403, "You are not authorized to complete publicize_image action.", "replace", "/visibility", "public"),
    patch(409, "...", "replace", "/never_set", "v"),
    patch(409, "...", "remove", "/never_set"),
    patch(400, "...", "frobnicate", "/name", "y"),
    patch(400, "...", "replace", "name", "y"),
    patch(400, "...", "replace", "/visibility", "bogus"),
    patch(404, "...", "replace", "/name", "y", image="other_image"),
    Case("PATCH", "/v2/images/{own_image}", 400, "...", "[", headers=PATCH_2_1),
    Case("PATCH", "/v2/images/{own_image}", 400, "...", "{}", headers=PATCH_2_1),
]  # fmt: skip

LISTS = [
    Case("GET", "/v2/images?limit=-1", 400),
    Case("GET", "/v2/images?limit=abc", 400),
    Case("GET", f"/v2/images?marker={NO_ID}", 400),
    Case("GET", "/v2/images?sort_key=bogus", 400),
    Case("GET", "/v2/images?sort_dir=bogus", 400),
    Case("GET", "/v2/images?sort=name:bogus", 400),
    Case("GET", "/v2/images?visibility=bogus", 400),
    Case("GET", "/v2/images?member_status=bogus", 400),
    Case("GET", "/v2/images?size_min=abc", 400),
    Case("GET", "/v2/images?created_at=gt:yesterday", 400),
    Case("GET", "/v2/images", 401, "...", user=""),
    Case("GET", "/v2/images", 401, "...", user="", headers={"X-Auth-Token": "nonsense"}),
]

ALL = IMAGES + DATA + PATCHES + LISTS
