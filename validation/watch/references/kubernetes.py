"""Kubernetes manifests, and whatever carries a pod's containers → their images.

Pure; imports records and tree. Any document with apiVersion and kind counts: custom resources
(training jobs, workflows) nest pods at places of their own. Kubernetes puts no variables into an
image; what looks like one is left to a tool that is not run here, and is named as unresolved.
"""

import re

from validation.watch.references.records import Found, Reading, Source, Value
from validation.watch.references.tree import Mapping, Node, items, mappings, read_yaml, scalar

MAX_IMAGE = 1_024
"""Longest text that is looked at as an image; the longest reference has some 450 characters."""

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_VARIABLE = re.compile(
    r"\{\{-?\s*(?P<template>.{0,120}?)\s*-?\}\}|\$\{(?P<brace>[^}]{0,120})\}|\$\((?P<round>[^)]{0,120})\)"
    r"|\$(?P<bare>[A-Za-z_]\w*)"
)
_IMAGE_LINE = re.compile(r"\s*(?:-\s+)?image:\s*(?P<text>\S.{0,500}?)\s*(?:\s#.*)?")


def read_kubernetes(reading: Reading) -> None:
    """Add the images of all containers of all documents."""
    source, found = reading.source, reading.found
    if "{{" in source.text and not _is_yaml(source, found):
        _read_template(source, found)
        return
    for root in read_yaml(source, found):
        if scalar(root, "apiVersion") is None or scalar(root, "kind") is None:
            continue
        for mapping in mappings([root]):
            for kind in _CONTAINERS:
                for container in items(mapping, kind):
                    _container(found, container, f"kubernetes {kind.removesuffix('s')}")
            single = mapping.values.get("container")
            if isinstance(single, Mapping):
                _container(found, single, "kubernetes container")


def _container(found: Found, node: Node, where: str) -> None:
    image = scalar(node, "image")
    if image is not None:
        found.image(image.text, literal(image.text), where, image.line)


def literal(text: str) -> Value:
    """Return a text in which no variable is put in: those that it has are missing."""
    if len(text) > MAX_IMAGE:
        return Value("", fault=f"longer than {MAX_IMAGE:,} characters")
    names = [
        next((name for name in match.groups() if name), match[0])
        for match in _VARIABLE.finditer(text)
    ]
    return Value("" if names else text, tuple(dict.fromkeys(names)))


def _is_yaml(source: Source, found: Found) -> bool:
    trial = Found(source.file, found.bounds)
    read_yaml(source, trial)
    return not trial.problems


def _read_template(source: Source, found: Found) -> None:
    """Add the image lines of a template that is no YAML before it is rendered (Helm)."""
    for number, line in enumerate(source.text.split("\n"), start=1):
        match = (
            _IMAGE_LINE.fullmatch(line)
            if "image:" in line[:MAX_IMAGE] and len(line) <= MAX_IMAGE
            else None
        )
        if match is not None:
            text = match["text"].strip("\"'") if "{{" not in match["text"] else match["text"]
            found.image(text, literal(text), "kubernetes template", number)
