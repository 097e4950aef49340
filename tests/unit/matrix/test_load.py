"""What a matrix.yaml may say, and what is told about one that says something else."""

import datetime

import pytest
import yaml

from validation import yaml_nodes
from validation.errors import BadInput
from validation.matrix.document import MAX_CHARACTERS
from validation.matrix.load import MAX_CANDIDATES, MAX_EXCLUDES, decode_matrix, load_matrix
from validation.model import Fleet, Schedule


def test_the_shipped_matrix_loads_and_builds_one_family_by_default(shipped):
    matrix = load_matrix(shipped, "matrix.yaml")
    names = {family.name for family in matrix.families}
    assert {"cpu", "inference", "wheels"} <= names
    assert matrix.default == ("family=cpu",)
    cpu = matrix.families[0]
    assert list(cpu.axes) == ["torch", "numpy", "onnx", "python", "os"]  # the order of ids
    assert cpu.template == "distro"  # the base's name, as none is given
    assert cpu.budget_mb == 1500


def test_versions_are_source_text(train):
    matrix = load_matrix(train, "m.yaml")
    assert matrix.families[0].axes["cuda"] == ("12.5", "12.6", "12.9", "12.10")
    assert matrix.families[0].axes["python"] == ("3.10", "3.11")


def test_one_value_and_a_list_of_one_are_the_same(train):
    listed = load_matrix(train.replace("budget: 9 GB", "budget: 9 GB\n    numpy: [auto]"), "m")
    single = load_matrix(train.replace("budget: 9 GB", "budget: 9 GB\n    numpy: auto"), "m")
    assert listed.families == single.families


def test_a_wrong_key_a_wrong_type_and_a_bad_version_are_three_located_errors(small, problems_of):
    text = (
        small.replace("workload: training", "worklod: training")
        .replace("packages: [fastapi, uvicorn]", "packages: {fastapi: 1}")
        .replace("torch: 2.13.0", "torch: 2.13.x")
    )
    lines = text.split("\n")
    assert problems_of(text) == [
        f"{1 + lines.index('    worklod: training')}:5: unknown key 'worklod' in images.cpu; "
        "did you mean 'workload'?",
        f"{1 + lines.index('    torch: 2.13.x')}:12: images.cpu.torch: bad version '2.13.x': "
        "PEP 440 wants a release such as 2.13.0",
        f"{1 + lines.index('    packages: {fastapi: 1}')}:15: images.inference.packages "
        "must be a list, not a mapping: write […]",
    ]


