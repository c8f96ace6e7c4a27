"""A kind and some of its bytes, for the tests of this folder."""

from typing import Any

import msgspec

from crwatch.model.resource import GroupVersionResource, ResourceType

DATABASES = ResourceType(
    GroupVersionResource("stable.example.com", "v1", "databaseclusters"),
    "DatabaseCluster",
    namespaced=True,
    singular="databasecluster",
    short_names=("dbcluster",),
)
PODS = ResourceType(GroupVersionResource("", "v1", "pods"), "Pod", namespaced=True)


def database(name: str = "orders", version: str = "1", **sections: Any) -> dict[str, Any]:
    """An object of the kind, as JSON."""
    metadata = {"name": name, "namespace": "shop", "uid": f"uid-{name}", "resourceVersion": version}
    return {"apiVersion": "stable.example.com/v1", "kind": "DatabaseCluster", "metadata": metadata, **sections}


def line(kind: str, item: Any) -> bytes:
    """One line of a watch."""
    return msgspec.json.encode({"type": kind, "object": item}) + b"\n"
