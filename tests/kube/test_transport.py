import gzip
import importlib.metadata
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from crwatch.errors import ConnectError
from crwatch.kube.credentials import Credentials
from crwatch.kube.kubeconfig import Access, Impersonation, Login, Tls
from crwatch.kube.proxy import proxy_of
from crwatch.kube.stream import Stream
from crwatch.kube.tls import tls_context
from crwatch.kube.transport import Limits, Response, Transport
from crwatch.model.status import Failure, FailureKind
from tests.kube.scripted import CHUNKED, LAST_CHUNK, Authority, ScriptedServer, Then, To, chunk, response, transport_to


def failure_of(answer: Response | Stream | Failure) -> Failure:
    assert isinstance(answer, Failure), answer
    return answer


def body_of(answer: Response | Failure) -> bytes:
    assert isinstance(answer, Response), answer
    return answer.body


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_a_request_says_who_we_are_and_what_we_take(server: ScriptedServer, to: To) -> None:
    """An explicit JSON, gzip for lists only, and an agent that is no browser's: those get other bytes."""
    transport = to(server.url + "/k8s/clusters/c-1/", login=Login(token="t"))
    server.answer(response(200, b"{}"))
    server.answer(CHUNKED, LAST_CHUNK)
    assert body_of(transport.request("/api", {"labelSelector": "a in (b,é)"})) == b"{}"
    stream = transport.stream("/apis", {}, seconds=5)
    assert isinstance(stream, Stream)
    assert stream.read() == b""

    first, second = server.requests
    assert first.target == "/k8s/clusters/c-1/api?labelSelector=a+in+%28b%2C%C3%A9%29"
    assert first.header("user-agent") == f"crwatch/{importlib.metadata.version('crwatch')}"
    assert first.header("accept") == "application/json"
    assert first.header("accept-encoding") == "gzip"
    assert first.header("authorization") == "Bearer t"
    assert first.header("host") == f"127.0.0.1:{server.port}"
    assert second.header("accept-encoding") == "identity"


def test_requests_share_a_connection_and_a_stream_has_its_own(server: ScriptedServer, to: To) -> None:
    """A page a handshake would double the time of a list; a watch would block the next request."""
    transport = to(server.url)
    for _ in range(3):
        server.answer(CHUNKED, chunk(b"{"), chunk(b"}"), LAST_CHUNK)
        assert body_of(transport.request("/api")) == b"{}"
    assert server.connections == 1
    server.answer(CHUNKED, chunk(b"x"), Then.STALL)
    stream = transport.stream("/api", {}, seconds=5)
    assert isinstance(stream, Stream)
    server.answer(response(200, b"{}"))
    assert body_of(transport.request("/api")) == b"{}"
    assert server.connections == 2
    stream.close()


def test_a_connection_that_the_server_has_closed_meanwhile_is_replaced(server: ScriptedServer, to: To) -> None:
    """Idle connections end on both sides; that is nobody's error."""
    transport = to(server.url)
    server.answer(response(200, b"1"))
    assert body_of(transport.request("/")) == b"1"
    server.answer(Then.FIN)  # takes the request and says nothing
    server.answer(response(200, b"2"))
    assert body_of(transport.request("/")) == b"2"
    server.answer(response(200, b"3"), Then.FIN)
    server.answer(response(200, b"4"))
    assert [body_of(transport.request("/")) for _ in range(2)] == [b"3", b"4"]


def test_gzip_is_unpacked_and_a_cut_list_is_no_list(server: ScriptedServer, to: To) -> None:
    """A dirty end must be an error, never a short list; one without framing shows it by its content."""
    transport = to(server.url)
    packed = gzip.compress(b"[1, 2]")
    server.answer(response(200, packed, "Content-Encoding: gzip"))
    assert body_of(transport.request("/")) == b"[1, 2]"
    server.answer(response(200, packed[:-9], "Content-Encoding: gzip"))
    assert failure_of(transport.request("/")).kind == FailureKind.UNREADABLE
    server.answer(CHUNKED, chunk(b"[1"), Then.FIN)
    assert failure_of(transport.request("/")).kind == FailureKind.DROPPED
    server.answer(b"HTTP/1.0 200 OK\r\n\r\n[1]", Then.FIN)
    assert body_of(transport.request("/")) == b"[1]"


