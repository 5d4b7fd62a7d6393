"""Writes reference.jsonl: what Nova's own code makes of servers' names, public keys, links to flavors, and NUMA nodes.

    pip install nova
    python Tests/ComputeServiceTests/reference.py [--names 2000 --keys 600 --links 1000 --topologies 3000 --seed 7]

Each line is a list: what it is of (`name`, `key`, `link`, `topology`), the input, and the host name, the fingerprint,
the id, or the nodes or the words that refuse them; `null` for a key that is refused and for a server without nodes.
Let the test read a larger one by REFERENCE_TABLE.
"""

import argparse
import base64
import json
import random
import struct
import warnings
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from nova import crypto, exception, objects, utils
from nova.api.openstack import common
from nova.virt import hardware

warnings.simplefilter("ignore")
objects.register_all()

HARD_NAMES = [
    "web",
    "Web Server_1.example.com",
    "MÜNCHEN",
    "straße ÀÉ×÷",
    "½ ¼ ¾ ª º µ ¹²³",
    "漢字",
    "-.-",
    "..a..",
    "é" * 70,
    "e\u0301tude",
    "x" * 62 + ". .y",
    "漢" * 70 + "a",
    "İstanbul",
    "K\u212bm",
    "a\tb\nc",
    "--a--",
    "¡hola! ¿qué?",
    "x" * 300,
]
CHARACTERS = "abzABZ019-_. ÀÖ×ØÞßàö÷øÿªµº²³¹¼½¾¿¡\u00ad\u00a0\t\n漢Āſİ\u0301😀/@:"
HARD_LINKS = [
    "http://openstack.example.com/flavors/1",
    "http://h/v2.1/flavors/m1.tiny?x=/y#/z",
    "//h/flavors/7",
    "flavors/7",
    "7",
    "http://h/flavors/7/",
    "http://h",
    "m1 tiny",
    " 7",
    "7 ",
    "h:7",
    "1:7",
    "h:/a/7;p?q",
    "#7",
    "a#b/c",
    "a?b/c",
    "/",
    "",
    "http:\t//h/\n7",
    "hé://x/7",
    "\u00a07",
    "http://h?x/7",
    "http://h#x/7",
]


def string(data):
    return struct.pack(">I", len(data)) + data


