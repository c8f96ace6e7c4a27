"""Options that belong together are declared once, as a struct, and given to a command as one value."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, get_type_hints

import msgspec


def grouped(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return the command with each keyword that is a struct taken apart into the struct's fields.

    A field is annotated as typer wants an option to be (`Annotated[str, typer.Option("--selector", "-l")] = ""`);
    typer sees plain options, and the command gets them together again, frozen.
    """
    plain: list[inspect.Parameter] = []
    groups: dict[str, type[msgspec.Struct]] = {}
    for parameter in inspect.signature(command).parameters.values():
        kind = parameter.annotation
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            groups[parameter.name] = kind
            plain += _options(kind)
        else:
            plain.append(parameter)

    @wraps(command)
    def ungrouped(*args: object, **words: object) -> object:
        made = {
            name: kind(**{field: words.pop(field) for field in kind.__struct_fields__}) for name, kind in groups.items()
        }
        return command(*args, **words, **made)

    ungrouped.__signature__ = inspect.Signature(plain)  # type: ignore[attr-defined]  # what typer reads
    ungrouped.__annotations__ = {parameter.name: parameter.annotation for parameter in plain}
    return ungrouped


def _take(words: dict[str, object], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: words.pop(name) for name in names}


def _options(group: type[msgspec.Struct]) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    kind = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(field.name, kind, default=field.default, annotation=hints[field.name])
        for field in msgspec.structs.fields(group)
    ]
