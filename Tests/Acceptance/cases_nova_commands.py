"""The `nova` commands that cannot do their work on this cloud, with what they print instead and why.

test_compute_commands.py runs each, and takes the table for the list of all commands that never end well.
"""

from __future__ import annotations

from dataclasses import dataclass

ALL = ("18.13.1", "7.1.2", "6.0.2")
OLD = ("7.1.2", "6.0.2")

GONE = "This resource is no longer available. No forwarding address is given. (HTTP 410)"
ABSENT = "Not found (HTTP 404)"
ID = "0d5c4e43-6f0c-4f0f-9c0b-7f7b0f0e0001"


@dataclass(frozen=True)
class Refused:
    """A command line, in which `one` is a server; what it prints; why it cannot work; the clients that have it."""

    command: str
    says: str
    why: str
    versions: tuple[str, ...] = ALL

    @property
    def name(self) -> str:
        return self.command.split()[0]


def gone(why: str, *commands: str, versions: tuple[str, ...] = OLD) -> list[Refused]:
    """What today's Nova answers with 410, as its code is gone."""
    return [Refused(command, GONE, why, versions) for command in commands]


def absent(why: str, *commands: str, versions: tuple[str, ...] = OLD) -> list[Refused]:
    """What Nova asks another service for, and this cloud does not serve."""
    return [Refused(command, ABSENT, why, versions) for command in commands]