def number(value):
    return string(value.to_bytes((value.bit_length() + 8) // 8, "big") if value else b"")


class Keys:
    """Makes lines that are public keys, and lines that are nearly so."""

    def __init__(self, chance):
        self.chance = chance
        self.lines = [self.line(*blob) for blob in self.blobs()]

    @staticmethod
    def line(kind, blob, inner=None):
        return kind + " " + base64.b64encode(string((inner or kind).encode()) + blob).decode()

    def odd(self, bits):
        return self.chance.getrandbits(bits) | 1 | 1 << (bits - 1)

    def blobs(self):
        small = self.odd(257)
        yield "ssh-rsa", number(65537) + number(self.odd(1024))
        for exponent in (0, 1, 2, 3, 4, 5, small, small - 2, small + 2):
            yield "ssh-rsa", number(exponent) + number(small)
        yield "ssh-rsa", string(b"\0\1\0\1") + number(small & ~1)
        yield "ssh-rsa", number(65537) + string(b"\x80" + bytes(31))
        yield "ssh-rsa", number(65537) + number(small) + b"\0"
        yield "ssh-rsa", number(65537)
        yield "ssh-ed25519", string(bytes(32))
        yield "ssh-ed25519", string(b"\xff" * 31)
        yield "ssh-ed25519", string(bytes(32)), "ssh-rsa"
        point = ed25519.Ed25519PrivateKey.from_private_bytes(self.chance.randbytes(32)).public_key()
        point = point.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        for use in (b"ssh:", b"ssh:me", b"web:", b""):
            yield "sk-ssh-ed25519@openssh.com", string(point) + string(use)
        for name, curve in (("nistp256", ec.SECP256R1()), ("nistp384", ec.SECP384R1()), ("nistp521", ec.SECP521R1())):
            secret = self.chance.getrandbits(200) | 1
            key = ec.derive_private_key(secret, curve).public_key()
            whole = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
            short = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
            kind = "ecdsa-sha2-" + name
            yield kind, string(name.encode()) + string(whole)
            yield kind, string(name.encode()) + string(short)
            yield kind, string(b"nistp255") + string(whole)
            yield kind, string(name.encode()) + string(whole[:-1] + bytes([whole[-1] ^ 1]))
            yield kind, string(name.encode()) + string(b"")
            if name == "nistp256":
                yield "sk-ecdsa-sha2-nistp256@openssh.com", string(name.encode()) + string(whole) + string(b"ssh:")
        p, q = self.odd(1024), self.odd(160)
        yield "ssh-dss", number(p) + number(q) + number(5) + number(7)
        yield "ssh-dss", number(p >> 1) + number(q) + number(5) + number(7)
        yield "ssh-dss", number(p) + number(q >> 1) + number(5) + number(7)
        yield "ssh-dss", number(p) + number(q) + number(1) + number(7)
        yield "ssh-dss", number(p) + number(q) + number(p) + number(7)
        yield "ssh-dsa", number(p) + number(q) + number(5) + number(7)

    def variants(self):
        key = self.lines[0]
        kind, body = key.split(" ")
        yield from self.lines
        yield from (" " + key, "\t" + key, "\n" + key, key + "\n", key + " me@here", key + "  ", "\u00a0" + key)
        yield from (kind + "  " + body, kind + "\t" + body, kind + "\t" + body + " AAAA", kind + " \t" + body)
        yield from (kind + "\n" + body, kind + "\v" + body, kind + "\t" + body + " AAA", kind + " " + body + "\tx y")
        yield from (kind, body, "", " ", kind + " ", kind + "\u00a0" + body, "é" + key, key + " é", key + "é")
        yield from (kind + " " + body[:20] + "é" + body[20:], kind + " " + body[:20] + "*" + body[20:])
        yield from (kind + " " + body.rstrip("="), kind + " " + body + "=", kind + " " + body + "====", key[:-1])
        yield from ("\u0130 " + body, kind.upper() + " " + body, 'command="ls" ' + key, "# " + key, key + "\r\n" + key)

    def any(self):
        line = self.chance.choice(self.lines)
        for _ in range(self.chance.randrange(3)):
            place = self.chance.randrange(len(line) + 1) if self.chance.random() < 0.5 else line.find(" ")
            cut = place + self.chance.randrange(2)
            line = line[:place] + self.chance.choice([" ", "\t", "\n", "=", "A", "é", "", "-", "  "]) + line[cut:]
        return line


def fingerprint(line):
    try:
        return crypto.generate_fingerprint(line)
    except exception.InvalidKeypair:
        return None


def topology(case):
    """The nodes as [CPUs, memory, pinned CPUs], and the size of pages on a host that has those of 4 kB and 2 MB."""
    flavor = objects.Flavor(vcpus=case["cpus"], memory_mb=case["memory"], name="f", extra_specs=case["specs"])
    image = objects.ImageMeta.from_dict({"name": "i", "properties": case["properties"]})
    try:
        made = hardware.numa_get_constraints(flavor, image)
    except exception.NovaException as refusal:
        return refusal.format_message()
    if made is None:
        return None
    pages = {-1: 4, -2: 2048, -3: 2048, None: None}
    cells = [[sorted(c.cpuset | c.pcpuset), c.memory, sorted(c.pcpuset)] for c in made.cells]
    return json.dumps([cells, pages.get(made.cells[0].pagesize, made.cells[0].pagesize)])


def topologies(chance, count):
    for _ in range(count):
        cpus = chance.choice([1, 2, 4, 6, 8])
        specs, props = {}, {}

        def maybe(where, name, values, p):
            if chance.random() < p:
                where[name] = chance.choice(values)

        maybe(specs, "hw:numa_nodes", ["1", "2", "3", "0", "x", ""], 0.5)
        maybe(props, "hw_numa_nodes", ["1", "2", "4"], 0.2)
        maybe(specs, "hw:cpu_policy", ["dedicated", "shared", "mixed", "odd"], 0.5)
        maybe(props, "hw_cpu_policy", ["dedicated", "shared", "mixed"], 0.2)
        maybe(specs, "hw:mem_page_size", ["small", "large", "any", "2048", "2MB", "1GB", "4KB", "x", "1048576"], 0.4)
        maybe(props, "hw_mem_page_size", ["small", "large", "2048", "2MB"], 0.15)
        maybe(specs, "hw:cpu_dedicated_mask", ["0", "^0", "0-1", "2-3,^3", "9", "0-9", "^0-1", "a"], 0.25)
        if chance.random() < 0.4:
            for node in range(chance.choice([1, 2])):
                maybe(specs, f"hw:numa_cpus.{node}", ["0-1", "2-3", "0", "1", "0,1,2", "7", "0-3,^2", "2"], 0.9)
                maybe(specs, f"hw:numa_mem.{node}", ["512", "256", "1024"], 0.9)
        maybe(specs, "other", ["1"], 0.3)
        yield {"specs": specs, "properties": props, "cpus": cpus, "memory": chance.choice([512, 1024, 1023])}


def rows(chance, names, keys, links, nodes):
    inputs = list(HARD_NAMES)
    while len(inputs) < names:
        length = chance.choice([1, 3, 10, 30, 62, 63, 64, 80])
        inputs.append("".join(chance.choice(CHARACTERS) for _ in range(length)))
    yield from (("name", name, utils.sanitize_hostname(name)) for name in inputs)
    maker = Keys(chance)
    inputs = list(maker.variants())
    while len(inputs) < keys:
        inputs.append(maker.any())
    yield from (("key", line, fingerprint(line)) for line in inputs)
    inputs = list(HARD_LINKS)
    while len(inputs) < links:
        inputs.append(
            "".join(chance.choice(["http", ":", "/", "//", "?", "#", "7", "m1", " ", "\t", "é", "+"]) for _ in range(7))
        )
    yield from (("link", link, common.get_id_from_href(link)) for link in inputs)
    yield from (("topology", json.dumps(case), topology(case)) for case in topologies(chance, nodes))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=100)
    parser.add_argument("--keys", type=int, default=110)
    parser.add_argument("--links", type=int, default=60)
    parser.add_argument("--topologies", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--to", type=Path, default=Path(__file__).with_name("reference.jsonl"))
    given = parser.parse_args()
    table = rows(random.Random(given.seed), given.names, given.keys, given.links, given.topologies)
    given.to.write_text("".join(json.dumps(row) + "\n" for row in table))


if __name__ == "__main__":
    main()
