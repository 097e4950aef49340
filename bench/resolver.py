"""How fast combinations are resolved, in process and as whole commands, beside bake and jq.

Run by `nox -s bench`. Prints figures and ratios; asserts nothing, because a busy machine is no
mistake of ours. Times are the least of several runs in process, the median of whole commands.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

from validation.facts.load import load_facts
from validation.matrix.expand import expand
from validation.matrix.load import load_matrix
from validation.matrix.resolve import Resolver, resolve_all
from validation.model import Candidate, Family, Fleet, Image

ROOT = Path(__file__).resolve().parents[1]
RUNS = 15

AXES = {
    "cuda": ("12.4", "12.6", "12.8", "12.9"),
    "torch": ("2.4.1", "2.6.0", "2.8.0", "2.9.1"),
    "python": ("3.10", "3.11", "3.13"),
    "flavor": ("runtime", "devel"),
    "os": ("ubuntu20.04", "ubuntu22.04"),
}
"""192 combinations, of which 104 can be: the matrix that the programs beside us expand too."""

MATRIX = f"""\
version: 1
repository: bench
uv: 0.13.9
fleet: {{drivers: ">=535", gpus: [sm_80, sm_90]}}
images:
  train:
    base: nvidia-cuda
    workload: training
    budget: 9 GB
{"".join(f"    {axis}: {json.dumps(values)}" + chr(10) for axis, values in AXES.items())}"""

JQ = """[.cuda[] as $cuda | .torch[] as $torch | .python[] as $python | .flavor[] as $flavor
 | .os[] as $os | {$cuda, $torch, $python, $flavor, $os}
 | select(. as $row | $possible | index([[$row.cuda, $row.torch, $row.python]]))]"""


def say(text: str = "") -> None:
    """Write a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def least(act: Callable[[], object], runs: int = 3) -> tuple[float, float]:
    """Return the least seconds that `act` took: by the clock, and of processor time."""
    times = []
    for _ in range(runs):
        begun, spent = time.perf_counter(), time.process_time()
        act()
        times.append((time.perf_counter() - begun, time.process_time() - spent))
    clock, processor = zip(*times, strict=True)
    return min(clock), min(processor)


def many(count: int) -> list[Candidate]:
    """Return so many different candidates: two families, lists on every axis, three autos."""
    fleet = Fleet(drivers=">=535", gpus=("sm_75", "sm_80", "sm_86", "sm_89", "sm_90"))
    families = [
        Family(
            name=f"train-{base}",
            base=base,
            template=base,
            workload="training",
            axes={},
            packages=("onnxscript", "fastapi"),
            fleet=fleet,
            budget_mb=9000,
        )
        for base in ("nvidia-cuda", "distro")
    ]
    spans = {
        "cuda": ("11.8", "12.1", "12.4", "12.6", "12.8", "12.9", "13.0", "13.2"),
        "torch": tuple(load_facts().torch.releases),
        "numpy": ("auto", "1.26.4", "2.3.5", "2.4.6"),
        "python": ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14"),
        "flavor": ("runtime", "devel", "base"),
        "os": ("ubuntu20.04", "ubuntu22.04", "ubuntu24.04", "debian12"),
    }
    autos = {"onnx": "auto", "torchvision": "auto"}
    found = [
        Candidate(family=family, axes={**dict(zip(spans, values, strict=True)), **autos})
        for family in families
        for values in product(*spans.values())
    ]
    assert len(found) >= count  # noqa: S101  (a mistake in this script)
    step = len(found) / count
    return [found[int(at * step)] for at in range(count)]


def in_process() -> None:
    """Print what resolving costs inside one process, and that it is linear."""
    say("in process (verdict and reasons; facts read anew, nothing remembered)")
    per_candidate = []
    for count in (25_000, 50_000, 100_000):
        wishes = many(count)

        def resolve(wishes: list[Candidate] = wishes) -> list[object]:
            resolver = Resolver(load_facts())
            return [resolver.resolve(wish) for wish in wishes]

        seconds, spent = least(resolve)
        images = sum(isinstance(answer, Image) for answer in resolve())
        per_candidate.append(spent / count * 1e6)
        say(
            f"  {count:>7,} candidates  {seconds:6.3f} s  (processor {spent:5.3f} s)"
            f"  {per_candidate[-1]:5.1f} µs each  {images:,} images"
        )
    ratio = per_candidate[-1] / per_candidate[0]
    say(f"  limit: 1.0 s for 100,000; per candidate, 100,000 to 25,000: {ratio:.2f} (linear: <= 1)")
    text = (ROOT / "matrix.yaml").read_text("utf-8")
    shipped = expand(load_matrix(text, "matrix.yaml"))
    seconds, _ = least(lambda: resolve_all(shipped, load_facts()), runs=20)
    say(f"  the shipped matrix, {len(shipped)} candidates: {seconds * 1e3:.1f} ms (limit 10 ms)")


