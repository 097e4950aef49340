"""Templates become Dockerfiles, and a broken one is named with its line."""

import pytest

from validation.errors import BadInput
from validation.render.dockerfile import render_dockerfile, version_axes


def test_template_sees_image_and_axes(image):
    text = render_dockerfile(
        image, {"distro.Dockerfile.j2": "FROM {{ image.base }}\n# {{ axes | length }}\n"}
    )
    assert text == "FROM debian:12-slim\n# 5\n"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("FROM x\n{{ nothing }}\n", "templates/distro.Dockerfile.j2:2: 'nothing' is undefined"),
        ("FROM x\n\n{% if %}", "templates/distro.Dockerfile.j2:3: "),
        ("{{ image.nothing }}", "templates/distro.Dockerfile.j2:1: "),
        ("{% include 'gone.j2' %}", "templates/distro.Dockerfile.j2:1: "),
    ],
)
def test_broken_template_is_named_with_its_line(image, source, message):
    with pytest.raises(BadInput) as caught:
        render_dockerfile(image, {"distro.Dockerfile.j2": source})
    assert caught.value.what.startswith(message)


def test_error_inside_a_macro_names_the_macro_file(image):
    templates = {
        "distro.Dockerfile.j2": '{% import "macros.j2" as m with context %}\n{{ m.broken() }}',
        "macros.j2": "{% macro broken() %}\n\n{{ nothing }}{% endmacro %}",
    }
    with pytest.raises(BadInput, match=r"^templates/macros\.j2:3: "):
        render_dockerfile(image, templates)


def test_missing_template_says_where_to_write_it(image):
    with pytest.raises(BadInput, match=r"no template templates/distro\.Dockerfile\.j2"):
        render_dockerfile(image, {})


def test_axes_are_those_that_the_image_has(image):
    assert version_axes(image) == {
        "family": "cpu", "variant": "cpu", "torch": "2.13.0", "python": "3.11", "os": "debian12",
    }  # fmt: skip
