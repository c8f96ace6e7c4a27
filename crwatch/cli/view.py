"""Options and the configuration file become a Lens: what is noise, what is hidden, what is secret."""

import secrets
from collections.abc import Sequence
from typing import Final

import msgspec

from crwatch.cli.config import Config, read_config
from crwatch.cli.environment import Environment
from crwatch.cli.options import Masking, Viewing
from crwatch.diff.filters import Filters
from crwatch.diff.lens import KeysOf, Lens
from crwatch.diff.masking import Masker
from crwatch.diff.rules import EVERYTHING, Rules
from crwatch.errors import UsageError
from crwatch.values.glob import PathGlob
from crwatch.values.path import PathSyntaxError
from crwatch.values.schema import NO_KEYS, ListKeys

_KEY_BYTES: Final = 32


class View(msgspec.Struct, frozen=True):
    """How a person wants to see objects and their changes, as typed."""

    viewing: Viewing = Viewing()
    masking: Masking = Masking()

    def lens(self, environment: Environment, keys: ListKeys | KeysOf = NO_KEYS) -> Lens:
        """Return the lens.

        Args:
            environment: where the configuration file is found.
            keys: what schemas declare about lists.

        Raises:
            UsageError: a pattern cannot be read, or the file.
        """
        config = read_config(environment.variables)
        rules = EVERYTHING
        if not self.viewing.all_fields:
            rules = msgspec.structs.replace(Rules.default(), patterns=config.patterns)
        asked = self.viewing
        filters = Filters(
            _globs("--path", asked.paths),
            _globs("--ignore", asked.ignored),
            tuple(asked.by or ()),
            tuple(asked.not_by or ()),
        )
        return Lens(rules, keys, self._masker(config), filters)

    def masker(self, environment: Environment) -> Masker:
        """Return the masker alone, for objects that are shown whole; raises like `lens`."""
        return self._masker(read_config(environment.variables))

    def _masker(self, config: Config) -> Masker:
        # A key of this run's own: marks tell equal from different in one output, and nothing about another.
        return Masker(
            secrets.token_bytes(_KEY_BYTES),
            (*config.masks, *_globs("--mask", self.masking.masks)),
            config.masks_of_kinds,
            reveal=self.masking.show_secrets,
        )


def _globs(option: str, texts: Sequence[str] | None) -> tuple[PathGlob, ...]:
    try:
        return tuple(map(PathGlob.parse, texts or ()))
    except PathSyntaxError as error:
        raise UsageError(
            f"{option}: {error}", hint="as crwatch prints paths: 'spec.users[*].roles', '**.image', 'spec'"
        ) from None
