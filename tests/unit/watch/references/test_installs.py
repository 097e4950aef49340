"""What a Dockerfile installs on its base, as far as it is plainly written."""

import pytest

from tests.unit.watch.references.conftest import Scan

INDEX = "https://download.pytorch.org/whl/cu126"


@pytest.mark.parametrize(
    ("run", "installs", "indexes"),
    [
        ("RUN pip install torch==2.7.1", ("torch==2.7.1",), ()),
        ("RUN pip3 install 'torch>=2.2,<3' flask", ("torch<3,>=2.2",), ()),
        (f"RUN pip install --index-url {INDEX} torch==2.7.1", ("torch==2.7.1+cu126",), (INDEX,)),
        (
            f"RUN pip install torch==2.7.1 --extra-index-url={INDEX}",
            ("torch==2.7.1+cu126",),
            (INDEX,),
        ),
        (f"RUN pip install -i {INDEX} torch torchvision", ("torch", "torchvision"), (INDEX,)),
        ("RUN pip install torch==2.2.0+cu121", ("torch==2.2.0+cu121",), ()),
        ("RUN uv pip install --system cupy-cuda12x==13.4.1", ("cupy-cuda12x==13.4.1",), ()),
        ("RUN uv add numpy==2.2.0", ("numpy==2.2.0",), ()),
        ("RUN python3 -m pip install -r r.txt onnx", ("onnx",), ()),
        (
            "RUN /opt/venv/bin/pip install \\\n  # why\n  torch==2.7.1 \\\n  && echo torch==9",
            ("torch==2.7.1",),
            (),
        ),
        ('RUN ["pip", "install", "torch==2.7.1"]', ("torch==2.7.1",), ()),
        (
            "RUN <<EOF\n# pip install torch==1\napt-get update\npip install torch==2.7.1\nEOF",
            ("torch==2.7.1",),
            (),
        ),
        (
            "RUN apt-get update && apt-get install -y python3.11 python3.11-venv",
            ("python==3.11",),
            (),
        ),
        ("RUN uv venv --python 3.12 /v", ("python==3.12",), ()),
        ("RUN uv python install 3.12.4", ("python==3.12.4",), ()),
        (
            "RUN conda install -y -c pytorch pytorch=2.2.0 python=3.11",
            ("torch==2.2.0", "python==3.11"),
            (),
        ),
        ("ARG T=2.7.1\nRUN pip install torch==${T}", ("torch==2.7.1",), ()),
        ("ENV T=2.7.1 U=1\nRUN pip install torch==$T", ("torch==2.7.1",), ()),
        ("ARG T\nRUN pip install torch==$T numpy", ("numpy",), ()),
        ("RUN pip install torch>=2.2", ("torch",), ()),
        ("RUN echo pip install torch", (), ()),
        ("RUN pip download torch", (), ()),
        ("RUN pip install 'torch' \"it's", ("torch",), ()),
    ],
)
def test_what_is_plainly_written(
    scan: Scan, run: str, installs: tuple[str, ...], indexes: tuple[str, ...]
) -> None:
    (reference,) = scan({"Dockerfile": f"FROM nvidia/cuda:12.6.3-base\n{run}\n"}).references
    assert (reference.installs, reference.indexes) == (installs, indexes)


def test_a_base_answers_for_all_stages_that_continue_it(scan: Scan) -> None:
    text = """\
ARG T=2.7.1
FROM a:1 AS base
ARG T
ENV N=2.2.0
FROM base AS train
RUN pip install torch==$T
FROM train
RUN pip install numpy==$N
FROM b:1
RUN pip install onnx
"""
    first, second = scan({"Dockerfile": text}).references
    assert first.installs == ("torch==2.7.1", "numpy==2.2.0")
    assert second.installs == ("onnx",)
