"""A small scripted writer: the life of three database clusters, edited by kubectl as people and operators do."""

import itertools
import json
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.apiserver.kubectl import Kubectl, KubectlError

TYPE = "databaseclusters.stable.example.com"


class Writer:
    """Makes one change after another until it is stopped or has made `limit` of them.

    Args:
        kubeconfig: an administrator's; the objects of `objects.yaml` are in namespace `shop`.
        interval: seconds between changes.
        limit: a bound, in case nobody stops it.
    """

    def __init__(self, kubeconfig: Path, *, interval: float = 1.0, limit: int = 3600) -> None:
        self.failure: str | None = None
        self._kubectl = Kubectl(kubeconfig, namespace="shop")
        self._interval = interval
        self._limit = limit
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._write, name="writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Return when the writer has ended; a change under way is finished first."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _write(self) -> None:
        for args in itertools.islice(_changes(), self._limit):
            if self._stopping.wait(self._interval):
                return
            try:
                self._kubectl.run(*args)
            except KubectlError as error:
                self.failure = str(error)
                return


def _changes() -> Iterator[tuple[str, ...]]:
    """Return kubectl's arguments for each change, for ever; every round leaves the objects as it found them."""
    for generation in itertools.count(1):
        yield _patch("orders", "autoscaler", {"spec": {"replicas": 5}})
        yield _status("orders", generation, phase="Scaling", ready=3, reason="NotEnoughReplicas")
        yield _patch("billing", "jane", {"spec": {"databaseImage": "postgres:17.2", "storageSize": "20Gi"}})
        yield _status("orders", generation, phase="Ready", ready=5, reason="AllReplicasReady")
        yield _patch(
            "billing", "jane", {"spec": {"users": [_user("app", "reader", "writer"), _user("audit", "reader")]}}
        )
        yield "label", TYPE, "cart", "app=cache", "--overwrite", "--field-manager=jane"
        yield _patch("orders", "gitops", {"spec": {"config": "shared_buffers = 1GB\nwork_mem = 16MB\n"}})
        yield "label", TYPE, "cart", "app=db", "--overwrite", "--field-manager=jane"
        yield "delete", TYPE, "cart"
        yield _patch("orders", "autoscaler", {"spec": {"replicas": 3}})
        yield "apply", "-l", "tier=staging", "-f", str(Path(__file__).parent / "objects.yaml")
        yield _patch("orders", "gitops", {"spec": {"config": "shared_buffers = 512MB\nwork_mem = 16MB\n"}})
        yield _patch("billing", "jane", {"spec": {"databaseImage": "postgres:16.4", "storageSize": "10Gi"}})
        yield _patch("billing", "jane", {"spec": {"users": [_user("app", "reader", "writer")]}})


def _patch(name: str, manager: str, patch: Mapping[str, Any]) -> tuple[str, ...]:
    return "patch", TYPE, name, "--type=merge", f"--field-manager={manager}", f"--patch={json.dumps(patch)}"


def _status(name: str, generation: int, *, phase: str, ready: int, reason: str) -> tuple[str, ...]:
    condition = {
        "type": "Ready",
        "status": "True" if phase == "Ready" else "False",
        "reason": reason,
        "lastTransitionTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    status = {"phase": phase, "readyReplicas": ready, "observedGeneration": generation, "conditions": [condition]}
    return *_patch(name, "db-operator", {"status": status}), "--subresource=status"


def _user(name: str, *roles: str) -> dict[str, Any]:
    return {"name": name, "roles": list(roles)}
