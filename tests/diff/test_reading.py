"""How changes read: what is one thing for a person, and what a field's past says about it."""

import json
from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crwatch.diff.change import Change, Manager, Op
from crwatch.diff.lens import Lens
from crwatch.diff.reading import Flapping, Line, Note, Reader, condition_of
from crwatch.model.objects import KubeObject, decode_object
from crwatch.values.path import parse_path
from crwatch.values.scalars import MISSING
from tests import samples
from tests.strategies import values

ARGO, KEDA = Manager("argocd"), Manager("keda")


def state(rv: int = 1, *, generation: int = 1, status: Any = None, uid: str = "uid-1", **spec: Any) -> KubeObject:
    """Return a DatabaseCluster with a generation and a status."""
    value = samples.database_value(rv=rv, uid=uid, **spec)
    value["metadata"]["generation"] = generation
    return decode_object(json.dumps({**value, **({} if status is None else {"status": status})}).encode())


def changed(before: KubeObject, after: KubeObject, *, by: Manager | None = None, **more: Any) -> Change:
    """Return the Change from one state to the next, all of it made by one manager."""
    explained = Lens().explain(samples.delta(before, after, **more))
    writers = () if by is None else (by,)
    fields = tuple(msgspec.structs.replace(field, by=writers) for field in explained.fields)
    return msgspec.structs.replace(explained, fields=fields)


def read(before: KubeObject, after: KubeObject, **more: Any) -> dict[str, Line]:
    """Return the lines of one change by their paths."""
    return {str(line.path): line for line in Reader().read(changed(before, after, **more)).lines}


def condition(status: str = "True", reason: str = "AllReady", moved: str = "17:00:51", **more: Any) -> dict[str, Any]:
    """Return a condition of type Ready."""
    since = f"2026-11-22T{moved}Z"
    return {"type": "Ready", "status": status, "reason": reason, "lastTransitionTime": since, **more}


READY = "status.conditions[type=Ready]"


def test_a_transition_is_one_line() -> None:
    """Status, reason, message and time of one condition; how long it held is told by the server's times."""
    before = state(status={"conditions": [condition(message="fine")], "phase": "Ready"})
    after = state(status={"conditions": [condition("False", "Scaling", "17:05:03", message="3 of 5")], "phase": "Busy"})

    lines = read(before, after)

    assert lines.keys() == {"status.phase", READY}
    assert (lines[READY].old, lines[READY].new) == ("True", "False")
    assert lines[READY].notes == (Note(value="Scaling"), Note("after 4m12s"))
    assert lines[READY].message == "3 of 5"


def test_where_only_the_reason_moved_the_status_stands_alone() -> None:
    """No arrow: nothing turned."""
    before = state(status={"conditions": [condition("False", "AsExpected")]})
    after = state(status={"conditions": [condition("False", "NoQuorum")]})

    line = read(before, after)[READY]

    assert (line.old, line.new) == (MISSING, "False")
    assert line.notes == (Note(value="NoQuorum"), Note("was", "AsExpected"))


def test_a_message_that_moves_alone_is_a_field() -> None:
    """Progress is told in full, old and new."""
    before, after = (state(status={"conditions": [condition(message=f"{n} of 5")]}) for n in (3, 4))

    line = read(before, after)[f"{READY}.message"]

    assert (line.old, line.new) == ("3 of 5", "4 of 5")


@pytest.mark.parametrize("moved", ["17:00:51", "16:00:00"])
def test_no_duration_is_made_up(moved: str) -> None:
    """A transition without a new time, or with one that runs backwards, says none."""
    before = state(status={"conditions": [condition()]})
    after = state(status={"conditions": [condition("False", "Broken", moved)]})

    assert read(before, after)[READY].notes == (Note(value="Broken"),)


def test_conditions_come_and_go() -> None:
    """Their status, reason and message; not a map of five fields."""
    paused = {**condition("False", "NotRequested", message="no"), "type": "Paused"}
    without, with_ = (state(status={"conditions": [condition(), *more]}) for more in ([], [paused]))

    came = read(without, with_)["status.conditions[type=Paused]"]
    went = read(with_, without)["status.conditions[type=Paused]"]

    assert (came.op, came.new, came.notes, came.message) == (Op.ADD, "False", (Note(value="NotRequested"),), "no")
    assert (went.op, went.old, went.new, went.message) == (Op.REMOVE, "False", MISSING, None)


def test_a_first_status_is_read_as_its_parts() -> None:
    """What an operator writes first is not one long map."""
    lines = read(state(), state(status={"phase": "New", "conditions": [condition("False", "Creating")]}))

    assert {path: line.new for path, line in lines.items()} == {"status.phase": "New", READY: "False"}


def test_a_condition_for_an_older_spec_says_so() -> None:
    """By its own observedGeneration, or the status's."""
    own = [condition("False", "X", observedGeneration=6)]
    before = state(generation=7, status={"conditions": [condition(observedGeneration=6)]})
    of_status = {"observedGeneration": "6"}

    assert read(before, state(generation=7, status={"conditions": own}))[READY].notes[-1] == Note(
        "for generation 6 of 7"
    )
    assert read(
        state(generation=7, status={**of_status, "conditions": [condition()]}),
        state(generation=7, status={**of_status, "conditions": [condition("False", "X")]}),
    )[READY].notes[-1] == Note("for generation 6 of 7")


