"""An index is asked politely, and METADATA is read where it is."""

import hashlib
import io
import json
import zipfile

import pytest

from validation.errors import WorldFailed
from validation.net.answers import Refused
from validation.net.python_index import PythonIndex
from validation.net.simple_page import JSON
from validation.refresh.readings import ProjectFile

METADATA = b"Metadata-Version: 2.1\nName: Cupy_Cuda12x\nVersion: 14.2.0\nRequires-Dist: numpy<2.6\n"
WHEEL = "cupy_cuda12x-14.2.0-cp311-cp311-manylinux2014_x86_64.whl"


def wheel_file(served, **more) -> ProjectFile:
    return ProjectFile(filename=WHEEL, url=f"{served.url}/f/{WHEEL}", **more)


def wheel_bytes(metadata=METADATA, padding=0) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("cupy/.dist-info/METADATA", b"a file that only looks like it")
        wheel.writestr("cupy_cuda12x-14.2.0.dist-info/METADATA", metadata)
        wheel.writestr(zipfile.ZipInfo("cupy/big.so"), b"\0" * padding)
    return packed.getvalue()


def ranges_of(content, reply):
    """Answer as a server with ranges does (RFC 9110)."""

    def answer(headers):
        start, _, end = headers["Range"].removeprefix("bytes=").partition("-")
        if start:
            first, last = int(start), min(int(end), len(content) - 1)
        else:
            first, last = max(0, len(content) - int(end)), len(content) - 1
        span = f"bytes {first}-{last}/{len(content)}"
        return reply(content[first : last + 1], status=206, headers={"Content-Range": span})

    return answer


def test_json_is_asked_for_first_by_the_canonical_name(web, served, reply):
    page = {"meta": {"api-version": "1.0"}, "files": []}
    body = json.dumps(page).encode()
    served.routes["/simple/cupy-cuda12x/"] = reply(body, headers={"Content-Type": JSON})
    assert PythonIndex(web, f"{served.url}/simple/").project("CuPy_cuda12x").files == ()
    accept = served.requests[0][1]["Accept"]
    assert accept.split(",")[0] == JSON
    assert "text/html;q=0.01" in accept


def test_html_and_redirected_links_are_relative_to_where_the_page_is(web, served, reply):
    served.routes["/simple/onnx/"] = reply(status=301, headers={"Location": "/mirror/onnx/"})
    served.routes["/mirror/onnx/"] = reply(
        b'<a href="../f/onnx-1.0.zip">', headers={"Content-Type": "text/html"}
    )
    (file,) = PythonIndex(web, f"{served.url}/simple").project("onnx").files
    assert file.url == f"{served.url}/mirror/f/onnx-1.0.zip"


def test_no_such_project(web, served):
    with pytest.raises(Refused, match="/simple/onnx/: HTTP 404"):
        PythonIndex(web, f"{served.url}/simple").project("onnx")


@pytest.mark.parametrize("offered", [True, None])
def test_metadata_beside_the_wheel(web, served, reply, offered):
    served.routes[f"/f/{WHEEL}.metadata"] = reply(METADATA)
    found = PythonIndex(web, served.url).metadata(wheel_file(served, metadata=offered))
    assert found is not None
    assert (found.name, found.requires) == ("cupy-cuda12x", ("numpy<2.6",))


def test_metadata_with_another_hash_is_not_believed(web, served, reply):
    served.routes[f"/f/{WHEEL}.metadata"] = reply(METADATA)
    index = PythonIndex(web, served.url)
    right = hashlib.sha256(METADATA).hexdigest()
    assert index.metadata(wheel_file(served, metadata=True, metadata_sha256=right.upper()))
    with pytest.raises(WorldFailed, match="does not have the promised SHA-256"):
        index.metadata(wheel_file(served, metadata=True, metadata_sha256="0" * 64))


def test_metadata_of_another_release_is_not_believed(web, served, reply):
    served.routes[f"/f/{WHEEL}.metadata"] = reply(METADATA.replace(b"14.2.0", b"14.3.0"))
    with pytest.raises(WorldFailed, match=r"is of cupy-cuda12x 14\.3\.0"):
        PythonIndex(web, served.url).metadata(wheel_file(served))


def test_metadata_that_was_promised_and_is_not_there(web, served):
    with pytest.raises(Refused, match="HTTP 404"):
        PythonIndex(web, served.url).metadata(wheel_file(served, metadata=True))


@pytest.mark.parametrize("padding", [0, 700_000, 3_000_000])
def test_metadata_out_of_the_wheel_by_ranges(web, served, reply, padding):
    content = wheel_bytes(padding=padding)
    served.routes[f"/f/{WHEEL}"] = ranges_of(content, reply)
    found = PythonIndex(web, served.url).metadata(wheel_file(served, metadata=False))
    assert found is not None
    assert found.requires == ("numpy<2.6",)
    assert all(path == f"/f/{WHEEL}" for path in served.paths())
    assert len(served.requests) <= 3, "the padding was read too"


def test_a_server_without_ranges_and_a_wheel_that_fits(web, served, reply):
    served.routes[f"/f/{WHEEL}"] = reply(wheel_bytes())
    assert PythonIndex(web, served.url).metadata(wheel_file(served)) is not None


def test_a_server_without_ranges_and_a_large_wheel_is_unknown(web, served, reply):
    served.routes[f"/f/{WHEEL}"] = reply(wheel_bytes(padding=3_000_000))
    assert PythonIndex(web, served.url).metadata(wheel_file(served)) is None


def test_a_server_that_never_stops_being_asked_costs_a_bounded_amount(web, served, reply):
    tail = wheel_bytes()[-22:]  # an end record whose directory is said to lie far back
    lying = tail[:12] + (30_000_000).to_bytes(4, "little") + (0).to_bytes(4, "little") + tail[20:]
    content = b"\0" * 30_000_000 + lying
    served.routes[f"/f/{WHEEL}"] = ranges_of(content, reply)
    assert PythonIndex(web, served.url).metadata(wheel_file(served)) is None
    assert len(served.requests) < 20


@pytest.mark.parametrize("content", [b"no zip", b""])
def test_what_is_no_wheel_is_unknown(web, served, reply, content):
    served.routes[f"/f/{WHEEL}"] = reply(content)
    assert PythonIndex(web, served.url).metadata(wheel_file(served)) is None


def test_metadata_without_a_name_is_unknown(web, served, reply):
    served.routes[f"/f/{WHEEL}.metadata"] = reply(b"Summary: nothing\n")
    assert PythonIndex(web, served.url).metadata(wheel_file(served)) is None