def test_whatever_is_no_success_is_a_failure_of_its_kind(server: ScriptedServer, to: To) -> None:
    """Also where a stream was asked for; and the connection goes on being used."""
    transport = to(server.url)
    server.answer(response(429, b"Too many requests, please try again later.", "Retry-After: 7"))
    server.answer(response(502, b"<html><style>p{}</style><h1>Bad   Gateway</h1></html>"))
    server.answer(response(404, b"404 page not found\n"))
    expected = [
        Failure(FailureKind.THROTTLED, "Too many requests, please try again later.", 429, 7.0),
        Failure(FailureKind.SERVER, "Bad Gateway", 502),
        Failure(FailureKind.NOT_SERVED, "404 page not found", 404),
    ]
    answers = [transport.stream("/", {}, seconds=5), transport.request("/"), transport.request("/")]
    assert answers == expected
    assert server.connections == 1


def test_a_redirect_is_not_followed(server: ScriptedServer, to: To) -> None:
    """Credentials go to the server of the kubeconfig alone."""
    with ScriptedServer() as elsewhere:
        server.answer(response(307, b"", f"Location: {elsewhere.url}/login?state=secret"))
        failure = failure_of(to(server.url, login=Login(token="t")).request("/api"))
        assert failure.message == f"the server sends us to {elsewhere.url}/login, where we do not go"
        assert elsewhere.connections == 0


def test_the_first_401_reads_the_token_anew_and_the_second_is_the_answer(
    server: ScriptedServer, to: To, tmp_path: Path
) -> None:
    """A rotated token mends itself; a refused one is not asked about for ever."""
    path = tmp_path / "token"
    path.write_text("old")
    transport = to(server.url, login=Login(token_file=path))
    server.answer(response(200, b"1"))
    assert body_of(transport.request("/")) == b"1"
    path.write_text("new")
    server.answer(response(401, b"Unauthorized"))
    server.answer(response(200, b"2"))
    assert body_of(transport.request("/")) == b"2"
    for _ in range(2):
        server.answer(response(401, b"Unauthorized"))
    assert failure_of(transport.request("/")).kind == FailureKind.UNAUTHORIZED
    tokens = [request.header("authorization") for request in server.requests]
    assert tokens == ["Bearer old", "Bearer old", "Bearer new", "Bearer new", "Bearer new"]
    path.unlink()
    server.answer(response(401, b"Unauthorized"))
    assert failure_of(transport.request("/")).message == f"cannot read the token file {path}"


def test_warnings_are_told_once_each(server: ScriptedServer) -> None:
    """A deprecated version says so on every answer; one header may hold several."""
    told: list[str] = []
    access = Access(name="c", server=server.url)
    transport = Transport(access, Credentials(Login(), Impersonation()), environment={}, on_warning=told.append)
    for _ in range(2):
        server.answer(response(200, b"", 'Warning: 299 - "use \\"v2\\"", 299 - "twice"', 'Warning: 299 - "third"'))
        transport.request("/")
    assert told == ['use "v2"', "twice", "third"]
    transport.close()


def test_failures_to_connect_are_short_and_human(server: ScriptedServer, to: To) -> None:
    """No pool, no repr, no number of a system call."""
    refused = to(f"http://127.0.0.1:{closed_port()}").request("/")
    assert refused == Failure(FailureKind.UNREACHABLE, "connection refused")
    assert to("http://api.invalid").request("/") == Failure(FailureKind.UNREACHABLE, "no such host: api.invalid")
    server.answer(Then.STALL)
    waited = to(server.url, limits=Limits(head=0.1)).request("/")
    assert waited == Failure(FailureKind.UNREACHABLE, "no answer in time")
    server.answer(b"SSH-2.0-OpenSSH\r\n\r\n", Then.FIN)
    assert to(server.url).request("/") == Failure(FailureKind.UNREADABLE, "127.0.0.1 does not answer in HTTP")
    server.answer(Then.RESET)
    assert failure_of(to(server.url).request("/")).kind == FailureKind.DROPPED


