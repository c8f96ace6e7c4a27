"""One run of `diff --since`: two states, what differs, and what the difference cannot say."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crwatch.cli.options import Style
from crwatch.cli.streams import Streams
from crwatch.cli.words import Since
from crwatch.diff.change import Change
from crwatch.diff.lens import Lens
from crwatch.errors import UsageError
from crwatch.model.delta import DeltaType
from crwatch.operations.diff_since import Comparison, compare_since, count_between
from crwatch.render.comparison import NetResult, remarks

if TYPE_CHECKING:
    from crwatch.kube.cluster import Cluster
    from crwatch.kube.collection import Collection


def compare_and_write(
    cluster: "Cluster",
    collections: "Sequence[Collection]",
    since: Since,
    *,
    lens: Lens,
    streams: Streams,
    style: Style,
) -> bool:
    """Write what differs in all collections, and tell whether anything does.

    Raises:
        UsageError: the position is of another cluster, or has not happened.
        CrwatchError: a state cannot be had; nothing has been written then.
    """
    _check_cluster(cluster, since)
    comparisons = [compare_since(collection, since.resource_version) for collection in collections]
    writer = streams.change_writer(
        style,
        [collection.resource for collection in collections],
        since_rv=since.resource_version,
        first_paths=cluster.column_paths,
    )
    if since.cluster_id is None:
        streams.mention(f"! rv {since.resource_version} names no cluster: that it is one of {cluster.name} is assumed")
    differs = False
    for comparison in comparisons:
        streams.open(comparison.collection, since_rv=since.resource_version)
        changes = tuple(comparison.changes(lens))
        writer.write(changes)
        differs = differs or any(changes)
        if not streams.quiet:
            for line in remarks(_result(comparison, changes)):
                streams.mention(line)
    writer.close()
    return differs


def _check_cluster(cluster: "Cluster", since: Since) -> None:
    if since.cluster_id is not None and since.cluster_id != cluster.position_id():
        raise UsageError(
            f"rv {since.resource_version} is of another cluster: {since.cluster_id}, not {cluster.position_id()}",
            hint="resource versions mean nothing elsewhere; --context names the cluster",
        )


def _result(comparison: Comparison, changes: Sequence[Change]) -> NetResult:
    types = [change.delta.type for change in changes if change]
    added, changed, deleted = map(types.count, (DeltaType.ADDED, DeltaType.MODIFIED, DeltaType.DELETED))
    return NetResult(
        since_rv=comparison.since_rv,
        objects_then=len(comparison.old),
        objects_now=len(comparison.new),
        added=added,
        changed=changed,
        deleted=deleted,
        rewritten=sum(not change and not change.filtered for change in changes),
        filtered=sum(len(change.filtered) for change in changes),
        between=count_between(comparison),
    )
