"""Which cluster, and which collections of it, typed words and options mean."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from crwatch.cli.options import Connection, Place
from crwatch.cli.words import Target
from crwatch.errors import UsageError
from crwatch.model.resource import ResourceType
from crwatch.values.scalars import parse_duration

if TYPE_CHECKING:
    from crwatch.kube.cluster import Cluster
    from crwatch.kube.collection import Collection


def request_timeout(text: str) -> float | None:
    """Return the seconds that `--request-timeout` writes: `10s`, `1m`, or a bare number of seconds; None for no limit.

    Raises:
        UsageError: it is no duration.
    """
    if text.isascii() and text.isdecimal():
        return float(text) or None
    duration = parse_duration(text)
    if duration is None:
        raise UsageError(f"--request-timeout {text!r} is no duration", hint="10s, 1m30s, or 0 for no limit")
    return duration.total_seconds() or None


def open_cluster(connection: Connection, say: Callable[[str], None]) -> "Cluster":
    """Return the cluster that the options name; nothing is asked of it yet.

    Args:
        connection: the options.
        say: takes what a person should know at once: the server's warnings, and what is waited for.
    """
    from crwatch.kube.cluster import connect

    return connect(
        connection.kube_context,
        connection.kubeconfig,
        request_timeout_seconds=request_timeout(connection.request_timeout),
        on_warning=lambda text: say(f"Warning: {text}"),
        on_wait=lambda failure, seconds: say(f"! {failure.message}: next try in {seconds:.0f}s"),
    )


def collections_of(cluster: "Cluster", targets: Sequence[Target], place: Place) -> "tuple[Collection, ...]":
    """Return one collection for each type and name that is meant, in the order in which they were typed.

    Without a target these are all custom resources that the server has now.

    Raises:
        CrwatchError: a type is not known, or means several.
    """
    from crwatch.operations.everything import custom_resources

    if not targets:
        every = Target("")
        return tuple(_collection(cluster, place, every, resource) for resource in custom_resources(cluster))
    return tuple(
        _collection(cluster, place, target, resource)
        for target in targets
        for resource in cluster.resources(target.type)
    )


def _collection(cluster: "Cluster", place: Place, target: Target, resource: ResourceType) -> "Collection":
    namespace = None if place.all_namespaces else target.namespace or place.namespace or cluster.namespace
    return cluster.collection(resource, namespace=namespace, labels=place.labels, fields=place.fields, name=target.name)
