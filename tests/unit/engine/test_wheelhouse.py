"""Only wheels that the lock knows by hash are staged."""

import hashlib

from validation.engine.wheelhouse import stage_wheels


def lock(**wheels):
    return "".join(
        f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(content).hexdigest()}\n"
        for name, (version, content) in wheels.items()
    )


def test_wheels_are_taken_by_hash_not_by_name(tmp_path):
    folder = tmp_path / "wheels"
    folder.mkdir()
    (folder / "torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl").write_bytes(b"good")
    (folder / "Typing_Extensions-4.1-py3-none-any.whl").write_bytes(b"tampered")
    (folder / "other-1.0-py3-none-any.whl").write_bytes(b"other")
    text = lock(torch=("2.13.0+cpu", b"good"), **{"typing-extensions": ("4.1", b"right")})

    staged = stage_wheels([text], [folder], tmp_path / "staged")

    assert staged.wheels == ("torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl",)
    assert (staged.folder / staged.wheels[0]).read_bytes() == b"good"
    assert staged.covers_torch
    assert not staged.covers_all


def test_all_covered_means_no_index_is_needed(tmp_path):
    folder = tmp_path / "wheels"
    folder.mkdir()
    (folder / "uv-0.13.9-py3-none-any.whl").write_bytes(b"uv")
    staged = stage_wheels([lock(uv=("0.13.9", b"uv"))], [folder], tmp_path / "staged")
    assert staged.covers_all


def test_nothing_at_hand(tmp_path):
    staged = stage_wheels([lock(torch=("2.13.0+cpu", b"x"))], [], tmp_path / "staged")
    assert staged.wheels == ()
    assert not staged.covers_torch
