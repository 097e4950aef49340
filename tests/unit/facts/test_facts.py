"""Every fact has a source and a date, and the tables do not contradict each other."""

import re
from datetime import date

import msgspec
import pytest

from validation.facts import records
from validation.facts.load import DATA, TABLES, Facts, cite, load_facts
from validation.facts.versions import minor_of, version, within
from validation.matrix.scalars import OSES
from validation.model import Record

FACTS = load_facts()
NAMES = sorted(TABLES)


def table(name):
    return FACTS.table(name, TABLES[name])


def nested(value):
    """Yield every record inside a value."""
    if isinstance(value, Record):
        yield value
        for name in value.__struct_fields__:
            yield from nested(getattr(value, name))
    elif isinstance(value, dict):
        for inside in value.values():
            yield from nested(inside)
    elif isinstance(value, tuple | list):
        for inside in value:
            yield from nested(inside)


def statements(found):
    """Yield the records of a table that state something: all but the table and its sources."""
    return [one for one in nested(found) if not isinstance(one, records.Table | records.Source)]


def test_every_file_is_a_table_and_every_table_a_file():
    assert sorted(path.stem for path in DATA.glob("*.json")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_statement_names_a_source_that_is_there(name):
    found = table(name)
    stated = statements(found)
    assert stated
    used = set()
    for one in stated:
        names = [field for field in one.__struct_fields__ if field.endswith("source")]
        assert "source" in names, one
        used |= {getattr(one, field) for field in names}
    assert used <= set(found.sources)
    assert set(found.sources) == used, "a source that nothing cites"


@pytest.mark.parametrize("name", NAMES)
def test_every_source_has_a_title_and_a_day(name):
    found = table(name)
    date.fromisoformat(found.as_of)
    for source in found.sources.values():
        assert source.title.strip()
        assert date.fromisoformat(source.as_of) <= date.fromisoformat(found.as_of)


@pytest.mark.parametrize("name", NAMES)
def test_no_key_of_a_file_is_dropped_on_loading(name):
    raw = msgspec.json.decode((DATA / f"{name}.json").read_bytes())

    def compare(written, read):
        if isinstance(written, dict):
            assert set(written) <= set(read), written
            for key, value in written.items():
                compare(value, read[key])
        elif isinstance(written, list):
            assert len(written) == len(read)
            for left, right in zip(written, read, strict=True):
                compare(left, right)
        else:
            assert written == read

    compare(raw, msgspec.to_builtins(table(name)))


def test_a_table_is_read_when_it_is_first_asked_for():
    facts = load_facts()
    assert not facts.__dict__["_tables"]
    assert facts.torch is facts.table("torch", TABLES["torch"])
    assert list(facts.__dict__["_tables"]) == ["torch"]


def test_what_if_never_changes_what_is():
    facts = load_facts()
    before = facts.os
    other = facts.with_table("os", msgspec.structs.replace(before, releases={}))
    assert isinstance(other, Facts)
    assert other.os.releases == {}
    assert facts.os is before


def test_a_citation_has_title_and_day():
    assert (
        cite(FACTS.torch, "pair") == "torchvision and torchaudio METADATA (measured) (2026-11-23)"
    )


@pytest.mark.parametrize("torch", FACTS.torch.releases)
def test_what_pypi_carries_is_one_of_the_variants(torch):
    release = FACTS.torch.releases[torch]
    own, variant = release.pypi, release.variants[release.pypi.variant]
    assert variant.sm == own.sm
    # The variant index of 2.13.0 has a Python 3.15 that PyPI has not.
    assert set(variant.pythons or ()) <= {*(python.rstrip("t") for python in own.pythons), "3.15"}
    assert f"cu{minor_of(own.cuda_runtime).replace('.', '')}" == own.variant
    glibc = [row for row in FACTS.torch.glibc if version(row.since) <= version(torch)][-1].glibc
    assert version(own.glibc_tag) <= version(glibc)


@pytest.mark.parametrize("torch", FACTS.torch.releases)
def test_companions_of_a_torch_are_releases_that_are_not_older(torch):
    release = FACTS.torch.releases[torch]
    for companion in ("torchvision", "torchaudio"):
        found = FACTS.package(companion).releases[getattr(release, companion)]
        assert not found.yanked
        assert found.wheels["linux/amd64"]


def test_torch_releases_stand_in_order_and_are_as_old_as_they_say():
    names = list(FACTS.torch.releases)
    assert names == sorted(names, key=version)
    assert names[0] == "2.0.0"
    assert names[-1] == "2.15.0"
    by_minor = {}
    for name, release in FACTS.torch.releases.items():
        by_minor.setdefault(minor_of(name), []).append(release.released)
    assert all(days == sorted(days) for days in by_minor.values())


@pytest.mark.parametrize(
    "name",
    [name for name in NAMES if TABLES[name].__name__ == "PackageTable"],
)
def test_package_releases_stand_in_order_with_days_and_wheels(name):
    found = table(name)
    assert found.package.replace("-", "_") == name
    releases = list(found.releases)
    assert releases == sorted(releases, key=version)
    for release in found.releases.values():
        assert date.fromisoformat(release.released) <= date.fromisoformat(found.as_of)
        assert release.wheels
        for wheels in release.wheels.values():
            for glibc, pythons in wheels.items():
                assert re.fullmatch(r"2\.\d+", glibc)
                assert all(re.fullmatch(r"[23]\.\d+(t|\+)?", python) for python in pythons)
        within("1.0", release.numpy or "")  # a specifier that can be read


def test_operating_systems_are_those_of_matrix_yaml():
    assert set(FACTS.os.releases) == set(OSES)


def test_ends_of_other_distributions_are_days_and_stand_once():
    assert not set(FACTS.os.ends) & set(FACTS.os.releases)
    for name, end in FACTS.os.ends.items():
        days = [end.eol, end.lts_eol or end.eol]
        assert [date.fromisoformat(day).isoformat() for day in days] == sorted(days), name
    assert FACTS.os.end_of("debian12").source == FACTS.os.releases["debian12"].eol_source
    assert FACTS.os.end_of("debian10").lts_eol == "2024-06-30"
    assert FACTS.os.end_of("plan9") is None


def test_gpus_of_every_wheel_are_known():
    compiled = {
        sm
        for release in FACTS.torch.releases.values()
        for variant in release.variants.values()
        for sm in variant.sm or ()
    }
    compiled |= {sm for row in FACTS.cupy.compiled for sm in row.sm}
    assert {f"sm_{sm}" for sm in compiled} <= set(FACTS.gpus.gpus)


def test_cupy_packages_have_wheels_a_range_and_the_headers_fact():
    for major, package in FACTS.cupy.packages.items():
        assert FACTS.package(package).releases
        assert any(row.package == package for row in FACTS.cupy.ranges)
        assert any(row.package == package for row in FACTS.cupy.compiled)
        assert major in FACTS.cuda_toolkits.minimum_driver


def test_the_extra_ctk_exists_from_v14_on():
    for package in FACTS.cupy.packages.values():
        for name, release in FACTS.package(package).releases.items():
            assert release.ctk_extra == (version(name) >= version("14"))


def test_every_onnxruntime_release_and_onnx_release_has_its_limits():
    minors = FACTS.onnxruntime_limits.minors
    for package in ("onnxruntime", "onnxruntime-gpu"):
        assert {minor_of(name) for name in FACTS.package(package).releases} <= set(minors)
    limits = list(minors.values())
    assert limits == sorted(limits, key=lambda limit: (limit.max_opset, limit.max_ir))
    opsets = [(row.opset, row.ir) for row in FACTS.onnx_opsets.opsets]
    assert opsets == sorted(opsets)
    oldest = next(iter(FACTS.package("onnx").releases))
    assert version(FACTS.onnx_opsets.opsets[0].since) <= version(oldest)


def test_images_are_of_toolkits_that_were_released():
    toolkits = {minor_of(name) for name in FACTS.cuda_toolkits.toolkits}
    recent = {
        minor_of(image.cuda)
        for image in FACTS.cuda_images.images
        if version(image.cuda) >= version("11.7")
    }
    assert recent <= toolkits
    assert "12.7" not in toolkits | recent
    assert {minor_of(at.cuda) for at in FACTS.ngc.releases.values()} <= toolkits


def test_tag_lists_and_images_agree_as_of_the_lists():
    tags = table("cuda_tags")
    listed = {*tags.supported.tags, *tags.unsupported.tags}
    made = {
        FACTS.cuda_images.tag.format(cuda=image.cuda, flavor=flavor, os=image.os)
        for image in FACTS.cuda_images.images
        if image.source == "lists-13.1.0"
        for flavor in image.flavors
    }
    assert listed - made == {
        # TensorRT came with one release and is no flavor of ours.
        "13.0.0-tensorrt-devel-ubuntu24.04",
        "13.0.0-tensorrt-runtime-ubuntu24.04",
    }
    assert made <= listed
    assert len(set(tags.supported.tags) & set(tags.unsupported.tags)) == 105  # the lists' own notes


def test_minimum_drivers_grow_and_keep_what_both_sources_say():
    rows = FACTS.cuda_toolkits.minimum_driver
    drivers = [rows[major].driver for major in ("11", "12", "13")]
    assert drivers == ["450.80.02", "525.60.13", "580.65.06"]
    for row in rows.values():
        assert row.driver.split(".")[0] == row.branch
        assert row.source != row.branch_source
        assert row.branch in table("drivers").branches


def test_sources_that_disagree_are_both_kept():
    ends = {ending.date: ending.source for ending in table("drivers").branches["580"].eol}
    assert ends == {"2028-06-01": "nvidia", "2028-08-04": "endoflife"}


def test_12_10_is_above_12_9_and_12_5():
    assert sorted(["12.10", "12.9", "12.5"], key=version) == ["12.5", "12.9", "12.10"]
    assert not within("12.10", "<12.9")
    assert within("12.10", ">=12.5")
    assert minor_of("12.10.1") == "12.10"
