"""What definitions declare about lists, read from a real server and kept as keys only."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from crwatch.files import CacheFolder
from crwatch.kube.cluster import connect
from crwatch.kube.collection import Collection
from crwatch.kube.schemas import Schemas
from crwatch.kube.transport import Response, Transport
from crwatch.model.status import Failure
from crwatch.values.path import parse_path
from crwatch.values.schema import NO_KEYS, SET
from tests.apiserver.kubectl import Kubectl
from tests.apiserver.server import ApiServer, Rule
from tests.cli.process import Crwatch
from tests.contract.definitions import SHARDS, shard_definition, shard_set


@pytest.fixture
def shards(api_server: ApiServer, kubectl: Kubectl, tmp_path: Path) -> None:
    """The definition, as the test wants it at the beginning, and one object."""
    file = tmp_path / "crd.json"
    file.write_text(json.dumps(shard_definition()))
    kubectl.apply_crds(file)
    kubectl.create(shard_set((1, 10), (2, 20), (3, 30)))


@pytest.fixture
def opened(api_server: ApiServer, namespace: str) -> Iterator[Any]:
    """A function that gives the collection as a user sees it."""
    with ExitStack() as running:

        def of(kubeconfig: Path, kind: str = SHARDS) -> Collection:
            cluster = running.enter_context(connect(kubeconfig=str(kubeconfig)))
            return cluster.collection(kind, namespace=namespace)

        yield of


class Counting:
    """A transport that remembers how large each answer was."""

    def __init__(self, collection: Collection) -> None:
        self._transport: Transport = collection._transport
        self.sizes: list[int] = []

    def request(self, path: str, **options: Any) -> Response | Failure:
        answer = self._transport.request(path, **options)
        self.sizes.append(len(answer.body) if isinstance(answer, Response) else 0)
        return answer


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Away from the user's own files."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_a_collection_knows_its_declared_keys(shards: None, opened: Any, api_server: ApiServer) -> None:
    """Map keys and sets; an undeclared list has none."""
    keys = opened(api_server.kubeconfig).list_keys()

    assert keys.for_list(parse_path("spec.shards")) == ("shardID",)
    assert keys.for_list(parse_path("spec.zones")) is SET
    assert keys.for_list(parse_path("spec.order")) is None
    assert keys.for_list(parse_path("metadata.finalizers")) is SET


def test_the_next_run_asks_for_metadata_only_until_the_definition_is_edited(
    shards: None, opened: Any, api_server: ApiServer, kubectl: Kubectl, tmp_path: Path
) -> None:
    """What is kept is small, private, and not believed after an edit."""
    own_cache = tmp_path / "cache" / "crwatch"
    collection = opened(api_server.kubeconfig)
    transport = Counting(collection)

    def run() -> Schemas:
        return Schemas(transport, server=collection._server, cache=CacheFolder(str(own_cache)))  # type: ignore[arg-type]  # what it needs of a transport

    first = run()
    keys = first.list_keys(collection.resource)
    assert first.list_keys(collection.resource) is keys
    assert len(transport.sizes) == 1
    assert run().list_keys(collection.resource) == keys
    assert len(transport.sizes) == 2
    kept = list(own_cache.glob("schemas/*"))
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o600]
    assert kept[0].stat().st_size < 500

    (tmp_path / "crd.json").write_text(json.dumps(shard_definition(map_key=None)))
    kubectl.apply_crds(tmp_path / "crd.json")
    assert run().list_keys(collection.resource).for_list(parse_path("spec.shards")) is None

    kept[0].write_bytes(b"{")
    assert run().list_keys(collection.resource).for_list(parse_path("spec.zones")) is SET


def test_who_may_not_read_definitions_has_natural_keys(
    shards: None, opened: Any, api_server: ApiServer, namespace: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Silently: it is the normal state of a developer's rights. A built-in kind declares nothing either."""
    rule = Rule(verbs=("get", "list", "watch"), resources=(SHARDS,))
    jane = api_server.add_user(f"jane-{namespace}", rules=[rule])

    assert opened(jane).list_keys() == NO_KEYS
    assert opened(api_server.kubeconfig, "customresourcedefinitions").list_keys() == NO_KEYS
    assert capfd.readouterr().err == ""


def test_tail_pairs_by_the_declared_key_and_hides_the_order_of_sets(
    shards: None, crwatch: Crwatch, kubectl: Kubectl, namespace: str
) -> None:
    """The shards' natural key collides: without the definition they would be guesses."""
    tail = crwatch.start("tail", SHARDS, "-n", namespace, "-o", "json").ready()
    kubectl.run("patch", SHARDS, "ring", "--type=merge", "-p", json.dumps({"spec": {"zones": ["b", "a"]}}))
    kubectl.run(
        "patch", SHARDS, "ring", "--type=merge", "-p", json.dumps({"spec": shard_set((2, 25), (3, 30))["spec"]})
    )
    tail.wait_for("[shardID=2].weight")
    reordered, changed = map(json.loads, tail.out)

    assert reordered["object"]["spec"]["zones"] == ["b", "a"]
    assert reordered["changes"] == []
    assert [(change["op"], change["at"]) for change in changed["changes"]] == [
        ("remove", "spec.shards[shardID=1]"),
        ("replace", "spec.shards[shardID=2].weight"),
    ]


def test_diff_since_pairs_by_the_declared_key(shards: None, crwatch: Crwatch, kubectl: Kubectl, namespace: str) -> None:
    """With everything shown the order of a set is told."""
    since = kubectl.json("get", SHARDS, "ring")["metadata"]["resourceVersion"]
    body = {"spec": shard_set((2, 25), (3, 30), zones=("b", "a"))["spec"]}
    kubectl.run("patch", SHARDS, "ring", "--type=merge", "-p", json.dumps(body))

    told = crwatch("diff", "--since", since, SHARDS, "-n", namespace)
    paths = [line.split()[4] for line in told.stdout.splitlines()]
    everything = crwatch("diff", "--since", since, SHARDS, "-n", namespace, "--all-fields")

    assert paths == ["spec.shards[shardID=1]", "spec.shards[shardID=2].weight"]
    assert "spec.zones [a, b] → [b, a] (order" in everything.stdout
