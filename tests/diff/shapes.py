"""Objects, Deltas and short words for changes, for the tests of this folder."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from crwatch.diff.change import Op
from crwatch.diff.compare import compare
from crwatch.model.delta import Delta, DeltaType, Source
from crwatch.model.objects import KubeObject, decode_object
from crwatch.model.resource import GroupVersionResource, ResourceType
from crwatch.values.scalars import MISSING, Json
from crwatch.values.schema import NO_KEYS, ListKeys

SPEC: dict[str, Any] = {"f:spec": {"f:replicas": {}, "f:image": {}}}
STATUS: dict[str, Any] = {"f:status": {"f:phase": {}, "f:conditions": {}}}

DATABASES = ResourceType(
    GroupVersionResource("stable.example.com", "v1", "databaseclusters"), "DatabaseCluster", namespaced=True
)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def entry(manager: str, second: int, fields: dict[str, Any], **more: str) -> dict[str, Any]:
    """One managedFields entry, its time given by the second."""
    return {
        "manager": manager,
        "operation": "Update",
        "apiVersion": "stable.example.com/v1",
        "time": f"2026-11-22T12:00:{second:02}Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        **more,
    }


def database(rv: int, *entries: dict[str, Any], generation: int = 1, uid: str = "u1", **sections: Any) -> KubeObject:
    """An object of the kind, as a server would send it."""
    metadata = {"name": "orders", "namespace": "shop", "uid": uid, "resourceVersion": str(rv), "generation": generation}
    metadata |= sections.pop("metadata", {})
    if entries:
        metadata["managedFields"] = list(entries)
    body = {"apiVersion": "stable.example.com/v1", "kind": "DatabaseCluster", "metadata": metadata, **sections}
    return decode_object(msgspec.json.encode(body))


def delta(before: KubeObject | None, after: KubeObject | None, **more: Any) -> Delta:
    """What lies between two states, by default as a watch tells it."""
    kind = DeltaType.MODIFIED if before and after else DeltaType.ADDED if after else DeltaType.DELETED
    shown = after or before
    assert shown is not None
    values: dict[str, Any] = {
        "type": kind,
        "cluster": "prod-eu",
        "resource": DATABASES,
        "before": before,
        "after": after,
        "source": Source.WATCH,
        "observed_at": NOON,
        "resource_version": shown.meta.resource_version,
    }
    return Delta(**(values | more))


def told(old: Json, new: Json, keys: ListKeys = NO_KEYS) -> list[str]:
    """The changes in short: sign, path, old and new value."""
    signs = {Op.ADD: "+", Op.REMOVE: "-", Op.REPLACE: "~", Op.MOVE: "move"}
    lines = []
    for field in compare(old, new, keys=keys):
        sides = [msgspec.json.encode(side).decode() for side in (field.old, field.new) if side is not MISSING]
        guess = f" ({field.guess.by} {field.guess.was})" if field.guess else ""
        lines.append(f"{signs[field.op]} {field.path} {' → '.join(sides)}{guess}")
    return lines
