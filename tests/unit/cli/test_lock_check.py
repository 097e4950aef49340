"""The verb lock with --check: what `lock` would write is told, and nothing is written."""

import pytest
from msgspec.structs import replace

from validation.cli import lock
from validation.lock.images import Locked
from validation.render.lockfile import INSTALLER_LOCK, LOCK, TORCH_LOCK, format_lock, read_state


def folder_of(checkout):
    return next((checkout.root / "images").glob("cpu-*"))


def rewritten(text, change=lambda body: body, **fields):
    """Return a lock with other fields in its header and another body."""
    body = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("# "))
    return format_lock(replace(read_state(text), **fields), change(body))


@pytest.fixture
def check(checkout, monkeypatch):
    """Run `lock --check` where uv gives just what was locked, as it was on a later day."""
    fresh = {
        name: rewritten((folder_of(checkout) / name).read_text("utf-8"), exclude_newer="2030-01-01")
        for name in (LOCK, TORCH_LOCK, INSTALLER_LOCK)
    }

    def locked(*_, **__):
        return Locked(files=fresh)

    monkeypatch.setattr(lock, "lock_image", locked)
    return lambda: checkout.imagewright("lock", "--check", "family=cpu")


def test_another_day_alone_is_no_finding(check):
    code, out, err = check()
    assert code == 0, err
    assert "pins, as locked" in out


@pytest.mark.parametrize("name", [LOCK, TORCH_LOCK, INSTALLER_LOCK])
def test_other_hashes_are_a_finding(check, checkout, name):
    path = folder_of(checkout) / name
    before = rewritten(
        path.read_text("utf-8"), lambda body: body.replace("--hash=sha256:", "--hash=sha256:0", 1)
    )
    path.write_text(before, "utf-8")
    code, out, _ = check()
    assert code == 1
    assert f"    {name}: hashes would change" in out
    assert path.read_text("utf-8") == before


def test_a_lock_that_is_missing_or_damaged_is_a_finding(check, checkout):
    folder = folder_of(checkout)
    (folder / TORCH_LOCK).unlink()
    text = (folder / LOCK).read_text("utf-8")
    (folder / LOCK).write_text(text + "# by hand\n", "utf-8")
    code, out, _ = check()
    assert code == 1
    assert "files would change" in out
    assert f"    {TORCH_LOCK}: is not there" in out
    assert f"    {LOCK}: is not as `imagewright lock` wrote it" in out
    assert not (folder / TORCH_LOCK).exists()
