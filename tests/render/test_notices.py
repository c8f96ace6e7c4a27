"""Standard error: the first line, notices, errors, the end."""

# ruff: noqa: E501 - what is expected is as long as it is

import io
from datetime import UTC
from typing import Any

import msgspec
import pytest
from inline_snapshot import snapshot

from crwatch.errors import ConnectError, ForbiddenError, UsageError
from crwatch.model.notice import Counts, Notice, NoticeKind
from crwatch.model.selectors import Selection
from crwatch.model.status import Failure, FailureKind
from crwatch.render.notices import NoticeWriter, Summary, go_on_line, opening_line, render_error
from crwatch.render.theme import Paint, Theme
from crwatch.render.writer import Output
from tests.render.factories import EDITOR, at, change
from tests.render.stories import fight, live
from tests.samples import DATABASES, database

RESET = Failure(FailureKind.DROPPED, "connection reset by peer")
GAP = Notice(
    kind=NoticeKind.GAP,
    at=at("17:06:12"),
    since=at("17:05:44"),
    until=at("17:06:12"),
    failure=RESET,
    counts=Counts(modified=1, deleted=1),
)


def told(*notices: Notice, width: int | None = None, paint: Paint = Paint.NONE, **options: Any) -> str:
    """Return what standard error receives."""
    stream = io.BytesIO()
    output = Output(stream, is_terminal=width is not None)
    writer = NoticeWriter(output, Theme.of(paint), zone=UTC, width=(lambda: width) if width else None, **options)
    for notice in notices:
        writer.write(notice)
    return stream.getvalue().decode()


def test_a_gap_is_one_line() -> None:
    """From when to when, why, and what follows."""
    assert told(GAP) == snapshot(
        "! blind for 28s, 17:05:44 to 17:06:12 (connection reset by peer): 1 changed, 1 deleted; net changes follow\n"
    )


def test_of_several_kinds_a_notice_names_its_own() -> None:
    """A gap, an outage and its end."""
    lost = Notice(kind=NoticeKind.RECONNECTING, at=at("17:05:44"), resource=DATABASES, failure=RESET)
    live = Notice(kind=NoticeKind.LIVE, at=at("17:06:12"), resource=DATABASES)

    assert told(msgspec.structs.replace(GAP, resource=DATABASES), lost, lost, live, several_types=True) == snapshot("""\
! blind to databaseclusters.stable.example.com for 28s, 17:05:44 to 17:06:12 (connection reset by peer): 1 changed, 1 deleted; net changes follow
! reconnecting to databaseclusters.stable.example.com since 17:05:44 (connection reset by peer)
! live again on databaseclusters.stable.example.com after 28s
""")


def test_a_gap_at_80_columns() -> None:
    """What does not fit stands on a second line."""
    assert told(GAP, width=80) == snapshot("""\
! blind for 28s, 17:05:44 to 17:06:12 (connection reset by peer):
  1 changed, 1 deleted; net changes follow
""")


def test_a_gap_after_which_nothing_differs() -> None:
    """We were blind all the same."""
    assert told(msgspec.structs.replace(GAP, counts=Counts())) == snapshot(
        "! blind for 28s, 17:05:44 to 17:06:12 (connection reset by peer): nothing differs; what came and went in between is unknown\n"
    )


def test_a_watch_that_is_resumed_at_once_is_no_news() -> None:
    """Only lost sight is."""
    lost = Notice(kind=NoticeKind.RECONNECTING, at=at("17:05:44"), failure=RESET, retry_seconds=0.8)
    live = Notice(kind=NoticeKind.LIVE, at=at("17:05:45"))

    assert told(live, lost, live) == ""
    assert told(lost, verbose=True) == snapshot(
        "! reconnecting since 17:05:44 (connection reset by peer), next try in 0.8s\n"
    )


def test_an_outage_is_told_once_and_so_is_its_end() -> None:
    """Not each try."""
    tries = [
        Notice(kind=NoticeKind.RECONNECTING, at=at(f"17:05:{second}"), failure=RESET, retry_seconds=3)
        for second in (44, 46, 49, 55)
    ]

    assert told(*tries, Notice(kind=NoticeKind.LIVE, at=at("17:06:12"))) == snapshot("""\
! reconnecting since 17:05:44 (connection reset by peer), next try in 3s
! live again after 28s
""")


def test_a_warning_in_colour() -> None:
    """Colour on the sign only; what the server says cannot drive the terminal."""
    notice = Notice(kind=NoticeKind.WARNING, at=at("17:00:00"), text="v1beta1 is deprecated\x1b[2J\nuse v1")

    assert told(notice, width=80, paint=Paint.COLOUR).replace("\x1b", "␛") == snapshot(
        "␛[35m!␛[0m v1beta1 is deprecated\\u001b[2J\\nuse v1\n"
    )


