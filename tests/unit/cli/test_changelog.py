"""`imagewright changelog` in a real git repository."""

import json
import shutil
import subprocess

import pytest

CPU = "cpu-torch2.13.0-py3.11-debian12"


@pytest.fixture
def repository(checkout):
    """The checkout with everything committed once."""

    def git(*words):
        identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
        subprocess.run(
            ["git", "-C", checkout.root, *identity, *words], check=True, capture_output=True
        )

    checkout.git = git
    git("init", "--quiet", "--initial-branch=main")
    git("add", "--all")
    git("commit", "--quiet", "--message=first")
    git("tag", "v1")
    return checkout


def edit_image(repository, name, **changes):
    path = repository.root / "images" / name / "image.json"
    told = json.loads(path.read_text())
    told["image"].update(changes)
    path.write_text(json.dumps(told))


def test_nothing_has_changed(repository):
    code, out, err = repository.imagewright("changelog", "--since", "v1")
    assert (code, out) == (0, "")
    assert "nothing that an image contains has changed since v1" in err


def test_a_moved_torch_is_proposed_with_its_images(repository):
    images = repository.root / "images"
    new = CPU.replace("2.13.0", "2.14.0")
    (images / CPU).rename(images / new)
    edit_image(repository, new, id=new, torch="2.14.0")
    for ref in ("v1", "HEAD", "main"):
        code, out, _ = repository.imagewright("changelog", "--since", ref)
        assert code == 0
        assert out.startswith("### Changed\n\n- Torch 2.13.0 → 2.14.0.\n\n  Affected images: `")
        assert f"`{CPU} → {new}`" in out.replace("\n  ", " ")


def test_a_moved_base_an_added_and_a_removed_image(repository):
    images = repository.root / "images"
    edit_image(repository, CPU, base="debian:13-slim")
    shutil.rmtree(images / "inference-py3.11-debian12")
    shutil.copytree(images / CPU, images / "next")
    edit_image(repository, "next", id="next", family="next")
    _, out, _ = repository.imagewright("changelog", "--since", "v1")
    assert "### Added\n\n- Image of family `next`: base `debian:13-slim`" in out
    assert "- Base `debian:12-slim` → `debian:13-slim`." in out
    assert "### Removed\n\n- Image of family `inference`" in out


def test_a_repinned_package_and_another_fleet(repository):
    lock = repository.root / "images" / CPU / "requirements.lock"
    text = lock.read_text()
    line = next(line for line in text.splitlines() if line.startswith("fastapi=="))
    lock.write_text(text.replace(line, "fastapi==99.1 \\"))
    matrix = repository.root / "matrix.yaml"
    matrix.write_text(matrix.read_text().replace('drivers: ">=535"', 'drivers: ">=540"', 1))
    _, out, _ = repository.imagewright("changelog", "--since", "v1")
    assert f"- Packages: fastapi {line.split('==')[1].split()[0]} → 99.1." in out
    assert "- The fleet: drivers >=535 → >=540." in out


def test_a_matrix_in_a_folder_of_a_larger_repository(repository):
    below = repository.root / "deploy"
    below.mkdir()
    for part in ("images", "matrix.yaml"):
        shutil.move(repository.root / part, below / part)
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message=below")
    repository.root = below
    edit_image(repository, CPU, base="debian:13-slim")
    code, out, _ = repository.imagewright("changelog", "--since", "HEAD")
    assert code == 0
    assert "### Added" not in out
    assert "- Base `debian:12-slim` → `debian:13-slim`." in out


@pytest.mark.parametrize("ref", ["nope", "--help", "v1:matrix.yaml", ""])
def test_what_is_no_commit_is_bad_input(repository, ref):
    code, _, err = repository.imagewright("changelog", f"--since={ref}")
    assert code == 2
    assert "git knows no commit" in err


def test_no_repository_is_bad_input(checkout, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(checkout.root.parent))
    code, _, err = checkout.imagewright("changelog", "--since", "HEAD")
    assert code == 2
    assert "in no git repository" in err


def test_a_broken_image_of_the_working_tree_is_named(repository):
    (repository.root / "images" / CPU / "image.json").write_text("{}")
    code, _, err = repository.imagewright("changelog", "--since", "v1")
    assert code == 2
    assert f"images/{CPU}/image.json is no image.json" in err


def test_a_matrix_of_then_that_is_not_read_any_more_leaves_the_images(repository):
    matrix = repository.root / "matrix.yaml"
    good = matrix.read_text()
    matrix.write_text("version: 0\n")
    repository.git("commit", "--quiet", "--all", "--message=old")
    matrix.write_text(good)
    edit_image(repository, CPU, base="debian:13-slim")
    code, out, err = repository.imagewright("changelog", "--since", "HEAD")
    assert code == 0
    assert "its fleet is not compared" in err
    assert "- Base `debian:12-slim` → `debian:13-slim`." in out
