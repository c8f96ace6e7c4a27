"""How long a comparison takes, beside what a user would take instead.

    python -m tests.bench.bench_diff

Prints µs an operation, the best of several rounds. crwatch begins with the bytes that a server sends and splits and
decodes within the time; the others are given decoded values. dictdiffer takes part where it is installed.
"""

import copy
import importlib
import timeit
from collections.abc import Callable, Iterator
from typing import Any

import jsonpatch
import msgspec
from deepdiff import DeepDiff

from crwatch.diff.compare import compare_raw
from crwatch.diff.lens import Lens
from crwatch.diff.rules import Rules
from crwatch.model.objects import decode_object
from tests.diff.shapes import database, delta, entry

SKIP = Rules.default().skip


def cluster(rv: int, **spec: Any) -> dict[str, Any]:
    """A custom resource of 9 KB: managedFields of three writers, keyed lists, settings, conditions."""
    owned: dict[str, Any] = {"f:spec": {f"f:field{i}": {"f:a": {}, "f:b": {}} for i in range(40)}}
    body = database(
        rv,
        entry("kubectl-edit", min(rv, 59), owned),
        entry("helm", 1, owned),
        entry("db-operator", 1, {"f:status": {"f:phase": {}, "f:conditions": {}}}, subresource="status"),
        metadata={
            "labels": {f"app.kubernetes.io/l{i}": f"value-{i}" for i in range(8)},
            "annotations": {f"example.com/a{i}": "v" * 40 for i in range(10)},
        },
        spec={
            "replicas": 3,
            "image": "registry.example.com/platform/postgres:16.4",
            "users": [
                {"name": f"u{i}", "roles": ["reader", "writer"], "password": {"secret": f"s{i}", "key": "password"}}
                for i in range(20)
            ],
            "settings": {f"setting_{i}": str(i * 0.731) for i in range(50)},
            **spec,
        },
        status={
            "phase": "Ready",
            "conditions": [
                {"type": kind, "status": "True", "reason": "AllReady", "message": "m" * 60, "lastTransitionTime": "t"}
                for kind in ("Ready", "Available", "Progressing", "Degraded")
            ],
            "nodes": [{"name": f"orders-{i}", "ip": f"10.0.0.{i}", "ready": True, "zone": "eu-1"} for i in range(15)],
        },
    )
    value: dict[str, Any] = body.value()
    return value


def pairs() -> Iterator[tuple[str, Any, Any]]:
    """What is compared: a name, the old value, the new one."""
    old, new = cluster(1), cluster(2, replicas=5)
    yield "nothing changed", old, copy.deepcopy(old)
    yield "a scalar", old, new
    keyed = copy.deepcopy(new)
    keyed["status"]["nodes"][7]["ready"] = False
    yield "a scalar, and one in an item of 15", old, keyed
    keyed = copy.deepcopy(new)
    keyed["status"]["nodes"].reverse()
    yield "a scalar, and 15 items reversed", old, keyed
    rules = [{"match": {"path": f"/p{i}"}, "timeout": "30s"} for i in range(200)]
    changed = copy.deepcopy(rules)
    changed[100]["timeout"] = "1m"
    yield "one of 200 items without key", rules, changed
    yield "one of 200, one put in before", rules, [{"match": {"path": "/new"}, "timeout": "1s"}, *changed]
    long = [{"match": {"path": f"/p{i}"}, "timeout": "30s"} for i in range(2000)]
    yield "one of 2000 items without key", long, [*long[:1000], {**long[1000], "timeout": "1m"}, *long[1001:]]


def micros(work: Callable[[], object]) -> float:
    """Return the best time of one run."""
    runs, _ = timeit.Timer(work).autorange()
    runs = max(runs // 2, 1)
    return min(timeit.repeat(work, number=runs, repeat=5)) / runs * 1e6


def rivals() -> dict[str, Callable[[Any, Any], object]]:
    """What else there is."""
    found: dict[str, Callable[[Any, Any], object]] = {"jsonpatch": jsonpatch.make_patch, "DeepDiff": DeepDiff}
    try:
        dictdiffer = importlib.import_module("dictdiffer")
    except ImportError:
        return found
    return {**found, "dictdiffer": lambda old, new: list(dictdiffer.diff(old, new))}


def main() -> None:
    """Print the table."""
    others = rivals()
    print(f"{'':38}{'bytes':>8}{'crwatch':>10}" + "".join(f"{name:>12}" for name in others))  # noqa: T201 - its output
    for name, old, new in pairs():
        raw_old, raw_new = msgspec.json.encode(old), msgspec.json.encode(new)
        ours = micros(lambda old=raw_old, new=raw_new: compare_raw(old, new, skip=SKIP))  # type: ignore[misc]  # bound now
        theirs = [
            micros(lambda old=old, new=new, other=other: other(old, new))  # type: ignore[misc]  # bound now
            for other in others.values()
            if len(raw_old) < 50_000
        ]
        print(f"{name:38}{len(raw_old):>8}{ours:>10.0f}" + "".join(f"{figure:>12.0f}" for figure in theirs))  # noqa: T201
    explained = delta(*(decode_object(msgspec.json.encode(value)) for value in (cluster(1), cluster(2, replicas=5))))
    lens = Lens()
    print(f"{'Lens.explain, a scalar (who and rules)':46}{micros(lambda: lens.explain(explained)):>10.0f}")  # noqa: T201


if __name__ == "__main__":
    main()
