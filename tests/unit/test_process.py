"""The door to processes: real ones, short ones."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from validation.errors import WorldFailed
from validation.process import output_of, run, stream


def test_output_and_status_are_kept():
    done = run(
        [sys.executable, "-c", "import sys; print('out'); sys.stderr.write('err'); sys.exit(3)"],
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "err")


def test_failure_carries_the_last_lines():
    with pytest.raises(WorldFailed) as caught:
        run(["sh", "-c", "echo reason >&2; exit 4"])
    assert "exit 4" in caught.value.what
    assert caught.value.details == ("reason",)


def test_missing_program_is_said_plainly():
    with pytest.raises(WorldFailed, match="program not found: no-such-program"):
        run(["no-such-program"])


def test_time_limit_ends_it():
    start = time.monotonic()
    with pytest.raises(WorldFailed, match="no end after"):
        run(["sleep", "30"], timeout=0.2)
    with pytest.raises(WorldFailed, match="no end after"):
        stream(["sleep", "30"], on_line=print, log=io.StringIO(), timeout=0.2)
    assert time.monotonic() - start < 10


def test_stream_hands_over_every_line():
    lines: list[str] = []
    log = io.StringIO()
    status = stream(["sh", "-c", "echo a; echo b >&2; exit 5"], on_line=lines.append, log=log)
    assert status == 5
    assert sorted(lines) == ["a", "b"]
    assert sorted(log.getvalue().split()) == ["a", "b"]


def test_a_shell_never_sees_the_words():
    assert run(["printf", "%s", "$HOME; `id`"]).stdout == "$HOME; `id`"


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_a_child_dies_with_a_killed_parent():
    code = """if True:
        import io
        from validation.process import stream
        stream(["sh", "-c", "echo $$; exec sleep 60"],
               on_line=lambda line: print(line, flush=True), log=io.StringIO())
    """
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        if not _alive(child):
            return
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the child outlived its parent")


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_output_is_read_while_the_program_runs():
    with output_of(["sh", "-c", "echo one; cat /dev/zero | head -c 1000000"]) as stdout:
        assert stdout.readline() == b"one\n"
        assert len(stdout.read()) == 1_000_000


def test_a_failure_after_the_output_is_told():
    with (
        pytest.raises(WorldFailed, match="exit 3") as caught,
        output_of(["sh", "-c", "echo out; echo reason >&2; exit 3"]) as stdout,
    ):
        assert stdout.read() == b"out\n"
    assert caught.value.details == ("reason",)


def test_leaving_early_ends_the_program(tmp_path):
    left = tmp_path / "left"
    program = output_of(["sh", "-c", f"echo $$; sleep 5; touch {left}"])
    with contextlib.suppress(ZeroDivisionError), program as stdout:
        pid = int(stdout.readline())
        raise ZeroDivisionError
    assert not Path(f"/proc/{pid}").exists()
    assert not left.exists()
