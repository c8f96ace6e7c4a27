import time
from threading import Event, Thread
from unittest.mock import ANY

import pytest

from crwatch.kube.kubeconfig import Tls
from crwatch.kube.stream import Stream
from crwatch.kube.transport import Limits, Transport
from crwatch.model.status import Failure, FailureKind
from tests.kube.scripted import CHUNKED, LAST_CHUNK, Authority, ScriptedServer, Then, To, chunk

SHORT = Limits(silence=0.2, overtime=0.0)
DROPPED = Failure(FailureKind.DROPPED, ANY)


@pytest.fixture
def transport(server: ScriptedServer, to: To) -> Transport:
    """A transport to the scripted server."""
    return to(server.url)


def opened(transport: Transport, seconds: float = 60) -> Stream:
    stream = transport.stream("/watch", {"watch": "true"}, seconds=seconds)
    assert isinstance(stream, Stream)
    return stream


def read_to_end(stream: Stream) -> tuple[bytes, Failure | bytes]:
    body = b""
    while isinstance(part := stream.read(), bytes) and part:
        body += part
    assert stream.read() == part  # the end stays the end
    return body, part


LINES = b'{"type":"ADDED"}\n{"type":"MODIFIED"}\n'

CASES: dict[str, tuple[tuple[bytes | Then, ...], bytes, Failure | bytes]] = {
    "the last chunk is a clean end": ((CHUNKED, chunk(LINES), LAST_CHUNK), LINES, b""),
    "a clean end needs no closing": ((CHUNKED, chunk(LINES), LAST_CHUNK, Then.STALL), LINES, b""),
    "a FIN without the last chunk": ((CHUNKED, chunk(LINES), Then.FIN), LINES, DROPPED),
    "a cut in the middle of a line": ((CHUNKED, chunk(LINES)[:-9], Then.FIN), LINES[:-7], DROPPED),
    "a reset": ((CHUNKED, chunk(LINES), Then.RESET), LINES, DROPPED),
    "a Content-Length that is kept": ((b"HTTP/1.1 200 OK\r\nContent-Length: 37\r\n\r\n", LINES), LINES, b""),
    "a Content-Length that is not": (
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", LINES, Then.FIN),
        LINES,
        DROPPED,
    ),
    "no framing": ((b"HTTP/1.0 200 OK\r\n\r\n", LINES, Then.FIN), LINES, DROPPED),
    "a broken chunk": ((CHUNKED, chunk(LINES), b"<html>\r\n"), LINES, DROPPED),
    "a server that will close": (
        (CHUNKED[:-2], b"Connection: close\r\n\r\n", chunk(LINES), LAST_CHUNK, Then.FIN),
        LINES,
        b"",
    ),
    "a character in two chunks": ((CHUNKED, chunk(b"\xc3"), chunk(b"\xa9\n"), LAST_CHUNK), "é\n".encode(), b""),
    "nothing at all": ((CHUNKED, LAST_CHUNK), b"", b""),
}


@pytest.mark.parametrize("case", CASES)
def test_every_end_is_told_apart_after_all_bytes_before_it(
    server: ScriptedServer, transport: Transport, case: str
) -> None:
    """A cut that looks like an end would lose changes in silence."""
    script, body, end = CASES[case]
    server.answer(*script)
    assert read_to_end(opened(transport)) == (body, end)


def test_what_came_at_once_is_read_at_once(server: ScriptedServer, transport: Transport) -> None:
    """Events travel in batches: hundreds of chunks are one read."""
    server.answer(CHUNKED + b"".join(chunk(b"x" * 999 + b"\n") for _ in range(200)) + LAST_CHUNK)
    stream = opened(transport)
    assert server.said.wait(5)
    sizes = []
    while isinstance(part := stream.read(), bytes) and part:
        sizes.append(len(part))
    assert sum(sizes) == 200_000
    assert len(sizes) < 20


def test_silence_is_a_failure_of_its_own(server: ScriptedServer, to: To) -> None:
    """A dead backend behind a load balancer sends nothing, for ever."""
    transport = to(server.url, limits=SHORT)
    server.answer(CHUNKED, chunk(b"one\n"), Then.STALL)
    body, end = read_to_end(opened(transport))
    assert (body, end) == (b"one\n", Failure(FailureKind.SILENT, "nothing came for 0.2 s"))


def test_a_watch_that_outlives_its_time_is_dropped(server: ScriptedServer, to: To) -> None:
    """A proxy may keep a stream open after the server has ended it."""
    transport = to(server.url, limits=Limits(silence=60, overtime=0.1))
    server.answer(CHUNKED, chunk(b"one\n"), Then.STALL)
    body, end = read_to_end(opened(transport, seconds=0.1))
    assert (body, end) == (b"one\n", Failure(FailureKind.DROPPED, "the answer did not end in time"))


def test_time_that_the_reader_takes_is_not_the_servers_silence(server: ScriptedServer, transport: Transport) -> None:
    """Somebody paused our output: the bytes are there, however late we come for them (protocol 9.11)."""
    server.answer(CHUNKED, chunk(b"one\n"), chunk(b"two\n"), LAST_CHUNK)
    stream = opened(transport)
    assert server.said.wait(5)
    stream._left_seconds = stream._silence_seconds = 0.0
    assert read_to_end(stream) == (b"one\ntwo\n", b"")


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_closing_ends_a_read_that_waits_in_another_thread(
    monkeypatch: pytest.MonkeyPatch,
    server: ScriptedServer,
    tls_server: ScriptedServer,
    authority: Authority,
    to: To,
    *,
    secure: bool,
    whole: bool,
) -> None:
    """Ctrl-C ends within a second, also under TLS, where closing a socket under a reader may hang."""
    asked = tls_server if secure else server
    transport = to(asked.url, tls=Tls(ca=authority.ca))
    asked.answer(CHUNKED, chunk(b"one\n"), Then.STALL)
    stream = opened(transport)
    assert stream.read() == b"one\n"
    ends: list[bytes | Failure] = []
    waiting, wait = Event(), stream._wait

    def tell_and_wait() -> bool:
        waiting.set()
        return wait()

    monkeypatch.setattr(stream, "_wait", tell_and_wait)
    reader = Thread(target=lambda: ends.append(stream.read()))
    reader.start()
    assert waiting.wait(5)
    before = time.monotonic()
    (transport if whole else stream).close()
    reader.join(5)
    assert time.monotonic() - before < 1
    assert ends == [DROPPED]
    assert stream.read() == DROPPED


def test_a_tls_stream_that_ends_without_goodbye_is_dropped(
    tls_server: ScriptedServer, authority: Authority, to: To
) -> None:
    """The last chunk decides, not TLS: many servers leave out its close_notify."""
    transport = to(tls_server.url, tls=Tls(ca=authority.ca))
    tls_server.answer(CHUNKED, chunk(LINES), Then.RESET)
    assert read_to_end(opened(transport)) == (LINES, DROPPED)
