"""The command line: exit codes, no tracebacks, what is imported, how it stops."""

import importlib.util
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import trainer

ROOT = str(Path(trainer.__file__).parent.parent)
needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="the inference image has no torch, by design"
)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("frobnicate",),
        ("smoke",),
        ("smoke", "--out", "x", "--seed", "-1"),
        ("smoke", "--out", "x", "--seed", "9223372036854775808"),
        ("smoke", "--out", "x", "--device", "tpu"),
        ("smoke", "--out", "x", "--opset", "99"),
        ("smoke", "--out", "x", "--steps", "0"),
        ("train", "--out", "x", "--learning-rate", "nan"),
        ("check", "--model", "x"),
    ],
)
def test_bad_arguments_are_exit_2_with_a_message(trainer_command, arguments):
    done = trainer_command(*arguments)
    assert done.returncode == 2
    assert "error:" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_every_verb_and_variable(trainer_command):
    done = trainer_command("--help")
    assert done.returncode == 0
    for word in ("smoke", "train", "export", "check", "serve", "infer", "health"):
        assert word in done.stdout
    for name in ("DEVICE", "HOST", "PORT", "DATA", "MODEL"):
        assert f"IMAGEWRIGHT_{name}" in done.stdout


@needs_torch
def test_an_unwritable_folder_is_exit_3_with_one_message(trainer_main):
    code, complaint = trainer_main("smoke", "--out", "/proc/imagewright")
    assert code == 3
    assert "cannot write /proc/imagewright" in complaint


@needs_torch
def test_a_file_where_a_folder_should_be_is_exit_2(trainer_main, tmp_path):
    (tmp_path / "file").touch()
    assert trainer_main("train", "--out", tmp_path / "file")[0] == 2


@needs_torch
def test_a_disk_that_fills_up_is_exit_3_and_leaves_no_partial_file(trainer_command, tmp_path):
    limit = 64 * 1024  # a file may not grow beyond: room for the probe and metrics, not for weights

    done = trainer_command(
        "train",
        "--out",
        tmp_path,
        "--steps",
        "3",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 3
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr
    assert {entry.name for entry in tmp_path.iterdir()} == {"metrics.jsonl"}


@needs_torch
def test_settings_cannot_change_under_a_resume(trainer_main, tmp_path):
    assert trainer_main("train", "--out", tmp_path, "--steps", 2)[0] == 0
    resume = ("train", "--out", tmp_path, "--resume", tmp_path / "checkpoint.pt")
    code, complaint = trainer_main(*resume, "--steps", 9)
    assert code == 2
    assert "steps" in complaint
    assert trainer_main(*resume)[0] == 0


@needs_torch
def test_sigterm_stops_a_training_with_whole_files(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "trainer", "train", "--out", tmp_path, "--steps", "100000"],
        env={**os.environ, "PYTHONPATH": ROOT},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "checkpoint.pt").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, complaint = process.communicate(timeout=10)
    assert process.returncode == 128 + signal.SIGTERM
    assert "stopped at step" in complaint
    assert "Traceback" not in complaint
    from trainer.checkpoint import read_checkpoint  # noqa: PLC0415  (torch is not everywhere)

    assert f"stopped at step {read_checkpoint(tmp_path / 'checkpoint.pt').step}" in complaint
    assert {entry.name for entry in tmp_path.iterdir()} == {"checkpoint.pt", "metrics.jsonl"}


IMPORTS = """
import sys
class NoTorch:
    def find_spec(self, name, *rest):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError("torch is asked for", name="torch")
sys.meta_path.insert(0, NoTorch())
import importlib
importlib.import_module("trainer.__main__")
for name in {names!r}:
    importlib.import_module("trainer.verbs." + name)
print(",".join(sorted({{m.partition(".")[0] for m in sys.modules}})))
"""


def imported_by(*names):
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS.format(names=names)],
        env={**os.environ, "PYTHONPATH": ROOT},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.strip().split(","))


def test_check_and_infer_never_import_torch():
    pytest.importorskip("onnxruntime", reason="the training image has no ONNX Runtime, by design")
    pytest.importorskip("fastapi", reason="this image has no service")
    assert "onnxruntime" in imported_by("check", "infer")


def test_health_imports_no_package_at_all():
    assert not imported_by("health") & {"torch", "numpy", "onnx", "onnxruntime", "fastapi"}


def test_the_command_line_alone_imports_no_package():
    assert not imported_by() & {"torch", "numpy", "onnx", "onnxruntime", "fastapi"}


def test_a_verb_without_its_package_says_so(tmp_path):
    blocked = tmp_path / "torch.py"
    blocked.write_text("raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')")
    done = subprocess.run(
        [sys.executable, "-m", "trainer", "smoke", "--out", tmp_path],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "torch, which this image does not have" in done.stderr
    assert "Traceback" not in done.stderr
