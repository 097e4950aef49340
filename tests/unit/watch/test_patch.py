"""A replacement as a patch: the line that says it, and nothing where none does."""

from validation.watch.nouns import Given, Place, Reference
from validation.watch.patch import edits_for, unified

OLD, NEW = "nvidia/cuda:12.6.0-base-ubuntu22.04", "nvidia/cuda:13.0.3-base-ubuntu22.04"
FROM = Place(file="Dockerfile", line=2)


def reference(raw, **given):
    values = tuple(
        Given(name=name, value=value, how="ARG", place=Place(file="Dockerfile", line=1))
        for name, value in given.items()
    )
    return Reference(raw=raw, resolved=OLD, where="FROM", place=FROM, given=values)


def test_a_written_reference_changes_in_its_line():
    text = f"# {OLD}\nFROM {OLD} AS x\n"
    diff = unified(edits_for(reference(OLD), NEW), {"Dockerfile": text})
    assert f"-FROM {OLD} AS x\n+FROM {NEW} AS x\n" in diff
    assert diff.startswith("--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1,2 +1,2 @@\n")


def test_a_variable_changes_where_its_value_stands():
    raw = "nvidia/cuda:${CUDA:-1}-base-$OS"
    found = edits_for(reference(raw, CUDA="12.6.0", OS="ubuntu22.04"), NEW)
    assert [(edit.place.line, edit.old, edit.new) for edit in found] == [(1, "12.6.0", "13.0.3")]


def test_what_the_variables_cannot_spell_has_no_patch():
    raw = "nvidia/cuda:${CUDA}-base-ubuntu22.04"
    assert edits_for(reference(raw, CUDA="12.6.0"), "ubuntu:22.04") == ()
    assert edits_for(reference(raw), NEW) == ()


def test_a_line_that_does_not_say_it_once_has_no_patch():
    edits = edits_for(reference(OLD), NEW)
    for text in ("", f"x\nFROM {OLD} {OLD}\n", "x\nFROM y\n"):
        assert unified(edits, {"Dockerfile": text}) == ""
