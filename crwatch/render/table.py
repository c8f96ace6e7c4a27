"""The server's table of a list as kubectl prints it: to the byte in a pipe, bold names and dim headings on a terminal.

The layout is kubectl 1.37's, tried out: a column is as wide as its widest cell and three spaces, at least six; widths
grow from page to page and never shrink; the last cell of a row is not padded. kubectl measures a page in bytes, all
but its first line, before it prints it in characters; so does this in a pipe. On a terminal columns are what counts.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from crwatch.model.resource import ResourceType
from crwatch.model.table import Column, Row, Table
from crwatch.render.text import display_width, one_word, visible
from crwatch.render.theme import Theme
from crwatch.render.writer import Output

_PADDING: Final = 3
_NARROWEST: Final = 6


class TableWriter:
    """Writes tables page by page.

    Args:
        output: standard output.
        theme: dims headings and prefixes, makes names bold; unpainted in a pipe.
        wide: `-o wide`: the columns with a priority too.
        headers: False for `--no-headers`.
        with_namespace: `-A`: namespaced kinds get a NAMESPACE column.
        with_kind: several kinds are listed: names get their `type.group/` prefix.
    """

    def __init__(
        self,
        output: Output,
        theme: Theme,
        *,
        wide: bool = False,
        headers: bool = True,
        with_namespace: bool = False,
        with_kind: bool = False,
    ) -> None:
        self._output = output
        self._theme = theme
        self._wide = wide
        self._headers = headers
        self._with_namespace = with_namespace
        self._with_kind = with_kind
        self._resource: ResourceType | None = None
        self._columns: tuple[Column, ...] = ()
        self._widths: list[int] = []
        self._wrote = False

    @property
    def wrote(self) -> bool:
        """Whether there was a row; without one, `nothing_found` is what to say."""
        return self._wrote

    def write(self, table: Table, resource: ResourceType) -> None:
        """Write one page; a page without rows writes nothing, and one without columns has those of the page before."""
        if not table.rows:
            return
        separator = "\n" if resource != self._resource and self._wrote and self._headers else ""
        if resource != self._resource:
            self._resource, self._columns, self._widths = resource, (), []
        titles: list[list[str]] = []
        if table.columns and table.columns != self._columns:
            self._columns = table.columns
            titles = [self._titles(resource)] if self._headers else []
        raw = [self._cells(row, resource) for row in table.rows]
        rows = [[self._printed(cell) for cell in row] for row in raw]
        self._widen([self._width(text) for text in row] for row in titles + rows)
        if not self._output.is_terminal:
            self._widen([len(go_sprint(cell).encode()) for cell in row[:-1]] for row in raw[0 if titles else 1 :])
        lines = [self._theme.paint("dim", self._aligned(row)) for row in titles]
        prefix = _prefix(resource) if self._with_kind else ""
        lines += [self._aligned(row, self._name_column(resource), prefix) for row in rows]
        self._wrote = True
        self._output.write(separator + "".join(f"{line}\n" for line in lines))

    def _titles(self, resource: ResourceType) -> list[str]:
        shown = [self._printed(column.name.upper()) for column in self._columns if self._shows(column)]
        return ["NAMESPACE", *shown] if self._shows_namespace(resource) else shown

    def _cells(self, row: Row, resource: ResourceType) -> list[Any]:
        cells = [cell for column, cell in zip(self._columns, row.cells, strict=False) if self._shows(column)]
        if self._shows_namespace(resource):
            cells.insert(0, row.meta.namespace)
        name = self._name_column(resource)
        if self._with_kind and name is not None and name < len(cells):
            cells[name] = f"{_prefix(resource)}{go_sprint(cells[name])}"
        return cells

    def _shows(self, column: Column) -> bool:
        return self._wide or column.priority == 0

    def _shows_namespace(self, resource: ResourceType) -> bool:
        return self._with_namespace and resource.namespaced

    def _name_column(self, resource: ResourceType) -> int | None:
        shown = [column for column in self._columns if self._shows(column)]
        names = (at for at, column in enumerate(shown) if column.format == "name" and column.type == "string")
        at = next(names, None)
        return at + 1 if at is not None and self._shows_namespace(resource) else at

    def _printed(self, cell: Any) -> str:  # noqa: ANN401 - any JSON value
        """A cell up to its first line end; what could drive a terminal is made visible, in a pipe as in kubectl."""
        text = go_sprint(cell)
        first = min((at for at in map(text.find, "\f\n\r") if at >= 0), default=None)
        text = text if first is None else text[:first] + "..."
        return visible(text) if self._output.is_terminal else text.replace("\x1b", "^[")

    def _width(self, text: str) -> int:
        return display_width(text) if self._output.is_terminal else len(text)

    def _widen(self, rows: Iterable[Sequence[int]]) -> None:
        """Make room for rows of so many columns each; the last one needs none."""
        for row in rows:
            for at, width in enumerate(row):
                if at == len(self._widths):
                    self._widths.append(_NARROWEST)
                self._widths[at] = max(self._widths[at], width + _PADDING)

    def _aligned(self, row: Sequence[str], name_at: int | None = None, prefix: str = "") -> str:
        padded = [text + " " * (self._widths[at] - self._width(text)) for at, text in enumerate(row[:-1])]
        padded += row[-1:]
        if name_at is not None and name_at < len(padded) and self._theme.codes:
            name = padded[name_at].removeprefix(prefix)
            padded[name_at] = self._theme.paint("dim", prefix) + self._theme.paint("name", name)
        return "".join(padded)


def _prefix(resource: ResourceType) -> str:
    """What kubectl writes before a name to say its kind: `databasecluster.stable.example.com/`."""
    group = resource.gvr.group
    return one_word(f"{resource.kind.lower()}.{group}" if group else resource.kind.lower()) + "/"


def name_with_kind(resource: ResourceType, name: str) -> str:
    """Return `databasecluster.stable.example.com/orders`, as `-o name` prints it."""
    return _prefix(resource) + name


def nothing_found(namespace: str | None) -> str:
    """Return kubectl's sentence for standard error.

    Args:
        namespace: that was looked in; None with `-A`, or where a kind is cluster-scoped.
    """
    return "No resources found" if namespace is None else f"No resources found in {one_word(namespace)} namespace."


_INT64: Final = range(-(2**63), 2**63)
_WITHOUT_EXPONENT: Final = range(-4, 6)


def go_sprint(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a cell as Go's `fmt.Sprint` writes what its JSON decodes to: kubectl prints cells so."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() if value in _INT64:
            return str(value)
        case int() | float():
            return _go_float(float(value))
        case list():
            return "[" + " ".join(map(_nested, value)) + "]"
        case _:
            return "map[" + " ".join(f"{key}:{_nested(value[key])}" for key in sorted(value)) + "]"


def _nested(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return "<nil>" if value is None else go_sprint(value)


def _go_float(number: float) -> str:
    """Go's `%v`: the shortest digits that mean this number, with an exponent where it is large or small."""
    sign, digits, _ = Decimal(repr(number)).normalize().as_tuple()
    exponent = Decimal(repr(number)).adjusted() if number else 0
    if exponent in _WITHOUT_EXPONENT:
        return f"{Decimal(repr(number)).normalize():f}"
    text = "".join(map(str, digits))
    fraction = f".{text[1:]}" if text[1:] else ""
    return f"{'-' if sign else ''}{text[0]}{fraction}e{exponent:+03d}"
