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
from tests.unit.matrix.examples import SMALL
from validation.facts.load import load_facts
from validation.matrix.expand import expand
from validation.matrix.load import load_matrix
from validation.matrix.resolve import Resolver, resolve, resolve_all, serving_of
from validation.model import Candidate, Image, Skip

ON = "os=ubuntu22.04 base=nvidia-cuda"


def small(change=None):
    text = SMALL if change is None else change(SMALL)
    return expand(load_matrix(text, "matrix.yaml"))


# --- a matrix


def test_images_are_chosen_newest_that_fits():
    cpu, inference = resolve_all(small(), FACTS)
    assert cpu.requirements == (
        "torch==2.13.0+cpu",
        "numpy==2.4.6",  # 2.5 has no wheel for Python 3.11
        "onnx==1.23.2",
        "onnxscript",
        "fastapi",
        "uvicorn",
        "prometheus-client",
    )
    assert (cpu.base, cpu.python_from, cpu.opset) == ("debian:12-slim", "os", 20)
    assert (cpu.torch_index, cpu.variant) == ("pytorch", "cpu")
    assert (inference.onnxruntime, inference.torch, inference.torch_index) == ("1.32.0", None, None)


def test_the_same_candidate_gives_the_same_image_whatever_was_asked_before():
    wishes = small()
    one = resolve_all(wishes, load_facts())
    resolver = Resolver(load_facts())
    ask("torch=2.5.0 cuda=12.6 python=3.11")
    two = tuple(resolver.resolve(each) for each in reversed(wishes))
    assert one == resolve_all(wishes, FACTS)
    assert one[1] == two[0]


def test_a_training_image_is_held_against_what_serves_it():
    old = small(lambda text: text.replace("onnxruntime: auto", "onnxruntime: 1.17.3"))
    assert serving_of(old, FACTS) == ("1.17.3",)
    cpu, inference = resolve_all(old, FACTS)
    assert isinstance(inference, Image)
    assert broken(cpu) == ["opset"]
    assert "IR version 10" in cpu.reasons[0].fact
    newer = small(lambda text: text.replace("onnxruntime: auto", "onnxruntime: 1.18.1"))
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


# --- auto


def test_an_old_onnxruntime_gets_numpy_1_whether_asked_for_or_not():
    gpu = "cuda=11.8 base=nvidia-cuda flavor=cudnn-runtime python=3.10 os=ubuntu22.04"
    for release, rest, package in (
        ("1.16.3", "python=3.10 os=ubuntu22.04", "onnxruntime"),
        ("1.18.1", gpu, "onnxruntime-gpu"),
    ):
        asked = f"onnxruntime={release} {rest}"
        pin = f"{package}=={release}"
        assert ask(f"{asked} numpy=auto").requirements == ("numpy==1.26.4", pin)
        assert ask(asked).requirements == ("numpy<2", pin)
        (reason,) = ask(f"{asked} numpy=2.0.0").reasons
        assert "21063" in reason.source or "declares" in reason.fact
    both = ask("torch=2.2.2 onnxruntime=1.18.0 python=3.11 os=debian12").requirements
    assert both.count("numpy<2") == 1
    assert "numpy<2" not in ask("onnxruntime=1.19.0 python=3.11 os=debian12").requirements


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


def test_an_extra_of_onnxruntime_that_is_known_not_to_install():
    made = wish(f"torch=2.11.0 cuda=13.0 onnxruntime=1.27.0 numpy=auto python=3.11 {ON}")
    family = changed(made.family, packages=("onnxruntime-gpu[cuda]",))
    assert broken(resolve(Candidate(family=family, axes=made.axes), FACTS)) == ["onnxruntime-cuda"]
    newer = {**made.axes, "onnxruntime": "1.28.0"}
    assert isinstance(resolve(Candidate(family=family, axes=newer), FACTS), Image)


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


# --- CuPy beside torch's wheels


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ("torch=2.7.1 cuda=12.6 cupy=13.6.0 base=distro os=debian12", True),
        (f"torch=2.7.1 cuda=12.6 cupy=13.6.0 flavor=base {ON}", True),
        (f"torch=2.7.1 cuda=12.6 cupy=13.6.0 flavor=runtime {ON}", False),  # the base has them
        ("torch=2.7.1 cuda=12.6 cupy=14.2.0 base=distro os=debian12", False),  # it looks itself
        ("torch=2.7.1 cuda=12.6 base=distro os=debian12", False),
    ],
)
def test_the_loader_is_told_where_libraries_are_for_a_cupy_that_opens_them_by_name(terms, told):
    answer = ask(f"{terms} python=3.11")
    assert answer.loader_path is told
    assert "cupy-cuda12x[ctk]" not in " ".join(answer.requirements)  # no second copy beside torch's


def test_an_old_cupy_beside_wheels_that_may_carry_libraries_inside_is_unknown():
    answer = ask("torch=2.7.1 cuda=12.8 cupy=13.6.0 base=distro os=debian12 python=3.11")
    assert answer.unknown
    assert broken(answer) == ["cupy-libraries"]
