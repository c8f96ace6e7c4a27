"""The program's first look at its words, before anything is imported that they may not need."""

import sys


def main() -> None:
    """Run crwatch and leave with its exit status."""
    if sys.argv[1:] in (["--version"], ["version"]):
        from importlib.metadata import version  # noqa: PLC0415 - 15 ms that only this needs

        sys.stdout.write(f"crwatch {version('crwatch')}\n")
        return
    from crwatch.cli.environment import real_environment  # noqa: PLC0415 - see above
    from crwatch.cli.main import run  # noqa: PLC0415 - see above

    sys.exit(run(real_environment(sys.argv)))


if __name__ == "__main__":
    main()
