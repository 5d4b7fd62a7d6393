"""Metadata definitions, with every `glance md-...` and `openstack image metadef ...` command."""

from __future__ import annotations

import json

import pytest

import glance_client
from cloud import Cloud
from glance_client import Glance
from openstack_client import IMAGE, Client, Starter


@pytest.fixture
def glance(glance_starter: glance_client.Starter, own: Cloud) -> Glance:
    """The administrator's `glance`."""
    return Glance(glance_starter, own, "admin")


class TestGlance:
    def test_namespaces(self, glance: Glance) -> None:
        assert "OS::Compute::Hypervisor" in glance("md-namespace-list", "--resource-types", "OS::Glance::Image").stdout
        made = glance("md-namespace-create", "N", "--visibility", "public", "--description", "d").fields()
        assert (made["namespace"], made["visibility"], made["protected"]) == ("N", "public", "False")
        glance("md-namespace-update", "N", "--namespace", "M", "--visibility", "public", "--display-name", "Em")
        assert glance("md-namespace-show", "M").fields()["display_name"] == "Em"
        file = glance.cloud.home / "namespace.json"
        file.write_text(json.dumps({"namespace": "I", "tags": [{"name": "t"}]}))
        assert glance("md-namespace-import", "--file", str(file)).fields()["namespace"] == "I"
        refused = Glance(glance.starter, glance.cloud, "demo").refused("md-namespace-create", "X")
        assert "You are not authorized to complete add_metadef_namespace action." in refused
        glance("md-namespace-delete", "I")
        glance("md-namespace-delete", "M")
        assert "not found" in glance.refused("md-namespace-show", "M")

    def test_what_is_in_a_namespace(self, glance: Glance) -> None:
        glance("md-namespace-create", "N", "--visibility", "public")
        definition = '{"enum": ["a", "b"]}'
        glance("md-property-create", "N", "--name", "p", "--title", "P", "--type", "string", "--schema", definition)
        assert glance("md-property-show", "N", "p").fields()["enum"] == '["a", "b"]'
        glance("md-property-update", "N", "p", "--name", "q", "--title", "Q", "--schema", '{"type": "string"}')
        assert [row["name"] for row in glance("md-property-list", "N").rows()] == ["q"]
        inner = '{"properties": {"a": {"title": "A", "type": "string"}}}'
        glance("md-object-create", "N", "--name", "o", "--schema", inner)
        assert glance("md-object-property-show", "N", "o", "a").fields()["title"] == "A"
        glance("md-object-update", "N", "o", "--name", "r", "--schema", inner)
        assert glance("md-object-show", "N", "r").fields()["name"] == "r"
        assert [row["name"] for row in glance("md-object-list", "N").rows()] == ["r"]
        glance("md-tag-create", "N", "--name", "t")
        glance("md-tag-update", "N", "t", "--name", "u")
        assert glance("md-tag-show", "N", "u").fields()["name"] == "u"
        # With `--append` this client ends before it sends anything: its header is no text.
        glance("md-tag-create-multiple", "N", "--names", "x,y", "--delim", ",")
        assert {row["name"] for row in glance("md-tag-list", "N").rows()} == {"x", "y"}
        glance("md-resource-type-associate", "N", "--name", "OS::Glance::Image", "--prefix", "n_")
        assert "OS::Glance::Image" in glance("md-resource-type-list").stdout
        assert "n_" in glance("md-namespace-resource-type-list", "N").stdout
        assert "n_q" in glance("md-namespace-show", "N", "--resource-type", "OS::Glance::Image").stdout
        glance("md-resource-type-deassociate", "N", "OS::Glance::Image")
        glance("md-tag-delete", "N", "x")
        glance("md-object-delete", "N", "r")
        glance("md-property-delete", "N", "q")
        for command in ("objects", "properties", "tags"):
            glance(f"md-namespace-{command}-delete", "N")
        assert glance("md-tag-list", "N").rows() == []
        glance("md-namespace-delete", "N")


class TestOpenStack:
    def test_namespaces(self, admin: Client, demo: Client) -> None:
        listed = admin.column("namespace", "image", "metadef", "namespace", "list")
        assert {"OS::Compute::VirtCPUTopology", "OS::Glance::Signatures"} <= set(listed)
        made = admin.json("image", "metadef", "namespace", "create", "O", "--public", "--description", "d")
        assert (made["namespace"], made["visibility"]) == ("O", "public")
        admin("image", "metadef", "namespace", "set", "O", "--display-name", "Oh", "--public", "--tag", "t")
        assert demo.json("image", "metadef", "namespace", "show", "O")["display_name"] == "Oh"
        admin("image", "metadef", "namespace", "unset", "O", "--tag", "t")
        assert "403" in demo.refused("image", "metadef", "namespace", "create", "X")
        admin("image", "metadef", "namespace", "delete", "O")
        assert "O" not in admin.column("namespace", "image", "metadef", "namespace", "list")

    def test_what_is_in_a_namespace(self, admin: Client) -> None:
        def run(*words: str) -> None:
            admin("image", "metadef", *words)

        run("namespace", "create", "O")
        run("property", "create", "O", "--name", "p", "--title", "P", "--type", "string", "--schema", "{}")
        assert admin.json("image", "metadef", "property", "show", "O", "p")["title"] == "P"
        run("property", "set", "O", "p", "--name", "q", "--title", "Q")
        assert admin.column("name", "image", "metadef", "property", "list", "O") == ["q"]
        run("object", "create", "o", "--namespace", "O")
        run("object", "update", "O", "o", "--name", "r")
        assert admin.json("image", "metadef", "object", "show", "O", "r")["name"] == "r"
        assert admin.column("name", "image", "metadef", "object", "list", "O") == ["r"]
        shown = admin.json(
            "image", "metadef", "object", "property", "show", "OS::Compute::Quota", "CPU Limits", "cpu_shares"
        )
        assert shown["type"] == "integer"
        run("resource", "type", "association", "create", "O", "T")
        assert admin.column("Name", "image", "metadef", "resource", "type", "association", "list", "O") == ["T"]
        assert "T" in admin.column("Name", "image", "metadef", "resource", "type", "list")
        run("resource", "type", "association", "delete", "O", "T")
        run("object", "delete", "O", "r")
        run("property", "delete", "O", "q")
        run("namespace", "delete", "O")


@pytest.mark.usefixtures("whole")
def test_every_command_has_been_run(glance_starter: glance_client.Starter, starter: Starter) -> None:
    names = {name for name in glance_starter.names if name.startswith("md-")}
    assert len(names) == 30
    assert names - glance_starter.succeeded == set()
    names = {name for name in starter.names[IMAGE] if name.startswith("image metadef ")}
    assert len(names) == 21
    assert names - starter.succeeded[IMAGE] == set()