def commands(argv: Sequence[str | Path], folder: Path) -> tuple[float, float]:
    """Return (median milliseconds, largest memory in MB) of a command over several runs.

    One run before them warms the file cache and writes what Python compiles.
    """
    times, memory = [], []
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    } | {"PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    for run in range(RUNS + 1):
        begun = time.perf_counter()
        child = subprocess.Popen(
            [str(word) for word in argv],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in {0, 1}:
            raise SystemExit(f"{argv}: exit {child.returncode}")
        if run:
            times.append((time.perf_counter() - begun) * 1e3)
            memory.append(used.ru_maxrss / 1e3)
    return statistics.median(times), max(memory)


def buildx() -> Path | None:
    """Return the buildx plugin: the private engine's, or the one that docker would find."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "imagewright"
    places = [
        *Path(os.environ.get("IMAGEWRIGHT_CACHE") or cache).glob(
            "engine/programs/**/docker-buildx"
        ),
        *Path("/usr/libexec/docker/cli-plugins").glob("docker-buildx"),
        *Path("/usr/lib/docker/cli-plugins").glob("docker-buildx"),
        *(Path.home() / ".docker/cli-plugins").glob("docker-buildx"),
    ]
    return next((path for path in places if path.is_file() and os.access(path, os.X_OK)), None)


def bake_file() -> str:
    """Return a bake file that multiplies the same lists; bake has no way to leave rows out."""
    lists = "\n".join(f"    {axis} = {json.dumps(values)}" for axis, values in AXES.items())
    name = "-".join(f'${{replace({axis}, ".", "_")}}' for axis in AXES)
    return (
        f'target "train" {{\n  name = "t-{name}"\n  matrix = {{\n{lists}\n  }}\n'
        '  args = { BASE = "nvidia/cuda:${cuda}-${flavor}-${os}", TORCH = torch }\n}\n'
    )


def others(folder: Path) -> list[tuple[str, list[str | Path]]]:
    """Return the programs beside us that are there, with what they are asked; say which are not."""
    matrix = load_matrix(MATRIX, "matrix.yaml")
    images = [each for each in resolve_all(expand(matrix), load_facts()) if isinstance(each, Image)]
    say(f"a matrix of {len(expand(matrix))} combinations, {len(images)} of which can be")
    possible = sorted({(image.cuda, image.torch, image.python) for image in images})
    (folder / "axes.json").write_text(json.dumps(AXES))
    (folder / "docker-bake.hcl").write_text(bake_file())
    found: list[tuple[str, list[str | Path]]] = []
    plugin = buildx()
    if plugin is None:
        say("  docker buildx bake: skipped, no buildx here (imagewright engine up brings one)")
    else:
        found.append(("docker buildx bake --print", [plugin, "bake", "--print", "train"]))
    jq = next((Path(at, "jq") for at in os.get_exec_path() if Path(at, "jq").is_file()), None)
    if jq is None:
        say("  jq: skipped, no jq here (the distribution's package jq has it)")
    else:
        argv = [jq, "--argjson", "possible", json.dumps(possible), JQ, "axes.json"]
        found.append(("jq, told what is possible", argv))
    return found


def whole_commands(folder: Path) -> None:
    """Print what whole commands cost, ours and others' on an equally large matrix."""
    ours = Path(sys.executable).with_name("imagewright")
    story = ("torch=2.5.0", "cuda=12.6", "python=3.11", "os=ubuntu22.04", "base=nvidia-cuda")
    (folder / "matrix.yaml").write_text(MATRIX)
    rows: list[tuple[str, list[str | Path]]] = [
        ("imagewright explain (impossible)", [ours, "explain", *story]),
        ("imagewright explain (possible)", [ours, "explain", "torch=2.6.0", *story[1:]]),
        ("imagewright plan --format json", [ours, "plan", "--format", "json"]),
        *others(folder),
    ]
    measured = {name: commands(argv, folder) for name, argv in rows}
    plan = measured["imagewright plan --format json"][0]
    for name, (milliseconds, megabytes) in measured.items():
        ratio = milliseconds / plan
        say(f"  {name:<34} {milliseconds:7.0f} ms {megabytes:6.0f} MB   {ratio:5.2f} of our plan")
    say("  limits: plan and explain under 150 ms and 60 MB")


def main() -> None:
    """Measure and print."""
    python = sys.version.split()[0]
    say(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, Python {python}")
    # Commands first: a child's peak memory is never told below its parent's when it was started.
    with tempfile.TemporaryDirectory() as folder:
        whole_commands(Path(folder))
    in_process()


if __name__ == "__main__":
    main()
