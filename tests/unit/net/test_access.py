"""Who we say we are, through which proxy, and whose certificates count."""

import certifi
import pytest

from validation.errors import BadInput
from validation.net.access import Access, access_of, bare
from validation.render.installer import InstallerConfig

NETRC = "machine private.example login me password it"


def test_credentials_in_an_address_hold_for_its_origin():
    access = access_of(InstallerConfig(index_url="https://u%40x:p%3A@a.example:8443/simple"))
    assert access.login("https://a.example:8443/files/b.whl") == ("u@x", "p:")
    assert access.login("https://a.example/simple") is None
    assert access.login("http://a.example:8443/simple") is None


def test_netrc_holds_for_the_host_over_tls_only():
    access = access_of(InstallerConfig(index_url="https://private.example/s", netrc=NETRC))
    assert access.login("https://private.example/s/torch/") == ("me", "it")
    assert access.login("http://private.example/s/torch/") is None
    assert access.login("https://other.example/") is None


@pytest.mark.parametrize(
    ("no_proxy", "direct"),
    [
        ("a.example", True),
        (".example", True),
        ("*.example", True),
        ("a.example:443", True),
        ("*", True),
        ("b.example, a.example", True),
        ("a.example:80", False),
        ("xample", False),
        ("", False),
    ],
)
def test_no_proxy(no_proxy, direct):
    access = Access(proxies={"https": "http://p.example:3128", "no": no_proxy})
    assert access.proxy("https://a.example/x") == (None if direct else "http://p.example:3128")


def test_all_proxy_stands_in():
    config = InstallerConfig(proxies={"ALL_PROXY": "http://p.example", "https_proxy": "http://q"})
    assert access_of(config).proxy("http://a.example") == "http://p.example"
    assert access_of(config).proxy("https://a.example") == "http://q"


def test_a_configured_bundle_is_the_only_one():
    mark = "-----END CERTIFICATE-----\n"
    with open(certifi.where(), encoding="utf-8") as file:  # noqa: PTH123  (certifi gives a str)
        pem = file.read()
    one = pem[pem.index("-----BEGIN") : pem.index(mark) + len(mark)]
    assert len(Access(ca_bundle=one).tls().get_ca_certs()) == 1
    assert len(Access().tls().get_ca_certs()) > 50


def test_a_broken_bundle_is_the_persons():
    with pytest.raises(BadInput, match="CA bundle is not usable"):
        Access(ca_bundle="-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n").tls()


def test_what_messages_show():
    assert bare("https://u:p@a.example:1/b/c?token=t#f") == "https://a.example:1/b/c"
