"""`--summary`: one line an event."""

# ruff: noqa: E501 - what is expected is as long as it is

import io
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

from inline_snapshot import snapshot

from crwatch.diff.change import Change, Manager
from crwatch.model.delta import Reason
from crwatch.render.brief import BriefWriter
from crwatch.render.theme import Paint, Theme
from crwatch.render.times import Times
from crwatch.render.writer import Output
from tests.render.factories import at, change
from tests.render.stories import after_a_gap, fight, live, long_values
from tests.samples import NOON, database


def briefly(*changes: Change, width: int | None = 120, paint: Paint = Paint.NONE, times: Times | None = None) -> str:
    """Return what a terminal of this width, or a pipe, receives."""
    stream = io.BytesIO()
    columns: Callable[[], int] | None = None if width is None else lambda: width
    zoned = times or (None if width is None else Times("clock", zone=UTC))
    writer = BriefWriter(Output(stream, is_terminal=width is not None), Theme.of(paint), width=columns, times=zoned)
    writer.write(changes)
    writer.close()
    return stream.getvalue().decode().replace("\x1b", "␛")


def day() -> tuple[Change, ...]:
    """An edit, what follows, one that comes, one that goes, a gap, a fight."""
    billing: dict[str, Any] = {"databaseImage": "postgres:16.4", "replicas": 3, "storageSize": "10Gi", "more": 1}
    came = change(
        None,
        database("billing", 88127, **billing),
        writers=[Manager("kubectl-create")],
        reason=Reason.CREATED,
        observed_at=at("17:05:09.001"),
    )
    went = change(database("old", 88130, replicas=1), None, reason=Reason.DELETED, observed_at=at("17:05:33.020"))
    return (*live(), came, went, *after_a_gap()[:1])


def test_on_a_terminal() -> None:
    """As many fields as there is room for, conditions first, and how many more there are."""
    assert briefly(*day(), long_values()) == snapshot("""\
17:05:03.412 ~ shop/orders  spec.replicas 3 → 5, spec.storageSize 1Gi → 1024Mi, +1 more                    @kubectl-edit
17:05:03.890 ~ shop/orders  Ready True → False (Reconciling), status.phase Ready → Scaling           @db-operator/status
17:05:09.001 + shop/billing  created: postgres:16.4, 3, 10Gi                                             @kubectl-create
17:05:33.020 - shop/old      deleted (lived 3d9h)
17:06:12.300 ~ shop/orders   net of 28s: Ready False → True (AllReady), +2 more          @autoscaler,@db-operator/status
17:08:10.233 ~ shop/orders   spec.databaseImage registry.ex…a9e01 (66 B) → registry.ex…1d07b (66 B), +3 more       @helm
""")
    assert briefly(*fight()[:2]).splitlines()[-1] == snapshot(
        "03:12:08.118 ~ shop/orders  spec.replicas 5 → 3 (↺ once in 8s, against @keda-operator)                @argocd-controller"
    )
    assert briefly(*day(), width=80) == snapshot("""\
17:05:03.412 ~ shop/orders  spec.replicas 3 → 5, +2 more           @kubectl-edit
17:05:03.890 ~ shop/orders  Ready True → False, +1 more      @db-operator/status
17:05:09.001 + shop/billing  created: postgres:16.4, 3, 10Gi     @kubectl-create
17:05:33.020 - shop/old      deleted (lived 3d9h)
17:06:12.300 ~ shop/orders   net of 28s: Ready False → True, +2 more          @?
""")


def test_in_a_pipe() -> None:
    """Rule 1's words, PATH `.`, nothing cut."""
    text = briefly(*day(), long_values(), width=None)

    assert text == snapshot("""\
2026-11-22T17:05:03.412Z ~ databasecluster shop/orders . spec.replicas 3 → 5, spec.storageSize 1Gi → 1024Mi, + spec.users[name=app].roles[=writer] @kubectl-edit
2026-11-22T17:05:03.890Z ~ databasecluster shop/orders . Ready True → False (Reconciling), status.phase Ready → Scaling @db-operator/status
2026-11-22T17:05:09.001Z + databasecluster shop/billing . created: postgres:16.4, 3, 10Gi @kubectl-create
2026-11-22T17:05:33.020Z - databasecluster shop/old . deleted (lived 3d9h) @?
2026-11-22T17:06:12.300Z ~ databasecluster shop/orders . net of 28s: Ready False → True (AllReady), spec.replicas 5 → 7, status.phase Scaling → Ready @autoscaler,@db-operator/status
2026-11-22T17:08:10.233Z ~ databasecluster shop/orders . spec.databaseImage registry.example.com/platform/postgres:16.3-alpine@sha256:4f2a9e01 → registry.example.com/platform/postgres:16.4-alpine@sha256:9c81d07b, spec.config 14 lines: 1 changed, 1 added, spec.plan 912 lines: 1 changed, spec.password.value ‹masked 7f3a› → ‹masked c21e› @helm
""")
    assert all(line.split()[4] == "." and line.split()[-1].startswith("@") for line in text.splitlines())


def test_in_colour() -> None:
    """The legend's codes."""
    assert briefly(*day()[:2], paint=Paint.COLOUR) == snapshot("""\
17:05:03.412 ␛[33m~␛[0m ␛[2mshop/␛[0m␛[1morders␛[0m  spec.replicas ␛[31m3␛[0m ␛[2m→␛[0m ␛[1;32m5␛[0m, spec.storageSize ␛[31m1Gi␛[0m ␛[2m→␛[0m ␛[1;32m1024Mi␛[0m␛[2m, +1 more␛[0m                    ␛[36m@kubectl-edit␛[0m
17:05:03.890 ␛[33m~␛[0m ␛[2mshop/␛[0m␛[1morders␛[0m  Ready ␛[31mTrue␛[0m ␛[2m→␛[0m ␛[1;32mFalse␛[0m␛[2m (Reconciling)␛[0m, status.phase ␛[31mReady␛[0m ␛[2m→␛[0m ␛[1;32mScaling␛[0m           ␛[36m@db-operator/status␛[0m
""")


def test_noise_prints_nothing() -> None:
    """A Change without fields is no line."""
    noise = Change(live()[0].delta, folded=live()[0].fields)

    assert briefly(noise) == ""


def test_without_a_time_the_words_stay_in_their_places() -> None:
    """`--time none` in a pipe."""
    assert briefly(live()[0], width=None, times=Times("none")).split()[:5] == [
        "-",
        "~",
        "databasecluster",
        "shop/orders",
        ".",
    ]
    assert briefly(live()[0], times=Times("none")).startswith("~ shop/orders")


def test_times() -> None:
    """Each style is one word."""
    moment = NOON + timedelta(milliseconds=412)

    def written(style: Any) -> str:
        return Times(style, zone=UTC, now=lambda: moment + timedelta(minutes=3)).write(moment)

    assert {style: written(style) for style in ("clock", "full", "utc", "ago", "none")} == snapshot(
        {
            "clock": "12:00:00.412",
            "full": "2026-11-22T12:00:00.412+00:00",
            "utc": "2026-11-22T12:00:00.412Z",
            "ago": "3m",
            "none": "",
        }
    )
