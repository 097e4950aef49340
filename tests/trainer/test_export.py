"""Export: the file is verified, not believed. Needs torch and onnx."""
# ruff: noqa: E402  (an image without torch skips the module before it imports any of it)

import pytest

torch = pytest.importorskip("torch", reason="the inference image has no torch, by design")
onnx = pytest.importorskip("onnx", reason="this image has no onnx")

from trainer import export
from trainer.errors import BadInput, ProofFailed
from trainer.model import INPUTS, OUTPUTS, Locator
from trainer.scene import Scene


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return Locator(Scene())


@pytest.mark.parametrize(
    ("version", "release"),
    [("2.2.2+cu121", (2, 2)), ("2.13.0", (2, 13)), ("2.9.0a0+gitabc1234", (2, 9))],
)
def test_torch_versions_are_numbers(version, release):
    assert export.torch_release(version) == release


@pytest.mark.parametrize(
    ("release", "onnxscript", "opset", "exporter"),
    [
        ((2, 8), True, 18, "torchscript"),
        ((2, 9), True, 18, "dynamo"),
        ((2, 10), True, 20, "dynamo"),
        ((2, 15), False, 18, "torchscript"),
        ((2, 15), True, 17, "torchscript"),
    ],
)
def test_the_exporter_follows_torch_its_helper_and_the_opset(release, onnxscript, opset, exporter):
    assert export.choose_exporter(release, onnxscript=onnxscript, opset=opset) == exporter


def test_the_image_names_the_opset_that_is_asked_for(monkeypatch):
    monkeypatch.delenv("IMAGEWRIGHT_OPSET", raising=False)
    assert export.default_opset((2, 13)) == 18
    assert export.default_opset((2, 2)) == 17
    monkeypatch.setenv("IMAGEWRIGHT_OPSET", "20")
    assert export.default_opset((2, 2)) == 20
    for nonsense in ("latest", "-1", "99", "²"):
        monkeypatch.setenv("IMAGEWRIGHT_OPSET", nonsense)
        with pytest.raises(BadInput, match="IMAGEWRIGHT_OPSET"):
            export.default_opset((2, 13))


@pytest.mark.parametrize("opset", [17, 18, 20])
def test_the_file_has_the_opset_asked_for_any_batch_size_and_its_notes(
    model, scene, tmp_path, monkeypatch, opset
):
    if opset > 18 and export.torch_release() < (2, 5):
        pytest.skip("this torch writes no opset beyond 18")
    monkeypatch.setenv("IMAGEWRIGHT_IMAGE", "cpu-test")
    monkeypatch.setenv("IMAGEWRIGHT_REVISION", "abc123")
    told = export.export_onnx(model, scene, tmp_path / "model.onnx", opset=opset)
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.onnx"]  # no external data
    found = onnx.load(tmp_path / "model.onnx", load_external_data=False)
    onnx.checker.check_model(found, full_check=True)
    assert export.opset_of(found) == told.opset == opset
    assert {value.name for value in found.graph.input} == set(INPUTS)
    assert {value.name for value in found.graph.output} == set(OUTPUTS)
    for value in (*found.graph.input, *found.graph.output):
        assert value.type.tensor_type.shape.dim[0].dim_param
    notes = {entry.key: entry.value for entry in found.metadata_props}
    assert notes["imagewright.image"] == "cpu-test"
    assert notes["imagewright.revision"] == "abc123"
    assert notes["imagewright.opset"] == str(opset)
    assert notes["imagewright.torch"] == torch.__version__
    assert export.__file__.encode() not in (tmp_path / "model.onnx").read_bytes()


def wrong_opset(model, scene, path, *, opset, **_asked):
    export_for_real(model, scene, path, exporter="torchscript", opset=opset - 1)


def fixed_batch(model, scene, path, *, exporter, opset):
    export_for_real(model, scene, path, exporter=exporter, opset=opset)
    written = onnx.load(path)
    for value in (*written.graph.input, *written.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 3
    onnx.save(written, path)


def unsound(model, scene, path, *, exporter, opset):
    export_for_real(model, scene, path, exporter=exporter, opset=opset)
    written = onnx.load(path)
    next(node for node in written.graph.node if node.input).input[0] = "nowhere"
    onnx.save(written, path)


def crashing(*_asked, **_options):
    raise RuntimeError("exporter says no")


export_for_real = export._run_exporter


@pytest.mark.parametrize(
    ("exporter", "message"),
    [
        (wrong_opset, "asked for opset 18 and wrote 17"),
        (fixed_batch, "fixed batch size"),
        (unsound, "refuses"),
        (crashing, "exporter says no"),
    ],
)
def test_what_an_exporter_gets_wrong_is_found_and_not_written(
    model, tmp_path, monkeypatch, exporter, message
):
    monkeypatch.setattr(export, "_run_exporter", exporter)
    with pytest.raises(ProofFailed, match=message):
        export.export_onnx(model, Scene(), tmp_path / "model.onnx", opset=18)
    assert not list(tmp_path.iterdir())


def test_an_opset_out_of_range_is_bad_input(model, scene, tmp_path):
    with pytest.raises(BadInput):
        export.export_onnx(model, scene, tmp_path / "model.onnx", opset=5)
