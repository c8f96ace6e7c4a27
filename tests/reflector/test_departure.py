"""Left or deleted, entered or created: told by what was at the version in question."""

import pytest

from crwatch.model.delta import Reason
from crwatch.model.notice import Batch
from crwatch.model.objects import KubeObject, ObjectKey
from crwatch.model.selectors import Selection
from crwatch.model.status import Failure, FailureKind
from crwatch.reflector.departure import LIMIT, Departures, judge
from tests.reflector.worlds import World
from tests.samples import database, delta


class Past(World):
    """A world that knows what was there, and notes what it is asked."""

    def __init__(self, answer: KubeObject | Failure | None, *, labels: str = "app=db") -> None:
        super().__init__(lambda _: None)
        self.selection = Selection("shop", labels=labels)
        self.answer = answer
        self.asked: list[tuple[str, str]] = []

    def look_up(self, key: ObjectKey, at: str) -> KubeObject | Failure | None:
        self.asked.append((str(key), at))
        return self.answer


GONE = delta(database(rv=12), None)
NEW = delta(None, database(rv=12))
EXPIRED = Failure(FailureKind.EXPIRED, "too old")


@pytest.mark.parametrize(
    ("of", "answer", "expected"),
    [
        (GONE, database(rv=12), Reason.LEFT_SELECTION),
        (GONE, None, Reason.DELETED),
        (GONE, database(rv=12, uid="uid-2"), Reason.DELETED),
        (GONE, EXPIRED, Reason.UNKNOWN),
        (NEW, database(rv=8), Reason.ENTERED_SELECTION),
        (NEW, None, Reason.CREATED),
        (NEW, database(rv=8, uid="uid-0"), Reason.CREATED),
        (NEW, EXPIRED, Reason.UNKNOWN),
    ],
)
def test_the_answer_decides(of: object, answer: KubeObject | Failure | None, expected: Reason) -> None:
    """The same object there then: it only left or entered. Identity is the uid."""
    assert judge(of, answer).reason == expected  # type: ignore[arg-type]  # a Delta, which is no type for a table


def test_the_other_side_is_the_object_as_it_was_outside() -> None:
    """So that the label's line can be shown."""
    outside = database(rv=12, tier="web")

    assert judge(GONE, outside).after == outside
    assert judge(NEW, outside).before == outside


def test_a_departure_is_asked_for_at_its_version_and_an_arrival_one_before() -> None:
    """Never now: now is a race."""
    past = Past(None)
    Departures(past).resolve(Batch(0, (GONE, NEW), "12"))

    assert past.asked == [("shop/orders", "12"), ("shop/orders", "11")]


def test_without_a_selector_nothing_is_asked() -> None:
    """The wire is unambiguous then."""
    past = Past(None, labels="")
    items = Departures(past).resolve(Batch(0, (GONE, NEW), "12")).items

    assert [getattr(item, "reason", None) for item in items] == [Reason.DELETED, Reason.CREATED]
    assert past.asked == []


def test_what_was_there_from_the_beginning_or_only_changed_needs_no_reason() -> None:
    """Both are returned as they are."""
    past = Past(None)
    batch = Batch(0, (delta(None, database(rv=12), initial=True), delta(database(rv=11), database(rv=12))), "12")

    assert Departures(past).resolve(batch) == batch
    assert past.asked == []


def test_a_flood_of_departures_asks_only_so_often() -> None:
    """The rest is unknown, and said to be."""
    past = Past(None)
    items = Departures(past).resolve(Batch(0, (GONE,) * (LIMIT + 5), "12")).items

    assert len(past.asked) == LIMIT
    assert [getattr(item, "reason", None) for item in items[-5:]] == [Reason.UNKNOWN] * 5
