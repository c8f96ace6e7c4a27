"""The pictures of a run: conditions, long values, lists, a gap, a fight, several kinds; under headings and in a pipe."""

# ruff: noqa: E501 - what is expected is as long as it is

import pytest
from inline_snapshot import snapshot

from crwatch.render.theme import Paint
from crwatch.render.wording import Names
from tests.render.factories import in_pipe, on_terminal
from tests.render.stories import after_a_gap, fight, lists, live, long_values, several_kinds, transitions


def test_live_changes() -> None:
    """A condition is one line, with its message under it."""
    assert on_terminal(*live(), width=120) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────────────────────────────────────────────
17:05:03.412 ~ shop/orders  @kubectl-edit                                                           after 42s · rv 88123
  ~ spec.replicas     3   → 5
  ~ spec.storageSize  1Gi → 1024Mi  (equal quantity)
  + spec.users[name=app].roles[=writer]
17:05:03.890 ~ shop/orders  @db-operator/status                                                    after 0.5s · rv 88125
  ~ status.phase                   Ready → Scaling
  ~ status.conditions[type=Ready]  True  → False  (Reconciling, after 4m12s)
      3 of 5 replicas are ready
""")
    assert on_terminal(*live()) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────
17:05:03.412 ~ shop/orders  @kubectl-edit                   after 42s · rv 88123
  ~ spec.replicas     3   → 5
  ~ spec.storageSize  1Gi → 1024Mi  (equal quantity)
  + spec.users[name=app].roles[=writer]
17:05:03.890 ~ shop/orders  @db-operator/status            after 0.5s · rv 88125
  ~ status.phase                   Ready → Scaling
  ~ status.conditions[type=Ready]  True  → False  (Reconciling, after 4m12s)
      3 of 5 replicas are ready
""")
    assert in_pipe(*live()) == snapshot("""\
2026-11-22T17:05:03.412Z ~ databasecluster shop/orders spec.replicas 3 → 5 @kubectl-edit
2026-11-22T17:05:03.412Z ~ databasecluster shop/orders spec.storageSize 1Gi → 1024Mi (equal quantity) @kubectl-edit
2026-11-22T17:05:03.412Z + databasecluster shop/orders spec.users[name=app].roles[=writer] @kubectl-edit
2026-11-22T17:05:03.890Z ~ databasecluster shop/orders status.phase Ready → Scaling @db-operator/status
2026-11-22T17:05:03.890Z ~ databasecluster shop/orders status.conditions[type=Ready] True → False (Reconciling, after 4m12s) @db-operator/status
""")


def test_condition_transitions() -> None:
    """A transition, a new reason, a new condition; and the generation that was waited for."""
    assert on_terminal(*transitions()) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────
17:05:03.412 ~ shop/orders  @kubectl-edit                               rv 88123
  ~ spec.replicas  3 → 5
17:05:03.890 ~ shop/orders  @db-operator/status                         rv 88125
  + status.conditions[type=Paused]    False  (NotRequested)
  ~ status.conditions[type=Ready]
      True → False  (Reconciling, after 4m12s, for generation 6 of 7)
      3 of 5 replicas are ready
  ~ status.conditions[type=Degraded]
      False  (NoQuorum, was AsExpected, for generation 6 of 7)
17:05:07.114 ~ shop/orders  @db-operator/status                         rv 88126
  ~ status.observedGeneration  6 → 7  (caught up with spec, 3.7s after the edit)
""")
    assert in_pipe(*transitions()) == snapshot("""\
2026-11-22T17:05:03.412Z ~ databasecluster shop/orders spec.replicas 3 → 5 @kubectl-edit
2026-11-22T17:05:03.890Z + databasecluster shop/orders status.conditions[type=Paused] False (NotRequested) @db-operator/status
2026-11-22T17:05:03.890Z ~ databasecluster shop/orders status.conditions[type=Ready] True → False (Reconciling, after 4m12s, for generation 6 of 7) @db-operator/status
2026-11-22T17:05:03.890Z ~ databasecluster shop/orders status.conditions[type=Degraded] False (NoQuorum, was AsExpected, for generation 6 of 7) @db-operator/status
2026-11-22T17:05:07.114Z ~ databasecluster shop/orders status.observedGeneration 6 → 7 (caught up with spec, 3.7s after the edit) @db-operator/status
""")


def test_condition_transitions_in_colour() -> None:
    """The message and the notes are dim, the new status is bold."""
    assert on_terminal(transitions()[1], paint=Paint.COLOUR) == snapshot("""\
