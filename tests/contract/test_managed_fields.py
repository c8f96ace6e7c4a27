"""Who wrote: what a real server does to managedFields, and what we make of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.apiserver.kubectl import Kubectl
from tests.cli.manifests import database
from tests.cli.process import Crwatch, Running

Entry = dict[str, Any]


def entries(kubectl: Kubectl) -> dict[str, Entry]:
    """Return the managed fields of `orders` by manager."""
    found = kubectl.json("get", "dbcluster", "orders", "--show-managed-fields")["metadata"]["managedFields"]
    return {entry["manager"]: entry for entry in found}


def patch(kubectl: Kubectl, manager: str, body: object, *options: str) -> None:
    kubectl.run(
        "patch", "dbcluster", "orders", "--type=merge", "-p", json.dumps(body), f"--field-manager={manager}", *options
    )


def force(kubectl: Kubectl, manager: str, **spec: Any) -> None:
    """Apply on the server, taking what others own."""
    wanted = database(**spec)
    wanted["spec"] = spec
    kubectl.apply(wanted, "--server-side", f"--field-manager={manager}", "--force-conflicts")


@pytest.fixture
def orders(kubectl: Kubectl) -> None:
    """Made by jane, with a status by the operator."""
    kubectl.create(database(args=["-v", "-x"], paused=True), "--field-manager=jane")
    patch(kubectl, "db-operator", {"status": {"phase": "Ready"}}, "--subresource=status")


@pytest.fixture
def tail(crwatch: Crwatch, namespace: str, orders: None) -> Callable[..., Running]:
    """A function that starts `tail`."""
    return lambda *words: crwatch.start("tail", "dbcluster", "-n", namespace, *words).ready()


def test_an_update_that_only_removes_leaves_no_entry_of_its_writer(kubectl: Kubectl, orders: None) -> None:
    """Pinned: the owner loses the field, its time stays, and who removed it appears nowhere."""
    before = entries(kubectl)
    patch(kubectl, "remover", {"spec": {"paused": None}})
    after = entries(kubectl)

    assert "remover" not in after
    assert before["jane"]["fieldsV1"]["f:spec"].keys() - after["jane"]["fieldsV1"]["f:spec"].keys() == {"f:paused"}
    assert after["jane"]["time"] == before["jane"]["time"]
    assert after["db-operator"] == before["db-operator"]


def test_a_removal_names_who_owned_the_field_and_says_so(
    kubectl: Kubectl, namespace: str, tail: Callable[..., Running]
) -> None:
    """`owned`, and only while the owner's entry is the newest; who really removed it cannot be known."""
    patch(kubectl, "jane", {"spec": {"replicas": 4}})
    records = tail("-o", "json")
    patch(kubectl, "remover", {"spec": {"paused": None}})
    (change,) = json.loads(records.wait_for("paused"))["changes"]

    assert (change["op"], change["at"]) == ("remove", "spec.paused")
    assert all((by["manager"], by["basis"]) == ("jane", "owned") for by in change["by"])
    assert "remover" not in str(change)


def test_a_removal_by_its_owner_is_the_owners(kubectl: Kubectl, tail: Callable[..., Running]) -> None:
    """A manager that applies without a field that it owned: its entry loses it, with a new time."""
    force(kubectl, "argocd", replicas=3, databaseImage="postgres:16.4", backup={"keep": 3})
    records = tail("-o", "json")
    before = entries(kubectl)["argocd"]
    force(kubectl, "argocd", replicas=3, databaseImage="postgres:16.4")
    (change,) = json.loads(records.wait_for("backup"))["changes"]

    assert (change["op"], change["at"]) == ("remove", "spec.backup")
    assert {by["manager"] for by in change["by"]} == {"argocd"}
    assert "f:backup" not in entries(kubectl)["argocd"]["fieldsV1"]["f:spec"]
    assert "f:backup" in before["fieldsV1"]["f:spec"]


def test_two_managers_that_fight_are_named_in_their_order(
    kubectl: Kubectl, namespace: str, tail: Callable[..., Running]
) -> None:
    """Server-side apply by force: each takes the field from the other, and both are told, as a fight at last."""
    running = tail()
    fight = (("argocd", 4), ("keda", 7), ("argocd", 4), ("keda", 7))
    for manager, replicas in fight:
        force(kubectl, manager, replicas=replicas, databaseImage="postgres:16.4")
    kubectl.run("delete", "dbcluster", "orders")
    running.wait_for("deleted")
    lines = [line.split(" spec.replicas ")[1].rstrip() for line in running.out if " ~ " in line]

    assert [line.split()[-1] for line in lines] == [f"@{manager}" for manager, _ in fight]
    assert lines[1] == "4 → 7 (taken from @argocd) @keda"
    assert "against @keda" in lines[2]
    assert "against @argocd" in lines[3]


