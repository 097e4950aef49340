"""Right matrices: the shipped one, and two that tests change, of few and of many combinations."""

from pathlib import Path

SHIPPED = (Path(__file__).parents[3] / "matrix.yaml").read_text("utf-8")

SMALL = """\
# yaml-language-server: $schema=docs/matrix.schema.json
# What we want; the only file to edit. `imagewright plan` shows what it comes to.
version: 1
repository: imagewright        # images are tagged <repository>:<id>
default: [family=cpu]          # what build, test and the like work on when they get no selector
uv: 0.13.9                     # the installer inside builds, pinned

# The hosts that images must run on. A family may say what differs for it.
fleet:
  drivers: ">=535"             # NVIDIA drivers, a PEP 440 range
  gpus: [sm_75, sm_80, sm_86, sm_89, sm_90]

# Families. Each axis (cuda, torch, torchvision, torchaudio, cupy, numpy, onnx, onnxruntime, python,
# flavor, os) takes one value or a list; lists multiply. auto: the newest that fits.
images:
  cpu:                         # trains without a GPU: no cuda, so torch's cpu wheels
    base: distro
    workload: training
    os: debian12
    python: "3.11"
    torch: 2.13.0
    numpy: auto
    onnx: auto
    packages: [onnxscript, fastapi, uvicorn, prometheus-client]   # PEP 508, unpinned: the lock pins
    budget: 1500 MB            # largest unpacked size
  inference:                   # serves and checks models: ONNX Runtime, no torch
    base: distro
    workload: inference
    os: debian12
    python: "3.11"
    onnxruntime: auto
    numpy: auto
    onnx: auto
    packages: [fastapi, uvicorn]
    budget: 700 MB

# Bases are looked at again on these days; what ends before the next one is told now.
review: {every: quarter, anchor: "2027-01-01"}
os_support: lts                # Debian's long-term team counts as support

# Combinations that could exist and are not wanted: terms that all hold, and why.
#   - {family: train, cuda: ">=12.9", torch: "<2.7", because: "..."}
exclude: []
"""
"""A family that trains and one that serves, as the shipped file says it, and nothing else."""

TRAIN = """\
version: 1
repository: imagewright
default: [family=train]
uv: 0.13.9
fleet: {drivers: ">=535", gpus: [sm_80, sm_90]}
images:
  train:
    base: nvidia-cuda
    workload: training
    os: [ubuntu22.04, ubuntu24.04]
    cuda: [12.5, 12.6, 12.9, 12.10]
    torch: [2.6.0, 2.7.1]
    python: [3.10, 3.11]
    budget: 9 GB
"""
"""32 combinations of one family; the versions would be wrong as YAML numbers."""
