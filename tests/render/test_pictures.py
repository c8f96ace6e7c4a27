"""What each layout makes of the events that a run meets, drawn whole."""

# ruff: noqa: E501 - what is expected is as long as it is

from datetime import timedelta
from typing import Any

from inline_snapshot import snapshot

from crwatch.diff.change import Change, Manager
from crwatch.model.delta import DeltaType, Reason
from crwatch.render.theme import Paint
from crwatch.render.wording import Names
from tests.render.factories import EDITOR, OPERATOR, at, change, in_pipe, on_terminal, with_metadata, with_status
from tests.samples import database

USERS = [{"name": "app", "roles": ["reader"]}]
MORE_USERS = [{"name": "app", "roles": ["reader", "writer"]}]


def edited() -> Change:
    """Someone edits replicas, storage and a role."""
    return change(
        database("orders", 88101, replicas=3, storageSize="1Gi", users=USERS),
        database("orders", 88123, replicas=5, storageSize="1024Mi", users=MORE_USERS),
        writers=[EDITOR],
        observed_at=at("17:05:03.412"),
        previous_observed_at=at("17:04:21.412"),
    )


def followed_up() -> Change:
    """The operator answers in the status."""
    return change(
        with_status(database("orders", 88123), phase="Ready", readyReplicas=3),
        with_status(database("orders", 88125), phase="Scaling", readyReplicas=3),
        writers=[OPERATOR],
        observed_at=at("17:05:03.890"),
        previous_observed_at=at("17:05:03.412"),
    )


def came_and_went() -> tuple[Change, ...]:
    """One is created, one is on its way out, gone, and there again; one leaves the selection."""
    billing = database(
        "billing", 88127, databaseImage="postgres:16.4", replicas=3, storageSize="10Gi", users=MORE_USERS, a=1, b=2, c=3
    )
    old = database("old", 88130, databaseImage="postgres:15.8", replicas=1)
    ending = with_metadata(
        old,
        name="old",
        resourceVersion="88131",
        deletionTimestamp="2026-11-22T17:05:31Z",
        finalizers=["backup.io/wait"],
    )
    waiting = with_metadata(old, name="old", finalizers=["backup.io/wait"])
    again = database("old", 88136, uid="uid-2", databaseImage="postgres:16.4", replicas=1)
    cart = database("cart", 88101)
    db, web = (with_metadata(cart, name="cart", labels={"app": app}) for app in ("db", "web"))
    return (
        change(
            None,
            billing,
            writers=[Manager("kubectl-create")],
            reason=Reason.CREATED,
            observed_at=at("17:05:09.001"),
        ),
        change(waiting, ending, observed_at=at("17:05:31.700"), resource_version="88131"),
        change(
            old,
            None,
            reason=Reason.DELETED,
            observed_at=at("17:05:33.020"),
            resource_version="88134",
        ),
        change(
            old,
            again,
            type=DeltaType.ADDED,
            writers=[Manager("argocd-controller")],
            reason=Reason.RECREATED,
            observed_at=at("17:05:36.442"),
            previous_observed_at=at("17:05:33.020"),
        ),
        change(
            db,
            web,
            type=DeltaType.DELETED,
            writers=[Manager("kubectl-label")],
            reason=Reason.LEFT_SELECTION,
            observed_at=at("17:05:40.100"),
            resource_version="88139",
        ),
    )


def after_a_gap() -> tuple[Change, ...]:
    """What differs after 28 blind seconds: several writers, and an object that is not there any more."""
    gap: dict[str, Any] = {"gap": True, "observed_at": at("17:06:12.300"), "previous_observed_at": at("17:05:44.300")}
    return (
        change(
            with_status(database("orders", 88125, replicas=5), phase="Scaling"),
            with_status(database("orders", 88140, replicas=7), phase="Ready"),
            by={"spec.replicas": Manager("autoscaler"), "status.phase": OPERATOR},
            **gap,
        ),
        change(database("tmp", 88102, replicas=1), None, reason=Reason.DELETED, **gap),
    )


def test_live_changes_at_120_columns() -> None:
    """A heading for each event, arrows in one column, since when and rv at the right edge."""
    assert on_terminal(edited(), followed_up(), width=120) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────────────────────────────────────────────
