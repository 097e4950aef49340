"""What an image stands on: bases, drivers, GPUs, Python, operating systems, platforms."""

import pytest

from tests.unit.matrix.asking import FACTS, ask, broken, changed, wish, with_torch
from validation.facts.platforms import CudaImage
from validation.matrix.resolve import resolve
from validation.model import Candidate, Image

ON = "os=ubuntu22.04 base=nvidia-cuda"


# --- bases


@pytest.mark.parametrize(
    ("terms", "base"),
    [
        ("cuda=12.6 os=ubuntu22.04 base=nvidia-cuda", "nvidia/cuda:12.6.3-runtime-ubuntu22.04"),
        (
            "cuda=12.6 flavor=devel os=ubuntu24.04 base=nvidia-cuda",
            "nvidia/cuda:12.6.3-devel-ubuntu24.04",
        ),
        ("cuda=13.4 os=ubuntu22.04 base=nvidia-cuda", "nvidia/cuda:13.4.1-runtime-ubuntu22.04"),
        ("cuda=13.4 os=ubuntu24.04 base=nvidia-cuda", "nvidia/cuda:13.4.2-runtime-ubuntu24.04"),
        ("cuda=12.1 os=ubuntu22.04 base=nvidia-cuda", "nvidia/cuda:12.1.1-runtime-ubuntu22.04"),
        ("torch=2.6.0 cuda=12.6 os=debian12 base=distro", "debian:12-slim"),
        ("python=3.12 os=ubuntu24.04", "ubuntu:24.04"),
        ("python=3.11 os=debian12 base=rootfs", None),
    ],
)
def test_the_base_is_the_newest_published_patch(terms, base):
    assert ask(terms).base == base


@pytest.mark.parametrize(
    ("cuda", "os", "tag"),
    [
        ("12.1", "ubuntu22.04", "12.1.1-cudnn8-runtime-ubuntu22.04"),
        ("12.3", "ubuntu22.04", "12.3.2-cudnn9-runtime-ubuntu22.04"),
        ("12.6", "ubuntu22.04", "12.6.3-cudnn-runtime-ubuntu22.04"),
        ("12.8", "ubuntu22.04", "12.8.1-cudnn-runtime-ubuntu22.04"),  # 12.8.2 has none
    ],
)
def test_cudnn_is_spelled_as_the_tag_spells_it(cuda, os, tag):
    made = wish(f"cuda={cuda} os={os} base=nvidia-cuda")
    axes = {**made.axes, "flavor": "cudnn-runtime"}
    answer = resolve(Candidate(family=made.family, axes=axes), FACTS)
    assert answer.base == f"nvidia/cuda:{tag}"


def test_12_10_is_above_12_9_for_bases_variants_and_ranges():
    image = CudaImage(cuda="12.10.0", os="ubuntu22.04", flavors=("runtime",), source="repository")
    table = FACTS.cuda_images
    facts = FACTS.with_table("cuda_images", changed(table, images=(image, *table.images)))
    answer = ask(f"cuda=12.10 drivers=>=525.60.13 {ON}", facts)
    assert answer.base == "nvidia/cuda:12.10.0-runtime-ubuntu22.04"
    newest = facts.newest_tags["12.10", "ubuntu22.04", "runtime"]
    assert newest.cuda == "12.10.0"
    absent = ask(f"torch=2.8.0 cuda=12.10 {ON}", facts)
    assert "cu1210" in absent.reasons[0].message
    assert list(facts.cuda_images_by_minor).index("12.10") > list(facts.cuda_images_by_minor).index(
        "12.9"
    )


def test_an_os_that_newer_lists_were_not_read_for_is_unknown():
    made = wish("cuda=13.3 base=nvidia-cuda python=3.12")
    answer = resolve(Candidate(family=made.family, axes={**made.axes, "os": "rockylinux9"}), FACTS)
    assert {reason.constraint: reason.unknown for reason in answer.reasons} == {"base": True}


def test_ngc_images_are_not_promised_what_is_not_known():
    answer = ask("torch=2.9.0 cuda=13.0 base=ngc os=none python=none gpus=sm_90")
    assert answer.unknown
    assert broken(answer) == ["architectures", "python"]
    assert broken(ask("torch=2.5.0 cuda=12.6 base=ngc"))[0] == "base"


# --- drivers


@pytest.mark.parametrize(
    ("drivers", "cuda", "fits"),
    [
        (">=525.60.13", "12.9", True),
        (">=525.60.11", "12.9", False),
        (">=525", "12.9", True),
        (">=450.80.02", "11.8", True),
        (">=450.51", "11.8", False),
        (">=580.65.06", "13.4", True),
        (">=580", "13.4", True),
        (">=575.57.08", "13.0", False),
        ("==535.*", "12.9", True),
        ("~=535.104", "12.9", True),
        (">535,<600", "12.9", True),
        ("!=560.28.03,>=550", "12.4", True),
        ("<=600", "12.4", False),
    ],
)
def test_minor_version_compatibility(drivers, cuda, fits):
    answer = ask(f"cuda={cuda} drivers={drivers} {ON}")
    assert ("driver" in broken(answer)) is not fits


