"""Matrices: those beside a Dockerfile, and our own."""

from tests.unit.watch.references.conftest import Scan, told

DOCKERFILE = "ARG CUDA=12.1.0\nARG OS=ubuntu22.04\nFROM nvidia/cuda:${CUDA}-base-${OS}\n"


def test_a_matrix_beside_a_dockerfile_is_expanded_over_its_args(scan: Scan) -> None:
    result = scan({
        "a/Dockerfile": DOCKERFILE.replace("=12.1.0", "").replace("=ubuntu22.04", ""),
        "a/matrix.yaml": """\
os: ubuntu22.04
cuda: [12.6.3, 12.8.1]
exclude: [{cuda: 12.8.1}]
include: [{cuda: 13.0.3, os: ubuntu24.04}]
""",
        "b/Dockerfile": DOCKERFILE,
        "b/versions.yml": """\
defaults: &d {OS: ubuntu24.04}
images:
  one: {args: {<<: *d, CUDA: 12.6.3}}
  two: {args: {CUDA: 12.8.1}, labels: {CUDA_NAME: x}}
""",
        "c/versions.yml": "CUDA: 1\n",
        "b/config.yaml": "CUDA: 99\n",
    })  # fmt: skip
    assert told(result) == [
        ("a/Dockerfile", 3, "nvidia/cuda:12.6.3-base-ubuntu22.04", "FROM"),
        ("a/Dockerfile", 3, "nvidia/cuda:13.0.3-base-ubuntu24.04", "FROM"),
        ("b/Dockerfile", 3, "nvidia/cuda:12.1.0-base-ubuntu22.04", "FROM"),
        ("b/Dockerfile", 3, "nvidia/cuda:12.6.3-base-ubuntu24.04", "FROM"),
        ("b/Dockerfile", 3, "nvidia/cuda:12.8.1-base-ubuntu22.04", "FROM"),
    ]
    assert result.references[0].how == (
        "build arg CUDA, a/matrix.yaml line 2; build arg OS, a/matrix.yaml line 1"
    )


def test_our_own_matrix_gives_its_bases(scan: Scan) -> None:
    text = """\
version: 1
repository: x
uv: 0.13.9
fleet: {drivers: ">=535", gpus: [sm_80]}
images:
  train:
    base: nvidia-cuda
    workload: training
    cuda: "12.6"
    torch: 2.7.1
    python: "3.11"
    flavor: runtime
    os: ubuntu22.04
    budget: 9 GB
"""
    (reference,) = scan({"matrix.yaml": text}).references
    assert reference.resolved == "nvidia/cuda:12.6.3-runtime-ubuntu22.04"
    assert (reference.where, reference.place.line) == ("matrix.yaml", 6)
    assert "torch==2.7.1+cu126" in reference.installs
    assert "python==3.11" in reference.installs


def test_our_own_matrix_with_mistakes_is_a_problem_where_they_are(scan: Scan) -> None:
    text = "version: 1\nrepository: x\nfleet: {}\nimages:\n  a: {base: nonsense}\n"
    result = scan({"matrix.yaml": text})
    assert not result.references
    assert any(one.place.line == 5 for one in result.problems)