17:05:03.412 ~ shop/orders  @kubectl-edit                                                           after 42s · rv 88123
  ~ spec.replicas     3   → 5
  ~ spec.storageSize  1Gi → 1024Mi  (equal quantity)
  + spec.users[name=app].roles[=writer]
17:05:03.890 ~ shop/orders  @db-operator/status                                                    after 0.5s · rv 88125
  ~ status.phase  Ready → Scaling
""")


def test_live_changes_at_80_columns_in_colour() -> None:
    """The legend's codes, and nothing else."""
    assert on_terminal(edited(), paint=Paint.COLOUR) == snapshot("""\
␛[2m── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────␛[0m
17:05:03.412 ␛[33m~␛[0m ␛[2mshop/␛[0m␛[1morders␛[0m  ␛[36m@kubectl-edit␛[0m                   ␛[2mafter 42s · rv 88123␛[0m
  ␛[33m~␛[0m spec.replicas     ␛[31m3␛[0m   ␛[2m→␛[0m ␛[1;32m5␛[0m
  ␛[33m~␛[0m spec.storageSize  ␛[31m1Gi␛[0m ␛[2m→␛[0m ␛[1;32m1024Mi␛[0m␛[2m  (equal quantity)␛[0m
  ␛[32m+␛[0m spec.users␛[2m[name=app]␛[0m.roles␛[2m[=writer]␛[0m
""")


def test_live_changes_without_hues() -> None:
    """NO_COLOR on a terminal keeps bold and dim."""
    assert on_terminal(followed_up(), paint=Paint.WEIGHT) == snapshot("""\
␛[2m── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────␛[0m
17:05:03.890 ~ ␛[2mshop/␛[0m␛[1morders␛[0m  @db-operator/status            ␛[2mafter 0.5s · rv 88125␛[0m
  ~ status.phase  Ready ␛[2m→␛[0m ␛[1mScaling␛[0m
""")


def test_live_changes_in_a_pipe() -> None:
    """Every change is one line that awk can cut."""
    assert in_pipe(edited(), followed_up()) == snapshot("""\
2026-11-22T17:05:03.412Z ~ databasecluster shop/orders spec.replicas 3 → 5 @kubectl-edit
2026-11-22T17:05:03.412Z ~ databasecluster shop/orders spec.storageSize 1Gi → 1024Mi (equal quantity) @kubectl-edit
2026-11-22T17:05:03.412Z + databasecluster shop/orders spec.users[name=app].roles[=writer] @kubectl-edit
2026-11-22T17:05:03.890Z ~ databasecluster shop/orders status.phase Ready → Scaling @db-operator/status
""")


def test_coming_and_going_at_120_columns() -> None:
    """Six fields at most; what happened in words."""
    assert on_terminal(*came_and_went(), width=120) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────────────────────────────────────────────
17:05:09.001 + shop/billing  @kubectl-create  created                                                           rv 88127
  + spec.databaseImage    postgres:16.4
  + spec.replicas         3
  + spec.storageSize      10Gi
  + spec.users[name=app]  {name: app, roles: [reader, writer]}
  + spec.a                1
  + spec.b                2
  … 1 more field (--full)
17:05:31.700 ~ shop/old  terminating: waits for finalizer backup.io/wait                                        rv 88131
17:05:33.020 - shop/old  deleted                                                                   lived 3d9h · rv 88134
  - spec.databaseImage  postgres:15.8
  - spec.replicas       1
17:05:36.442 + shop/old  @argocd-controller  recreated after 3.4s, new uid                                      rv 88136
  ~ spec.databaseImage  postgres:15.8 → postgres:16.4
  … 1 field as in the deleted one (--full)
17:05:40.100 - shop/cart  @kubectl-label  left the selection, still exists                                      rv 88139
  ~ metadata.labels.app  db → web
""")


def test_coming_and_going_at_80_columns() -> None:
    """A heading gives up `after`, then `rv`; a note that does not fit moves to the next line."""
    assert on_terminal(*came_and_went()) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────
17:05:09.001 + shop/billing  @kubectl-create  created                   rv 88127
  + spec.databaseImage    postgres:16.4
  + spec.replicas         3
  + spec.storageSize      10Gi
  + spec.users[name=app]  {name: app, roles: [reader, writer]}
  + spec.a                1
  + spec.b                2
  … 1 more field (--full)
17:05:31.700 ~ shop/old  terminating: waits for finalizer backup.io/wait
17:05:33.020 - shop/old  deleted                           lived 3d9h · rv 88134
  - spec.databaseImage  postgres:15.8
  - spec.replicas       1
17:05:36.442 + shop/old  @argocd-controller  recreated after 3.4s, new uid
  ~ spec.databaseImage  postgres:15.8 → postgres:16.4
  … 1 field as in the deleted one (--full)
17:05:40.100 - shop/cart  @kubectl-label  left the selection, still exists
  ~ metadata.labels.app  db → web
""")


