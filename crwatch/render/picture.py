"""Pictures of real output, for the manual."""


def export_svg(painted: str, *, title: str, width: int) -> str:
    """Return text with colour sequences as an SVG of a terminal window; the same text gives the same picture.

    Args:
        painted: what a terminal would receive.
        title: of the window.
        width: in columns.
    """
    import io  # noqa: PLC0415 - nothing here is loaded on the way to data

    from rich.console import Console  # noqa: PLC0415 - 50 ms
    from rich.text import Text  # noqa: PLC0415 - see above

    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="standard")
    console.print(Text.from_ansi(painted), soft_wrap=True)
    return console.export_svg(title=title, unique_id="crwatch")
