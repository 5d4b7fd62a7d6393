"""The compute API from 2.1 to 2.104: servers, flavors and key pairs. The numbers are those behind `2.`.

What needs a network or a volume is not here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cases_nova import NO_ID, UNEXPECTED, invalid_query
from versions import NEWEST, Field, Member, Query, Request

IMAGE = "185e1975-c9c5-4358-909e-5e329808902e"
FLAVOR = "16"
NAME = "acc-every-version"
ZONE = "nova"

# Statuses, from the version on at which they are first answered

STATUSES: dict[str, list[tuple[int, int]]] = {
    "POST /servers": [(1, 202)],
    "PUT /servers": [(1, 200)],
    "POST /servers/action rebuild": [(1, 202)],
    "DELETE /servers": [(1, 204)],
    "POST /flavors": [(1, 200)],
    "PUT /flavors": [(1, 404), (55, 200)],
    "DELETE /flavors": [(1, 202)],
    "POST /os-keypairs": [(1, 200), (2, 201)],
    "DELETE /os-keypairs": [(1, 202), (2, 204)],
    "GET /os-keypairs of another user": [(1, 404), (10, 200)],
}


def status(request: str, minor: int) -> int:
    return [answered for since, answered in STATUSES[request] if since <= minor][-1]


# Servers

SERVER_CREATED = [
    Field("id", "UUID"),
    Field("links", "self and bookmark"),
    Field("OS-DCF:diskConfig", "text"),
    Field("security_groups", "default group"),
    Field("adminPass", "text"),
]

SERVER_LISTED = [Field("id", "UUID"), Field("name", "text"), Field("links", "self and bookmark")]

SERVER = [
    Field("id", "UUID"),
    Field("name", "text"),
    Field("links", "self and bookmark"),
    Field("status", "text"),
    Field("tenant_id", "32 digits"),
    Field("user_id", "32 digits"),
    Field("created", "second"),
    Field("updated", "second"),
    Field("hostId", "56 digits"),
    Field("accessIPv4", "text"),
    Field("accessIPv6", "text"),
    Field("addresses", "object", until=36),
    Field("addresses", "nothing in it", since=37),
    Field("metadata", "pairs"),
    Field("progress", "integer"),
    Field("OS-DCF:diskConfig", "text"),
    Field("image", "image by link", until=97),
    Field("image", "image with properties", since=98),
    Field("flavor", "flavor by link", until=46),
    Field("flavor", "flavor embedded", since=47),
    Field("OS-EXT-AZ:availability_zone", "text"),
    Field("config_drive", "text"),
    Field("key_name", "text?"),
    Field("OS-SRV-USG:launched_at", "microsecond"),
    Field("OS-SRV-USG:terminated_at", "null"),
    # Networks cannot be refused before 2.37; a server without any belongs to no group and has no such field.
    Field("security_groups", "groups", until=36, optional=True),
    Field("OS-EXT-STS:task_state", "text?"),
    Field("OS-EXT-STS:vm_state", "text"),
    Field("OS-EXT-STS:power_state", "integer"),
    Field("os-extended-volumes:volumes_attached", "none of them"),
    Field("OS-EXT-SRV-ATTR:host", "text", who="admin"),
    Field("OS-EXT-SRV-ATTR:instance_name", "text", who="admin"),
    Field("OS-EXT-SRV-ATTR:hypervisor_hostname", "text", who="admin"),
    Field("OS-EXT-SRV-ATTR:hostname", "text", since=3, who="admin"),
    Field("OS-EXT-SRV-ATTR:hostname", "text", since=90, who="demo"),
    Field("OS-EXT-SRV-ATTR:kernel_id", "text", since=3, who="admin"),
    Field("OS-EXT-SRV-ATTR:launch_index", "zero", since=3, who="admin"),
    Field("OS-EXT-SRV-ATTR:ramdisk_id", "text", since=3, who="admin"),
    Field("OS-EXT-SRV-ATTR:reservation_id", "text", since=3, who="admin"),
    Field("OS-EXT-SRV-ATTR:root_device_name", "text?", since=3, who="admin"),
    Field("OS-EXT-SRV-ATTR:user_data", "text?", since=3, who="admin"),
    Field("locked", "boolean", since=9),
    Field("host_status", "text", since=16, who="admin"),
    Field("description", "text?", since=19),
    Field("tags", "texts", since=26),
    Field("trusted_image_certificates", "texts?", since=63),
    Field("server_groups", "none of them", since=71),
    Field("locked_reason", "null", since=73),
    Field("pinned_availability_zone", "text?", since=96),
    Field("scheduler_hints", "hints", since=100),
]

SERVER_IN_DETAIL = [field for field in SERVER if field.name != "server_groups"]

LATE = (
    "OS-EXT-AZ:", "config_drive", "key_name", "OS-SRV-USG:", "OS-EXT-STS:", "os-extended-volumes:", "OS-EXT-SRV-ATTR:",
    "host_status", "security_groups",
)  # fmt: skip
"""What the answers to a PUT and a rebuild have had since 2.75 only, when they became the same as a GET's."""

