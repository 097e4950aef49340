"""Queues beside each other: order within one, nothing new after a failure, an end on Ctrl-C."""

import signal
import threading

import pytest

from validation.engine.abreast import work_off


def never():
    raise AssertionError("nothing was to be stopped")


def test_one_queue_is_worked_off_here_and_in_order():
    seen = []
    work_off([["a", "b"], []], lambda name: seen.append((name, threading.current_thread())), never)
    assert seen == [("a", threading.main_thread()), ("b", threading.main_thread())]


def test_queues_meet_and_each_keeps_its_order():
    meeting = threading.Barrier(2, timeout=10)
    seen = {"a": [], "b": []}

    def work(name):
        seen[name[0]].append(name)
        meeting.wait()  # breaks, and fails the test, unless both queues are at work

    work_off([["a1", "a2"], ["b1", "b2"]], work, never)
    assert seen == {"a": ["a1", "a2"], "b": ["b1", "b2"]}


def test_after_a_failure_the_others_are_stopped_and_nothing_new_begins():
    working, stopped = threading.Event(), threading.Event()
    seen = []

    def work(name):
        seen.append(name)
        if name == "bad":
            assert working.wait(10)
            raise ValueError(name)
        working.set()
        assert stopped.wait(10)

    with pytest.raises(ValueError, match="bad"):
        work_off([["good", "nor this"], ["bad", "never"]], work, stopped.set)
    assert sorted(seen) == ["bad", "good"]


def test_an_interrupt_asks_again_until_the_last_has_ended():
    working, ended = threading.Barrier(2, timeout=10), threading.Event()
    asked = []

    def work(name):
        if working.wait() == 0:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        assert ended.wait(10), name

    def stop():
        asked.append("again")
        if len(asked) >= 3:
            ended.set()

    with pytest.raises(KeyboardInterrupt):
        work_off([["a"], ["b"]], work, stop)
    assert len(asked) >= 3


def test_what_is_held_up_for_good_does_not_hold_up_an_interrupt(monkeypatch):
    monkeypatch.setattr("validation.engine.abreast._PATIENCE_SECONDS", 0.5)
    held_up, never_set = threading.Event(), threading.Event()

    def work(name):
        if name == "bad":
            assert held_up.wait(10)
            raise ValueError(name)
        held_up.set()
        never_set.wait(20)

    def mute():
        never_set.wait(20)

    try:
        with pytest.raises(ValueError, match="bad"):
            work_off([["mute"], ["bad"]], work, mute)
    finally:
        never_set.set()
