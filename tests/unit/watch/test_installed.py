"""What requirements say of torch, Python and the other axes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validation.facts.load import load_facts
from validation.watch.installed import Installed, installed_of, variant_of_torch

FACTS = load_facts()


@pytest.mark.parametrize(
    ("installs", "expected"),
    [
        ((), Installed()),
        (("fastapi", "uvicorn>=0.30"), Installed()),
        (("torch==2.2.0+cu121",), Installed(has_torch=True, torch="2.2.0", variant="cu121")),
        (("torch==2.2.0",), Installed(has_torch=True, torch="2.2.0")),
        (("Torch == 2.2.0",), Installed(has_torch=True, torch="2.2.0")),
        (("torch===2.2.0",), Installed(has_torch=True, torch="2.2.0")),
        (("torch",), Installed(has_torch=True)),
        (("torch>=2.1,<2.7",), Installed(has_torch=True, bound=">=2.1,<2.7")),
        (("torch==2.2.*",), Installed(has_torch=True)),
        (("torch @ https://example.com/torch.whl",), Installed(has_torch=True)),
        (("python==3.11",), Installed(python="3.11")),
        (("python==3.11.9",), Installed(python="3.11")),
        (("torch==2.2.0; sys_platform == 'linux'",), Installed(has_torch=True, torch="2.2.0")),
        (
            ("torchvision==0.17.0+cu121", "numpy==1.26.4", "onnxruntime-gpu==1.18.0", "numpy<2"),
            Installed(
                pins=(("numpy", "1.26.4"), ("onnxruntime", "1.18.0"), ("torchvision", "0.17.0"))
            ),
        ),
        (("cupy-cuda12x==13.3.0",), Installed(pins=(("cupy", "13.3.0"),))),
        (("cupy-cuda12x[ctk]==14.2.0",), Installed(pins=(("cupy", "14.2.0"),))),
    ],
)
def test_requirements_are_read(installs, expected):
    assert installed_of(installs) == expected


@pytest.mark.parametrize(
    ("installs", "cuda", "variant"),
    [
        (("torch==2.2.0+cu118",), "12.1", "cu118"),
        (("torch==2.2.0+cpu",), "12.1", "cpu"),
        (("torch==2.2.0",), "12.1", "cu121"),  # the base's own CUDA
        (("torch==2.6.0",), "12.1", "cu124"),  # no cu121 of it: what PyPI carries
        (("torch",), "12.6", "cu126"),
        ((), "12.6", ""),
    ],
)
def test_the_variant_is_the_pins_the_bases_or_pypis(installs, cuda, variant):
    assert variant_of_torch(FACTS, installed_of(installs), cuda) == variant


@given(st.lists(st.text(max_size=40), max_size=4))
def test_any_text_is_read_without_complaint(lines):
    installed_of(tuple(lines))
