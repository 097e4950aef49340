"""A located node, checked against the grammar: wrong keys, types and values become problems.

Pure; imports document, grammar, problems. What is wrong is left out of the result, so that the
rest of the file is still checked.
"""

import re

import msgspec

from validation.matrix.document import Listing, Mapping, Node, Scalar
from validation.matrix.grammar import Field
from validation.matrix.problems import Place, Problems, did_you_mean, listed, nearest, quoted
from validation.model import Record


class Section(Record, frozen=True, kw_only=True):
    """A mapping that was checked: its right values by key, and where each key stands.

    `meant` are keys that are not there and that an unknown key was probably meant as: one slip of
    the pen is one problem, so they do not count as missing.
    """

    place: Place
    scalars: dict[str, tuple[Scalar, ...]]
    sections: dict[str, tuple["Section", ...]]
    keys: dict[str, Place]
    meant: set[str] = msgspec.field(default_factory=set)

    def lacks(self, key: str) -> bool:
        """Return True when a key is neither there nor misspelled."""
        return key not in self.keys and key not in self.meant

    def text(self, key: str, default: str = "") -> str:
        """Return the one value of a key, or `default` where it is absent or wrong."""
        found = self.scalars.get(key)
        return found[0].text if found else default

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a key's values, () where it is absent or wrong."""
        return tuple(scalar.text for scalar in self.scalars.get(key, ()))

    def section(self, key: str) -> "Section | None":
        """Return a key's one section, or None."""
        found = self.sections.get(key)
        return found[0] if found else None


def read_section(
    node: Node, fields: dict[str, Field], problems: Problems, path: str = ""
) -> Section | None:
    """Return a mapping's checked values; `path` names it in messages ("images.cpu.")."""
    where = path.rstrip(".") or "the file"
    if not isinstance(node, Mapping):
        problems.add(node.place, f"{where} must be a mapping of keys, not {_shape(node)}")
        return None
    section = Section(place=node.place, scalars={}, sections={}, keys=node.keys)
    for key, value in node.values.items():
        field = fields.get(key)
        if field is None:
            section.meant.update(nearest(key, fields))
            near = did_you_mean(key, fields) or f"; one of {listed(fields, 20)}"
            problems.add(node.keys[key], f"unknown key {quoted(key)} in {where}{near}")
        elif field.section is not None:
            section.sections[key] = _sections(path + key, value, field, problems)
        else:
            section.scalars[key] = _scalars(path + key, value, field, problems)
    for key, field in fields.items():
        if field.required and section.lacks(key):
            problems.add(node.place, f"{where} needs {key!r}: {field.about}")
    return section


def _sections(path: str, node: Node, field: Field, problems: Problems) -> tuple[Section, ...]:
    assert field.section is not None  # noqa: S101  (the caller looked)
    if field.named:
        named = _named(path, node, field, problems)
        return (named,) if named else ()
    items: tuple[Node, ...] = (node,)
    if field.many == "only":
        if not isinstance(node, Listing):
            problems.add(node.place, f"{path} must be a list, not {_shape(node)}")
            return ()
        items = node.items
    found = (read_section(item, field.section, problems, f"{path}.") for item in items)
    return tuple(section for section in found if section is not None)


def _named(path: str, node: Node, field: Field, problems: Problems) -> Section | None:
    """Read a mapping whose keys are names that the person chose."""
    assert field.kind is not None and field.section is not None  # noqa: S101, PT018  (grammar)
    if not isinstance(node, Mapping):
        problems.add(node.place, f"{path} must be a mapping of names, not {_shape(node)}")
        return None
    if not node.values:
        problems.add(node.place, f"{path} is empty: it needs {field.about}")
    found = Section(place=node.place, scalars={}, sections={}, keys=node.keys)
    for name, value in node.values.items():
        wrong = field.kind.check(name)
        if wrong:
            problems.add(node.keys[name], wrong)
        section = read_section(value, field.section, problems, f"{path}.{name}.")
        if section is not None and not wrong:
            found.sections[name] = (section,)
    return found


def _scalars(path: str, node: Node, field: Field, problems: Problems) -> tuple[Scalar, ...]:
    if isinstance(node, Listing) and field.many != "no":
        if not node.items and not field.empty:
            problems.add(node.place, f"{path} is an empty list: name a value or leave {path} out")
        found = [_scalar(path, item, field, problems) for item in node.items]
        scalars = tuple(scalar for scalar in found if scalar is not None)
        return _distinct(path, scalars, problems)
    if field.many == "only":
        problems.add(
            node.place, f"{path} must be a list, not {_shape(node)}: write [{_text(node)}]"
        )
        return ()
    one = _scalar(path, node, field, problems)
    return (one,) if one is not None else ()


def _scalar(path: str, node: Node, field: Field, problems: Problems) -> Scalar | None:
    assert field.kind is not None  # noqa: S101  (grammar: a field has a kind or a section)
    if not isinstance(node, Scalar):
        or_list = " or a list of them" if field.many == "also" else ""
        message = f"{path} must be a {field.kind.name}{or_list}, not {_shape(node)}"
        problems.add(node.place, message)
        return None
    if node.empty:
        problems.add(node.place, f"{path} has no value: {field.about}")
        return None
    wrong = field.kind.check(node.text)
    if wrong:
        problems.add(node.place, f"{path}: {wrong}")
        return None
    return node


def _distinct(path: str, scalars: tuple[Scalar, ...], problems: Problems) -> tuple[Scalar, ...]:
    """Return the values, repeated ones left out; 2.7.0 and 2.7.0.0 are the same version."""
    first: dict[str, Scalar] = {}
    for scalar in scalars:
        number = re.fullmatch(r"([0-9.]*?)(?:\.0)*", scalar.text)
        same = first.setdefault(number[1] if number else scalar.text, scalar)
        if same is not scalar:
            message = f"{path} names {quoted(scalar.text)} twice; first in line {same.place.line}"
            problems.add(scalar.place, message)
    return tuple(first.values())


def _shape(node: Node) -> str:
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Listing):
        return "a list"
    return "nothing" if node.empty else quoted(node.text)


def _text(node: Node) -> str:
    return node.text if isinstance(node, Scalar) and len(node.text) < 40 else "…"
