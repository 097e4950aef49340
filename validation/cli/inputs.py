"""What an image is made from beside its folder: the trainer's source, the checkout's revision.

Imports engine.buildx's hash, render, model, process and errors.
"""

import re
import shutil

from validation.engine.buildx import trainer_hash
from validation.errors import BadInput
from validation.model import Project
from validation.process import run as run_process
from validation.render.installer import without_credentials


def read_trainer(project: Project) -> str:
    """Return the hash of trainer/ as it will be copied: caches are not part of it."""
    files = [
        (str(path.relative_to(project.trainer)), path.read_bytes())
        for path in project.trainer.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    if not files:
        raise BadInput(f"no trainer in {project.trainer}", hint="a checkout has trainer/")
    return trainer_hash(files)


def read_git(project: Project, *words: str) -> str:
    """Return what git says, or "" outside of a checkout or without git."""
    if shutil.which("git") is None:
        return ""
    done = run_process(["git", "-C", project.root, *words], check=False, timeout=10)
    return done.stdout.strip() if done.ok else ""


def web_address(remote: str) -> str:
    """Return where people find a git remote, without credentials; "unknown" for a local path."""
    address = re.sub(r"^(?:ssh://)?git@([^:/]+)[:/]", r"https://\1/", remote).removesuffix(".git")
    return without_credentials(address) if address.startswith("https://") else "unknown"
