"""Sessions that call the command line. Thin on purpose: what a session does, `imagewright` does.

`nox -s engine build test` makes and proves the default images; `nox -s lint unit docs e2e` checks
the tool itself. Words after `--` go to the command: `nox -s build -- 'family=wheels cuda=12.6'`.
"""

import ast
import subprocess
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "unit"]

CONSTRAINTS = ("-c", "constraints.txt")


def pip_settings() -> dict[str, str]:
    """Return what pip is configured with here, in uv's words: uv does not read pip's files."""
    words = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "cert": "SSL_CERT_FILE",
    }
    asked = [sys.executable, "-m", "pip", "config", "list"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    settings = {}
    for line in told.splitlines():
        key, _, value = line.partition("=")
        name = words.get(key.rpartition(".")[2])
        if name:
            urls = str(ast.literal_eval(value)).split()
            settings[name] = " ".join(url for url in urls if not url.startswith("file:"))
    return {name: value for name, value in settings.items() if value}


def tool(session: nox.Session, *groups: str) -> None:
    """Install Imagewright and the named dependency groups, pinned by constraints.txt."""
    packages = nox.project.dependency_groups(nox.project.load_toml(), *groups)
    session.install(*CONSTRAINTS, "-e", ".", *packages, env=pip_settings())


def imagewright(session: nox.Session, *words: str) -> None:
    """Run one verb with what stands after `--`."""
    tool(session)
    session.run("imagewright", *words, *session.posargs)


@nox.session
def engine(session: nox.Session) -> None:
    """Bring up a container engine if none answers; `-- down` removes it, `-- status` tells."""
    tool(session)
    session.run("imagewright", "engine", *(session.posargs or ["up"]))


@nox.session
def render(session: nox.Session) -> None:
    """Write the Dockerfiles; `-- --check` compares only."""
    imagewright(session, "render")


@nox.session
def build(session: nox.Session) -> None:
    """Build images."""
    imagewright(session, "build")


@nox.session
def test(session: nox.Session) -> None:
    """Prove built images."""
    imagewright(session, "test")


@nox.session
def compare(session: nox.Session) -> None:
    """Compare two built images: `-- OLD NEW`."""
    imagewright(session, "compare")


@nox.session
def report(session: nox.Session) -> None:
    """Report what exists and what was proven."""
    imagewright(session, "report")


@nox.session
def scan(session: nox.Session) -> None:
    """Judge every base image; `-- --offline` asks no registry."""
    imagewright(session, "scan")


@nox.session
def lint(session: nox.Session) -> None:
    """Check types, style, import directions, rendered files, Dockerfiles and workflows."""
    tool(session, "lint", "unit")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("mypy")
    session.run("lint-imports")
    session.run("imagewright", "render", "--check")
    session.run("imagewright", "report", "--check")
    dockerfiles = sorted(str(path) for path in Path("images").glob("*/Dockerfile"))
    session.run("hadolint", "--config", ".hadolint.yaml", *dockerfiles)
    workflows = sorted(str(path) for path in Path(".github/workflows").glob("*.yml"))
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
    session.run("zizmor", "--offline", "--no-progress", *workflows, "action.yml")
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")
    session.run("check-jsonschema", "--schemafile", "docs/matrix.schema.json", "matrix.yaml")


@nox.session
def unit(session: nox.Session) -> None:
    """Test the tool without engine or network."""
    tool(session, "unit")
    session.run("pytest", "-n", "2", *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """Test the report in a real Chromium; in CI the distribution's is fetched where none is."""
    tool(session, "unit", "browser")
    session.run("pytest", "tests/browser", *session.posargs)


@nox.session
def e2e(session: nox.Session) -> None:
    """Test the tool against a real engine, bringing one up if none answers, and a real browser."""
    tool(session, "unit", "api", "browser")
    session.run("pytest", "tests/browser")
    session.run("imagewright", "engine", "up")
    session.run("pytest", "tests/engine", "-m", "engine", *session.posargs)


@nox.session
def cuda(session: nox.Session) -> None:
    """Test the proofs of CUDA images on a real one; it is built first, and needs no GPU."""
    tool(session, "unit")
    session.run("imagewright", "engine", "up")
    session.run("pytest", "tests/engine", "-m", "cuda", *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """Hurt an engine of its own on purpose, as root; `-- --seed N --count N --write`."""
    tool(session, "unit")
    session.run("python", "-m", "pytest", "tests/faults", "-m", "faults", *session.posargs)


@nox.session
def checklist(session: nox.Session) -> None:
    """Go through a migration's checklist: build, up, health, GPU, job, ONNX, inference, down."""
    tool(session, "unit", "api")
    session.run("imagewright", "engine", "up")
    checks = ["tests/engine/test_checklist.py", "-m", "engine", "-v", *session.posargs]
    session.run("pytest", *checks, env={"CHECKLIST_BUILD": "--no-cache"})


@nox.session
def api(session: nox.Session) -> None:
    """Ask both services what their OpenAPI allows and what it does not, 500 times per operation."""
    tool(session, "unit", "api")
    session.run("imagewright", "engine", "up")
    checks = ["tests/engine/test_checklist.py", "-m", "engine", "-k", "no_request", "-v"]
    session.run("pytest", *checks, *session.posargs, env={"API_EXAMPLES": "500"})


@nox.session
def bench(session: nox.Session) -> None:
    """Measure, side by side in one run; prints figures and ratios."""
    tool(session, "unit", "bench")
    for script in sorted(Path("bench").glob("*.py")):
        session.run("python", str(script), *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Throw made-up files at the readers of scanned ones; `-- --minutes 5` says how long each."""
    tool(session, "unit", "fuzz")
    session.run("python", "-m", "tests.fuzz", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Check what the documents say of commands, files and links; build them as a site in site/."""
    tool(session, "unit", "docs")
    session.run("imagewright", "documents", "--check")
    session.run("pytest", "tests/docs", *session.posargs)
    session.run("zensical", "build", "--strict", "--clean")
