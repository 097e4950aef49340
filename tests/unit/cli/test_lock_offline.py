"""The verb lock where no index is reached: what is there is kept, and nothing is loosened."""

import json

import pytest

DEAD = "http://127.0.0.1:1/simple"  # port 1 (tcpmux): nothing listens there


@pytest.fixture(autouse=True)
def _no_index(monkeypatch, tmp_path):
    monkeypatch.setenv("UV_DEFAULT_INDEX", DEAD)
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))


def lock_of(checkout):
    return next((checkout.root / "images").glob("inference-*")) / "requirements.lock"


def test_a_lock_that_fits_is_kept(checkout):
    before = lock_of(checkout).read_bytes()
    code, out, _ = checkout.imagewright("lock", "family=inference")
    assert code == 3
    assert "kept, index not reached" in out
    assert lock_of(checkout).read_bytes() == before


def test_pins_of_other_requirements_are_left_and_the_image_is_unlocked(checkout):
    before = lock_of(checkout).read_bytes()
    matrix = checkout.root / "matrix.yaml"
    matrix.write_text(
        matrix.read_text().replace("packages: [fastapi,", "packages: [rich, fastapi,")
    )
    code, out, _ = checkout.imagewright("lock", "family=inference")
    assert code == 3
    assert "UNLOCKED, index not reached" in out
    assert lock_of(checkout).read_bytes() == before
    assert checkout.imagewright("render")[0] == 0
    record = json.loads((lock_of(checkout).parent / "image.json").read_text())
    assert record["locked"] is False


def test_without_any_lock_the_image_is_marked(checkout):
    lock_of(checkout).unlink()
    assert checkout.imagewright("lock", "--check", "family=inference")[0] == 3
    assert not lock_of(checkout).exists()
    assert checkout.imagewright("lock", "family=inference")[0] == 3
    assert "# unlocked: index not reached" in lock_of(checkout).read_text()
    assert "127.0.0.1" not in lock_of(checkout).read_text()
    assert checkout.imagewright("render")[0] == 0
    record = json.loads((lock_of(checkout).parent / "image.json").read_text())
    assert record["locked"] is False
    assert record["unlocked_because"].startswith("index not reached")


def test_a_lock_that_is_not_text_counts_as_none(checkout):
    lock_of(checkout).write_bytes(b"\xd7\xff noise")
    code, out, err = checkout.imagewright("lock", "family=inference")
    assert code == 3, err
    assert "UNLOCKED, index not reached" in out
    assert "# unlocked: index not reached" in lock_of(checkout).read_text("utf-8")


def test_what_a_killed_lock_left_is_removed_and_nothing_is_left_anew(checkout):
    runs = checkout.root / "cache/runs"
    (runs / "20200101T000000Z-00000000").mkdir(parents=True)
    (runs / "20200101T000000Z-00000000.lock").touch()
    checkout.imagewright("lock", "family=inference")
    assert list(runs.iterdir()) == []
