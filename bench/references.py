"""How long it takes to find and resolve the references of 2,000 Dockerfiles; two others beside it.

Makes the files itself (mixed: ARGs, stages, heredocs, continued lines, COPY --from), the same in
every run. `find_references` is timed in process: folder walk, reading, resolving, and what is
installed. Beside it, over the same files:

    our parser alone   `read_instructions`: taking apart only, as BuildKit's does
    BuildKit's parser  the package `dockerfile`: taking apart only, nothing is resolved
    dockerfile-parse   its `DockerfileParser(...).parent_images`: FROM with ARGs resolved
    hadolint           one process over all files, as a linter is run; it resolves nothing

Prints figures and ratios (of processor time, since others work on the machine too), and asserts
nothing. Run: python bench/references.py [FILES]. A tool that is not installed is
left out, and said to be.
"""

import importlib.util
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from validation.watch.references import find_references
from validation.watch.references.instructions import read_instructions

FILES = 2_000
RUNS = 5

CUDA = ("11.8.0", "12.1.0", "12.4.1", "12.6.3", "12.8.1", "13.0.3")
OSES = ("ubuntu20.04", "ubuntu22.04", "ubuntu24.04", "rockylinux9")
TORCH = ("2.2.0", "2.5.1", "2.7.1")

PLAIN = """\
FROM nvidia/cuda:{cuda}-runtime-{os}
RUN apt-get update && apt-get install -y --no-install-recommends python3.11 git \\
    # certificates for the index
    ca-certificates \\
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt .
RUN pip install --index-url https://download.pytorch.org/whl/cu126 torch=={torch} numpy
COPY . .
USER 1000
CMD ["python", "-m", "server"]
"""
STAGES = """\
# syntax=docker/dockerfile:1
ARG CUDA={cuda}
ARG OS={os}
ARG FLAVOR=runtime
FROM --platform=$BUILDPLATFORM nvidia/cuda:${{CUDA}}-devel-${{OS}} AS build
ENV DEBIAN_FRONTEND=noninteractive \\
    PATH=/opt/venv/bin:$PATH
RUN apt-get update && apt-get install -y build-essential ninja-build
COPY --from=ghcr.io/astral-sh/uv:0.9 /uv /bin/uv
RUN --mount=type=cache,target=/root/.cache uv venv --python 3.11 /opt/venv
ARG TORCH={torch}
RUN --mount=type=cache,target=/root/.cache \\
    uv pip install --extra-index-url https://download.pytorch.org/whl/cu126 "torch==${{TORCH}}"
COPY . .
RUN python setup.py bdist_wheel

FROM nvidia/cuda:${{CUDA}}-${{FLAVOR:-base}}-${{OS}} AS run
COPY --from=build /opt/venv /opt/venv
RUN <<EOF
set -eu
useradd --uid 1000 trainer
EOF
FROM run AS serve
EXPOSE 8000
ENTRYPOINT ["python", "-m", "server"]
"""
UNKNOWN = """\
ARG BASE
ARG TAG=12-slim
FROM ${{BASE}}
FROM debian:${{TAG%-*}}-slim
RUN pip install "torch=={torch}" cupy-cuda12x
"""


def write_files(root: Path, count: int) -> list[Path]:
    """Write the Dockerfiles, forty to a folder."""
    made = random.Random(2026)  # noqa: S311  (files to read, not secrets)
    paths = []
    for at in range(count):
        text = made.choice((PLAIN, STAGES, STAGES, UNKNOWN))
        text = text.format(cuda=made.choice(CUDA), os=made.choice(OSES), torch=made.choice(TORCH))
        path = root / f"service-{at // 40:03}" / f"{at:05}.Dockerfile"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        paths.append(path)
    return paths


def say(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def least(work: Callable[[], object], times: int) -> tuple[float, float]:
    """Return the least seconds that `work` took: by the clock, and of processor time."""
    clock = processor = float("inf")
    for _ in range(times):
        start, used = time.perf_counter(), _processor()
        work()
        clock = min(clock, time.perf_counter() - start)
        processor = min(processor, _processor() - used)
    return clock, processor


def _processor() -> float:
    """Return this process's processor time and that of the processes it waited for."""
    return time.process_time() + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def with_buildkit(paths: list[Path]) -> Callable[[], object] | None:
    """Return the work of BuildKit's parser, or None without its package."""
    if importlib.util.find_spec("dockerfile") is None:
        return None
    import dockerfile  # noqa: PLC0415  (only there to compare with)

    return lambda: [dockerfile.parse_file(str(path)) for path in paths]


def with_dockerfile_parse(paths: list[Path]) -> Callable[[], object] | None:
    """Return the work of dockerfile-parse, or None without it."""
    if importlib.util.find_spec("dockerfile_parse") is None:
        return None
    from dockerfile_parse import DockerfileParser  # noqa: PLC0415  (as above)

    def work() -> list[list[str]]:
        return [DockerfileParser(fileobj=path.open("rb")).parent_images for path in paths]

    return work


def with_hadolint(paths: list[Path]) -> Callable[[], object] | None:
    """Return one hadolint process over all files, or None without it."""
    beside = Path(sys.executable).with_name("hadolint")
    program = str(beside) if beside.exists() else shutil.which("hadolint")
    if program is None:
        return None
    command = [program, "--no-fail", "--format", "json", *map(str, paths)]
    return lambda: subprocess.run(command, capture_output=True, check=True)


def show(name: str, figures: tuple[float, float], count: int, own: tuple[float, float]) -> None:
    """Write one line: seconds by the clock and of processor, and as a multiple of ours."""
    clock, processor = figures
    each = f"{processor / count * 1e6:6.0f} µs a file"
    ratio = f"{processor / own[1]:6.1f} x"
    say(f"{name:20} {clock:7.3f} s  {processor:7.3f} s of processor  {each}  {ratio}")


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FILES
    with tempfile.TemporaryDirectory() as folder:
        root, half = Path(folder, "all"), Path(folder, "half")
        root.mkdir()
        half.mkdir()
        paths = write_files(root, count)
        write_files(half, count // 2)
        found = find_references(root)
        unresolved = sum(one.resolved is None for one in found.references)
        total = f"{len(found.references):,} references, {unresolved:,} unresolved"
        say(f"{count:,} Dockerfiles: {total}")
        own = least(lambda: find_references(root), RUNS)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        show("find_references", own, count, own)
        show("half as many files", least(lambda: find_references(half), RUNS), count // 2, own)
        say(f"most memory so far: {memory:.0f} MB; goal for {FILES:,} files: well under a second")
        texts = [path.read_text() for path in paths]
        others = {
            "our parser alone": lambda: [read_instructions(text) for text in texts],
            "BuildKit's parser": with_buildkit(paths),
            "dockerfile-parse": with_dockerfile_parse(paths),
            "hadolint": with_hadolint(paths),
        }
        for name, work in others.items():
            if work is None:
                say(f"{name:20} not installed: left out")
            else:
                show(name, least(work, 2), count, own)


if __name__ == "__main__":
    main()
