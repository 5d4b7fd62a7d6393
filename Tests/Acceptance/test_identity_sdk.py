"""Keystone's resources as a program that uses openstacksdk has them: `conn.identity` and the SDK's own exceptions."""

from __future__ import annotations

from collections.abc import Iterator

import openstack.connection
import pytest
from openstack import exceptions
from openstack.connection import Connection

from cloud import Cloud
from sdk_client import connect


@pytest.fixture(scope="module")
def conn(own: Cloud) -> Iterator[Connection]:
    made = connect(own, "admin")
    yield made
    made.close()


@pytest.fixture(scope="module")
def ordinary(own: Cloud) -> Iterator[Connection]:
    made = connect(own, "demo")
    yield made
    made.close()


def test_domains_and_projects(conn: Connection) -> None:
    identity = conn.identity
    domain = identity.create_domain(name="north", description="Far up")
    project = identity.create_project(name="igloo", domain_id=domain.id, tags=["cold"], is_enabled=True)
    assert (project.domain_id, project.parent_id, project.tags) == (domain.id, domain.id, ["cold"])
    assert [found.id for found in identity.projects(domain_id=domain.id)] == [project.id]
    assert identity.update_project(project, description="White").description == "White"
    assert identity.get_project(project.id).description == "White"
    with pytest.raises(exceptions.ConflictException, match="two projects"):
        identity.create_project(name="igloo", domain_id=domain.id)
    with pytest.raises(exceptions.ForbiddenException, match="Cannot delete a domain that is enabled"):
        identity.delete_domain(domain)
    identity.delete_project(project, ignore_missing=False)
    with pytest.raises(exceptions.NotFoundException, match="Could not find project"):
        identity.get_project(project.id)
    identity.update_domain(domain, is_enabled=False)
    identity.delete_domain(domain, ignore_missing=False)
    assert domain.id not in [found.id for found in identity.domains()]


def test_users_groups_roles_and_assignments(conn: Connection, own: Cloud) -> None:
    identity = conn.identity
    project = identity.find_project("demo", ignore_missing=False)
    user = identity.create_user(name="ann", password="first", email="ann@example.org", default_project_id=project.id)
    group = identity.create_group(name="choir", description="Those who sing")
    role = identity.create_role(name="singer", description="Sings")
    assert (user.email, user.is_enabled) == ("ann@example.org", True)
    assert [found.id for found in identity.users(name="ann")] == [user.id]
    assert [found.name for found in identity.groups()] == ["choir"]

    assert identity.check_user_in_group(user, group) is False
    identity.add_user_to_group(user, group)
    assert identity.check_user_in_group(user, group) is True
    assert [found.id for found in identity.group_users(group)] == [user.id]
    assert [found.id for found in identity.user_groups(user)] == [group.id]

    identity.assign_project_role_to_group(project=project, group=group, role=role)
    assert identity.validate_group_has_project_role(project=project, group=group, role=role)
    (effective,) = identity.role_assignments(
        user_id=user.id, scope_project_id=project.id, effective=True, include_names=True
    )
    assert (effective.role["name"], effective.user["name"]) == ("singer", "ann")
    assert [found.id for found in connect(own, "ann", "first", "demo").identity.user_projects(user)] == [project.id]
    identity.unassign_project_role_from_group(project=project, group=group, role=role)
    assert not identity.validate_group_has_project_role(project=project, group=group, role=role)

    identity.assign_system_role_to_user(system="all", user=user, role=role)
    (system,) = identity.role_assignments(user_id=user.id, scope_system="all")
    assert system.scope == {"system": {"all": True}}
    identity.unassign_system_role_from_user(system="all", user=user, role=role)
    identity.assign_domain_role_to_user(domain="default", user=user, role=role)
    assert [found.id for found in identity.role_assignments_filter(domain="default", user=user)] == [role.id]
    identity.unassign_domain_role_from_user(domain="default", user=user, role=role)

    identity.update_user(user, password="second", name="anna")
    assert identity.find_user("anna", ignore_missing=False).id == user.id
    identity.remove_user_from_group(user, group)
    for delete, resource in (
        (identity.delete_role, role), (identity.delete_group, group), (identity.delete_user, user),
    ):  # fmt: skip
        delete(resource, ignore_missing=False)
        with pytest.raises(exceptions.NotFoundException):
            delete(resource, ignore_missing=False)
    with pytest.raises(exceptions.BadRequestException):
        identity.create_user(name="")


