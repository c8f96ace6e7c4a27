"""Follow what happens to collections: their informers, one mailbox, one consumer that explains."""

from collections.abc import Generator, Iterator, Sequence

import msgspec

from crwatch.diff.change import Change
from crwatch.diff.lens import Lens
from crwatch.model.delta import Delta
from crwatch.model.notice import Notice
from crwatch.reflector.informer import Informer, stop_all
from crwatch.reflector.mailbox import Mailbox, MailboxClosedError
from crwatch.reflector.ports import ListerWatcher


class Explained(msgspec.Struct, frozen=True):
    """What one batch of one watch comes to, in order."""

    watch: int
    """Which of the collections."""
    items: tuple[Change | Notice, ...]
    position: str
    """The resource version that is reached when all items are written."""


def follow(
    collections: Sequence[ListerWatcher], lens: Lens, *, initial: bool = False
) -> Generator[Explained, None, None]:
    """Yield what happens to the collections, until closed.

    Closing the iterator (or an exception in whoever iterates, with `contextlib.closing`) ends all watches within a
    second.

    Args:
        collections: what to follow; within one the order is that of the server, across several that of arrival.
        lens: how to look at it.
        initial: whether to yield what is there at the beginning, as `added` with `initial`.

    Raises:
        CrwatchError: a collection cannot be followed at all.
    """
    mailbox = Mailbox()
    informers = [Informer(source, mailbox=mailbox, watch=watch) for watch, source in enumerate(collections)]
    try:
        for informer in informers:
            informer.start()
        while True:
            batch = mailbox.get()
            if batch is not None:
                resolved = informers[batch.watch].resolve(batch)
                items = tuple(_explain(resolved.items, lens, initial=initial))
                yield Explained(batch.watch, items, batch.position)
    except MailboxClosedError:
        return
    finally:
        stop_all(informers)


def _explain(items: Sequence[Delta | Notice], lens: Lens, *, initial: bool) -> Iterator[Change | Notice]:
    for item in items:
        if isinstance(item, Notice):
            yield item
        elif initial or not item.initial:
            yield lens.explain(item)


def tail(collections: Sequence[ListerWatcher], lens: Lens, *, initial: bool = False) -> Iterator[Change | Notice]:
    """Yield each Change and each Notice by itself; otherwise as `follow`."""
    for explained in follow(collections, lens, initial=initial):
        yield from explained.items
