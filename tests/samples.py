"""Small true-to-life values that tests of several rooms build on."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from crwatch.model.delta import Delta, DeltaType, Source
from crwatch.model.objects import KubeObject, decode_object
from crwatch.model.resource import GroupVersionResource, ResourceType

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

DATABASES = ResourceType(
    gvr=GroupVersionResource("stable.example.com", "v1", "databaseclusters"),
    kind="DatabaseCluster",
    namespaced=True,
    singular="databasecluster",
    short_names=("dbcluster",),
    verbs=("get", "list", "watch"),
)


def after(seconds: float) -> datetime:
    """Return the time so many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def database_value(name: str = "orders", rv: int | str = 1, *, uid: str | None = None, **spec: Any) -> dict[str, Any]:
    """Return a DatabaseCluster in namespace shop as a dict."""
    return {
        "apiVersion": "stable.example.com/v1",
        "kind": "DatabaseCluster",
        "metadata": {
            "creationTimestamp": "2026-11-19T08:00:00Z",
            "name": name,
            "namespace": "shop",
            "resourceVersion": str(rv),
            "uid": uid or f"uid-{name}",
        },
        "spec": spec,
    }


def database(name: str = "orders", rv: int | str = 1, *, uid: str | None = None, **spec: Any) -> KubeObject:
    """Return a DatabaseCluster in namespace shop as the server would write it."""
    return decode_object(json.dumps(database_value(name, rv, uid=uid, **spec), separators=(",", ":")).encode())


def delta(before: KubeObject | None, after_: KubeObject | None, *, source: Source = Source.WATCH, **more: Any) -> Delta:
    """Return the Delta from one state to the other."""
    shown = after_ or before
    assert shown is not None
    kind = DeltaType.DELETED if after_ is None else DeltaType.MODIFIED if before else DeltaType.ADDED
    return Delta(
        **{
            "type": kind,
            "cluster": "prod-eu",
            "resource": DATABASES,
            "before": before,
            "after": after_,
            "source": source,
            "observed_at": NOON,
            "resource_version": shown.meta.resource_version,
            "previous_resource_version": before.meta.resource_version if before and after_ else None,
            **more,
        }
    )
