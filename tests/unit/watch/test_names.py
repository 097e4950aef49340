import pytest
from hypothesis import given
from hypothesis import strategies as st

from validation.errors import BadInput
from validation.watch.names import CudaTag, kind_of, parse_image, split_cuda_tag

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "canonical", "familiar"),
    [
        ("debian", "docker.io/library/debian:latest", "debian"),
        ("debian:12-slim", "docker.io/library/debian:12-slim", "debian:12-slim"),
        ("library/debian", "docker.io/library/debian:latest", "debian"),
        ("docker.io/debian", "docker.io/library/debian:latest", "debian"),
        ("index.docker.io/debian:12", "docker.io/library/debian:12", "debian:12"),
        ("docker.io/library/debian", "docker.io/library/debian:latest", "debian"),
        ("nvidia/cuda:12.6.3-base", "docker.io/nvidia/cuda:12.6.3-base", "nvidia/cuda:12.6.3-base"),
        ("nvcr.io/nvidia/cuda:1", "nvcr.io/nvidia/cuda:1", "nvcr.io/nvidia/cuda:1"),
        ("localhost/a", "localhost/a:latest", "localhost/a"),
        ("localhost:5000/a", "localhost:5000/a:latest", "localhost:5000/a"),
        ("[2001:db8::1]:5000/a", "[2001:db8::1]:5000/a:latest", "[2001:db8::1]:5000/a"),
        ("Registry/a", "Registry/a:latest", "Registry/a"),
        ("a/b/c/d", "docker.io/a/b/c/d:latest", "a/b/c/d"),
        (f"debian@{DIGEST}", f"docker.io/library/debian@{DIGEST}", f"debian@{DIGEST}"),
        (f"a.b/c:1@{DIGEST}", f"a.b/c:1@{DIGEST}", f"a.b/c:1@{DIGEST}"),
        ("a__b/c-_d".replace("-_", "--"), "docker.io/a__b/c--d:latest", "a__b/c--d"),
    ],
)
def test_defaults_are_dockers(text: str, canonical: str, familiar: str) -> None:
    image = parse_image(text)
    assert (image.canonical, image.familiar) == (canonical, familiar)
    assert parse_image(image.familiar) == image


@pytest.mark.parametrize(
    "text",
    [
        "", ":1", "@", "debian:", "debian@", "debian@sha256:short", "Debian", "a//b", "/a", "a/",
        "debian:1:2", "debian:-1", "debian:" + "1" * 129, "a" * 256, "a b", "a\n", "a:1\n", "-a",
        "a_", "a___b", "a..b", "docker.io/", "host:port/a", "0123456789abcdef" * 4, "é", "a:é",
        "${A}", "http://a/b", "a.b:5000/", "a/" * 200 + "b",
    ],
)  # fmt: skip
def test_what_docker_refuses_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(BadInput) as raised:
        parse_image(text)
    assert raised.value.hint
    assert len(raised.value.what) < 800


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("nvidia/cuda:12.6.3-base-ubuntu22.04", "cuda"),
        ("docker.io/nvidia/cuda", "cuda"),
        ("nvcr.io/nvidia/cuda:12.6.3-base-ubuntu22.04", "cuda"),
        ("registry.example/nvidia/cuda:12.6.3", "other"),
        ("nvidia/cudagl:11", "other"),
        ("nvcr.io/nvidia/pytorch:25.01-py3", "ngc-pytorch"),
        ("nvidia/pytorch", "other"),
        ("debian:12", "distro"),
        ("docker.io/library/ubuntu:22.04", "distro"),
        ("quay.io/debian", "other"),
        ("someone/debian", "other"),
        ("python:3.11-slim", "other"),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    assert kind_of(parse_image(text)) == kind


@pytest.mark.parametrize(
    ("tag", "parts"),
    [
        ("12.6.3-base-ubuntu22.04", ("12.6.3", "", "base", "ubuntu22.04")),
        ("12.6.3-cudnn-runtime-ubuntu22.04", ("12.6.3", "cudnn", "runtime", "ubuntu22.04")),
        ("12.1.0-cudnn8-devel-rockylinux8", ("12.1.0", "cudnn8", "devel", "rockylinux8")),
        ("11.8.0-devel-ubi8", ("11.8.0", "", "devel", "ubi8")),
        ("9.0-base", ("9.0", "", "base", "")),
        ("10.2-cudnn7-devel", ("10.2", "cudnn7", "devel", "")),
        ("13.0.3-base-opensuse15.6", ("13.0.3", "", "base", "opensuse15.6")),
        ("12.6.3", ("12.6.3", "", "", "")),
        ("latest", None),
        ("12", None),
        ("12.6.3-runtime-base", None),
        ("12.6.3-base-ubuntu22.04-amd64", None),
        ("", None),
    ],
)
def test_cuda_tags(tag: str, parts: tuple[str, ...] | None) -> None:
    found = split_cuda_tag(tag)
    if parts is None:
        assert found is None
    else:
        assert found == CudaTag(**dict(zip(("cuda", "cudnn", "flavor", "os"), parts, strict=True)))


@given(st.one_of(st.text(), st.from_regex(r"[a-zA-Z0-9./:@_\-\[\]]{0,60}", fullmatch=True)))
def test_no_text_is_more_than_refused(text: str) -> None:
    try:
        image = parse_image(text)
    except BadInput:
        return
    again = parse_image(image.familiar)
    assert again == image
    assert parse_image(image.canonical).name == image.name
    split_cuda_tag(image.tag)


@pytest.mark.parametrize(
    ("text", "familiar"),
    [
        ("docker.io/library/debian:12", "debian:12"),
        ("docker.io/library/a/b", "library/a/b"),
        ("docker.io/library/library", "library"),
        ("docker.io/a.b/c", "docker.io/a.b/c"),
        ("docker.io/localhost/c", "docker.io/localhost/c"),
    ],
)
def test_the_familiar_spelling_means_the_same(text, familiar):
    """The second and the fourth were found by fuzzing: their short spelling named another image."""
    image = parse_image(text)
    assert image.familiar == familiar
    assert parse_image(familiar) == image
