"""Kubernetes manifests, development containers, GitLab pipelines."""

from tests.unit.watch.references.conftest import Scan, told

DOCKERFILE = "ARG CUDA=12.1.0\nARG OS=ubuntu22.04\nFROM nvidia/cuda:${CUDA}-base-${OS}\n"


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
