"""Clients of Mitaka at work, in a Python that has them: `mitaka_clients.py CLIENT AUTH_URL` prints one JSON object."""

from __future__ import annotations

import collections
import collections.abc
import json
import sys
from typing import Any

DOMAINS = {"user_domain_id": "default", "project_domain_id": "default"}


def keystone_v3(url: str) -> dict[str, Any]:
    from keystoneclient import session
    from keystoneclient.auth.identity import v3
    from keystoneclient.v3 import client

    auth = v3.Password(auth_url=url, username="admin", password="secret", project_name="admin", **DOMAINS)
    with_session = client.Client(session=session.Session(auth=auth))
    made = with_session.projects.create("made", "default", description="x")
    user = with_session.users.create("kim", domain="default", password="p", default_project=made)
    member = with_session.roles.find(name="member")
    with_session.roles.grant(member, user=user, project=made)
    kim = client.Client(username="kim", password="p", project_name="made", auth_url=url, **DOMAINS)
    with_session.users.delete(user)
    with_session.projects.delete(made)
    return {
        "users": [user.name for user in with_session.users.list()],
        "identity": kim.service_catalog.url_for(service_type="identity", endpoint_type="publicURL"),
        "compute": kim.service_catalog.url_for(service_type="compute", endpoint_type="publicURL"),
        "legacy": kim.service_catalog.url_for(service_type="compute_legacy", endpoint_type="publicURL"),
        "project": kim.project_id,
    }


def keystone_v2(url: str) -> dict[str, Any]:
    from keystoneclient.v2_0 import client

    admin = client.Client(username="admin", password="secret", tenant_name="admin", auth_url=url)
    made = admin.tenants.create("made")
    admin.tenants.delete(made.id)
    demo = client.Client(username="demo", password="secret", tenant_name="demo", auth_url=url)
    return {
        "users": [user.name for user in admin.users.list()],
        "tenants": [tenant.name for tenant in demo.tenants.list()],
        "compute": demo.service_catalog.url_for(service_type="compute", endpoint_type="publicURL"),
        "project": demo.tenant_id,
    }


def sdk(url: str) -> dict[str, Any]:
    for name in ("MutableMapping", "Mapping", "Callable"):
        setattr(collections, name, getattr(collections.abc, name))  # Python moved them in 3.10
    from openstack import connection

    domains = {} if url.endswith("/v2.0") else DOMAINS
    cloud = connection.Connection(auth_url=url, username="demo", password="secret", project_name="demo", **domains)
    admin = connection.Connection(auth_url=url, username="admin", password="secret", project_name="admin", **domains)
    flavor = cloud.compute.find_flavor("m1.nano")
    image = cloud.image.find_image("cirros-0.6.3-x86_64-disk")
    server = cloud.compute.create_server(name="old", flavor_id=flavor.id, image_id=image.id)
    server = cloud.compute.wait_for_server(server)
    listed = [server.name for server in cloud.compute.servers()]
    cloud.compute.delete_server(server)
    cloud.compute.wait_for_delete(server)
    return {
        "status": server.status,
        "servers": listed,
        "image": image.name,
        "users": [user.name for user in admin.identity.users()],
        "endpoints": {name: cloud.session.get_endpoint(service_type=name) for name in ("compute", "image")},
        "project": cloud.session.get_project_id(),
    }


if __name__ == "__main__":
    work = {"keystone_v3": keystone_v3, "keystone_v2": keystone_v2, "sdk": sdk}[sys.argv[1]]
    print(json.dumps(work(sys.argv[2])))
