"""The user's own file of rules: what is noise, and what is secret, for everything, a kind or a manager.

Read by hand, node by node: whoever mistypes a word is told the file, the line, and the word that was meant.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import yaml

from crwatch.diff.rules import Pattern, When
from crwatch.errors import UsageError
from crwatch.files import xdg_folder
from crwatch.model.resource import TypeName
from crwatch.values.glob import PathGlob
from crwatch.values.path import PathSyntaxError

Value = TypeVar("Value")

_RULES: Final = {"ignore": When.ALWAYS, "fold": When.ALONE}
_OF_ALL: Final = ("ignore", "fold", "mask", "kinds", "managers")
_OF_A_KIND: Final = ("ignore", "fold", "mask")
_OF_A_MANAGER: Final = ("ignore", "fold")


class Config(msgspec.Struct, frozen=True):
    """What the file says; the default instance is that of a file that is not there."""

    patterns: tuple[Pattern, ...] = ()
    masks: tuple[PathGlob, ...] = ()
    masks_of_kinds: tuple[tuple[TypeName, PathGlob], ...] = ()


def read_config(variables: Mapping[str, str]) -> Config:
    """Return what `$CRWATCH_CONFIG` or `$XDG_CONFIG_HOME/crwatch/config.yaml` says; the latter need not be there.

    Raises:
        UsageError: the file cannot be read, or says what we do not know.
    """
    named = variables.get("CRWATCH_CONFIG")
    path = Path(named or Path(xdg_folder(variables, "XDG_CONFIG_HOME", ".config"), "crwatch", "config.yaml"))
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        if not named:
            return Config()
        raise UsageError(f"$CRWATCH_CONFIG names {path}, which is not there") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read", cause=error.strerror) from error
    return parse_config(text, str(path))


def parse_config(text: bytes, name: str) -> Config:
    """Return what the text of a configuration file says.

    Args:
        text: YAML.
        name: of the file, for messages.

    Raises:
        UsageError: it is no YAML, or says what we do not know.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise UsageError(f"{name} is no YAML", cause=str(error)) from error
    return _Reader(name).config(root) if root is not None else Config()


class _Reader:
    """Reads one file; every complaint names it and the line."""

    def __init__(self, name: str) -> None:
        self._name = name

    def config(self, root: yaml.Node) -> Config:
        patterns: list[Pattern] = []
        masks: list[PathGlob] = []
        masks_of_kinds: list[tuple[TypeName, PathGlob]] = []
        for word, node in self._entries(root, _OF_ALL):
            match word:
                case "mask":
                    masks += self._globs(node)
                case "kinds":
                    for kind, below in self._entries(node):
                        named = TypeName.parse(kind)
                        for rule, paths in self._entries(below, _OF_A_KIND):
                            if rule == "mask":
                                masks_of_kinds += ((named, glob) for glob in self._globs(paths))
                            else:
                                patterns += self._patterns(rule, paths, kind=named)
                case "managers":
                    for manager, below in self._entries(node):
                        for rule, paths in self._entries(below, _OF_A_MANAGER):
                            patterns += self._patterns(rule, paths, manager=manager)
                case _:
                    patterns += self._patterns(word, node)
        return Config(tuple(patterns), tuple(masks), tuple(masks_of_kinds))

    def _patterns(
        self, rule: str, node: yaml.Node, *, kind: TypeName | None = None, manager: str | None = None
    ) -> Iterator[Pattern]:
        return (Pattern(glob, _RULES[rule], kind, manager) for glob in self._globs(node))

    def _globs(self, node: yaml.Node) -> Iterator[PathGlob]:
        if not isinstance(node, yaml.SequenceNode):
            raise self._wrong(node, "a list of path patterns is meant here", "- status.lastCheckedAt")
        for item in node.value:
            if not isinstance(item, yaml.ScalarNode):
                raise self._wrong(item, "a path pattern is meant here", "quote it: '[…]' begins a list in YAML")
            yield self._parsed(item, PathGlob.parse)

    def _parsed(self, node: yaml.ScalarNode, parse: Callable[[str], Value]) -> Value:
        try:
            return parse(node.value)
        except PathSyntaxError as error:
            raise self._wrong(node, str(error), None) from None

    def _entries(self, node: yaml.Node, known: tuple[str, ...] | None = None) -> Iterator[tuple[str, yaml.Node]]:
        """Yield the keys of a mapping with what they hold; each must be one of the known, where these are given."""
        if not isinstance(node, yaml.MappingNode):
            words = f"one of {', '.join(known)}" if known else "a name"
            raise self._wrong(node, f"{words} is meant here, with a colon after it", None)
        seen: set[str] = set()
        for key, value in node.value:
            word = str(key.value)
            if known is not None and word not in known:
                close = difflib.get_close_matches(word, known, n=1)
                hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
                raise self._wrong(key, f'"{word}" is not known here', hint)
            if word in seen:
                raise self._wrong(key, f'"{word}" stands here twice', None)
            seen.add(word)
            yield word, value

    def _wrong(self, node: yaml.Node, why: str, hint: str | None) -> UsageError:
        line = node.start_mark.line + 1 if node.start_mark else "?"
        return UsageError(f"{self._name}, line {line}: {why}", hint=hint)
