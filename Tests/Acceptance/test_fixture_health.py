"""What watches over a cloud: health, readiness, and metrics as Prometheus' own library reads them."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from cloud import Cloud, binary
from control import answer, pocketstack
from disks import fill, make_room, small_disk
from http_client import Http

IMAGE = "185e1975-c9c5-4358-909e-5e329808902e"
NOVA = "18.13.1"


class Metrics:
    """One scrape."""

    def __init__(self, http: Http, path: str = "/metrics") -> None:
        answer = http.request("GET", path)
        assert answer.status == 200, answer.text
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        self.families: dict[str, Metric] = {}
        for family in text_string_to_metric_families(answer.text):
            assert family.name not in self.families, f"{family.name} is there twice"
            self.families[family.name] = family

    def value(self, sample: str, **labels: str) -> float:
        found = [
            s.value
            for family in self.families.values()
            for s in family.samples
            if s.name == sample and labels.items() <= s.labels.items()
        ]
        assert found, f"no {sample} {labels}"
        return sum(found)

    def requests(self) -> Counter[tuple[str, str, str, int]]:
        """How many requests by service, operation, method and status."""
        counted: Counter[tuple[str, str, str, int]] = Counter()
        for s in self.families["pocketstack_http_requests"].samples:
            key = (s.labels["service"], s.labels["operation"], s.labels["method"], int(s.labels["status"]))
            assert key not in counted, f"{key} is there twice"
            counted[key] = int(s.value)
        return counted


def test_health_and_readiness_by_request_and_command(own: Cloud) -> None:
    http = own.http()
    assert http.get("/pocketstack/health").json() == {"status": "ok"}
    assert http.get("/pocketstack/ready").json() == {"status": "ready"}
    assert pocketstack(own, "health") == "ready"
    assert pocketstack(own, "health", "--url", own.auth_url, "--json") == '{"status":"ready"}'


def test_the_command_says_that_nobody_answers() -> None:
    command = [str(binary()), "health", "--url", "http://127.0.0.1:9"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and "no cloud answers" in done.stderr


def test_a_full_disk_is_not_ready_until_there_is_room_again(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, Cloud(("--data", str(disk / "data")), tmp_path / "cloud") as cloud:
        http = cloud.http()
        assert http.get("/pocketstack/ready").status == 200
        fill(disk)
        seen = http.get("/pocketstack/ready")
        assert seen.status == 503
        reason = {"name": "default", "reason": "Its disk is full."}
        assert seen.json() == {"status": "not ready", "worlds": [reason]}
        assert pocketstack(cloud, "health", fails=1) == "pocketstack: default: Its disk is full."
        assert http.get("/pocketstack/health").status == 200
        make_room(disk)
        assert http.get("/pocketstack/ready").status == 200


def test_counters_are_what_was_sent(own: Cloud) -> None:
    http = own.http()
    token, _ = http.token()
    before = Metrics(http).requests()
    sent: Counter[tuple[str, str, str, int]] = Counter()
    for number in range(7):
        http.get("/compute/v2.1/flavors", token)
        http.get(f"/compute/v2.1/servers/{number}", token)
        http.request("POST", "/compute/v2.1/os-keypairs", {"keypair": {"name": f"k{number}"}}, token=token)
        http.get("/image/v2/images")
        http.request("HEAD", "/image/v2/images", token=token)
        http.get(f"/compute/v2.1/no/such/{number}", token)
        http.get(f"/worlds/none-{number}/v3")
    sent["compute", "os_compute_api:flavors:index", "GET", 200] = 7
    sent["compute", "os_compute_api:servers:show", "GET", 404] = 7
    sent["compute", "os_compute_api:os-keypairs:create", "POST", 200] = 7
    sent["image", "get_images", "GET", 401] = 7
    sent["image", "none", "HEAD", 405] = 7
    sent["compute", "none", "GET", 404] = 7
    sent["none", "none", "GET", 404] = 7
    sent["fixture", "metrics", "GET", 200] = 1
    assert Metrics(http).requests() - before == sent


def test_counters_are_what_the_journal_has(own: Cloud) -> None:
    own.openstack("server", "list")
    own.openstack("image", "list", user="admin")
    own.openstack("--os-password", "wrong", "token", "issue", fails=True)
    counted = Metrics(own.http()).requests()
    journal = Counter(
        (entry["service"], entry["operation"] or "none", entry["method"], entry["status"])
        for entry in answer(own, "journal", "--limit", "1000")["journal"]
    )
    assert {key: n for key, n in counted.items() if key[0] not in ("fixture", "none")} == journal


def test_latencies_are_a_histogram_of_each_service(own: Cloud) -> None:
    metrics = Metrics(own.http(), "/pocketstack/metrics")
    requests = metrics.requests()
    samples = metrics.families["pocketstack_http_request_duration_seconds"].samples
    for service in {s.labels["service"] for s in samples}:
        buckets = [s for s in samples if s.name.endswith("_bucket") and s.labels["service"] == service]
        bounds = [float(s.labels["le"]) for s in buckets]
        assert bounds == sorted(bounds) and bounds[0] == 0.0001 and bounds[-2:] == [10.0, float("inf")]
        counts = [s.value for s in buckets]
        assert counts == sorted(counts)
        assert counts[-1] == metrics.value("pocketstack_http_request_duration_seconds_count", service=service)
        assert counts[-1] == sum(n for key, n in requests.items() if key[0] == service)
        assert 0 < metrics.value("pocketstack_http_request_duration_seconds_sum", service=service) < 600


def test_transitions_and_writes_are_counted(own: Cloud) -> None:
    http = own.http()
    before = Metrics(http)
    own.nova(NOVA, "boot", "--flavor", "16", "--image", IMAGE, "--nic", "none", "--poll", "counted")
    after = Metrics(http)
    assert after.value("pocketstack_transitions_total", kind="server", outcome="done") > 0
    assert after.value("pocketstack_transitions_pending") == 0
    for name in ("pocketstack_database_commits_total", "pocketstack_database_rows_written_total"):
        assert after.value(name) > before.value(name)
    assert Metrics(http).value("pocketstack_database_commits_total") == after.value(
        "pocketstack_database_commits_total"
    )


def test_worlds_and_their_databases_are_measured(tmp_path: Path) -> None:
    with Cloud(("--data", str(tmp_path / "data")), tmp_path / "cloud") as cloud:
        pocketstack(cloud, "world", "create", "red")
        pocketstack(cloud, "snapshot", "create", "base")
        metrics = Metrics(cloud.http())
        assert metrics.value("pocketstack_worlds", storage="disk") == 2
        assert metrics.value("pocketstack_worlds", storage="memory") == 0
        assert metrics.value("pocketstack_snapshots") == 1
        files = [tmp_path / "data" / world / "cloud.sqlite" for world in ("default", "red")]
        pages = metrics.value("pocketstack_database_pages", storage="disk")
        assert metrics.value("pocketstack_database_bytes", storage="disk") == pages * 4096 > 0
        wal = sum(file.with_name("cloud.sqlite-wal").stat().st_size for file in files)
        assert metrics.value("pocketstack_database_wal_bytes", storage="disk") == wal > 0


def test_the_process_is_what_the_system_says_of_it(own: Cloud) -> None:
    metrics, process = Metrics(own.http()), psutil.Process(own.process.pid)
    memory = process.memory_info()
    assert metrics.value("process_resident_memory_bytes") == pytest.approx(memory.rss, rel=0.3)
    assert metrics.value("process_virtual_memory_bytes") == pytest.approx(memory.vms, rel=0.3)
    assert abs(metrics.value("process_open_fds") - process.num_fds()) <= 3
    assert metrics.value("process_start_time_seconds") == pytest.approx(process.create_time(), abs=1)
    assert 0 < metrics.value("process_cpu_seconds_total") <= sum(process.cpu_times()[:2]) + 0.1
    assert metrics.value("process_max_fds") == process.rlimit(psutil.RLIMIT_NOFILE)[0]


def test_the_library_finds_no_metric_without_a_type_and_a_word(own: Cloud) -> None:
    for family in Metrics(own.http()).families.values():
        assert family.type in ("counter", "gauge", "histogram") and family.documentation, family.name


def test_a_scrape_stays_quick_with_many_worlds(own: Cloud) -> None:
    http = own.http()
    for _ in range(50):
        assert http.request("POST", "/pocketstack/v1/worlds", {"world": {"from": {"world": "default"}}}).status == 201
    begin = time.monotonic()
    assert Metrics(http).value("pocketstack_worlds", storage="memory") == 51
    assert time.monotonic() - begin < 5
