"""A matrix kept in YAML beside a Dockerfile → one build of it for each combination.

Pure; imports axes, builds, records and tree.

What counts: a YAML file in the Dockerfile's folder whose name says so (`MATRIX_NAME`), and in it
every mapping with keys that are ARGs declared before the first FROM: the same name, or the same
but for case and "-" for "_". Lists multiply; `include` and `exclude` work as in GitHub Actions;
values of an outer mapping hold for those inside, and a mapping that others merge in (`<<`) is a
part of them only.
"""

import re
from collections.abc import Iterable

from validation.watch.references.axes import Combination, entries, expand_axes
from validation.watch.references.builds import arg
from validation.watch.references.instructions import Dockerfile, split_words
from validation.watch.references.records import Build, Found, Source, Value
from validation.watch.references.tree import Listing, Mapping, Node, Scalar, read_yaml

MATRIX_NAME = re.compile(
    r"(?:.*[._-])?(?:matrix|matrices|versions?|variants?|images?|builds?|tags|targets?|args)"
    r"(?:[._-].*)?\.ya?ml",
    re.IGNORECASE,
)
"""Names of files that are looked into: matrix.yaml, versions.yml, build-args.yaml …"""

_Axes = dict[str, tuple[Scalar, ...]]


def add_matrix_builds(
    source: Source, dockerfiles: Iterable[tuple[str, Dockerfile]], found: Found
) -> None:
    """Add a build for each combination, of each Dockerfile whose ARGs the file names."""
    roots = read_yaml(source, found)
    for file, parsed in dockerfiles:
        names = {_folded(name): name for name in global_args(parsed)}
        walk = _Walk(source, found, file, names)
        for root in roots if names else ():
            walk.visit(root, {})


def global_args(parsed: Dockerfile) -> list[str]:
    """Return the names of the ARGs before the first FROM."""
    names = []
    for instruction in parsed.instructions:
        if instruction.keyword == "FROM":
            break
        if instruction.keyword == "ARG":
            words = split_words(instruction.text, parsed.escape)
            names += [word.partition("=")[0] for word in words]
    return names


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")


class _Walk:
    """Goes through one YAML file for one Dockerfile; `names` are its ARGs, by folded name."""

    def __init__(self, source: Source, found: Found, file: str, names: dict[str, str]) -> None:
        self._source = source
        self._found = found
        self._file = file
        self._names = names
        self._seen: set[int] = set()

    def visit(self, node: Node, outer: _Axes) -> bool:
        """Return whether ARGs are named here or below; the innermost mappings are expanded."""
        if isinstance(node, Scalar) or id(node) in self._seen:
            return False
        self._seen.add(id(node))
        if isinstance(node, Listing):
            return self._visit_all(node.items, outer)
        own = self._axes(node)
        axes = {**outer, **own}
        below = [node.values[key] for key in node.values if key not in {"include", "exclude"}]
        inner = self._visit_all(below, axes)
        include = [self._renamed(one) for one in entries(node.values.get("include"))]
        include = [one for one in include if one]
        if (own or include) and not inner and not node.merged:
            exclude = [self._renamed(one) for one in entries(node.values.get("exclude"))]
            for chosen in expand_axes(
                axes if own or not include else {}, include, exclude, self._found, node.line
            ):
                self._add({**{name: nodes[0] for name, nodes in outer.items()}, **chosen})
        return bool(own or include or inner)

    def _visit_all(self, nodes: Iterable[Node], outer: _Axes) -> bool:
        """Visit every node; a node's answer must not keep the next from being visited."""
        return sum(self.visit(node, outer) for node in nodes) > 0

    def _axes(self, node: Mapping) -> _Axes:
        axes = {}
        for key, value in node.values.items():
            name = self._names.get(_folded(key))
            values = value.items if isinstance(value, Listing) else (value,)
            scalars = tuple(one for one in values if isinstance(one, Scalar) and not one.empty)
            if name is not None and scalars and len(scalars) == len(values):
                axes[name] = scalars
        return axes

    def _renamed(self, entry: Combination) -> Combination:
        named = {self._names.get(_folded(key)): value for key, value in entry.items()}
        return {
            name: value
            for name, value in named.items()
            if name is not None and isinstance(value, Scalar)
        }

    def _add(self, chosen: Combination) -> None:
        args = {
            name: arg(self._source, name, Value(node.text), node.line)
            for name, node in chosen.items()
            if isinstance(node, Scalar)
        }
        self._found.builds.append(Build(dockerfile=self._file, args=args))
