"""`crwatch get` against a real API server, compared with kubectl."""

import json
import re

import pytest

from tests.apiserver.kubectl import Kubectl
from tests.cli.manifests import database
from tests.cli.process import Crwatch


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


def same_age(table: str) -> str:
    """Make an age of a few seconds the same: one command ran after the other."""
    return re.sub(r"\b\ds$", "0s", table, flags=re.MULTILINE)


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
    ],
    ids=" ".join,
)
def test_the_output_is_kubectls_to_the_byte(
    words: tuple[str, ...], crwatch: Crwatch, kubectl: Kubectl, namespace: str, databases: list[str]
) -> None:
    """On standard output, and on standard error too."""
    expected = kubectl.run("get", *words)
    got = crwatch("get", *words, "-n", namespace)

    assert (got.returncode, same_age(got.stdout), got.stderr) == (0, same_age(expected.stdout), expected.stderr)


def test_a_name_that_does_not_exist_is_an_error_and_the_others_are_printed(
    crwatch: Crwatch, namespace: str, databases: list[str]
) -> None:
    """With kubectl's words."""
    done = crwatch("get", "dbcluster", "cart", "nosuch", "-n", namespace, "-o", "name")

    assert done.returncode == 3
    assert done.stdout == "databasecluster.stable.example.com/cart\n"
    assert 'databaseclusters.stable.example.com "nosuch" not found' in done.stderr


def test_all_namespaces_have_a_column(crwatch: Crwatch, kubectl: Kubectl, databases: list[str]) -> None:
    """As kubectl's -A."""
    words = ("get", "dbcluster", "-A", "-l", "app=db")

    def without_age(table: str) -> list[list[str]]:
        return [line.split()[:-1] for line in table.splitlines()]

    assert without_age(crwatch(*words).stdout) == without_age(kubectl.run(*words).stdout)


def test_the_contexts_namespace_is_the_default(crwatch: Crwatch, kubectl: Kubectl, databases: list[str]) -> None:
    """Not all of them, which is what half of the plugins take it for."""
    kubectl.run("config", "set-context", "--current", f"--namespace={kubectl.namespace}")
    try:
        items = json.loads(crwatch("get", "dbcluster", "-o", "json").stdout)["items"]
    finally:
        kubectl.run("config", "set-context", "--current", "--namespace=default")

    assert [item["metadata"]["name"] for item in items] == databases
