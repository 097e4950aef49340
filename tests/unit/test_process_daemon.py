"""A daemon: a process that outlives the tool, in a session of its own."""

import os
import sys
from pathlib import Path

import pytest

from validation.errors import WorldFailed
from validation.process import start_daemon


def test_a_daemon_has_its_own_session_folder_log_and_environment(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = "import os, sys; print(os.getsid(0), os.getcwd(), os.environ['WORD'], flush=True);"
    code += "print('to stderr', file=sys.stderr); assert sys.stdin.read() == ''"
    pid = start_daemon([sys.executable, "-c", code], log=log, env={"WORD": "said"})
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert log.read_text("utf-8") == f"{pid} / said\nto stderr\n"
    assert os.getsid(0) != pid
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_daemon_whose_program_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(WorldFailed, match="program not found"):
        start_daemon(["/no/such/daemon"], log=tmp_path / "log", env={})