SERVER_CHANGED = [
    replace(field, since=max(75, field.since)) if field.name.startswith(LATE) else field for field in SERVER
]

SERVER_REBUILT = [
    *(field for field in SERVER_CHANGED if field.name not in ("key_name", "OS-EXT-SRV-ATTR:user_data")),
    Field("key_name", "text?", since=54),
    Field("user_data", "text?", since=57),
    Field("adminPass", "text"),
]

RECORDS = {
    "image by link": [Field("id", "UUID"), Field("links", "bookmark")],
    "image with properties": [Field("id", "UUID"), Field("links", "bookmark"), Field("properties", "pairs")],
    "flavor by link": [Field("id", "text"), Field("links", "bookmark")],
    "flavor embedded": [
        Field("original_name", "text"),
        Field("vcpus", "integer"),
        Field("ram", "integer"),
        Field("disk", "integer"),
        Field("ephemeral", "integer"),
        Field("swap", "integer"),
        Field("extra_specs", "pairs"),
    ],
    "hints": [Field("acc_hint", "texts")],
}

SERVER_SENT = [
    ("name", NAME, 1, NEWEST, "name"),
    ("flavorRef", FLAVOR, 1, NEWEST, ""),
    ("imageRef", IMAGE, 1, NEWEST, ""),
    ("networks", "none", 37, NEWEST, ""),
    ("key_name", NAME, 1, NEWEST, "key_name"),
    ("metadata", {"acc": "yes"}, 1, NEWEST, "metadata"),
    ("accessIPv4", "192.0.2.1", 1, NEWEST, "accessIPv4"),
    ("accessIPv6", "2001:db8::1", 1, NEWEST, "accessIPv6"),
    ("adminPass", "acc-password", 1, NEWEST, "adminPass"),
    ("availability_zone", ZONE, 1, NEWEST, "pinned_availability_zone"),
    ("user_data", "YWNj", 1, NEWEST, "OS-EXT-SRV-ATTR:user_data"),
    ("config_drive", True, 1, NEWEST, ""),
    ("OS-DCF:diskConfig", "MANUAL", 1, NEWEST, "OS-DCF:diskConfig"),
    ("security_groups", [{"name": "default"}], 1, NEWEST, ""),
    ("personality", [{"path": "/acc", "contents": "YWNj"}], 1, 56, ""),
    ("description", "of many versions", 19, NEWEST, "description"),
    ("tags", ["acc-one", "acc-two"], 52, NEWEST, "tags"),
    ("trusted_image_certificates", ["acc-certificate"], 63, NEWEST, "trusted_image_certificates"),
    ("hostname", "acc-host", 90, NEWEST, "OS-EXT-SRV-ATTR:hostname"),
]
"""What a server is made of: member, value, since, until, and the field that shows it as it was sent."""

