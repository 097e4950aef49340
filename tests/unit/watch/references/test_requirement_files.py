"""Requirements files that a Dockerfile copies and installs are read where they lie."""

import pytest

from tests.unit.watch.references.conftest import Scan
from validation.watch.references.requirement_files import read_requirements

INDEX = "https://download.pytorch.org/whl/cu121"
BASE = "FROM nvidia/cuda:12.1.0-base-ubuntu22.04\n"
PINS = f"""\
# comment
--index-url {INDEX}
torch==2.2.0 \\
    --hash=sha256:0
numpy==1.26.4 ; python_version >= "3.9"
onnx==1.15.0 ; sys_platform == 'win32'
-r more.txt
"""


def installed(scan: Scan, text: str, files: dict[str, str | bytes], place: str = "a") -> object:
    result = scan({f"{place}/Dockerfile": BASE + text, **files})
    (reference,) = [one for one in result.references if one.where == "FROM"]
    return reference.installs, reference.requirement_files


@pytest.mark.parametrize(
    "text",
    [
        "COPY r.txt .\nRUN pip install -r r.txt\n",
        "COPY r.txt /tmp/\nRUN pip install --requirement=/tmp/r.txt\n",
        "WORKDIR /app\nCOPY . .\nRUN pip install -rr.txt\n",
        "WORKDIR /srv\nWORKDIR app\nCOPY . /srv/app\nRUN pip install -r /srv/app/r.txt\n",
        "COPY r.txt /x/named.txt\nWORKDIR /x\nRUN uv pip sync named.txt\n",
        'COPY ["r.txt", "other", "/x/"]\nRUN uv pip install --system -r /x/r.txt\n',
        "ARG D=/deps\nCOPY r.txt $D/\nRUN pip3 install -r ${D}/r.txt\n",
        "RUN --mount=type=bind,source=r.txt,target=/t/r.txt pip install -r /t/r.txt\n",
        "RUN --mount=type=bind,target=. <<EOF\npip install -r r.txt\nEOF\n",
        "ADD r.txt /\nRUN cd / && pip install --no-cache-dir -r /r.txt\n",
    ],
)
def test_a_copied_file_is_followed(scan: Scan, text: str) -> None:
    found = installed(scan, text, {"a/r.txt": "torch==2.2.0\n"})
    assert found == (("torch==2.2.0",), ("a/r.txt",))


def test_its_index_says_the_variant_and_markers_count(scan: Scan) -> None:
    files: dict[str, str | bytes] = {"a/req/r.txt": PINS, "a/req/more.txt": "cupy-cuda12x==13.6.0"}
    found = installed(scan, "COPY req/ /req/\nRUN pip install -r /req/r.txt\n", files)
    requirements = ("torch==2.2.0+cu121", "numpy==1.26.4", "cupy-cuda12x==13.6.0")
    assert found == (requirements, ("a/req/r.txt", "a/req/more.txt"))


@pytest.mark.parametrize(
    "text",
    [
        "RUN pip install -r r.txt\n",
        "COPY --from=other r.txt .\nRUN pip install -r r.txt\n",
        "COPY r.txt /x/\nRUN pip install -r /y/r.txt\n",
        "COPY ../../outside.txt r.txt\nRUN pip install -r r.txt\n",
        "COPY $NOPE .\nRUN pip install -r r.txt\n",
        "COPY r.* .\nRUN pip install -r r.txt\n",
        "COPY r.txt .\nRUN pip install -c r.txt\n",
    ],
)
def test_what_is_not_plainly_there_is_not_guessed(scan: Scan, text: str) -> None:
    assert installed(scan, text, {"a/r.txt": "torch==2.2.0\n"}) == ((), ())


def test_the_context_is_who_builds_says_else_beside_else_the_root(scan: Scan) -> None:
    text = "COPY r.txt .\nRUN pip install -r r.txt\n"
    compose = "services: {a: {build: {context: ctx, dockerfile: ../a/Dockerfile}}}\n"
    files: dict[str, str | bytes] = {"r.txt": "torch==2.1.0\n"}
    assert installed(scan, text, files) == (("torch==2.1.0",), ("r.txt",))
    files |= {"ctx/r.txt": "torch==2.3.0\n", "compose.yaml": compose}
    result = scan({"b/Dockerfile": BASE + text, **files}, "compose.yaml")
    assert [one.installs for one in result.references] == [("torch==2.3.0",)]


def test_files_that_include_each_other_end(scan: Scan) -> None:
    files: dict[str, str | bytes] = {"a/r.txt": "-r r.txt\n-r s.txt\n", "a/s.txt": "-r r.txt\nonnx"}
    found = installed(scan, "COPY . .\nRUN pip install -r r.txt\n", files)
    assert found == (("onnx",), ("a/r.txt", "a/s.txt"))


def test_a_child_stage_has_what_its_parent_copied(scan: Scan) -> None:
    text = "WORKDIR /w\nCOPY r.txt .\nFROM 0 AS x\n"
    result = scan({
        "Dockerfile": BASE.replace("\n", " AS one\n") + text.replace("FROM 0", "FROM one")
        + "RUN pip install -r r.txt\n",
        "r.txt": "torch==2.2.0",
    })  # fmt: skip
    assert [one.installs for one in result.references] == [("torch==2.2.0",)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a==1 # b", ("a==1",)),
        ("a==1#b", ("a==1#b",)),
        ("# a \\\nb", ("b",)),
        ("a \\\n ==1", ("a   ==1",)),
        ("-e .\n--no-binary x\n./local\n", ("./local",)),
        ("-r 'unclosed\n-i\n", ()),
        ("a; ((", ("a",)),
    ],
)
def test_lines_are_read_as_pip_reads_them(text: str, wanted: tuple[str, ...]) -> None:
    assert read_requirements(text).wanted == wanted
