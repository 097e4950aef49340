"""Every bound says so, and hostile files end soon."""

import time

import pytest

from tests.unit.watch.references.conftest import Scan
from validation.watch.files import Bounds
from validation.watch.references import ScanOptions


def bounded(**bounds: int) -> ScanOptions:
    return ScanOptions(bounds=Bounds(**bounds))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (bounded(file_bytes=10), "the limit is 10; not read"),
        (bounded(file_lines=1), "more than 1 lines"),
        (bounded(total_bytes=40), "more than 40 bytes read"),
        (bounded(files=1), "more than 1 files"),
        (bounded(entries=1), "more than 1 files and folders"),
        (bounded(depth=1), "nested deeper than 1"),
        (bounded(references=1), "more than 1 references"),
        (bounded(nodes=3), "more than 3 values"),
        (bounded(expansions=2), "comes to 9 combinations; only the first 2"),
    ],
)
def test_every_bound_says_so(scan: Scan, options: ScanOptions, message: str) -> None:
    matrix = "{a: [1, 2, 3], b: [1, 2, 3]}"
    result = scan({
        "Dockerfile": "FROM a:1\nFROM b:1\nFROM c:1\n",
        "x/y/z/Dockerfile": "FROM d:1\n",
        ".github/workflows/a.yml": f"jobs: {{j: {{strategy: {{matrix: {matrix}}}, container: x}}}}",
    }, options=options)  # fmt: skip
    assert any(message in one.message for one in result.problems), result.problems


def test_a_chain_of_build_matrices_is_cut(scan: Scan) -> None:
    result = scan({
        "Dockerfile": "ARG A\nARG B\nFROM x:$A-$B\n",
        "matrix.yaml": f"A: {list(range(100))}\nB: {list(range(100))}\n",
    })  # fmt: skip
    assert len(result.references) == 1_000
    assert "10,000 combinations" in result.problems[0].message


BOMB = "a0: &a0 {image: x, containers: []}\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)
)

