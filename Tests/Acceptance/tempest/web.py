"""A web server with an image, for the tests that fetch one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cloud import Cloud
from http_client import Http, endpoint


@contextmanager
def serving(cloud: Cloud) -> Iterator[str]:
    """The address of the first seeded image's bytes, served for as long as the context lasts."""
    token, document = cloud.http().token("admin")
    glance = Http(endpoint(document, "image"))
    image = glance.get("/v2/images?sort=created_at:asc", token).json()["images"][0]
    data = glance.get(f"/v2/images/{image['id']}/file", token).body

    class Handler(BaseHTTPRequestHandler):
        def head(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()

        def do_HEAD(self) -> None:
            self.head()

        def do_GET(self) -> None:
            self.head()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing: what matters is what the cloud answers."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/image.qcow2"
    finally:
        server.shutdown()
        server.server_close()
