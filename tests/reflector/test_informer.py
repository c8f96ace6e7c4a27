"""The informer as a program uses it: a context, an iterator, a store."""

import threading
import time

from crwatch.model.delta import Delta, DeltaType
from crwatch.model.notice import Notice, NoticeKind
from crwatch.model.status import Failure
from crwatch.model.wire import ListPage
from crwatch.reflector.informer import STOP_SECONDS, Informer, stop_all
from crwatch.reflector.ports import PageRequest
from tests.reflector.worlds import VirtualClock, World


def test_it_tells_what_is_there_and_then_what_happens() -> None:
    """Until the context is left; the store is the same all the while."""
    write = iter([True])

    def idle(world: World) -> bytes | Failure | None:
        if next(write, False):
            world.write("orders", replicas=5)
            return None
        time.sleep(0.01)
        return b""

    world = World(idle)
    world.write("orders", replicas=3)
    told: list[str] = []
    with Informer(world, clock=VirtualClock()) as informer:
        for item in informer:
            told.append(item.kind if isinstance(item, Notice) else item.type)
            if isinstance(item, Delta) and item.type == DeltaType.MODIFIED:
                break

    assert told == [DeltaType.ADDED, NoticeKind.SYNCED, NoticeKind.LIVE, DeltaType.MODIFIED]
    assert [item.at("spec.replicas") for item in informer.store.snapshot().values()] == [5]


class Hanging(World):
    """A server that does not answer."""

    def __init__(self, until: threading.Event) -> None:
        super().__init__(lambda _: b"")
        self._until = until

    def list_page(self, request: PageRequest) -> ListPage | Failure:
        self._until.wait(30)
        return super().list_page(request)


def test_many_that_hang_end_within_a_second_in_all() -> None:
    """Ctrl-C does not wait once for each watch."""
    over = threading.Event()
    informers = [Informer(Hanging(over)) for _ in range(5)]
    for informer in informers:
        informer.start()
    before = time.monotonic()
    stop_all(informers)
    took = time.monotonic() - before
    over.set()
    for informer in informers:
        informer.join(5)

    assert took < STOP_SECONDS + 0.5
