"""The proofs of CUDA images, on a real one: each passes there and fails on an image with its fault.

Run by `nox -s cuda`, not with the other engine tests: the image is 6 GB. No GPU is needed.
"""

import pytest

from tests.engine.bench import Prover, failed
from tests.engine.conftest import copy_checkout

pytestmark = pytest.mark.cuda

IMAGE = "family=wheels cuda=12.6"
PACKAGES = "/opt/venv/lib/python3.11/site-packages"
TOPICS = ("cuda", "cupy", "libraries", "packages", "health")
GPU_TOPICS = ("gpu", "gpu_kernels", "gpu_rates")


@pytest.fixture(scope="module")
def prover(tmp_path_factory):
    checkout = copy_checkout(tmp_path_factory.mktemp("cuda") / "checkout")
    checkout.imagewright("engine", "up")
    checkout.imagewright("build", IMAGE, timeout=3600)
    prover = Prover(checkout.root)
    yield prover
    prover.close()


@pytest.fixture(scope="module")
def sound(prover):
    """What the suite finds in the image itself."""
    return prover.check(prover.built("wheels"), topics=TOPICS + GPU_TOPICS)


def as_root(lines):
    return f"USER root\n{lines}\nUSER 1000:1000"


def test_the_image_itself_passes(sound):
    assert failed(sound) == {}
    for name in ("cuda.torch_computes_on_gpus", "cuda.code_covers_the_fleet"):
        assert sound[name].outcome == "passed"
    assert "sm_90" in sound["cuda.code_covers_the_fleet"].measured
    assert "PTX for sm_75, sm_90" in sound["cupy.compiles_without_a_gpu"].measured
    assert sound["health.uses_the_device_it_was_given"].outcome == "passed"


def test_what_needs_a_gpu_is_a_skip_with_its_reason(sound):
    gpu = {name: proof for name, proof in sound.items() if name.startswith("gpu")}
    assert len(gpu) >= 10
    assert {(proof.outcome, proof.reason) for proof in gpu.values()} == {
        ("skipped", "no GPU in this test")
    }


def test_the_drivers_library_may_be_missing_and_says_why(sound):
    notes = [note for note in sound["libraries.resolve"].notes if "libcuda.so.1" in note]
    assert notes == [notes[0]]
    assert "belongs to the host" in notes[0]


def test_faults_fail_their_checks_and_no_other(prover):
    """Headers, kernel cache, a base that refuses a driver, a GPU that nothing is compiled for."""
    broken = prover.variant(
        "wheels",
        as_root(f"RUN rm {PACKAGES}/nvidia/cuda_runtime/include/vector_types.h")
        + "\nENV CUPY_CACHE_DIR=/nowhere NVIDIA_REQUIRE_CUDA=cuda>=12.6",
    )
    fleet = prover.built("wheels").image.fleet
    gpus = (*fleet.gpus, "sm_100")
    declared = type(fleet)(drivers=">=535", gpus=gpus)
    found = failed(prover.check(broken, topics=TOPICS, fleet=declared))
    assert set(found) == {
        "cupy.compiles_without_a_gpu",
        "cupy.keeps_its_kernels",
        "cuda.requirement_accepts_the_fleet",
        "cuda.code_covers_the_fleet",
    }
    assert "cannot open source file" in found["cupy.compiles_without_a_gpu"]
    assert "/nowhere cannot be written" in found["cupy.keeps_its_kernels"]
    assert "driver 535 is refused" in found["cuda.requirement_accepts_the_fleet"]
    assert "no code for sm_100" in found["cuda.code_covers_the_fleet"]


def test_an_image_without_the_loaders_path_fails_although_torch_works(prover):
    broken = prover.variant(
        "wheels", as_root("RUN rm /etc/ld.so.conf.d/imagewright-wheels.conf && ldconfig")
    )
    found = failed(prover.check(broken, topics=TOPICS))
    assert set(found) == {
        "cupy.finds_its_libraries",
        "cupy.compiles_without_a_gpu",
        "libraries.resolve",
    }
    assert "libcublas.so.12" in found["cupy.finds_its_libraries"]
    assert "libnvrtc.so.12" in found["cupy.compiles_without_a_gpu"]


def test_a_container_that_has_lost_its_gpu_fails(prover):
    """What a container looks like whose GPU was asked for and is not there."""
    found = failed(prover.check(prover.built("wheels"), topics=("health", *GPU_TOPICS), gpu=""))
    assert "computes on cpu" in found.pop("health.uses_the_device_it_was_given")
    assert {name.partition(".")[0] for name in found} == set(GPU_TOPICS)
    assert len(found) >= 10
    for reason in found.values():
        assert "no GPU in the container: the driver's library" in reason
