"""A build as data: its command line, its hash, what its output says."""

from pathlib import Path

from validation.engine.buildx import (
    BuildJob,
    build_argv,
    failed_line,
    failed_output,
    inputs_hash,
    step_of,
    trainer_hash,
)
from validation.model import Fleet, Image

IMAGE = Image(
    id="cpu", family="cpu", template="distro", workload="training", base="debian:12-slim",
    source="distro", os="debian12", python="3.11", fleet=Fleet(drivers=">=535", gpus=()),
    budget_mb=1,
)  # fmt: skip
FAILED = """\
#9 [image 2/5] RUN false
#9 0.110 oh no
#9 ERROR: process "/bin/sh -c false" did not complete successfully: exit code: 1
------
 > [image 2/5] RUN false:
0.110 oh no
------
Dockerfile:34
--------------------
  33 |     FROM x
  34 | >>> RUN false
--------------------
ERROR: failed to solve: process did not complete successfully: exit code: 1
""".splitlines()


def job(**changes):
    values = {
        "image": IMAGE, "tag": "imagewright:cpu", "base": "debian:12-slim",
        "base_digest": "sha256:b",
        "base_how": "registry", "inputs": "abc", "revision": "r", "source": "s",
        "secret": Path("/s/installer"), "wheelhouse": Path("/s/wheels"), "host_network": False,
    }  # fmt: skip
    return BuildJob(**(values | changes))


def test_argv_names_the_secret_file_and_never_its_content():
    words = [str(word) for word in build_argv(Path("/x/buildx"), job(), Path("/s/m.json"))]
    assert words[:2] == ["/x/buildx", "build"]
    assert words[-1] == "."
    assert "id=installer,src=/s/installer" in words
    assert "BASE=debian:12-slim" in words
    assert "imagewright.inputs=abc" in words
    assert "--network" not in words
    assert "--no-cache" not in words


def test_host_network_and_no_cache_when_asked():
    words = build_argv(Path("b"), job(host_network=True, no_cache=True), Path("m"))
    assert words[words.index("--network") + 1] == "host"
    assert "--no-cache" in words


def test_steps_of_plain_progress():
    assert step_of("#12 [image 3/7] RUN uv pip install") == "image 3/7 RUN uv pip install"
    assert step_of("#5 [1/2] FROM scratch") == "1/2 FROM scratch"
    assert (
        step_of(
            "#9 [os 2/3] RUN --mount=type=secret,id=x --mount=type=tmpfs <<'SH' (# install a...)"
        )
        == "os 2/3 RUN install a"
    )
    assert step_of("#12 0.345 some output [1/2] x") is None
    assert step_of("#12 DONE 3.2s") is None


def test_failure_names_line_and_output():
    assert failed_line(FAILED) == 34
    assert failed_output(FAILED) == (" > [image 2/5] RUN false:", "0.110 oh no")
    assert failed_line(["nothing"]) is None


def test_every_input_moves_the_hash():
    first = inputs_hash("folder", "trainer", "base")
    assert first == inputs_hash("folder", "trainer", "base")
    assert len({first, inputs_hash("x", "trainer", "base"), inputs_hash("folder", "x", "base"),
                inputs_hash("folder", "trainer", "x")}) == 4  # fmt: skip


def test_trainer_hash_ignores_order_and_sees_names_and_content():
    files = [("a.py", b"1"), ("b.py", b"2")]
    assert trainer_hash(files) == trainer_hash(files[::-1])
    assert trainer_hash(files) != trainer_hash([("a.py", b"12"), ("b.py", b"")])
    assert trainer_hash(files) != trainer_hash([("c.py", b"1"), ("b.py", b"2")])
