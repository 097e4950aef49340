"""Each kind of file beside Dockerfiles: what it names, where, and how that was resolved."""

import pytest

from tests.unit.watch.references.conftest import Scan, images, told
from validation.watch.references import ScanOptions
from validation.watch.references.kinds import is_dockerfile

DOCKERFILE = "ARG CUDA=12.1.0\nARG OS=ubuntu22.04\nFROM nvidia/cuda:${CUDA}-base-${OS}\n"


@pytest.mark.parametrize(
    "name",
    ["Dockerfile", "a/Dockerfile.gpu", "a/gpu.Dockerfile", "Containerfile", "Dockerfile-dev",
     "Dockerfile_cuda", "x.dockerfile", "Containerfile.dev", "dockerfile"],
)  # fmt: skip
def test_what_is_a_dockerfile(name: str) -> None:
    assert is_dockerfile(name)


@pytest.mark.parametrize(
    "name",
    ["Dockerfile.j2", "Dockerfile.dockerignore", "Dockerfile.md", "dockerfile.py", "Dockerfiles",
     "my-Dockerfile.txt.md", "Dockerfile~", "a.Dockerfile.j2", "Dockerfile.yaml"],
)  # fmt: skip
def test_what_is_none(name: str) -> None:
    assert not is_dockerfile(name)


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


def test_workflow_containers_services_and_matrices(scan: Scan) -> None:
    result = scan({
        ".github/workflows/ci.yml": """\
env: {IMG: "env:1"}
jobs:
  a:
    strategy:
      matrix:
        cuda: ["12.1.0", "12.6.3"]
        os: [ubuntu22.04, ubuntu24.04]
        exclude: [{cuda: "12.1.0", os: ubuntu24.04}]
        include:
          - {cuda: "12.6.3", suffix: -x}
          - {cuda: "13.0.3", os: ubuntu24.04}
    container: nvidia/cuda:${{ matrix.cuda }}-base-${{matrix.os}}
    services:
      db: {image: "postgres:16"}
  b:
    container: {image: "${{ env.IMG }}"}
    steps:
      - uses: docker://alpine:3
      - uses: actions/checkout@v4
  c:
    strategy: {matrix: {box: [{image: "debian:12"}, {image: ""}]}}
    container: ${{ matrix.box.image }}
  d:
    strategy: {matrix: "${{ fromJSON(inputs.m) }}"}
    container: ${{ matrix.image || 'x' }}
""",
    })  # fmt: skip
    file = ".github/workflows/ci.yml"
    assert told(result) == [
        (file, 12, "nvidia/cuda:12.1.0-base-ubuntu22.04", "workflow container"),
        (file, 12, "nvidia/cuda:12.6.3-base-ubuntu22.04", "workflow container"),
        (file, 12, "nvidia/cuda:12.6.3-base-ubuntu24.04", "workflow container"),
        (file, 12, "nvidia/cuda:13.0.3-base-ubuntu24.04", "workflow container"),
        (file, 14, "postgres:16", "workflow service"),
        (file, 16, "?env.IMG", "workflow container"),
        (file, 18, "alpine:3", "workflow step"),
        (file, 22, "debian:12", "workflow container"),
        (file, 25, "?matrix.image || 'x'", "workflow container"),
    ]
    assert result.references[0].how == f"matrix.cuda, {file} line 6; matrix.os, {file} line 7"


def test_workflow_builds_feed_the_dockerfile(scan: Scan) -> None:
    result = scan({
        ".github/workflows/build.yaml": """\
jobs:
  a:
    strategy: {matrix: {cuda: [12.6.3, 12.8.1]}}
    env: {OS: ubuntu24.04}
    steps:
      - uses: docker/build-push-action@v6
        with:
          context: app
          build-args: |
            CUDA=${{ matrix.cuda }}
            OS=${{ env.OS }}
            SECRET=${{ secrets.X }}
""",
        "app/Dockerfile": "ARG CUDA\nARG OS\nFROM nvidia/cuda:$CUDA-base-$OS\n",
    })  # fmt: skip
    assert images(result) == [
        "nvidia/cuda:12.6.3-base-ubuntu24.04",
        "nvidia/cuda:12.8.1-base-ubuntu24.04",
    ]
    given = {one.name: one.place.line for one in result.references[0].given if one.place}
    assert given["CUDA"] in {3, 10}