def test_the_opening_line() -> None:
    """Context, namespace, what, selection, how many at which version; the version is given up first."""
    selection = Selection(namespace="shop", labels="app=db")
    options: dict[str, Any] = {"theme": Theme(), "objects": 3, "resource_version": "88101"}

    assert opening_line("prod-eu", DATABASES, selection, **options) == snapshot(
        "prod-eu · shop · databaseclusters.stable.example.com/v1 · app=db · 3 objects at rv 88101\n"
    )
    assert opening_line("prod-eu", DATABASES, selection, **options, width=80) == snapshot(
        "prod-eu · shop · databaseclusters.stable.example.com/v1 · app=db · 3 objects\n"
    )
    assert opening_line("prod-eu", DATABASES, Selection(), theme=Theme(), since_rv="88101") == snapshot(
        "prod-eu · all namespaces · databaseclusters.stable.example.com/v1 · net since rv 88101\n"
    )


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            UsageError("diff needs --since", hint="crwatch diff --since 88101\ncrwatch diff old.yaml new.yaml"),
            snapshot("""\
error: diff needs --since
hint:  crwatch diff --since 88101
       crwatch diff old.yaml new.yaml
"""),
        ),
        (
            ForbiddenError('is forbidden: User "jane\x1b[31m" cannot watch'),
            snapshot('error: is forbidden: User "jane\\u001b[31m" cannot watch\n'),
        ),
        (
            ConnectError("cannot reach the server", cause="Connection refused", hint="kubectl config view"),
            snapshot("""\
error: cannot reach the server
cause: Connection refused
hint:  kubectl config view
"""),
        ),
    ],
)
def test_an_error_says_what_why_and_what_next(error: UsageError, text: str) -> None:
    """One word before each, no blank lines."""
    assert render_error(error, Theme()) == text


def test_only_the_word_of_an_error_is_painted() -> None:
    """The sentence stays as it is."""
    drawn = render_error(UsageError("x", hint="y"), Theme.of(Paint.COLOUR))

    assert drawn == "\x1b[1;31merror:\x1b[0m x\n\x1b[36mhint:\x1b[0m  y\n"


def test_the_summary_counts_what_was_shown() -> None:
    """Noise is counted apart."""
    summary = Summary()
    shown = change(database(rv=1, a=1), database(rv=2, a=2), writers=[EDITOR])
    noise = msgspec.structs.replace(shown, fields=(), folded=shown.fields)
    summary.add([shown, shown, noise, GAP, change(None, database("billing"))])

    assert summary.line(271, Theme()) == snapshot(
        "3 changes in 2 objects in 4m31s · 1 gap of 28s · 1 noise change folded\n"
    )


def test_the_summary_names_what_changed_most() -> None:
    """A condition counts once an event; the object is named once where it is one."""
    summary = Summary()
    assert summary.most_changed(Theme()) == ""

    summary.add([*fight(), *live()])
    assert summary.most_changed(Theme()) == snapshot("most changed: spec.replicas 7× (shop/orders)\n")

    other = change(database("cart", 1, replicas=1), database("cart", 2, replicas=2))
    summary.add([other, other, other, live()[1]])
    assert summary.most_changed(Theme()) == snapshot(
        "most changed: spec.replicas 7× (shop/orders), spec.replicas 3× (shop/cart), status.phase 2× (shop/orders)\n"
    )


def test_the_summary_forgets_what_changed_once_in_a_long_run() -> None:
    """Memory is bounded; what changes often stays."""
    summary = Summary()
    summary.add(fight())
    for number in range(30):
        old, new = ({f"f{number}x{at}": value for at in range(500)} for value in (1, 2))
        summary.add([change(database(rv=1, x=old), database(rv=2, x=new))])

    assert summary.most_changed(Theme()) == "most changed: spec.replicas 6× (shop/orders)\n"


def test_the_way_to_go_on_can_be_pasted() -> None:
    """Quoted for the shell, without what only says how this run looks."""
    words = [
        "dbc",
        "-l",
        "app in (a, b)",
        "--color",
        "always",
        "--time=utc",
        "--theme",
        "blue-orange",
        "--summary",
        "--initial",
        "-o",
        "json",
    ]

    assert go_on_line("kubectl crwatch", words, "88140@5f0c21d7") == snapshot(
        "what changes from here on: kubectl crwatch diff --since 88140@5f0c21d7 dbc -l 'app in (a, b)' -o json\n"
    )