HINTS = {"acc_hint": "somewhere"}


def server_sent(minor: int) -> dict[str, Any]:
    return {name: value for name, value, since, until, _ in SERVER_SENT if since <= minor <= until}


def server_shows(minor: int) -> dict[str, Any]:
    """What a server must show, where it shows it at all."""
    shown = {field: value for _, value, since, until, field in SERVER_SENT if field and since <= minor <= until}
    return (
        {"tags": [], "OS-EXT-SRV-ATTR:hostname": NAME}
        | shown
        | {"status": "ACTIVE", "OS-EXT-STS:vm_state": "active", "OS-EXT-STS:power_state": 1, "config_drive": "True"}
        | {"user_data": "YWNj"}
        | {"OS-EXT-AZ:availability_zone": ZONE, "locked": False, "host_status": "UP"}
        | {"scheduler_hints": {"acc_hint": ["somewhere"]}}
    )


# Flavors

FLAVOR_LISTED = [
    Field("id", "text"),
    Field("name", "text"),
    Field("links", "self and bookmark"),
    Field("description", "text?", since=55),
]

FLAVOR_SHOWN = [
    *FLAVOR_LISTED,
    Field("ram", "integer"),
    Field("disk", "integer"),
    Field("vcpus", "integer"),
    Field("swap", "empty", until=74),
    Field("swap", "zero", since=75),
    Field("OS-FLV-EXT-DATA:ephemeral", "integer"),
    Field("os-flavor-access:is_public", "true"),
    Field("OS-FLV-DISABLED:disabled", "false", until=101),
    Field("rxtx_factor", "number", until=101),
    Field("extra_specs", "pairs", since=61),
]

FLAVOR_SENT: list[tuple[str, Any, int, int]] = [
    ("id", NAME, 1, NEWEST),
    ("name", NAME, 1, NEWEST),
    ("ram", 64, 1, NEWEST),
    ("disk", 2, 1, NEWEST),
    ("vcpus", 3, 1, NEWEST),
    ("OS-FLV-EXT-DATA:ephemeral", 4, 1, NEWEST),
    ("rxtx_factor", 1.5, 1, 101),
    ("description", "of many versions", 55, NEWEST),
]


def flavor_sent(minor: int) -> dict[str, Any]:
    return {name: value for name, value, since, until in FLAVOR_SENT if since <= minor <= until}


# Key pairs

KEYPAIR_LISTED = [
    Field("name", "text"),
    Field("public_key", "text"),
    Field("fingerprint", "MD5"),
    Field("type", "text", since=2),
]

KEYPAIR_CREATED = [*KEYPAIR_LISTED, Field("user_id", "32 digits")]

KEYPAIR_GENERATED = [*KEYPAIR_CREATED, Field("private_key", "text", until=91)]

KEYPAIR_SHOWN = [
    *KEYPAIR_CREATED,
    Field("id", "integer"),
    Field("created_at", "microsecond"),
    Field("updated_at", "null"),
    Field("deleted", "false"),
    Field("deleted_at", "null"),
]

# Members of requests

BOOT = Request(
    "POST", "/servers", "server", {"name": "acc-refused", "flavorRef": "nope", "imageRef": IMAGE}, 400,
    "Flavor nope could not be found.",
)  # fmt: skip
CHANGE = Request(
    "PUT", f"/servers/{NO_ID}", "server", {"name": "acc-refused"}, 404, f"Instance {NO_ID} could not be found."
)
REBUILD = Request(
    "POST", f"/servers/{NO_ID}/action", "rebuild", {"imageRef": IMAGE}, 404, f"Instance {NO_ID} could not be found."
)
NEW_FLAVOR = Request(
    "POST", "/flavors", "flavor", {"name": "acc-refused", "id": FLAVOR, "ram": 64, "vcpus": 1, "disk": 1}, 409,
    f"Flavor with ID {FLAVOR} already exists.",
)  # fmt: skip
NEW_KEYPAIR = Request(
    "POST", "/os-keypairs", "keypair", {"name": "acc-refused", "public_key": "garbage"}, 400,
    "Keypair data is invalid: failed to generate fingerprint",
)  # fmt: skip

