"""Refusals of the compute service, with the texts of a real Nova 2.104."""

from __future__ import annotations

from typing import Any

from cases import Case

NEWEST = "2.104"
NO_ID = "00000000-0000-0000-0000-000000000000"
LONG = "a" * 256
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFQ0nmTHnKQiMWm9ITSwGTxRoYxXuLyNLg0UUqDzX0Nl me@x"
NOT_ALLOWED = "Policy doesn't allow os_compute_api:{} to be performed."
GONE = "The resource could not be found."
UNEXPECTED = "Additional properties are not allowed ('{}' was unexpected)"


def invalid(name: str, value: str, why: str) -> str:
    """A schema's refusal of a body; values are printed as Python prints them."""
    return f"Invalid input for field/attribute {name}. Value: {value}. {why}"


def starts(name: str, value: str = "") -> str:
    """The start of such a refusal, for values whose text is long."""
    return f"Invalid input for field/attribute {name}. Value: {value}..."


def invalid_query(name: str, value: str, why: str) -> str:
    return f"Invalid input for query parameters {name}. Value: {value}. {why}"


# Flavors


def flavor(says: str, status: int = 400, version: str = NEWEST, user: str = "admin", **changed: Any) -> Case:
    """A flavor that would be made but for what is changed; None leaves a key out."""
    body = {"name": "acc-refused", "ram": 64, "vcpus": 1, "disk": 1} | changed
    return Case(
        "POST", "/flavors", status, says, {"flavor": {k: v for k, v in body.items() if v is not None}}, version, user
    )