def test_records_name_both_of_a_fight_in_their_order(kubectl: Kubectl, tail: Callable[..., Running]) -> None:
    """By the writer each, as applied."""
    running = tail("-o", "json")
    fight = (("argocd", 4), ("keda", 7), ("argocd", 4))
    for manager, replicas in fight:
        force(kubectl, manager, replicas=replicas, databaseImage="postgres:16.4")
    kubectl.run("delete", "dbcluster", "orders")
    running.wait_for('"DELETED"')
    changes = [change for line in running.out for change in json.loads(line)["changes"]]

    assert [(change["by"][0]["manager"], change["value"]) for change in changes] == list(fight)
    assert {change["by"][0]["operation"] for change in changes} == {"Apply"}


def test_an_update_takes_the_field_from_who_applied_it(
    kubectl: Kubectl, namespace: str, tail: Callable[..., Running]
) -> None:
    """Pinned: after a patch of an applied field the applier owns it no more."""
    force(kubectl, "argocd", replicas=3, storageSize="10Gi", databaseImage="postgres:16.4")
    running = tail()
    patch(kubectl, "autoscaler", {"spec": {"replicas": 9}})

    assert running.wait_for("spec.replicas 3 → 9").endswith("@autoscaler")
    after = entries(kubectl)
    assert "f:replicas" not in after["argocd"]["fieldsV1"]["f:spec"]
    assert "f:storageSize" in after["argocd"]["fieldsV1"]["f:spec"]
    assert "taken from @argocd" in running.out[-1]


def test_owners_share_a_field_that_both_apply_alike(kubectl: Kubectl, tail: Callable[..., Running]) -> None:
    """Pinned: an equal value makes co-owners, not a conflict; an update then takes it from both."""
    for manager in ("argocd", "flux"):
        kubectl.apply(database(replicas=3), "--server-side", f"--field-manager={manager}")
    assert {
        name for name, entry in entries(kubectl).items() if "f:replicas" in entry["fieldsV1"].get("f:spec", {})
    } >= {
        "argocd",
        "flux",
    }
    running = tail()
    patch(kubectl, "autoscaler", {"spec": {"replicas": 9}})

    line = running.wait_for("spec.replicas 3 → 9")
    assert "@argocd" in line
    assert "@flux" in line


def test_a_status_is_written_under_its_subresource(
    kubectl: Kubectl, namespace: str, tail: Callable[..., Running]
) -> None:
    """`@db-operator/status`, in JSON its own word."""
    records = tail("-o", "json")
    patch(kubectl, "db-operator", {"status": {"phase": "Scaling"}}, "--subresource=status")
    (change,) = json.loads(records.wait_for("Scaling"))["changes"]

    (by,) = change["by"]
    assert (by["manager"], by["subresource"], by["operation"]) == (
        "db-operator",
        "status",
        "Update",
    )
    assert by["basis"] in {"wrote", "owns"}  # two writes within a second leave the same entry


def test_an_item_of_an_undeclared_list_is_its_writers(
    kubectl: Kubectl, namespace: str, tail: Callable[..., Running]
) -> None:
    """Ownership knows the list as one field only (pinned); the event's writer made the change inside."""
    running = tail()
    patch(kubectl, "joe", {"spec": {"args": ["-v", "-y"]}})

    running.wait_for("spec.args[=-x] @joe")
    assert entries(kubectl)["joe"]["fieldsV1"]["f:spec"] == {"f:args": {}}


@pytest.mark.parametrize("rank", ["replicas", "storageSize"])
def test_several_writes_within_a_second_have_their_writers(
    kubectl: Kubectl, namespace: str, tail: Callable[..., Running], rank: str
) -> None:
    """Times have seconds only: a manager that writes the same field twice is still named, as its recent owner."""
    running = tail()
    values = {"replicas": (4, 5, 6), "storageSize": ("11Gi", "12Gi", "13Gi")}[rank]
    for value in values:
        patch(kubectl, "joe", {"spec": {rank: value}})
    for value in values:
        assert running.wait_for(f"spec.{rank}", f"→ {value}").endswith("@joe")
