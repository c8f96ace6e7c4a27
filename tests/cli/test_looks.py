"""How changes look, through the whole command on a real API server."""

import json
import re
import signal
from typing import Any

import pytest

from tests.apiserver.kubectl import Kubectl
from tests.cli.manifests import database
from tests.cli.process import Crwatch, Running


@pytest.fixture
def orders(kubectl: Kubectl) -> None:
    """A DatabaseCluster that is there before anybody looks."""
    kubectl.create(database(replicas=3, config="a = 1\nb = 2\n"))


def patch(kubectl: Kubectl, body: object, *options: str) -> None:
    kubectl.run("patch", "dbcluster", "orders", "--type=merge", "-p", json.dumps(body), *options)


def turn(kubectl: Kubectl, status: str, reason: str, clock: str) -> None:
    """Write the condition Ready as a controller does."""
    moved = f"2026-11-22T{clock}Z"
    ready = {"type": "Ready", "status": status, "reason": reason, "message": reason, "lastTransitionTime": moved}
    patch(kubectl, {"status": {"conditions": [ready]}}, "--subresource=status", "--field-manager=db-operator")


def start(crwatch: Crwatch, namespace: str, *options: str) -> Running:
    return crwatch.start("tail", "dbcluster", "-n", namespace, *options).ready()


@pytest.mark.usefixtures("orders")
def test_a_condition_is_one_line(crwatch: Crwatch, kubectl: Kubectl, namespace: str) -> None:
    """Status, reason, message and time; and the summary at the end names it once."""
    turn(kubectl, "True", "AllReady", "17:00:51")
    tail = start(crwatch, namespace)

    turn(kubectl, "False", "Scaling", "17:05:03")
    line = tail.wait_for("conditions")
    turn(kubectl, "True", "AllReady", "17:06:03")
    tail.wait_for("after 1m0s")
    turn(kubectl, "False", "Scaling", "17:06:05")
    again = tail.wait_for("after 2s")

    ready = f"~ databasecluster {namespace}/orders status.conditions[type=Ready]"
    assert line.endswith(f"{ready} True → False (Scaling, after 4m12s) @db-operator/status")
    assert re.search(r"True → False \(Scaling, after 2s, ↺ 2 times in [\d.]+s\) @db-operator/status$", again)
    assert tail.stop(signal.SIGINT) == 130
    assert len(tail.out) == 3
    assert f"most changed: status.conditions[type=Ready] 3× ({namespace}/orders)\n" in tail.err


@pytest.mark.usefixtures("orders")
def test_one_line_an_event(crwatch: Crwatch, kubectl: Kubectl, namespace: str) -> None:
    """`--summary`, in a pipe and under `--heading`."""
    piped = start(crwatch, namespace, "--summary", "--time", "none")
    wide = start(crwatch, namespace, "--summary", "--heading", "--time", "utc")

    patch(kubectl, {"spec": {"replicas": 5, "config": "a = 1\nb = 3\n"}})

    words, _, fields = piped.wait_for("replicas").removesuffix(" @kubectl-patch").partition(" . ")
    assert words == f"- ~ databasecluster {namespace}/orders"
    assert set(fields.split(", ")) == {"spec.replicas 3 → 5", "spec.config 2 lines: 1 changed"}
    assert re.match(rf"\S+Z ~ {namespace}/orders  spec\.\w+ ", wide.wait_for("spec."))


@pytest.mark.usefixtures("orders")
def test_the_time_and_the_colours_are_chosen(crwatch: Crwatch, kubectl: Kubectl, namespace: str) -> None:
    """`--time` in both layouts, `--theme` where there are colours; neither is in the command to go on with."""
    full = start(crwatch, namespace, "--heading", "--time", "full", "--theme", "blue-orange", "--color", "always")
    clock = start(crwatch, namespace, "--time", "clock")

    patch(kubectl, {"spec": {"replicas": 5}})

    assert re.match(r"\d\d:\d\d:\d\d\.\d{3} ~ ", clock.wait_for("replicas"))
    assert re.match(r"\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d ", full.wait_for("orders"))
    assert "\x1b[1;34m5\x1b[0m" in full.wait_for("replicas")
    assert full.stop(signal.SIGINT) == 130
    assert not any("blue-orange" in line for line in full.err)


@pytest.mark.usefixtures("orders")
def test_diff_has_the_same_looks(crwatch: Crwatch, kubectl: Kubectl, namespace: str) -> None:
    """`diff --since` in one line an object."""
    before: dict[str, Any] = kubectl.json("get", "dbcluster", "orders")
    patch(kubectl, {"spec": {"replicas": 5}})
    since = before["metadata"]["resourceVersion"]

    told = crwatch("diff", "--since", since, "dbcluster", "-n", namespace, "--summary", "--time", "none")

    assert told.returncode == 1
    assert told.stdout == (
        f"- ~ databasecluster {namespace}/orders . net since rv {since}: spec.replicas 3 → 5 @kubectl-patch\n"
    )