def test_actions(scan: Scan) -> None:
    result = scan(
        {
            "a/action.yml": "runs:\n  using: docker\n  image: docker://debian:12\n",
            "b/action.yml": "runs:\n  using: docker\n  image: Dockerfile.action\n",
            "b/Dockerfile.action": "FROM debian:13\n",
        }
    )
    assert images(result) == ["debian:12", "debian:13"]


def test_kubernetes_documents(scan: Scan) -> None:
    result = scan({
        "k8s/all.yaml": """\
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      initContainers: [{name: i, image: "busybox:1"}]
      containers:
        - name: a
          image: nvidia/cuda:12.6.3-base-ubuntu22.04
        - name: b
          image: me/app:$(TAG)
---
apiVersion: kubeflow.org/v1
kind: PyTorchJob
spec:
  pytorchReplicaSpecs:
    Worker: {template: {spec: {containers: [{image: "nvcr.io/nvidia/pytorch:25.01-py3"}]}}}
---
not: a manifest
containers: [{image: "no:1"}]
""",
        "values.yaml": "image: nothing:1\n",
    })  # fmt: skip
    assert told(result) == [
        ("k8s/all.yaml", 6, "busybox:1", "kubernetes initContainer"),
        ("k8s/all.yaml", 9, "nvidia/cuda:12.6.3-base-ubuntu22.04", "kubernetes container"),
        ("k8s/all.yaml", 11, "?TAG", "kubernetes container"),
        ("k8s/all.yaml", 17, "nvcr.io/nvidia/pytorch:25.01-py3", "kubernetes container"),
    ]


def test_a_template_of_a_manifest_names_what_is_missing(scan: Scan) -> None:
    text = """\
apiVersion: v1
kind: Pod
spec:
  {{- if .Values.on }}
  containers:
    - image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
    - image: debian:12  # why
  {{- end }}
"""
    assert told(scan({"chart/templates/pod.yaml": text})) == [
        ("chart/templates/pod.yaml", 6, "?.Values.image.repository, .Values.image.tag",
         "kubernetes template"),
        ("chart/templates/pod.yaml", 7, "debian:12", "kubernetes template"),
    ]  # fmt: skip


def test_devcontainers(scan: Scan) -> None:
    result = scan({
        ".devcontainer/devcontainer.json": """\
{
  // a comment with "quotes"
  "name": "x // no comment", /* one
  more */
  "image": "mcr.microsoft.com/devcontainers/python:3.11", // last
}
""",
        "b/.devcontainer/devcontainer.json": """\
{
\t"build": {"dockerfile": "../Dockerfile", "context": "..", "args": {"CUDA": "12.6.3"}},
}
""",
        "b/Dockerfile": DOCKERFILE,
        "c/.devcontainer.json": '{"image": "a:${localEnv:TAG:1}"}',
        "d/.devcontainer.json": '{"image": "a:${localEnv:TAG}"}',
    })  # fmt: skip
    assert told(result) == [
        (".devcontainer/devcontainer.json", 5, "mcr.microsoft.com/devcontainers/python:3.11",
         "devcontainer image"),
        ("b/Dockerfile", 3, "nvidia/cuda:12.1.0-base-ubuntu22.04", "FROM"),
        ("b/Dockerfile", 3, "nvidia/cuda:12.6.3-base-ubuntu22.04", "FROM"),
        ("c/.devcontainer.json", 1, "a:1", "devcontainer image"),
        ("d/.devcontainer.json", 1, "?localEnv:TAG", "devcontainer image"),
    ]  # fmt: skip
    assert not result.problems


