"""What Tempest needs to know of the cloud: the ids of what is seeded, the features that are there."""

from __future__ import annotations

import configparser
import json
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

from cloud import Cloud, program
from http_client import Http, endpoint

CONCURRENCY = 2
PASSWORD = "secret"
COMPLIANCE = {"lockout_failure_attempts": 2, "lockout_duration": 5, "unique_last_password_count": 2}
"""What the tests of Keystone's security compliance need the cloud to ask of logins."""


STORES = {
    "fast": {"type": "file", "weight": 200}, "slow": {"type": "file", "weight": 100},
    "web": {"type": "http", "weight": 50},
}  # fmt: skip
"""Two stores of the cloud's own, and one of images that other servers have."""


def image_settings() -> dict[str, Any]:
    """Images may be fetched from this machine, where the tests have their servers. They may hold any bytes: Tempest's
    tests of lists upload random ones under every format, and are skipped where that is refused."""
    hosts = ["127.0.0.1", *own_addresses()]
    return {
        "require_image_format_match": False, "show_multiple_locations": True,
        "enabled_backends": STORES, "default_backend": "fast",
        "import_filtering_opts": {"allowed_hosts": hosts, "allowed_ports": []},
    }  # fmt: skip


def own_addresses() -> list[str]:
    """The address under which Tempest serves an image, as it finds it: a connected UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("1.1.1.1", 80))
        except OSError:
            return []  # such tests are skipped
        return [probe.getsockname()[0]]


def workspace(out: Path) -> Path:
    """A directory as `tempest init` lays it out; made anew each time, as an old one remembers old runs."""
    path = out / "workspace"
    for old in (path, out / "workspaces.yaml"):
        shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
    subprocess.run(
        [
            program("tempest", "tempest"), "init", "--workspace-path", str(out / "workspaces.yaml"),
            "--name", "acceptance", str(path),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return path


def server_config(out: Path) -> Path:
    """A configuration with Keystone's security compliance and several stores; Tempest makes the accounts it needs."""
    path = out / "pocketstack.json"
    path.write_text(
        json.dumps({"identity": {"security_compliance": COMPLIANCE}, "image": image_settings()}, indent=2) + "\n"
    )
    return path


def plain(cloud: Cloud, workspace: Path, image_url: str) -> Path:
    """Writes tempest.conf as Tempest's guide to its configuration asks for, and returns its path: an administrator,
    where Keystone is, two images, two flavors, which services there are, that SSH reaches no server, and an image to
    fetch that needs no Internet. What the guide leaves to the sample file keeps its default."""
    token, document = cloud.http().token("admin")
    images = Http(endpoint(document, "image")).get("/v2/images?sort=created_at:asc", token).json()["images"]
    flavors = Http(endpoint(document, "compute")).get("/flavors", token).json()["flavors"]
    ids = {flavor["name"]: flavor["id"] for flavor in flavors}
    return save(
        workspace,
        {
            "DEFAULT": {"log_file": "tempest.log", "log_dir": workspace / "logs", "use_stderr": False},
            "oslo_concurrency": {"lock_path": workspace / "lock"},
            "auth": {
                "admin_username": "admin", "admin_password": PASSWORD, "admin_project_name": "admin",
                "admin_domain_name": "Default",
            },
            "identity": {"uri_v3": cloud.auth_url, "auth_version": "v3", "region": "RegionOne"},
            "service_available": {
                "nova": True, "glance": True, "neutron": False, "cinder": False, "swift": False, "horizon": False,
            },
            "compute": {
                "image_ref": images[0]["id"], "image_ref_alt": images[-1]["id"],
                "flavor_ref": ids["m1.nano"], "flavor_ref_alt": ids["m1.micro"],
                "min_microversion": "2.1", "max_microversion": "latest",
            },
            "image": {"http_image": image_url, "http_qcow2_image": image_url},
            "validation": {"run_validation": False},
        },
    )  # fmt: skip


def save(workspace: Path, values: dict[str, dict[str, Any]]) -> Path:
    """Writes tempest.conf into a workspace and returns its path."""
    conf = configparser.ConfigParser(interpolation=None, default_section="no such section")
    conf.read_dict({section: {key: str(value) for key, value in keys.items()} for section, keys in values.items()})
    path = workspace / "etc" / "tempest.conf"
    with open(path, "w") as file:
        conf.write(file)
    return path


def write(cloud: Cloud, workspace: Path, image_url: str) -> Path:
    """Writes tempest.conf for a running cloud and an image that can be fetched, and returns its path."""
    token, document = cloud.http().token("admin")
    images = Http(endpoint(document, "image")).get("/v2/images?sort=created_at:asc", token).json()["images"]
    flavors = Http(endpoint(document, "compute")).get("/flavors/detail", token).json()["flavors"]
    flavors.sort(key=lambda flavor: (flavor["ram"], flavor["disk"]))
    small = [flavor["id"] for flavor in flavors if flavor["disk"] > 0][:2]
    values: dict[str, dict[str, Any]] = {
        "DEFAULT": {"log_file": "tempest.log", "log_dir": workspace / "logs", "use_stderr": False},
        "oslo_concurrency": {"lock_path": workspace / "lock"},
        "auth": {
            "use_dynamic_credentials": True, "create_isolated_networks": False,
            "default_credentials_domain_name": "Default", "admin_username": "admin", "admin_password": PASSWORD,
            "admin_project_name": "admin", "admin_domain_name": "Default",
        },
        "identity": {
            "uri_v3": cloud.auth_url, "uri": cloud.auth_url, "auth_version": "v3", "region": "RegionOne",
            "admin_role": "admin", "default_domain_id": "default",
            "user_lockout_failure_attempts": COMPLIANCE["lockout_failure_attempts"],
            "user_lockout_duration": COMPLIANCE["lockout_duration"],
            "user_unique_last_password_count": COMPLIANCE["unique_last_password_count"],
        },
        "identity-feature-enabled": {
            "api_v2": False, "api_v3": True, "trust": True, "access_rules": True, "security_compliance": True,
        },
        "service_available": {
            "nova": True, "glance": True, "neutron": False, "cinder": False, "swift": False, "horizon": False,
        },
        "enforce_scope": {"nova": True, "glance": True, "keystone": True},
        "compute": {
            "image_ref": images[0]["id"], "image_ref_alt": images[-1]["id"],
            "flavor_ref": small[0], "flavor_ref_alt": small[1],
            "min_microversion": "2.1", "max_microversion": "latest", "build_interval": 1, "build_timeout": 60,
        },
        "compute-feature-enabled": {
            "resize": True, "snapshot": True, "console_output": True, "config_drive": True, "change_password": True,
        },
        "image": {
            "build_interval": 1, "build_timeout": 60, "image_caching_enabled": True,
            "http_image": image_url, "http_qcow2_image": image_url,
        },
        "image-feature-enabled": {
            "image_format_enforcement": False,
            "manage_locations": True, "http_store_enabled": True, "do_secure_hash": True,
            "store_weight_enabled": True,
        },
        "validation": {"run_validation": False},
    }  # fmt: skip
    return save(workspace, values)
