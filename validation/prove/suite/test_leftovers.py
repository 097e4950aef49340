"""What a build needs and an image does not."""

import pytest
from testinfra.host import Host

from validation.model import Image
from validation.prove.layers import Remains
from validation.prove.suite.given import brings_tools

_TOOLS = (
    "gcc",
    "cc",
    "g++",
    "clang",
    "make",
    "cmake",
    "ninja",
    "ld",
    "pip",
    "pip3",
    "uv",
    "uvx",
    "conda",
    "nvcc",
)


def test_no_caches(remains: Remains, not_read: str) -> None:
    """No layer holds a cache of pip, uv or apt, nor files in /tmp: they cost every pull."""
    shown = ", ".join(remains.caches[:5])
    assert not remains.caches, f"{len(remains.caches)} cached files, such as {shown}"
    if not_read:
        pytest.skip(not_read)
    assert remains.files > 0, "the layers held no file: nothing was looked at"


def test_no_build_tools(host: Host, image: Image) -> None:
    """Neither compilers nor installers are in the image: an attacker inside finds no help."""
    if brings_tools(image):
        pytest.skip(f"a {image.flavor or image.source} base brings its build tools by design")
    places = "/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    found = [tool for tool in _TOOLS if host.run("PATH=%s command -v %s", places, tool).rc == 0]
    assert not found, f"found {', '.join(found)}"
