"""List once: the server's own table, or whole objects."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from crwatch.diff.masking import Masker
from crwatch.model.objects import KubeObject
from crwatch.model.table import Table

if TYPE_CHECKING:
    from crwatch.kube.collection import Collection


def tables(collection: "Collection") -> Iterator[Table]:
    """Yield the collection as the server's table, page by page.

    Raises:
        CrwatchError: of the class that says what to do.
    """
    return collection.tables()


def objects(collections: "Sequence[Collection]", masker: Masker) -> Iterator[KubeObject]:
    """Yield every object of the collections, masked, page by page.

    Raises:
        CrwatchError: of the class that says what to do.
    """
    for collection in collections:
        for page in collection.pages():
            yield from map(masker.mask, page.items)