def test_a_server_without_tls_is_called_so(to: To) -> None:
    """`https` where `http` is meant: OpenSSL's own words help nobody."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def say() -> None:
            sock, _ = listener.accept()
            with sock:
                sock.recv(65536)
                sock.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

        thread = Thread(target=say)
        thread.start()
        failure = to(f"https://127.0.0.1:{listener.getsockname()[1]}").request("/")
        thread.join(5)
    assert failure == Failure(FailureKind.UNTRUSTED, "the server does not speak TLS")


def test_an_answer_may_not_take_longer_than_it_was_given(server: ScriptedServer, to: To) -> None:
    """A list that drips, and a question about the past that nobody waits for (2 s)."""
    server.answer(CHUNKED, chunk(b"["), Then.STALL)
    failure = failure_of(to(server.url).request("/", seconds=0.2))
    assert failure == Failure(FailureKind.DROPPED, "the answer did not end in time")


def test_after_closing_nothing_is_asked_any_more(server: ScriptedServer, to: To) -> None:
    """A thread that has not heard of the end must not go on."""
    transport = to(server.url)
    transport.close()
    assert failure_of(transport.request("/")).kind == FailureKind.DROPPED
    assert server.connections == 0


def test_a_servers_certificate_is_checked_as_the_kubeconfig_says(
    tls_server: ScriptedServer, authority: Authority, to: To
) -> None:
    """By our CA, for this host or the name that the kubeconfig gives; else it is said what is wrong."""
    ours = Tls(ca=authority.ca)
    by_name = tls_server.url.replace("127.0.0.1", "localhost")
    for url, tls in (
        (tls_server.url, ours),
        (by_name, Tls(ca=authority.ca, server_name="api.example.com")),
        (by_name, Tls(insecure=True)),
    ):
        tls_server.answer(response(200, b"{}"))
        assert body_of(to(url, tls=tls).request("/")) == b"{}"
    unknown = failure_of(to(tls_server.url).request("/"))
    assert unknown == Failure(
        FailureKind.UNTRUSTED, "certificate verify failed: unable to get local issuer certificate"
    )
    other_host = failure_of(to(by_name, tls=ours).request("/"))
    assert other_host.kind == FailureKind.UNTRUSTED
    assert "Hostname mismatch, certificate is not valid for 'localhost'" in other_host.message


@pytest.mark.parametrize("embedded", [False, True])
def test_a_client_certificate_is_shown_from_files_or_from_memory(
    authority: Authority, to: To, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, embedded: bool
) -> None:
    """Keys that stand in the kubeconfig leave no file behind."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    certificate, key = authority.client
    shown = Tls(
        ca=authority.ca,
        certificate=certificate.read_bytes() if embedded else certificate,
        key=key.read_bytes() if embedded else key,
    )
    with ScriptedServer(authority.context(wants_client=True)) as server:
        server.answer(response(200, b"{}"))
        assert body_of(to(server.url, tls=shown).request("/")) == b"{}"
        anonymous = failure_of(to(server.url, tls=Tls(ca=authority.ca)).request("/"))
        assert anonymous.kind in {FailureKind.UNTRUSTED, FailureKind.DROPPED}
    assert not list(tmp_path.iterdir())


def test_certificates_that_are_none_are_refused_before_any_request(tmp_path: Path) -> None:
    """With words, and nothing of what was embedded."""
    with pytest.raises(ConnectError, match="certificate-authority holds no certificate"):
        tls_context(Tls(ca=b"nothing"))
    with pytest.raises(ConnectError, match="client certificate and key cannot be used"):
        tls_context(Tls(certificate=b"x", key=b"y"))


