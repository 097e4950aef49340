"""`imagewright scan --patch`: git applies it for real, and a second scan finds the better bases."""

import json
import subprocess
from pathlib import Path

import pytest

from validation.cli import main

ROOT = Path(__file__).parents[3]
DAY = ("--offline", "--today", "2026-11-23", "--fail-on", "never")
INDEX = "https://download.pytorch.org/whl"
PINNED = f"""\
FROM nvidia/cuda:12.1.0-devel-ubuntu22.04
RUN apt-get update && apt-get install -y python3-pip
RUN pip install torch==2.2.0 --index-url {INDEX}/cu121
"""
MATRIX = """\
version: 1
repository: r
uv: 0.13.9
fleet: {drivers: ">=580", gpus: [sm_80]}
images:
  train:
    base: nvidia-cuda
    flavor: runtime
    workload: training
    os: ubuntu22.04
    python: "3.11"
    cuda: "12.6"   # quoted
    torch: 2.6.0
    budget: 9 GB
  cpu: {base: distro, workload: training, os: debian13, python: "3.13", torch: 2.13.0, budget: 1 GB}
"""


@pytest.fixture
def mend(capsys, tmp_path):
    """Return a function: write files, scan them, apply the patch, scan again.

    It returns the patch and the verdicts by reference before and after.
    """

    def verdicts(*words):
        with pytest.raises(SystemExit) as over:
            main(["scan", *DAY, "--format", "json", *words, str(tmp_path)])
        assert over.value.code == 0
        bases = json.loads(capsys.readouterr().out)["bases"]
        return {base["reference"]: base for base in bases}

    def mended(files):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode())
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
        patch = tmp_path / "moves.patch"
        before = verdicts("--patch", str(patch))
        if not patch.exists():
            return "", before, before
        text = patch.read_text()
        subprocess.run(["git", "apply", "--check", "moves.patch"], cwd=tmp_path, check=True)
        subprocess.run(["git", "apply", "moves.patch"], cwd=tmp_path, check=True)
        return text, before, verdicts()

    return mended


def test_torch_moves_with_its_base_and_the_pair_is_named(mend, tmp_path):
    text, before, after = mend({"Dockerfile": PINNED})
    (old,) = before.values()
    better = old["replacement"]
    assert old["verdict"] == "overdue"
    assert f"# {better['pair']}\n" in text
    assert set(after) == {better["reference"]}
    assert after[better["reference"]]["verdict"] == "current"
    (torch,) = [word for word in better["requirements"] if word.startswith("torch==")]
    changed = (tmp_path / "Dockerfile").read_text()
    release = torch.partition("+")[0]
    assert release != "torch==2.2.0"
    assert f"pip install {release} --index-url {better['index']}\n" in changed


def test_a_patch_to_a_later_cuda_major_names_the_driver_it_needs(mend):
    """Nothing is known of the hosts; devel, as no wheel brings a compiler."""
    text, before, _ = mend({"Dockerfile": "FROM nvidia/cuda:12.1.0-devel-ubuntu22.04\n"})
    (old,) = before.values()
    assert old["replacement"]["reference"].startswith("nvidia/cuda:13.")
    assert old["replacement"]["driver"] == "580.65.06"
    assert "# left to you: driver 580.65.06 on the hosts\n" in text


def test_what_cannot_follow_is_left_and_named(mend, tmp_path):
    text = PINNED.replace("torch==2.2.0", '"torch==${TORCH}"').replace(
        "RUN apt", "ARG TORCH=2.2.0\nRUN apt"
    )
    patch, before, _ = mend({"Dockerfile": text})
    (left,) = before.values()
    assert any(
        word.startswith("torch 2.2.0+cu121 →") for word in left["replacement"]["patch_leaves"]
    )
    assert "# left to you: torch 2.2.0+cu121 →" in patch
    assert 'torch==${TORCH}" --index-url' in (tmp_path / "Dockerfile").read_text()


def test_a_pin_in_a_copied_requirements_file_moves_too(mend, tmp_path):
    """torch is told by the file alone, and by it the replacement's torch is chosen."""
    files = {
        "Dockerfile": "FROM nvidia/cuda:12.1.0-devel-ubuntu22.04\nCOPY requirements.txt .\n"
        "RUN pip install -r requirements.txt\n",
        "requirements.txt": f"--index-url {INDEX}/cu121\ntorch==2.2.0\nflask\n",
    }
    text, before, after = mend(files)
    (old,) = before.values()
    assert "+ torch 2.2.0+cu121 →" in old["replacement"]["pair"]
    assert f"# {old['replacement']['pair']}\n" in text
    assert {told["verdict"] for told in after.values()} == {"current"}
    changed = (tmp_path / "requirements.txt").read_text()
    assert "torch==2.2.0" not in changed
    assert f"--index-url {old['replacement']['index']}\n" in changed