def test_code_that_runs_as_ptx_needs_the_toolkits_own_driver():
    # cu129 of 2.9.0 carries PTX of sm_120, so that sm_121 runs its binary and sm_130 would not.
    ptx = "torch=2.9.0 cuda=12.9 python=3.11 os=ubuntu22.04 base=nvidia-cuda gpus=sm_110"
    table = FACTS.torch.releases["2.9.0"].variants
    only = changed(table["cu129"], sm=(90, 100), ptx=True)
    facts = with_torch(FACTS, "2.9.0", variants={**table, "cu129": only})
    assert broken(ask(f"{ptx} drivers=>=550", facts)) == ["driver"]
    assert "575.51.03" in ask(f"{ptx} drivers=>=550", facts).reasons[0].fact
    assert broken(ask(f"{ptx} drivers=>=575", facts)) == ["driver"]  # a branch is not exact
    assert broken(ask(f"{ptx} drivers=>=575.51.03", facts)) == []
    assert broken(ask(f"{ptx} drivers=>=525.60.13".replace("sm_110", "sm_103"), facts)) == []


# --- GPUs


@pytest.mark.parametrize(
    ("gpu", "fits"),
    [
        ("sm_50", False),  # below all
        ("sm_75", True),
        ("sm_80", True),
        ("sm_87", True),  # sm_86 and sm_80 binaries run within major 8
        ("sm_89", True),
        ("sm_90", True),
        ("sm_100", True),
        ("sm_103", True),  # the sm_100 binary, minor 3 >= 0
        ("sm_110", False),  # a major without code; no PTX
        ("sm_120", True),
        ("sm_121", True),
    ],
)
def test_architectures_within_a_major(gpu, fits):
    answer = ask(f"torch=2.13.0 cuda=13.0 python=3.11 gpus={gpu} {ON}")
    assert ("architectures" in broken(answer)) is not fits


def test_ptx_runs_forward_and_never_back():
    table = FACTS.torch.releases["2.9.0"].variants
    for sm, ptx, gpu, fits in [
        ((80,), True, "sm_120", True),
        ((80,), False, "sm_120", False),
        ((90,), True, "sm_89", False),
        ((80, 90), True, "sm_87", True),
    ]:
        variant = changed(table["cu130"], sm=sm, ptx=ptx)
        facts = with_torch(FACTS, "2.9.0", variants={**table, "cu130": variant})
        answer = ask(f"torch=2.9.0 cuda=13.0 python=3.11 gpus={gpu} {ON}", facts)
        assert ("architectures" in broken(answer)) is not fits, (sm, ptx, gpu)


def test_a_gpu_that_no_fact_names_is_unknown():
    answer = ask(f"cuda=12.6 gpus=sm_999 {ON}")
    assert answer.unknown
    assert broken(answer) == ["toolkit-gpus"]


# --- Python and operating systems


@pytest.mark.parametrize(
    ("os", "python", "how"),
    [
        ("debian12", "3.11", "os"),
        ("debian12", "3.12", "uv"),
        ("ubuntu22.04", "3.10", "os"),
        ("ubuntu22.04", "3.11", "uv"),  # the package there is a release candidate
        ("ubuntu24.04", "3.12", "os"),
        ("ubuntu18.04", "3.11", "uv"),
    ],
)
def test_how_python_comes_in(os, python, how):
    assert ask(f"python={python} os={os}").python_from == how


def test_a_python_that_nobody_brings():
    assert broken(ask("python=3.7 os=debian12")) == ["python"]
    assert broken(ask("python=3.16 os=debian12")) == ["python"]  # a pre-release


def test_an_os_too_old_for_the_wheel():
    releases = FACTS.os.releases
    old = changed(releases["ubuntu20.04"], glibc="2.27")
    table = changed(FACTS.os, releases={**releases, "ubuntu20.04": old})
    facts = FACTS.with_table("os", table)
    answer = ask("torch=2.6.0 numpy=2.2.6 onnx=1.23.2 python=3.11 os=ubuntu20.04", facts)
    assert {(reason.constraint, reason.message) for reason in answer.reasons} == {
        ("glibc", "torch 2.6.0 needs glibc 2.28, ubuntu20.04 has 2.27"),
    }
    older = changed(releases["ubuntu20.04"], glibc="2.17")
    facts = FACTS.with_table("os", changed(FACTS.os, releases={**releases, "ubuntu20.04": older}))
    assert isinstance(ask("torch=2.5.0 numpy=2.2.6 python=3.11 os=ubuntu20.04", facts), Image)
    assert broken(ask("numpy=2.4.6 python=3.11 os=ubuntu20.04", facts)) == ["glibc"]


