"""Locks: what uv is asked, what its answers come to, and what is written."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from validation.lock.compile import Target, resolve_pins
from validation.lock.images import index_identity, lock_image, unlocked_file
from validation.model import Fleet, Image
from validation.process import Completed
from validation.render.installer import InstallerConfig
from validation.render.lockfile import pins, read_state

TARGET = Target(python="3.11", platform="x86_64-manylinux_2_36", exclude_newer="2026-11-23")
IMAGE = Image(
    id="cpu", family="cpu", template="distro", workload="training", base="debian:12-slim",
    source="distro", os="debian12", python="3.11", variant="cpu", torch="2.13.0",
    torch_index_url="https://download.pytorch.org/whl/cpu",
    requirements=("torch==2.13.0+cpu", "fastapi"), fleet=Fleet(drivers=">=535", gpus=()),
    budget_mb=1,
)  # fmt: skip


class Uv:
    """A recording uv: answers each call with the wishes it was given, pinned."""

    def __init__(self, stderr="", returncode=0):
        self.calls = []
        self.stderr, self.returncode = stderr, returncode

    def __call__(self, argv, *, env=None, **_):
        words = [str(word) for word in argv]
        wishes = Path(words[3]).read_text("utf-8").split()
        self.calls.append((words, dict(env), wishes))
        text = "".join(
            f"{w if '==' in w else w + '==1'} \\\n    --hash=sha256:00\n" for w in wishes
        )
        return Completed(
            argv=tuple(words), returncode=self.returncode, stdout=text, stderr=self.stderr
        )


def test_the_date_platform_and_wheels_only(tmp_path):
    uv = Uv()
    resolve_pins(["a"], TARGET, InstallerConfig(), tmp_path, runner=uv)
    words = uv.calls[0][0]
    for option, value in {
        "--exclude-newer": "2026-11-23T00:00:00Z",
        "--python-version": "3.11",
        "--python-platform": "x86_64-manylinux_2_36",
        "--only-binary": ":all:",
    }.items():
        assert words[words.index(option) + 1] == value
    assert "--generate-hashes" in words


def test_credentials_go_by_environment_never_by_argument(tmp_path):
    uv = Uv()
    config = InstallerConfig(index_url="https://u:secret@h.example/simple", ca_bundle="PEM")
    resolve_pins(["a"], TARGET, config, tmp_path, runner=uv)
    words, environment, _ = uv.calls[0]
    assert not any("secret" in word for word in words)
    assert environment["UV_DEFAULT_INDEX"] == config.index_url
    assert Path(environment["SSL_CERT_FILE"]).read_text("utf-8") == "PEM"


@pytest.mark.parametrize(
    "stderr",
    [
        "error: Request failed\n  cause: error sending request\n  cause: dns error: no such host\n",
        "error: Failed to fetch: `https://h/simple`\n  cause: connection refused\n",
    ],
)
def test_an_index_out_of_reach_is_not_a_missing_solution(tmp_path, stderr):
    got = resolve_pins(["a"], TARGET, InstallerConfig(), tmp_path, runner=Uv(stderr, 2))
    assert got.unreachable
    assert not got.no_solution
    assert not got.pins


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ("connection refused for url (https://H.example/t0ken/simple/a/)",
         "connection refused for url (the index)"),
        ("failed to fetch: `HTTP://u:t0ken@h.example:8443/s`.", "failed to fetch: `the index`."),
        ("dns error: no such host h.example", "dns error: no such host the index"),
    ],
)  # fmt: skip
def test_what_is_told_of_an_index_never_holds_its_address(tmp_path, last, told):
    config = InstallerConfig(index_url="https://h.example/t0ken/simple")
    stderr = f"error: error sending request\n  cause: {last}\n"
    got = resolve_pins(["a"], TARGET, config, tmp_path, runner=Uv(stderr, 2))
    assert got.unreachable == told
    state = unlocked_file(IMAGE, TARGET, config, got.unreachable).lower()
    assert "t0ken" not in state
    assert "h.example" not in state
    stderr = "error: No solution found\n  hint: `a` was found on https://h.example/t0ken/simple\n"
    got = resolve_pins(["a"], TARGET, config, tmp_path, runner=Uv(stderr, 1))
    assert got.no_solution[-1] == "  hint: `a` was found on the index"


def test_no_solution_keeps_uvs_explanation(tmp_path):
    stderr = "error: No solution found\n  cause: a needs b<1 and b>=1\n"
    got = resolve_pins(["a"], TARGET, InstallerConfig(), tmp_path, runner=Uv(stderr, 1))
    assert any("b<1" in line for line in got.no_solution)
    assert not got.unreachable


def test_pytorchs_index_only_where_no_wheel_is_at_hand(tmp_path):
    uv = Uv()
    lock_image(IMAGE, TARGET, InstallerConfig(), uv_version="0.13.9", scratch=tmp_path, runner=uv)
    assert "https://download.pytorch.org/whl/cpu" in uv.calls[0][0]

    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl").touch()
    config = InstallerConfig(find_links=(wheels,))
    uv = Uv()
    lock_image(IMAGE, TARGET, config, uv_version="0.13.9", scratch=tmp_path, runner=uv)
    assert not any("pytorch.org" in word for words, _, _ in uv.calls for word in words)


def test_three_files_each_with_a_header(tmp_path):
    locked = lock_image(
        IMAGE, TARGET, InstallerConfig(), uv_version="0.13.9", scratch=tmp_path, runner=Uv()
    )
    assert {name: pins(text) for name, text in locked.files.items()} == {
        "requirements.lock": {"torch": "2.13.0+cpu", "fastapi": "1"},
        "torch.lock": {"torch": "2.13.0+cpu"},
        "installer.lock": {"uv": "0.13.9"},
    }
    assert all(read_state(text) for text in locked.files.values())


def test_an_image_without_torch_has_no_torch_lock(tmp_path):
    image = replace(IMAGE, torch=None, variant=None, requirements=("onnxruntime==1.32.0",))
    locked = lock_image(
        image, TARGET, InstallerConfig(), uv_version="0.13.9", scratch=tmp_path, runner=Uv()
    )
    assert set(locked.files) == {"requirements.lock", "installer.lock"}


def test_marked_unlocked_says_why():
    state = read_state(unlocked_file(IMAGE, TARGET, InstallerConfig(), "index not reached: dns"))
    assert state is not None
    assert state.unlocked == "index not reached: dns"


def test_index_identity_hides_address_and_credentials():
    assert index_identity(InstallerConfig()) == "pypi"
    one = index_identity(InstallerConfig(index_url="https://u:p@h.example/simple"))
    assert one.startswith("private-")
    assert "h.example" not in one
    assert one == index_identity(InstallerConfig(index_url="https://h.example/simple/"))
