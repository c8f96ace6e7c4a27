"""`crwatch diff`: what changed since, or what lies between two things."""

from typing import Annotated

import typer

from crwatch.cli import options
from crwatch.cli.environment import Environment
from crwatch.cli.words import parse_since, parse_targets
from crwatch.errors import ExitStatus, UsageError

SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="RV", help="A resource version, with @ID where crwatch printed it.")
]
SchemaOption = Annotated[
    list[str] | None, typer.Option("--schema", metavar="CRD.yaml", help="With A B: list keys of a CRD. Repeatable.")
]
Sides = Annotated[
    list[str] | None,
    typer.Argument(metavar="A B | [TYPE[,TYPE…]] [NAME…]", help="Files, - or TYPE/NAME; with --since types and names."),
]


def diff(
    context: typer.Context,
    words: Sides = None,
    *,
    since: SinceOption = None,
    schema: SchemaOption = None,
    namespace: options.Namespace = None,
    all_namespaces: options.AllNamespaces = False,
    selector: options.Selector = "",
    field_selector: options.FieldSelector = "",
    output: options.ChangeFormat = options.RecordOutput.TEXT,
    object_part: options.ObjectPartOption = options.ObjectPart.FULL,
    heading: options.Heading = None,
    full: options.Full = False,
    summary: options.Summary = False,
    time: options.TimeOption = None,
    theme: options.ThemeOption = options.ThemeChoice.DEFAULT,
    all_fields: options.AllFields = False,
    path: options.Paths = None,
    ignore: options.Ignored = None,
    by: options.By = None,
    not_by: options.NotBy = None,
    mask: options.Masks = None,
    show_secrets: options.ShowSecrets = False,
    color: options.Color = options.ColorChoice.AUTO,
    ascii_only: options.Ascii = False,
    quiet: options.Quiet = False,
    cluster_context: options.Context = None,
    kubeconfig: options.Kubeconfig = None,
    request_timeout: options.RequestTimeout = "0",
) -> int:
    """Tell what differs since a resource version, or between two things: exit 0 for nothing, 1 for something.

    Any resource version of the cluster will do: an object's, a list's, or the one that `crwatch tail` printed. Things
    are manifests, lists or recorded streams, YAML or JSON (`-` is standard input), or live objects, TYPE/NAME or
    TYPE/NAMESPACE/NAME; files need no cluster. Objects are paired by kind, namespace and name.

    \b
      crwatch diff --since 88101 databaseclusters
      crwatch diff --since 88101@5f0c21d7 dbcluster -A -o json
      crwatch diff old.yaml new.yaml
      kubectl get dbcluster orders -o yaml | crwatch diff orders.yaml - --schema crd.yaml
      crwatch diff dbcluster/orders dbcluster/staging/orders
    """
    from functools import partial

    import msgspec

    from crwatch.cli.comparing import compare_and_write
    from crwatch.cli.scope import Scope, collections_of, open_cluster
    from crwatch.cli.streams import ChangeStyle, Streams
    from crwatch.cli.two_sides import compare_sides
    from crwatch.cli.view import View

    environment: Environment = context.obj
    streams = Streams(environment, color=color, ascii_only=ascii_only, theme=theme, quiet=quiet)
    connect = partial(
        open_cluster, context=cluster_context, kubeconfig=kubeconfig, timeout=request_timeout, say=streams.say
    )
    style = ChangeStyle(output=output, heading=heading, full=full, summary=summary, time=time, object_part=object_part)
    view = View(
        paths=path or (),
        ignored=ignore or (),
        by=by or (),
        not_by=not_by or (),
        masks=mask or (),
        show_secrets=show_secrets,
        all_fields=all_fields,
    )
    if since is None:
        return compare_sides(
            words or (),
            connect,
            namespace=namespace,
            view=view,
            schemas=schema or (),
            streams=streams,
            style=style,
        )
    if schema:
        raise UsageError("--schema is for two things to compare: with --since the server tells the schema")
    wanted = parse_since(since)
    scope = Scope(
        targets=parse_targets(words or ()),
        namespace=namespace,
        all_namespaces=all_namespaces,
        labels=selector,
        fields=field_selector,
    )
    style = msgspec.structs.replace(style, since_rv=wanted.resource_version)
    with connect() as cluster:
        collections = collections_of(cluster, scope)
        lens = view.lens(environment, cluster.list_keys)
        differs = compare_and_write(cluster, collections, wanted, lens=lens, streams=streams, style=style)
    return ExitStatus.NO if differs else ExitStatus.DONE