HOSTILE = {
    "includes of a large .env": (
        "compose.yaml",
        "include:\n"
        + "".join(f"  - {{path: compose.yaml, env_file: e{at}}}\n" for at in range(9_000)),
    ),
    "services that extend each other": (
        "compose.yaml",
        "services:\n"
        + "".join(
            f"  a{at}: {{extends: a{at + 1}, build: {{args: {{A: 1}}}}}}\n" for at in range(8_000)
        ),
    ),
    "requirements that are looked for everywhere": (
        "Dockerfile",
        "FROM a:1\n"
        + "COPY a b c d e f g h i j /x/r.txt\n" * 300
        + "RUN pip install -r /x/r.txt -r /x/s.txt -r /x/r.txt/t.txt\n" * 9_000,
    ),
    "requirements that include many": (
        "Dockerfile",
        "FROM a:1\nCOPY . .\n" + "RUN pip install -r Dockerfile\n" * 9_000 + "-r x\n" * 4_000,
    ),
    "requirements of itself": (
        "Dockerfile",
        "FROM a:1\nCOPY . .\n" + "RUN pip install -r Dockerfile\n" * 20_000,
    ),
    "alias bomb": ("k.yaml", f"apiVersion: v1\nkind: x\n{BOMB}"),
    "alias bomb as matrix": ("matrix.yaml", BOMB.replace("image", "A")),
    "merge bomb": (
        "k.yaml",
        "apiVersion: v1\nkind: x\na: &a {"
        + ", ".join(f"k{n}: 1" for n in range(2000))
        + "}\n"
        + "".join(f"b{n}: {{<<: *a}}\n" for n in range(5000)),
    ),
    "itself": ("compose.yaml", "services: &s {a: *s}"),
    "deep lists": ("compose.yaml", "[" * 100_000),
    "deep mappings": ("compose.yaml", "{a: " * 100_000),
    "deep blocks": ("compose.yaml", "- " * 100_000),
    "deep json": (".devcontainer.json", "[" * 100_000),
    "comments": (".devcontainer.json", "/*" * 200_000),
    "quotes in json": (".devcontainer.json", '"\\' * 200_000),
    "documents": ("k.yaml", "apiVersion: 1\nkind: 1\n" + "---\n" * 49_000),
    "keys": (
        "compose.yaml",
        "services:\n" + "".join(f" a{n}: {{image: 'a:{n}'}}\n" for n in range(30_000)),
    ),
    "doubling": (
        "Dockerfile",
        "ARG A0=xxxxxxxxxx\n"
        + "".join(f"ARG A{n}=$A{n - 1}$A{n - 1}\n" for n in range(1, 9000))
        + "FROM a:$A8999\n",
    ),
    "origins": (
        "Dockerfile",
        "ARG A0=x\n" + "".join(f"ARG A{n}=$A{n - 1}\n" for n in range(1, 40_000)) + "FROM a:$A9\n",
    ),
    "nesting": ("Dockerfile", "FROM " + "${A:-" * 100_000 + "\n"),
    "dollars": ("Dockerfile", "FROM " + "$A" * 500_000 + "\n"),
    "patterns": (
        "Dockerfile",
        f"ARG A={'a' * 60_000}\nFROM x:${{A%%{'*a' * 20_000}}}${{A//{'*a?' * 400}/b}}\n",
    ),
    "quotes": ("Dockerfile", "FROM a\nRUN pip install " + '"\\' * 100_000 + "\n"),
    "heredocs": ("Dockerfile", "FROM a\nRUN " + " ".join(f"<<E{n}" for n in range(20_000)) + "\n"),
    "heredoc dollars": ("Dockerfile", "FROM a\nRUN << " + "${a:-" * 50_000 + "\n"),
    "continuations": ("Dockerfile", "FROM a\\\n" * 40_000),
    "stages": (
        "Dockerfile",
        "".join(f"FROM s{n} AS s{n + 1}\nRUN pip install torch\n" for n in range(20_000)),
    ),
    "flags": ("Dockerfile", "FROM a\nRUN " + "--mount=from=b:1 " * 50_000 + "\n"),
    "commas": ("Dockerfile", "FROM a\nRUN --mount=from=b:1," + '"' * 400_000 + "\n"),
    "one word": ("Dockerfile", "FROM " + "a" * 1_000_000),
    "spaces": ("Dockerfile", "FROM" + " " * 500_000 + "a" + " " * 500_000 + "\n"),
    "no end": ("Dockerfile", "\\\n" * 49_000),
    "directives": ("Dockerfile", "# syntax=" + " " * 900_000 + "\n"),
    "nul": ("Dockerfile", "FROM a\0b\nFROM \x1b[31m\n"),
    "expressions": (".github/workflows/a.yml", "jobs: {a: {container: '" + "${{" * 200_000 + "'}}"),
    "templates": ("k.yaml", "apiVersion: 1\nkind: 1\nimage: " + "{{ " * 200_000),
    "template spaces": ("k.yaml", "apiVersion: 1\nkind: {{\nimage: {{" + " " * 500_000 + "x\n"),
    "extends": (
        ".gitlab-ci.yml",
        "".join(f"j{n}: {{extends: [j{n + 1}, j{n + 2}, j{n}]}}\n" for n in range(9_000)),
    ),
    "gitlab matrix": (
        ".gitlab-ci.yml",
        "x: &m [{A: &l ["
        + "1, " * 1000
        + "], B: *l, C: *l}]\n"
        + "".join(f"j{n}: {{image: 'a:$A', parallel: {{matrix: *m}}}}\n" for n in range(2000)),
    ),
    "gitlab variables": (".gitlab-ci.yml", "image: $A\nvariables: {A: '" + "$A" * 400 + "'}\n"),
    "env": ("compose.yaml", "services: {a: {image: '$A39999'}}"),
    "control": ("compose.yaml", "services: {a: {image: 'a\x07'}}"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_end_soon(scan: Scan, case: str) -> None:
    name, text = HOSTILE[case]
    files = {name: text}
    if case == "env":
        files[".env"] = "A0=1\n" + "".join(f"A{n}=x$A{n - 1}$A{n - 1}\n" for n in range(1, 40_000))
    if name == "matrix.yaml":
        files["Dockerfile"] = "ARG A\nFROM x:$A\n"
    start = time.process_time()
    result = scan(files)
    assert time.process_time() - start < 10  # each takes under two seconds on two slow cores
    assert result.files >= 1
