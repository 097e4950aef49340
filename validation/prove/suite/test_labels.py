"""The OCI labels: what the image is, where it came from, what it stands on."""

import re

import pytest

from validation.model import Image
from validation.prove.suite.given import Described
from validation.render.dockerfile import version_axes

_OCI = "org.opencontainers.image"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HASH = re.compile(r"[0-9a-f]{64}")


def test_tell_the_axes(described: Described, image: Image) -> None:
    """Every version axis is a label: a registry can be asked what an image holds without a pull."""
    wanted = {f"imagewright.{axis}": value for axis, value in version_axes(image).items()}
    wanted[f"{_OCI}.title"] = image.id
    wrong = [
        f"{name} is {described.labels.get(name)!r}, not {value!r}"
        for name, value in wanted.items()
        if described.labels.get(name) != value
    ]
    assert not wrong, "; ".join(wrong)


def test_tell_the_source(described: Described) -> None:
    """Source and revision are there, so that a running image can be traced to its commit."""
    missing = [
        name for name in ("source", "revision") if not described.labels.get(f"{_OCI}.{name}")
    ]
    assert not missing, "no label " + ", ".join(f"{_OCI}.{name}" for name in missing)
    unknown = [
        name for name in ("source", "revision") if described.labels[f"{_OCI}.{name}"] == "unknown"
    ]
    if unknown:
        pytest.skip(f"built from a checkout without a public origin: {', '.join(unknown)} unknown")


def test_tell_the_base(described: Described) -> None:
    """The base's name and digest are there, so that a moved tag is noticed."""
    name = described.labels.get(f"{_OCI}.base.name")
    digest = described.labels.get(f"{_OCI}.base.digest", "")
    assert name, f"no label {_OCI}.base.name"
    assert _DIGEST.fullmatch(digest), f"{_OCI}.base.digest is {digest!r}"


def test_tell_the_inputs(described: Described) -> None:
    """The hash of the build's inputs is there: it tells whether a rebuild is needed."""
    found = described.labels.get("imagewright.inputs", "")
    assert _HASH.fullmatch(found), f"imagewright.inputs is {found!r}"
