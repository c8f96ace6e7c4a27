"""Options that several commands share, in kubectl's words and meaning."""

from enum import StrEnum
from typing import Annotated

import typer

Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[TYPE[,TYPE…]] [NAME…]", help="Plural, singular, kind, short name or TYPE.GROUP."),
]
Namespace = Annotated[str | None, typer.Option("--namespace", "-n", help="Default: the context's.")]
AllNamespaces = Annotated[bool, typer.Option("--all-namespaces", "-A", help="All namespaces; wins over -n.")]
Selector = Annotated[str, typer.Option("--selector", "-l", help="Labels, as in kubectl: app=db,tier!=test.")]
FieldSelector = Annotated[str, typer.Option("--field-selector", help="Fields that the CRD offers: metadata.name=x.")]
Context = Annotated[str | None, typer.Option("--context", help="A context of the kubeconfig.")]
Kubeconfig = Annotated[str | None, typer.Option("--kubeconfig", help="Default: $KUBECONFIG, ~/.kube/config.")]
RequestTimeout = Annotated[
    str, typer.Option("--request-timeout", help="How long one request may take: 10s, 1m; 0 is no limit.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Nothing on standard error but errors and lost sight.")]


class ColorChoice(StrEnum):
    """Words of `--color`."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


Color = Annotated[ColorChoice, typer.Option("--color", help="Auto: on a terminal, and without NO_COLOR.")]
Heading = Annotated[
    bool | None, typer.Option("--heading/--no-heading", help="A heading for each event, or whole lines for grep.")
]
Ascii = Annotated[bool, typer.Option("--ascii", help="No character beyond ASCII of our own.")]
Summary = Annotated[bool, typer.Option("--summary", help="One line an event.")]


class ThemeChoice(StrEnum):
    """Words of `--theme`."""

    DEFAULT = "default"
    BLUE_ORANGE = "blue-orange"


ThemeOption = Annotated[ThemeChoice, typer.Option("--theme", help="blue-orange: without red and green.")]


class TimeChoice(StrEnum):
    """Words of `--time`."""

    CLOCK = "clock"
    FULL = "full"
    UTC = "utc"
    AGO = "ago"
    NONE = "none"


TimeOption = Annotated[
    TimeChoice | None, typer.Option("--time", help="Default: clock under headings, utc in a pipe; full has the date.")
]
Full = Annotated[bool, typer.Option("--full", help="Nothing cut or folded under headings.")]
Paths = Annotated[
    list[str] | None,
    typer.Option("--path", metavar="PATTERN", help="Only changes there and below: 'spec', '**.image'. Repeatable."),
]
Ignored = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="PATTERN", help="No changes there and below: 'spec.users[*].roles'. Repeatable."),
]
By = Annotated[
    list[str] | None,
    typer.Option("--by", metavar="MANAGER", help="Only what these made, globs: 'kubectl-*'. Repeatable."),
]
NotBy = Annotated[
    list[str] | None,
    typer.Option("--not-by", metavar="MANAGER", help="Not what these alone made; '?' is nobody known. Repeatable."),
]
Masks = Annotated[
    list[str] | None,
    typer.Option("--mask", metavar="PATTERN", help="Values there become marks, as those of Secrets. Repeatable."),
]
ShowSecrets = Annotated[bool, typer.Option("--show-secrets", help="No marks: values of Secrets as they are.")]
AllFields = Annotated[bool, typer.Option("--all-fields", help="Noise too: managedFields, generation, heartbeats.")]


class RecordOutput(StrEnum):
    """Formats of changes."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"
    JSONPATCH = "jsonpatch"
    MERGEPATCH = "mergepatch"
    DIFF = "diff"
    NAME = "name"


ChangeFormat = Annotated[
    RecordOutput,
    typer.Option("--output", "-o", help="json: a change record a line; patches: one a line; diff: unified, of YAML."),
]


class ObjectPart(StrEnum):
    """Words of `--object`."""

    FULL = "full"
    META = "meta"
    NONE = "none"


ObjectPartOption = Annotated[ObjectPart, typer.Option("--object", help="How much of the object a record holds.")]
