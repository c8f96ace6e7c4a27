"""What is folded, when, and what is never folded."""

import pytest

from crwatch.diff.compare import compare
from crwatch.diff.rules import EVERYTHING, Rules
from crwatch.values.scalars import Json


def split(old: Json, new: Json, generation: int | None = 7) -> tuple[list[str], list[str]]:
    """The paths that are shown, and those that are folded."""
    shown, folded = Rules.default().fold(compare(old, new).fields, generation)
    return [str(field.path) for field in shown], [str(field.path) for field in folded]


LAST = "kubectl.kubernetes.io/last-applied-configuration"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"metadata": {"generation": 6}}, {"metadata": {"generation": 7}}),
        ({"metadata": {"annotations": {LAST: "a"}}}, {"metadata": {"annotations": {LAST: "b"}}}),
        ({"metadata": {"annotations": {"x": "y"}}}, {"metadata": {"annotations": {"x": "y", LAST: "b"}}}),
        ({"metadata": {}}, {"metadata": {"annotations": {LAST: "b"}}}),
        ({"metadata": {"annotations": {LAST: "b"}}}, {"metadata": {}}),
        ({"status": {"observedGeneration": 5}}, {"status": {"observedGeneration": 6}}),
        ({"status": {"lastProbeTime": "a"}}, {"status": {"lastProbeTime": "b"}}),
        ({"spec": {"renewTime": "a"}}, {"spec": {"renewTime": "b"}}),
        (
            {"status": {"lastUpdateTime": "a", "conditions": [{"type": "A", "lastHeartbeatTime": "a"}]}},
            {"status": {"lastUpdateTime": "b", "conditions": [{"type": "A", "lastHeartbeatTime": "b"}]}},
        ),
    ],
)
def test_noise_is_folded(old: Json, new: Json) -> None:
    """An event of nothing else shows nothing."""
    shown, folded = split(old, new)
    assert shown == []
    assert folded


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"status": {"observedGeneration": 6}}, {"status": {"observedGeneration": 7}}, "status.observedGeneration"),
        ({"status": {"observedGeneration": "6"}}, {"status": {"observedGeneration": "7"}}, "status.observedGeneration"),
        ({"status": {}}, {"status": {"observedGeneration": 1}}, "status.observedGeneration"),
        ({"status": {"renewalTime": "a"}}, {"status": {"renewalTime": "b"}}, "status.renewalTime"),
        ({"status": {"completionTime": "a"}}, {"status": {"completionTime": "b"}}, "status.completionTime"),
        ({"status": {"lastProbeTime": "a"}}, {"status": {}}, "status.lastProbeTime"),
        (
            {"metadata": {}},
            {"metadata": {"annotations": {LAST: "b", "x": "y"}}},
            "metadata.annotations",
        ),
        ({"spec": {"generation": 1}}, {"spec": {"generation": 2}}, "spec.generation"),
    ],
)
def test_data_is_shown(old: Json, new: Json, expected: str) -> None:
    """Catching up with the spec is news; a name that only sounds like a heartbeat is no heartbeat."""
    assert split(old, new) == ([expected], [])


def test_without_a_generation_nothing_is_behind_it() -> None:
    """A file, or a kind that has none."""
    old: Json = {"status": {"observedGeneration": 1}}
    assert split(old, {"status": {"observedGeneration": 2}}, None) == (["status.observedGeneration"], [])


def test_a_heartbeat_beside_a_change_is_shown() -> None:
    """It says when the change was found; and the generation is folded all the same."""
    old: Json = {"metadata": {"generation": 1}, "status": {"phase": "A", "lastProbeTime": "a"}}
    new: Json = {"metadata": {"generation": 2}, "status": {"phase": "B", "lastProbeTime": "b"}}
    assert split(old, new) == (["status.phase", "status.lastProbeTime"], ["metadata.generation"])


def test_a_transition_time_is_shown_with_its_own_conditions_transition_only() -> None:
    """Another condition's transition does not count."""
    old: Json = {"conditions": [{"type": name, "status": "True", "lastTransitionTime": "a"} for name in ("A", "B")]}
    new: Json = {
        "conditions": [
            {"type": "A", "status": "False", "lastTransitionTime": "b"},
            {"type": "B", "status": "True", "lastTransitionTime": "b"},
        ]
    }
    assert split(old, new) == (
        ["conditions[type=A].status", "conditions[type=A].lastTransitionTime"],
        ["conditions[type=B].lastTransitionTime"],
    )


def test_everything_folds_nothing() -> None:
    """`--all-fields`."""
    fields = compare({"metadata": {"generation": 6}}, {"metadata": {"generation": 7}}).fields
    assert EVERYTHING.fold(fields, 7) == (fields, ())


def test_a_conditions_own_generation_is_told_when_it_catches_up() -> None:
    """Behind, it is bookkeeping, as the status's own."""
    old: Json = {"status": {"conditions": [{"type": "A", "status": "True", "observedGeneration": 5}]}}
    behind: Json = {"status": {"conditions": [{"type": "A", "status": "True", "observedGeneration": 6}]}}
    caught_up: Json = {"status": {"conditions": [{"type": "A", "status": "True", "observedGeneration": 7}]}}

    assert split(old, behind) == ([], ["status.conditions[type=A].observedGeneration"])
    assert split(old, caught_up) == (["status.conditions[type=A].observedGeneration"], [])


def test_a_transition_time_alone_is_noise() -> None:
    """A controller that writes it with every reconcile; outside of conditions only when it is alone."""
    old: Json = {"status": {"conditions": [{"type": "A", "status": "True", "lastTransitionTime": "a"}]}}
    new: Json = {"status": {"conditions": [{"type": "A", "status": "True", "lastTransitionTime": "b"}]}}
    assert split(old, new) == ([], ["status.conditions[type=A].lastTransitionTime"])

    reason: Json = {
        "status": {"conditions": [{"type": "A", "status": "True", "reason": "New", "lastTransitionTime": "b"}]}
    }
    assert split(old, reason) == (
        ["status.conditions[type=A].reason"],
        ["status.conditions[type=A].lastTransitionTime"],
    )
