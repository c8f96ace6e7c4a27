"""Options that several commands share, in kubectl's words and meaning, in groups (`grouping.grouped`)."""

from enum import StrEnum
from typing import Annotated

import msgspec
import typer

Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[TYPE[,TYPE…]] [NAME…]", help="Plural, singular, kind, short name or TYPE.GROUP."),
]


class ColorChoice(StrEnum):
    """Words of `--color`."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class ThemeChoice(StrEnum):
    """Words of `--theme`."""

    DEFAULT = "default"
    BLUE_ORANGE = "blue-orange"


class TimeChoice(StrEnum):
    """Words of `--time`."""

    CLOCK = "clock"
    FULL = "full"
    UTC = "utc"
    AGO = "ago"
    NONE = "none"


class RecordOutput(StrEnum):
    """Formats of changes."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"
    JSONPATCH = "jsonpatch"
    MERGEPATCH = "mergepatch"
    DIFF = "diff"
    NAME = "name"


class ObjectPart(StrEnum):
    """Words of `--object`."""

    FULL = "full"
    META = "meta"
    NONE = "none"


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """Which cluster, and how patiently."""

    kube_context: Annotated[str | None, typer.Option("--context", help="A context of the kubeconfig.")] = None
    kubeconfig: Annotated[str | None, typer.Option("--kubeconfig", help="Default: $KUBECONFIG, ~/.kube/config.")] = None
    request_timeout: Annotated[
        str, typer.Option("--request-timeout", help="How long one request may take: 10s, 1m; 0 is no limit.")
    ] = "0"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Which objects of a kind."""

    namespace: Annotated[str | None, typer.Option("--namespace", "-n", help="Default: the context's.")] = None
    all_namespaces: Annotated[bool, typer.Option("--all-namespaces", "-A", help="All namespaces; wins over -n.")] = (
        False
    )
    labels: Annotated[str, typer.Option("--selector", "-l", help="Labels, as in kubectl: app=db,tier!=test.")] = ""
    fields: Annotated[str, typer.Option("--field-selector", help="Fields that the CRD offers: metadata.name=x.")] = ""


class Looks(msgspec.Struct, frozen=True, kw_only=True):
    """What text looks like."""

    color: Annotated[ColorChoice, typer.Option("--color", help="Auto: on a terminal, and without NO_COLOR.")] = (
        ColorChoice.AUTO
    )
    theme: Annotated[ThemeChoice, typer.Option("--theme", help="blue-orange: without red and green.")] = (
        ThemeChoice.DEFAULT
    )
    ascii_only: Annotated[bool, typer.Option("--ascii", help="No character beyond ASCII of our own.")] = False
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Nothing on standard error but errors and lost sight.")
    ] = False


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How changes are written."""

    output: Annotated[
        RecordOutput,
        typer.Option("--output", "-o", help="json: one record a line; patches: one a line; diff: unified YAML."),
    ] = RecordOutput.TEXT
    heading: Annotated[
        bool | None, typer.Option("--heading/--no-heading", help="A heading for each event, or whole lines for grep.")
    ] = None
    """None lets the terminal decide, as ripgrep does."""
    summary: Annotated[bool, typer.Option("--summary", help="One line an event.")] = False
    full: Annotated[bool, typer.Option("--full", help="Nothing cut or folded under headings.")] = False
    time: Annotated[
        TimeChoice | None,
        typer.Option("--time", help="Default: clock under headings, utc in a pipe; full has the date."),
    ] = None
    object_part: Annotated[ObjectPart, typer.Option("--object", help="How much of the object a record holds.")] = (
        ObjectPart.FULL
    )


class Masking(msgspec.Struct, frozen=True, kw_only=True):
    """What is secret."""

    masks: Annotated[
        list[str] | None,
        typer.Option("--mask", metavar="PATTERN", help="Values there become marks, as those of Secrets. Repeatable."),
    ] = None
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="No marks: values of Secrets as they are.")] = (
        False
    )


class Viewing(msgspec.Struct, frozen=True, kw_only=True):
    """Which changes are worth showing."""

    all_fields: Annotated[
        bool, typer.Option("--all-fields", help="Noise too: managedFields, generation, heartbeats.")
    ] = False
    paths: Annotated[
        list[str] | None,
        typer.Option("--path", metavar="PATTERN", help="Only changes there and below: 'spec', '**.image'. Repeatable."),
    ] = None
    ignored: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar="PATTERN", help="None there and below: 'spec.users[*].roles'. Repeatable."),
    ] = None
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="MANAGER", help="Only what these made, globs: 'kubectl-*'. Repeatable."),
    ] = None
    not_by: Annotated[
        list[str] | None,
        typer.Option("--not-by", metavar="MANAGER", help="Not what these alone made; '?' is nobody known. Repeatable."),
    ] = None


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """What else goes among JSON records, or not."""

    only_visible: Annotated[bool, typer.Option("--only-visible", help="No record where nothing but noise changed.")] = (
        False
    )
    status_events: Annotated[bool, typer.Option("--status-events", help="Notices as records too.")] = False
