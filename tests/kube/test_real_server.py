"""What the rest of crwatch takes for granted of a server, seen on a real one."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread
from typing import Any, Protocol

import pytest
import yaml

from crwatch.errors import (
    ConnectError,
    ForbiddenError,
    NotServedError,
    UnauthorizedError,
    UsageError,
    VersionExpiredError,
)
from crwatch.kube.cluster import Cluster, connect
from crwatch.kube.collection import Collection
from crwatch.kube.patience import Patience
from crwatch.kube.stream import Stream
from crwatch.model.objects import KubeObject
from crwatch.model.status import Failure, FailureKind
from crwatch.model.wire import BOOKMARK, ERROR, ListPage, WatchDecoder, WatchEvent
from crwatch.reflector.ports import PageRequest
from tests.apiserver.kubectl import Kubectl
from tests.apiserver.server import ApiServer, Rule
from tests.conftest import StartApiServer

DATABASES = "databaseclusters.stable.example.com"


class To(Protocol):
    """Connects as the user of a kubeconfig."""

    def __call__(self, kubeconfig: Path, **options: Any) -> Cluster: ...


@pytest.fixture
def to() -> Iterator[To]:
    """A function that connects; the clusters are closed at the end."""
    with ExitStack() as made:

        def connect_to(kubeconfig: Path, **options: Any) -> Cluster:
            return made.enter_context(connect(kubeconfig=str(kubeconfig), **options))

        yield connect_to


@pytest.fixture
def databases(to: To, api_server: ApiServer, namespace: str) -> Collection:
    """The databases of the test's own namespace."""
    return to(api_server.kubeconfig).collection("dbcluster", namespace=namespace)


def database(name: str, **labels: str) -> dict[str, Any]:
    meta = {"name": name, "labels": labels}
    spec = {"replicas": 1, "databaseImage": "é\u0085", "storageSize": "1Gi"}
    return {"apiVersion": "stable.example.com/v1", "kind": "DatabaseCluster", "metadata": meta, "spec": spec}


def opened(collection: Collection, version: str, seconds: int = 30) -> Stream:
    stream = collection.watch(version, seconds)
    assert isinstance(stream, Stream), stream
    return stream


def events_of(collection: Collection, stream: Stream) -> Iterator[WatchEvent]:
    """Return what comes until the clean end of a watch."""
    decoder = WatchDecoder(collection.resource)
    while part := stream.read():
        assert isinstance(part, bytes), part
        yield from decoder.feed(part)
    assert decoder.end()


def names(items: tuple[KubeObject, ...]) -> list[str]:
    return [item.meta.name for item in items]


def test_a_connection_knows_itself(to: To, api_server: ApiServer) -> None:
    """By client certificate; the identity outlives the connection."""
    cluster = to(api_server.kubeconfig)
    assert cluster.server == api_server.url
    assert cluster.namespace == api_server.namespace
    assert cluster.version().startswith("v1.")
    assert cluster.position_id() == to(api_server.kubeconfig).position_id()
    assert int(cluster.position_id(), 16) >= 0
    assert len(cluster.position_id()) == 8


@pytest.mark.parametrize(
    "text", ["databaseclusters", "DatabaseCluster", "dbcluster", DATABASES, "dbcluster.v1.stable.example.com"]
)
def test_a_type_is_known_by_each_of_its_names(to: To, api_server: ApiServer, text: str) -> None:
    """Aggregated discovery, from a server that has no core group."""
    resource = to(api_server.kubeconfig).resource(text)
    assert str(resource.gvr) == "databaseclusters.stable.example.com/v1"
    assert (resource.kind, resource.namespaced, resource.short_names) == ("DatabaseCluster", True, ("dbcluster",))
    assert "status" not in str(to(api_server.kubeconfig).served())


def test_of_two_served_versions_the_server_prefers_one(to: To, api_server: ApiServer) -> None:
    """The other is had by its name."""
    cluster = to(api_server.kubeconfig)
    assert cluster.resource("wd").gvr.version == "v1"
    assert cluster.resource("widgets.v1beta1.example.com").gvr.version == "v1beta1"


def test_an_unknown_type_is_refused_with_kubectls_sentence(to: To, api_server: ApiServer, kubectl: Kubectl) -> None:
    """And a question that kubectl does not ask."""
    with pytest.raises(NotServedError) as caught:
        to(api_server.kubeconfig).resources("wd,databseclusters")
    assert caught.value.message in kubectl.run("get", "databseclusters", check=False).stderr
    assert caught.value.hint == f"did you mean {DATABASES} (dbcluster)?"


