"""Pages of simple indexes in the shapes that real ones serve."""

import json

import pytest

from validation.net.answers import Answer, Refused
from validation.net.simple_page import JSON, parse_page

BASE = "https://index.example/whl/cu126/torch/"


def html(text: str, base: str = BASE, kind: str = "text/html; charset=utf-8"):
    answer = Answer(url=base, status=200, headers={"content-type": kind}, body=text.encode())
    return parse_page("torch", answer).files


def json_page(files, version="1.1", **more):
    page = {"meta": {"api-version": version}, "name": "torch", "files": files, **more}
    headers = {"content-type": f"{JSON}; charset=utf-8"}
    answer = Answer(url=BASE, status=200, headers=headers, body=json.dumps(page).encode())
    return parse_page("torch", answer).files


def test_json_file_in_full():
    (file,) = json_page(
        [
            {
                "filename": "torch-2.6.0-cp311-cp311-manylinux1_x86_64.whl",
                "url": "https://files.example/ab/torch-2.6.0-cp311-cp311-manylinux1_x86_64.whl",
                "hashes": {"sha256": "ab"},
                "requires-python": ">=3.9.0",
                "size": 766700000,
                "upload-time": "2025-01-29T16:24:21.123456Z",
                "yanked": False,
                "core-metadata": {"sha256": "cd"},
                "dist-info-metadata": {"sha256": "cd"},
            }
        ]
    )
    assert file.requires_python == ">=3.9.0"
    assert file.uploaded == "2025-01-29T16:24:21.123456Z"
    assert (file.metadata, file.metadata_sha256) == (True, "cd")
    assert not file.yanked


def test_json_file_with_nothing_but_a_name():
    (file,) = json_page(
        [{"filename": "torch-2.0.0.tar.gz", "url": "../../f/torch-2.0.0.tar.gz", "hashes": {}}]
    )
    assert file.url == "https://index.example/whl/f/torch-2.0.0.tar.gz"
    assert file.requires_python is file.uploaded is file.metadata is None


@pytest.mark.parametrize(
    ("said", "yanked", "reason"),
    [(False, False, ""), (True, True, ""), ("broken", True, "broken"), ("", False, "")],
)
def test_json_yanked(said, yanked, reason):
    (file,) = json_page([{"filename": "a-1.zip", "url": "a", "yanked": said}])
    assert (file.yanked, file.yanked_reason) == (yanked, reason)


@pytest.mark.parametrize(
    ("more", "offered"),
    [({"core-metadata": False}, False), ({"dist-info-metadata": True}, True), ({}, None)],
)
def test_json_metadata_offered(more, offered):
    (file,) = json_page([{"filename": "a-1.zip", "url": "a", **more}])
    assert file.metadata is offered


def test_html_of_pytorch():
    files = html(
        """<!DOCTYPE html><html><body><h1>Links for torch</h1>
        <a href="/whl/cu126/torch-2.6.0%2Bcu126-cp313-cp313t-linux_x86_64.whl#sha256=ab"
           data-dist-info-metadata="sha256=cd" data-core-metadata="sha256=cd"
           >torch-2.6.0+cu126-cp313-cp313t-linux_x86_64.whl</a><br/>
        <a href="torch-2.0.0-1-cp38-cp38-manylinux2014_aarch64.whl">a build tag</a>
        </body></html>"""
    )
    assert [file.filename for file in files] == [
        "torch-2.6.0+cu126-cp313-cp313t-linux_x86_64.whl",
        "torch-2.0.0-1-cp38-cp38-manylinux2014_aarch64.whl",
    ]
    assert files[0].url == (
        "https://index.example/whl/cu126/torch-2.6.0%2Bcu126-cp313-cp313t-linux_x86_64.whl"
    )
    assert (files[0].metadata, files[0].metadata_sha256) == (True, "cd")
    assert files[1].url == f"{BASE}torch-2.0.0-1-cp38-cp38-manylinux2014_aarch64.whl"
    assert files[1].requires_python is files[1].uploaded is files[1].metadata is None


def test_html_entities_and_absolute_links_to_another_host():
    (file,) = html(
        '<a href="https://cdn.example/f/torch-2.0.0.tar.gz?a=1&amp;b=2#sha256=ab" '
        'data-requires-python="&gt;=3.8&#44;&lt;3.12" data-yanked="it&#39;s &quot;bad&quot;">x</a>'
    )
    assert file.url == "https://cdn.example/f/torch-2.0.0.tar.gz?a=1&b=2"
    assert file.filename == "torch-2.0.0.tar.gz"
    assert file.requires_python == ">=3.8,<3.12"
    assert (file.yanked, file.yanked_reason) == (True, 'it\'s "bad"')


@pytest.mark.parametrize("mark", ['data-yanked=""', "data-yanked"])
def test_html_yanked_without_a_reason(mark):
    (file,) = html(f'<a href="a-1.zip" {mark}>a</a><a name="no-href">b</a>')
    assert (file.yanked, file.yanked_reason) == (True, "")


def test_html_base():
    (file,) = html('<base href="https://cdn.example/x/"><a href="a-1.zip">a</a>')
    assert file.url == "https://cdn.example/x/a-1.zip"


def test_html_without_any_link_is_an_empty_page():
    assert html("<html><body><h1>Links for torch</h1></body></html>") == ()


def test_html_by_its_own_type():
    assert html('<a href="a-1.zip">', kind="application/vnd.pypi.simple.v1+html")


@pytest.mark.parametrize("kind", ["", "application/octet-stream", "application/json"])
def test_other_types_are_no_index(kind):
    with pytest.raises(Refused, match="is no simple index"):
        html("{}", kind=kind)


def test_a_version_that_we_do_not_know():
    with pytest.raises(Refused, match=r"simple API 2\.0 is not 1\.x"):
        json_page([], version="2.0")
    with pytest.raises(Refused, match=r"simple API 2\.0 is not 1\.x"):
        html('<meta name="pypi:repository-version" content="2.0">')


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"{}", b'{"meta": {"api-version": "1.0"}, "files": [1]}', b"\xff"]
)
def test_broken_json(body):
    answer = Answer(url=BASE, status=200, headers={"content-type": JSON}, body=body)
    with pytest.raises(Refused, match="broken JSON of a simple index"):
        parse_page("torch", answer)
