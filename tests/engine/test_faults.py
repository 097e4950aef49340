"""What goes wrong: one clear message, the right exit code, nothing left, the next run right."""

import signal
import subprocess
import time

import pytest

pytestmark = pytest.mark.engine


def kill_when(checkout, words, ready, number=signal.SIGKILL):
    """Start a verb, wait until `ready()` is true, send it a signal; return its exit status."""
    run = subprocess.Popen(
        checkout.command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 300
    while not ready():
        assert run.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.1)
    run.send_signal(number)
    return run.wait(60)


def test_killed_build_then_build(line):
    log = line.root / "out/logs"
    for path in log.glob("inference-*.build.log"):
        path.unlink()

    def installing():
        return any(
            "# install requirements.lock" in path.read_text()
            for path in log.glob("inference-*.build.log")
        )

    status = kill_when(line, ("build", "family=inference", "--no-cache"), installing)
    assert status == -signal.SIGKILL
    line.imagewright("build", "family=inference")


def prove_until_a_container_runs(line, engine, number):
    """Start a proof, send it a signal once its container is there; return its exit status."""
    before = set(engine.containers())
    return kill_when(
        line, ("test", "family=cpu"), lambda: set(engine.containers()) - before, number
    )


def test_killed_proof_leaves_nothing_after_the_next(line, engine):
    assert prove_until_a_container_runs(line, engine, signal.SIGKILL) == -signal.SIGKILL
    assert engine.left_over(), "a container outlives a kill -9, until the next run reaps it"
    line.imagewright("test", "family=cpu")
    assert not engine.left_over()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_proof_leaves_nothing_at_once(line, engine, number):
    status = prove_until_a_container_runs(line, engine, number)
    assert status in {130, 128 + number}
    assert not engine.left_over()


def test_broken_template_leaves_the_other_image(checkout):
    checkout.edit(
        "templates/distro.Dockerfile.j2", "FROM ${BASE} AS os", "FROM {{ nothing }} AS os"
    )
    done = checkout.imagewright("build", code=1)
    assert "templates/distro.Dockerfile.j2:" in done.stderr
    assert "'nothing' is undefined" in done.stderr


def test_a_failing_step_is_named_with_line_and_output(checkout):
    checkout.edit(
        "templates/macros.j2", "COPY trainer", "RUN echo about to fail && exit 7\nCOPY trainer"
    )
    checkout.imagewright("render")
    done = checkout.imagewright("build", "family=inference", code=1)
    assert "/Dockerfile:" in done.stderr
    assert "about to fail" in done.stderr
    assert "out/logs/inference-" in done.stderr


def test_unrendered_change_is_refused_with_the_next_step(checkout):
    checkout.edit("templates/macros.j2", "COPY trainer", "RUN true\nCOPY trainer")
    done = checkout.imagewright("build", code=1)
    assert "imagewright render" in done.stderr


def test_disk_too_small_is_said_before_building(checkout):
    checkout.edit("matrix.yaml", "1500 MB", "900000 GB")
    checkout.imagewright("render")
    done = checkout.imagewright("build", "--no-cache", code=3)
    assert "GB free" in done.stderr
    assert not (checkout.root / "out/logs").exists()


def test_engine_down_says_how_to_bring_it_up(checkout, tmp_path):
    done = checkout.imagewright(
        "build",
        code=3,
        DOCKER_HOST=f"unix://{tmp_path}/none.sock",
        IMAGEWRIGHT_CACHE=str(tmp_path / "cache"),
    )
    assert "imagewright engine up" in done.stderr


def test_registry_out_of_reach_is_one_line(checkout):
    done = checkout.imagewright("build", "--bases", "registry", code=None)
    if done.returncode == 0:
        pytest.skip("a registry is reached from here")
    assert done.returncode == 3
    assert "registry not reached" in done.stderr


def test_image_not_built_says_what_to_build(checkout):
    checkout.edit("matrix.yaml", "repository: imagewright", "repository: none-of-these")
    done = checkout.imagewright("test", code=None)
    assert done.returncode in {2, 3}
    assert "imagewright build" in done.stderr


def test_unwritable_out_is_refused_before_anything_starts(checkout, engine):
    # Root writes into any folder, so a file stands in the place of out/.
    (checkout.root / "out").write_text("in the way")
    done = checkout.imagewright("test", "family=cpu", code=3)
    assert "out" in done.stderr
    assert not engine.left_over()


def test_a_lock_that_cannot_be_read_is_bad_input_in_every_verb(checkout):
    next(checkout.root.glob("images/inference-py*/requirements.lock")).write_bytes(b"\xff\xfe")
    for words in (("build", "family=inference"), ("render", "--check")):
        done = checkout.imagewright(*words, code=2)
        assert "requirements.lock cannot be read" in done.stderr