# (old text in TRAIN, new text, line, column, part of the message)
WRONG = [
    ("version: 1", "version: 2", 1, 10, "unknown format version '2'"),
    ("version: 1\n", "", 1, 1, "the file needs 'version'"),
    ("repository: imagewright", "repository: Image:x", 2, 13, "without a tag"),
    ("uv: 0.13.9", "uv: 0.13", 4, 5, "write one full release, such as 0.13.0"),
    ("uv: 0.13.9", "uv:", 4, 4, "uv has no value"),
    ("uv: 0.13.9", "uv: [0.13.9]", 4, 5, "uv must be a version, not a list"),
    ("[family=train]", "[famly=train]", 3, 11, "unknown axis 'famly'; did you mean 'family'?"),
    ("[family=train]", "[]", 3, 10, "default is an empty list"),
    ("[family=train]", "['torch>=x']", 3, 11, "bad specifier '>=x'"),
    ('">=535"', '"over 535"', 5, 18, "bad specifier 'over 535'"),
    ('">=535"', "535", 5, 18, "bad specifier '535'"),
    ("sm_80", "sm80", 5, 34, "bad GPU 'sm80': a compute capability such as sm_90"),
    ("[sm_80, sm_90]", "sm_80", 5, 33, "fleet.gpus must be a list, not 'sm_80': write [sm_80]"),
    ("[sm_80, sm_90]", "[sm_80, sm_80]", 5, 41, "fleet.gpus names 'sm_80' twice"),
    (", gpus: [sm_80, sm_90]", "", 7, 3, "images.train has cuda and no fleet.gpus"),
    ("nvidia-cuda", "nvidia_cuda", 8, 11, "unknown base 'nvidia_cuda'; did you mean 'nvidia-cuda'"),
    ("training", "trainign", 9, 15, "unknown workload 'trainign'; did you mean 'training'?"),
    ("ubuntu24.04", "ubuntu24.10", 10, 23, "unknown os 'ubuntu24.10'; did you mean 'ubuntu24.04'"),
    ("[ubuntu22.04, ubuntu24.04]", "[]", 10, 9, "images.train.os is an empty list"),
    ("12.10]", "12.5]", 11, 30, "images.train.cuda names '12.5' twice; first in line 11"),
    ("12.10]", "cu128]", 11, 30, "cuda is major.minor, such as 12.6 (its patch release is the "),
    ("12.10]", "12.6.3]", 11, 30, "did you mean '12.6'?"),
    ("12.10]", "{a: b}]", 11, 30, "must be a cuda version or a list of them, not a mapping"),
    ("2.7.1]", "2.7.1+cu126]", 12, 20, "write 2.7.1; the variant comes from cuda"),
    ("2.7.1]", "auto]", 12, 20, "bad version 'auto'"),
    ("2.7.1]", "2.7]", 12, 20, "write one full release, such as 2.7.0"),
    ("2.7.1]", "v2.7.1]", 12, 20, "bad version 'v2.7.1': write 2.7.1"),
    ("2.7.1]", "2.6.0.0]", 12, 20, "names '2.6.0.0' twice"),
    ("2.7.1]", f"{'9' * 5000}]", 12, 20, "longer than 40 characters"),
    ("3.11]", "py312]", 13, 20, "did you mean '3.12'?"),
    ("3.11]", "3]", 13, 20, "python is major.minor, such as 3.11"),
    ("9 GB", "9", 14, 13, "an amount and a unit, such as 1500 MB or 1.5 GB; write MB"),
    ("9 GB", "9 GiB", 14, 13, "write MB (10^6 bytes) or GB"),
    ("9 GB", "-1 GB", 14, 13, "bad size '-1 GB'"),
    ("9 GB", "0 MB", 14, 13, "bad size '0 MB'"),
    ("  train:", "  Train:", 7, 3, "bad family name 'Train'"),
    ("    os: [ubuntu22.04, ubuntu24.04]\n", "", 7, 3, "needs 'os': base nvidia-cuda cannot do"),
    ("    torch: [2.6.0, 2.7.1]\n", "", 7, 3, "needs 'torch': workload training cannot do"),
    ("9 GB", "9 GB\n    torch: 2.8.0", 15, 5, "duplicate key 'torch'; it stands in line 12"),
    ("9 GB", "9 GB\n    fleet: {gpu: [sm_90]}", 15, 13, "unknown key 'gpu' in images.train.fleet"),
    ("9 GB", "9 GB\n    packages: [torch]", 15, 16, "torch is an axis: write torch: auto"),
    ("9 GB", "9 GB\n    packages: ['a b']", 15, 16, "bad requirement 'a b': PEP 508"),
    ("9 GB", "9 GB\n    packages: ['a @ https://x/y']", 15, 16, "a URL cannot be locked"),
    (
        "9 GB",
        "9 GB\n    packages:\n    - a_b\n    - A.b",
        17,
        7,
        "names a-b twice; first in line 16",
    ),
    ("9 GB", "9 GB\n    platforms: [linux/arm]", 15, 17, "did you mean 'linux/arm64'?"),
    ("9 GB", "9 GB\nexclude: [{cuda: 12.5}]", 15, 11, "exclude needs 'because'"),
    ("9 GB", "9 GB\nexclude: [{because: so it is}]", 15, 11, "exclude: no term"),
    ("9 GB", "9 GB\nexclude: [{cuda: '>=x', because: why}]", 15, 18, "bad specifier '>=x'"),
    ("9 GB", "9 GB\nexclude: [{cuda: 12.x, because: why}]", 15, 18, "bad version '12.x'"),
    ("9 GB", "9 GB\nexclude: [{os: '>=u', because: why}]", 15, 16, "os has no order"),
    ("9 GB", "9 GB\nexclude: [{cud: 12.5, because: why}]", 15, 12, "did you mean 'cuda'?"),
    ("9 GB", "9 GB\nexclude: [{cuda: 12.5, because: ' '}]", 15, 33, "say it in a few words"),
    ("9 GB", "9 GB\nexclude: [{cuda: 12.5, because: true}]", 15, 33, "say it in a few words"),
    ("9 GB", "9 GB\nexclude: {cuda: 12.5}", 15, 10, "exclude must be a list, not a mapping"),
    ("9 GB", "9 GB\nexclude: [x]", 15, 11, "exclude must be a mapping of keys, not 'x'"),
    ("9 GB", "9 GB\n    flavour: runtime", 15, 5, "unknown key 'flavour'"),
    ("9 GB", "9 GB\n    flavor: fat", 15, 13, "unknown flavor 'fat'"),
    ("9 GB", "9 GB\n\tnumpy: auto", 15, 1, "a tab; YAML indents with spaces only"),
    ("9 GB", "9 GB\n? [a]\n: b", 15, 3, "a key must be a single word"),
    ("9 GB", "!size 9 GB", 14, 13, "tag '!size': tags are not used here"),
    ("9 GB", "*size", 14, 13, "alias *size names no finished anchor"),
    ("9 GB", "9 GB\n---\na: b", 15, 1, "a second document begins here"),
    ("9 GB", "9 GB\n    <<: [x]", 15, 10, "<< merges mappings: write <<: *name"),
    ("9 GB", "9\x00GB", 14, 14, "character U+0000 is not allowed"),
    ("9 GB", "9\u2028GB", 14, 14, "character U+2028 is not allowed"),
    ("9 GB", "9 GB\ud800", 14, 17, "character U+D800 is not allowed"),
    ("9 GB", "[9 GB", 15, 1, "not YAML"),
    ("9 GB", "'9 GB", 15, 1, "not YAML"),
    ("  train:", f"  {'x' * 120}:", 7, 3, "a tag has 128 at most: shorten the family's name"),
]


