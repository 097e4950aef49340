"""Selectors: what they name, in which order, and what is told when they name nothing."""

import pytest

from validation.errors import BadInput
from validation.matrix.expand import expand
from validation.matrix.ids import id_of, variant_of
from validation.matrix.load import load_matrix
from validation.matrix.select import select, select_plan
from validation.model import Image, Plan, Reason, Skip


def image_of(candidate):
    """An image as plain as a candidate tells it: no facts are asked here."""
    family, axes = candidate.family, candidate.axes
    values = {axis: value for axis, value in axes.items() if value != "auto"}
    return Image(
        id=id_of(family.name, axes),
        family=family.name,
        template=family.template,
        workload=family.workload,
        base=f"docker.io/nvidia/cuda:{axes['cuda']}.0-{axes['os']}",
        source=family.base,
        fleet=family.fleet,
        budget_mb=family.budget_mb,
        variant=variant_of(axes["cuda"]),
        **values,
    )


@pytest.fixture
def plan(train):
    images = tuple(image_of(one) for one in expand(load_matrix(train, "m.yaml")))
    reason = Reason(constraint="torch wheel", message="no such wheel", fact="", source="a page")
    skip = Skip(
        id="lab-cu118-torch2.9.0-debian12",
        family="lab",
        source="distro",
        template="distro",
        workload="training",
        axes={"cuda": "11.8", "torch": "2.9.0", "os": "debian12"},
        reasons=(reason,),
    )
    return Plan(images=images, skipped=(skip,))


@pytest.mark.parametrize(
    ("selector", "count"),
    [
        ("*", 32),
        ("train-*", 32),
        ("train-cu126-*", 8),
        ("train-cu12[56]-*", 16),
        ("train-cu1210-torch2.7.1-py3.11-ubuntu24.04", 1),
        ("family=train", 32),
        ("family=t*", 32),
        ("family==train", 32),
        ("os=ubuntu22*", 16),
        ("os!=ubuntu22.04", 16),
        ("cuda=12.6", 8),
        ("cuda=12", 32),
        ("cuda=12.1*", 8),
        ("cuda=12.6,12.10", 16),
        ("cuda==12.10", 8),
        ("cuda!=12.10", 24),
        ("cuda>12.9", 8),
        ("cuda>=12.9", 16),
        ("cuda<12.10", 24),
        ("cuda<=12.5", 8),
        ("cuda~=12.6", 24),
        ("cuda>=12.6,<12.10", 16),
        ("torch=2.7", 16),
        ("torch>=2.7", 16),
        ("torch>=2.7 cuda=12.6 python=3.11 os=*24.04", 1),
        (" torch >= 2.7   cuda = 12.6 ", 4),
        ("variant=cu126", 8),
        ("base=nvidia-cuda", 32),
        ("base=*/nvidia/cuda:12.10.0-*", 8),
        ("workload=training", 32),
        ("flavor=none", 32),
        ("cuda!=none", 32),
        ("train-* id=x", None),
        ("flavor!=devel", None),  # no image has one: only none asks for absence
        ("numpy>=1", None),
        ("python=3.1", None),
    ],
)
def test_a_selector_names_so_many_images(plan, selector, count):
    if count is None:
        with pytest.raises(BadInput):
            select(plan, [selector])
    else:
        assert len(select(plan, [selector])) == count


def test_alternatives_keep_the_matrixs_order_and_repeat_nothing(plan):
    found = select(plan, ["cuda=12.10", "cuda=12.5", "cuda>=12.9"])
    assert [image.cuda for image in found] == ["12.5"] * 8 + ["12.9"] * 8 + ["12.10"] * 8


def test_the_default_is_for_no_selector_only(plan):
    assert len(select(plan, [], ["cuda=12.5"])) == 8
    assert len(select(plan, ["cuda=12.6"], ["cuda=nonsense"])) == 8
    assert len(select(plan, [], [])) == 32


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("famly=train", "unknown axis 'famly'; did you mean 'family'?"),
        ("gpu=sm_90", "unknown axis 'gpu'"),
        ("cuda=", "cuda=: a value is missing after '='"),
        ("cuda=12.x", "bad version '12.x'"),
        ("cuda>=cu126", "bad specifier '>=cu126'"),
        ("cuda=12.6,,12.8", "an empty value beside a comma"),
        ("torch~=2", "bad specifier '~=2'"),
        ("cuda>none", "none has no order"),
        ("os>=ubuntu22.04", "os has no order; ask with =, == or !="),
        ("=12.6", "'=12.6' is no term"),
        ("", "empty; name an id, a glob such as 'cpu-*', or terms such as family=cpu"),
        ("x" * 501, "longer than 500 characters"),
    ],
)
def test_a_selector_that_cannot_be_read(plan, selector, message):
    with pytest.raises(BadInput) as caught:
        select(plan, [selector])
    assert message in caught.value.what
    assert caught.value.hint


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("cuda=12.7", "no cuda=12.7; cuda has 12.5, 12.6, 12.9, 12.10"),
        ("os=ubuntu26.04", "no os=ubuntu26.04; os has ubuntu22.04, ubuntu24.04, debian12"),
        ("flavor=devel", "no flavor=devel; no image has one"),
        ("train", "no image has this id; did you mean 'family=train'?"),
        ("trian-cu126-torch2.7.1-py3.11-ubuntu24.04", "nearest: train-cu126-torch2.7.1-py3.11-ub"),
        ("family=lab torch=2.9.0", "lab-cu118-torch2.9.0-debian12 cannot be: no such wheel"),
        ("cuda=12.5 os=debian12", "each term holds for some image, but no image has all; nearest"),
    ],
)
def test_a_selector_that_names_nothing_tells_what_is_there(plan, selector, message):
    with pytest.raises(BadInput) as caught:
        select(plan, ["cuda=12.6", selector])
    (line,) = caught.value.details
    assert message in line


@pytest.mark.parametrize("selector", ["family=lab", "base=distro", "variant=cu118", "lab-*"])
def test_what_cannot_be_is_selected_for_telling(plan, selector):
    found = select_plan(plan, [selector])
    assert found.images == ()
    assert [skip.family for skip in found.skipped] == ["lab"]


def test_a_plan_without_selectors_is_whole(plan):
    assert select_plan(plan, []) is plan