def test_gitlab_pipelines(scan: Scan) -> None:
    result = scan({
        ".gitlab-ci.yml": """\
variables:
  TAG: "12"
  LONG: {value: "13", description: x}
default: {image: "debian:$TAG", services: ["postgres:16", {name: "redis:7"}]}
.base:
  image: nvidia/cuda:${CUDA}-base
  variables: {CUDA: 12.1.0}
a: {script: x}
b:
  extends: .base
  variables: {CUDA: 12.6.3}
c:
  image: {name: "debian:$LONG"}
  variables: {TAG: "11"}
d:
  image: $CI_REGISTRY_IMAGE:1
e:
  image: python:$PY
  parallel: {matrix: [{PY: ["3.10", "3.11"]}, {PY: "3.12"}]}
f:
  image: x:$A
  variables: {A: $B, B: "1"}
g:
  image: x:$LOOP
  variables: {LOOP: $LOOP}
""",
    })  # fmt: skip
    assert [(line, answer) for _, line, answer, _ in told(result)] == [
        (4, "debian:12"),
        (4, "postgres:16"),
        (4, "redis:7"),
        (6, "nvidia/cuda:12.6.3-base"),
        (13, "debian:13"),
        (16, "?CI_REGISTRY_IMAGE"),
        (18, "python:3.10"),
        (18, "python:3.11"),
        (18, "python:3.12"),
        (21, "x:1"),
        (24, "?x:$LOOP"),
    ]


def test_a_matrix_beside_a_dockerfile_is_expanded_over_its_args(scan: Scan) -> None:
    result = scan({
        "a/Dockerfile": DOCKERFILE.replace("=12.1.0", "").replace("=ubuntu22.04", ""),
        "a/matrix.yaml": """\
os: ubuntu22.04
cuda: [12.6.3, 12.8.1]
exclude: [{cuda: 12.8.1}]
include: [{cuda: 13.0.3, os: ubuntu24.04}]
""",
        "b/Dockerfile": DOCKERFILE,
        "b/versions.yml": """\
defaults: &d {OS: ubuntu24.04}
images:
  one: {args: {<<: *d, CUDA: 12.6.3}}
  two: {args: {CUDA: 12.8.1}, labels: {CUDA_NAME: x}}
""",
        "c/versions.yml": "CUDA: 1\n",
        "b/config.yaml": "CUDA: 99\n",
    })  # fmt: skip
    assert told(result) == [
        ("a/Dockerfile", 3, "nvidia/cuda:12.6.3-base-ubuntu22.04", "FROM"),
        ("a/Dockerfile", 3, "nvidia/cuda:13.0.3-base-ubuntu24.04", "FROM"),
        ("b/Dockerfile", 3, "nvidia/cuda:12.1.0-base-ubuntu22.04", "FROM"),
        ("b/Dockerfile", 3, "nvidia/cuda:12.6.3-base-ubuntu24.04", "FROM"),
        ("b/Dockerfile", 3, "nvidia/cuda:12.8.1-base-ubuntu22.04", "FROM"),
    ]
    assert result.references[0].how == (
        "build arg CUDA, a/matrix.yaml line 2; build arg OS, a/matrix.yaml line 1"
    )


def test_our_own_matrix_gives_its_bases(scan: Scan) -> None:
    text = """\
version: 1
repository: x
uv: 0.13.9
fleet: {drivers: ">=535", gpus: [sm_80]}
images:
  train:
    base: nvidia-cuda
    workload: training
    cuda: "12.6"
    torch: 2.7.1
    python: "3.11"
    flavor: runtime
    os: ubuntu22.04
    budget: 9 GB
"""
    (reference,) = scan({"matrix.yaml": text}).references
    assert reference.resolved == "nvidia/cuda:12.6.3-runtime-ubuntu22.04"
    assert (reference.where, reference.place.line) == ("matrix.yaml", 6)
    assert "torch==2.7.1+cu126" in reference.installs
    assert "python==3.11" in reference.installs


def test_our_own_matrix_with_mistakes_is_a_problem_where_they_are(scan: Scan) -> None:
    text = "version: 1\nrepository: x\nfleet: {}\nimages:\n  a: {base: nonsense}\n"
    result = scan({"matrix.yaml": text})
    assert not result.references
    assert any(one.place.line == 5 for one in result.problems)


def test_a_file_that_a_person_names_needs_no_telling_name(scan: Scan) -> None:
    files = {"my-image": "FROM debian:12\n", "notes.txt": "hello\n"}
    assert not scan(files).references
    assert images(scan(files, "my-image")) == ["debian:12"]
    assert "not a kind" in scan(files, "notes.txt").problems[0].message