@pytest.mark.parametrize("mistake", WRONG, ids=range(len(WRONG)))
def test_one_mistake_is_one_located_message(train, problems_of, mistake):
    old, new, line, column, message = mistake
    assert train.count(old) == 1 or old in {"12.10]", "2.7.1]", "3.11]"}
    (problem,) = problems_of(train.replace(old, new, 1))
    assert problem.startswith(f"{line}:{column}: ")
    assert message in problem


def test_the_python_parser_locates_the_same(train, problems_of, monkeypatch):
    """Where PyYAML came without libyaml, only the words about a syntax error differ."""
    texts = [train.replace(old, new, 1) for old, new, *_, told in WRONG if "not YAML" not in told]
    compiled = [problems_of(text) for text in texts]
    monkeypatch.setattr(yaml_nodes, "_LOADER", yaml.SafeLoader)
    assert [problems_of(text) for text in texts] == compiled


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1:1: empty: it needs version, repository, uv, images"),
        ("# nothing\n", "1:1: empty: it needs version, repository, uv, images"),
        ("~", "1:1: empty: it needs version, repository, uv, images"),
        ("- a\n", "1:1: the file must be a mapping of keys, not a list"),
        ("just words", "1:1: the file must be a mapping of keys, not 'just words'"),
        ("a: &x [*x]", "1:8: alias *x names no finished anchor"),
        ("[" * 100_000, "1:11: nested deeper than 10 levels"),
        ("? " * 100_000, "1:21: nested deeper than 10 levels"),
        ("x" * (MAX_CHARACTERS + 1), "1:1: 262,145 characters; the limit is 262,144"),
    ],
    ids=range(9),
)
def test_what_is_no_matrix_at_all_is_told_at_once(problems_of, text, message):
    (problem,) = problems_of(text)
    assert problem.startswith(message)


def test_a_misspelled_required_key_is_one_problem_not_two(train, problems_of):
    assert len(problems_of(train.replace("budget:", "bugdet:"))) == 1
    assert len(problems_of(train.replace("    torch:", "    toch:"))) == 1


def test_an_empty_images_says_what_belongs_there(train, problems_of):
    text = train[: train.index("images:")] + "images: {}\n"
    assert problems_of(text) == [
        "6:9: images is empty: it needs families: a name, and the axes that expand to its images"
    ]


def test_problems_come_in_the_files_order_and_only_so_many_are_listed(train):
    text = train + "exclude:\n" + "  - {cud: 1, because: because it is}\n" * 150
    found = all_problems_of(text)
    assert len(found) == 101
    assert found[-1] == "… and 50 more"
    numbers = [int(line.split(":")[1]) for line in found[:-1]]
    assert numbers == sorted(numbers)


def all_problems_of(text):
    with pytest.raises(BadInput) as caught:
        load_matrix(text, "m.yaml")
    return caught.value.details


def test_a_flavor_is_only_for_images_that_have_flavors(small, problems_of):
    (problem,) = problems_of(small.replace("os: debian12", "os: debian12\n    flavor: base", 1))
    assert "only base nvidia-cuda has flavors, not distro" in problem


def test_a_family_overrides_a_part_of_the_fleet(train):
    text = train + "    fleet: {gpus: [sm_120]}\n"
    (family,) = load_matrix(text, "m.yaml").families
    assert family.fleet == Fleet(drivers=">=535", gpus=("sm_120",))


def test_a_matrix_without_gpus_needs_no_fleet(small):
    start, end = small.index("fleet:"), small.index("# Families")
    (cpu, _) = load_matrix(small[:start] + small[end:], "m.yaml").families
    assert cpu.fleet == Fleet(drivers="", gpus=())


