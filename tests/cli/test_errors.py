"""Bad input and bad luck: one clear sentence, a hint, the documented status, no traceback."""

import json
import socket
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.apiserver.kubectl import Kubectl
from tests.apiserver.server import ApiServer, Rule
from tests.cli.manifests import database
from tests.cli.process import Crwatch
from tests.conftest import CrwatchFactory, StartApiServer

COMMANDS = [("get", "dbcluster"), ("tail", "dbcluster"), ("diff", "--since", "1", "dbcluster")]


def refused(done: subprocess.CompletedProcess[str], status: int, *parts: str) -> None:
    """Check that the command failed as it should."""
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error: ")
    for part in parts:
        assert part in done.stderr


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_no_kubeconfig(words: tuple[str, ...], crwatch_with: CrwatchFactory) -> None:
    """Nothing was configured."""
    refused(crwatch_with(None)(*words), 3, "no cluster", "hint:")


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_an_unreachable_server(
    words: tuple[str, ...], api_server: ApiServer, crwatch_with: CrwatchFactory, tmp_path: Path
) -> None:
    """Refused at once, and not retried: a person waits."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"https://127.0.0.1:{nobody.getsockname()[1]}"
        config = edited(api_server.kubeconfig, tmp_path, cluster={"server": address})
        refused(crwatch_with(config)(*words), 3, address, "refused")


def test_a_certificate_that_nobody_trusts(api_server: ApiServer, crwatch_with: CrwatchFactory, tmp_path: Path) -> None:
    """The sentence names the certificate, not the library."""
    config = edited(api_server.kubeconfig, tmp_path, without_ca=True)
    refused(crwatch_with(config)("get", "dbcluster"), 3, "certificate")


def test_a_token_that_is_not_known(api_server: ApiServer, crwatch_with: CrwatchFactory, tmp_path: Path) -> None:
    """401; the token itself is in no message."""
    config = edited(api_server.kubeconfig, tmp_path, user={"token": "not-a-token"})
    done = crwatch_with(config)("get", "dbcluster")

    refused(done, 3, "credentials")
    assert "not-a-token" not in done.stderr


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_a_user_without_rights(words: tuple[str, ...], api_server: ApiServer, crwatch_with: CrwatchFactory) -> None:
    """403 is the server's own sentence: who, what, where."""
    jane = api_server.add_user("jane", rules=[])
    refused(crwatch_with(jane)(*words, "-n", "shop"), 3, "forbidden", "jane")


def test_a_user_who_may_list_but_not_watch(api_server: ApiServer, crwatch_with: CrwatchFactory) -> None:
    """`tail` says so at once."""
    rules = [Rule(verbs=("list", "get"), resources=("databaseclusters.stable.example.com",))]
    lister = api_server.add_user("lister", rules=rules)
    done = crwatch_with(lister)("tail", "databaseclusters", "-n", "shop")

    assert done.returncode == 3
    assert "cannot watch" in done.stderr


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_an_unknown_type_names_near_ones(words: tuple[str, ...], crwatch: Crwatch) -> None:
    """Kubectl's sentence, and what was probably meant."""
    done = crwatch(*words[:-1], "databseclusters")
    refused(
        done, 3, 'the server doesn\'t have a resource type "databseclusters"', "databaseclusters.stable.example.com"
    )


def test_an_unknown_context_names_the_known_ones(crwatch: Crwatch) -> None:
    """A typing error is likely."""
    refused(crwatch("get", "dbcluster", "--context", "nosuch"), 2, "nosuch", "hint:")


@pytest.mark.parametrize("words", [("nosuch",), ("get", "--nosuch"), ("get", "dbcluster", "-o", "nosuch"), ("get",)])
def test_words_that_cannot_be_meant(words: tuple[str, ...], crwatch: Crwatch) -> None:
    """Status 2, before any request."""
    refused(crwatch(*words), 2, "hint:")


def test_a_selector_that_the_server_cannot_read(crwatch: Crwatch) -> None:
    """A 400 is the user's to mend."""
    refused(crwatch("get", "dbcluster", "-l", "a in"), 2, "unable to parse requirement")


def test_a_server_that_is_just_starting_is_waited_for(
    start_api_server: StartApiServer, crwatch_with: CrwatchFactory
) -> None:
    """A CRD edit makes its storage answer 429 for a moment: `get` and `tail` wait and go on."""
    server = start_api_server()
    kubectl = Kubectl(server.kubeconfig, namespace="shop")
    kubectl.create(database())
    crwatch = crwatch_with(server.kubeconfig)
    kubectl.run(
        "patch", "crd", "databaseclusters.stable.example.com", "--type=json",
        "-p", json.dumps([{"op": "add", "path": "/spec/names/shortNames/-", "value": "dbc"}]),
    )  # fmt: skip
    results = [crwatch("get", "databaseclusters", "-n", "shop") for _ in range(5)]

    assert [(done.returncode, done.stderr) for done in results] == [(0, "")] * 5


def edited(
    kubeconfig: Path,
    folder: Path,
    *,
    cluster: dict[str, str] | None = None,
    user: dict[str, str] | None = None,
    without_ca: bool = False,
) -> Path:
    """Return a copy of a kubeconfig with another cluster or user."""
    config = yaml.safe_load(kubeconfig.read_text())
    config["clusters"][0]["cluster"].update(cluster or {})
    if user is not None:
        config["users"][0]["user"] = user
    if without_ca:
        for key in ("certificate-authority", "certificate-authority-data"):
            config["clusters"][0]["cluster"].pop(key, None)
    path = folder / "edited.kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path
