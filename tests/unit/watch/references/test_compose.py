"""Compose files: images, builds with their args, and the files that they lead to."""

import pytest

from tests.unit.watch.references.conftest import Scan, images, told
from validation.watch.references import ScanOptions

DOCKERFILE = "ARG CUDA=12.1.0\nARG OS=ubuntu22.04\nFROM nvidia/cuda:${CUDA}-base-${OS}\n"


def test_compose_images_with_variables_from_the_env_file_beside(scan: Scan) -> None:
    result = scan({
        "deploy/compose.yaml": """\
services:
  a: {image: "nvidia/cuda:${CUDA}-base"}
  b:
    image: debian:${DEBIAN:-12}
    platform: linux/arm64
  c: {image: "x:${UNSET}"}
  d: {image: "y:1$$x"}
  e: {image: "z:${NAME-}${OTHER:+t}1"}
""",
        "deploy/.env": "# c\nexport MAJOR=12\nCUDA=\"${MAJOR}.6.3\" # why\nNAME='q$'\n",
        ".env": "UNSET=no\n",
    })  # fmt: skip
    assert told(result) == [
        ("deploy/compose.yaml", 2, "nvidia/cuda:12.6.3-base", "compose image"),
        ("deploy/compose.yaml", 4, "debian:12", "compose image"),
        ("deploy/compose.yaml", 6, "?UNSET", "compose image"),
    ]
    assert result.references[0].how == "CUDA, deploy/.env line 3"
    assert result.references[1].how == "default in ${DEBIAN:-}"
    assert result.references[1].platform == "linux/arm64"
    assert ["not an image reference" in one.message for one in result.problems] == [True, True]


def test_compose_environment_of_a_person_wins_over_the_env_file(scan: Scan) -> None:
    files = {"compose.yml": "services: {a: {image: 'a:$T'}}", ".env": "T=1"}
    assert images(scan(files, options=ScanOptions(environment={"T": "2"}))) == ["a:2"]


def test_compose_build_args_feed_the_dockerfile(scan: Scan) -> None:
    result = scan({
        "docker-compose.yml": """\
x-args: &args
  OS: ubuntu24.04
services:
  train:
    build:
      context: ./app
      dockerfile: gpu/Dockerfile
      args:
        <<: *args
        CUDA: ${CUDA:-12.6.3}
  listed:
    build:
      context: app
      dockerfile: gpu/Dockerfile
      args: ["CUDA=12.8.1", OS]
  plain:
    image: mine:1
    build: .
  user: {image: "mine:1"}
""",
        "app/gpu/Dockerfile": DOCKERFILE,
        "Dockerfile": "FROM debian:12\n",
    })  # fmt: skip
    assert told(result) == [
        ("Dockerfile", 1, "debian:12", "FROM"),
        ("app/gpu/Dockerfile", 3, "nvidia/cuda:12.1.0-base-ubuntu22.04", "FROM"),
        ("app/gpu/Dockerfile", 3, "nvidia/cuda:12.6.3-base-ubuntu24.04", "FROM"),
        ("app/gpu/Dockerfile", 3, "nvidia/cuda:12.8.1-base-ubuntu22.04", "FROM"),
    ]
    fed = result.references[2]
    assert fed.how == (
        "build arg CUDA, docker-compose.yml line 10 (default in ${CUDA:-}); default in ${CUDA:-}; "
        "build arg OS, docker-compose.yml line 2"
    )
    assert not result.problems


def test_a_dockerfile_that_only_compose_leads_to_is_read_with_its_args_alone(scan: Scan) -> None:
    files = {
        "compose.yaml": "services: {a: {build: {context: ., args: {CUDA: 12.6.3}}}}",
        "Dockerfile": DOCKERFILE,
    }
    assert images(scan(files, "compose.yaml")) == ["nvidia/cuda:12.6.3-base-ubuntu22.04"]


def test_an_arg_without_default_is_resolved_by_who_builds_it(scan: Scan) -> None:
    dockerfile = "ARG CUDA\nFROM nvidia/cuda:$CUDA-base\n"
    compose = "services: {a: {build: {args: {CUDA: 12.6.3}}}}"
    assert images(scan({"Dockerfile": dockerfile})) == ["?CUDA"]
    assert images(scan({"compose.yaml": compose})) == ["nvidia/cuda:12.6.3-base"]


def test_compose_inline_dockerfile_keeps_its_lines(scan: Scan) -> None:
    result = scan({
        "compose.yaml": """\
services:
  a:
    build:
      args: {A: "12"}
      dockerfile_inline: |

        ARG A
        FROM debian:$$A
        COPY --from=busybox:1 a b
  b:
    build:
      dockerfile_inline: "FROM debian:${T}\\nRUN x\\n"
""",
        ".env": "T=13",
    })  # fmt: skip
    assert told(result) == [
        ("compose.yaml", 8, "debian:12", "FROM"),
        ("compose.yaml", 9, "busybox:1", "COPY --from"),
        ("compose.yaml", 12, "debian:13", "FROM"),
    ]


def test_compose_contexts_that_are_images(scan: Scan) -> None:
    result = scan({
        "compose.yaml": """\
services:
  a:
    build:
      context: .
      additional_contexts:
        base: docker-image://debian:12
        data: ./data
""",
        "Dockerfile": "FROM base\nCOPY --from=data x y\nCOPY --from=busybox:1 x y\n",
    })  # fmt: skip
    assert images(result) == ["busybox:1", "debian:12"]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        ("{context: ../outside, dockerfile: D}", "outside of the repository"),
        ("{dockerfile: gone.Dockerfile}", "which is not there"),
        ("{context: $WHERE}", "hangs on WHERE"),
    ],
)
def test_a_build_that_cannot_be_followed_is_told(scan: Scan, build: str, message: str) -> None:
    result = scan({"a/compose.yaml": f"services:\n  a:\n    build: {build}\n"}, "a")
    if "outside" in build:
        result = scan({"compose.yaml": f"services:\n  a:\n    build: {build}\n"}, "compose.yaml")
    (problem,) = result.problems
    assert message in problem.message
    assert problem.place.line == 3


def test_a_remote_build_is_no_business_of_this_repository(scan: Scan) -> None:
    result = scan({"compose.yaml": "services: {a: {build: 'https://example.org/x.git'}}"})
    assert not result.references
    assert not result.problems
