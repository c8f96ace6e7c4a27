"""A server that says exactly the bytes it is told to, and a CA for those that say them in TLS."""

import socket
import ssl
import struct
import subprocess
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Self

from crwatch.kube.credentials import Credentials
from crwatch.kube.kubeconfig import Access, Impersonation, Login, Tls
from crwatch.kube.transport import Limits, Transport

To = Callable[..., Transport]
"""Makes a transport to a URL, with the options of `transport_to`."""


class Then(Enum):
    """What a script does besides sending bytes."""

    FIN = auto()
    RESET = auto()
    STALL = auto()


class Request:
    """One request as it came."""

    def __init__(self, head: bytes) -> None:
        line, *headers = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = line.split(" ")
        self.headers = [(name.lower(), value) for name, _, value in (header.partition(": ") for header in headers)]

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


class ScriptedServer:
    """Answers requests in order with the scripts that it was given; closes a connection for which it has none."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.said = Event()
        """Set when a script has been sent whole."""
        self._context = context
        self._scripts: SimpleQueue[tuple[bytes | Then, ...]] = SimpleQueue()
        self._stopping = Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [Thread(target=self._accept, daemon=True)]
        self._open: list[socket.socket] = []
        self._threads[0].start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    def answer(self, *script: bytes | Then) -> None:
        """Have the next request that has no script yet be answered with this."""
        self._scripts.put(script)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for sock in (self._listener, *self._open):
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or a reset takes what still waits here
            self._open.append(sock)
            self._threads.append(Thread(target=self._serve, args=(sock,), daemon=True))
            self._threads[-1].start()

    def _serve(self, sock: socket.socket) -> None:
        with sock, suppress(OSError):
            if self._context:
                with self._context.wrap_socket(sock, server_side=True) as secure:
                    self._open.append(secure)
                    self._converse(secure)
            else:
                self._converse(sock)

    def _converse(self, sock: socket.socket) -> None:
        while head := _read_head(sock):
            self.requests.append(Request(head))
            try:
                script = self._scripts.get_nowait()
            except Empty:
                return
            for step in script:
                match step:
                    case Then.FIN:
                        return
                    case Then.RESET:
                        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        return
                    case Then.STALL:
                        self._stopping.wait()
                    case bytes():
                        sock.sendall(step)
            self.said.set()


def _read_head(sock: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        data = sock.recv(65536)
        if not data:
            return b""
        head += data
    return head.partition(b"\r\n\r\n")[0]


def response(status: int, body: bytes, *headers: str) -> bytes:
    """Return a whole answer with a Content-Length."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body)


def transport_to(
    url: str,
    *,
    login: Login | None = None,
    tls: Tls | None = None,
    limits: Limits | None = None,
    proxy: str = "",
    environment: dict[str, str] | None = None,
) -> Transport:
    """Return a transport to `url` that knows no environment but the given one."""
    access = Access(name="test", server=url, tls=tls or Tls(), login=login or Login(), proxy_url=proxy)
    return Transport(
        access, Credentials(access.login, Impersonation()), limits=limits or Limits(), environment=environment or {}
    )


class Authority:
    """A CA with a server's and a client's certificate, made by openssl in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        signs = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")  # Python 3.13 wants it of what the system trusts
        self._openssl("req", "-x509", *_NEW_KEY, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test-ca", *signs)
        self.server = self._issue("server", "subjectAltName=IP:127.0.0.1,DNS:api.example.com")
        self.client = self._issue("client", "extendedKeyUsage=clientAuth")

    @property
    def ca(self) -> bytes:
        return (self.folder / "ca.crt").read_bytes()

    def context(self, *, wants_client: bool = False) -> ssl.SSLContext:
        """Return a server's context."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.server)
        if wants_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.folder / "ca.crt")
        return context

    def _issue(self, name: str, extension: str) -> tuple[Path, Path]:
        config = self.folder / f"{name}.ext"
        config.write_text(f"{extension}\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n")
        self._openssl("req", *_NEW_KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        signed_by = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30")
        self._openssl("x509", "-req", "-in", f"{name}.csr", *signed_by, "-extfile", config.name, "-out", f"{name}.crt")
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
