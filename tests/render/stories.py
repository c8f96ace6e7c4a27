"""What happens in terminal.md's pictures, as the Changes of a run."""

from datetime import timedelta
from typing import Any

import msgspec

from crwatch.diff.change import Change, Manager
from crwatch.model.delta import Reason
from crwatch.model.objects import KubeObject, decode_object
from crwatch.model.resource import GroupVersionResource, ResourceType
from tests.render.factories import EDITOR, OPERATOR, at, change, with_status
from tests.samples import database, database_value

READY_SINCE = "2026-11-22T17:00:51Z"


def condition(kind: str, status: str, reason: str, since: str = READY_SINCE, message: str = "") -> dict[str, str]:
    """Return a condition as controllers write it."""
    return {"type": kind, "status": status, "reason": reason, "lastTransitionTime": since, "message": message}


def orders(rv: int, generation: int, status: dict[str, Any] | None = None, **spec: Any) -> KubeObject:
    """Return shop/orders in a generation."""
    value = database_value("orders", rv, **spec)
    value["metadata"]["generation"] = generation
    return decode_object(msgspec.json.encode({**value, **({"status": status} if status else {})}))


def live() -> tuple[Change, ...]:
    """Someone edits the spec; the operator follows."""
    ready = {"phase": "Ready", "conditions": [condition("Ready", "True", "AllReady", message="5 of 5")]}
    scaling = condition("Ready", "False", "Reconciling", "2026-11-22T17:05:03Z", "3 of 5 replicas are ready")
    before: dict[str, Any] = {"replicas": 3, "storageSize": "1Gi", "users": [{"name": "app", "roles": ["reader"]}]}
    after = {
        **before,
        "replicas": 5,
        "storageSize": "1024Mi",
        "users": [{"name": "app", "roles": ["reader", "writer"]}],
    }
    return (
        change(
            database("orders", 88101, **before),
            database("orders", 88123, **after),
            writers=[EDITOR],
            observed_at=at("17:05:03.412"),
            previous_observed_at=at("17:04:21.412"),
        ),
        change(
            with_status(database("orders", 88123), **ready),
            with_status(database("orders", 88125), phase="Scaling", conditions=[scaling]),
            writers=[OPERATOR],
            observed_at=at("17:05:03.890"),
            previous_observed_at=at("17:05:03.412"),
        ),
    )


def transitions() -> tuple[Change, ...]:
    """An edit, three conditions in one event, and the generation that catches up."""
    old = [condition("Ready", "True", "AllReady"), condition("Degraded", "False", "AsExpected")]
    new = [
        condition("Ready", "False", "Reconciling", "2026-11-22T17:05:03Z", "3 of 5 replicas are ready"),
        condition("Degraded", "False", "NoQuorum"),
        condition("Paused", "False", "NotRequested", "2026-11-22T17:05:03Z"),
    ]
    six, of_six = {"observedGeneration": 6, "conditions": old}, {"observedGeneration": 6, "conditions": new}
    steps = (
        (orders(88101, 6, six, replicas=3), orders(88123, 7, six, replicas=5), EDITOR, "17:05:03.412"),
        (orders(88123, 7, six, replicas=5), orders(88125, 7, of_six, replicas=5), OPERATOR, "17:05:03.890"),
        (
            orders(88125, 7, of_six, replicas=5),
            orders(88126, 7, {**of_six, "observedGeneration": 7}, replicas=5),
            OPERATOR,
            "17:05:07.114",
        ),
    )
    return tuple(change(a, b, writers=[by], observed_at=at(clock)) for a, b, by, clock in steps)


def long_values() -> Change:
    """An image, a text, a large text, a secret."""
    settings = [f"setting_{number} = {number}" for number in range(1, 6)]
    tail = [f"setting_{number} = {number}" for number in range(9, 14)]
    config = [*settings, "listen_addresses = '*'", "max_connections = 100", "shared_buffers = 2GB", *tail]
    changed = [
        *settings,
        "listen_addresses = '*'",
        "max_connections = 200",
        "shared_buffers = 2GB",
        "work_mem = 64MB",
        *tail,
    ]
    plan = "\n".join(f"step {number}: {'x' * 40}" for number in range(912))
    image = "registry.example.com/platform/postgres:16.{}-alpine@sha256:{}"
    return change(
        database(
            rv=88101,
            databaseImage=image.format(3, "4f2a9e01"),
            config="\n".join(config) + "\n",
            plan=plan,
            password={"value": "‹masked 7f3a›"},
        ),
        database(
            rv=88150,
            databaseImage=image.format(4, "9c81d07b"),
            config="\n".join(changed) + "\n",
            plan=plan.replace("step 700:", "step 700, at last:"),
            password={"value": "‹masked c21e›"},
        ),
        writers=[Manager("helm")],
        observed_at=at("17:08:10.233"),
        previous_observed_at=at("17:06:12.233"),
    )


