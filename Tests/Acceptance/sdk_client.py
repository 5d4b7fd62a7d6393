"""Connections of openstacksdk, as a program has them."""

from __future__ import annotations

import openstack.connection
from openstack.connection import Connection

from cloud import Cloud


def connect(cloud: Cloud, user: str, password: str = "secret", project: str | None = None) -> Connection:
    return openstack.connection.Connection(
        auth={
            "auth_url": cloud.auth_url, "username": user, "password": password, "project_name": project or user,
            "user_domain_name": "Default", "project_domain_name": "Default",
        },
        region_name="RegionOne",
        identity_api_version="3",
    )  # fmt: skip
