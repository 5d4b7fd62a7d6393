"""Runs a list of Tempest's tests against a fresh cloud, and says of each whether it passed, and if not, why."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import results  # noqa: E402
import settings  # noqa: E402
import web  # noqa: E402
from cloud import ROOT, Cloud, program  # noqa: E402


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("list", nargs="?", type=Path, default=HERE / "passing.txt", help="test ids, one a line")
    parser.add_argument("--match", help="run the tests that this regular expression finds, instead of a list")
    parser.add_argument(
        "--plain", action="store_true", help="what Tempest's guide configures, on `serve --profile devstack`"
    )
    parser.add_argument("--grow", action="store_true", help="add what passes to passing.txt")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "tempest", help="where logs and verdicts go")
    parser.add_argument("--concurrency", type=int, default=settings.CONCURRENCY)
    parser.add_argument("--seconds", type=int, default=3600, help="when to give up")
    return parser.parse_args()


def installed(workspace: Path) -> list[str]:
    """All ids of the installed suite. Importing it takes a while, so lists hold whole ids and do without."""
    done = subprocess.run(
        [program("tempest", "stestr"), "list"], cwd=workspace, capture_output=True, text=True, check=True
    )
    return [line for line in done.stdout.splitlines() if line.startswith("tempest.")]


def wanted(path: Path) -> list[str]:
    lines = (line.strip() for line in path.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def reasons() -> dict[str, str]:
    """Why tests of the listed modules do not pass yet, by id without tags. A test in both lists is a contradiction."""
    path = HERE / "not-passing.tsv"
    known = dict(line.split("\t", 1) for line in wanted(path))
    both = known.keys() & {test.split("[", 1)[0] for test in wanted(HERE / "passing.txt")}
    if both or not all(known.values()):
        sys.exit(f"{path}: in passing.txt too, or without a reason: {sorted(both) or known}")
    return known


def grow(passed: Iterable[str]) -> None:
    """Adds to passing.txt. Nothing is ever taken out here: a test that no longer passes is a defect."""
    path = HERE / "passing.txt"
    head = [line for line in path.read_text().splitlines() if line.startswith("#")]
    path.write_text("".join(f"{line}\n" for line in [*head, *sorted({*wanted(path), *passed})]))


def execute(options: argparse.Namespace, out: Path, workspace: Path) -> bool:
    """Runs out/chosen.txt into out/results.subunit; false if the server did not live through it."""
    chosen = ("--profile", "devstack") if options.plain else ("--config", str(settings.server_config(out)))
    with (
        Cloud(("--memory", *chosen), out / "cloud") as cloud,
        web.serving(cloud) as image_url,
    ):
        configure = settings.plain if options.plain else settings.write
        conf = configure(cloud, workspace, image_url)
        print(f"tempest: against {cloud.auth_url}, {options.concurrency} at a time", flush=True)
        with open(out / "results.subunit", "wb") as stream, open(out / "run.err", "wb") as errors:
            run = subprocess.run(
                [
                    program("tempest", "tempest"), "run", "--subunit", "--config-file", str(conf),
                    "--load-list", str(out / "chosen.txt"), "--concurrency", str(options.concurrency),
                ],
                cwd=workspace,
                env=os.environ | {"TEMPEST_CONFIG_DIR": str(conf.parent), "PYTHON": sys.executable},
                stdout=stream,
                stderr=errors,
                timeout=options.seconds,
            )  # fmt: skip
        if run.returncode not in (0, 1):
            print(f"tempest: the runner ended with {run.returncode}:\n{(out / 'run.err').read_text()[-2000:]}")
        if cloud.process.poll() is None:
            return True
        print(f"tempest: the server died:\n{cloud.log()}")
        return False


def main() -> int:
    options = arguments()
    known = reasons()
    out: Path = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    workspace = settings.workspace(out)
    if options.match:
        ids = [test for test in installed(workspace) if re.search(options.match, test)]
    else:
        ids = wanted(options.list)
    (out / "chosen.txt").write_text("".join(f"{test}\n" for test in ids))
    alive = execute(options, out, workspace)
    verdicts = results.read(out / "results.subunit", ids)
    results.report(verdicts, out, known)
    passed = [test for test, verdict in verdicts.items() if verdict.state == results.PASSED]
    if options.grow:
        grow(passed)
    return 0 if alive and passed and len(passed) == len(ids) else 1


if __name__ == "__main__":
    sys.exit(main())
