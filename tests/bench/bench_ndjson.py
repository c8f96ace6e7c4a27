"""How long a record and a line take: `python -m tests.bench.bench_ndjson` prints microseconds, and asserts nothing."""

import io
import json
import time
from collections.abc import Callable

from crwatch.diff.lens import Lens
from crwatch.model.objects import decode_object
from crwatch.render.ndjson import encode_change
from crwatch.render.plain import PlainWriter
from crwatch.render.terminal import TerminalWriter
from crwatch.render.theme import Paint, Theme
from crwatch.render.writer import Output
from tests.samples import database_value, delta

_ROUNDS = 20_000
_SIZE = 9_000


def _microseconds(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(_ROUNDS // 5):
            work()
        best = min(best, time.perf_counter() - start)
    return best / (_ROUNDS // 5) * 1e6


def main() -> None:
    """Measure one scalar change of an object of 9 KB."""
    text = "x" * 60
    items = [{"name": f"item-{n}", "text": text} for n in range(_SIZE // 90)]
    sides = [
        decode_object(json.dumps(database_value(rv=rv, replicas=rv, items=items), separators=(",", ":")).encode())
        for rv in (1, 2)
    ]
    change = Lens().explain(delta(*sides))
    plain = PlainWriter(Output(io.BytesIO(), is_terminal=False), Theme())
    terminal = TerminalWriter(Output(io.BytesIO(), is_terminal=True), Theme.of(Paint.COLOUR), width=lambda: 120)
    print(f"object {len(sides[0].raw)} B, {len(change.fields)} change")  # noqa: T201 - its purpose
    for name, work in (
        ("encode_change", lambda: encode_change(change, 1)),
        ("plain line", lambda: plain.write([change])),
        ("terminal block", lambda: terminal.write([change])),
    ):
        print(f"{name:16} {_microseconds(work):6.1f} µs")  # noqa: T201 - its purpose


if __name__ == "__main__":
    main()
