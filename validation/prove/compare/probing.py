"""Asks a program inside a container a question, and reads its answer as a typed record.

Imports prove's container and archive, errors and model.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from docker.models.containers import Container

from validation.errors import Findings
from validation.prove.container import DATA, ContainerEnded, command, get_files, put_files

_PROBES = Path(__file__).parents[1] / "probes"
_LAST = 8  # lines of a program's output that say why it ended

Answer = TypeVar("Answer")


class NoAnswer(Findings):
    """A program in a container ended without an answer: the image is to blame, not the world."""


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """A running container that is asked: how long each answer may take, and who hears its output.

    `timeout` is in seconds.
    """

    container: Container
    timeout: float
    follow: Callable[[str], None]

    def run(self, probe: str, *words: str) -> str:
        """Run a probe with words as arguments; return its output. Raises `NoAnswer`."""
        text = (_PROBES / f"{probe}.py").read_text("utf-8")
        argv = ["python", "-c", text, *words]
        try:
            status, output = command(self.container, argv, self.timeout, self.follow)
        except ContainerEnded as error:
            raise NoAnswer(error.what.replace(text, probe), details=error.details) from error
        if status != 0:
            lines = [line for line in output.splitlines() if line.strip()] or ["it said nothing"]
            what = f"{probe} ended with exit code {status}: {lines[-1].strip()}"
            raise NoAnswer(what, details=tuple(lines[-_LAST:-1]))
        return output

    def ask(
        self, probe: str, folder: str, question: Mapping[str, object], to: Path, kind: type[Answer]
    ) -> Answer:
        """Ask a probe; copy what it left in `folder` of the data folder to `to`; return its answer.

        Raises `NoAnswer`, also for an answer that is not of the kind.
        """
        asked = msgspec.json.encode({**question, "out": f"{DATA}/{folder}"}).decode()
        self.run(probe, asked)
        try:
            get_files(self.container, folder, to)
        except ContainerEnded as error:
            raise NoAnswer(error.what, details=error.details) from error
        try:
            return msgspec.json.decode((to / "answer.json").read_bytes(), type=kind)
        except (OSError, msgspec.MsgspecError) as error:
            raise NoAnswer(f"{probe} answered something else: {error}") from error

    def put(self, folder: str, files: Mapping[str, Path], scratch: Path) -> dict[str, str]:
        """Copy files into a new folder of the data folder under the given names.

        Returns where each lies in the container. Raises `NoAnswer` when the container has ended,
        or when a file is not there that a program said it had made.
        """
        scratch.mkdir(parents=True, exist_ok=True)
        named = []
        try:
            for name, file in files.items():
                (scratch / name).write_bytes(file.read_bytes())
                named.append(scratch / name)
        except FileNotFoundError as error:
            raise NoAnswer(f"{Path(error.filename).name} was not made") from error
        try:
            put_files(self.container, folder, named)
        except ContainerEnded as error:
            raise NoAnswer(error.what, details=error.details) from error
        return {name: f"{DATA}/{folder}/{name}" for name in files}
