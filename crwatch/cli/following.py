"""One run of `tail`: from the first list to the last line."""

import time
from collections.abc import Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from crwatch.cli.streams import Streams
from crwatch.diff.lens import Lens
from crwatch.errors import CrwatchError, ReaderGoneError
from crwatch.model.notice import Notice, NoticeKind
from crwatch.model.objects import ObjectKey
from crwatch.operations.tail import Explained, follow
from crwatch.render.notices import Summary, go_on_line
from crwatch.render.writer import ChangeWriter

if TYPE_CHECKING:
    from crwatch.kube.cluster import Cluster
    from crwatch.kube.collection import Collection


class Following:
    """Follows collections and writes what happens, until somebody ends it."""

    def __init__(
        self, cluster: "Cluster", collections: "Sequence[Collection]", streams: Streams, writer: ChangeWriter
    ) -> None:
        self._cluster = cluster
        self._collections = collections
        self._streams = streams
        self._writer = writer
        self._summary = Summary()
        self._positions: dict[int, str] = {}
        self._cluster_id: str | None = None
        self._started = time.monotonic()

    def run(self, lens: Lens, *, initial: bool) -> None:
        """Go on until an exception ends it: Ctrl-C, a signal, a reader that has gone, an error.

        Raises:
            CrwatchError: a collection cannot be followed at all.
        """
        try:
            with closing(follow(self._collections, lens, initial=initial)) as explained:
                for batch in explained:
                    self._write(batch)
        except ReaderGoneError:
            raise
        except BaseException:  # a wish to end, or the error that does
            self._say_goodbye()
            raise

    def _write(self, batch: Explained) -> None:
        self._summary.add(batch.items)
        for item in batch.items:
            if isinstance(item, Notice) and item.kind is NoticeKind.SYNCED:
                self._open(batch.watch, item)
        self._writer.write(batch.items)
        # Only now: the position is that of what has been written.
        self._positions[batch.watch] = batch.position

    def _open(self, watch: int, synced: Notice) -> None:
        """Say what is followed from now on, and what a name that was typed does not mean yet."""
        if self._cluster_id is None:  # asked now: at the end nobody wants to wait for an answer
            with suppress(CrwatchError):
                self._cluster_id = self._cluster.position_id()
        collection = self._collections[watch]
        self._streams.open(collection, objects=synced.counts.objects, resource_version=synced.until_rv)
        name = collection.selection.name
        if name and not synced.counts.objects:
            key = ObjectKey(collection.selection.namespace or "", name)
            self._streams.mention(f"{key} does not exist yet; waiting")

    def _say_goodbye(self) -> None:
        """Say what was seen, and how to ask later what has changed since."""
        if not self._positions:
            return
        seconds = time.monotonic() - self._started
        theme = self._streams.err_theme
        self._streams.mention((self._summary.line(seconds, theme) + self._summary.most_changed(theme)).rstrip("\n"))
        # The least that any watch has reached: what others have told since is told again, and nothing is left out.
        position = min(self._positions.values(), key=lambda version: int(version) if version.isdecimal() else 0)
        at = f"{position}@{self._cluster_id}" if self._cluster_id else position
        environment = self._streams.environment
        self._streams.mention(go_on_line(environment.program, environment.words[1:], at).rstrip("\n"))
