"""A collection with a history, in memory, and a clock that only moves when somebody waits.

For what the driver does in which order; what a server really answers is proven on a real one in tests/contract.
"""

from collections.abc import Callable
from datetime import datetime
from threading import Event

import msgspec

from crwatch.model.objects import KubeObject, ObjectKey
from crwatch.model.resource import ResourceType
from crwatch.model.selectors import Selection
from crwatch.model.status import Failure, FailureKind
from crwatch.model.wire import ADDED, DELETED, MODIFIED, ListPage
from crwatch.reflector.ports import PageRequest
from tests.samples import DATABASES, after, database


class VirtualClock:
    """Time that passes by waiting alone."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return after(self.seconds)

    def wait(self, stopping: Event, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds


class Happening(msgspec.Struct, frozen=True):
    """One write: what a watch tells of it."""

    version: int
    type: str
    object: KubeObject


class World:
    """A ListerWatcher whose collection the test changes. Watches tell what is new, then run `idle`.

    `idle` is the rest of the world while a watch has nothing to tell: it may write, forget history, or end the watch
    by returning what the stream's `read` is to give: `b""` for an end in order, or a Failure.
    """

    cluster_name = "prod-eu"
    resource: ResourceType = DATABASES
    selection = Selection("shop")

    def __init__(self, idle: Callable[["World"], bytes | Failure | None]) -> None:
        self.version = 10
        self.objects: dict[str, KubeObject] = {}
        self.history: list[Happening] = []
        self.oldest = 0
        self.idle = idle
        self.requests: list[str] = []
        self.page_limit = 2
        self.refusals: list[Failure] = []

    def write(self, name: str, *, uid: str | None = None, **spec: object) -> None:
        self.version += 1
        kind = MODIFIED if name in self.objects else ADDED
        self.objects[name] = database(name, self.version, uid=uid, **spec)
        self.history.append(Happening(self.version, kind, self.objects[name]))

    def delete(self, name: str) -> None:
        self.version += 1
        gone = self.objects.pop(name)
        last = database(name, self.version, uid=gone.meta.uid, **gone.at("spec"))  # type: ignore[arg-type]  # a dict
        self.history.append(Happening(self.version, DELETED, last))

    def compact(self) -> None:
        self.oldest = self.version
        self.history.clear()

    def list_page(self, request: PageRequest) -> ListPage | Failure:
        self.requests.append(f"list {request.continue_token or ''}".strip())
        if self.refusals:
            return self.refusals.pop(0)
        start = int(request.continue_token or 0)
        items = sorted(self.objects.values(), key=lambda item: item.meta.name)
        end = start + self.page_limit if request.limit else len(items)
        return ListPage(tuple(items[start:end]), str(self.version), str(end) if end < len(items) else None)

    def watch(self, resource_version: str, timeout_seconds: int) -> "WorldStream | Failure":
        self.requests.append(f"watch {resource_version}")
        if self.refusals:
            return self.refusals.pop(0)
        return WorldStream(self, int(resource_version))

    def look_up(self, key: ObjectKey, at: str) -> KubeObject | Failure | None:
        return Failure(FailureKind.EXPIRED, "nobody asked")


class WorldStream:
    """One watch of a World."""

    def __init__(self, world: World, position: int) -> None:
        self._world = world
        self._position = position

    def read(self) -> bytes | Failure:
        for _ in range(100):
            if self._position < self._world.oldest:
                return b'{"type":"ERROR","object":{"kind":"Status","reason":"Expired","code":410}}\n'
            if new := [one for one in self._world.history if one.version > self._position]:
                self._position = new[-1].version
                return b"".join(map(_line, new))
            end = self._world.idle(self._world)
            if end is not None:
                return end
        raise AssertionError("the world stands still, and nobody ends the watch")

    def close(self) -> None:
        pass


def _line(one: Happening) -> bytes:
    return b'{"type":"' + one.type.encode() + b'","object":' + one.object.raw + b"}\n"
