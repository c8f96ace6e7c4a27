"""Sockets to the server: TCP with keepalive, a proxy's tunnel, TLS as the kubeconfig says.

The standard library's own pieces: importing urllib3 costs every command 40 to 70 ms, and all that a connection of ours
needs of it is TLS inside TLS, for a proxy that is itself reached over TLS. It is loaded there only.
"""

import base64
import http.client
import ipaddress
import os
import socket
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from crwatch.errors import ConnectError
from crwatch.kube.kubeconfig import Access, Tls

_KEEPALIVE: Final = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
"""A dead peer is noticed within 90 s, also where nobody sends (protocol 1.15)."""
_SUCCESS: Final = range(200, 300)
_PORTS: Final = {"http": 80, "https": 443}


class Dialer:
    """Connects to one server.

    Args:
        access: whom, and how each side proves itself.
        environment: read for HTTPS_PROXY, HTTP_PROXY and NO_PROXY; the process's own by default.

    Raises:
        ConnectError: the address or a certificate cannot be used.
    """

    def __init__(self, access: Access, environment: Mapping[str, str] | None = None) -> None:
        self._url = _parse(access.server, "server", _PORTS)
        self._tls = access.tls
        self._context = tls_context(access.tls) if self._url.scheme == "https" else None
        proxy = access.proxy_url or proxy_of(self._url, os.environ if environment is None else environment)
        self._proxy = _parse(proxy, "proxy", _PORTS) if proxy else None
        self.prefix = self._url.path.rstrip("/")
        """What stands before every path: a server may live below one (Rancher)."""
        if self._proxy and self._context is None:  # without TLS a proxy takes the whole address, and no tunnel
            self.prefix = f"http://{self._url.netloc}{self.prefix}"

    @property
    def host(self) -> str:
        """The name of the server's host, for messages."""
        return self._url.hostname or ""

    @property
    def proxy_headers(self) -> tuple[tuple[str, str], ...]:
        """What every request carries for a proxy that has no tunnel."""
        return _authorization(self._proxy) if self._proxy and self._context is None else ()

    def dial(self, seconds: float) -> http.client.HTTPConnection:
        """Return a connection that is open; each step may take `seconds`.

        Raises:
            OSError: TCP, the proxy or TLS says no.
        """
        host, port = self.host, _port(self._url)
        sock = socket.create_connection(_address(self._proxy) if self._proxy else (host, port), seconds)
        try:
            _keep_alive(sock)
            if self._proxy and self._proxy.scheme == "https":
                sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self._proxy.hostname)
            if self._proxy and self._context:
                _tunnel(sock, self._proxy, host, port)
            if self._context:
                sock = _secure(sock, self._context, self._tls.server_name or host.rstrip("."))
        except BaseException:
            sock.close()
            raise
        connection = http.client.HTTPConnection(host, port)
        connection.auto_open = 0  # it must never connect by itself, without TLS
        connection.sock = sock
        return connection


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Return the context for a server's TLS.

    With a CA of the kubeconfig's own, certificates are judged as Go judges them: not by the strict profile that
    Python 3.13 turned on, and any certificate in the CA file may be the anchor. Host names are always checked.

    Raises:
        ConnectError: a certificate or a key cannot be used.
    """
    try:
        context = ssl.create_default_context(cadata=tls.ca.decode("ascii", "ignore") if tls.ca else None)
    except ssl.SSLError as error:
        raise ConnectError("the kubeconfig's certificate-authority holds no certificate") from error
    if tls.ca:
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if tls.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.certificate and tls.key:
        try:
            _load_pair(context, tls.certificate, tls.key)
        except (OSError, ValueError) as error:
            raise ConnectError(f"the kubeconfig's client certificate and key cannot be used{_which(tls)}") from error
    return context


def _load_pair(context: ssl.SSLContext, certificate: Path | bytes, key: Path | bytes) -> None:
    """Load both; ssl takes files only, so what is embedded stands in a file of ours (0600) for that moment."""
    no_password = str  # returns "": without it OpenSSL would ask on the terminal
    if isinstance(certificate, Path) and isinstance(key, Path):
        context.load_cert_chain(certificate, key, no_password)
        return
    with tempfile.NamedTemporaryFile(prefix="crwatch-") as file:
        for part in (certificate, key):
            file.write(part.read_bytes() if isinstance(part, Path) else part)
            file.write(b"\n")
        file.flush()
        context.load_cert_chain(file.name, password=no_password)


def _which(tls: Tls) -> str:
    return f": {tls.certificate}" if isinstance(tls.certificate, Path) else ""


def proxy_of(url: SplitResult, environment: Mapping[str, str]) -> str:
    """Return the proxy that the environment names for `url`, or an empty text. The rules are Go's, as kubectl's."""
    names = (f"{url.scheme}_proxy".upper(), f"{url.scheme}_proxy")
    proxy = next((environment[name] for name in names if environment.get(name)), "")
    without = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    host = url.hostname or ""
    if not proxy or _is_local(host):
        return ""
    if any(_exempts(entry.strip().lower(), host.lower(), _port(url)) for entry in without.split(",")):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_local(host: str) -> bool:
    address = _ip(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _exempts(entry: str, host: str, port: int) -> bool:
    """Tell whether one entry of NO_PROXY means the host: `*`, an address, a network, a domain; with a port or not."""
    if entry == "*":
        return True
    name, colon, its_port = entry.rpartition(":")
    if colon and its_port.isdecimal() and _ip(entry) is None:
        if int(its_port) != port:
            return False
        entry = name.strip("[]")
    address = _ip(host)
    if address is not None:
        try:
            return address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    domain = entry.removeprefix("*").removeprefix(".")
    return bool(domain) and ((host == domain and entry == domain) or host.endswith(f".{domain}"))


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _parse(text: str, what: str, schemes: Mapping[str, int]) -> SplitResult:
    """Parse an address; it may hold a password, so it is never quoted whole."""
    try:
        url = urlsplit(text)
        port_is_fine = url.port != 0
    except ValueError:
        raise ConnectError(f"the {what}'s address in the kubeconfig is no URL") from None
    if url.scheme not in schemes:
        raise ConnectError(f"{what} addresses that begin with {url.scheme}:// are not supported")
    if not url.hostname or not port_is_fine:
        raise ConnectError(f"the {what}'s address in the kubeconfig names no host")
    return url


def _port(url: SplitResult) -> int:
    return url.port or _PORTS[url.scheme]


def _address(url: SplitResult) -> tuple[str, int]:
    return url.hostname or "", _port(url)


def _keep_alive(sock: socket.socket) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        if hasattr(socket, name):  # the names differ between systems
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _authorization(proxy: SplitResult) -> tuple[tuple[str, str], ...]:
    if proxy.username is None:
        return ()
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
    return (("Proxy-Authorization", f"Basic {base64.b64encode(pair).decode()}"),)


def _tunnel(sock: socket.socket, proxy: SplitResult, host: str, port: int) -> None:
    """Have the proxy connect us through."""
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    headers = [("Host", target), *_authorization(proxy)]
    lines = [f"CONNECT {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
    sock.sendall("\r\n".join(lines).encode("idna" if not target.isascii() else "ascii"))
    answer = http.client.HTTPResponse(sock, method="CONNECT")
    try:
        answer.begin()
        if answer.status not in _SUCCESS:
            raise OSError(f"the proxy {proxy.hostname} refuses: {answer.status} {answer.reason}")
    finally:
        answer.close()


def _secure(sock: socket.socket, context: ssl.SSLContext, name: str) -> socket.socket:
    if not isinstance(sock, ssl.SSLSocket):
        return context.wrap_socket(sock, server_hostname=name)
    from urllib3.util.ssltransport import SSLTransport  # noqa: PLC0415 - slow to load, and hardly ever needed

    return SSLTransport(sock, context, server_hostname=name)  # type: ignore[return-value] # it has what we use of one
