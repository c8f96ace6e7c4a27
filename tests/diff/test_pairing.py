"""Which list item is which: by key, by bytes, by likeness, by place; never by chance."""

import pytest

from crwatch.values.scalars import Json
from crwatch.values.schema import SET, ListKeys
from tests.diff.shapes import told

KEYED_BY_MATCH = ListKeys(("path", "method"))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            [{"name": "app", "x": 1}, {"name": "web", "x": 1}],
            [{"name": "new", "x": 0}, {"name": "app", "x": 2}, {"name": "web", "x": 1}],
            ['+ [name=new] {"name":"new","x":0}', "~ [name=app].x 1 → 2"],
        ),
        (
            [{"type": "Ready", "status": "True"}],
            [{"type": "Ready", "status": "False"}, {"type": "Paused", "status": "True"}],
            ['+ [type=Paused] {"type":"Paused","status":"True"}', '~ [type=Ready].status "True" → "False"'],
        ),
        (
            [{"containerPort": 80, "protocol": "TCP", "host": 1}, {"containerPort": 80, "protocol": "UDP"}],
            [{"containerPort": 80, "protocol": "TCP", "host": 2}, {"containerPort": 80, "protocol": "UDP"}],
            ["~ [containerPort=80,protocol=TCP].host 1 → 2"],
        ),
        (
            [
                {"kind": "A", "namespace": "n", "name": "x", "s": 1},
                {"kind": "B", "namespace": "n", "name": "x", "s": 1},
            ],
            [
                {"kind": "A", "namespace": "n", "name": "x", "s": 1},
                {"kind": "B", "namespace": "n", "name": "x", "s": 2},
            ],
            ["~ [kind=B,namespace=n,name=x].s 1 → 2"],
        ),
        (
            [{"name": "1", "x": 1}, {"name": "true", "x": 1}],
            [{"name": "1", "x": 2}, {"name": "true", "x": 2}],
            ['~ [name="1"].x 1 → 2', '~ [name="true"].x 1 → 2'],
        ),
        ([{"id": 1, "x": 1}, {"id": 2, "x": 1}], [{"id": 2, "x": 2}], ['- [id=1] {"id":1,"x":1}', "~ [id=2].x 1 → 2"]),
        ([{"name": "a"}], [], ['- [name=a] {"name":"a"}']),
        ([], [{"name": "a"}], ['+ [name=a] {"name":"a"}']),
    ],
)
def test_items_are_paired_by_a_natural_key(old: Json, new: Json, expected: list[str]) -> None:
    """Where every item has it and it is unique on both sides."""
    assert told(old, new) == expected


@pytest.mark.parametrize("colliding", ["name", "type", "id", "key"])
def test_a_key_that_collides_pairs_nothing(colliding: str) -> None:
    """Two conditions of one type: the items are told apart by what they hold, and by place."""
    old: Json = [{colliding: "a", "x": 1, "y": "long"}, {colliding: "a", "x": 2, "y": "other"}]
    new: Json = [{colliding: "a", "x": 2, "y": "other"}, {colliding: "a", "x": 1, "y": "longer"}]
    assert told(old, new) == ["move [0] 1 → 0", '~ [1].y "long" → "longer" (likeness 0)']


def test_a_key_that_collides_on_one_side_only_pairs_nothing_either() -> None:
    """One became two: which of them is the old one is not for the key to say."""
    old: Json = [{"name": "a", "x": 1}]
    assert told(old, [{"name": "a", "x": 2}, {"name": "a", "x": 1}]) == ['+ [0] {"name":"a","x":2}']
    assert told([{"name": "a", "x": 2}, {"name": "a", "x": 1}], old) == ['- [0] {"name":"a","x":2}']


@pytest.mark.parametrize("stray", [None, 1.5, True, {}, "x" * 254])
def test_a_value_that_is_no_name_is_no_key(stray: Json) -> None:
    """Names are short texts and integers."""
    assert told([{"name": "a", "x": 1}, {"name": stray}], [{"name": "a", "x": 2}, {"name": stray}]) == ["~ [0].x 1 → 2"]