def test_pages_are_one_state_whatever_happens_between_them(databases: Collection, kubectl: Kubectl) -> None:
    """All pages carry the list's version, which later writes do not move."""
    kubectl.apply([database(f"db-{number}") for number in range(5)])
    pages: list[ListPage] = []
    token: str | None = None
    while not pages or token:
        page = databases.list_page(PageRequest(continue_token=token, limit=2))
        assert isinstance(page, ListPage), page
        pages.append(page)
        token = page.continue_token
        kubectl.run("delete", "dbcluster", f"db-{5 - len(pages)}")
    assert [names(page.items) for page in pages] == [["db-0", "db-1"], ["db-2", "db-3"], ["db-4"]]
    assert len({page.resource_version for page in pages}) == 1
    assert [page.remaining for page in pages] == [3, 1, None]

    then = databases.whole(at=pages[0].resource_version)
    assert names(then.items) == [f"db-{number}" for number in range(5)]
    assert names(databases.whole().items) == ["db-0", "db-1"]
    assert [len(table.rows) for table in databases.tables()] == [2]
    found, gone = databases.get("db-0"), databases.get("db-4")
    assert found is not None
    assert found.meta.name == "db-0"
    assert gone is None


def test_an_object_has_the_same_bytes_in_a_list_a_watch_and_alone(databases: Collection, kubectl: Kubectl) -> None:
    """A relist compares bytes: otherwise it would invent changes (protocol 9.1)."""
    start = databases.whole().resource_version
    kubectl.apply(database("same"))
    stream = opened(databases, start)
    event = next(events_of(databases, stream))
    stream.close()
    (item,) = databases.whole().items
    alone = databases.get("same")
    assert event.object is not None
    assert alone is not None
    assert item.raw == event.object.raw == alone.raw
    assert "é\u0085".encode() in item.raw


def test_the_past_is_known_by_name_at_a_version(databases: Collection, kubectl: Kubectl) -> None:
    """Whether it left the selection or was deleted is seen there and nowhere else (protocol 9.6)."""
    kubectl.apply(database("db", app="db"))
    (item,) = databases.whole().items
    kubectl.run("label", "dbcluster", "db", "app=web", "--overwrite")
    left = databases.whole()
    kubectl.run("delete", "dbcluster", "db")
    gone = databases.whole().resource_version

    before = databases.look_up(item.key, item.meta.resource_version)
    after = databases.look_up(item.key, left.resource_version)
    assert before == item
    assert after == left.items[0]
    assert databases.look_up(item.key, gone) is None


def test_versions_that_cannot_be_meant_are_usage_errors(to: To, api_server: ApiServer, namespace: str) -> None:
    """Too new, too large for any server, or no version."""
    databases = to(api_server.kubeconfig, request_timeout_seconds=4).collection("dbcluster", namespace=namespace)
    newest = databases.whole().resource_version
    with pytest.raises(UsageError, match="resource version 99999999 has not happened here") as caught:
        databases.whole(at="99999999")  # the server itself waits 3 s for it
    assert caught.value.hint is not None
    assert int(caught.value.hint.rpartition(" ")[2]) >= int(newest)
    for text in ("abc", "0", "-1", "007", "9" * 30):
        with pytest.raises(UsageError):
            databases.whole(at=text)
    answer = databases.list_page(PageRequest(at="abc"))
    assert isinstance(answer, Failure)
    assert answer.kind == FailureKind.BAD_REQUEST


def test_a_compacted_version_is_expired_at_every_door(start_api_server: StartApiServer, to: To) -> None:
    """The list says 410, the watch an ERROR event or a 410; each is exit status 4, not a usage error."""
    server = start_api_server(flags=["--feature-gates=ListFromCacheSnapshot=false"])
    kubectl = Kubectl(server.kubeconfig, namespace="shop")
    databases = to(server.kubeconfig).collection("dbcluster", namespace="shop")
    kubectl.apply([database("a"), database("b")])
    page = databases.list_page(PageRequest(limit=1))
    assert isinstance(page, ListPage)
    then = page.resource_version
    kubectl.apply(database("c"))
    server.compact()

    with pytest.raises(VersionExpiredError, match=f"resource version {then} is older") as caught:
        databases.whole(at=then)
    assert caught.value.cause
    expired = databases.list_page(PageRequest(continue_token=page.continue_token, limit=1))
    assert isinstance(expired, Failure)
    assert expired.kind == FailureKind.EXPIRED
    past = databases.look_up(page.items[0].key, then)
    assert isinstance(past, Failure)

    server.restart()  # the watch's own window is empty then
    stream = Patience().ask(lambda: databases.watch(then, 30))  # 429 while the server begins
    assert isinstance(stream, Stream), stream
    (event,) = events_of(databases, stream)
    assert event.type == ERROR
    assert event.failure is not None
    assert event.failure.kind == FailureKind.EXPIRED


