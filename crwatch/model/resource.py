"""What kinds of objects there are, and how a person names one."""

import msgspec


class GroupVersionResource(msgspec.Struct, frozen=True, order=True):
    """What a URL names; the core group is the empty string."""

    group: str
    version: str
    plural: str

    def __str__(self) -> str:
        return f"{self.plural}.{self.group}/{self.version}" if self.group else f"{self.plural}/{self.version}"

    @property
    def group_version(self) -> str:
        """What `apiVersion` says: `stable.example.com/v1`, or `v1` in the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def group_resource(self) -> str:
        """What kubectl's sentences say: `databaseclusters.stable.example.com`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


class ResourceType(msgspec.Struct, frozen=True):
    """A kind as the server serves it, in one version."""

    gvr: GroupVersionResource
    kind: str
    namespaced: bool
    singular: str = ""
    """Empty where the server does not say; then the kind in lower case is meant."""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The singular by which lines on a terminal and in a pipe call this kind."""
        return self.singular or self.kind.lower()


class TypeName(msgspec.Struct, frozen=True):
    """A type as it was typed: `databaseclusters`, `dbcluster`, `resource.group` or `resource.version.group`."""

    text: str

    @classmethod
    def parse(cls, text: str) -> "TypeName":
        """Return the name in lower case: kubectl takes `DatabaseCluster` and `databasecluster` for the same."""
        return cls(text.strip().lower())

    def matches(self, resource: ResourceType) -> bool:
        """Tell whether this name can mean `resource`, in the version that the resource has.

        `a.b.c` may be resource.version.group as well as resource.group (kubectl's rule): both are accepted here.
        """
        word, _, rest = self.text.partition(".")
        names = {resource.gvr.plural, resource.word, resource.kind.lower(), *resource.short_names}
        group, version = resource.gvr.group, resource.gvr.version
        return word in names and rest in {"", group, f"{version}.{group}" if group else version}

    def names_version(self, resource: ResourceType) -> bool:
        """Tell whether the version was typed too: without it the server's preferred version is meant."""
        _, _, rest = self.text.partition(".")
        group, version = resource.gvr.group, resource.gvr.version
        return bool(rest) and rest == (f"{version}.{group}" if group else version)
