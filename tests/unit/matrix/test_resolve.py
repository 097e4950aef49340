"""What the resolver chooses, what it refuses, and that it tells every reason at once."""

import pytest

from tests.unit.matrix.asking import (
    FACTS,
    ask,
    broken,
    changed,
    told,
    wish,
    with_torch,
    without_release,
)
from tests.unit.matrix.examples import SHIPPED
from validation.facts.load import load_facts
from validation.facts.platforms import CudaImage
from validation.matrix.expand import expand
from validation.matrix.load import load_matrix
from validation.matrix.resolve import Resolver, resolve, resolve_all, serving_of
from validation.model import Candidate, Image, Skip

ON = "os=ubuntu22.04 base=nvidia-cuda"


def shipped(change=None):
    text = SHIPPED if change is None else change(SHIPPED)
    return expand(load_matrix(text, "matrix.yaml"))


# --- the shipped matrix


def test_the_shipped_images_are_chosen_newest_that_fits():
    cpu, inference = resolve_all(shipped(), FACTS)
    assert cpu.requirements == (
        "torch==2.13.0+cpu",
        "numpy==2.4.6",  # 2.5 has no wheel for Python 3.11
        "onnx==1.23.2",
        "onnxscript",
        "fastapi",
        "uvicorn",
    )
    assert (cpu.base, cpu.python_from, cpu.opset) == ("debian:12-slim", "os", 20)
    assert (cpu.torch_index, cpu.variant) == ("pytorch", "cpu")
    assert (inference.onnxruntime, inference.torch, inference.torch_index) == ("1.32.0", None, None)


def test_the_same_candidate_gives_the_same_image_whatever_was_asked_before():
    wishes = shipped()
    one = resolve_all(wishes, load_facts())
    resolver = Resolver(load_facts())
    ask("torch=2.5.0 cuda=12.6 python=3.11")
    two = tuple(resolver.resolve(each) for each in reversed(wishes))
    assert one == resolve_all(wishes, FACTS)
    assert one[1] == two[0]


def test_a_training_image_is_held_against_what_serves_it():
    old = shipped(lambda text: text.replace("onnxruntime: auto", "onnxruntime: 1.17.3"))
    assert serving_of(old, FACTS) == ("1.17.3",)
    cpu, inference = resolve_all(old, FACTS)
    assert isinstance(inference, Image)
    assert broken(cpu) == ["opset"]
    assert "IR version 10" in cpu.reasons[0].fact
    newer = shipped(lambda text: text.replace("onnxruntime: auto", "onnxruntime: 1.18.1"))
    assert resolve_all(newer, FACTS)[0].opset == 20


def test_the_opset_is_lowered_to_what_serving_loads():
    text = "torch=2.4.0 onnx=1.16.2 numpy=1.26.4 python=3.11 os=debian12"
    assert ask(text).opset == 17  # the classic exporter's default
    facts = with_torch(
        FACTS,
        "2.4.0",
        export=changed(FACTS.torch.releases["2.4.0"].export, torchscript_default_opset=21),
    )
    assert ask(text, facts, ("1.17.3",)).opset == 20


def test_dynamo_cannot_go_below_18():
    export = changed(FACTS.torch.releases["2.9.0"].export, dynamo_ir_version=8)
    facts = with_torch(FACTS, "2.9.0", export=export)
    limits = facts.onnxruntime_limits
    low = {**limits.minors, "1.16": changed(limits.minors["1.16"], max_opset=17)}
    facts = facts.with_table("onnxruntime_limits", changed(limits, minors=low))
    answer = ask("torch=2.9.0 onnx=1.19.1 numpy=1.26.4 python=3.11 os=debian12", facts, ("1.16.3",))
    assert broken(answer) == ["opset"]
    assert "opset 18 or above, 17" in answer.reasons[0].message


# --- all constraints at once


def test_every_reason_is_told_not_only_the_first():
    answer = ask(
        "torch=2.5.0 cuda=12.7 numpy=1.26.4 cupy=14.2.0 onnx=1.17.0 python=3.14 os=ubuntu18.04"
        " base=nvidia-cuda drivers=>=470 gpus=sm_37,sm_90"
    )
    assert broken(answer) == [
        "wheel", "base", "driver", "toolkit-gpus", "glibc", "cupy-architectures", "numpy", "onnx",
    ]  # fmt: skip
    assert not answer.unknown
    for reason in answer.reasons:
        assert reason.message
        assert reason.fact
        assert "(20" in reason.source  # every source carries its day


def test_what_only_the_facts_do_not_tell_is_unknown_and_not_built():
    answer = ask("torch=2.15.0 python=3.11 os=debian12")
    assert isinstance(answer, Skip)
    assert answer.unknown
    assert told("torch=2.15.0 python=3.11 os=debian12").verdict == "unknown"
    mixed = ask("torch=2.15.0 numpy=1.26.4 python=3.13 os=debian12")
    assert [reason.unknown for reason in mixed.reasons] == [True, False]
    assert not mixed.unknown


