"""The shipped templates: what each kind of base gets, and what it must never get."""

import re
from pathlib import Path

import msgspec
import pytest

from validation.model import Image
from validation.render.dockerfile import render_dockerfile

ROOT = Path(__file__).parents[3]
TEMPLATES = {path.name: path.read_text("utf-8") for path in (ROOT / "templates").glob("*.j2")}
SHIPPED = {
    path.parent.name: msgspec.json.decode(
        msgspec.json.encode(msgspec.json.decode(path.read_bytes())["image"]), type=Image
    )
    for path in (ROOT / "images").glob("*/image.json")
}


def text_of(image, **changes):
    return render_dockerfile(msgspec.structs.replace(image, **changes), TEMPLATES)


def of(family, **axes):
    """Return the shipped image of a family that has these values."""
    return next(
        image
        for image in SHIPPED.values()
        if image.family == family and all(getattr(image, k) == v for k, v in axes.items())
    )


@pytest.mark.parametrize("image", SHIPPED.values(), ids=SHIPPED)
def test_no_template_writes_a_version_of_its_own(image):
    other = text_of(image, python="9.9", torch=image.torch and "8.8.8")
    assert f"python{image.python}" not in other
    if image.torch:
        assert f"torch {image.torch}" not in re.sub(r"--mount=\S+", "", other).replace(image.id, "")


def test_a_python_that_the_system_lacks_is_fetched_by_the_pinned_uv():
    own, fetched = of("train", python="3.10", flavor="base"), of("train", python="3.11")
    assert "apt-get install --yes --no-install-recommends ca-certificates python3.10\n" in text_of(
        own
    )
    assert "uv python install" not in text_of(own)
    text = text_of(fetched)
    assert "uv python install --no-cache --no-bin 3.11\n" in text
    assert "--managed-python --python 3.11 /opt/venv" in text
    assert "apt-get install --yes --no-install-recommends python3-venv\n" in text
    assert "python3.11" not in text.replace("/python3.11/site-packages", "")


def test_devel_gets_the_headers_that_extensions_are_compiled_with():
    assert "python3.10-dev" in text_of(of("train", flavor="devel"))
    assert "-dev" not in text_of(of("train", flavor="base", python="3.10")).replace("/dev", "")


@pytest.mark.parametrize("image", SHIPPED.values(), ids=SHIPPED)
def test_the_service_starts_in_a_folder_that_its_user_cannot_write(image):
    folders = re.findall(r"^WORKDIR (.+)$", text_of(image), re.M)
    assert folders[-1] == "/opt/imagewright"


def test_the_reason_stands_in_the_dockerfile():
    text = text_of(of("legacy"))
    assert "\n# Because: the base that the service ran on" in text
    assert "\nARG BASE=nvidia/cuda:12.1.0-runtime-ubuntu22.04\n" in text
    assert "# Because" not in text_of(of("cpu"))


def test_a_hosts_file_system_has_no_default_base_and_needs_no_archive_or_installer():
    text = text_of(of("rootfs"))
    assert "\nARG BASE\n" in text
    assert "apt-get" not in text
    assert "uv python" not in text
    assert "FROM os AS installer" not in text


@pytest.mark.parametrize("family", ["ngc", "rootfs"])
def test_a_base_that_brings_torch_protects_what_it_has(family):
    text = text_of(of(family))
    assert "PIP_CONSTRAINT=/opt/imagewright/constraints.txt" in text
    assert "UV_CONSTRAINT=/opt/imagewright/constraints.txt" in text
    assert "torch.lock" not in text
    assert "PIP_CONSTRAINT" not in text_of(of("wheels"))


def test_a_user_that_the_system_has_already_makes_room():
    assert 'userdel "${old%%:*}"' in text_of(of("train", os="ubuntu24.04"))
    assert "userdel" not in text_of(of("cpu"))  # Debian has none


def test_the_loader_is_told_only_where_something_opens_libraries_by_name():
    wheels = of("wheels", cupy="13.6.0")
    line = "/opt/venv/lib/python3.11/site-packages/nvidia/*/lib > /etc/ld.so.conf.d/"
    assert line in text_of(wheels)
    assert "ldconfig\n" not in text_of(of("wheels", cupy="14.2.0"))
    assert "LD_LIBRARY_PATH" not in text_of(wheels)


def test_images_of_one_torch_say_the_same_of_its_layer():
    """Equal steps are one layer; the folder of the lock differs, and BuildKit reads its content."""
    one = of("train", cuda="12.6", python="3.10", flavor="base")
    other = msgspec.structs.replace(one, id="other", cupy=None, loader_path=False)

    def torch_step(image):
        text = text_of(image)
        start = text.index("RUN", text.index("# torch and what it needs"))
        return text[start : text.index("\nSH\n", start)].replace(image.id, "ID")

    assert torch_step(one) == torch_step(other)
