"""The grammar of matrix.yaml as a JSON Schema, for editors.

Pure; imports grammar. What only a program can tell (PEP 440, PEP 508, duplicate ids, excludes that
match nothing) stays with the loader: the schema lets no file fail that the loader takes.
Draft 7 is what the YAML language servers of editors read.
"""

from collections.abc import Mapping
from typing import Any

from validation.matrix.grammar import (
    EXCLUDE,
    FAMILY,
    MATRIX,
    REQUIRED_BY_BASE,
    REQUIRED_BY_WORKLOAD,
    Field,
)
from validation.matrix.scalars import Kind

Schema = dict[str, Any]


def matrix_schema() -> Schema:
    """Return the JSON Schema of matrix.yaml."""
    schema = _section(MATRIX)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Imagewright's matrix.yaml",
        "description": "Generated from validation/matrix/grammar.py; not edited by hand.",
        **schema,
    }


def _section(fields: Mapping[str, Field]) -> Schema:
    schema: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {key: _field(field) for key, field in fields.items()},
    }
    required = [key for key, field in fields.items() if field.required]
    if required:
        schema["required"] = required
    if fields is FAMILY:
        schema["allOf"] = _family_rules()
    if fields is EXCLUDE:
        schema["minProperties"] = 2  # because, and a term at least
    return schema


def _field(field: Field) -> Schema:
    about = {"description": field.about}
    if field.section is not None and field.named:
        assert field.kind is not None  # noqa: S101  (grammar: a name has a kind)
        return {
            **about,
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": field.kind.pattern},
            "additionalProperties": _section(field.section),
        }
    if field.section is not None:
        one = _section(field.section)
        several: Schema = {"type": "array", "items": one}
    else:
        assert field.kind is not None  # noqa: S101  (grammar: a field has a kind or a section)
        one = _scalar(field.kind)
        several = {"type": "array", "items": one}
        if not field.empty:
            several["minItems"] = 1
        if not field.kind.numeric:  # as numbers, 12.1 and 12.10 would count as the same
            several["uniqueItems"] = True
    if field.many == "also":
        return {**about, "anyOf": [one, several]}
    return {**about, **(several if field.many == "only" else one)}


def _scalar(kind: Kind) -> Schema:
    if kind.choices:
        numbers = [int(choice) for choice in kind.choices] if kind.numeric else []
        return {"enum": [*kind.choices, *numbers]}
    return {"type": ["string", "number"] if kind.numeric else "string", "pattern": kind.pattern}


def _family_rules() -> list[Schema]:
    """Return what a base and a workload need and cannot have, as conditions."""
    rules = [
        _when({"base": {"const": base}}, _has(axes))
        for base, axes in REQUIRED_BY_BASE.items()
        if axes
    ]
    rules += [
        _when(
            {"workload": {"const": workload}, "base": {"not": {"const": "ngc"}}},
            _has(axes),
        )
        for workload, axes in REQUIRED_BY_WORKLOAD.items()
    ]
    rules.append(_has(("budget",)))
    other = {"base": {"not": {"const": "nvidia-cuda"}}}
    return [*rules, _when(other, {"not": {"required": ["flavor"]}})]


def _has(keys: tuple[str, ...]) -> Schema:
    """Return that a family has keys itself, or blocks that may have them."""
    return {"anyOf": [{"required": list(keys)}, {"required": ["each"]}]}


def _when(properties: Schema, then: Schema) -> Schema:
    return {"if": {"properties": properties, "required": list(properties)}, "then": then}
