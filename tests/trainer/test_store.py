"""The queue: how states follow each other, what a restart finds, what a full disk does."""

import sqlite3

import pytest

from trainer.jobs.record import ATTEMPTS
from trainer.jobs.store import QueueFull, Store, StoreFailed


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "jobs.sqlite")
    yield made
    made.close()


def add(store, name, key=None, most=10):
    return store.add(name, {"steps": 5}, key, most=most)


def state(store, name):
    return store.get(name).state


def test_jobs_are_taken_in_their_order_and_one_put_back_keeps_its_place(store):
    for name in "abc":
        add(store, name)
    assert store.take().id == "a"
    assert store.take().id == "b"
    store.put_back("a", orderly=True)
    assert store.take().id == "a"
    assert [job.id for job in store.newest(limit=2)] == ["c", "b"]
    assert [job.id for job in store.newest(limit=2, offset=2)] == ["a"]
    assert [job.id for job in store.newest(state="queued", limit=9)] == ["c"]


def test_a_key_makes_one_job_even_when_the_queue_is_full(store):
    assert add(store, "a", key="k", most=1).id == "a"
    assert add(store, "b", key="k", most=1).id == "a"
    with pytest.raises(QueueFull):
        add(store, "c", most=1)
    assert store.take().id == "a"
    assert add(store, "c", most=1).state == "queued"  # what runs does not wait


def test_an_ending_is_kept_with_its_reason_and_summary(store):
    add(store, "a")
    store.take()
    store.finish("a", "failed", reason="it rained", summary={"step": 3})
    job = store.get("a")
    assert (job.state, job.reason, job.summary) == ("failed", "it rained", {"step": 3})
    assert job.has_ended
    assert job.ended >= job.started >= job.created
    assert store.counts() == {
        "queued": 0, "running": 0, "cancelling": 0, "done": 0, "failed": 1, "cancelled": 0,
    }  # fmt: skip


def test_cancelling_wins_over_how_the_process_ended(store):
    for name in "abc":
        add(store, name)
    assert store.cancel("c").state == "cancelled"
    for name in "ab":
        store.take()
        assert store.cancel(name).state == "cancelling"
    store.finish("a", "failed", reason="killed", summary={})
    store.put_back("b", orderly=False)
    for name in "abc":
        assert state(store, name) == "cancelled"
        assert store.get(name).ended is not None
    assert store.cancel("a").state == "cancelled"
    assert store.cancel("nobody") is None


def test_only_what_has_ended_is_forgotten_and_the_oldest_first(store):
    for name in "abcd":
        add(store, name)
    for name in "abc":
        store.take()
        store.finish(name, "done", reason=None, summary={})
    assert store.surplus(2) == ["a"]
    for name in "ad":
        store.remove(name)
    assert store.get("a") is None
    assert state(store, "d") == "queued"


def test_a_restart_finds_what_ran_and_gives_up_what_never_survives(store):
    for name in "abc":
        add(store, name)
    store.take()
    store.take()
    store.cancel("b")
    store.recover()
    assert [state(store, name) for name in "abc"] == ["queued", "cancelled", "queued"]
    for attempt in range(2, ATTEMPTS + 1):
        job = store.take()
        assert (job.id, job.attempts) == ("a", attempt)
        store.recover()
    job = store.get("a")
    assert job.state == "failed"
    assert str(ATTEMPTS) in job.reason


def test_orderly_stops_are_no_attempts(store):
    add(store, "a")
    for _ in range(3 * ATTEMPTS):
        assert store.take().attempts == 1
        store.put_back("a", orderly=True)
        store.recover()
    assert state(store, "a") == "queued"


def test_a_full_disk_is_told_and_nothing_is_half_done(store):
    add(store, "a")
    store.take()
    store._connection.execute("PRAGMA max_page_count = 8")  # SQLite's own way to be full

    def fill():
        for number in range(1000):
            add(store, f"more-{number}", key="x" * 1000 + str(number), most=10_000)

    with pytest.raises(StoreFailed, match="full"):
        fill()
    before = store.counts()
    assert state(store, "a") == "running"
    store._connection.execute("PRAGMA max_page_count = 100000")
    store.finish("a", "failed", reason="full", summary={})
    assert store.counts()["queued"] == before["queued"]


def test_a_file_that_is_no_queue_is_told(tmp_path):
    (tmp_path / "jobs.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreFailed, match="not a database"):
        Store(tmp_path / "jobs.sqlite")


def test_what_was_accepted_is_there_for_another_process_at_once(tmp_path, store):
    add(store, "a")
    with sqlite3.connect(tmp_path / "jobs.sqlite") as other:
        assert other.execute("SELECT id FROM jobs").fetchall() == [("a",)]
    other.close()
