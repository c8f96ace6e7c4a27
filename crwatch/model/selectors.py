"""Which objects of a kind are meant."""

import msgspec


class Selection(msgspec.Struct, frozen=True):
    """What of a kind is followed or listed; the server does the selecting."""

    namespace: str | None = None
    """None is every namespace, or a cluster-scoped kind."""
    name: str | None = None
    labels: str = ""
    """kubectl's `-l`: a comma-separated label selector."""
    fields: str = ""
    """kubectl's `--field-selector`."""

    @property
    def narrows(self) -> bool:
        """Whether an object can leave the selection without being deleted: only by its labels or fields."""
        return bool(self.labels or self.fields)

    def parameters(self) -> dict[str, str]:
        """Return the query parameters that ask for this selection; the namespace stands in the path."""
        fields = ",".join(filter(None, (f"metadata.name={self.name}" if self.name else "", self.fields)))
        return {key: text for key, text in (("labelSelector", self.labels), ("fieldSelector", fields)) if text}
