"""nginx as the measure: one worker, tuned as for static files, serving exactly the bytes that our server answered."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

import processes

CONFIGURATION = """
worker_processes 1;
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 600;
  keepalive_requests 1000000000;
  open_file_cache max=100 inactive=600s;
  open_file_cache_valid 600s;
  default_type application/json;
  client_body_temp_path {directory}/tmp;
  proxy_temp_path {directory}/tmp;
  fastcgi_temp_path {directory}/tmp;
  uwsgi_temp_path {directory}/tmp;
  scgi_temp_path {directory}/tmp;
  server {{
    listen 127.0.0.1:{port};
    root {directory}/files;
    location /uploads/ {{
      dav_methods PUT;
      client_max_body_size 0;
    }}
  }}
}}
"""


class Nginx:
    """A running nginx. `worker` is the process that does the work."""

    def __init__(self, directory: Path, files: dict[str, bytes]) -> None:
        uploads = directory / "files" / "uploads"
        uploads.mkdir(parents=True)
        uploads.chmod(0o777)  # the worker is another user when this runs as root
        (directory / "tmp").mkdir()
        for parent in (directory, *directory.parents[:-1]):
            if parent.stat().st_uid == os.getuid() and not parent.stat().st_mode & 0o005:
                parent.chmod(0o755)  # the worker is another user when this runs as root
        for name, body in files.items():
            (directory / "files" / name).write_bytes(body)
        self.port = free_port()
        configuration = directory / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(directory=directory, port=self.port))
        self.process = subprocess.Popen(
            ["nginx", "-p", str(directory), "-c", str(configuration)], stderr=subprocess.DEVNULL
        )
        self.worker = self._worker()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def _worker(self) -> int:
        for _ in range(200):
            workers = processes.children(self.process.pid) if self.process.poll() is None else []
            if workers:
                return workers[0]
            time.sleep(0.02)
        raise RuntimeError("nginx did not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
