"""Signals follow the facts: what changes there changes the verdict, and nothing is built in."""

import datetime

import msgspec

from validation.facts.load import load_facts
from validation.facts.platforms import Ending, VanishedTags
from validation.watch.verdict import judge

TODAY = datetime.date(2026, 11, 23)
FACTS = load_facts()
replace = msgspec.structs.replace


def headline(tag, facts, today=TODAY):
    return judge(f"nvidia/cuda:{tag}", facts, None, today).headline


def with_images(**rows):
    """Return facts with images of further versions: version → (os, source)."""
    table = FACTS.cuda_images
    model = table.images[-1]
    more = tuple(
        replace(model, cuda=cuda.replace("_", ".").removeprefix("v"), os=os, source=source)
        for cuda, (os, source) in rows.items()
    )
    return FACTS.with_table("cuda_images", replace(table, images=(*table.images, *more)))


def with_toolkits(base=FACTS, **releases):
    table = base.cuda_toolkits
    model = table.toolkits["13.0.0"]
    more = {
        name.replace("_", ".").removeprefix("v"): replace(model, released=day, precision="day")
        for name, day in releases.items()
    }
    return base.with_table("cuda_toolkits", replace(table, toolkits={**table.toolkits, **more}))


def test_a_published_successor_supersedes():
    images = with_images(v13_0_4=("ubuntu22.04", "lists-13.3.1"))
    facts = with_toolkits(images, v13_0_4="2026-11-02")
    assert headline("13.0.3-runtime-ubuntu22.04", facts) == "superseded"
    assert headline("13.0.3-runtime-ubuntu22.04", facts, datetime.date(2026, 10, 31)) == "eol-due"
    assert (
        headline("13.0.3-runtime-ubuntu22.04", facts, datetime.date(2027, 4, 2)) == "deletion-due"
    )
    assert headline("13.0.3-runtime-ubuntu22.04", facts, datetime.date(2027, 5, 3)) == "overdue"


def test_a_successor_whose_day_is_not_known_supersedes_all_the_same():
    facts = with_images(v13_0_4=("ubuntu22.04", "lists-13.3.1"))
    found = judge("nvidia/cuda:13.0.3-runtime-ubuntu22.04", facts, None, TODAY)
    assert (found.headline, found.deletion) == ("superseded", "unknown")


def test_a_toolkit_newer_than_the_lists_is_not_an_image_yet():
    facts = with_toolkits(v13_0_4="2026-11-02")
    found = judge("nvidia/cuda:13.0.3-runtime-ubuntu22.04", facts, None, TODAY)
    assert (found.headline, found.deletion) == ("unknown", "unknown")
    assert any("13.0.4" in each.says for each in found.evidence)


def test_a_third_major_ends_the_first():
    facts = with_toolkits(v14_0_0="2026-11-02")
    found = judge("nvidia/cuda:12.9.2-runtime-ubuntu24.04", facts, None, TODAY)
    assert any("12 ended with 14.0.0, 2026-11-02" in each.says for each in found.evidence)
    assert headline("13.0.3-runtime-ubuntu22.04", facts) == "current"


def test_a_branch_whose_end_is_not_known_makes_unknown():
    table = FACTS.drivers
    branch = replace(table.branches["580"], eol=())
    facts = FACTS.with_table("drivers", replace(table, branches={**table.branches, "580": branch}))
    assert headline("13.0.3-runtime-ubuntu22.04", facts) == "unknown"


def test_the_earliest_of_two_ends_counts_and_both_are_told():
    table = FACTS.drivers
    ends = (Ending(date="2028-06-01", source="nvidia"), Ending(date="2026-11-01", source="nvidia"))
    branch = replace(table.branches["580"], eol=ends)
    facts = FACTS.with_table("drivers", replace(table, branches={**table.branches, "580": branch}))
    found = judge("nvidia/cuda:13.0.3-runtime-ubuntu22.04", facts, None, TODAY)
    assert (found.headline, found.confidence) == ("eol", "low")
    assert any("2028-06-01" in one and "2026-11-01" in one for one in found.conflicts)


def test_a_list_read_after_an_end_disputes_it():
    table = FACTS.cuda_tags
    source = replace(table.sources["list-13.2.1"], as_of="2026-11-20")
    facts = FACTS.with_table(
        "cuda_tags", replace(table, sources={**table.sources, "list-13.2.1": source})
    )
    assert headline("12.2.2-runtime-ubuntu22.04", facts) == "disputed"


def test_without_the_newest_list_the_older_one_speaks():
    facts = FACTS.with_table("cuda_tags", replace(FACTS.cuda_tags, later_lists=()))
    assert headline("12.6.3-runtime-ubuntu22.04", facts) == "disputed"  # December 2025
    assert headline("12.8.2-runtime-ubuntu22.04", facts) == "overdue"  # on no list then


def test_sources_of_tags_that_are_not_known_to_be_whole_prove_nothing():
    facts = with_images(v12_4_0=("ubuntu22.04", "repository"))
    whole = headline("12.4.0-cudnn8-runtime-ubuntu22.04", facts)
    assert whole == "unpublished"  # the other rows of 12.4.0 still tell its every tag
    seen = with_images(v14_0_0=("ubuntu24.04", "repository"))
    assert headline("14.0.0-tensorrt-ubuntu24.04", seen) == "unknown"


def test_tags_that_vanished_were_published():
    table = FACTS.cuda_images
    row = next(row for row in table.images if (row.cuda, row.os) == ("12.1.0", "ubuntu22.04"))

    gone = VanishedTags(noticed="2026-10-05", flavors=("runtime",))
    left = tuple(flavor for flavor in row.flavors if flavor != "runtime")
    rows = tuple(
        replace(each, flavors=left, vanished=(gone,)) if each is row else each
        for each in table.images
    )
    lists = replace(
        FACTS.cuda_tags,
        supported=replace(FACTS.cuda_tags.supported, tags=()),
        unsupported=replace(FACTS.cuda_tags.unsupported, tags=()),
    )
    facts = FACTS.with_table("cuda_images", replace(table, images=rows))
    facts = facts.with_table("cuda_tags", lists)
    found = judge("nvidia/cuda:12.1.0-runtime-ubuntu22.04", facts, None, TODAY)
    assert found.headline == "overdue"  # offline a date never makes it gone
    assert any("on 2026-10-05 the registry lacked it" in each.says for each in found.evidence)