def test_a_token_that_expires_on_the_way_costs_nothing(start_api_server: StartApiServer, to: To) -> None:
    """Everything is listed anew, and no object is lost or told twice."""
    server = start_api_server(flags=["--feature-gates=ListFromCacheSnapshot=false"])
    kubectl = Kubectl(server.kubeconfig, namespace="shop")
    databases = to(server.kubeconfig).collection("dbcluster", namespace="shop")
    kubectl.apply([database(f"db-{number:03}") for number in range(501)])
    pages = databases.pages()
    first = next(pages)
    kubectl.run("delete", "dbcluster", "db-000")
    server.compact()
    (second,) = pages
    assert len(first.items) == 500
    assert names(second.items) == [f"db-{number:03}" for number in range(1, 501)]
    assert int(second.resource_version) > int(first.resource_version)


def test_a_watch_tells_changes_bookmarks_and_its_end(databases: Collection, kubectl: Kubectl) -> None:
    """The end at timeoutSeconds is clean, and comes in time."""
    start = databases.whole().resource_version
    stream = opened(databases, start, seconds=3)
    kubectl.apply(database("db"))
    kubectl.run("delete", "dbcluster", "db")
    before = time.monotonic()
    events = list(events_of(databases, stream))
    assert time.monotonic() - before < 5
    assert [event.type for event in events if event.type != BOOKMARK] == ["ADDED", "DELETED"]
    assert events[-1].type == BOOKMARK
    versions = [int(event.object.meta.resource_version) for event in events if event.object]
    assert versions == sorted(versions)


def test_closing_ends_a_blocked_read_within_a_second(databases: Collection) -> None:
    """Over the real server's TLS."""
    stream = opened(databases, databases.whole().resource_version)
    ends: list[bytes | Failure] = []
    started = Event()

    def read() -> None:
        started.set()
        while isinstance(part := stream.read(), bytes) and part:
            pass
        ends.append(part)

    reader = Thread(target=read)
    reader.start()
    assert started.wait(5)
    before = time.monotonic()
    stream.close()
    reader.join(5)
    assert time.monotonic() - before < 1
    (end,) = ends
    assert isinstance(end, Failure)
    assert end.kind == FailureKind.DROPPED


def test_closing_the_cluster_ends_what_its_threads_do(to: To, api_server: ApiServer, namespace: str) -> None:
    """One call ends all, and nothing is asked after it."""
    cluster = to(api_server.kubeconfig)
    databases = cluster.collection("dbcluster", namespace=namespace)
    streams = [opened(databases, databases.whole().resource_version) for _ in range(3)]
    readers = [Thread(target=_drain, args=(stream,)) for stream in streams]
    for reader in readers:
        reader.start()
    before = time.monotonic()
    cluster.close()
    for reader in readers:
        reader.join(5)
    assert time.monotonic() - before < 1
    with pytest.raises(ConnectError):
        databases.whole()


def _drain(stream: Stream) -> None:
    while isinstance(part := stream.read(), bytes) and part:
        pass


def test_who_may_not_is_told_so(to: To, api_server: ApiServer, namespace: str) -> None:
    """401 and 403 with the server's own words; the token is not among them."""
    rule = Rule(verbs=("list",), resources=(DATABASES,), namespaces=(namespace,))
    kubeconfig = api_server.add_user(f"jane-{namespace}", rules=[rule])
    cluster = to(kubeconfig)
    assert cluster.collection("dbcluster", namespace=namespace).whole().items == ()
    with pytest.raises(ForbiddenError, match=f'"jane-{namespace}" cannot list resource "databaseclusters"'):
        cluster.collection("dbcluster", namespace="other").whole()
    refused = cluster.collection("dbcluster", namespace=namespace).watch("1", 5)
    assert isinstance(refused, Failure)
    assert refused.kind == FailureKind.FORBIDDEN

    token = api_server.token_of(f"jane-{namespace}")
    api_server.remove_user(token)
    with pytest.raises(UnauthorizedError) as caught:
        to(kubeconfig).resource("dbcluster")
    assert token not in f"{caught.value} {caught.value.hint} {caught.value.cause}"


def _ca_of(kubeconfig: Path) -> str:
    data: str = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]["certificate-authority-data"]
    return data


def test_a_server_that_is_not_there_or_not_trusted_is_no_traceback(
    start_api_server: StartApiServer, to: To, tmp_path: Path, api_server: ApiServer
) -> None:
    """Refused, and a certificate of another CA."""
    server = start_api_server(crds=False)
    foreign = tmp_path / "foreign"
    ours, theirs = (_ca_of(one.kubeconfig) for one in (api_server, server))
    foreign.write_text(server.kubeconfig.read_text().replace(theirs, ours))
    with pytest.raises(ConnectError, match="cannot trust the server") as caught:
        to(foreign).resource("dbcluster")
    assert caught.value.cause is not None
    assert caught.value.cause.startswith("certificate verify failed: ")
    server.stop()
    with pytest.raises(ConnectError, match="cannot reach the server") as caught:
        to(server.kubeconfig).resource("dbcluster")
    assert caught.value.cause == "connection refused"
