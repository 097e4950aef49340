"""GitHub's workflows and actions: containers, services, matrices, builds."""

from tests.unit.watch.references.conftest import Scan, images, told

DOCKERFILE = "ARG CUDA=12.1.0\nARG OS=ubuntu22.04\nFROM nvidia/cuda:${CUDA}-base-${OS}\n"


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
