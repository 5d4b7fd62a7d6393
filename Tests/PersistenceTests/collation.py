"""Writes GeneralCollation+Table.swift: MariaDB's collation utf8mb3_general_ci, character by character.

    python3 Tests/PersistenceTests/collation.py mariadb --socket=/run/mysqld/mysqld.sock

The arguments are the command that runs a client of the server to ask. The last line that is printed is the digest of
all weights, which CollationTests.swift compares.
"""

import subprocess
import sys
import textwrap
from pathlib import Path

TARGET = Path(__file__).parents[2] / "Sources/Persistence/GeneralCollation+Table.swift"
HEADER = """\
extension GeneralCollation {
  /// Runs of characters that do not stand for themselves: the first character, its weight, how many there are, how far
  /// they are apart, and how far their weights are. All in hexadecimal; `Tests/PersistenceTests/collation.py` wrote it.
  static let runs = \"\"\"
"""


def weights(client):
    """Every character of the basic plane with its weight."""
    found = {}
    for start in range(0, 0x10000, 512):
        points = [point for point in range(start, start + 512) if not 0xD800 <= point < 0xE000]
        if not points:
            continue
        columns = (f"hex(weight_string(_utf8mb3 0x{chr(p).encode().hex()} collate utf8mb3_general_ci))" for p in points)
        answer = subprocess.run(
            [*client, "--skip-column-names", "--batch"],
            input="select " + ",".join(columns),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found.update(zip(points, (int(weight, 16) for weight in answer.split()), strict=True))
    return found


def run(items, start):
    """The longest run that begins at a place: its length, the distance of characters and of weights."""
    best = (1, 1, 0)
    for apart in (1, 2):
        for step in (0, 1, 2):
            end = start
            while (
                end + 1 < len(items)
                and items[end + 1][0] == items[end][0] + apart
                and items[end + 1][1] == items[end][1] + step
            ):
                end += 1
            if end - start + 1 > best[0]:
                best = (end - start + 1, apart, step)
    return best


def main():
    """Asks, writes the table and prints the digest (FNV-1a over 16 bits a character)."""
    known = weights(sys.argv[1:])
    items = sorted((point, weight) for point, weight in known.items() if point != weight)
    rows, place = [], 0
    while place < len(items):
        count, apart, step = run(items, place)
        rows.append(f"{items[place][0]:x} {items[place][1]:x} {count:x} {apart} {step}")
        place += count
    lines = textwrap.wrap(";".join(row.replace(" ", ",") for row in rows).replace(";", "; "), 116)
    text = "".join(f"    {line} \\\n" for line in lines)
    TARGET.write_text(HEADER + text.removesuffix(" \\\n") + '\n    """\n}\n')
    digest = 0xCBF29CE484222325
    for _, weight in sorted(known.items()):
        digest = ((digest ^ weight) * 0x100000001B3) % 2**64
    print(f"{len(items)} characters in {len(rows)} runs, digest {digest:x}")


main()
