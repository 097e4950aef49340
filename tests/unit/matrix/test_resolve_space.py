"""The whole space of torch, variant and Python agrees with the facts, cell by cell.

The expected answer is worked out here from the JSON itself, in other words than the resolver's.
"""

import json
from itertools import product

import pytest

from tests.unit.matrix.asking import FACTS, ask, broken, changed, wish, with_torch
from validation.facts.load import DATA
from validation.matrix.constraints.torch import variant_for
from validation.matrix.resolve import Resolver
from validation.model import Candidate, Image

RAW = json.loads((DATA / "torch.json").read_text("utf-8"))["releases"]
VARIANTS = sorted({name for release in RAW.values() for name in release["variants"]} | {"cu127"})
PYTHONS = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t", "3.15"]
UNPROVEN = {"3.8", "3.9"}
"""Pythons that wheels were made for, and that nothing here can be proven on."""


def expected(torch, variant, python):
    """Return what the file says of a cell: present, absent or unknown."""
    release = RAW[torch]
    if variant == release["pypi"]["variant"] and python in release["pypi"]["pythons"]:
        return "present"
    if variant not in release["variants"]:
        return "absent" if release["variants_known"] else "unknown"
    listed = release["variants"][variant]["pythons"]
    if listed is None or (python.endswith("t") and python[:-1] in listed):
        return "unknown"
    on_amd64 = "linux/amd64" in release["variants"][variant]["platforms"]
    return "present" if python in listed and on_amd64 else "absent"


def cuda_of(variant):
    return None if variant == "cpu" else f"{variant[2:-1]}.{variant[-1]}"


@pytest.mark.parametrize("torch", RAW)
def test_every_cell(torch):
    # Python is not on the axis' grammar with a "t", so that the candidate is made by hand.
    family = wish("torch=2.6.0 os=debian12 python=3.11").family
    resolver = Resolver(FACTS)
    for variant, python in product(VARIANTS, PYTHONS):
        cuda = cuda_of(variant)
        axes = {"torch": torch, "python": python, "os": "debian12"}
        if cuda is not None:
            axes["cuda"] = cuda
        assert variant_for(cuda) == variant
        answer = resolver.resolve(Candidate(family=family, axes=axes))
        want = expected(torch, variant, python)
        against = [one for one in getattr(answer, "reasons", ()) if one.constraint == "wheel"]
        unknown = against and all(one.unknown for one in against)
        told = "unknown" if unknown else "absent" if against else "present"
        assert told == want, (torch, variant, python, broken(answer))
        others = set(broken(answer)) - {"wheel"}
        assert others == ({"python"} if python in UNPROVEN else set())
        assert isinstance(answer, Image) == (not against and not others)


def test_the_space_has_cells_of_every_kind():
    kinds = [expected(*cell) for cell in product(RAW, VARIANTS, PYTHONS)]
    assert min(kinds.count(kind) for kind in ("present", "absent", "unknown")) > 100


def images(facts):
    """Return the images of a small matrix by their axes."""
    family = wish("torch=2.6.0 os=debian12 python=3.11").family
    resolver = Resolver(facts)
    found = {}
    for torch, cuda, python in product(
        ("2.5.1", "2.6.0", "2.7.0"), ("11.8", "12.4", "12.6"), ("3.10", "3.11", "3.12")
    ):
        axes = {"cuda": cuda, "torch": torch, "python": python, "os": "debian12"}
        answer = resolver.resolve(Candidate(family=family, axes=axes))
        if isinstance(answer, Image):
            found[torch, cuda, python] = answer
    return found


def test_removing_one_wheel_changes_exactly_the_images_that_need_it():
    before = images(FACTS)
    variants = FACTS.torch.releases["2.6.0"].variants
    kept = tuple(python for python in variants["cu126"].pythons if python != "3.11")
    lacking = {**variants, "cu126": changed(variants["cu126"], pythons=kept)}
    after = images(with_torch(FACTS, "2.6.0", variants=lacking))
    assert set(before) - set(after) == {("2.6.0", "12.6", "3.11")}
    assert after == {cell: image for cell, image in before.items() if cell in after}
    assert images(FACTS) == before


def test_removing_a_variant_that_is_not_pypis_leaves_pypis():
    after = images(with_torch(FACTS, "2.7.0", variants={}))
    gone = {cell for cell in images(FACTS) if cell not in after}
    assert gone == {("2.7.0", "11.8", python) for python in ("3.10", "3.11", "3.12")}
    assert ("2.7.0", "12.6", "3.11") in after  # PyPI itself carries cu126 of 2.7.0


def test_a_wheel_from_pypi_and_one_from_the_variants_index():
    pypi, index = ask("torch=2.7.0 cuda=12.6 python=3.11"), ask("torch=2.7.0 cuda=11.8 python=3.11")
    assert (pypi.torch_index, pypi.torch_index_url) == ("pypi", None)
    assert "torch==2.7.0" in pypi.requirements
    assert (index.torch_index, index.variant) == ("pytorch", "cu118")
    assert index.torch_index_url == "https://download.pytorch.org/whl/cu118"
    assert "torch==2.7.0+cu118" in index.requirements