@pytest.mark.parametrize(
    ("size", "megabytes"), [("1500 MB", 1500), ("1.5 GB", 1500), ("700MB", 700), ("0.5 GB", 500)]
)
def test_sizes(train, size, megabytes):
    assert load_matrix(train.replace("9 GB", size), "m").families[0].budget_mb == megabytes


def test_anchors_and_merge_keys_share_what_families_have_in_common(train):
    text = train.replace("  train:", "  train: &train") + (
        "  small:\n    <<: *train\n    cuda: 12.6\n    packages: []\n"
    )
    train_family, small = load_matrix(text, "m.yaml").families
    assert small.axes == {**train_family.axes, "cuda": ("12.6",)}
    assert small.budget_mb == train_family.budget_mb
    assert (small.line, small.column) == (15, 3)


def test_billion_laughs_end_at_once(problems_of):
    levels = ["a0: &a0 [lol]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert len(problems_of("\n".join(levels))) == 9 + 4  # unknown keys, and four missing ones


def test_merges_are_counted():
    keys = ", ".join(f"k{n}: 1" for n in range(100))
    text = f"base: &b {{{keys}}}\n" + "".join(f"m{n}: {{<<: *b}}\n" for n in range(120))
    assert any("merge keys bring more than 10,000 pairs" in line for line in all_problems_of(text))


def test_too_many_combinations_are_counted_not_made(train, problems_of):
    torches = ", ".join(f"2.{minor}.{micro}" for minor in range(200) for micro in range(100))
    (problem,) = problems_of(train.replace("2.6.0, 2.7.1", torches))
    assert problem == (
        f"7:3: the matrix expands to 320,000 combinations; the limit is {MAX_CANDIDATES:,}: "
        "images.train alone makes 320,000 (cuda 4 x torch 20000 x python 2 x os 2)"
    )


def test_too_many_excludes_are_refused(train, problems_of):
    entries = "".join(f"- {{cuda: '12.{n}', because: why}}\n" for n in range(MAX_EXCLUDES + 1))
    assert problems_of(train + "exclude:\n" + entries) == [
        "15:1: 201 excludes; the limit is 200: use ranges and lists"
    ]


def test_bytes_that_are_not_utf8_are_located():
    with pytest.raises(BadInput) as caught:
        decode_matrix("version: 1\nx: é".encode() + b"\xff", "m.yaml")
    assert caught.value.details == ("m.yaml:2:5: byte 0xFF is not UTF-8",)


def test_a_byte_order_mark_is_no_mistake(small):
    assert load_matrix("\ufeff" + small, "m.yaml") == load_matrix(small, "m.yaml")


def test_windows_line_ends_are_no_mistake(small):
    assert load_matrix(small.replace("\n", "\r\n"), "m.yaml") == load_matrix(small, "m.yaml")


def test_the_review_and_what_counts_as_support_are_read(train):
    declared = "review: {every: quarter, anchor: 2026-01-31}\nos_support: lts\n"
    matrix = load_matrix(train + declared, "m.yaml")
    assert matrix.review == Schedule(every="quarter", anchor=datetime.date(2026, 1, 31))
    assert matrix.os_support == "lts"


def test_a_matrix_that_declares_no_review_has_none(train):
    matrix = load_matrix(train, "m.yaml")
    assert matrix.review is None
    assert matrix.os_support == "standard"


# (what is added to TRAIN, column in the line, the message)
WRONG_REVIEWS = [
    ("review: quarter", 9, "review must be a mapping of keys, not 'quarter'"),
    ("review: {every: quarter}", 9, "review needs 'anchor': a day on which a review falls; the "),
    ("review: {anchor: 2026-01-01}", 9, "review needs 'every': how often"),
    ("review: {every: quater, anchor: 2026-01-01}", 17, "unknown interval 'quater'; did you mean"),
    ("review: {every: quarter, anchor: 2026-02-30}", 34, "bad date '2026-02-30': day is out of"),
    ("review: {every: quarter, anchor: 1.1.2026}", 34, "a day, year first, such as 2026-11-23"),
    ("review: {every: quarter, anchor: 2026-1-1}", 34, "a day, year first, such as 2026-11-23"),
    ("os_support: long", 13, "unknown support 'long'; one of standard, lts"),
]


@pytest.mark.parametrize(("added", "column", "part"), WRONG_REVIEWS)
def test_a_wrong_review_is_located(train, problems_of, added, column, part):
    (problem,) = problems_of(train + added + "\n")
    assert problem.startswith(f"15:{column}: ")
    assert part in problem