FLAVORS = [
    Case("GET", "/flavors/nope", 404, "Flavor nope could not be found."),
    Case("GET", "/flavors/nope/os-extra_specs", 404, "Flavor nope could not be found."),
    Case("GET", "/flavors?is_public=zz", 400, "Invalid is_public filter [zz]", version=NEWEST, user="admin"),
    Case("GET", "/flavors?marker=zz", 400, "marker [zz] not found", version=NEWEST),
    Case("GET", "/flavors/detail?marker=zz", 400, "marker [zz] not found"),
    Case("GET", "/flavors?limit=-1", 400, invalid_query("limit", "-1", "...")),
    Case("GET", "/flavors?limit=abc", 400, invalid_query("limit", "abc", "'abc' does not match '^[0-9]*$'")),
    Case("GET", "/flavors?minRam=abc", 400, "Invalid min..."),
    Case("GET", "/flavors?minDisk=abc", 400, "Invalid min..."),
    Case("GET", "/flavors?sort_dir=zz", 400, invalid_query("sort_dir", "zz", "'zz' is not one of ['asc', 'desc']")),
    Case(
        "GET", "/flavors?sort_key=zz", 400, version=NEWEST,
        says=invalid_query("sort_key", "zz", "'zz' is not one of ['created_at', 'description', 'disabled', "
                           "'ephemeral_gb', 'flavorid', 'id', 'is_public', 'memory_mb', 'name', 'root_gb', 'swap', "
                           "'updated_at', 'vcpu_weight', 'vcpus']"),
    ),
    Case("GET", "/flavors?zz=1", 400, UNEXPECTED.format("zz"), version="2.75"),
    flavor(NOT_ALLOWED.format("os-flavor-manage:create"), 403, user="demo"),
    flavor(invalid("ram", "0", "0 is less than the minimum of 1"), ram=0),
    flavor(invalid("ram", "2147483648", "2147483648 is greater than the maximum of 2147483647"), ram=2147483648),
    flavor(invalid("ram", "abc", "'abc' does not match '^[0-9]+$'"), ram="abc"),
    flavor(invalid("ram", "True", "True is not of type 'integer', 'string'"), ram=True),
    flavor(invalid("vcpus", "0", "0 is less than the minimum of 1"), vcpus=0),
    flavor(invalid("disk", "-1", "-1 is less than the minimum of 0"), disk=-1),
    flavor(invalid("name", "", "'' should be non-empty"), name=""),
    flavor(invalid("name", LONG, f"'{LONG}' is too long"), name=LONG),
    flavor(invalid("flavor", "{'ram': 64, 'vcpus': 1, 'disk': 1}", "'name' is a required property"), name=None),
    flavor(starts("flavor"), bogus="x"),
    flavor(starts("flavor"), version="2.54", description="from 2.55 on"),
    flavor("Flavor with name {flavor_name} already exists.", 409, name="{flavor_name}"),
    flavor("Flavor with ID {flavor} already exists.", 409, id="{flavor}"),
    Case("POST", "/flavors", 400, "'flavor' is a required property", {}, user="admin"),
    Case("POST", "/flavors", 400, invalid("flavor", "x", "'x' is not of type 'object'"), {"flavor": "x"}, user="admin"),
    Case("DELETE", "/flavors/{flavor}", 403, NOT_ALLOWED.format("os-flavor-manage:delete")),
    Case("DELETE", "/flavors/nope", 404, "Flavor nope could not be found.", user="admin"),
    Case("PUT", "/flavors/{flavor}", 404, GONE, {"flavor": {"description": "d"}}, "2.54", "admin"),
    Case(
        "GET", "/flavors/{flavor}/os-extra_specs/none", 404, "Flavor {flavor} has no extra specs with key none.",
        version=NEWEST,
    ),
    Case(
        "DELETE", "/flavors/{flavor}/os-extra_specs/none", 404, "Flavor {flavor} has no extra specs with key none.",
        user="admin",
    ),
    Case(
        "POST", "/flavors/{flavor}/os-extra_specs", 403, NOT_ALLOWED.format("os-flavor-extra-specs:create"),
        {"extra_specs": {"a": "b"}},
    ),
    Case(
        "POST", "/flavors/{flavor}/os-extra_specs", 400, version="2.86", user="admin",
        body={"extra_specs": {"hw:bogus": "1"}},
        says="Validation failed; extra spec 'hw:bogus' does not appear to be a valid extra spec.",
    ),
    Case(
        "POST", "/flavors/{flavor}/os-extra_specs", 400, version="2.86", user="admin",
        body={"extra_specs": {"hw:cpu_policy": "zzz"}},
        says="Validation failed; 'zzz' is not one of: dedicated, shared, mixed.",
    ),
    Case(
        "PUT", "/flavors/{flavor}/os-extra_specs/my:key", 400, "Request body and URI mismatch", {"my:other": "v"},
        NEWEST, "admin",
    ),
    Case(
        "GET", "/flavors/{flavor}/os-flavor-access", 404, "Access list not available for public flavors.",
        version=NEWEST, user="admin",
    ),
    Case(
        "POST", "/flavors/{flavor}/action", 409, "Can not add access to a public flavor.",
        {"addTenantAccess": {"tenant": "{project_id}"}}, NEWEST, "admin",
    ),
    Case(
        "POST", "/flavors/{flavor}/action", 403, NOT_ALLOWED.format("os-flavor-access:add_tenant_access"),
        {"addTenantAccess": {"tenant": "{project_id}"}}, NEWEST,
    ),
]  # fmt: skip

# Key pairs


def keypair(says: str, status: int = 400, version: str = "2.2", **fields: Any) -> Case:
    return Case("POST", "/os-keypairs", status, says, {"keypair": fields}, version)


KEYPAIRS = [
    keypair(invalid("keypair", "{'name': 'k'}", "'public_key' is a required property"), version="2.92", name="k"),
    keypair(invalid("name", "k!", r"'k!' does not match '^[_\\- a-zA-Z0-9]+$'"), version="2.1", name="k!"),
    keypair(invalid("name", "k@b.c", r"'k@b.c' does not match '^[_\\- a-zA-Z0-9]+$'"), version="2.91", name="k@b.c"),
    keypair(invalid("name", "", "'' should be non-empty"), name=""),
    keypair(invalid("name", LONG, f"'{LONG}' is too long"), name=LONG),
    keypair(invalid("name", "1", "1 is not of type 'string'"), name=1),
    keypair(invalid("name", "None", "None is not of type 'string'"), name=None),
    keypair(invalid("type", "bogus", "'bogus' is not one of ['ssh', 'x509']"), name="k", type="bogus"),
    keypair(
        invalid("keypair", "{'name': 'k', 'type': 'ssh'}", UNEXPECTED.format("type")),
        version="2.1", name="k", type="ssh",
    ),
    keypair("Keypair data is invalid: failed to generate fingerprint", name="k", public_key="garbage"),
    keypair("Key pair '{keypair}' already exists.", 409, "2.92", name="{keypair}", public_key=KEY),
    keypair(
        NOT_ALLOWED.format("os-keypairs:create"), 403, "2.10", name="k", public_key=KEY, user_id="{admin_id}"
    ),
    Case("POST", "/os-keypairs", 400, "'keypair' is a required property", {}),
    Case("POST", "/os-keypairs", 400, invalid("keypair", "x", "'x' is not of type 'object'"), {"keypair": "x"}),
    Case("GET", "/os-keypairs/none", 404, "Keypair none not found for user {user_id}"),
    Case("DELETE", "/os-keypairs/none", 404, "Keypair none not found for user {user_id}"),
    Case("GET", "/os-keypairs?marker=zz", 400, "Marker zz could not be found.", version="2.35"),
    Case("GET", "/os-keypairs?zz=1", 400, UNEXPECTED.format("zz"), version="2.75"),
    Case("GET", "/os-keypairs?user_id={admin_id}", 403, NOT_ALLOWED.format("os-keypairs:index"), version="2.10"),
]  # fmt: skip