REFUSED = [
    # Nova of today has none of it.
    *gone(
        "agents of XenServer guests went with Nova 23",
        "agent-list",
        "agent-create linux x86 1 http://127.0.0.1/a 0cc175b9c0f1b6a831c399e269772661 xen",
        "agent-modify 1 2 http://127.0.0.1/a 0cc175b9c0f1b6a831c399e269772661",
        "agent-delete 1",
        versions=ALL,
    ),
    *gone("resetting a guest's network went with XenServer in Nova 23", "reset-network one", versions=ALL),
    *gone("cells of version 1 went with Nova 20", "cell-show a", "cell-capacities"),
    *gone("cloudpipe went with Nova 16", "cloudpipe-list", "cloudpipe-create p", "cloudpipe-configure 127.0.0.1 1"),
    *gone("certificates of nova-cert went with Nova 16", "x509-create-cert", "x509-get-root-cert none.pem"),
    *gone(
        "nova-network went with Nova 18",
        "dns-domains",
        "dns-create-private-domain d",
        "dns-create-public-domain d",
        "dns-delete-domain d",
        "dns-create 10.0.0.1 n d",
        "dns-list d --name n",
        "dns-delete d n",
        "fixed-ip-get 10.0.0.1",
        "fixed-ip-reserve 10.0.0.1",
        "fixed-ip-unreserve 10.0.0.1",
        "floating-ip-bulk-list",
        "floating-ip-bulk-create 10.0.0.0/30",
        "floating-ip-bulk-delete 10.0.0.0/30",
        "network-create n --fixed-range-v4 10.0.0.0/24",
        "network-associate-host n h",
        "network-associate-project p",
        "network-disassociate n",
        "net-create n 10.0.0.0/24",
        "net-delete n",
        "tenant-network-create n 10.0.0.0/24",
        "tenant-network-delete n",
        "secgroup-list-default-rules",
        "secgroup-add-default-rule tcp 22 22 10.0.0.0/8",
        "secgroup-delete-default-rule tcp 22 22 10.0.0.0/8",
        "virtual-interface-list one",
    ),
    # Nova hands it on to Neutron, which this cloud does not have.
    *absent(
        "needs Neutron",
        "floating-ip-list",
        "floating-ip-create",
        "floating-ip-delete 10.0.0.1",
        "floating-ip-pool-list",
        "net n",
        "net-list",
        "tenant-network-list",
        "tenant-network-show n",
        "network-list",
        "scrub p",
        "secgroup-list",
        "secgroup-create a b",
        "secgroup-update a b c",
        "secgroup-delete a",
        "secgroup-list-rules a",
        "secgroup-add-rule a tcp 22 22 10.0.0.0/8",
        "secgroup-delete-rule a tcp 22 22 10.0.0.0/8",
        "secgroup-add-group-rule a b tcp 22 22",
        "secgroup-delete-group-rule a b tcp 22 22",
    ),
    *absent(
        "needs Neutron",
        "list-secgroup one",
        "interface-list one",
        "interface-attach one",
        f"interface-detach one {ID}",
        versions=ALL,
    ),
    Refused("add-secgroup one default", "There is no such action: addSecurityGroup (HTTP 400)", "needs Neutron"),
    Refused("remove-secgroup one default", "There is no such action: removeSecurityGroup (HTTP 400)", "needs Neutron"),
    Refused("add-fixed-ip one n", "There is no such action: addFixedIp (HTTP 400)", "needs Neutron", OLD),
    Refused("remove-fixed-ip one 10.0.0.1", "There is no such action: removeFixedIp (HTTP 400)", "needs Neutron", OLD),
    *(
        Refused(command, f"There is no such action: {action} (HTTP 400)", "needs Neutron", versions)
        for command, action, versions in [
            ("floating-ip-associate one 10.0.0.1", "addFloatingIp", OLD),
            ("floating-ip-disassociate one 10.0.0.1", "removeFloatingIp", OLD),
            ("add-floating-ip one 10.0.0.1", "addFloatingIp", ("6.0.2",)),
            ("remove-floating-ip one 10.0.0.1", "removeFloatingIp", ("6.0.2",)),
        ]
    ),
    Refused("ssh one", "Server 'one' is not attached to any network.", "needs Neutron"),
    Refused("network-show n", "No network with a name or ID of 'n' exists.", "needs Neutron", OLD),
    Refused("network-delete n", "No network with a name or ID of 'n' exists.", "needs Neutron", OLD),
    *absent("needs Ironic", "baremetal-node-list", f"baremetal-interface-list {ID}"),
    Refused(
        f"baremetal-node-show {ID}", f"No baremetalnode with a name or ID of '{ID}' exists.", "needs Ironic", OLD
    ),
    *absent(
        "needs Cinder",
        f"volume-attach one {ID}",
        "volume-attachments one",
        f"volume-detach one {ID}",
        f"volume-update one {ID} {ID}",
        versions=ALL,
    ),
    # What it works on is a second host, or something that only another host can begin.
    Refused(
        "live-migration-abort one 1", "while it is in task_state None (HTTP 409)",
        "needs a second host: only a live migration that is under way can be aborted",
    ),
    Refused(
        "live-migration-force-complete one 1", "while it is in task_state None (HTTP 409)",
        "needs a second host: only a live migration that is under way can be forced to its end",
    ),
    Refused(
        "server-migration-show one 1", "In-progress live migration 1 is not found for server",
        "needs a second host: only live migrations that are under way are shown",
    ),
    # As on a real host with its defaults.
    Refused(
        "shelve-offload one", "while it is in vm_state active (HTTP 409)",
        "a shelved server leaves its host at once (shelved_offload_time is 0), so that none is left to offload",
    ),
    Refused("host-action pocketstack --action reboot", "(HTTP 501)", "no driver of today powers its host", OLD),
    Refused("host-update pocketstack --status disable", "(HTTP 501)", "no driver of today disables its host", OLD),
    *(
        Refused(f"get-{kind}-console one{' ' + name if named else ''}", "HTTP 400", "the host offers VNC consoles only")
        for kind, name, named in [
            ("spice", "spice-html5", True), ("rdp", "rdp-html5", True), ("serial", "serial", False),
            ("mks", "webmks", False),
        ]
    ),
]  # fmt: skip

NAMES = {version: {refused.name for refused in REFUSED if version in refused.versions} for version in ALL}
"""The commands of each client that never end well."""
