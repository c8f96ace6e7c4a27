"""One run of `diff --since`: two states, what differs, and what the difference cannot say."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crwatch.cli.streams import ChangeStyle, Streams
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


def check_cluster(cluster: "Cluster", since: Since, streams: Streams) -> None:
    """Make sure that the version is this cluster's, or say that nobody can know.

    Raises:
        UsageError: the position names another cluster.
    """
    if since.cluster_id is None:
        streams.mention(f"! rv {since.resource_version} names no cluster: that it is one of {cluster.name} is assumed")
    elif since.cluster_id != cluster.position_id():
        raise UsageError(
            f"rv {since.resource_version} is of another cluster: {since.cluster_id}, not {cluster.position_id()}",
            hint="resource versions mean nothing elsewhere; --context names the cluster",
        )


def compare_and_write(
    collections: "Sequence[Collection]", since_rv: str, lens: Lens, streams: Streams, style: ChangeStyle
) -> bool:
    """Write what differs in all collections, and tell whether anything does.

    Raises:
        CrwatchError: a state cannot be had; nothing has been written then.
    """
    comparisons = [compare_since(collection, since_rv) for collection in collections]
    writer = streams.change_writer(style, [collection.resource for collection in collections])
    differs = False
    for comparison in comparisons:
        streams.open(comparison.collection, since_rv=since_rv)
        changes = tuple(comparison.changes(lens))
        writer.write(changes)
        differs = differs or any(changes)
        if not streams.quiet:
            for line in remarks(_result(comparison, changes)):
                streams.mention(line)
    writer.close()
    return differs


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
        rewritten=len(changes) - len(types),
        between=count_between(comparison),
    )
