"""Two right matrices that tests change: the shipped one, and one with many combinations."""

from pathlib import Path

SHIPPED = (Path(__file__).parents[3] / "matrix.yaml").read_text("utf-8")

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