def test_coming_and_going_in_a_pipe() -> None:
    """All fields; PATH is `.` where words say what happened."""
    assert in_pipe(*came_and_went()) == snapshot("""\
2026-11-22T17:05:09.001Z + databasecluster shop/billing . created @kubectl-create
2026-11-22T17:05:09.001Z + databasecluster shop/billing spec.databaseImage postgres:16.4 @kubectl-create
2026-11-22T17:05:09.001Z + databasecluster shop/billing spec.replicas 3 @kubectl-create
2026-11-22T17:05:09.001Z + databasecluster shop/billing spec.storageSize 10Gi @kubectl-create
2026-11-22T17:05:09.001Z + databasecluster shop/billing spec.users[name=app] {name: app, roles: [reader, writer]} @kubectl-create
2026-11-22T17:05:09.001Z + databasecluster shop/billing spec.a 1 @kubectl-create
2026-11-22T17:05:09.001Z + databasecluster shop/billing spec.b 2 @kubectl-create
2026-11-22T17:05:09.001Z + databasecluster shop/billing spec.c 3 @kubectl-create
2026-11-22T17:05:31.700Z ~ databasecluster shop/old . terminating: waits for finalizer backup.io/wait @?
2026-11-22T17:05:33.020Z - databasecluster shop/old . deleted (lived 3d9h) @?
2026-11-22T17:05:33.020Z - databasecluster shop/old spec.databaseImage postgres:15.8 @?
2026-11-22T17:05:33.020Z - databasecluster shop/old spec.replicas 1 @?
2026-11-22T17:05:36.442Z + databasecluster shop/old . recreated after 3.4s, new uid @argocd-controller
2026-11-22T17:05:36.442Z ~ databasecluster shop/old spec.databaseImage postgres:15.8 → postgres:16.4 @argocd-controller
2026-11-22T17:05:40.100Z - databasecluster shop/cart . left the selection, still exists @kubectl-label
2026-11-22T17:05:40.100Z ~ databasecluster shop/cart metadata.labels.app db → web @kubectl-label
""")


def test_a_gap_at_120_columns() -> None:
    """A net change says so; each field has its own writer."""
    assert on_terminal(*after_a_gap(), width=120) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────────────────────────────────────────────
17:06:12.300 ~ shop/orders  net change of 28s                                                                   rv 88140
  ~ spec.replicas  5       → 7                                                                               @autoscaler
  ~ status.phase   Scaling → Ready                                                                   @db-operator/status
17:06:12.300 - shop/tmp  deleted while blind, between 17:05:44 and 17:06:12
  - spec.replicas  1
""")


def test_a_gap_at_50_columns() -> None:
    """A value that leaves no room for its writer moves below."""
    assert on_terminal(*after_a_gap(), width=50) == snapshot("""\
── Sun 22 Nov 2026 ───────────────────────────────
17:06:12.300 ~ shop/orders  net change of 28s
  ~ spec.replicas  5       → 7         @autoscaler
  ~ status.phase               @db-operator/status
      Scaling → Ready
17:06:12.300 - shop/tmp
      deleted while blind, between 17:05:44 and 17:06:12
  - spec.replicas  1
""")


def test_a_gap_in_a_pipe() -> None:
    """Each line says that it is net."""
    assert in_pipe(*after_a_gap()) == snapshot("""\