def lists() -> Change:
    """Keyed items, a set, a move, an item without a key, a scalar."""
    rule = {"from": [{"ip": "10.0.0.0/8"}], "ports": [{"port": 5432, "protocol": "TCP"}], "comment": "the database"}
    other = {"from": [{"ip": "192.168.0.0/16"}], "ports": [{"port": 53, "protocol": "UDP"}], "comment": "names"}
    before: dict[str, Any] = {
        "users": [{"name": "guest", "roles": ["reader"]}, {"name": "app", "roles": ["reader", "writer"]}],
        "steps": [{"name": "check"}, {"name": "dump"}, {"name": "restore"}, {"name": "migrate"}],
        "rules": [other, {**rule, "timeout": "30s"}],
        "args": ["-v", "x", "-v"],
    }
    after: dict[str, Any] = {
        "users": [{"name": "app", "roles": ["writer", "reader"]}, {"name": "audit", "roles": ["reader"]}],
        "steps": [{"name": "check"}, {"name": "migrate"}, {"name": "dump"}, {"name": "restore"}],
        "rules": [other, {"comment": "new", "from": [], "ports": []}, {**rule, "timeout": "1m"}],
        "args": ["-v", "x", "-v", "--verbose"],
    }
    return change(
        database(rv=88150, **before),
        database(rv=88161, **after),
        writers=[Manager("terraform")],
        observed_at=at("17:09:44.120"),
        previous_observed_at=at("17:08:10.120"),
    )


def after_a_gap() -> tuple[Change, ...]:
    """What differs after 28 blind seconds."""
    gap: dict[str, Any] = {"gap": True, "observed_at": at("17:06:12.300"), "previous_observed_at": at("17:05:44.300")}
    scaling = [condition("Ready", "False", "Reconciling", "2026-11-22T17:04:03Z")]
    ready = [condition("Ready", "True", "AllReady", "2026-11-22T17:06:12Z")]
    by = dict.fromkeys(
        ("status.phase", *(f"status.conditions[type=Ready].{of}" for of in ("status", "reason"))), OPERATOR
    )
    return (
        change(
            with_status(database("orders", 88125, replicas=5), phase="Scaling", conditions=scaling),
            with_status(database("orders", 88140, replicas=7), phase="Ready", conditions=ready),
            by={"spec.replicas": Manager("autoscaler"), **by},
            **gap,
        ),
        change(database("tmp", 88102), None, reason=Reason.DELETED, **gap),
    )


def fight() -> tuple[Change, ...]:
    """Two managers that do not know of each other set one field in turns, every eight seconds."""
    keda, argo = Manager("keda-operator"), Manager("argocd-controller")
    return tuple(
        change(
            database("orders", 91400 + step, replicas=5 if step % 2 else 3),
            database("orders", 91401 + step, replicas=3 if step % 2 else 5),
            writers=[argo if step % 2 else keda],
            observed_at=at("03:12:00.118") + timedelta(seconds=8 * step),
            previous_observed_at=at("03:11:52.118") + timedelta(seconds=8 * step),
        )
        for step in range(6)
    )


def several_kinds() -> tuple[Change, ...]:
    """A certificate that expired, and an application with many children."""
    certificates, applications = (
        ResourceType(gvr=GroupVersionResource(group, "v1", f"{kind.lower()}s"), kind=kind, namespaced=True)
        for group, kind in (("cert-manager.io", "Certificate"), ("argoproj.io", "Application"))
    )

    def children(health: str) -> list[dict[str, Any]]:
        return [{"kind": "Pod", "name": f"shop-{n}", "health": {"status": health}} for n in range(14)]

    def history(count: int) -> list[dict[str, Any]]:
        return [{"id": n, "revision": f"{n:07x}"} for n in range(count)]

    ready, expired = (
        condition("Ready", "True", "Ready", "2026-09-22T17:10:01Z"),
        condition("Ready", "False", "Expired", "2026-11-22T17:10:01Z"),
    )
    return (
        change(
            with_status(database("orders-tls", 1), conditions=[ready], renewalTime="2026-11-22T16:10:00Z"),
            with_status(database("orders-tls", 88171), conditions=[expired], renewalTime="2027-01-21T16:10:00Z"),
            writers=[Manager("cert-manager", subresource="status")],
            observed_at=at("17:10:01.310"),
            previous_observed_at=at("17:10:01.310") - timedelta(days=61),
            resource=certificates,
        ),
        change(
            with_status(
                database("shop", 2),
                sync={"status": "Synced"},
                resources=children("Healthy"),
                history=history(0),
            ),
            with_status(
                database("shop", 88174),
                sync={"status": "OutOfSync"},
                resources=children("Progressing"),
                history=history(40),
            ),
            writers=[Manager("argocd-application-controller")],
            observed_at=at("17:10:02.004"),
            previous_observed_at=at("17:07:02.004"),
            resource=applications,
        ),
    )
