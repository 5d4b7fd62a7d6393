"""What Tempest needs to know of the cloud: its accounts, the ids of what is seeded, the features that are there."""

from __future__ import annotations

import configparser
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from cloud import Cloud, program
from http_client import Http, endpoint

CONCURRENCY = 2
PASSWORD = "secret"
PROJECTS = 3 * CONCURRENCY
"""A test class takes up to three accounts, each best in a project of its own."""


def accounts() -> list[dict[str, Any]]:
    """Who is seeded and handed to Tempest: members first, as it takes the first free one when it does not care."""
    members = [_account(f"tempest-member-{n}", f"tempest-{n}", "member") for n in range(PROJECTS)]
    readers = [_account(f"tempest-reader-{n}", f"tempest-{n}", "reader") for n in range(PROJECTS)]
    admins = [_account(f"tempest-admin-{n}", f"tempest-admin-{n}", "admin") for n in range(CONCURRENCY)]
    return members + readers + admins


def _account(user: str, project: str, role: str) -> dict[str, Any]:
    return {
        "username": user, "password": PASSWORD, "project_name": project,
        "user_domain_name": "Default", "project_domain_name": "Default", "roles": [role],
    }  # fmt: skip


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
    """A configuration that seeds the accounts beside admin and demo, as users cannot be made through the API yet."""
    whole = {"roles": {"admin": ["admin"]}, "domain_roles": {"default": ["admin"]}, "system_roles": ["admin"]}
    users: list[dict[str, Any]] = [
        {"name": "admin", "password": PASSWORD} | whole,
        {"name": "demo", "password": PASSWORD, "roles": {"demo": ["member"]}},
    ]
    projects = ["admin", "demo", "service"]
    for account in accounts():
        project = account["project_name"]
        if project not in projects:
            projects.append(project)
        users.append({"name": account["username"], "password": PASSWORD, "roles": {project: account["roles"]}})
    path = out / "pocketstack.json"
    seed = {"projects": [{"name": name} for name in projects], "users": users}
    path.write_text(json.dumps({"seed": seed}, indent=2) + "\n")
    return path


def write(cloud: Cloud, workspace: Path) -> Path:
    """Writes tempest.conf and accounts.yaml (JSON is YAML) for a running cloud, and returns the former."""
    etc = workspace / "etc"
    accounts_file = etc / "accounts.yaml"
    accounts_file.write_text(json.dumps(accounts(), indent=2))
    token, document = cloud.http().token("admin")
    images = Http(endpoint(document, "image")).get("/v2/images?sort=created_at:asc", token).json()["images"]
    flavors = Http(endpoint(document, "compute")).get("/flavors/detail", token).json()["flavors"]
    flavors.sort(key=lambda flavor: (flavor["ram"], flavor["disk"]))
    small = [flavor["id"] for flavor in flavors if flavor["disk"] > 0][:2]
    values: dict[str, dict[str, Any]] = {
        "DEFAULT": {"log_file": "tempest.log", "log_dir": workspace / "logs", "use_stderr": False},
        "oslo_concurrency": {"lock_path": workspace / "lock"},
        "auth": {
            "use_dynamic_credentials": False, "test_accounts_file": accounts_file,
            "default_credentials_domain_name": "Default", "create_isolated_networks": False,
            "admin_username": "admin", "admin_password": PASSWORD, "admin_project_name": "admin",
            "admin_domain_name": "Default",
        },
        "identity": {
            "uri_v3": cloud.auth_url, "uri": cloud.auth_url, "auth_version": "v3", "region": "RegionOne",
            "admin_role": "admin", "default_domain_id": "default",
        },
        "identity-feature-enabled": {"api_v2": False, "api_v3": True, "access_rules": True},
        "service_available": {
            "nova": True, "glance": True, "neutron": False, "cinder": False, "swift": False, "horizon": False,
        },
        "enforce_scope": {"nova": True, "glance": True, "keystone": True},
        "compute": {
            "image_ref": images[0]["id"], "image_ref_alt": images[-1]["id"],
            "flavor_ref": small[0], "flavor_ref_alt": small[1],
            "min_microversion": "2.1", "max_microversion": "latest", "build_interval": 1, "build_timeout": 60,
        },
        "compute-feature-enabled": {"resize": True, "snapshot": True, "console_output": True, "config_drive": True},
        "image": {"build_interval": 1, "build_timeout": 60},
        "image-feature-enabled": {"image_format_enforcement": False},  # any bytes may be uploaded, as before 2025
        "validation": {"run_validation": False},
    }  # fmt: skip
    conf = configparser.ConfigParser(interpolation=None, default_section="no such section")
    conf.read_dict({section: {key: str(value) for key, value in keys.items()} for section, keys in values.items()})
    path = etc / "tempest.conf"
    with open(path, "w") as file:
        conf.write(file)
    return path
