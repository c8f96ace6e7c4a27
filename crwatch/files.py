"""Files of our own: atomic, readable by nobody else, and never a reason to fail. Standard library only."""

# Completion imports this, and pathlib costs more than all the rest of it.
# ruff: noqa: PTH103, PTH105, PTH108, PTH111, PTH117, PTH118, PTH120, PTH123

import os
from collections.abc import Mapping
from contextlib import suppress

_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700


def write_private(path: str, data: bytes) -> None:
    """Write a file that only its owner may read; whoever reads it meanwhile sees all of the old or all of the new.

    Folders on the way are made, the last one for its owner alone.

    Raises:
        OSError: it cannot be written.
    """
    os.makedirs(os.path.dirname(path) or ".", mode=_PRIVATE_FOLDER, exist_ok=True)
    unfinished = f"{path}.{os.urandom(4).hex()}"
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE), "wb") as file:
            file.write(data)
        os.replace(unfinished, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(unfinished)
        raise


class CacheFolder:
    """What can be asked for again, kept to spare the asking: whatever goes wrong here, nothing is kept.

    Args:
        path: the folder; made when something is first kept.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> "CacheFolder":
        """Return crwatch's folder as XDG has it: `$XDG_CACHE_HOME/crwatch`, by default `~/.cache/crwatch`."""
        return cls(os.path.join(xdg_folder(variables, "XDG_CACHE_HOME", ".cache"), "crwatch"))

    def read(self, name: str) -> bytes | None:
        """Return what is kept under `name`, or None."""
        try:
            with open(os.path.join(self.path, name), "rb") as file:
                return file.read()
        except OSError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """Keep `data` under `name`, which may have folders."""
        with suppress(OSError):
            write_private(os.path.join(self.path, name), data)


def xdg_folder(variables: Mapping[str, str], name: str, default: str) -> str:
    """Return a folder of the XDG base directories: relative ones are invalid there, and do not count.

    Args:
        variables: the environment.
        name: `XDG_CACHE_HOME`, `XDG_CONFIG_HOME`.
        default: below the home folder.
    """
    folder = variables.get(name, "")
    home = variables.get("HOME") or os.path.expanduser("~")
    return folder if os.path.isabs(folder) else os.path.join(home, default)