def test_unknown_stays_unknown_when_it_becomes_present_or_absent_elsewhere():
    cell = "torch=2.14.0 cuda=12.6 python=3.11"
    assert ask(cell).unknown
    variants = FACTS.torch.releases["2.14.0"].variants
    read = changed(variants["cu126"], pythons=("3.11",), platforms=("linux/amd64",))
    facts = with_torch(FACTS, "2.14.0", variants={**variants, "cu126": read})
    assert isinstance(ask(cell, facts), Image)
    assert ask(cell.replace("3.11", "3.12"), facts).unknown is False
    assert ask(cell).unknown


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


# --- auto


def test_auto_keeps_numpy_1_for_an_old_torch_and_takes_the_cupy_that_allows_it():
    answer = ask(f"torch=2.2.0 cuda=12.1 cupy=auto numpy=auto python=3.11 {ON}")
    assert (answer.cupy, answer.numpy) == ("13.6.0", "1.26.4")


def test_auto_follows_when_the_newest_release_is_gone():
    text = "onnxruntime=auto numpy=auto onnx=auto python=3.11 os=debian12"
    assert ask(text).onnxruntime == "1.32.0"
    facts = without_release(FACTS, "onnxruntime", "1.32.0")
    assert ask(text, facts).onnxruntime == "1.31.1"
    assert ask(text).onnxruntime == "1.32.0"


def test_auto_never_takes_a_withdrawn_release():
    facts = FACTS
    for release in ("2.5.5", "2.5.4", "2.5.3", "2.5.2", "2.5.1", "2.5.0", "2.4.6", "2.4.5"):
        facts = without_release(facts, "numpy", release)
    for release in ("2.4.4", "2.4.3", "2.4.2", "2.4.1"):
        facts = without_release(facts, "numpy", release)
    assert "2.4.0" in facts.package("numpy").releases
    assert ask("numpy=auto python=3.12 os=debian12", facts).numpy == "2.3.5"


def test_auto_that_cannot_fit_says_what_is_in_the_way():
    answer = ask(f"torch=2.2.0 cuda=12.1 cupy=14.2.0 numpy=auto python=3.11 {ON}")
    assert broken(answer) == ["numpy"]
    assert "torch 2.2.0 does not work with" in answer.reasons[0].message or (
        "declares numpy>=2.0" in answer.reasons[0].fact
    )


def test_auto_with_nothing_to_choose_from_is_a_reason_and_not_an_image_without_it():
    answer = ask("cupy=auto python=3.11 os=debian12")
    assert isinstance(answer, Skip)
    assert broken(answer) == ["auto"]


def test_companions_follow_torch():
    answer = ask(f"torch=2.7.1 torchvision=auto torchaudio=auto cuda=12.6 python=3.11 {ON}")
    assert (answer.torchvision, answer.torchaudio) == ("0.22.1", "2.7.1")
    assert "torchvision==0.22.1" in answer.requirements


def test_onnxruntime_on_a_gpu_is_the_release_of_its_cuda():
    text = f"torch=2.7.1 cuda=12.6 onnxruntime=auto numpy=auto python=3.11 {ON}"
    answer = ask(text)
    assert answer.onnxruntime == "1.26.0"  # 1.27 and later are built for CUDA 13
    assert "onnxruntime-gpu==1.26.0" in answer.requirements
    assert broken(ask(text.replace("onnxruntime=auto", "onnxruntime=1.30.0"))) == [
        "onnxruntime-cuda"
    ]


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


# --- requirements


@pytest.mark.parametrize(
    ("terms", "requirement"),
    [
        (f"torch=2.2.0 cuda=12.1 python=3.11 {ON}", "numpy<2"),  # torch declares no bound
        (f"cuda=12.6 cupy=14.2.0 python=3.11 {ON}", "cupy-cuda12x[ctk]==14.2.0"),
        (f"cuda=12.6 cupy=14.2.0 python=3.11 flavor=devel {ON}", "cupy-cuda12x==14.2.0"),
        (f"cuda=12.6 cupy=13.4.0 python=3.11 {ON}", "nvidia-cuda-runtime-cu12==12.6.*"),
        (f"torch=2.7.1 cuda=12.6 cupy=14.2.0 python=3.11 {ON}", "cupy-cuda12x==14.2.0"),
        ("torch=2.9.0 onnx=1.19.1 python=3.11 os=debian12", "onnxscript"),
    ],
)
def test_requirements_carry_what_packages_forget_to_declare(terms, requirement):
    assert requirement in ask(terms).requirements


def test_a_package_that_the_family_names_is_not_added_twice():
    made = wish("torch=2.9.0 onnx=1.19.1 python=3.11 os=debian12")
    family = changed(made.family, packages=("OnnxScript>=0.5",))
    answer = resolve(Candidate(family=family, axes=made.axes), FACTS)
    assert [name for name in answer.requirements if "script" in name.lower()] == ["OnnxScript>=0.5"]


def test_ctk_beside_torch_2_7_1_is_known_not_to_install():
    made = wish(f"torch=2.7.1 cuda=12.6 cupy=14.2.0 python=3.11 {ON}")
    family = changed(made.family, packages=("cupy-cuda12x[ctk]",))
    answer = resolve(Candidate(family=family, axes=made.axes), FACTS)
    assert broken(answer) == ["cupy"]
    assert isinstance(ask(f"torch=2.7.1 cuda=12.6 cupy=14.2.0 python=3.11 {ON}"), Image)
