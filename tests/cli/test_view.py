"""What is noise, hidden or secret: filters, masks and the configuration file, through whole commands."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.apiserver.kubectl import Kubectl
from tests.cli.manifests import database
from tests.cli.process import Crwatch, Running

USERS = [{"name": "app", "roles": ["reader"]}]


@pytest.fixture
def orders(kubectl: Kubectl) -> str:
    """A DatabaseCluster, and its first version."""
    created = json.loads(kubectl.create(database(users=USERS, config="password=one"), "-o", "json").stdout)
    return str(created["metadata"]["resourceVersion"])


@pytest.fixture
def edit(kubectl: Kubectl, orders: str) -> Callable[[], None]:
    """Three writes: jane's spec, the operator's status, jane's label; then the object goes."""

    def write() -> None:
        spec = {"replicas": 5, "databaseImage": "postgres:17", "users": [*USERS, {"name": "b", "roles": ["x"]}]}
        for manager, body, *options in (
            ("jane", {"spec": spec}),
            ("db-operator", {"status": {"phase": "Scaling"}}, "--subresource=status"),
            ("jane", {"metadata": {"labels": {"app": "web"}}}),
        ):
            words = ("--type=merge", "-p", json.dumps(body), f"--field-manager={manager}")
            kubectl.run("patch", "dbcluster", "orders", *words, *options)
        kubectl.run("delete", "dbcluster", "orders")

    return write


@pytest.fixture
def told(crwatch: Crwatch, namespace: str, edit: Callable[[], None]) -> Callable[..., Running]:
    """A function that runs `tail` with options over the writes, to its end."""

    def run(*words: str, **variables: str) -> Running:
        tail = crwatch.start("tail", "dbcluster", "-n", namespace, *words, **variables).ready()
        edit()
        tail.wait_for("DELETED" if "json" in words else "deleted")
        assert tail.stop(signal.SIGINT) == 130
        return tail

    return run


def changed(tail: Running) -> list[str]:
    """Return the paths of what changed, without those of the deleted object."""
    deleted = next(at for at, line in enumerate(tail.out) if " deleted" in line)
    return [line.split()[4] for line in tail.out[:deleted]]


@pytest.mark.parametrize(
    ("words", "paths", "hidden"),
    [
        (("--path", "spec"), ["spec.databaseImage", "spec.replicas", "spec.users[name=b]"], 2),
        (("--path", "**.roles[=x]", "--path", "status"), ["spec.users[name=b]", "status.phase"], 3),
        (("--ignore", "spec", "--ignore", "status.phase"), ["metadata.labels.app"], 4),
        (("--by", "db-*"), ["status.phase"], 4),
        (("--by", "db-operator/status"), ["status.phase"], 4),
        (("--not-by", "jane"), ["status.phase"], 4),
        (("--path", "spec", "--not-by", "jane"), [], 5),
    ],
)
def test_filters_hide_changes_and_count_them(
    told: Callable[..., Running], words: tuple[str, ...], paths: list[str], hidden: int
) -> None:
    """Never the deletion; a subtree that came is shown when it holds what was asked for."""
    tail = told(*words)

    assert sorted(changed(tail)) == sorted(paths)
    assert any(f"{hidden} changes filtered out" in line for line in tail.err)


def test_records_count_what_filters_hide_and_stay_a_chain(told: Callable[..., Running]) -> None:
    """Every version is a record."""
    records = [json.loads(line) for line in told("-o", "json", "--path", "status", "--all-fields").out]

    assert [[change["at"] for change in record["changes"]] for record in records] == [[], ["status"], [], []]
    assert all(record["suppressed"] for record in records[:3])
    assert [record["previousResourceVersion"] for record in records[1:]] == [
        record["resourceVersion"] for record in records[:-1]
    ]


def test_diff_since_filters_too(crwatch: Crwatch, kubectl: Kubectl, namespace: str, orders: str) -> None:
    """What is hidden is no difference: exit 0, and it is counted."""
    kubectl.run("patch", "dbcluster", "orders", "--type=merge", "-p", '{"spec": {"replicas": 5}}')
    words = ("diff", "--since", orders, "dbcluster", "-n", namespace)

    shown, hidden = crwatch(*words, "--path", "spec"), crwatch(*words, "--ignore", "spec.replicas")

    assert (shown.returncode, shown.stdout.split()[4]) == (1, "spec.replicas")
    assert (hidden.returncode, hidden.stdout) == (0, "")
    assert "1 change filtered out" in hidden.stderr
    assert "rewritten" not in hidden.stderr


