"""Compose files that lead to others: extends, include, override files, and whose .env counts."""

import pytest

from tests.unit.watch.references.conftest import Scan, images, told

DOCKERFILE = "ARG CUDA=12.1.0\nFROM nvidia/cuda:${CUDA}-base-ubuntu22.04\n"


def cuda(*versions: str) -> list[str]:
    return [f"nvidia/cuda:{version}-base-ubuntu22.04" for version in versions]


def test_an_extended_file_of_any_name_is_read(scan: Scan) -> None:
    result = scan({
        "compose.yaml": "services:\n  a: {extends: {file: base/common.yml, service: b}}\n",
        "base/common.yml": "services:\n  b: {image: 'x/y:${TAG}'}\n",
        ".env": "TAG=1\n",
    })  # fmt: skip
    assert told(result) == [("base/common.yml", 2, "x/y:1", "compose image")]


@pytest.mark.parametrize("service", ["{file: common.yml, service: b}", "b"])
def test_args_of_a_service_lie_over_those_that_it_extends(scan: Scan, service: str) -> None:
    base = "  b: {build: {context: ctx, args: {CUDA: 12.2.2, X: 1}}}\n"
    own = f"services:\n  a: {{extends: {service}, build: {{args: {{CUDA: 12.6.3}}}}}}\n"
    files: dict[str, str | bytes] = {"ctx/Dockerfile": DOCKERFILE}
    if service == "b":
        files["compose.yaml"] = own + base
    else:
        files |= {"compose.yaml": own, "common.yml": "services:\n" + base}
    assert images(scan(files, "compose.yaml")) == cuda("12.2.2", "12.6.3")


def test_an_override_lies_over_the_file_beside_it(scan: Scan) -> None:
    result = scan({
        "compose.yaml": """\
services:
  a: {build: {context: ctx, dockerfile: D}}
  b: {image: c:1}
""",
        "compose.override.yaml": """\
services:
  a: {image: mine/a:dev, build: {args: [CUDA=12.6.3]}}
  b: {image: c:2}
""",
        "ctx/D": DOCKERFILE,
    })  # fmt: skip
    assert sorted(images(result)) == ["c:1", "c:2", *cuda("12.1.0", "12.6.3")]
    assert not result.problems


def test_an_image_over_a_build_is_its_result_and_no_base(scan: Scan) -> None:
    result = scan({
        "docker-compose.yml": "services:\n  a: {build: .}\n",
        "docker-compose.override.yml": "services:\n  a: {image: mine/a:dev}\n",
        "Dockerfile": DOCKERFILE,
    })  # fmt: skip
    assert images(result) == cuda("12.1.0")


def test_an_inline_dockerfile_takes_the_args_of_who_extends_it(scan: Scan) -> None:
    inline = "    build:\n      dockerfile_inline: |\n        ARG A=1\n        FROM x:$$A\n"
    text = f"services:\n  b:\n{inline}  a: {{extends: b, build: {{args: {{A: 2}}}}}}\n"
    assert told(scan({"compose.yaml": text})) == [
        ("compose.yaml", 6, "x:1", "FROM"),
        ("compose.yaml", 6, "x:2", "FROM"),
    ]


INCLUDED = "services:\n  b: {image: 'x/y:${TAG}-${OWN}'}\n"


@pytest.mark.parametrize(
    ("entry", "tag"),
    [
        ("sub/db.yml", "outer-beside"),
        ("{path: sub/db.yml}", "outer-beside"),
        ("{path: [sub/db.yml], env_file: other.env}", "outer-other"),
        ("{path: sub/db.yml, env_file: [gone.env, other.env]}", "outer-other"),
    ],
)
def test_an_included_file_has_variables_of_its_own(scan: Scan, entry: str, tag: str) -> None:
    result = scan({
        "compose.yaml": f"include:\n  - {entry}\nservices: {{}}\n",
        "sub/db.yml": INCLUDED,
        "sub/.env": "TAG=inner\nOWN=beside\n",
        "other.env": "OWN=other\n",
        ".env": "TAG=outer\n",
    })  # fmt: skip
    assert told(result) == [("sub/db.yml", 2, f"x/y:{tag}", "compose image")]


def test_the_env_file_of_a_service_feeds_no_variable(scan: Scan) -> None:
    result = scan({
        "compose.yaml": "services:\n  a: {image: 'x:${TAG}', env_file: a.env}\n",
        "a.env": "TAG=1\n",
    })  # fmt: skip
    assert images(result) == ["?TAG"]


@pytest.mark.parametrize(
    "text",
    [
        "services: {a: {extends: a}}",
        "services: {a: {extends: b}, b: {extends: a}}",
        "include: [compose.yaml, ./compose.yaml]\nservices: {a: {image: x:1}}",
        "services: {a: {extends: {file: compose.yaml, service: a}, image: x:1}}",
        "services: {a: {extends: [1, {}]}}\ninclude: {a: {path: {}}}",
    ],
)
def test_circles_end(scan: Scan, text: str) -> None:
    assert set(images(scan({"compose.yaml": text}))) <= {"x:1"}


@pytest.mark.parametrize("path", ["../outside.yml", "gone.yml", "/etc/passwd", "${NOPE}.yml"])
def test_a_file_that_is_not_there_is_told(scan: Scan, path: str) -> None:
    files: dict[str, str | bytes] = {
        "compose.yaml": f"include: ['{path}']\nservices:\n  a: {{image: x:1}}\n"
    }
    result = scan(files)
    assert images(result) == ["x:1"]
    assert [one.place.line for one in result.problems] == [1]
