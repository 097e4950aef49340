"""A replacement as a patch: the lines that say it, and nothing where none does."""

from validation.model import Move
from validation.watch.nouns import Given, Place, Reference
from validation.watch.patch.diff import Edit, edited, unified
from validation.watch.patch.pins import pin_edits
from validation.watch.patch.references import Use, edits_of

OLD, NEW = "nvidia/cuda:12.6.0-base-ubuntu22.04", "nvidia/cuda:13.0.3-base-ubuntu22.04"
ARG = Place(file="Dockerfile", line=1)


def reference(raw, resolved=OLD, line=2, **given):
    values = tuple(
        Given(name=name, value=value, how="ARG", place=ARG) for name, value in given.items()
    )
    place = Place(file="Dockerfile", line=line)
    return Reference(raw=raw, resolved=resolved, where="FROM", place=place, given=values)


def moved(*uses):
    """Return (line, old, new) of the edits of each use, given as (reference, target)."""
    found = edits_of([Use(reference=one, target=target) for one, target in uses])
    return [[(edit.place.line, edit.old, edit.new) for edit in edits] for edits in found]


def test_a_written_reference_changes_in_its_line():
    assert moved((reference(OLD), NEW)) == [[(2, OLD, NEW)]]


def test_what_stays_has_no_edits():
    assert moved((reference(OLD), OLD)) == [[]]


def test_a_variable_changes_where_its_value_stands():
    raw = "nvidia/cuda:${CUDA:-1}-base-$OS"
    assert moved((reference(raw, CUDA="12.6.0", OS="ubuntu22.04"), NEW)) == [
        [(1, "12.6.0", "13.0.3")]
    ]


def test_what_variables_cannot_spell_is_written_out():
    raw = "nvidia/cuda:${CUDA}-base-ubuntu22.04"
    assert moved((reference(raw, CUDA="12.6.0"), "ubuntu:22.04")) == [[(2, raw, "ubuntu:22.04")]]


def test_a_variable_that_others_want_as_it_is_does_not_change():
    other = "nvidia/cuda:12.6.0-devel-ubuntu22.04"
    raw, beside = "nvidia/cuda:$CUDA-base-ubuntu22.04", "nvidia/cuda:$CUDA-devel-ubuntu22.04"
    uses = (
        (reference(raw, CUDA="12.6.0"), NEW),
        (reference(beside, other, line=3, CUDA="12.6.0"), other),
    )
    assert moved(*uses) == [[(2, raw, NEW)], []]


def test_a_line_that_comes_to_two_images_is_not_written_out():
    raw = "nvidia/cuda:$CUDA-base-ubuntu22.04"
    uses = (
        (reference(raw, CUDA="12.6.0"), "ubuntu:22.04"),
        (reference(raw, NEW, CUDA="13.0.3"), NEW),
    )
    assert moved(*uses) == [[], []]


def edit(line, old, new, column=0):
    return Edit(place=Place(file="f", line=line), column=column, old=old, new=new)


def test_an_edit_that_does_not_fit_its_line_once_is_none():
    for text in ("", "x x\n", "y\n"):
        assert edited(text, [edit(1, "x", "z")]) is None
    assert edited("a=1 b=1", [edit(1, "1", "2", 3), edit(1, "1", "33", 7)]) == "a=2 b=33"


def test_a_diff_has_three_lines_around_each_change():
    before = "".join(f"{number}\n" for number in range(1, 21))
    after = before.replace("\n10\n", "\nten\n")
    assert unified({"f": before}, {"f": after}) == (
        "--- a/f\n+++ b/f\n@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n"
    )
    assert unified({"f": before}, {"f": before}) == ""


def test_bytes_that_are_no_text_make_no_diff():
    assert unified({"f": "\ufffd\nx\n"}, {"f": "\ufffd\ny\n"}) == ""


TORCH = Move(axis="torch", old="2.2.0+cu121", new="2.6.0+cu126")
INDEX = "https://download.pytorch.org/whl/"


def pinned(text, move=TORCH, index=f"{INDEX}cu126"):
    """Return the text with its pins moved, None where they are not."""
    edits = pin_edits("f", text, move, index)
    return edited(text, edits) if edits else None


def test_torch_moves_with_its_index():
    assert pinned(f"pip install torch==2.2.0 --index-url {INDEX}cu121") == (
        f"pip install torch==2.6.0 --index-url {INDEX}cu126"
    )
    assert pinned(f"-i {INDEX}cu121\ntorch[x] == 2.2.0+cu121 ; a\n") == (
        f"-i {INDEX}cu126\ntorch[x] == 2.6.0+cu126 ; a\n"
    )


def test_torch_stays_where_its_index_cannot_follow():
    assert pinned(f"pip install torch==2.2.0 -i {INDEX}cu121", index=None) is None
    assert pinned("pip install torch==2.2.0", index=f"{INDEX}cu126") is None
    assert pinned(f"pip install torch==$T -i {INDEX}cu121") is None


def test_torch_from_the_default_index_needs_no_index():
    assert pinned("torch==2.2.0", index=None) == "torch==2.6.0"


def test_another_release_and_another_package_stay():
    for text in ("torch==2.2.01", "torch==2.2.0.post1", "torch==2.2.*", "my-torch==2.2.0"):
        assert pinned(text, index=None) is None