2026-11-22T17:06:12.300Z ~ databasecluster shop/orders spec.replicas 5 → 7 (net of 28s) @autoscaler
2026-11-22T17:06:12.300Z ~ databasecluster shop/orders status.phase Scaling → Ready (net of 28s) @db-operator/status
2026-11-22T17:06:12.300Z - databasecluster shop/tmp . deleted while blind, between 17:05:44Z and 17:06:12Z @?
2026-11-22T17:06:12.300Z - databasecluster shop/tmp spec.replicas 1 @?
""")


def test_since_a_version() -> None:
    """A difference that was asked for is net since that version, in both layouts."""
    net = after_a_gap()

    assert on_terminal(*net, since_rv="88101") == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────
17:06:12.300 ~ shop/orders                                      rv 88125 → 88140
  ~ spec.replicas  5       → 7                                       @autoscaler
  ~ status.phase   Scaling → Ready                           @db-operator/status
17:06:12.300 - shop/tmp  deleted since rv 88101
  - spec.replicas  1
""")
    assert in_pipe(*net, since_rv="88101") == snapshot("""\
2026-11-22T17:06:12.300Z ~ databasecluster shop/orders spec.replicas 5 → 7 (net since rv 88101) @autoscaler
2026-11-22T17:06:12.300Z ~ databasecluster shop/orders status.phase Scaling → Ready (net since rv 88101) @db-operator/status
2026-11-22T17:06:12.300Z - databasecluster shop/tmp . deleted since rv 88101 @?
2026-11-22T17:06:12.300Z - databasecluster shop/tmp spec.replicas 1 @?
""")


def test_several_kinds_and_clusters() -> None:
    """Names say what is needed to know which object it is."""
    names = Names(several_types=True, several_clusters=True, ambiguous={"databasecluster"})

    assert on_terminal(followed_up(), names=names) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────
17:05:03.890 ~ prod-eu: databasecluster.stable.example.com shop/orders  @db-operator/status
  ~ status.phase  Ready → Scaling
""")
    assert in_pipe(followed_up(), names=names) == snapshot(
        "2026-11-22T17:05:03.890Z ~ prod-eu:databasecluster.stable.example.com shop/orders status.phase Ready → Scaling @db-operator/status\n"
    )


def test_lists() -> None:
    """Keyed items, moves, pure reorders, items of a scalar list."""
    before: dict[str, Any] = {
        "users": [{"name": "guest", "roles": ["reader"]}, {"name": "app", "roles": ["reader", "writer"]}],
        "steps": [{"name": "a"}, {"name": "b"}, {"name": "migrate"}],
        "args": ["x", "y", "x"],
    }
    after: dict[str, Any] = {
        "users": [{"name": "app", "roles": ["writer", "reader"]}, {"name": "audit", "roles": ["reader"]}],
        "steps": [{"name": "migrate"}, {"name": "a"}, {"name": "b"}],
        "args": ["x", "y", "x", "--verbose"],
    }

    assert on_terminal(change(database(rv=1, **before), database(rv=2, **after), writers=[EDITOR])) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────
12:00:00.000 ~ shop/orders  @kubectl-edit                                   rv 2
  - spec.users[name=guest]      {name: guest, roles: [reader]}
  + spec.users[name=audit]      {name: audit, roles: [reader]}
  ~ spec.users[name=app].roles  [reader, writer] → [writer, reader]  (order)
  ~ spec.steps[name=migrate]    [2] → [0]  (moved)
  + spec.args[3]                --verbose
""")


def test_a_large_event() -> None:
    """Equal changes of sibling items fold to one line, and more than twenty changes are counted."""

    def resources(health: str) -> list[dict[str, object]]:
        return [{"kind": "Pod", "name": f"p{n}", "health": {"status": health}} for n in range(14)]

    old_fields: dict[str, Any] = {f"f{n:02}": n for n in range(20)}
    new_fields: dict[str, Any] = {f"f{n:02}": n + 1 for n in range(20)}
    before = with_status(database(rv=1, **old_fields), resources=resources("Healthy"), phase="a")
    after = with_status(database(rv=2, **new_fields), resources=resources("Progressing"), phase="b")
    event = change(before, after, writers=[EDITOR])

    assert on_terminal(event).splitlines()[-2:] == snapshot(
        ["  ~ spec.f19  19 → 20", "  … 2 more changes in status.phase, status.resources (--full)"]
    )
    assert on_terminal(event, full=True).count("Progressing") == 14
    assert in_pipe(event).count("Progressing") == 14
    assert on_terminal(
        followed_up(), change(before, with_status(before, resources=resources("Progressing")))
    ) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────
17:05:03.890 ~ shop/orders  @db-operator/status            after 0.5s · rv 88125
  ~ status.phase  Ready → Scaling