def test_credentials_and_application_credentials(ordinary: Connection, own: Cloud) -> None:
    identity, user = ordinary.identity, ordinary.current_user_id
    credential = identity.create_credential(type="note", blob="x", user_id=user)
    assert identity.get_credential(credential.id).blob == "x"
    assert identity.update_credential(credential, blob="y").blob == "y"
    assert [found.id for found in identity.credentials(user_id=user)] == [credential.id]
    identity.delete_credential(credential, ignore_missing=False)
    assert list(identity.credentials()) == []

    made = identity.create_application_credential(user, "backup", roles=[{"name": "member"}], description="d")
    assert len(made.secret) == 86 and {role["name"] for role in made.roles} == {"member", "reader"}
    assert [found.id for found in identity.application_credentials(user)] == [made.id]
    program = openstack.connection.Connection(
        auth_type="v3applicationcredential",
        auth={
            "auth_url": own.auth_url, "application_credential_id": made.id,
            "application_credential_secret": made.secret,
        },
        identity_api_version="3",
    )  # fmt: skip
    assert (program.current_user_id, program.current_project_id) == (user, ordinary.current_project_id)
    with pytest.raises(exceptions.ForbiddenException):
        program.identity.create_application_credential(user, "child")
    identity.delete_application_credential(user, made, ignore_missing=False)
    assert identity.find_application_credential(user, "backup", ignore_missing=True) is None
    program.close()


def test_the_catalog(conn: Connection, own: Cloud) -> None:
    identity = conn.identity
    region = identity.create_region(id="Isle", description="Small")
    service = identity.create_service(name="designate", type="dns", description="Names")
    endpoint = identity.create_endpoint(
        service_id=service.id, interface="public", url="http://127.0.0.1:9/dns", region_id="RegionOne"
    )
    assert identity.find_service("designate", ignore_missing=False).type == "dns"
    assert [found.id for found in identity.endpoints(service_id=service.id)] == [endpoint.id]
    assert connect(own, "demo").endpoint_for("dns") == "http://127.0.0.1:9/dns"
    identity.update_endpoint(endpoint, is_enabled=False)
    assert connect(own, "demo").endpoint_for("dns") is None
    assert identity.update_service(service, description="More").description == "More"
    assert identity.update_region(region, description="Smaller").description == "Smaller"
    assert {found.id for found in identity.regions()} == {"RegionOne", "Isle"}
    identity.delete_endpoint(endpoint, ignore_missing=False)
    identity.delete_service(service, ignore_missing=False)
    identity.delete_region(region, ignore_missing=False)
    assert identity.find_region("Isle", ignore_missing=True) is None


def test_limits(conn: Connection, ordinary: Connection) -> None:
    identity = conn.identity
    service = identity.find_service("nova", ignore_missing=False).id
    registered = identity.create_registered_limit(service_id=service, resource_name="vms", default_limit=10)
    limit = identity.create_limit(
        service_id=service, resource_name="vms", resource_limit=3, project_id=ordinary.current_project_id
    )
    assert identity.update_limit(limit, resource_limit=4).resource_limit == 4
    assert [found.resource_limit for found in ordinary.identity.limits()] == [4]
    with pytest.raises(exceptions.ForbiddenException, match="there are project limits associated with it"):
        identity.delete_registered_limit(registered, ignore_missing=False)
    identity.delete_limit(limit, ignore_missing=False)
    assert identity.update_registered_limit(registered, default_limit=20).default_limit == 20
    identity.delete_registered_limit(registered, ignore_missing=False)
    assert list(identity.registered_limits()) == []


def test_what_an_ordinary_user_may_not(ordinary: Connection) -> None:
    with pytest.raises(exceptions.ForbiddenException, match="identity:list_users"):
        list(ordinary.identity.users())
    with pytest.raises(exceptions.ForbiddenException, match="identity:create_project"):
        ordinary.identity.create_project(name="mine")
    assert ordinary.identity.get_user(ordinary.current_user_id).name == "demo"
