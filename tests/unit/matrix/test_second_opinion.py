"""Combinations that people know to work or to fail, written down by hand from other sources.

`P` possible, `N` impossible, `U` not known from the facts. A row names the constraints that must
speak, and the source of the opinion, which is not the file that the resolver reads.
"""

import pytest

from tests.unit.matrix.asking import ask, broken
from validation.model import Image

RELEASE_MD = "pytorch RELEASE.md, release compatibility matrix"
PREVIOUS = "pytorch.org/get-started/previous-versions"
VISION = "torchvision README, version table"
AUDIO = "torchaudio documentation, compatibility matrix"
HUB = "hub.docker.com/r/nvidia/cuda, tags"
NOTES = "CUDA toolkit release notes, table of drivers"
GUIDE = "CUDA C++ Programming Guide, binary and PTX compatibility"
NUMPY = "numpy.org release notes, supported Pythons; pytorch 2.3 release notes"
CUPY = "docs.cupy.dev, installation guide and release notes"
ORT = "onnxruntime.ai, ONNX compatibility and release notes"
ARCHIVE = "packages.debian.org, packages.ubuntu.com"
TRAINER = "docs/trainer.md: Python 3.10 to 3.14"
STORY = "the migration that this project began with"

ON = "os=ubuntu22.04 base=nvidia-cuda"
CUDNN = f"flavor=cudnn-runtime {ON}"
PY = "python=3.11 os=debian12"
DROPPED = "architectures toolkit-gpus"
TABLE = [
    # wheels by torch, variant and Python
    ("torch=2.5.0 cuda=12.6 python=3.11 os=ubuntu22.04 base=nvidia-cuda", "N", "wheel", STORY),
    (f"torch=2.0.0 cuda=11.7 python=3.10 {ON}", "P", "", RELEASE_MD),
    (f"torch=2.0.1 cuda=11.8 python=3.11 {ON}", "P", "", PREVIOUS),
    (f"torch=2.0.1 cuda=12.1 python=3.11 {ON}", "N", "wheel", RELEASE_MD),
    (f"torch=2.0.1 cuda=11.8 python=3.12 {ON}", "N", "wheel", RELEASE_MD),
    (f"torch=2.1.0 cuda=12.1 python=3.11 {ON}", "P", "", PREVIOUS),
    (f"torch=2.1.2 cuda=11.7 python=3.11 {ON}", "N", "wheel", RELEASE_MD),
    (f"torch=2.2.0 cuda=12.1 python=3.12 {ON}", "P", "", PREVIOUS),
    (f"torch=2.2.0 cuda=12.4 python=3.11 {ON}", "N", "wheel", RELEASE_MD),
    (f"torch=2.3.1 cuda=12.1 python=3.8 {ON}", "N", "python", TRAINER),
    (f"torch=2.4.0 cuda=12.4 python=3.12 {ON}", "P", "", RELEASE_MD),
    (f"torch=2.4.1 cuda=12.4 python=3.13 {ON}", "N", "wheel", RELEASE_MD),
    (f"torch=2.5.1 cuda=12.4 python=3.12 {ON}", "P", "", PREVIOUS),
    (f"torch=2.5.1 cuda=12.4 python=3.8 {ON}", "N", "wheel python", RELEASE_MD),
    (f"torch=2.6.0 cuda=12.6 python=3.11 {ON}", "P", "", PREVIOUS),
    (f"torch=2.6.0 cuda=12.1 python=3.11 {ON}", "N", "wheel", PREVIOUS),
    (f"torch=2.7.1 cuda=12.8 python=3.12 {ON}", "P", "", PREVIOUS),
    (f"torch=2.7.0 cuda=12.4 python=3.11 {ON}", "N", "wheel", PREVIOUS),
    (f"torch=2.8.0 cuda=11.8 python=3.11 {ON}", "N", "wheel", RELEASE_MD),
    (f"torch=2.8.0 cuda=12.9 python=3.13 {ON}", "P", "", PREVIOUS),
    (f"torch=2.9.0 cuda=13.0 python=3.14 {ON}", "P", "", RELEASE_MD),
    (f"torch=2.9.1 cuda=12.6 python=3.9 {ON}", "N", "wheel python", RELEASE_MD),
    ("torch=2.6.0 python=3.11 os=debian12", "P", "", PREVIOUS),
    ("torch=2.6.1 python=3.11 os=debian12", "N", "wheel", "github.com/pytorch/pytorch/releases"),
    # What is not known is not guessed
    (f"torch=2.15.0 cuda=13.2 python=3.12 {ON}", "P", "", "PyPI, torch 2.15.0"),
    (f"torch=2.15.0 cuda=13.0 python=3.12 {ON}", "U", "wheel", "pytorch#190385: not read"),
    ("torch=2.15.0 python=3.12 os=debian12", "U", "wheel", "pytorch#190385: not read"),
    ("torch=2.17.0 python=3.12 os=debian12", "U", "wheel", "not released when facts were read"),
    # torchvision, torchaudio
    (f"torch=2.4.1 torchvision=0.19.1 cuda=12.4 python=3.11 {ON}", "P", "", VISION),
    (f"torch=2.4.1 torchaudio=2.4.1 cuda=12.4 python=3.11 {ON}", "P", "", AUDIO),
    (f"torch=2.2.0 torchvision=0.17.0 cuda=12.1 python=3.11 {ON}", "P", "", VISION),
    (f"torch=2.2.0 torchvision=0.16.0 cuda=12.1 python=3.11 {ON}", "N", "torchvision", VISION),
    (f"torch=2.6.0 torchvision=0.20.1 cuda=12.6 python=3.11 {ON}", "N", "torchvision", VISION),
    (f"torch=2.6.0 torchaudio=2.5.1 cuda=12.6 python=3.11 {ON}", "N", "torchaudio", AUDIO),
    (f"torch=2.12.0 torchaudio=2.11.0 cuda=13.2 python=3.11 {ON}", "N", "torchaudio", "measured"),
    # base tags
    (f"cuda=12.7 python=3.10 {ON}", "N", "base", HUB),
    ("cuda=12.4 python=3.12 os=ubuntu24.04 base=nvidia-cuda", "N", "base", HUB),
    ("cuda=12.5 python=3.12 os=ubuntu24.04 base=nvidia-cuda", "P", "", HUB),
    ("cuda=13.0 python=3.10 os=ubuntu20.04 base=nvidia-cuda", "N", "base", HUB),
    ("cuda=11.8 python=3.10 flavor=devel os=ubuntu22.04 base=nvidia-cuda", "P", "", HUB),
    ("cuda=12.6 python=3.11 os=debian12 base=nvidia-cuda", "N", "base", HUB),
    ("cuda=13.9 python=3.12 os=ubuntu24.04 base=nvidia-cuda", "U", "base", HUB),
    # drivers
    (f"cuda=12.4 python=3.10 drivers=>=525.60.13 {ON}", "P", "", NOTES),
    (f"cuda=12.4 python=3.10 drivers=>=525 {ON}", "P", "", NOTES),
    (f"cuda=12.4 python=3.10 drivers=>=470 {ON}", "N", "driver", NOTES),
    (f"cuda=12.4 python=3.10 drivers=>=525.53 {ON}", "N", "driver", NOTES),
    (f"cuda=11.8 python=3.10 drivers=>=450.80.02 {ON}", "P", "", NOTES),
    (f"cuda=11.8 python=3.10 drivers=>=418 {ON}", "N", "driver", NOTES),
    (f"cuda=13.0 python=3.10 drivers=>=535 {ON}", "N", "driver", NOTES),
    (f"cuda=13.0 python=3.10 drivers=>=580.65.06 {ON}", "P", "", NOTES),
    (f"cuda=13.0 python=3.10 drivers=>=570,<600 {ON}", "N", "driver", NOTES),
    (f"cuda=12.6 python=3.10 drivers=<600 {ON}", "N", "driver", NOTES),
    # GPUs
    (f"torch=2.6.0 cuda=12.6 python=3.11 gpus=sm_75,sm_86,sm_89,sm_90 {ON}", "P", "", GUIDE),
    (f"torch=2.6.0 cuda=12.6 python=3.11 gpus=sm_120 {ON}", "N", "architectures", GUIDE),
    (f"torch=2.7.0 cuda=12.8 python=3.11 gpus=sm_120 {ON}", "P", "", "pytorch 2.7 release notes"),
    (f"torch=2.7.0 cuda=12.8 python=3.11 gpus=sm_121 {ON}", "P", "", GUIDE),
    (f"torch=2.7.0 cuda=12.8 python=3.11 gpus=sm_70 {ON}", "N", "architectures", "pytorch#145570"),
    (f"torch=2.0.0 cuda=11.7 python=3.10 gpus=sm_90 {ON}", "N", "architectures", GUIDE),
    (f"torch=2.0.0 cuda=11.8 python=3.10 gpus=sm_37 {ON}", "P", "", "pytorch builder 2.0"),
    (f"torch=2.1.0 cuda=12.1 python=3.10 gpus=sm_37 {ON}", "N", DROPPED, NOTES),
    (f"torch=2.9.0 cuda=13.0 python=3.11 gpus=sm_70 {ON}", "N", DROPPED, NOTES),
    # NumPy
    ("torch=2.2.2 numpy=2.0.0 python=3.11 os=debian12", "N", "numpy", NUMPY),
    ("torch=2.2.2 numpy=1.26.4 python=3.11 os=debian12", "P", "", NUMPY),
    ("torch=2.3.0 numpy=2.0.0 python=3.11 os=debian12", "P", "", NUMPY),
    ("torch=2.6.0 numpy=1.26.4 python=3.13 os=debian13", "N", "numpy", NUMPY),
    ("torch=2.6.0 numpy=2.1.0 python=3.13 os=debian13", "P", "", NUMPY),
    # CuPy
    (f"torch=2.4.1 cuda=12.4 cupy=13.3.0 numpy=1.26.4 python=3.11 {ON}", "P", "", CUPY),
    (f"torch=2.4.1 cuda=12.4 cupy=14.0.0 numpy=1.26.4 python=3.11 {ON}", "N", "numpy", CUPY),
    (f"torch=2.9.0 cuda=12.6 cupy=13.4.0 python=3.14 {ON}", "N", "cupy", CUPY),
    (f"cuda=13.3 cupy=14.2.0 python=3.11 {ON}", "N", "cupy", CUPY),
    ("cupy=13.4.0 python=3.11 os=debian12", "N", "cupy", CUPY),
    (f"cuda=12.4 cupy=13.4.0 python=3.11 flavor=devel {ON}", "P", "", "cupy#8466"),
    (f"cuda=12.4 cupy=13.4.0 python=3.11 flavor=base {ON}", "N", "cupy-libraries", CUPY),
    (f"torch=2.15.0 cuda=13.2 cupy=14.2.0 flavor=base {ON}", "N", "cupy-libraries", "measured"),
    (f"torch=2.15.0 cuda=13.2 cupy=14.2.0 flavor=runtime {ON}", "P", "", "measured"),
    # ONNX and its runtime
    ("onnxruntime=1.20.0 python=3.11 os=debian12", "P", "", ORT),
    ("onnxruntime=1.20.0 python=3.9 os=debian12", "N", "python onnxruntime", ORT),
    (f"torch=2.9.0 onnx=1.19.1 onnxruntime=1.16.3 numpy=1.26.4 {PY}", "N", "opset", ORT),
    (f"torch=2.9.0 onnx=1.19.1 onnxruntime=1.22.0 numpy=2.2.0 {PY}", "P", "", ORT),
    (f"onnx=1.16.0 onnxruntime=1.18.1 numpy=2.0.0 {PY}", "N", "numpy", "METADATA"),
    (f"onnxruntime=1.18.0 numpy=2.0.0 {PY}", "N", "numpy", "microsoft/onnxruntime#21063"),
    (f"onnxruntime=1.18.0 numpy=1.26.4 {PY}", "P", "", "microsoft/onnxruntime#21063"),
    (f"onnxruntime=1.19.0 numpy=2.0.0 {PY}", "P", "", "ONNX Runtime 1.19.0 release notes"),
    (f"onnxruntime=1.18.1 cuda=11.8 numpy=2.0.0 python=3.10 {CUDNN}", "N", "numpy", "METADATA"),
    (f"onnxruntime=1.18.1 cuda=11.8 numpy=1.26.4 python=3.10 {CUDNN}", "P", "", "METADATA"),
    # operating systems
    ("torch=2.6.0 python=3.11 os=ubuntu20.04", "P", "", ARCHIVE),
    ("torch=2.6.0 python=3.11 os=ubuntu18.04", "U", "glibc", ARCHIVE),
    ("python=3.7 os=debian12", "N", "python", "astral-sh/python-build-standalone releases"),
]  # fmt: skip


@pytest.mark.parametrize(("terms", "verdict", "against", "source"), TABLE)
def test_second_opinion(terms, verdict, against, source):
    assert source
    answer = ask(terms)
    told = "P" if isinstance(answer, Image) else "U" if answer.unknown else "N"
    assert (told, broken(answer)) == (verdict, against.split()), getattr(answer, "reasons", "")


def test_the_table_is_large_and_of_every_kind():
    verdicts = [verdict for _, verdict, _, _ in TABLE]
    assert len({terms for terms, *_ in TABLE}) == len(TABLE) >= 60
    assert min(verdicts.count(kind) for kind in "PNU") >= 5