NIC = {"uuid": NO_ID, "tag": "acc"}
DISK = {"uuid": IMAGE, "source_type": "image", "destination_type": "local", "boot_index": 0, "tag": "acc"}
VOLUME = {"source_type": "blank", "destination_type": "volume", "volume_size": 1, "volume_type": "acc"}
NO_SCHEMA = "is not valid under any of the given schemas"
SHORT_NAME = "does not match '^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$'"
ITEM_0 = "0"

MEMBERS = [
    Member(BOOT, {"acc_bogus": 1}, since=NEWEST + 1),
    Member(BOOT, {"description": "acc"}, since=19),
    Member(BOOT, {"description": None}),
    Member(BOOT, {"networks": None}, until=36, says="'networks' is a required property"),
    Member(BOOT, {"networks": "auto"}, since=37, at="networks", says="'auto' is not of type 'array'"),
    Member(BOOT, {"networks": [NIC]}, since=32, last=36, at=ITEM_0, says=UNEXPECTED.format("tag")),
    Member(BOOT, {"networks": [NIC]}, since=42, first=37, at="networks", says=f"{[NIC]} {NO_SCHEMA}"),
    Member(
        BOOT, {"block_device_mapping_v2": [DISK]}, since=32, until=32, last=41, at=ITEM_0,
        says=UNEXPECTED.format("tag"),
    ),
    Member(BOOT, {"block_device_mapping_v2": [DISK]}, first=42),
    Member(BOOT, {"tags": ["acc"]}, since=52),
    Member(BOOT, {"personality": [{"path": "/acc", "contents": "YWNj"}]}, until=56),
    Member(BOOT, {"trusted_image_certificates": ["acc"]}, since=63),
    Member(
        BOOT, {"block_device_mapping_v2": [VOLUME]}, since=67, at=ITEM_0, says=UNEXPECTED.format("volume_type"),
    ),
    Member(BOOT, {"host": "acc"}, since=74),
    Member(BOOT, {"hypervisor_hostname": "acc"}, since=74),
    Member(BOOT, {"hostname": "acc"}, since=90),
    Member(BOOT, {"hostname": "acc.example"}, since=94, first=90, at="hostname", says=f"'acc.example' {SHORT_NAME}"),
    Member(CHANGE, {"acc_bogus": 1}, since=NEWEST + 1),
    Member(CHANGE, {"accessIPv4": "192.0.2.1", "accessIPv6": "2001:db8::1", "OS-DCF:diskConfig": "AUTO"}),
    Member(CHANGE, {"description": "acc"}, since=19),
    Member(CHANGE, {"hostname": "acc"}, since=90),
    Member(CHANGE, {"hostname": "acc.example"}, since=94, first=90, at="hostname", says=f"'acc.example' {SHORT_NAME}"),
    Member(CHANGE, {"pinned_availability_zone": ZONE}, since=104),
    Member(REBUILD, {"acc_bogus": 1}, since=NEWEST + 1),
    Member(REBUILD, {"name": "acc", "metadata": {}, "preserve_ephemeral": True, "accessIPv4": "192.0.2.1"}),
    Member(REBUILD, {"description": "acc"}, since=19),
    Member(REBUILD, {"key_name": "acc"}, since=54),
    Member(REBUILD, {"personality": [{"path": "/acc", "contents": "YWNj"}]}, until=56),
    Member(REBUILD, {"user_data": "YWNj"}, since=57),
    Member(REBUILD, {"trusted_image_certificates": ["acc"]}, since=63),
    Member(REBUILD, {"hostname": "acc"}, since=90),
    Member(REBUILD, {"hostname": "acc.example"}, since=94, first=90, at="hostname", says=f"'acc.example' {SHORT_NAME}"),
    Member(NEW_FLAVOR, {"acc_bogus": 1}, since=NEWEST + 1),
    Member(NEW_FLAVOR, {"description": "acc"}, since=55),
    Member(NEW_FLAVOR, {"rxtx_factor": 1.5}, until=101),
    Member(NEW_FLAVOR, {"OS-FLV-DISABLED:disabled": False}, since=NEWEST + 1),
    Member(NEW_FLAVOR, {"extra_specs": {}}, since=NEWEST + 1),
    Member(NEW_KEYPAIR, {"acc_bogus": 1}, since=NEWEST + 1),
    Member(NEW_KEYPAIR, {"type": "ssh"}, since=2),
    Member(NEW_KEYPAIR, {"user_id": NO_ID}, since=10),
    Member(NEW_KEYPAIR, {"public_key": None}, until=91, first=92, says="'public_key' is a required property"),
    Member(
        NEW_KEYPAIR, {"name": "a@b.c"}, since=92, at="name", says=r"'a@b.c' does not match '^[_\\- a-zA-Z0-9]+$'",
    ),
]  # fmt: skip

