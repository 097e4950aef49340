"""What a build is handed beside its context: the installer secret and the wheels at hand.

Imports locks, engine.runs, engine.wheelhouse, facts, files, render and model.
"""

import threading
from pathlib import Path

from validation.cli.locks import python_platform, read_locks
from validation.engine.runs import Run
from validation.engine.wheelhouse import stage_wheels
from validation.facts.load import load_facts
from validation.files import disk_failure
from validation.model import Image, Project
from validation.render.installer import InstallerConfig, render_installer_secret


class Staging:
    """Writes each image's secret and wheels into the run's scratch folder, once. Thread-safe."""

    def __init__(self, project: Project, run: Run, config: InstallerConfig) -> None:
        self._project = project
        self._run = run
        self._config = config
        self._staged: dict[str, tuple[Path, Path]] = {}
        self._lock = threading.Lock()

    def of(self, image: Image) -> tuple[Path, Path]:
        """Return the secret's file and the folder of wheels of an image.

        Raises `WorldFailed` for a wheel that cannot be read, and where the disk refuses.
        """
        with self._lock:
            if image.id not in self._staged:
                self._staged[image.id] = self._write(image)
            return self._staged[image.id]

    def _write(self, image: Image) -> tuple[Path, Path]:
        scratch = self._run.scratch / image.id
        locks = read_locks(self._project, image).values()
        wheels = stage_wheels(
            locks,
            self._config.find_links,
            scratch / "wheelhouse",
            python=image.python,
            platforms=python_platform(image, load_facts()).split(),
        )
        overrides = {"TORCH_INDEX": ""} if wheels.covers_torch else {}
        if wheels.covers_all:
            overrides |= {"UV_NO_INDEX": "1", "PIP_NO_INDEX": "1"}
        secret = scratch / "installer"
        try:
            secret.touch(mode=0o600)
            secret.write_text(render_installer_secret(self._config, overrides), "utf-8")
        except OSError as error:
            raise disk_failure("write", secret, error) from error
        return secret, wheels.folder
