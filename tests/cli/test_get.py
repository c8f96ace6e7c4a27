"""`crwatch get` against a real API server, compared with kubectl."""

import json

import pytest

from tests.apiserver.kubectl import Kubectl
from tests.cli.conftest import Crwatch
from tests.cli.manifests import database


@pytest.fixture
def databases(kubectl: Kubectl) -> list[str]:
    """Three databases, one of them with a status."""
    names = ["billing", "cart", "orders"]
    for name in names:
        kubectl.create(database(name))
    kubectl.run(
        "patch", "dbcluster", "orders", "--type=merge", "--subresource=status", "-p", '{"status":{"phase":"Ready"}}'
    )
    return names


@pytest.mark.parametrize(
    "words",
    [
        ("databaseclusters",),
        ("dbcluster", "-o", "wide"),
        ("dbcluster", "orders"),
        ("dbcluster/orders", "dbcluster/cart"),
        ("dbcluster", "-o", "name"),
        ("dbcluster", "-o", "json"),
        ("dbcluster", "orders", "-o", "json"),
        ("dbcluster", "orders", "-o", "yaml"),
        ("dbcluster", "-o", "yaml"),
        ("dbcluster", "-l", "app=none"),
        ("dbcluster", "--field-selector", "spec.databaseImage=postgres:16.4"),
        ("dbcluster", "nosuch"),
    ],
    ids=" ".join,
)
def test_the_output_is_kubectls_to_the_byte(
    words: tuple[str, ...], crwatch: Crwatch, kubectl: Kubectl, namespace: str, databases: list[str]
) -> None:
    """On standard output; on standard error kubectl's sentence where there is one."""
    expected = kubectl.run("get", *words, check=False)
    got = crwatch("get", *words, "-n", namespace)

    assert got.stdout == expected.stdout
    if expected.returncode == 0:
        assert (got.returncode, got.stderr) == (0, expected.stderr)
    else:
        assert got.returncode == 3
        assert expected.stderr.partition("(NotFound): ")[2].strip() in got.stderr


def test_all_namespaces_have_a_column(crwatch: Crwatch, kubectl: Kubectl, databases: list[str]) -> None:
    """As kubectl's -A."""
    words = ("get", "dbcluster", "-A", "-l", "app=db")
    assert crwatch(*words).stdout.split() == kubectl.run(*words).stdout.split()


def test_the_contexts_namespace_is_the_default(crwatch: Crwatch, kubectl: Kubectl, databases: list[str]) -> None:
    """Not all of them, which is what half of the plugins take it for."""
    kubectl.run("config", "set-context", "--current", f"--namespace={kubectl.namespace}")
    try:
        items = json.loads(crwatch("get", "dbcluster", "-o", "json").stdout)["items"]
    finally:
        kubectl.run("config", "set-context", "--current", "--namespace=default")

    assert [item["metadata"]["name"] for item in items] == databases
