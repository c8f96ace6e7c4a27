"""From words to an exit status. Exceptions become a line, a hint and a status here and nowhere else."""

import signal
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from crwatch.cli.environment import Environment
from crwatch.errors import CrwatchError, ExitStatus, ReaderGoneError, UsageError


class Terminated(BaseException):  # noqa: N818 - like KeyboardInterrupt: a wish, not an error
    """SIGTERM or SIGHUP came."""

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
        _say(environment, error)
        return error.exit_status
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    except Terminated as wish:
        return wish.exit_status


def _terminate(number: int, _: FrameType | None) -> NoReturn:
    raise Terminated(number)


def _dispatch(environment: Environment) -> int:
    import typer  # noqa: PLC0415 - imported only where words are to be understood

    from crwatch.cli.app import app  # noqa: PLC0415 - see above

    # typer carries its own click from 0.26 on; its exceptions are reached through the one that it exports.
    click_exception = typer.BadParameter.__mro__[2]
    command = typer.main.get_command(app)
    try:
        status = command.main(
            list(environment.words), prog_name=environment.program, obj=environment, standalone_mode=False
        )
    except click_exception as error:
        raise UsageError(error.format_message(), hint=f"{environment.program} --help") from None  # type: ignore[attr-defined]  # see above
    return status if isinstance(status, int) else ExitStatus.DONE


def _say(environment: Environment, error: CrwatchError) -> None:
    from crwatch.cli.streams import error_lines  # noqa: PLC0415 - nothing to say on the way to success

    with suppress(OSError):
        environment.stderr.write(error_lines(error, environment))
        environment.stderr.flush()
