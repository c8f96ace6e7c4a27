"""The world outside the program, as one object: streams, terminal, variables. Tests bring their own."""

import os
import shutil
import sys
from collections.abc import Mapping
from typing import BinaryIO

import msgspec


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """What a command may know of where it runs."""

    stdout: BinaryIO
    stderr: BinaryIO
    stdout_is_terminal: bool
    stderr_is_terminal: bool
    variables: Mapping[str, str]
    program: str = "crwatch"
    """How we were called, for the commands that we print."""
    words: tuple[str, ...] = ()
    """What followed the program's name."""

    @property
    def width(self) -> int:
        """Columns of the terminal, now: it may be resized."""
        return shutil.get_terminal_size().columns

    @property
    def unicode(self) -> bool:
        """Whether standard output can show more than ASCII."""
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        return encoding.lower().replace("-", "") == "utf8"


def real_environment(argv: list[str]) -> Environment:
    """Return the environment of this process.

    Args:
        argv: with the program's name first; `kubectl-crwatch` is called as `kubectl crwatch`.
    """
    name = os.path.basename(argv[0])  # noqa: PTH119 - pathlib costs more than all the rest here
    return Environment(
        stdout=sys.stdout.buffer,
        stderr=sys.stderr.buffer,
        stdout_is_terminal=sys.stdout.isatty(),
        stderr_is_terminal=sys.stderr.isatty(),
        variables=os.environ,
        program="kubectl crwatch" if name.startswith("kubectl") else "crwatch",
        words=tuple(argv[1:]),
    )
