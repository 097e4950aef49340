"""Which two images a comparison is about."""

import shutil

import msgspec
import pytest

from tests.unit.cli.conftest import ROOT
from validation.prove.receipt import decode, encode

CPU = "cpu-torch2.13.0-py3.11-debian12"


def test_a_dry_run_names_both(checkout):
    code, out, _ = checkout.imagewright(
        "compare", "family=wheels cuda=12.6", CPU, "--runs", "5", "--steps", "20", "--dry-run"
    )
    assert code == 0
    assert "wheels-cu126" in out
    assert f"→ {CPU}: 5 runs of 20 steps each" in out


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        (("family=cpu", "family=inference"), "does not train"),
        (("family=cpu", "family=train"), "name one by its id"),
        (("cpu-torch9", "family=cpu"), "no image has this id"),
        (("family=cpu",), "Missing argument 'NEW'"),
        (("family=cpu", "family=cpu", "--runs", "0"), "'--runs'"),
    ],
)
def test_anything_but_two_training_images_is_bad_input(checkout, pair, told):
    code, _, err = checkout.imagewright("compare", *pair, "--dry-run")
    assert code == 2
    assert told in err


def test_an_image_that_left_the_matrix_is_known_from_its_newest_receipt(checkout):
    receipt = decode((ROOT / "tests/golden/receipt.json").read_bytes())
    gone = msgspec.structs.replace(receipt.image, id="cpu-torch2.9.0-py3.10-debian11")
    folder = checkout.root / "out/receipts" / gone.id
    folder.mkdir(parents=True)
    (folder / "20260101T000000.000000Z-000000000000.json").write_bytes(
        encode(msgspec.structs.replace(receipt, image=gone))
    )
    code, out, _ = checkout.imagewright("compare", gone.id, CPU, "--dry-run")
    assert (code, out) == (0, f"{gone.id} → {CPU}: 3 runs of 600 steps each\n")
    shutil.rmtree(folder)
    assert checkout.imagewright("compare", gone.id, CPU, "--dry-run")[0] == 2