12:00:00.000 ~ shop/orders                                                  rv 1
  - status.phase                       a
  ~ status.resources[*].health.status  Healthy → Progressing  (×14)
""")


def test_long_values() -> None:
    """What does not fit is stacked; what takes more than two lines is cut in the middle and says its size."""
    image = "registry.example.com/platform/postgres:16.{}-alpine@sha256:4f2a9e01"
    event = change(
        database(rv=1, image=image.format(3), plan="a" * 500), database(rv=2, image=image.format(4), plan="b" * 500)
    )

    assert on_terminal(event) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────
12:00:00.000 ~ shop/orders                                                  rv 2
  ~ spec.image
      registry.example.com/platform/postgres:16.3-alpine@sha256:4f2a9e01
    → registry.example.com/platform/postgres:16.4-alpine@sha256:4f2a9e01
  ~ spec.plan
      aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…aaaaaaaaaaaaaaaaaaaaa (500 B)
    → bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…bbbbbbbbbbbbbbbbbbbbb (500 B)
""")
    assert in_pipe(event).splitlines()[1].split()[5:] == ["a" * 500, "→", "b" * 500, "@?"]


def test_a_text_in_a_pipe_is_a_line_for_each_changed_line() -> None:
    """`grep max_connections` finds it with its object."""
    text = "listen = '*'\nmax_connections = 100\nshared = 2GB\n"
    new = text.replace("100", "200") + "work_mem = 64MB\n"

    assert in_pipe(change(database(rv=1, config=text), database(rv=2, config=new))) == snapshot("""\
2026-11-22T12:00:00.000Z ~ databasecluster shop/orders spec.config:2 "max_connections = 100" → "max_connections = 200" @?
2026-11-22T12:00:00.000Z + databasecluster shop/orders spec.config:4 "work_mem = 64MB" @?
""")


def test_ascii_signs() -> None:
    """`--ascii` leaves no sign outside ASCII."""
    drawn = on_terminal(edited(), ascii_only=True)

    assert drawn == snapshot("""\
-- Sun 22 Nov 2026 -------------------------------------------------------------
17:05:03.412 ~ shop/orders  @kubectl-edit                    after 42s, rv 88123
  ~ spec.replicas     3   -> 5
  ~ spec.storageSize  1Gi -> 1024Mi  (equal quantity)
  + spec.users[name=app].roles[=writer]
""")
    assert drawn.isascii()


def test_wide_characters_keep_the_columns() -> None:
    """A wide character takes two columns, a combining one none."""
    before = database(rv=1, k="日本", e="e\u0301", long="x")
    after = database(rv=2, k="中国", e="o", long="y")

    assert on_terminal(change(before, after)) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────
12:00:00.000 ~ shop/orders                                                  rv 2
  ~ spec.k     日本 → 中国
  ~ spec.e     é    → o
  ~ spec.long  x    → y
""")


def test_the_authors_metadata_is_shown_and_the_servers_is_not() -> None:
    """Labels and annotations are fields; kubectl's copy of the object is none."""
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": "{}", "example.com/plan": "a"}
    shown = with_metadata(database(a=1), labels={"app": "db"}, annotations=annotations, generation=3, managedFields=[])

    assert [line.split(maxsplit=1)[1] for line in on_terminal(change(None, shown)).splitlines()[2:]] == [
        "spec.a               1",
        "metadata.labels.app  db",
        'metadata.annotations["example.com/plan"]  a',
    ]


def test_noise_prints_nothing() -> None:
    """A Change that has nothing to show leaves no line, not even a date."""
    noise = Change(edited().delta, folded=edited().fields)

    assert on_terminal(noise) == ""
    assert in_pipe(noise) == ""


def test_midnight_draws_a_date() -> None:
    """The date is told at the first event and when it changes."""
    late = change(database(rv=1, a=1), database(rv=2, a=2), observed_at=at("23:59:59.999"))
    early = change(database(rv=2, a=2), database(rv=3, a=3), observed_at=at("23:59:59.999") + timedelta(seconds=1))
    rules = [line for line in on_terminal(late, late, early).splitlines() if line.startswith("──")]

    assert [rule.strip("─ ") for rule in rules] == ["Sun 22 Nov 2026", "Mon 23 Nov 2026"]
