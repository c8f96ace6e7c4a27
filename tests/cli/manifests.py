"""Objects that kubectl writes in the tests of whole commands."""

from typing import Any


def database(name: str = "orders", **spec: Any) -> dict[str, Any]:
    """Return a DatabaseCluster with label app=db, to be put into the namespace of whoever writes it."""
    return {
        "apiVersion": "stable.example.com/v1",
        "kind": "DatabaseCluster",
        "metadata": {"name": name, "labels": {"app": "db"}},
        "spec": {"replicas": 3, "databaseImage": "postgres:16.4", "storageSize": "10Gi", **spec},
    }
