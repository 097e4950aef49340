"""A build as data: the job, its hash, its buildx command line, and what buildx's output says.

Pure; imports registry_names and model. `validation.engine.build` acts on it.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from validation.engine.registry_names import is_loopback, registry_of
from validation.model import Image, Record

INPUTS_LABEL = "imagewright.inputs"
"""The hash of all that a built image was made from."""

BASE_HOW_LABEL = "imagewright.base.how"
"""Where its base came from: "registry", "bootstrap" or "given"."""

_STEP = re.compile(r"^#\d+ \[(?P<stage>[^\]]*?) *(?P<at>\d+)/(?P<of>\d+)\] (?P<what>.*)$")
_MOUNT = re.compile(r"--mount=\S+\s+")
_HERE_DOCUMENT = re.compile(r"<<\S+ \(#? ?(?P<first>.*?)(?:\.\.\.)?\)$")
_ERROR_LINE = re.compile(r"^(?P<file>Dockerfile|[^ ]*/Dockerfile):(?P<line>\d+)$")


class BuildJob(Record, frozen=True, kw_only=True):
    """All that one build is made from.

    `base` is the reference that FROM gets, `base_digest` its digest; `inputs` the hash of all
    that the image depends on; `secret` and `wheelhouse` lie in the run's scratch folder.
    `builder` is the buildx builder by name, "" for the one that the environment means; `remote`
    says that it is not an engine's own.
    `base_context` is the named context that brings a stand-in to a builder. `platforms` are built
    for, none said: the builder's own. With `push` the image goes to the registry that its tag
    names; an engine keeps it too, a builder does not. `cache_from` and `cache_to` are buildx's.
    """

    image: Image
    tag: str
    base: str
    base_digest: str
    base_how: str
    inputs: str
    revision: str
    source: str
    secret: Path
    wheelhouse: Path
    host_network: bool
    no_cache: bool = False
    builder: str = ""
    remote: bool = False
    base_context: str = ""
    platforms: tuple[str, ...] = ()
    push: bool = False
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()


def trainer_hash(files: Sequence[tuple[str, bytes]]) -> str:
    """Return the hash of the trainer's source: (path under trainer/, content) in any order."""
    digest = hashlib.sha256()
    for path, content in sorted(files):
        digest.update(f"{path} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def inputs_hash(folder_inputs: str, trainer: str, base_digest: str) -> str:
    """Return the hash that decides whether an image has to be built again.

    `folder_inputs` covers the Dockerfile and the locks (image.json's `inputs`).
    """
    return hashlib.sha256(f"{folder_inputs}\n{trainer}\n{base_digest}\n".encode()).hexdigest()


def build_argv(buildx: Path, job: BuildJob, metadata: Path) -> list[str | Path]:
    """Return the command that builds one image, to be run in the repository's root.

    Nothing in it is secret: index, credentials, CA and mirror are in the file behind `--secret`.
    """
    arguments = {
        "BASE": job.base,
        "BASE_DIGEST": job.base_digest,
        "REVISION": job.revision,
        "SOURCE": job.source,
    }
    argv: list[str | Path] = [buildx, "build", "--progress", "plain", *_output(job)]
    argv += ["--builder", job.builder] if job.builder else []
    argv += ["--platform", ",".join(job.platforms)] if job.platforms else []
    argv += ["--file", f"images/{job.image.id}/Dockerfile", "--tag", job.tag]
    for name, value in arguments.items():
        argv += ["--build-arg", f"{name}={value}"]
    argv += ["--label", f"{INPUTS_LABEL}={job.inputs}"]
    argv += ["--label", f"{BASE_HOW_LABEL}={job.base_how}", "--provenance", "false"]
    argv += ["--secret", f"id=installer,src={job.secret}"]
    argv += ["--build-context", f"wheelhouse={job.wheelhouse}", "--metadata-file", metadata]
    argv += ["--build-context", job.base_context] if job.base_context else []
    argv += ["--network", "host"] if job.host_network else []
    # a builder of its own grants the host's network only when it is asked for by name
    argv += ["--allow", "network.host"] if job.host_network and job.remote else []
    for option, values in (("--cache-from", job.cache_from), ("--cache-to", job.cache_to)):
        for value in values:
            argv += [option, value]
    argv += ["--no-cache"] if job.no_cache else []
    return [*argv, "."]


def _output(job: BuildJob) -> list[str | Path]:
    """Return where the image goes: an engine pushes what it keeps, a builder keeps nothing."""
    if not job.push:
        return ["--load"]
    if job.remote and is_loopback(registry_of(job.tag)):
        return ["--output", "type=registry,registry.insecure=true"]
    return ["--push"]


def step_of(line: str) -> str | None:
    """Return "image 3/7 RUN …" when a line of plain progress begins a step, else None.

    Mounts are left out, and of a here-document its first line is kept: what the step is about.
    """
    found = _STEP.match(line)
    if found is None:
        return None
    what = _MOUNT.sub("", found["what"])
    about = _HERE_DOCUMENT.search(what)
    if about:
        what = f"RUN {about['first'].strip()}"
    return f"{found['stage'].strip()} {found['at']}/{found['of']} {what}".strip()


def failed_line(lines: Sequence[str]) -> int | None:
    """Return the Dockerfile line that a failed build's output names, or None."""
    for line in reversed(lines):
        found = _ERROR_LINE.match(line.strip())
        if found:
            return int(found["line"])
    return None


def failed_output(lines: Sequence[str]) -> tuple[str, ...]:
    """Return what a failed step itself printed last: between buildx's two rules of dashes."""
    rules = [at for at, line in enumerate(lines) if line.strip() == "------"]
    block = lines[rules[-2] + 1 : rules[-1]] if len(rules) >= 2 else lines[-12:]
    return tuple(line.rstrip() for line in block)