def test_an_integer_and_its_text_are_two_names() -> None:
    """As int-or-string has it."""
    assert told([{"id": 1}, {"id": "1"}], [{"id": "1"}, {"id": 1}]) == ['move [id="1"] 1 → 0']


def test_declared_keys_come_before_natural_ones() -> None:
    """The schema knows better, also where a name is there."""
    old: Json = [{"path": "/a", "method": "GET", "name": "x"}, {"path": "/a", "method": "PUT", "name": "y"}]
    new: Json = [{"path": "/a", "method": "GET", "name": "y"}, {"path": "/a", "method": "PUT", "name": "x"}]
    assert told(old, new, KEYED_BY_MATCH) == [
        '~ [path=/a,method=GET].name "x" → "y"',
        '~ [path=/a,method=PUT].name "y" → "x"',
    ]


def test_declared_keys_that_an_item_lacks_give_way_to_natural_ones() -> None:
    """Data that the schema never saw: a file, an older version."""
    old: Json = [{"path": "/a", "name": "x"}, {"path": "/b", "name": "y", "v": 1}]
    new: Json = [{"path": "/a", "name": "x"}, {"path": "/b", "name": "y", "v": 2}]
    assert told(old, new, KEYED_BY_MATCH) == ["~ [name=y].v 1 → 2"]


def test_declared_keys_pair_objects_only() -> None:
    """A list of another shape than the schema's."""
    assert told([{"path": "/a", "method": "GET"}, 1], [{"path": "/a", "method": "GET"}, 2], KEYED_BY_MATCH) == [
        "~ [1] 1 → 2"
    ]


def test_lists_of_lists_are_paired_by_likeness_too() -> None:
    """Matrices, argument lists."""
    old: Json = [["a", "b", "c", "d"], ["x", "y", "z"]]
    new: Json = [["x", "y", "z", "w"], ["a", "b", "c", "d", "e"]]
    assert told(old, new) == [
        "move [0] 1 → 0 (likeness 1)",
        '+ [0][=w] "w" (likeness 1)',
        '+ [1][=e] "e" (likeness 0)',
    ]


def test_keyed_lists_inside_keyed_lists_are_paired_too() -> None:
    """Containers of pods, roles of users."""
    old: Json = {"users": [{"name": "app", "roles": ["reader"]}, {"name": "web", "env": [{"name": "A", "value": "1"}]}]}
    new: Json = {
        "users": [{"name": "web", "env": [{"name": "A", "value": "2"}]}, {"name": "app", "roles": ["reader", "writer"]}]
    }
    assert told(old, new) == [
        "move users[name=web] 1 → 0",
        '~ users[name=web].env[name=A].value "1" → "2"',
        '+ users[name=app].roles[=writer] "writer"',
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (["reader"], ["reader", "writer"], ['+ [=writer] "writer"']),
        (["a", "b"], ["b"], ['- [=a] "a"']),
        (["reader", "writer"], ["writer", "reader"], ['~ . ["reader","writer"] → ["writer","reader"]']),
        (["a", "a", "b"], ["a", "b", "a"], ['~ . ["a","a","b"] → ["a","b","a"]']),
        (["a", "x", "a"], ["a", "x", "a", "b"], ['+ [3] "b"']),
        (["a", "x", "a"], ["a", "y", "a"], ['~ [1] "x" → "y"']),
        (["a", "b", "c"], ["c", "a", "d"], ["move [0] 2 → 0", '~ [2] "b" → "d" (position 1)']),
        ([1, True], [1, True, 1.0], ["+ [=1.0] 1.0"]),
        (["one\ntwo"], ["one\nthree"], ['~ [0] "one\\ntwo" → "one\\nthree"']),
        ([None], [None, None], ["+ [1] null"]),
    ],
)
def test_scalars_are_told_by_value_where_that_names_them(old: Json, new: Json, expected: list[str]) -> None:
    """Unique and in order: by value. Another order of the same: one change. Else by index."""
    assert told(old, new) == expected


