"""From words to an exit status. Exceptions become a line, a hint and a status here and nowhere else."""

import signal
from contextlib import suppress
from types import FrameType
from typing import NoReturn, cast

from crwatch.cli.environment import Environment
from crwatch.errors import CrwatchError, ExitStatus, ReaderGoneError, UsageError


class Terminated(BaseException):
    """SIGTERM or SIGHUP came; like KeyboardInterrupt a wish, not an error."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_status = 128 + number


def run(environment: Environment) -> int:
    """Run one command and return its exit status (`errors.ExitStatus`); nothing is raised but bugs."""
    try:
        with suppress(ValueError):  # not the main thread: then signals are not ours
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, _terminate)
        return _dispatch(environment)
    except ReaderGoneError as error:
        return error.exit_status
    except CrwatchError as error:
        from crwatch.cli.streams import say_error

        say_error(error, environment)
        return error.exit_status
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    except Terminated as wish:
        return wish.exit_status


def _terminate(number: int, _: FrameType | None) -> NoReturn:
    raise Terminated(number)


def _dispatch(environment: Environment) -> int:
    import typer

    from crwatch.cli.app import app

    # typer carries its own click from 0.26 on; its exceptions are reached through the one that it exports.
    click_exception = cast("type[Exception]", typer.BadParameter.__mro__[2])
    command = typer.main.get_command(app)
    try:
        status = command.main(
            list(environment.words), prog_name=environment.program, obj=environment, standalone_mode=False
        )
    except click_exception as error:
        message = getattr(error, "format_message", error.__str__)()
        raise UsageError(message, hint=f"{environment.program} --help") from None
    return status if isinstance(status, int) else ExitStatus.DONE
