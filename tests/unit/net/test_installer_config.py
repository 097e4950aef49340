"""pip's, uv's and apt's own configuration is found, in the order that they themselves use."""

import pytest

from validation.errors import BadInput
from validation.net import installer_config
from validation.net.installer_config import read_apt_config, read_installer_config
from validation.process import Completed


def no_apt(argv, **_):
    return Completed(argv=tuple(map(str, argv)), returncode=1, stdout="", stderr="")


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Read the configuration of a home folder, with nothing of this machine's in it."""
    monkeypatch.setattr(installer_config.sys, "prefix", str(tmp_path / "prefix"))
    real = installer_config._pip_files

    def pip_files(environment):
        return [path for path in real(environment) if str(path).startswith(str(tmp_path))]

    monkeypatch.setattr(installer_config, "_pip_files", pip_files)

    def call(wheelhouse=None, **environment):
        return read_installer_config({"HOME": str(tmp_path), **environment}, wheelhouse, no_apt)

    return call


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_nothing_configured_is_pypi(read):
    config = read()
    assert config.index_url is None
    assert config.extra_index_urls == config.find_links == ()


def test_pip_conf_of_the_user(read, tmp_path):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (tmp_path / "ca.pem").write_text("PEM")
    write(
        tmp_path / ".config/pip/pip.conf",
        "[global]\nindex-url = https://u:p@a.example/simple\n"
        "extra-index-url =\n    https://b.example/s\n    file:///srv/index\n"
        f"find-links = {wheels}\n"
        f"cert = {tmp_path}/ca.pem\n",
    )
    config = read()
    assert config.index_url == "https://u:p@a.example/simple"
    assert config.extra_index_urls == ("https://b.example/s",)  # a local index is out of reach
    assert config.find_links == (wheels,)
    assert config.ca_bundle == "PEM"


def test_environment_wins_over_files_and_uv_over_pip(read, tmp_path):
    write(tmp_path / ".config/pip/pip.conf", "[global]\nindex-url = https://file.example/s\n")
    assert read(PIP_INDEX_URL="https://env.example/s").index_url == "https://env.example/s"
    config = read(PIP_INDEX_URL="https://env.example/s", UV_DEFAULT_INDEX="https://uv.example/s")
    assert config.index_url == "https://uv.example/s"


def test_install_section_wins_over_global(read, tmp_path):
    write(
        tmp_path / ".pip/pip.conf", "[global]\nindex_url = a\n[install]\nindex-url = https://b/s\n"
    )
    assert read().index_url == "https://b/s"


def test_uv_toml_indexes(read, tmp_path):
    write(
        tmp_path / ".config/uv/uv.toml",
        '[[index]]\nurl = "https://c.example/s"\ndefault = true\n[[index]]\nurl = "https://d.example/s"\n',
    )
    config = read()
    assert config.index_url == "https://c.example/s"
    assert config.extra_index_urls == ("https://d.example/s",)


def test_a_named_index_of_uv(read, tmp_path):
    config = read(
        UV_DEFAULT_INDEX="corp_1=https://u:p@a.example/simple?x=1",
        UV_INDEX="in-house.2=https://b.example/s https://c.example/s?y=2 d=file:///srv/index",
    )
    assert config.index_url == "https://u:p@a.example/simple?x=1"
    assert config.extra_index_urls == ("https://b.example/s", "https://c.example/s?y=2")
    write(
        tmp_path / ".config/uv/uv.toml",
        '[[index]]\nname = "corp"\nurl = "https://c.example/s"\ndefault = true\n',
    )
    assert read().index_url == "https://c.example/s"


def test_wheelhouse_comes_first(read, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir(), two.mkdir()
    assert read(wheelhouse=one, PIP_FIND_LINKS=f"{two} https://links.example").find_links == (
        one,
        two,
    )


def test_netrc_gives_only_the_indexes_own_host(read, tmp_path):
    write(
        tmp_path / ".netrc",
        "machine a.example login u password p\nmachine bank.example login me password secret\n",
    )
    (tmp_path / ".netrc").chmod(0o600)
    config = read(PIP_INDEX_URL="https://a.example/simple")
    assert config.netrc == "machine a.example login u password p"


def test_proxies_in_both_spellings(read):
    config = read(HTTPS_PROXY="http://p.example:3128", no_proxy="localhost")
    assert config.proxies == {"HTTPS_PROXY": "http://p.example:3128", "no_proxy": "localhost"}


@pytest.mark.parametrize(
    ("path", "text"),
    [(".config/pip/pip.conf", "index-url = no section"), (".config/uv/uv.toml", "= broken")],
)
def test_broken_configuration_is_named(read, tmp_path, path, text):
    write(tmp_path / path, text)
    with pytest.raises(BadInput, match=path):
        read()


def test_missing_ca_bundle_is_named(read):
    with pytest.raises(BadInput, match=r"/no/such/ca\.pem"):
        read(PIP_CERT="/no/such/ca.pem")


def test_apt_is_asked_itself(monkeypatch):
    answers = {
        "apt-get": "http://m.example/debian/ bookworm main\n"
        "http://m.example/debian/ bookworm contrib\nhttp://s.example/ bookworm-security main\n",
        "apt-config": "Acquire::http::Proxy\thttp://p:1\nAPT::Other\tx\n",
    }

    def fake(argv, **_):
        return Completed(argv=tuple(argv), returncode=0, stdout=answers[argv[0]], stderr="")

    monkeypatch.setattr(installer_config.shutil, "which", lambda name: f"/usr/bin/{name}")
    config = read_apt_config(fake)
    assert config is not None
    assert config.sources == (
        ("http://m.example/debian/", "bookworm", "main contrib"),
        ("http://s.example/", "bookworm-security", "main"),
    )
    assert config.options == {"Acquire::http::Proxy": "http://p:1"}


def test_no_apt_no_config(monkeypatch):
    monkeypatch.setattr(installer_config.shutil, "which", lambda _: None)
    assert read_apt_config(no_apt) is None
