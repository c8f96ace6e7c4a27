import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from crwatch.errors import ServerError, UsageError
from crwatch.kube.cluster import Cluster, connect
from crwatch.kube.kubeconfig import Impersonation
from crwatch.model.selectors import Selection
from crwatch.model.status import Failure
from tests.kube.scripted import ScriptedServer, response


@pytest.fixture
def waits() -> list[str]:
    """What a connection has said that it waits for."""
    return []


@pytest.fixture
def cluster(server: ScriptedServer, tmp_path: Path, waits: list[str]) -> Iterator[Cluster]:
    """A connection to the scripted server, as somebody else, in a namespace of ours."""
    config = {
        "current-context": "prod",
        "clusters": [{"name": "c", "cluster": {"server": server.url}}],
        "contexts": [{"name": "prod", "context": {"cluster": "c", "namespace": "theirs"}}],
    }
    path = tmp_path / "config"
    path.write_text(json.dumps(config))

    def on_wait(failure: Failure, _: float) -> None:
        waits.append(failure.message)

    who = Impersonation(user="jane")
    with connect("prod", str(path), namespace="ours", impersonation=who, on_wait=on_wait) as connected:
        yield connected


def kinds(*names: str) -> bytes:
    resources = [
        {"resource": name, "responseKind": {"kind": name}, "scope": scope, "categories": ["two"], "verbs": ["list"]}
        for name, scope in zip(names, ("Namespaced", "Cluster"), strict=False)
    ]
    versions = [{"version": "v1", "resources": resources}]
    body = {"kind": "APIGroupDiscoveryList", "items": [{"metadata": {"name": "x.io"}, "versions": versions}]}
    return response(200, json.dumps(body).encode())


def test_a_connection_asks_nothing_and_goes_as_whom_it_was_told(server: ScriptedServer, cluster: Cluster) -> None:
    """The words typed win over the kubeconfig."""
    assert (cluster.name, cluster.namespace, cluster.server) == ("prod", "ours", server.url)
    assert not server.requests
    server.answer(response(200, b'{"gitVersion": "v1.37.2"}'))
    assert cluster.version() == "v1.37.2"
    assert server.requests[0].header("impersonate-user") == "jane"


def test_types_are_named_in_lists_and_by_category_and_none_comes_twice(
    server: ScriptedServer, cluster: Cluster
) -> None:
    """As with kubectl; a collection is of one kind."""
    server.answer(response(200, b'{"paths": []}'))
    server.answer(kinds("boats", "cars"))
    assert [one.gvr.plural for one in cluster.resources("cars, two,,boats")] == ["cars", "boats"]
    assert cluster.resource("cars").gvr.plural == "cars"
    with pytest.raises(UsageError, match='"two" names 2 kinds where one is meant'):
        cluster.resource("two")
    with pytest.raises(UsageError, match="no resource type is named"):
        cluster.resources(" , ")
    assert cluster.collection("boats", namespace="shop", name="b").selection == Selection("shop", "b")
    assert cluster.collection("cars", namespace="shop", labels="a=b").selection == Selection(None, None, "a=b")
    assert len(server.requests) == 2


def test_a_clusters_identity_is_its_own_uid_or_the_way_to_it(
    server: ScriptedServer, cluster: Cluster, waits: list[str]
) -> None:
    """A failure that passes must not make it look like another cluster (protocol 9.4)."""
    server.answer(response(429, b"busy", "Retry-After: 0"))
    server.answer(response(200, b'{"metadata": {"uid": "12ab34cd-5678-4000-8000-000000000000"}}'))
    assert cluster.position_id() == "12ab34cd"
    assert waits == ["busy"]
    server.answer(response(403, b"Forbidden"))
    server.answer(response(404, b"404 page not found"))
    first, second = cluster.position_id(), cluster.position_id()
    assert first == second != "12ab34cd"
    assert len(first) == 8
    server.answer(response(502, b"Bad Gateway"))
    with pytest.raises(ServerError):
        cluster.position_id()


def test_what_is_no_api_server_is_said_to_be_none(server: ScriptedServer, cluster: Cluster) -> None:
    """A login page answers 200 to everything."""
    server.answer(response(200, b"<html>"))
    with pytest.raises(ServerError, match="does not answer like an API server"):
        cluster.version()