def test_catching_up_says_how_long_it_took() -> None:
    """Both ends are our own observations, also where the edit itself was hidden by a filter."""
    reader = Reader()
    old = state(generation=6, replicas=3, status={"observedGeneration": 6})
    edited = state(generation=7, replicas=5, status={"observedGeneration": 6})
    hidden = msgspec.structs.replace(changed(old, edited), fields=())
    reader.read(hidden)
    done = state(generation=7, replicas=5, status={"observedGeneration": 7})

    (line,) = reader.read(changed(edited, done, observed_at=samples.after(3.7))).lines
    (unseen,) = Reader().read(changed(edited, done)).lines

    assert line.notes == (Note("caught up with spec"), Note("3.7s after the edit"))
    assert unseen.notes == (Note("caught up with spec"),)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("1Gi", "1024Mi", "equal quantity"),
        ("60s", "1m0s", "equal duration"),
        ("1h", "60m", "equal duration"),
        ("1.0", "1", None),
        ("1m", "1s", None),
        (["a", "b"], ["b", "a"], "order"),
        ([1, True], [True, 1], "order"),
        ([1], [True], None),
    ],
)
def test_what_two_values_have_in_common(old: Any, new: Any, said: str | None) -> None:
    """A textual change with an equal value is told as such; a version is no number."""
    lines = read(state(x=old), state(x=new))

    assert {note.words for line in lines.values() for note in line.notes} == (set() if said is None else {said})


def fight(reader: Reader, *steps: tuple[int, Manager | None, float]) -> list[Flapping | None]:
    """Return how each step of one field reads; it begins at 3."""
    told: list[Flapping | None] = []
    value = 3
    for new, by, seconds in steps:
        change = changed(state(replicas=value), state(replicas=new), by=by, observed_at=samples.after(seconds))
        told.append(reader.read(change).lines[0].flapping)
        value = new
    return told


def test_two_managers_that_fight_are_named_from_the_first_return_on() -> None:
    """Each is told against the other."""
    told = fight(Reader(), (5, KEDA, 0), (3, ARGO, 8), (5, KEDA, 16), (3, ARGO, 24))

    assert told == [None, Flapping(1, 8, (KEDA,)), Flapping(2, 16, (ARGO,)), Flapping(3, 24, (KEDA,))]


def test_one_writer_that_goes_and_comes_back_once_is_no_news() -> None:
    """A phase does so in each reconciliation; twice is flapping."""
    assert fight(Reader(), (5, ARGO, 0), (3, ARGO, 8), (5, ARGO, 9)) == [None, None, Flapping(2, 9)]


def test_what_has_been_still_for_long_begins_anew() -> None:
    """And a value that is new is never a return."""
    assert fight(Reader(), (5, ARGO, 0), (3, KEDA, 601)) == [None, None]
    assert fight(Reader(), (5, ARGO, 0), (7, KEDA, 1), (9, ARGO, 2)) == [None, None, None]


def test_the_past_of_another_object_says_nothing() -> None:
    """A recreated object has a uid of its own."""
    reader = Reader()
    reader.read(changed(state(replicas=3), state(replicas=5), by=KEDA))
    after: datetime = samples.after(1)
    other = changed(state(replicas=5, uid="uid-2"), state(replicas=3, uid="uid-2"), by=ARGO, observed_at=after)

    assert reader.read(other).lines[0].flapping is None


def test_what_is_remembered_is_bounded() -> None:
    """However many fields and objects change."""
    reader = Reader()
    for number in range(5000):
        uid = f"uid-{number}"
        before, after = state(generation=1, a=1, uid=uid), state(generation=2, a=2, uid=uid)
        reader.read(changed(before, after))

    kept = (reader._trails, reader._edits)
    assert [len(of) for of in kept] == [4096, 4096]


@pytest.mark.parametrize(
    ("path", "condition_path"),
    [
        ("status.conditions[type=Ready].status", READY),
        ("status.listeners[name=a].conditions[type=Ready]", "status.listeners[name=a].conditions[type=Ready]"),
        ("status.conditions[0].status", None),
        ("spec.rules[type=Ready].status", None),
        ("status.conditions", None),
    ],
)
def test_which_condition_a_path_is_in(path: str, condition_path: str | None) -> None:
    """Found by name and key, wherever it stands."""
    found = condition_of(parse_path(path))

    assert (None if found is None else str(found)) == condition_path


_NAMES = st.sampled_from(["type", "status", "reason", "message", "lastTransitionTime", "observedGeneration", "x"])
_LIKE_CONDITIONS = st.lists(st.dictionaries(_NAMES, st.sampled_from(["a", "b", "False"]) | values), max_size=4)


@settings(deadline=None)  # the first example of a worker loads what it needs
@given(values | _LIKE_CONDITIONS, values | _LIKE_CONDITIONS)
def test_no_status_breaks_the_reading(old: Any, new: Any) -> None:
    """Whatever stands where conditions should; and each change is told by some line."""
    before, after = (state(status={"conditions": value, "observedGeneration": value}) for value in (old, new))
    change = changed(before, after)

    lines = Reader().read(change).lines

    assert bool(lines) == bool(change.fields)
