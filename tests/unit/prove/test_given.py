"""What the suite imports in an image."""

import msgspec

from validation.prove.suite.given import modules_of


def test_what_is_declared_is_imported_by_its_own_name(image):
    wanted = msgspec.structs.replace(
        image,
        torch="2.7.1",
        cupy="13.6.0",
        requirements=("torch==2.7.1", "cupy-cuda12x==13.6.0", "prometheus-client", "PyYAML>=6"),
    )
    assert modules_of(wanted) == ["torch", "cupy", "prometheus_client", "yaml"]


def test_a_torch_that_the_base_brings_is_imported_though_nothing_requires_it(image):
    base = msgspec.structs.replace(image, torch="2.11.0", cupy=None, requirements=("fastapi",))
    assert modules_of(base) == ["torch", "fastapi"]


def test_wheels_of_libraries_and_headers_have_nothing_to_import(image):
    headers = ("nvidia-cuda-runtime-cu12==12.6.77", "uvicorn[standard]")
    wanted = msgspec.structs.replace(image, torch=None, cupy=None, requirements=headers)
    assert modules_of(wanted) == ["uvicorn"]
