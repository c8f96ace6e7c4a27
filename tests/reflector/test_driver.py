"""The driver with a machine, a store and a world: what arrives in the mailbox, and when requests are made."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from crwatch.cache.store import StoreWriter
from crwatch.errors import ForbiddenError
from crwatch.model.delta import Delta, DeltaType
from crwatch.model.notice import Notice
from crwatch.model.objects import KubeObject
from crwatch.model.status import Failure, FailureKind
from crwatch.reflector.driver import Driver
from crwatch.reflector.mailbox import Mailbox, MailboxClosedError
from tests.reflector.worlds import VirtualClock, World
from tests.samples import DATABASES

CUT = Failure(FailureKind.DROPPED, "connection reset by peer")


class Script:
    """What the world does each time a watch is idle; after the last one the driver is stopped."""

    def __init__(self, *steps: object) -> None:
        self.steps = iter(steps)
        self.driver: Driver | None = None

    def __call__(self, world: World) -> bytes | Failure | None:
        for scripted in self.steps:
            outcome = scripted(world) if callable(scripted) else scripted
            return outcome if isinstance(outcome, bytes | Failure) else None
        assert self.driver is not None
        self.driver.stop()
        return b""


class Run:
    """A driver that ran to its end in a world, and what it left."""

    def __init__(self, world: World, script: Script | None = None) -> None:
        self.clock = VirtualClock()
        self.writer = StoreWriter(cluster="prod-eu", resource=DATABASES)
        self.mailbox = Mailbox(limit=10_000)
        driver = Driver(world, self.writer, self.mailbox, self.clock, draw=lambda: 0.0)
        if script:
            script.driver = driver
        driver.run()
        self.error: BaseException | None = None
        self.items = list(self._items())

    def _items(self) -> Iterator[Delta | Notice]:
        self.mailbox.close()
        while True:
            try:
                batch = self.mailbox.get()
            except MailboxClosedError:
                return
            except ForbiddenError as error:
                self.error = error
                return
            assert batch is not None
            yield from batch.items

    def told(self) -> list[str]:
        """Return every item in one word or three."""
        return [
            item.kind if isinstance(item, Notice) else f"{item.type} {item.key.name} {item.resource_version}"
            for item in self.items
        ]


def world_of(script: Script, *names: str) -> World:
    world = World(script)
    for name in names:
        world.write(name)
    return world


def test_initial_objects_come_before_the_sync_and_changes_after() -> None:
    """Three objects in two pages, then a write, then a delete."""
    script = Script(lambda w: w.write("orders", replicas=5), lambda w: w.delete("cart"))
    run = Run(world_of(script, "orders", "billing", "cart"), script)

    assert run.told() == [
        "added billing 12", "added cart 13", "added orders 11", "synced", "live", "modified orders 14",
        "deleted cart 15",
    ]  # fmt: skip
    assert run.writer.store.position == "15"


def test_a_cut_loses_nothing_and_relists_nothing() -> None:
    """What happened during the cut comes as events, in order, each once."""

    def write_twice(world: World) -> None:
        world.write("orders", replicas=5)
        world.write("orders", replicas=6)

    script = Script(CUT, write_twice)
    world = world_of(script, "orders")
    run = Run(world, script)

    assert world.requests == ["list", "watch 11", "watch 11"]
    assert run.clock.waits == [0.8]
    assert [item for item in run.told() if item.startswith("modified")] == ["modified orders 12", "modified orders 13"]


def test_a_watch_resumes_where_it_was_after_an_end_in_order() -> None:
    """At once where it has told something."""
    script = Script(lambda w: w.write("orders", replicas=5), b"")
    world = world_of(script, "orders")
    run = Run(world, script)

    assert world.requests == ["list", "watch 11", "watch 12"]
    assert run.clock.waits == []


def test_a_gap_is_told_before_its_net_changes() -> None:
    """Two writes and a delete while blind: one net change, one deletion, and the notice that announces them."""

    def blind(world: World) -> None:
        world.write("orders", replicas=5)
        world.write("orders", replicas=7)
        world.delete("cart")
        world.compact()

    script = Script(blind)
    run = Run(world_of(script, "orders", "cart"), script)
    gap = next(item for item in run.items if isinstance(item, Notice) and item.kind == "gap")

    assert run.told()[-4:] == ["gap", "deleted cart 15", "modified orders 14", "live"]
    assert (gap.counts.modified, gap.counts.deleted, gap.since_rv, gap.until_rv) == (1, 1, "12", "15")
    assert all(item.gap for item in run.items if isinstance(item, Delta) and not item.initial)


def test_a_gap_in_which_nothing_differs_is_told_too() -> None:
    """What came and went in between is unknown (protocol 9.9)."""

    def blind(world: World) -> None:
        world.write("brief")
        world.delete("brief")
        world.compact()

    script = Script(blind)
    run = Run(world_of(script, "orders"), script)

    assert run.told()[-2:] == ["gap", "live"]


def test_a_refusal_before_the_first_sync_is_raised_where_changes_are_taken() -> None:
    """The error of the class that says what to do."""
    world = World(lambda _: None)
    world.refusals = [Failure(FailureKind.FORBIDDEN, "databaseclusters is forbidden: User jane cannot list")]
    run = Run(world)

    assert isinstance(run.error, ForbiddenError)
    assert "jane" in run.error.message


def test_retry_after_is_the_least_wait() -> None:
    """A server that starts asks for five seconds and gets them."""
    script = Script()
    world = world_of(script, "orders")
    world.refusals = [Failure(FailureKind.UNAVAILABLE, "starting", retry_after_seconds=5)]
    run = Run(world, script)

    assert run.clock.waits == [5]
    assert run.told()[:3] == ["reconnecting", "added orders 11", "synced"]


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from("abc"), st.integers(0, 2)),
        st.tuples(st.just("delete"), st.sampled_from("abc"), st.just(0)),
        st.tuples(st.just("recreate"), st.sampled_from("abc"), st.just(0)),
        st.tuples(st.sampled_from(["compact", "cut", "end", "rest"]), st.just(""), st.just(0)),
    ),
    max_size=25,
)


def act(world: World, what: str, name: str, value: int) -> bytes | Failure | None:
    """Do one thing to the world, as far as it is possible."""
    if what == "write":
        world.write(name, uid=world.objects[name].meta.uid if name in world.objects else None, value=value)
    elif what in {"delete", "recreate"} and name in world.objects:
        world.delete(name)
        if what == "recreate":
            world.write(name, uid=f"uid-{name}-{world.version}")
    elif what == "compact":
        world.compact()
    ends: dict[str, bytes | Failure] = {"cut": CUT, "end": b""}
    return ends.get(what)


@given(batches=st.lists(ACTIONS, max_size=6))
def test_the_store_converges_and_the_deltas_tell_the_same_story(batches: list[list[tuple[str, str, int]]]) -> None:
    """Store equals world; folding the Deltas gives it too; each `before` is the last `after`; no version twice."""

    def play(actions: list[tuple[str, str, int]], world: World) -> bytes | Failure | None:
        ends = [end for end in (act(world, *action) for action in actions) if end is not None]
        return ends[-1] if ends else None

    script = Script(*(lambda w, actions=actions: play(actions, w) for actions in batches))
    world = world_of(script, "a")
    run = Run(world, script)

    folded: dict[str, KubeObject] = {}
    seen: set[tuple[str, str, str]] = set()
    for item in run.items:
        if not isinstance(item, Delta):
            continue
        name, known = item.key.name, folded.get(item.key.name)
        identity = (item.object.meta.uid, item.resource_version, item.type)
        assert identity not in seen
        seen.add(identity)
        if item.type == DeltaType.MODIFIED:
            assert item.before == known
        if item.type == DeltaType.ADDED:
            assert known is None
        if item.type == DeltaType.DELETED:
            assert known is not None
            del folded[name]
        else:
            assert item.after is not None
            folded[name] = item.after
    assert folded == world.objects
    assert {key.name: value for key, value in run.writer.store.snapshot().items()} == world.objects
