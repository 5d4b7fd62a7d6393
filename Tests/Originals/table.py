"""Writes tables of what the original services' own code makes of hard input, one case a line, as JSON.

    pip install keystone python-keystoneclient
    python3 Tests/Originals/table.py [--count 150] [--seed 14] [--into Tests/Originals]

The Swift tests read what is beside this file; with POCKETSTACK_ORIGINALS they read the tables of another directory, so
that thousands of cases can be compared without keeping them.
"""

import argparse
import json
import random
from pathlib import Path

import signatures

TABLES = {"ec2": signatures.ec2, "s3": signatures.s3}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--into", type=Path, default=Path(__file__).parent)
    parser.add_argument("tables", nargs="*", default=list(TABLES))
    options = parser.parse_args()
    for name in options.tables:
        chance = random.Random(f"{options.seed} {name}")
        lines = [json.dumps(TABLES[name](chance)) for _ in range(options.count)]
        (options.into / f"{name}.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
