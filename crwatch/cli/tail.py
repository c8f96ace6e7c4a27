"""`crwatch tail`: follow what changes."""

from typing import Annotated

import typer

from crwatch.cli import options
from crwatch.cli.environment import Environment
from crwatch.cli.words import parse_targets

Initial = Annotated[bool, typer.Option("--initial", help="Print what is there at the beginning too.")]
OnlyVisible = Annotated[bool, typer.Option("--only-visible", help="No record where nothing but noise changed.")]
StatusEvents = Annotated[bool, typer.Option("--status-events", help="Notices as records too.")]


def tail(
    context: typer.Context,
    words: options.Words = None,
    *,
    namespace: options.Namespace = None,
    all_namespaces: options.AllNamespaces = False,
    selector: options.Selector = "",
    field_selector: options.FieldSelector = "",
    output: options.ChangeFormat = options.RecordOutput.TEXT,
    initial: Initial = False,
    object_part: options.ObjectPartOption = options.ObjectPart.FULL,
    only_visible: OnlyVisible = False,
    status_events: StatusEvents = False,
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
) -> None:
    """Follow changes of custom resources, field by field.

    Without TYPE every custom resource is followed. On a terminal each event has a heading; in a pipe every change is
    one whole line. The watch is resumed when it ends; where sight was lost, the time and the net changes are told.

    \b
      crwatch tail databaseclusters
      crwatch tail dbcluster -A -l app=db
      crwatch tail dbcluster | awk '$5=="spec.replicas"'
      crwatch tail dbcluster --path spec --ignore '**.image' --not-by 'kube-*'
      crwatch tail dbcluster -o json | jq -c '.changes[]'
    """
    from crwatch.cli.following import Following
    from crwatch.cli.scope import Scope, collections_of, open_cluster
    from crwatch.cli.streams import ChangeStyle, Streams
    from crwatch.cli.view import View

    environment: Environment = context.obj
    streams = Streams(environment, color=color, ascii_only=ascii_only, theme=theme, quiet=quiet)
    scope = Scope(
        targets=parse_targets(words or ()),
        namespace=namespace,
        all_namespaces=all_namespaces,
        labels=selector,
        fields=field_selector,
    )
    style = ChangeStyle(
        output=output,
        heading=heading,
        full=full,
        summary=summary,
        time=time,
        object_part=object_part,
        only_visible=only_visible,
        status_events=status_events,
    )
    view = View(
        paths=path or (),
        ignored=ignore or (),
        by=by or (),
        not_by=not_by or (),
        masks=mask or (),
        show_secrets=show_secrets,
        all_fields=all_fields,
    )
    with open_cluster(
        context=cluster_context, kubeconfig=kubeconfig, timeout=request_timeout, say=streams.say
    ) as cluster:
        collections = collections_of(cluster, scope)
        lens = view.lens(environment, cluster.list_keys)
        Following(cluster, collections, streams, style).run(lens, initial=initial)
