"""One table: how FROM may be spelled, and what BuildKit makes of it."""

import pytest

from tests.unit.watch.references.conftest import Scan, images, told
from validation.watch.references import ScanOptions

DIGEST = "sha256:" + "0123456789abcdef" * 4

SPELLINGS = [
    # registries, ports, digests
    ("FROM debian", ["debian"]),
    ("FROM nvidia/cuda:12.6.3-base-ubuntu22.04", ["nvidia/cuda:12.6.3-base-ubuntu22.04"]),
    ("FROM docker.io/nvidia/cuda:12.6.3-base", ["docker.io/nvidia/cuda:12.6.3-base"]),
    ("FROM nvcr.io/nvidia/cuda:12.6.3-base", ["nvcr.io/nvidia/cuda:12.6.3-base"]),
    ("FROM localhost:5000/a/b/c", ["localhost:5000/a/b/c"]),
    ("FROM registry.example:8443/cuda:1", ["registry.example:8443/cuda:1"]),
    ("FROM [::1]:5000/cuda:1", ["[::1]:5000/cuda:1"]),
    (f"FROM debian@{DIGEST}", [f"debian@{DIGEST}"]),
    (f"FROM debian:12-slim@{DIGEST}", [f"debian:12-slim@{DIGEST}"]),
    # keyword, case, spaces, alias
    ("from debian:12 as base", ["debian:12"]),
    ("  FROM\tdebian:12\tAS  base  ", ["debian:12"]),
    ("\ufeffFROM debian:12", ["debian:12"]),
    ("FROM debian:12\r\nRUN true\r\n", ["debian:12"]),
    ('FROM "debian:12"', ["debian:12"]),
    ("FROM 'debian:12'", ["debian:12"]),
    ('FROM debian:"12"-slim', ["debian:12-slim"]),
    ("FROM scratch", []),
    ("FROM SCRATCH", []),
    # continuations and comments in them
    ("FROM \\\n  debian:12 \\\n  AS base", ["debian:12"]),
    ("FROM \\\n# why\n\n  debian:12", ["debian:12"]),
    ("FROM deb\\\nian:12", ["debian:12"]),
    ("# escape=`\nFROM `\n  debian:12", ["debian:12"]),
    ("# escape=`\nARG A=1`2\nFROM debian:$A", ["debian:12"]),
    ("# a comment\n# escape=`\nFROM deb\\\nian:12", ["debian:12"]),
    ("ARG A=1\\2\nFROM debian:$A", ["debian:12"]),
    (r"FROM debian:1\$2", []),
    # ARG and its defaults
    ("ARG A=12\nFROM debian:$A", ["debian:12"]),
    ("ARG A=12\nFROM debian:${A}-slim", ["debian:12-slim"]),
    ('ARG A="12"\nFROM debian:$A', ["debian:12"]),
    ("ARG A='12'\nFROM debian:$A", ["debian:12"]),
    ("ARG A=12 B=slim\nFROM debian:$A-$B", ["debian:12-slim"]),
    ("ARG A=12\nARG B=$A-slim\nFROM debian:$B", ["debian:12-slim"]),
    ("ARG A=12\nARG B='$A'\nFROM debian:12$B", []),
    ("ARG A=11\nARG A=12\nFROM debian:$A", ["debian:12"]),
    ("ARG A=\nFROM debian:12$A", ["debian:12"]),
    ("ARG BASE=debian:12\nFROM ${BASE}", ["debian:12"]),
    ("ARG R=localhost:5000/ N=debian T=12\nFROM ${R}${N}:${T}", ["localhost:5000/debian:12"]),
    ("ARG A\nFROM debian:$A", ["?A"]),
    ("FROM debian:$A", ["?A"]),
    ("ARG A\nARG B=$A-slim\nFROM debian:$B", ["?A"]),
    ("ARG A\nFROM $A/$B:1", ["?A, B"]),
    # modifiers
    ("FROM debian:${A:-12}", ["debian:12"]),
    ("FROM debian:${A-12}", ["debian:12"]),
    ("ARG A=\nFROM debian:12${A-13}", ["debian:12"]),
    ("ARG A=\nFROM debian:${A:-12}", ["debian:12"]),
    ("ARG A=12\nFROM debian:${A:-13}", ["debian:12"]),
    ("FROM debian:${A:-${B:-12}}", ["debian:12"]),
    ("FROM debian:${A:-$B}", ["?B"]),
    ("ARG A=12\nFROM debian:${A:-$B}", ["debian:12"]),
    ("ARG S=1\nFROM debian:12${S:+-slim}", ["debian:12-slim"]),
    ("FROM debian:12${S:+-slim}", ["debian:12"]),
    ("ARG S=\nFROM debian:12${S+-slim}", ["debian:12-slim"]),
    ("ARG A=12\nFROM debian:${A:?tell}", ["debian:12"]),
    ("FROM debian:${A:?tell}", ["?A"]),
    ("ARG V=12.6.3\nFROM nvidia/cuda:${V%.*}-base", ["nvidia/cuda:12.6-base"]),
    ("ARG V=12.6.3\nFROM nvidia/cuda:${V%%.*}-base", ["nvidia/cuda:12-base"]),
    ("ARG V=v12\nFROM debian:${V#v}", ["debian:12"]),
    ("ARG V=a/b/12\nFROM debian:${V##*/}", ["debian:12"]),
    ("ARG V=1.2.3\nFROM debian:${V/./-}", ["debian:1-2.3"]),
    ("ARG V=1.2.3\nFROM debian:${V//./-}", ["debian:1-2-3"]),
    ("ARG V=12\nFROM debian:${V^^}", ["?debian:${V^^}"]),
    ("ARG V=12\nFROM debian:${V", ["?debian:${V"]),
    # ENV does not feed FROM; a stage's ARG does not either
    ("FROM debian:12\nENV A=13\nFROM debian:$A", ["debian:12", "?A"]),
    ("FROM debian:12\nARG A=13\nFROM debian:$A", ["debian:12", "?A"]),
    # stages
    ("FROM debian:12 AS a\nFROM a AS b\nFROM b", ["debian:12"]),
    ("FROM debian:12 AS Base\nFROM bASE", ["debian:12"]),
    ("FROM base\nFROM debian:12 AS base", ["base", "debian:12"]),
    ("FROM a:1 AS x-amd64\nFROM b:1 AS x-arm64\nFROM x-${TARGETARCH}", ["a:1", "b:1"]),
    ("FROM debian:12\nCOPY --from=0 a b", ["debian:12"]),
    ("FROM debian:12 AS a\nFROM debian:13\nCOPY --from=A x y", ["debian:12", "debian:13"]),
    ("FROM debian:12\nCOPY --chown=1 --from=busybox:1 x y", ["debian:12", "busybox:1"]),
    ("FROM debian:12\nCOPY --from=$X x y", ["debian:12", "?X"]),
    ("FROM debian:12\nRUN --mount=from=busybox:1,target=/x y", ["debian:12", "busybox:1"]),
    ('FROM debian:12\nRUN --mount=type=bind,"from=busybox:1" y', ["debian:12", "busybox:1"]),
    ("FROM debian:12\nRUN --mount=type=cache,target=/x y", ["debian:12"]),
    ("FROM debian:12\nONBUILD COPY --from=busybox:1 a b", ["debian:12", "busybox:1"]),
    # platforms
    ("FROM --platform=$BUILDPLATFORM debian:12", ["debian:12"]),
    ("FROM --platform=linux/arm64 debian:12 AS x", ["debian:12"]),
    ("FROM debian:12-$TARGETARCH", ["debian:12-amd64"]),
    ("FROM debian:12${TARGETVARIANT}", ["debian:12"]),
    # directives and heredocs
    ("# syntax=docker/dockerfile:1\nFROM debian:12", ["docker/dockerfile:1", "debian:12"]),
    ("#syntax = docker/dockerfile:1.7 --x\nFROM debian", ["docker/dockerfile:1.7", "debian"]),
    ("\n# syntax=docker/dockerfile:1\nFROM debian:12", ["debian:12"]),
    ("FROM debian:12\nRUN <<EOF\nFROM x\nEOF\nFROM busybox:1", ["debian:12", "busybox:1"]),
    ("FROM debian:12\nCOPY <<A <<-B /x/\nFROM x\nA\n\tB\nFROM c:1", ["debian:12", "c:1"]),
    ('FROM debian:12\nRUN echo "<<EOF"\nFROM busybox:1', ["debian:12", "busybox:1"]),
    ("FROM debian:12\nRUN cat <<<EOF\nFROM busybox:1", ["debian:12", "busybox:1"]),
    ("# FROM commented:1\nFROM debian:12", ["debian:12"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SPELLINGS)
def test_every_spelling_comes_to_what_buildkit_makes_of_it(
    scan: Scan, text: str, expected: list[str]
) -> None:
    assert images(scan({"Dockerfile": text})) == expected


def test_a_build_arg_wins_over_the_default_and_says_so(scan: Scan) -> None:
    options = ScanOptions(build_args={"CUDA": "12.6.3", "OTHER": "x"})
    result = scan({"Dockerfile": "ARG CUDA=12.1.0\nFROM nvidia/cuda:$CUDA-base\n"}, options=options)
    assert images(result) == ["nvidia/cuda:12.6.3-base"]
    assert result.references[0].how == "build arg CUDA as given"


def test_a_build_arg_without_an_arg_of_its_name_does_not_count(scan: Scan) -> None:
    result = scan({"Dockerfile": "FROM debian:$A"}, options=ScanOptions(build_args={"A": "12"}))
    assert images(result) == ["?A"]


def test_how_and_where_a_value_stands_are_told(scan: Scan) -> None:
    text = "ARG A=12.1.0\nARG \\\n  B=$A-base\nFROM --platform=linux/arm64 nvidia/cuda:$B\n"
    (reference,) = scan({"docker/gpu.Dockerfile": text}).references
    assert reference.raw == "nvidia/cuda:$B"
    assert (reference.place.file, reference.place.line) == ("docker/gpu.Dockerfile", 4)
    assert reference.how == "ARG B default, line 3 (ARG A default, line 1)"
    assert reference.platform == "linux/arm64"
    (given,) = reference.given
    assert given.place is not None
    assert (given.name, given.value, given.place.line) == ("B", "12.1.0-base", 3)


def test_lines_inside_a_continued_instruction_are_the_files_own(scan: Scan) -> None:
    text = (
        "FROM debian:12\nRUN --mount=type=cache,target=/c \\\n  # why\n  --mount=from=busybox:1 x\n"
    )
    assert told(scan({"Dockerfile": text}))[1] == ("Dockerfile", 4, "busybox:1", "RUN --mount")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("FROM debian:12\nRUN <<EOF\nx\n", 2, "heredoc 'EOF' is not closed"),
        ("# escape=x\nFROM debian:12", 1, "escape directive 'x'"),
        ("# escape=`\n# escape=`\nFROM debian:12", 2, "a second escape directive"),
        ("RUN true\n", 1, "no FROM"),
        ("FROM Debian:12\n", 1, "not an image reference"),
        ("FROM debian:\n", 1, "not an image reference"),
    ],
)
def test_what_buildkit_refuses_is_a_problem_with_its_line(
    scan: Scan, text: str, line: int, message: str
) -> None:
    problems = scan({"Dockerfile": text}).problems
    assert [(one.place.line, message in one.message) for one in problems] == [(line, True)]
