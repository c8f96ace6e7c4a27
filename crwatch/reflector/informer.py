"""A store that keeps itself equal to a server's selection, and tells what happens to it."""

import time
from collections.abc import Iterator, Sequence
from threading import Thread
from types import TracebackType
from typing import Final, Self

from crwatch.cache.store import Store, StoreWriter
from crwatch.model.delta import Delta
from crwatch.model.notice import Batch, Notice
from crwatch.reflector.clock import SystemClock
from crwatch.reflector.departure import Departures
from crwatch.reflector.driver import Driver
from crwatch.reflector.mailbox import Mailbox, MailboxClosedError
from crwatch.reflector.ports import Clock, ListerWatcher

STOP_SECONDS: Final = 1.0
"""How long an end waits for all threads; a request that hangs is left to its own time limit."""


class Informer:
    """Follows one selection in a thread of its own, from entering the context to leaving it.

    Iterating gives Deltas and Notices in the order in which they became true, for as long as the context is open; a
    failure that nothing can mend is raised there. What was there at the beginning comes first, as `initial` Deltas.

    Args:
        source: what to follow: `Cluster.collection(…)`.
        mailbox: one to share with other informers; then its owner takes the Batches and calls `resolve`.
        watch: which of those that share the mailbox this is.
        clock: time; tests bring their own.
    """

    def __init__(
        self, source: ListerWatcher, *, mailbox: Mailbox | None = None, watch: int = 0, clock: Clock | None = None
    ) -> None:
        self.source = source
        self._mailbox = mailbox or Mailbox()
        writer = StoreWriter(cluster=source.cluster_name, resource=source.resource)
        self.store: Store = writer.store
        self._departures = Departures(source)
        self._driver = Driver(source, writer, self._mailbox, clock or SystemClock(), watch=watch)
        name = f"crwatch-{source.resource.gvr.plural}"
        self._thread = Thread(target=self._driver.run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end, and wake whoever waits for it; from any thread."""
        self._mailbox.close()
        self._driver.stop()

    def join(self, seconds: float) -> None:
        """Wait for the thread to end, no longer than `seconds`."""
        if self._thread.is_alive():
            self._thread.join(seconds)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        stop_all((self,))

    def resolve(self, batch: Batch) -> Batch:
        """Return the batch with the reason of each arrival and departure; may ask the server, briefly."""
        return self._departures.resolve(batch)

    def __iter__(self) -> Iterator[Delta | Notice]:
        while True:
            try:
                batch = self._mailbox.get()
            except MailboxClosedError:
                return
            if batch is not None:
                yield from self.resolve(batch).items


def stop_all(informers: Sequence[Informer]) -> None:
    """End several informers at once, within a second in all however many they are."""
    for informer in informers:
        informer.stop()
    deadline = time.monotonic() + STOP_SECONDS
    for informer in informers:
        informer.join(max(0.0, deadline - time.monotonic()))
