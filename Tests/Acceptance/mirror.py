"""A web server on the loopback from which images are fetched, and the settings of a cloud that may do so."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloud import Cloud

BYTES = b"what a mirror has"

STORES = {"fast": {"type": "file"}, "slow": {"type": "file"}, "web": {"type": "http"}}
"""Two stores of the cloud's own, and one of images that other servers have."""


class Mirror(http.server.ThreadingHTTPServer):
    """The server: every file that it has is of the same bytes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)

    def url(self, name: str = "image") -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(BYTES)))
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        self.wfile.write(BYTES)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def mirrored(directory: Path) -> Iterator[tuple[Cloud, Mirror]]:
    """A cloud in memory with several stores that shows locations, and the server that its images may come from."""
    with Mirror() as mirror:
        threading.Thread(target=mirror.serve_forever, args=(0.05,)).start()
        image = {
            "enabled_backends": STORES, "show_multiple_locations": True,
            "import_filtering_opts": {"allowed_hosts": ["127.0.0.1"], "allowed_ports": [mirror.server_port]},
        }  # fmt: skip
        config = directory / "config.json"
        config.write_text(json.dumps({"image": image}))
        try:
            with Cloud(("--memory", "--config", str(config)), directory / "cloud") as cloud:
                yield cloud, mirror
        finally:
            mirror.shutdown()
