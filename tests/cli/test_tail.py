"""`crwatch tail` against a real API server, with kubectl as the writer."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import jsonpatch
import pytest

from tests.apiserver.kubectl import Kubectl
from tests.cli.manifests import database
from tests.cli.process import Crwatch, Running
from tests.conftest import CrwatchFactory, StartApiServer

LINE = re.compile(r"(\S+) ([+~-]) (\S+) (\S+) (\S+)( .*)? (@\S+)")


@pytest.fixture
def orders(kubectl: Kubectl) -> dict[str, Any]:
    """A DatabaseCluster that is there before anybody looks."""
    kubectl.create(database(users=[{"name": "app", "roles": ["reader"]}]))
    created: dict[str, Any] = kubectl.json("get", "dbcluster", "orders", "--show-managed-fields")
    return created


def records(running: Running) -> Iterator[dict[str, Any]]:
    yield from map(json.loads, running.out)


def patch(kubectl: Kubectl, body: object, *options: str) -> None:
    kubectl.run("patch", "dbcluster", "orders", "--type=merge", "-p", json.dumps(body), *options)


def test_every_kind_of_change_is_told_in_a_pipe(
    crwatch: Crwatch, kubectl: Kubectl, namespace: str, orders: dict[str, Any]
) -> None:
    """Created, changed, status changed, left the selection, entered it, deleted: each with object, path and writer."""
    tail = crwatch.start("tail", "databaseclusters", "-n", namespace, "-l", "app=db").ready()

    kubectl.create(database("cart", replicas=1))
    tail.wait_for(f" + databasecluster {namespace}/cart . created @kubectl-create")
    patch(kubectl, {"spec": {"replicas": 5, "users": [{"name": "app", "roles": ["reader", "writer"]}]}})
    tail.wait_for(f" ~ databasecluster {namespace}/orders spec.replicas 3 → 5 @kubectl-patch")
    tail.wait_for(f" + databasecluster {namespace}/orders spec.users[name=app].roles[=writer] @kubectl-patch")
    patch(kubectl, {"status": {"phase": "Scaling"}}, "--subresource=status")
    tail.wait_for(f" {namespace}/orders status.phase Scaling @kubectl-patch/status")
    patch(kubectl, {"status": {"phase": "Ready"}}, "--subresource=status")
    tail.wait_for(f" ~ databasecluster {namespace}/orders status.phase Scaling → Ready @kubectl-patch/status")
    kubectl.run("label", "dbcluster", "cart", "app=web", "--overwrite")
    tail.wait_for(f" - databasecluster {namespace}/cart . left the selection, still exists @kubectl-label")
    tail.wait_for(f" ~ databasecluster {namespace}/cart metadata.labels.app db → web @kubectl-label")
    kubectl.run("label", "dbcluster", "cart", "app=db", "--overwrite")
    tail.wait_for(f" + databasecluster {namespace}/cart . entered the selection @kubectl-label")
    kubectl.run("delete", "dbcluster", "orders")
    tail.wait_for(f" - databasecluster {namespace}/orders . deleted")

    assert tail.stop(signal.SIGINT) == 130
    assert all(LINE.fullmatch(line.rstrip("\n")) for line in tail.out), tail.out


def test_grep_keeps_object_time_and_path(
    crwatch: Crwatch, kubectl: Kubectl, namespace: str, orders: dict[str, Any]
) -> None:
    """A pipe needs no flag: each change is one whole line, flushed at once."""
    tail = crwatch.start("tail", "dbcluster", "-n", namespace).ready()
    patch(kubectl, {"spec": {"replicas": 4}})

    fields = LINE.fullmatch(tail.wait_for("replicas"))

    assert fields is not None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", fields[1])
    assert fields.groups()[1:] == (
        "~", "databasecluster", f"{namespace}/orders", "spec.replicas", " 3 → 4", "@kubectl-patch",
    )  # fmt: skip


def test_records_are_a_chain_and_their_changes_are_patches(
    crwatch: Crwatch, kubectl: Kubectl, namespace: str, orders: dict[str, Any]
) -> None:
    """Each record links to the one before; each patch turns the old object into the new, but for what is folded."""
    tail = crwatch.start("tail", "dbcluster", "-n", namespace, "-o", "json", "--all-fields").ready()
    for replicas in (4, 5, 6):
        patch(kubectl, {"spec": {"replicas": replicas}})
    kubectl.run("delete", "dbcluster", "orders")
    tail.wait_for('"type":"DELETED"')
    seen = list(records(tail))

    assert [record["type"] for record in seen] == ["MODIFIED", "MODIFIED", "MODIFIED", "DELETED"]
    assert seen[0]["previousResourceVersion"] == orders["metadata"]["resourceVersion"]
    for before, record in itertools.pairwise(seen):
        assert record["previousResourceVersion"] == before["resourceVersion"]
    for before, record in zip([orders, *(one["object"] for one in seen)], seen[:3], strict=False):
        assert jsonpatch.apply_patch(before, record["changes"]) == record["object"]


def test_jq_reads_the_records(crwatch: Crwatch, kubectl: Kubectl, namespace: str, orders: dict[str, Any]) -> None:
    """The recipe of the README: what changed, by whom."""
    tail = crwatch.start("tail", "dbcluster", "-n", namespace, "-o", "json").ready()
    patch(kubectl, {"spec": {"replicas": 7}})
    line = tail.wait_for('"MODIFIED"')

    recipe = r'.changes[] | "\(.at) \(.old) \(.value) \(.by[0].manager)"'
    done = subprocess.run(["jq", "-r", recipe], input=line, capture_output=True, text=True, check=True)

    assert done.stdout == "spec.replicas 3 7 kubectl-patch\n"


def test_nothing_is_printed_for_what_is_there_unless_asked(
    crwatch: Crwatch, namespace: str, orders: dict[str, Any]
) -> None:
    """One line on standard error counts it; `--initial` prints it."""
    quiet = crwatch.start("tail", "dbcluster", "-n", namespace)
    quiet.wait_for("1 object at rv", stream="err")
    initial = crwatch.start("tail", "dbcluster", "-n", namespace, "--initial", "-o", "json")
    record = json.loads(initial.wait_for("ADDED"))

    assert (record["initial"], record["source"], record["object"]["metadata"]["name"]) == (True, "list", "orders")
    assert quiet.stop(signal.SIGTERM) == 143
    assert quiet.out == []


def test_several_types_share_one_stream(
    crwatch: Crwatch, kubectl: Kubectl, namespace: str, orders: dict[str, Any]
) -> None:
    """Cluster-scoped kinds too."""
    tail = crwatch.start("tail", "dbcluster,databaseclasses", "-n", namespace).ready()
    tail.wait_for("databaseclasses", "at rv", stream="err")
    patch(kubectl, {"spec": {"replicas": 4}})
    kubectl.apply(
        {
            "apiVersion": "stable.example.com/v1",
            "kind": "DatabaseClass",
            "metadata": {"name": namespace},
            "spec": {"engine": "postgres"},
        }
    )

    tail.wait_for(f" ~ databasecluster {namespace}/orders spec.replicas 3 → 4")
    tail.wait_for(f" + databaseclass {namespace} . created")


def test_a_name_that_does_not_exist_yet_is_waited_for(crwatch: Crwatch, kubectl: Kubectl, namespace: str) -> None:
    """It is told, and no error."""
    tail = crwatch.start("tail", "dbcluster", "later", "-n", namespace).ready()
    tail.wait_for(f"{namespace}/later does not exist yet", stream="err")
    kubectl.create(database("other"))
    kubectl.create(database("later"))

    tail.wait_for(f"{namespace}/later . created")
    assert not any("other" in line for line in tail.out)


def test_a_recreated_object_shows_what_differs_from_the_one_deleted(
    crwatch: Crwatch, kubectl: Kubectl, namespace: str, orders: dict[str, Any]
) -> None:
    """And that its identity is new."""
    tail = crwatch.start("tail", "dbcluster", "-n", namespace).ready()
    kubectl.run("delete", "dbcluster", "orders")
    kubectl.create(database(replicas=9, users=[{"name": "app", "roles": ["reader"]}]))
    tail.wait_for(f" + databasecluster {namespace}/orders . recreated after ", "new uid")
    tail.wait_for(f" {namespace}/orders spec.replicas 3 → 9 ")

    assert not any("databaseImage" in line for line in tail.out if " - " not in line)


def test_a_watch_that_the_server_ends_goes_on_in_silence(
    start_api_server: StartApiServer, crwatch_with: CrwatchFactory
) -> None:
    """The server is stopped and started again on its data: what happened then is told, each version once."""
    server = start_api_server(progress_notify_interval="1s")
    kubectl = Kubectl(server.kubeconfig, namespace="shop")
    kubectl.create(database())
    tail = crwatch_with(server.kubeconfig).start("tail", "dbcluster", "-n", "shop", "-o", "json").ready()
    patch(kubectl, {"spec": {"replicas": 4}})
    tail.wait_for("MODIFIED")
    server.restart()
    patch(kubectl, {"spec": {"replicas": 5}})
    tail.wait_for('"value":5')
    seen = list(records(tail))

    assert [change["value"] for record in seen for change in record["changes"]] == [4, 5]
    assert seen[0]["resourceVersion"] == seen[1]["previousResourceVersion"]


def test_lost_sight_is_said_and_its_net_changes_are_marked(
    start_api_server: StartApiServer, crwatch_with: CrwatchFactory
) -> None:
    """While we cannot reach the server, objects change and history is compacted: a gap, and the net difference."""
    server = start_api_server(flags=["--feature-gates=ListFromCacheSnapshot=false"])
    kubectl = Kubectl(server.kubeconfig, namespace="shop")
    kubectl.create(database())
    kubectl.create(database("gone"))
    tail = crwatch_with(server.kubeconfig).start("tail", "dbcluster", "-n", "shop").ready()
    os.kill(tail.process.pid, signal.SIGSTOP)
    server.stop()
    server.start()
    patch(kubectl, {"spec": {"replicas": 4}})
    patch(kubectl, {"spec": {"replicas": 8}})
    kubectl.run("delete", "dbcluster", "gone")
    server.compact()
    server.restart()
    os.kill(tail.process.pid, signal.SIGCONT)

    tail.wait_for("! blind for ", "1 changed, 1 deleted", stream="err")
    tail.wait_for("shop/orders spec.replicas 3 → 8 (net of ")
    tail.wait_for("shop/gone . deleted while blind, between ")
    assert not any("→ 4" in line for line in tail.out)


def test_the_reader_may_leave(crwatch: Crwatch, kubectl: Kubectl, namespace: str, orders: dict[str, Any]) -> None:
    """`| head -1` ends it with 141 as soon as there is more to write, and without a traceback."""
    read_end, write_end = os.pipe()
    tail = subprocess.Popen(
        [sys.executable, "-m", "crwatch", "tail", "dbcluster", "-n", namespace, "--initial"],
        env=crwatch.environment,
        stdout=write_end,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(write_end)
    assert os.read(read_end, 10)
    os.close(read_end)
    patch(kubectl, {"spec": {"replicas": 4}})
    _, stderr = tail.communicate(timeout=20)

    assert tail.returncode == 141
    assert "Traceback" not in stderr