␛[2m── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────␛[0m
17:05:03.890 ␛[33m~␛[0m ␛[2mshop/␛[0m␛[1morders␛[0m  ␛[36m@db-operator/status␛[0m                         ␛[2mrv 88125␛[0m
  ␛[32m+␛[0m status.conditions␛[2m[type=Paused]␛[0m    ␛[32mFalse␛[0m␛[2m  (NotRequested)␛[0m
  ␛[33m~␛[0m status.conditions␛[2m[type=Ready]␛[0m
      ␛[31mTrue␛[0m ␛[2m→␛[0m ␛[1;32mFalse␛[0m␛[2m  (Reconciling, after 4m12s, for generation 6 of 7)␛[0m
      ␛[2m3 of 5 replicas are ready␛[0m
  ␛[33m~␛[0m status.conditions␛[2m[type=Degraded]␛[0m
      ␛[1;32mFalse␛[0m␛[2m  (NoQuorum, was AsExpected, for generation 6 of 7)␛[0m
""")


def test_long_values() -> None:
    """Stacked, as a text diff, as sizes, masked."""
    assert on_terminal(long_values(), width=120) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────────────────────────────────────────────
17:08:10.233 ~ shop/orders  @helm                                                                 after 1m58s · rv 88150
  ~ spec.databaseImage
      registry.example.com/platform/postgres:16.3-alpine@sha256:4f2a9e01
    → registry.example.com/platform/postgres:16.4-alpine@sha256:9c81d07b
  ~ spec.config          14 lines: 1 changed, 1 added
        6   listen_addresses = '*'
        7 - max_connections = 100
        7 + max_connections = 200
        8   shared_buffers = 2GB
        9 + work_mem = 64MB
       10   setting_9 = 9
  ~ spec.plan            46.4 KB → 46.4 KB  (1 of 912 lines; --full)
  ~ spec.password.value  ‹masked 7f3a› → ‹masked c21e›
""")
    assert on_terminal(long_values()) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────
17:08:10.233 ~ shop/orders  @helm                         after 1m58s · rv 88150
  ~ spec.databaseImage
      registry.example.com/platform/postgres:16.3-alpine@sha256:4f2a9e01
    → registry.example.com/platform/postgres:16.4-alpine@sha256:9c81d07b
  ~ spec.config          14 lines: 1 changed, 1 added
        6   listen_addresses = '*'
        7 - max_connections = 100
        7 + max_connections = 200
        8   shared_buffers = 2GB
        9 + work_mem = 64MB
       10   setting_9 = 9
  ~ spec.plan            46.4 KB → 46.4 KB  (1 of 912 lines; --full)
  ~ spec.password.value  ‹masked 7f3a› → ‹masked c21e›
""")
    assert in_pipe(long_values()) == snapshot("""\
2026-11-22T17:08:10.233Z ~ databasecluster shop/orders spec.databaseImage registry.example.com/platform/postgres:16.3-alpine@sha256:4f2a9e01 → registry.example.com/platform/postgres:16.4-alpine@sha256:9c81d07b @helm
2026-11-22T17:08:10.233Z ~ databasecluster shop/orders spec.config:7 "max_connections = 100" → "max_connections = 200" @helm
2026-11-22T17:08:10.233Z + databasecluster shop/orders spec.config:9 "work_mem = 64MB" @helm
2026-11-22T17:08:10.233Z ~ databasecluster shop/orders spec.plan:701 "step 700: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" → "step 700, at last: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" @helm
2026-11-22T17:08:10.233Z ~ databasecluster shop/orders spec.password.value ‹masked 7f3a› → ‹masked c21e› @helm
""")


def test_long_values_in_colour() -> None:
    """The words that differ are underlined."""
    lines = on_terminal(long_values(), paint=Paint.COLOUR).splitlines()

    assert "\n".join(lines[3:10]) == snapshot("""\
      ␛[31mregistry.example.com/platform/postgres:16.␛[0m␛[31;4m3␛[0m␛[31m-alpine@sha256:␛[0m␛[31;4m4f2a9e01␛[0m
␛[2m    → ␛[0m␛[1;32mregistry.example.com/platform/postgres:16.␛[0m␛[1;32;4m4␛[0m␛[1;32m-alpine@sha256:␛[0m␛[1;32;4m9c81d07b␛[0m
  ␛[33m~␛[0m spec.config          14 lines: 1 changed, 1 added
␛[2m        6 ␛[0m␛[2m  listen_addresses = '*'␛[0m
␛[2m        7 ␛[0m␛[31m- max_connections = 100␛[0m
␛[2m        7 ␛[0m␛[32m+ max_connections = 200␛[0m
␛[2m        8 ␛[0m␛[2m  shared_buffers = 2GB␛[0m\
""")


def test_full_draws_a_large_text() -> None:
    """`--full` lifts the limit; nothing is wrapped."""
    assert "step 700, at last:" in on_terminal(long_values(), full=True)


def test_lists() -> None:
    """Each item by what it is known by."""
    assert on_terminal(lists()) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────
17:09:44.120 ~ shop/orders  @terraform                    after 1m34s · rv 88161
  - spec.users[name=guest]      {name: guest, roles: [reader]}
  + spec.users[name=audit]      {name: audit, roles: [reader]}
  ~ spec.users[name=app].roles  [reader, writer] → [writer, reader]  (order)
  ~ spec.steps[name=migrate]    [3] → [1]  (moved)
  + spec.rules[1]               {comment: new, from: [], ports: []}
  ~ spec.rules[2].timeout       30s → 1m  (was [1], paired by likeness)
  + spec.args[3]                --verbose
""")


def test_a_gap() -> None:
    """Net changes say so, and each names its own writer."""
    assert on_terminal(*after_a_gap(), width=120) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────────────────────────────────────────────
17:06:12.300 ~ shop/orders  net change of 28s                                                                   rv 88140
  ~ spec.replicas                  5       → 7                                                               @autoscaler
  ~ status.phase                   Scaling → Ready                                                   @db-operator/status
  ~ status.conditions[type=Ready]  False   → True  (AllReady, after 2m9s)                            @db-operator/status
17:06:12.300 - shop/tmp  deleted while blind, between 17:05:44 and 17:06:12
  - spec  {}
""")
    assert on_terminal(*after_a_gap()) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────
17:06:12.300 ~ shop/orders  net change of 28s                           rv 88140
  ~ spec.replicas                  5       → 7                       @autoscaler
  ~ status.phase                   Scaling → Ready           @db-operator/status
  ~ status.conditions[type=Ready]                            @db-operator/status
      False → True  (AllReady, after 2m9s)
17:06:12.300 - shop/tmp  deleted while blind, between 17:05:44 and 17:06:12
  - spec  {}
""")
    assert in_pipe(*after_a_gap()) == snapshot("""\
2026-11-22T17:06:12.300Z ~ databasecluster shop/orders spec.replicas 5 → 7 (net of 28s) @autoscaler
2026-11-22T17:06:12.300Z ~ databasecluster shop/orders status.phase Scaling → Ready (net of 28s) @db-operator/status
2026-11-22T17:06:12.300Z ~ databasecluster shop/orders status.conditions[type=Ready] False → True (AllReady, after 2m9s, net of 28s) @db-operator/status
2026-11-22T17:06:12.300Z - databasecluster shop/tmp . deleted while blind, between 17:05:44Z and 17:06:12Z @?
2026-11-22T17:06:12.300Z - databasecluster shop/tmp spec {} @?
""")


def test_a_difference_that_was_asked_for() -> None:
    """`diff --since`: from which version to which, and each field's writer."""
    assert on_terminal(*after_a_gap(), width=120, since_rv="88101") == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────────────────────────────────────────────
17:06:12.300 ~ shop/orders                                                                              rv 88125 → 88140
  ~ spec.replicas                  5       → 7                                                               @autoscaler
  ~ status.phase                   Scaling → Ready                                                   @db-operator/status
  ~ status.conditions[type=Ready]  False   → True  (AllReady, after 2m9s)                            @db-operator/status
17:06:12.300 - shop/tmp  deleted since rv 88101
  - spec  {}
""")
    assert on_terminal(*after_a_gap(), since_rv="88101") == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────
17:06:12.300 ~ shop/orders                                      rv 88125 → 88140
  ~ spec.replicas                  5       → 7                       @autoscaler
  ~ status.phase                   Scaling → Ready           @db-operator/status
  ~ status.conditions[type=Ready]                            @db-operator/status
      False → True  (AllReady, after 2m9s)
17:06:12.300 - shop/tmp  deleted since rv 88101
  - spec  {}
""")
    assert in_pipe(*after_a_gap(), since_rv="88101") == snapshot("""\
2026-11-22T17:06:12.300Z ~ databasecluster shop/orders spec.replicas 5 → 7 (net since rv 88101) @autoscaler
2026-11-22T17:06:12.300Z ~ databasecluster shop/orders status.phase Scaling → Ready (net since rv 88101) @db-operator/status
2026-11-22T17:06:12.300Z ~ databasecluster shop/orders status.conditions[type=Ready] False → True (AllReady, after 2m9s, net since rv 88101) @db-operator/status
2026-11-22T17:06:12.300Z - databasecluster shop/tmp . deleted since rv 88101 @?
2026-11-22T17:06:12.300Z - databasecluster shop/tmp spec {} @?
""")


def test_two_managers_fight_over_one_field() -> None:
    """Both are named, in order, and each is told against the other."""
    assert on_terminal(*fight()) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────
03:12:00.118 ~ shop/orders  @keda-operator                   after 8s · rv 91401
  ~ spec.replicas  3 → 5
03:12:08.118 ~ shop/orders  @argocd-controller               after 8s · rv 91402
  ~ spec.replicas  5 → 3  (↺ once in 8s, against @keda-operator)
03:12:16.118 ~ shop/orders  @keda-operator                   after 8s · rv 91403
  ~ spec.replicas  3 → 5  (↺ 2 times in 16s, against @argocd-controller)
03:12:24.118 ~ shop/orders  @argocd-controller               after 8s · rv 91404
  ~ spec.replicas  5 → 3  (↺ 3 times in 24s, against @keda-operator)
03:12:32.118 ~ shop/orders  @keda-operator                   after 8s · rv 91405
  ~ spec.replicas  3 → 5  (↺ 4 times in 32s, against @argocd-controller)
03:12:40.118 ~ shop/orders  @argocd-controller               after 8s · rv 91406
  ~ spec.replicas  5 → 3  (↺ 5 times in 40s, against @keda-operator)
""")
    assert in_pipe(*fight()[-1:]) == snapshot(
        "2026-11-22T03:12:40.118Z ~ databasecluster shop/orders spec.replicas 5 → 3 @argocd-controller\n"
    )
    assert in_pipe(*fight()).splitlines()[-1] == snapshot(
        "2026-11-22T03:12:40.118Z ~ databasecluster shop/orders spec.replicas 5 → 3 (↺ 5 times in 40s, against @keda-operator) @argocd-controller"
    )


def test_several_kinds() -> None:
    """The kind stands before the object; equal changes of siblings are one line."""
    names = Names(several_types=True)

    large = on_terminal(several_kinds()[1], width=120, names=names).splitlines()
    assert (large[1:5], large[-1]) == snapshot(
        (
            [
                "17:10:02.004 ~ application shop/shop  @argocd-application-controller                               after 3m0s · rv 88174",
                "  ~ status.sync.status                 Synced  → OutOfSync",
                "  ~ status.resources[*].health.status  Healthy → Progressing  (×14)",
                '  + status.history[id=0]               {id: 0, revision: "0000000"}',
            ],
            "  … 22 more changes in status.history (--full)",
        )
    )
    assert on_terminal(several_kinds()[0], width=120, names=names) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────────────────────────────────────────────
17:10:01.310 ~ certificate shop/orders-tls  @cert-manager/status                                    after 61d · rv 88171
  ~ status.renewalTime             2026-11-22T16:10:00Z → 2027-01-21T16:10:00Z
  ~ status.conditions[type=Ready]  True → False  (Expired, after 61d)
""")
    assert on_terminal(several_kinds()[0], names=names) == snapshot("""\
── Sun 22 Nov 2026 ─────────────────────────────────────────────────────────────
17:10:01.310 ~ certificate shop/orders-tls  @cert-manager/status        rv 88171
  ~ status.renewalTime             2026-11-22T16:10:00Z → 2027-01-21T16:10:00Z
  ~ status.conditions[type=Ready]  True → False  (Expired, after 61d)
""")


@pytest.mark.parametrize("width", [80, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Nothing here has a path and a writer that need more."""
    story = (*live(), *transitions(), long_values(), lists(), *after_a_gap(), *fight(), *several_kinds())

    assert [line for line in on_terminal(*story, width=width).splitlines() if len(line) > width] == []
