"""List once: whole objects, fit to be shown."""

from typing import TYPE_CHECKING

from crwatch.diff.masking import Masker
from crwatch.model.objects import KubeObject

if TYPE_CHECKING:
    from crwatch.kube.collection import Collection


def objects(collection: "Collection", masker: Masker) -> tuple[KubeObject, ...]:
    """Return every object of the collection, masked.

    Raises:
        CrwatchError: of the class that says what to do.
    """
    return tuple(map(masker.of(collection.resource).mask, collection.whole().items))
