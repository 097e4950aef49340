"""The verb render: writes what is wanted, finds every drift, deletes only what is ours."""

import json


def test_the_committed_images_are_what_the_matrix_comes_to(checkout):
    code, out, err = checkout.imagewright("render", "--check")
    assert (code, err) == (0, "")
    assert out.endswith("images, no drift\n")


def test_a_changed_template_is_drift_with_a_diff(checkout):
    template = checkout.root / "templates/distro.Dockerfile.j2"
    template.write_text(template.read_text().replace("FROM os AS image", "FROM os AS other"))
    code, _, err = checkout.imagewright("render", "--check")
    assert code == 1
    assert "-FROM os AS image" in err
    assert "+FROM os AS other" in err
    assert "→ imagewright render" in err
    assert checkout.imagewright("render")[0] == 0
    assert checkout.imagewright("render", "--check")[0] == 0


def test_an_edited_dockerfile_is_drift(checkout):
    file = next((checkout.root / "images").glob("cpu-*/Dockerfile"))
    file.write_text(file.read_text() + "RUN true\n")
    assert checkout.imagewright("render", "--check")[0] == 1


def test_a_missing_folder_is_drift(checkout):
    file = next((checkout.root / "images").glob("cpu-*/image.json"))
    file.unlink()
    code, _, err = checkout.imagewright("render", "--check")
    assert code == 1
    assert "/dev/null" in err


def test_a_stale_folder_is_found_and_removed(checkout):
    stale = checkout.root / "images/old-py3.9-debian10"
    stale.mkdir()
    (stale / "Dockerfile").write_text("FROM x\n")
    code, _, err = checkout.imagewright("render", "--check")
    assert code == 1
    assert "old-py3.9-debian10: stale" in err
    assert checkout.imagewright("render")[0] == 0
    assert not stale.exists()


def test_a_stale_folder_with_a_persons_file_is_left(checkout):
    stale = checkout.root / "images/old"
    stale.mkdir()
    (stale / "notes.md").write_text("mine")
    code, _, err = checkout.imagewright("render")
    assert code == 2
    assert "images/old" in err
    assert (stale / "notes.md").exists()


def test_a_changed_requirement_unlocks_the_image(checkout):
    matrix = checkout.root / "matrix.yaml"
    matrix.write_text(
        matrix.read_text().replace("onnxscript, fastapi", "onnxscript, rich, fastapi")
    )
    assert checkout.imagewright("render")[0] == 0
    record = json.loads(next((checkout.root / "images").glob("cpu-*/image.json")).read_text())
    assert record["locked"] is False
    assert record["unlocked_because"] == "requirements.lock was made from other requirements"


def test_a_missing_template_variable_names_its_line(checkout):
    template = checkout.root / "templates/distro.Dockerfile.j2"
    template.write_text("FROM x\n{{ image.colour }}\n")
    code, _, err = checkout.imagewright("render")
    assert code == 2
    assert "templates/distro.Dockerfile.j2:2: " in err
    assert "colour" in err


def test_outside_of_a_checkout_it_says_where_to_go(checkout, tmp_path):
    (tmp_path / "matrix.yaml").unlink()
    code, _, err = checkout.imagewright("render")
    assert code == 2
    assert "no matrix.yaml" in err