# Servers


def boot(says: str, status: int = 400, version: str = NEWEST, **changed: Any) -> Case:
    """A server that would boot but for what is changed; None leaves a key out."""
    body = {"name": "x", "flavorRef": "{flavor}", "imageRef": "{image}", "networks": "none"} | changed
    return Case("POST", "/servers", status, says, {"server": {k: v for k, v in body.items() if v is not None}}, version)


BOOTS = [
    boot("Flavor nope could not be found.", flavorRef="nope"),
    boot("Can not find requested image", imageRef=NO_ID),
    boot(
        invalid("imageRef", "notauuid", "'notauuid' is not valid under any of the given schemas"), imageRef="notauuid"
    ),
    boot("Missing imageRef attribute", imageRef=""),
    boot("Invalid key_name provided.", key_name="nope"),
    boot(invalid("name", "", "'' should be non-empty"), name=""),
    boot(invalid("name", LONG, f"'{LONG}' is too long"), name=LONG),
    boot(invalid("name", "5", "5 is not of type 'string'"), name=5),
    boot(
        "An invalid 'name' value was provided. The name must be: printable characters. "
        "Can not start or end with whitespace.",
        name=" lead",
    ),
    boot(invalid("user_data", "not base64!!", "'not base64!!' is not a 'base64'"), user_data="not base64!!"),
    boot(invalid("k", "v" * 256, f"'{'v' * 256}' is too long"), metadata={"k": "v" * 256}),
    boot(starts("metadata"), metadata={"k" * 256: "v"}),
    boot(invalid("k", "1", "1 is not of type 'string'"), metadata={"k": 1}),
    boot("Maximum number of metadata items exceeds 128", 403, metadata={str(n): "v" for n in range(129)}),
    boot(
        invalid("networks", "bogus", "'bogus' is not valid under any of the given schemas"), networks="bogus"
    ),
    boot(starts("server"), networks=None),
    boot("The requested availability zone is not available", availability_zone="nozone"),
    boot("min_count must be <= max_count", min_count=3, max_count=2),
    boot(invalid("min_count", "0", "0 is less than the minimum of 1"), min_count=0),
    boot(invalid("0", "a" * 61, f"'{'a' * 61}' is too long"), tags=["a" * 61]),
    boot(starts("tags", "['0', '1', "), tags=[str(n) for n in range(51)]),
    boot(
        invalid(
            "server",
            "{'name': 'x', 'flavorRef': '{flavor}', 'imageRef': '{image}', 'networks': 'none', "
            "'personality': [{'path': '/a', 'contents': 'YQ=='}]}",
            UNEXPECTED.format("personality"),
        ),
        personality=[{"path": "/a", "contents": "YQ=="}],
    ),
    boot(
        "Personality file limit exceeded", 403, "2.56", personality=[{"path": "/a", "contents": "YQ=="}] * 6
    ),
    boot(
        invalid(
            "config_drive", "maybe",
            "'maybe' is not one of [True, 'True', 'TRUE', 'true', '1', 'ON', 'On', 'on', 'YES', 'Yes', 'yes', "
            "False, 'False', 'FALSE', 'false', '0', 'OFF', 'Off', 'off', 'NO', 'No', 'no']",
        ),
        config_drive="maybe",
    ),
    boot("Quota exceeded for ...", 403, min_count=11, max_count=11),
    Case("POST", "/servers", 400, "'server' is a required property", {}),
    Case("POST", "/servers", 400, "Malformed request body", "{not json", headers={"Content-Type": "application/json"}),
    Case(
        "POST", "/servers", 415, "Unsupported Content-Type", "<server/>", headers={"Content-Type": "application/xml"}
    ),
]  # fmt: skip

