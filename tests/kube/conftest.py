"""Servers that say what they are told to."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from crwatch.kube.transport import Transport
from tests.kube.scripted import Authority, ScriptedServer, To, transport_to


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A scripted server without TLS."""
    with ScriptedServer() as running:
        yield running


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A CA of our own, with certificates for a server and a client."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def tls_server(authority: Authority) -> Iterator[ScriptedServer]:
    """A scripted server with TLS."""
    with ScriptedServer(authority.context()) as running:
        yield running


@pytest.fixture
def to() -> Iterator[To]:
    """A function that makes a transport to a URL, with the options of `transport_to`; closed at the end."""
    with ExitStack() as made:

        def make(url: str, **options: Any) -> Transport:
            transport = transport_to(url, **options)
            made.callback(transport.close)
            return transport

        yield make
