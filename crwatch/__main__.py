"""The program's first look at its words, before anything is imported that they may not need."""

import sys


def main() -> None:
    """Run crwatch and leave with its exit status."""
    if sys.argv[1:] in (["--version"], ["version"]):
        from importlib.metadata import version

        sys.stdout.write(f"crwatch {version('crwatch')}\n")
        return
    from crwatch.cli.environment import real_environment
    from crwatch.cli.main import run

    sys.exit(run(real_environment(sys.argv)))


if __name__ == "__main__":
    main()
