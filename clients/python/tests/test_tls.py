"""A cloud behind TLS: whom `attach` trusts, and what it tells clients of that."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import pocketstack


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that vouches for itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "cloud")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificate") / "cloud.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture(scope="module")
def url(certificate: Path) -> Iterator[str]:
    """A cloud's address with TLS: what comes there is passed on to the cloud as it is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    with pocketstack.cloud() as cloud:
        target = urlsplit(cloud.url)

        class Passing(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with socket.create_connection((target.hostname, target.port)) as behind:
                    try:
                        with context.wrap_socket(self.request, server_side=True) as front:
                            back = threading.Thread(target=copy, args=(behind, front))
                            back.start()
                            copy(front, behind)
                            back.join()
                    except OSError:
                        # The client does not trust us.
                        return

        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Passing) as server:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever).start()
            yield f"https://127.0.0.1:{server.server_address[1]}"
            server.shutdown()


def copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_a_certificate_is_checked(url: str) -> None:
    with pocketstack.attach(url) as cloud, pytest.raises(ssl.SSLCertVerificationError):
        list(cloud.worlds)


def test_whom_to_trust_is_an_option_that_clients_are_told(url: str, certificate: Path) -> None:
    with pocketstack.attach(url, verify=certificate) as cloud:
        assert cloud.world.clock.mode == "real"
        assert cloud.environment()["OS_CACERT"] == str(certificate)
        assert f'cacert: "{certificate}"' in cloud.clouds_yaml()
        assert cloud.connection().session.verify == str(certificate)
        assert cloud.connection().authorize()
    with pocketstack.attach(url, verify=False) as cloud:
        assert cloud.world.clock.mode == "real"
        assert cloud.environment()["OS_INSECURE"] == "True"
        assert "insecure: true" in cloud.clouds_yaml()
        assert cloud.connection().session.verify is False


def test_the_variable_of_requests_counts(url: str, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with pocketstack.attach(url) as cloud:
        assert cloud.world.clock.mode == "real"
        assert "OS_CACERT" not in cloud.environment()