SERVERS = [
    Case("GET", "/servers/nope", 404, "Instance nope could not be found."),
    Case("GET", f"/servers/{NO_ID}", 404, f"Instance {NO_ID} could not be found."),
    Case("DELETE", f"/servers/{NO_ID}", 404, f"Instance {NO_ID} could not be found."),
    Case("PUT", f"/servers/{NO_ID}", 404, f"Instance {NO_ID} could not be found.", {"server": {"name": "y"}}),
    Case("POST", f"/servers/{NO_ID}/action", 404, f"Instance {NO_ID} could not be found.", {"os-stop": None}),
    Case("GET", "/servers/{other_server}", 404, "Instance {other_server} could not be found."),
    Case("DELETE", "/servers/{other_server}", 404, "Instance {other_server} could not be found."),
    Case(
        "PUT", "/servers/{server}", 400, invalid("name", "", "'' should be non-empty"), {"server": {"name": ""}}, NEWEST
    ),
    Case("GET", "/servers?status=BOGUS", 400, "Invalid status value", version=NEWEST),
    Case("GET", "/servers?sort_key=bogus", 400, version=NEWEST,
         says=invalid_query("sort_key", "bogus", "'bogus' is not one of [...")),
    Case("GET", "/servers?sort_dir=bogus", 400, version=NEWEST,
         says="Invalid input received: Unknown sort direction, must be 'desc' or 'asc'"),
    Case("GET", "/servers?changes-since=zz", 400, version=NEWEST,
         says=invalid_query("changes-since", "zz", "'zz' is not a 'date-time'")),
    Case("GET", "/servers?ip=(((", 400, invalid_query("ip", "(((", "'(((' is not a 'regex'"), version=NEWEST),
    Case("GET", "/servers?name=(((", 400, invalid_query("name", "(((", "'(((' is not a 'regex'")),
    Case("GET", "/servers?all_tenants=zz", 400, version=NEWEST, user="admin",
         says="Unrecognized value 'zz', acceptable values are: '0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', "
              "'true', 'y', 'yes'"),
    Case("GET", "/servers?all_tenants=1", 403, NOT_ALLOWED.format("servers:index:get_all_tenants")),
    Case("GET", "/servers/detail?all_tenants=1", 403, NOT_ALLOWED.format("servers:detail:get_all_tenants")),
    Case("GET", f"/servers?marker={NO_ID}", 400, f"marker [{NO_ID}] not found"),
    Case("GET", "/servers?limit=-1", 400, invalid_query("limit", "-1", "...")),
    Case("GET", "/servers?limit=abc", 400, invalid_query("limit", "abc", "'abc' does not match '^[0-9]*$'")),
    Case("GET", "/servers?foo=1", 400, "'foo' does not match any of the regexes: '^_'", version="2.75"),
    Case("GET", "/servers?block_device_mapping=x", 400, "Invalid filter field: block_device_mapping.", user="admin"),
    Case("GET", "/servers/{server}/metadata/zz", 404, "Metadata item was not found", version=NEWEST),
    Case("DELETE", "/servers/{server}/metadata/zz", 404, "Metadata item was not found", version=NEWEST),
    Case("PUT", "/servers/{server}/metadata/k1", 400, "Request body and URI mismatch", {"meta": {"k2": "v"}}, NEWEST),
    Case("POST", "/servers/{server}/metadata", 400, invalid("a", "1", "1 is not of type 'string'"),
         {"metadata": {"a": 1}}),
]  # fmt: skip


def action(says: str, status: int, body: Any, version: str = NEWEST, **headers: str) -> Case:
    return Case(
        "POST", "/servers/{server}/action", status, says, body, version,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )  # fmt: skip


def conflict(name: str) -> str:
    return f"Cannot '{name}' instance {{server}} while it is in vm_state active"