def test_names_line_ends_and_missing_newlines_are_kept(mend, tmp_path):
    base = "nvidia/cuda:13.1.0-base-ubuntu24.04"
    files = {
        "a b/Dockerfile": f"FROM {base}\r\nUSER 1\r\n",
        'q"uote\\/Dockerfile': f"FROM {base}",
        "ü/compose.yaml": f"services:\n  a: {{image: '{base}'}}\n  b:\n    image: {base}\n",
        "twice/Dockerfile": f"ARG TAG=13.1.0\nFROM nvidia/cuda:$TAG-base-ubuntu24.04 AS a\n"
        f"FROM nvidia/cuda:$TAG-devel-ubuntu24.04\n{'RUN true' * 3}\n",
    }
    _, before, after = mend(files)
    assert {told["verdict"] for told in before.values()} == {"overdue"}
    assert {told["verdict"] for told in after.values()} == {"current"}
    assert (tmp_path / "a b/Dockerfile").read_bytes().count(b"\r\n") == 2
    assert not (tmp_path / 'q"uote\\/Dockerfile').read_bytes().endswith(b"\n")


def test_the_matrix_changes_where_it_owns_the_base(mend, tmp_path):
    text, before, after = mend({"matrix.yaml": MATRIX})
    (old,) = [told for told in before.values() if told["verdict"] != "current"]
    assert old["reference"] not in after
    (better,) = old["replacement"]["patch_to"]
    assert after[better]["verdict"] == "current"
    assert f"{old['reference']} → {better} (current)" in text
    assert "+ torch 2.6.0+cu126 →" in text
    changed = (tmp_path / "matrix.yaml").read_text()
    assert "   # quoted\n" in changed
    assert changed.splitlines()[-1] == MATRIX.splitlines()[-1]


BLOCKS = """\
version: 1
repository: r
uv: 0.13.9
fleet: {drivers: ">=580", gpus: [sm_80]}
images:
  train:
    base: nvidia-cuda
    workload: training
    budget: 9 GB
    os: ubuntu22.04
    torch: 2.9.0
    each:
      - {cuda: "13.0", flavor: runtime, python: "3.11"}
      - {cuda: "12.4", patch: 12.4.0, flavor: runtime, python: "3.10", torch: 2.4.1}
"""


def test_a_block_of_a_family_changes_alone(mend, tmp_path):
    _, before, after = mend({"matrix.yaml": BLOCKS})
    old = before["nvidia/cuda:12.4.0-runtime-ubuntu22.04"]
    assert old["replacement"]["patch_to"]
    changed = (tmp_path / "matrix.yaml").read_text().splitlines()
    assert changed[:-1] == BLOCKS.splitlines()[:-1]
    assert "patch: 12.4.0" not in changed[-1]
    assert old["reference"] not in after
    for reference in old["replacement"]["patch_to"]:
        assert after[reference]["verdict"] != "overdue"


def test_what_is_rendered_changes_with_the_matrix_alone(mend):
    rendered = "# Rendered by `imagewright render` from a template: change matrix.yaml\n"
    base = "nvidia/cuda:12.4.0-runtime-ubuntu22.04"
    files = {"matrix.yaml": BLOCKS, "images/x/Dockerfile": f"{rendered}FROM {base}\n"}
    text, before, _ = mend(files)
    assert {line for line in text.splitlines() if line.startswith("+++ ")} == {"+++ b/matrix.yaml"}
    assert before[base]["verdict"] == "overdue"


def test_what_is_suppressed_stays(mend, tmp_path):
    base = "nvidia/cuda:13.1.0-base-ubuntu24.04"
    known = "# imagewright: ignore[base-overdue] until 2027-03-31 because it goes in March\n"
    files = {
        "a/Dockerfile": f"{known}FROM {base}\n",
        "b/Dockerfile": f"FROM {base}\n",
        "c/Dockerfile": f"ARG TAG=13.1.0-base\n{known}FROM nvidia/cuda:$TAG-ubuntu24.04 AS a\n"
        "FROM nvidia/cuda:$TAG-ubuntu24.04\n",
    }
    _, _, after = mend(files)
    assert base in after
    assert (tmp_path / "a/Dockerfile").read_text() == files["a/Dockerfile"]
    assert base not in (tmp_path / "b/Dockerfile").read_text()
    first, _, kept, moved = (tmp_path / "c/Dockerfile").read_text().splitlines()
    assert first == "ARG TAG=13.1.0-base"
    assert kept == "FROM nvidia/cuda:$TAG-ubuntu24.04 AS a"
    assert moved.startswith("FROM nvidia/cuda:13.0.3-base")


def test_of_this_repository_nothing_moves_that_is_wanted(capsys, tmp_path):
    patch = tmp_path / "moves.patch"
    with pytest.raises(SystemExit) as over:
        main(["--root", str(ROOT), "scan", *DAY, "--patch", str(patch)])
    assert over.value.code == 0
    assert not patch.exists(), patch.read_text()
    assert "no patch is written" in capsys.readouterr().err


def test_a_matrix_that_would_not_hold_is_left_alone(mend):
    held = MATRIX + "exclude:\n  - {family: train, cuda: '12.6', because: shown}\n"
    held = held.replace('cuda: "12.6"', 'cuda: ["12.6", "12.8"]')
    patch, before, after = mend({"matrix.yaml": held})
    assert before.keys() == after.keys()
    assert patch == ""


def test_nothing_to_move_writes_nothing(mend):
    assert mend({"Dockerfile": "FROM debian:13-slim\n"})[0] == ""