def test_a_set_with_an_item_twice_is_compared_as_a_list() -> None:
    """No server lets it through, but a file may hold it."""
    assert told(["a", "a"], ["a"], ListKeys(SET)) == ['- [1] "a"']


STEPS: list[Json] = [{"setWeight": 20}, {"pause": {"duration": "5m"}}, {"setWeight": 60}, {"analysis": {"args": ["a"]}}]


def test_an_item_without_key_is_found_again_where_it_moved() -> None:
    """Equal bytes first: a move is a move, not four replacements."""
    assert told(STEPS, [STEPS[3], *STEPS[:3]]) == ["move [0] 3 → 0"]
    assert told(STEPS, [{"pause": {}}, *STEPS]) == ['+ [0] {"pause":{}}']


def test_an_item_that_changed_a_little_is_recognised_by_likeness() -> None:
    """Also when others were put in before it; the reader is told that it was a guess."""
    rule: dict[str, Json] = {"match": {"path": "/a", "headers": ["x", "y"]}, "timeout": "30s", "retries": 3}
    other: Json = {"match": {"path": "/zz", "headers": ["q"]}, "timeout": "9s", "retries": 8}
    assert told([other, rule], [{**rule, "timeout": "1m"}, {"redirect": "/"}, other]) == [
        "move [0] 1 → 0 (likeness 1)",
        '+ [1] {"redirect":"/"}',
        '~ [0].timeout "30s" → "1m" (likeness 1)',
    ]


def test_items_that_are_not_alike_are_two() -> None:
    """One went, another came: no field of it is told as changed."""
    old: Json = [{"match": {"path": "/a", "headers": ["x", "y"]}, "timeout": "30s"}, {"setWeight": 1}]
    new: Json = [{"setWeight": 1}, {"match": {"path": "/zz", "headers": ["q", "r"]}, "timeout": "9s"}]
    assert [line[:5] for line in told(old, new)] == ["- [0]", "+ [1]"]
    assert told(STEPS[:2], [STEPS[1], {"pause": {}}]) == ['- [0] {"setWeight":20}', '+ [1] {"pause":{}}']


def test_items_are_equal_whatever_the_order_of_their_keys() -> None:
    """Nothing is guessed there."""
    old: Json = [{"p": 1, "q": 2}, {"p": 3, "q": 4}]
    assert told(old, [{"q": 4, "p": 3}, {"q": 2, "p": 1}]) == ["move [0] 1 → 0"]


def test_an_item_alone_between_neighbours_is_the_one_that_stood_there() -> None:
    """There nothing was guessed that an index would not say; beside another newcomer likeness decides."""
    assert told(STEPS, [STEPS[0], {"pause": {"duration": "9m"}}, *STEPS[2:]]) == ['~ [1].pause.duration "5m" → "9m"']
    assert told(STEPS, [{"new": 1}, STEPS[0], {"pause": {"duration": "9m"}}, *STEPS[2:]]) == [
        '+ [0] {"new":1}',
        '~ [2].pause.duration "5m" → "9m" (likeness 1)',
    ]


def test_long_lists_are_not_judged_by_likeness() -> None:
    """A thousand items that all changed are paired by place, in time."""
    old: Json = [{"spec": {"weight": index, "other": "x" * 40}} for index in range(1000)]
    new: Json = [{"spec": {"weight": index + 1, "other": "y" * 40}} for index in range(1000)]
    assert len(told(old, new)) == 2000


def test_pairing_is_deterministic() -> None:
    """The same lists give the same answer, also where several pairs are equally alike."""
    old: Json = [{"a": 1, "b": {"c": index}} for index in range(4)]
    new: Json = [{"a": 1, "b": {"c": index + 10}} for index in range(5)]
    assert [told(old, new) for _ in range(3)] == [told(old, new)] * 3
    assert told(old, new)[0] == '+ [4] {"a":1,"b":{"c":14}}'
