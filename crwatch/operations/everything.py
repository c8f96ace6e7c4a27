"""Every custom resource of a cluster."""

from typing import TYPE_CHECKING

from crwatch.errors import NotServedError
from crwatch.model.resource import ResourceType

if TYPE_CHECKING:
    from crwatch.kube.cluster import Cluster

_DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"


def custom_resources(cluster: "Cluster") -> tuple[ResourceType, ...]:
    """Return the kinds that the CRDs of a cluster define and that can be listed and watched, by group and plural.

    Raises:
        NotServedError: there is none.
        CrwatchError: the CRDs may not be read, or the server cannot be.
    """
    names = {item.meta.name for item in cluster.collection(_DEFINITIONS).whole().items}
    preferred: dict[str, ResourceType] = {}
    for resource in cluster.served():  # the preferred version of a kind comes first
        if resource.gvr.group_resource in names and {"list", "watch"} <= set(resource.verbs):
            preferred.setdefault(resource.gvr.group_resource, resource)
    found = tuple(preferred.values())
    if not found:
        raise NotServedError(f"{cluster.name} has no custom resources", hint="crwatch get crd   lists definitions")
    return found
