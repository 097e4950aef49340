"""apt's source files, in both formats."""

import pytest

from validation.engine.apt_sources import (
    Source,
    parse_deb822,
    parse_one_line,
    release_sources,
    render_sources,
)

KEY = "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END PGP PUBLIC KEY BLOCK-----"

DEB822 = f"""\
# a mirror
Types: deb deb-src
URIs: http://mirror.example/debian https://second.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib
Signed-By: /usr/share/keyrings/example.gpg

Types: deb
URIs: http://mirror.example/debian-security/
Suites: bookworm-security
Components: main
Signed-By:{KEY}

Types: deb-src
URIs: http://mirror.example/sources
Suites: bookworm
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: https://vendor.example/apt
Suites: bookworm
Components: stable
"""

ONE_LINE = """\
deb http://mirror.example/debian bookworm main # the archive
deb [arch=amd64,arm64 signed-by=/k.gpg lang=none] http://mirror.example/sec bookworm-security main
# deb http://off.example/debian bookworm main
deb-src http://mirror.example/debian bookworm main
deb http://flat.example/ ./
deb
"""


def test_deb822_keeps_what_says_where_and_who_signs() -> None:
    archive, security, vendor = parse_deb822(DEB822)
    assert archive.uris == ("http://mirror.example/debian", "https://second.example/debian")
    assert archive.suites == ("bookworm", "bookworm-updates", "bookworm-backports")
    assert archive.options == {"Signed-By": "/usr/share/keyrings/example.gpg"}
    assert security.options["Signed-By"] == KEY
    assert vendor.components == ("stable",)


def test_one_line_options_become_fields() -> None:
    archive, security, flat = parse_one_line(ONE_LINE)
    assert (archive.uris, archive.suites, archive.components) == (
        ("http://mirror.example/debian",),
        ("bookworm",),
        ("main",),
    )
    assert security.options == {"Architectures": "amd64 arm64", "Signed-By": "/k.gpg"}
    assert flat.suites == ("./",)


def test_the_releases_own_archive_is_told_from_backports_and_vendors() -> None:
    kept = release_sources(parse_deb822(DEB822), "bookworm")
    assert [source.suites for source in kept] == [
        ("bookworm", "bookworm-updates"),
        ("bookworm-security",),
    ]


def test_another_release_comes_from_the_same_mirror_with_the_same_keys() -> None:
    kept = release_sources(parse_deb822(DEB822), "bookworm", "trixie")
    assert [source.suites for source in kept] == [
        ("trixie", "trixie-updates"),
        ("trixie-security",),
    ]
    assert kept[0].uris[0] == "http://mirror.example/debian"
    assert kept[0].options == {"Signed-By": "/usr/share/keyrings/example.gpg"}


@pytest.mark.parametrize(
    ("release", "expected"),
    [(None, ("stable", "stable-security")), ("trixie", ("trixie", "trixie-security"))],
)
def test_a_moving_name_is_the_hosts_own_release(
    release: str | None, expected: tuple[str, ...]
) -> None:
    source = Source(
        uris=("http://m.example/",),
        suites=("stable", "stable-security", "stable-backports", "testing"),
        components=("main",),
        options={},
    )
    assert release_sources([source], "bookworm", release)[0].suites == expected


def test_what_is_rendered_reads_back_the_same() -> None:
    sources = parse_deb822(DEB822) + parse_one_line(ONE_LINE)
    assert parse_deb822(render_sources(sources)) == sources