# Query strings

NOT_A_FILTER = "'zz' does not match any of the regexes: '^_'"
ZZ = UNEXPECTED.format("zz")

QUERIES = [
    Query("/servers?zz=1", 75, 400, NOT_A_FILTER),
    Query("/servers/detail?zz=1", 75, 400, NOT_A_FILTER),
    Query("/servers/{server}?zz=1", 102, 400, ZZ),
    # Fields that are none: administrators are told, for others they are filters that only administrators have.
    Query("/servers?_acc=1", NEWEST + 1, last=74),
    Query("/servers?_acc=1", NEWEST + 1, first=75),
    Query("/servers?_acc=1", 1, 400, "Invalid filter field: _acc.", last=74, user="admin"),
    Query("/servers?_acc=1", 1, 400, "Invalid filter field: _acc.", first=75, user="admin"),
    Query("/servers/detail?block_device_mapping=acc", NEWEST + 1),
    Query("/servers/detail?metadata=acc", 1, 400, "Invalid filter field: metadata.", user="admin"),
    Query("/servers?tags=acc-none", 26),
    Query("/servers/detail?tags-any=acc-none", 26),
    Query("/servers?status=ZZ", 1, last=37),
    Query("/servers?status=ZZ", 38, 400, "Invalid status value", first=38),
    Query("/servers?changes-before=2000-01-01T00:00:00Z", 66),
    Query("/servers/detail?locked=true", 73),
    Query("/servers?key_name=acc-none", 83),
    Query("/servers?user_id=acc-none", 83),
    Query("/servers/detail?vm_state=paused", 83),
    Query("/servers?hostname=acc-none", 90),
    Query("/flavors?zz=1", 75, 400, ZZ),
    Query("/flavors/detail?zz=1", 75, 400, ZZ),
    Query("/flavors/{flavor}?zz=1", 102, 400, ZZ),
    Query("/flavors?name=acc-none", 75, 400, UNEXPECTED.format("name"), last=101),
    Query("/flavors/detail?name=acc-none", 102, first=102),
    Query(
        "/flavors?sort_key=rxtx_factor", 102, 400,
        invalid_query("sort_key", "rxtx_factor", "'rxtx_factor' is not one of ..."),
    ),
    Query("/os-keypairs?zz=1", 75, 400, ZZ),
    Query("/os-keypairs/{keypair}?zz=1", 75, 400, ZZ),
    Query("/os-keypairs?marker=zz", 35, 400, "Marker zz could not be found."),
]  # fmt: skip