def test_an_encrypted_key_does_not_ask_for_its_password(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenSSL would ask on the terminal, in the middle of a pipe."""
    passwords: list[str] = []

    def load(
        _: ssl.SSLContext, certfile: Path, keyfile: Path | None = None, password: Callable[[], str] = input
    ) -> None:
        passwords.append(password())

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", load)
    certificate, key = authority.client
    tls_context(Tls(certificate=certificate, key=key))
    tls_context(Tls(certificate=certificate.read_bytes(), key=key))
    assert passwords == ["", ""]


@pytest.mark.parametrize("url", ["ftp://c", "https://", "https://c:port", "https://c:0"])
def test_an_address_that_cannot_be_one_is_refused(url: str) -> None:
    """With words instead of a traceback."""
    with pytest.raises(ConnectError):
        transport_to(url)
    with pytest.raises(ConnectError):
        transport_to("https://c", proxy=url)


class Proxy:
    """Takes one CONNECT, and joins both sides; or refuses."""

    def __init__(self, target: int, answer: bytes, context: ssl.SSLContext | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.head = b""
        self._target, self._answer, self._context = target, answer, context
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        plain, _ = self._listener.accept()
        near = self._context.wrap_socket(plain, server_side=True) if self._context else plain
        with near, socket.create_connection(("127.0.0.1", self._target)) as far:
            while b"\r\n\r\n" not in self.head:
                self.head += near.recv(4096)
            near.sendall(self._answer)
            back = Thread(target=_copy, args=(far, near), daemon=True)
            back.start()
            _copy(near, far)
            back.join(5)


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


@pytest.mark.parametrize("secure", [False, True])
def test_a_tunnel_through_a_proxy_keeps_tls_to_the_server(
    tls_server: ScriptedServer, authority: Authority, to: To, monkeypatch: pytest.MonkeyPatch, *, secure: bool
) -> None:
    """The proxy sees a host's name and its own password, and never our token; it may be reached over TLS itself."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.folder / "ca.crt"))  # the system's own trust, for the proxy
    proxy = Proxy(tls_server.port, b"HTTP/1.1 200 OK\r\n\r\n", authority.context() if secure else None)
    url = f"{'https' if secure else 'http'}://me:p%40ss@127.0.0.1:{proxy.port}"
    transport = to(tls_server.url, tls=Tls(ca=authority.ca), login=Login(token="t"), proxy=url)
    tls_server.answer(CHUNKED, chunk(b"{}"), LAST_CHUNK)
    stream = transport.stream("/", {}, seconds=5)
    assert isinstance(stream, Stream), stream
    assert stream.read() == b"{}"
    assert stream.read() == b""
    transport.close()
    proxy.close()
    request, *headers = proxy.head.decode().split("\r\n")
    assert request.startswith(f"CONNECT 127.0.0.1:{tls_server.port} HTTP/1.")
    assert "proxy-authorization: basic bwu6cebzcw==" in map(str.lower, headers)
    assert not any("Bearer" in header for header in headers)
    assert tls_server.requests[0].header("authorization") == "Bearer t"


def test_a_proxy_that_refuses_is_named(tls_server: ScriptedServer, authority: Authority, to: To) -> None:
    """The server itself may be well."""
    proxy = Proxy(tls_server.port, b"HTTP/1.1 407 Who are you\r\n\r\n")
    transport = to(tls_server.url, tls=Tls(ca=authority.ca), proxy=f"http://127.0.0.1:{proxy.port}")
    refused = transport.request("/")
    assert refused == Failure(FailureKind.UNREACHABLE, "Tunnel connection failed: 407 Who are you")
    proxy.close()


def test_without_tls_a_proxy_is_given_the_whole_address(server: ScriptedServer, to: To) -> None:
    """As HTTP has it; the kubeconfig's proxy is used whatever NO_PROXY says."""
    server.answer(response(200, b"{}"))
    by_proxy = server.url.replace("http://", "http://me:secret@")
    transport = to("http://api.example.com:8080/x", proxy=by_proxy, environment={"NO_PROXY": "*"})
    assert body_of(transport.request("/api")) == b"{}"
    assert server.requests[0].target == "http://api.example.com:8080/x/api"
    assert server.requests[0].header("host") == "api.example.com:8080"
    assert server.requests[0].header("proxy-authorization") == "Basic bWU6c2VjcmV0"


@pytest.mark.parametrize(
    ("url", "without", "used"),
    [
        ("https://api.example.com", "", True),
        ("https://api.example.com", "*", False),
        ("https://api.example.com", "other.com, example.com", False),
        ("https://api.example.com", ".example.com", False),
        ("https://example.com", ".example.com", True),
        ("https://badexample.com", "example.com", True),
        ("https://api.example.com:6443", "example.com:443", True),
        ("https://api.example.com:6443", "example.com:6443", False),
        ("https://10.1.2.3", "10.0.0.0/8", False),
        ("https://11.1.2.3", "10.0.0.0/8", True),
        ("https://[fd00::1]:6443", "fd00::/8", False),
        ("https://[fd00::1]:6443", "[fd00::1]:6443", False),
        ("https://127.0.0.1:6443", "", False),
        ("https://localhost:6443", "", False),
        ("http://api.example.com", "", False),
    ],
)
def test_the_environments_proxy_is_used_as_go_does(url: str, without: str, *, used: bool) -> None:
    """Kubectl's rules; the standard library knows no networks."""
    environment = {"HTTPS_PROXY": "proxy:3128", "NO_PROXY": without}
    assert proxy_of(urlsplit(url), environment) == ("http://proxy:3128" if used else "")
