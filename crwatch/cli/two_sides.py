"""One run of `diff A B`: two sides, what differs between them, and what could not be read."""

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crwatch.cli.options import Style
from crwatch.cli.streams import Streams
from crwatch.cli.view import View
from crwatch.diff.change import Change
from crwatch.errors import ExitStatus, NotFoundError, UsageError
from crwatch.model.delta import DeltaType
from crwatch.operations.diff_files import (
    SchemaKeys,
    Side,
    diff_sides,
    live_side,
    pair_sides,
    read_file,
    read_side,
)
from crwatch.render.comparison import filtered_out, how_many_differ
from crwatch.render.notices import render_error
from crwatch.render.text import visible

if TYPE_CHECKING:
    from crwatch.kube.cluster import Cluster

STDIN: Final = "-"
_SIDES: Final = 2
_LIVE: Final = re.compile(r"(?P<type>[A-Za-z][A-Za-z0-9.-]*)/(?:(?P<namespace>[a-z0-9-]+)/)?(?P<name>[^/]+)")
_FILE_ENDINGS: Final = (".yaml", ".yml", ".json", ".ndjson", ".jsonl")


class _Reader:
    """Reads what two words name; connects when one of them is a live object."""

    def __init__(self, connect: "Callable[[], Cluster]", namespace: str | None) -> None:
        self._connect = connect
        self._namespace = namespace
        self.cluster: Cluster | None = None

    def read(self, word: str) -> Side:
        """Return the side that a word names: `-`, a file, or `TYPE/NAME` where there is no such file.

        Raises:
            UsageError: there is no such thing, or it is not text.
            CrwatchError: what the server or the network says.
        """
        if word == STDIN:
            return read_side("standard input", sys.stdin.buffer.read())
        live = _LIVE.fullmatch(word)
        if live is None or word.endswith(_FILE_ENDINGS) or Path(word).exists():
            return read_side(word, read_file(word))
        return self._read_live(word, live["type"], live["namespace"], live["name"])

    def _read_live(self, word: str, kind: str, namespace: str | None, name: str) -> Side:
        if self.cluster is None:
            self.cluster = self._connect()
        resource = self.cluster.resource(kind)
        namespace = namespace or self._namespace or self.cluster.namespace
        found = self.cluster.collection(resource, namespace=namespace).get(name)
        if found is None:
            raise NotFoundError(f'{resource.gvr.group_resource} "{name}" not found', hint="a file is looked for first")
        return live_side(word, found, resource)


def compare_sides(
    words: Sequence[str],
    connect: "Callable[[], Cluster]",
    *,
    namespace: str | None,
    view: View,
    schemas: Sequence[str],
    streams: Streams,
    style: Style,
) -> ExitStatus:
    """Write what differs between two sides; what could not be read is told, and makes the status USAGE.

    Args:
        words: what is to be compared: files, `-` or `TYPE/NAME`.
        connect: gives the cluster; called when a word names a live object, at most once.
        namespace: `--namespace`, of live objects.
        view: what is not shown.
        schemas: files that hold CustomResourceDefinitions.
        streams: where it goes.
        style: what it looks like.

    Raises:
        UsageError: there are not two sides; one does not exist, is not text, or holds no object.
        CrwatchError: what the server or the network says.
    """
    if len(words) != _SIDES:
        program = streams.environment.program
        hint = f"{program} diff --since 88101 databaseclusters\n{program} diff old.yaml new.yaml"
        raise UsageError("diff needs --since, or two things to compare", hint=hint)
    if words[0] == words[1] == STDIN:
        raise UsageError("standard input can be one side only")
    keys = SchemaKeys(tuple(schemas))
    reader = _Reader(connect, namespace)
    old, new = map(reader.read, words)
    pairs = pair_sides(old, new)
    lens = view.lens(streams.environment, keys if reader.cluster is None else keys.or_from(reader.cluster.list_keys))
    streams.mention(f"{_told(old)} {streams.err_theme.arrow} {_told(new)}")
    cluster = reader.cluster.name if reader.cluster else ""
    changes = tuple(diff_sides(pairs, lens, cluster=cluster))
    if reader.cluster is not None:
        reader.cluster.close()
    writer = streams.change_writer(style, [change.delta.resource for change in changes])
    writer.write(changes)
    writer.close()
    for side in (old, new):
        for part in side.unreadable:
            error = UsageError(f"{side.name}:{part.line}: {part.why}")
            streams.err.write(render_error(error, streams.err_theme))
    streams.mention(_sum(changes))
    if filtered := sum(len(change.filtered) for change in changes):
        streams.mention(filtered_out(filtered))
    if pairs.doubtful:
        streams.say(f"! not told: {pairs.doubtful} that one side alone has, unless it is in what could not be read")
    if old.unreadable or new.unreadable:
        return ExitStatus.USAGE
    return ExitStatus.NO if any(changes) else ExitStatus.DONE


def _told(side: Side) -> str:
    count = len(side.objects)
    objects = f"{count} object" if count == 1 else f"{count} objects"
    of = f", the last of {side.states} states" if side.states > count else ""
    return f"{visible(side.name)} ({objects}{of})"


def _sum(changes: Sequence[Change]) -> str:
    types = [change.delta.type for change in changes if change]
    words = {DeltaType.ADDED: "added", DeltaType.MODIFIED: "changed", DeltaType.DELETED: "deleted"}
    return how_many_differ(len(changes), [(types.count(kind), word) for kind, word in words.items()])
