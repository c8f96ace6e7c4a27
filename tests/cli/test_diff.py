"""`crwatch diff --since` against a real API server."""

import json

import pytest

from tests.apiserver.kubectl import Kubectl
from tests.cli.manifests import database
from tests.cli.process import Crwatch
from tests.conftest import CrwatchFactory, StartApiServer


@pytest.fixture
def since(kubectl: Kubectl) -> str:
    """The version at which there were orders, billing and old; since then each went its way."""
    for name in ("orders", "billing", "old"):
        kubectl.create(database(name))
    version: str = kubectl.json("get", "dbcluster", "old")["metadata"]["resourceVersion"]
    for replicas in (4, 5):
        kubectl.run("patch", "dbcluster", "orders", "--type=merge", "-p", json.dumps({"spec": {"replicas": replicas}}))
    kubectl.run("delete", "dbcluster", "old")
    kubectl.create(database("new"))
    kubectl.create(database("brief"))
    kubectl.run("delete", "dbcluster", "brief")
    return version


def test_it_is_exactly_the_net_difference_and_says_so(crwatch: Crwatch, namespace: str, since: str) -> None:
    """One changed from 3 to 5 (never 4), one deleted, one created; exit status 1."""
    done = crwatch("diff", "--since", since, "dbcluster", "-n", namespace)

    assert done.returncode == 1
    heads = [line for line in done.stdout.splitlines() if " . " in line]
    assert [line.split()[1:5] for line in heads] == [
        ["-", "databasecluster", f"{namespace}/old", "."],
        ["+", "databasecluster", f"{namespace}/new", "."],
    ]
    assert f"~ databasecluster {namespace}/orders spec.replicas 3 → 5 (net since rv {since})" in done.stdout
    assert "brief" not in done.stdout
    assert f"net since rv {since}" in done.stderr
    assert "1 object came and went" in done.stderr


def test_the_records_are_marked_as_net(crwatch: Crwatch, namespace: str, since: str) -> None:
    """`gap: true`: versions between were not compared."""
    done = crwatch("diff", "--since", since, "dbcluster", "-n", namespace, "-o", "json")

    seen = [json.loads(line) for line in done.stdout.splitlines()]
    assert {(record["type"], record["name"], record["gap"], record["source"]) for record in seen} == {
        ("DELETED", "old", True, "list"),
        ("ADDED", "new", True, "list"),
        ("MODIFIED", "orders", True, "list"),
    }


def test_no_difference_is_status_0(crwatch: Crwatch, kubectl: Kubectl, namespace: str, since: str) -> None:
    """Also where versions moved and contents came back."""
    listed = kubectl.raw(f"/apis/stable.example.com/v1/namespaces/{namespace}/databaseclusters")
    now = listed["metadata"]["resourceVersion"]
    for replicas in (9, 5):
        kubectl.run("patch", "dbcluster", "orders", "--type=merge", "-p", json.dumps({"spec": {"replicas": replicas}}))
    done = crwatch("diff", "--since", now, "dbcluster", "-n", namespace)

    assert (done.returncode, done.stdout) == (0, "")
    assert "1 object rewritten with no net change" in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("abc", "no resource version"),
        ("0", "no resource version"),
        ("10m", "needs the journal"),
        ("9" * 15, "has not happened"),
    ],
)
def test_what_is_no_past_version_is_a_usage_error(
    text: str, words: str, crwatch: Crwatch, namespace: str, since: str
) -> None:
    """Garbage, zero, and the future."""
    done = crwatch("diff", "--since", text, "dbcluster", "-n", namespace)

    assert done.returncode == 2
    assert words in done.stderr


def test_a_version_of_another_cluster_is_a_usage_error(crwatch: Crwatch, namespace: str, since: str) -> None:
    """Where the position says whose it is."""
    done = crwatch("diff", "--since", f"{since}@00000000", "dbcluster", "-n", namespace)

    assert done.returncode == 2
    assert "another cluster" in done.stderr


def test_a_version_that_the_server_forgot_is_status_4(
    start_api_server: StartApiServer, crwatch_with: CrwatchFactory
) -> None:
    """Compacted, with the snapshots off that would still know (protocol 9.7)."""
    server = start_api_server(flags=["--feature-gates=ListFromCacheSnapshot=false"])
    kubectl = Kubectl(server.kubeconfig, namespace="shop")
    kubectl.create(database())
    version = kubectl.json("get", "dbcluster", "orders")["metadata"]["resourceVersion"]
    kubectl.create(database("cart"))
    server.compact()
    done = crwatch_with(server.kubeconfig)("diff", "--since", version, "dbcluster", "-n", "shop")

    assert done.returncode == 4
    assert done.stdout == ""
    assert version in done.stderr


def test_without_since_it_says_what_is_missing(crwatch: Crwatch) -> None:
    """With both forms to type."""
    done = crwatch("diff")

    assert done.returncode == 2
    assert "--since" in done.stderr