# --- other platforms


def test_an_arm64_image_is_possible_where_its_wheels_are_known():
    made = wish("torch=2.6.0 numpy=auto python=3.11 os=debian12")
    family = changed(made.family, platforms=("linux/arm64",))
    answer = resolve(Candidate(family=family, axes=made.axes), FACTS)
    assert isinstance(answer, Image)
    assert answer.torch_index == "pytorch"
    old = resolve(Candidate(family=family, axes={**made.axes, "torch": "2.5.0"}), FACTS)
    assert broken(old) == ["wheel"]


def test_a_root_file_system_has_one_platform():
    made = wish("torch=2.6.0 numpy=auto python=3.11 os=debian12")
    both = ("linux/amd64", "linux/arm64")
    family = changed(made.family, base="rootfs", platforms=both)
    answer = resolve(Candidate(family=family, axes=made.axes), FACTS)
    assert "platforms" in broken(answer)
    assert not answer.unknown
    alone = changed(family, platforms=both[1:])
    assert "platforms" not in broken(resolve(Candidate(family=alone, axes=made.axes), FACTS))


def test_whether_ngc_has_another_platform_is_not_known():
    made = wish("base=ngc torch=2.13.0 cuda=13.3")
    family = changed(made.family, platforms=("linux/arm64",))
    answer = resolve(Candidate(family=family, axes=made.axes), FACTS)
    assert "platforms" in broken(answer)
    assert answer.unknown


def test_cuda_torch_for_arm64_never_comes_from_pypi():
    """PyPI's aarch64 wheels of torch were CPU builds until 2.10: the variant's index is asked."""
    made = wish("torch=2.9.0 cuda=12.8 numpy=auto python=3.11 os=debian12 base=distro")
    family = changed(made.family, platforms=("linux/amd64", "linux/arm64"))
    answer = resolve(Candidate(family=family, axes=made.axes), FACTS)
    assert isinstance(answer, Image)
    assert answer.torch_index == "pytorch"
    amd64 = resolve(made, FACTS)
    assert amd64.torch_index == "pypi"


# --- a base of one patch release


def named(patch, cuda="12.1", os="ubuntu22.04"):
    made = wish(f"cuda={cuda} os={os} base=nvidia-cuda python=3.10")
    family = changed(made.family, patch=patch)
    return resolve(Candidate(family=family, axes=made.axes), FACTS)


def test_a_family_may_name_the_patch_release_that_its_base_has():
    assert named("12.1.0").base == "nvidia/cuda:12.1.0-runtime-ubuntu22.04"
    assert named(None).base == "nvidia/cuda:12.1.1-runtime-ubuntu22.04"


@pytest.mark.parametrize(("patch", "cuda"), [("12.1.7", "12.1"), ("12.6.3", "12.1")])
def test_a_patch_that_was_not_published_or_is_another_minors_is_refused(patch, cuda):
    answer = named(patch, cuda)
    assert broken(answer) == ["base"]
    assert "12.1.0, 12.1.1" in answer.reasons[0].fact


# --- bases that bring torch


def test_an_ngc_image_whose_own_history_was_read_is_possible():
    answer = ask("torch=2.13.0 cuda=13.3 base=ngc drivers=>=580 gpus=sm_75,sm_90,sm_121")
    assert answer.base == "nvcr.io/nvidia/pytorch:26.07-py3"
    assert (answer.os, answer.python, answer.python_from) == ("ubuntu24.04", "3.12", "base")
    assert answer.torch_from_base
    assert not [text for text in answer.requirements if text.startswith("torch")]


@pytest.mark.parametrize(
    ("terms", "constraint", "unknown"),
    [
        ("torch=2.13.0 cuda=13.3 python=3.11 gpus=sm_90", "python", False),
        ("torch=2.13.0 cuda=13.3 gpus=sm_70", "architectures", False),
        ("torch=2.10.0 cuda=13.1 gpus=sm_90", "architectures", True),
        ("torch=2.10.0 cuda=13.1", "python", True),  # its system is not known
    ],
)
def test_what_an_ngc_image_has_not_or_nobody_read_is_not_promised(terms, constraint, unknown):
    answer = ask(f"{terms} base=ngc drivers=>=580")
    reason = next(each for each in answer.reasons if each.constraint == constraint)
    assert reason.unknown is unknown


def test_a_hosts_file_system_brings_torch_cupy_and_python():
    answer = ask("torch=2.11.0 cuda=13.0 cupy=14.2.0 python=3.12 os=ubuntu24.04 base=rootfs")
    assert (answer.base, answer.python_from, answer.torch_index) == (None, "base", None)
    assert answer.requirements == ()