def test_a_pattern_that_cannot_be_read_is_a_usage_error(crwatch: Crwatch) -> None:
    """With its option and an example."""
    done = crwatch("tail", "dbcluster", "--ignore", "spec..x")

    assert done.returncode == 2
    assert "--ignore: not a path: 'spec..x'" in done.stderr
    assert "hint:" in done.stderr


def test_masked_values_are_never_shown_and_their_change_is(
    crwatch: Crwatch, kubectl: Kubectl, namespace: str, orders: str
) -> None:
    """In text and in the whole object of a record; equal values have one mark."""
    words = ("tail", "dbcluster", "-n", namespace, "--mask", "spec.config", "--mask", "**.roles")
    text, records = crwatch.start(*words).ready(), crwatch.start(*words, "-o", "json").ready()
    for config in ("password=two", "password=one"):
        body = {"spec": {"config": config, "users": [{"name": "app", "roles": ["hidden-role"]}]}}
        kubectl.run("patch", "dbcluster", "orders", "--type=merge", "-p", json.dumps(body))
    kubectl.run("delete", "dbcluster", "orders")
    text.wait_for("deleted")
    records.wait_for("DELETED")
    lines = [line.split() for line in text.out if "spec.config" in line][:2]
    marks = [
        (change["old"], change["value"])
        for line in records.out
        for change in json.loads(line)["changes"]
        if change["at"] == "spec.config"
    ]

    output = "".join([*text.out, *records.out])
    assert "password" not in output
    assert '"reader"' not in output
    assert len(lines) == 2
    assert marks[0] == marks[1][::-1]
    assert marks[0][0] != marks[0][1]
    assert str(marks[0][0]).startswith("‹masked ")


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_get_passes_the_same_gate(crwatch: Crwatch, kubectl: Kubectl, namespace: str, orders: str, output: str) -> None:
    """`--show-secrets` is the only way round."""
    words = ("get", "dbcluster", "orders", "-n", namespace, "-o", output, "--mask", "spec.config")

    assert "password" not in crwatch(*words).stdout
    assert "‹masked " in crwatch(*words).stdout
    assert "password=one" in crwatch(*words, "--show-secrets").stdout


def secret(value: str) -> str:
    meta = {"name": "s", "namespace": "shop"}
    return json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": {"password": value}})


def test_a_secrets_values_are_masked_in_files_too(crwatch: Crwatch, tmp_path: Path) -> None:
    """Without being asked; the difference stays visible."""
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(secret("tiger"))
    new.write_text(secret("lion"))

    masked, shown = crwatch("diff", str(old), str(new)), crwatch("diff", str(old), str(new), "--show-secrets")

    assert masked.returncode == 1
    assert masked.stdout.count("‹masked ") == 2
    assert "tiger" not in masked.stdout
    assert "lion" not in masked.stdout
    assert "tiger → lion" in shown.stdout


CONFIG = """
ignore:
  - metadata.labels
fold:
  - status.phase
mask:
  - spec.config
kinds:
  dbcluster:
    ignore: ["spec.users[*]"]
  widgets:
    ignore: [spec.replicas]
managers:
  'db-*':
    fold: [status]
"""


def test_the_configuration_file_rules_every_command(
    told: Callable[..., Running], crwatch: Crwatch, tmp_path: Path, namespace: str
) -> None:
    """For all, for a kind, for a manager; what it folds is counted as noise, and `--all-fields` shows it."""
    folder = tmp_path / ".config" / "crwatch"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(CONFIG)
    tail = told()

    assert sorted(changed(tail)) == ["spec.databaseImage", "spec.replicas"]
    assert "password" not in "".join(tail.out)
    assert any("noise changes folded" in line for line in tail.err)


def test_a_wrong_word_in_the_file_is_told_with_its_line(crwatch: Crwatch, tmp_path: Path) -> None:
    """And the word that was meant."""
    file = tmp_path / "mine.yaml"
    file.write_text("mask: []\nignroe:\n  - status\n")
    done = crwatch("tail", "dbcluster", CRWATCH_CONFIG=str(file))

    assert done.returncode == 2
    assert f'error: {file}, line 2: "ignroe" is not known here\nhint:  did you mean ignore?' in done.stderr