ACTIONS = [
    action(conflict("start"), 409, {"os-start": None}),
    action(conflict("confirmResize"), 409, {"confirmResize": None}),
    action(conflict("revertResize"), 409, {"revertResize": None}),
    action(
        invalid("type", "MEDIUM", "'MEDIUM' is not one of ['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft']"),
        400, {"reboot": {"type": "MEDIUM"}},
    ),
    action(invalid("reboot", "{}", "'type' is a required property"), 400, {"reboot": {}}),
    action("There is no such action: nosuch", 400, {"nosuch": None}),
    action("When resizing, instances must change flavor!", 400, {"resize": {"flavorRef": "{flavor}"}}),
    action("Flavor nope could not be found.", 400, {"resize": {"flavorRef": "nope"}}),
    action(invalid("resize", "{}", "'flavorRef' is a required property"), 400, {"resize": {}}),
    action(invalid("createImage", "{}", "'name' is a required property"), 400, {"createImage": {}}),
    action(
        invalid("rotation", "", "'' should be non-empty"), 400,
        {"createBackup": {"name": "n", "backup_type": "daily", "rotation": ""}},
    ),
    action("Malformed request body", 400, {"os-stop": None, "os-start": None}),
    action("Malformed request body", 400, {}),
    action("Malformed request body", 400, None),
    action("Malformed request body", 400, []),
    action("Malformed request body", 400, "{", Content_Type="application/json"),
    action("Unsupported Content-Type", 415, "<os-stop/>", Content_Type="application/xml"),
]  # fmt: skip

# The rest


def hint(name: str, value: object, detail: str) -> Case:
    """A boot with a hint for the scheduler that its schema refuses."""
    server = {"name": "n", "flavorRef": "{flavor}", "imageRef": "{image}"}
    body = {"server": server, "os:scheduler_hints": {name: value}}
    return Case("POST", "/servers", 400, invalid(name, str(value), detail), body)


HINTS = [
    hint("cidr", "24", "'24' does not match '^/[0-9a-f.:]+$'"),
    hint("different_cell", 1, "1 is not of type 'string', 'array'"),
    hint("query", None, "None is not of type 'string', 'object'"),
    hint("same_host", None, "None is not of type 'string', 'array'"),
    hint("build_near_host_ip", None, "None is not of type 'string'"),
    hint("build_near_host_ip", "x", "'x' is not valid under any of the given schemas"),
    hint("target_cell", "", "'' should be non-empty"),
]

OTHERS = [
    Case(
        "GET", "/os-hypervisors?limit=1&limit=2", 400,
        invalid_query("limit", "['1', '2']", "['1', '2'] is too long"), version=NEWEST, user="admin",
    ),
    Case(
        "GET", "/servers/{server}/os-instance-actions?marker=a&marker=b", 400,
        invalid_query("marker", "['a', 'b']", "['a', 'b'] is too long"), version=NEWEST,
    ),
    Case(
        "PUT", "/servers/{server}", 400,
        invalid("hostname", "", "'' does not match '^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$'"),
        {"server": {"hostname": ""}}, version="2.90",
    ),
    Case(
        "PUT", "/servers/{server}", 400,
        invalid("pinned_availability_zone", "True", "True is not valid under any of the given schemas"),
        {"server": {"pinned_availability_zone": True}}, version=NEWEST,
    ),
    Case("GET", "/limits?zz=1", 400, UNEXPECTED.format("zz"), version="2.75"),
    Case("GET", "/limits?tenant_id={admin_project_id}", 403, NOT_ALLOWED.format("limits:other_project")),
    Case("GET", "/extensions/nope", 404, GONE, version=NEWEST),
    Case("GET", "/extensions?zz=1", 400, UNEXPECTED.format("zz"), version="2.102"),
    Case("GET", f"/images/{NO_ID}", 404, "Image not found.", version="2.35"),
    Case("GET", "/images", 404, GONE, version="2.36"),
    Case("GET", "/images/{image}", 404, GONE, version=NEWEST),
    Case(
        "GET", "/deadbeef/flavors", 400,
        "Malformed request URL: URL's project_id 'deadbeef' doesn't match Context's project_id '{project_id}'",
    ),
]  # fmt: skip

ALL = FLAVORS + KEYPAIRS + BOOTS + SERVERS + ACTIONS + HINTS + OTHERS
