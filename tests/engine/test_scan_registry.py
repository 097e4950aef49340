"""The registry client and the scan against Debian's own registry, straight and spoiled."""

import base64
import json

import pytest
import urllib3

from tests.engine import registry as real
from validation.cli import main
from validation.net.access import Access
from validation.net.docker_config import DockerLogins
from validation.net.oci import OciRegistry
from validation.net.web import Web

pytestmark = pytest.mark.engine
CUDA, FLAG = "nvidia/cuda", "NVIDIA_CUDA_END_OF_LIFE=1"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    program = real.unpack(tmp_path_factory.mktemp("program"))
    with real.running(program, tmp_path_factory.mktemp("registry")) as one:
        yield one


@pytest.fixture
def spoiler(served):
    with real.spoiled(served) as one:
        yield one


@pytest.fixture
def client(tmp_path):
    """Return a function: a client for an address, which does not sleep between tries."""

    def opened(url, home=tmp_path):
        patience = urllib3.Timeout(connect=2, read=1)
        web = Web(Access(), patience=patience, pause=lambda _: None)
        logins = DockerLogins({"HOME": str(home)})
        return OciRegistry(web, url, "registry.test", logins, tmp_path / "cache")

    return opened


@pytest.fixture
def scan(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("IMAGEWRIGHT_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr("validation.net.web.TRIES", 1)

    def ran(url, *images):
        words = ["scan", "--today", "2026-11-23", "--registry-mirror", url, "--format", "json"]
        with pytest.raises(SystemExit) as over:
            main([*words, *images])
        told = capsys.readouterr()
        return over.value.code, json.loads(told.out)

    return ran


def test_flag_labels_and_day_come_from_the_config(served, client):
    digest = served.image(
        CUDA, "a", env=[FLAG, "PATH=/bin"], labels={"x": "y"}, created="2023-02-27T01:02:03Z"
    )
    found = client(served.url).tag(CUDA, "a", "linux/amd64")
    assert (found.exists, found.digest, str(found.created)) == ("yes", digest, "2023-02-27")
    assert found.environment["NVIDIA_CUDA_END_OF_LIFE"] == "1"
    assert found.labels == {"x": "y"}


def test_a_known_digest_costs_one_head(served, spoiler, client):
    served.image(CUDA, "kept", env=["A=1"])
    one = client(spoiler.url)
    first = one.tag(CUDA, "kept", "linux/amd64")
    assert [method for method, _, _ in spoiler.requests] == ["HEAD", "GET", "GET"]
    spoiler.requests.clear()
    assert client(spoiler.url).tag(CUDA, "kept", "linux/amd64") == first
    assert [method for method, _, _ in spoiler.requests] == ["HEAD"]


def test_an_index_is_read_for_the_platform(served, client):
    arm = served.image(CUDA, "arm", env=["WHICH=arm"])
    amd = served.image(CUDA, "amd", env=["WHICH=amd"])
    digest = served.index(CUDA, "both", {"linux/arm64": arm, "linux/amd64": amd})
    for platform, which in (("linux/amd64", "amd"), ("linux/arm64", "arm")):
        found = client(served.url).tag(CUDA, "both", platform)
        assert (found.digest, found.environment["WHICH"]) == (digest, which)


def test_a_deleted_tag_is_not_there(served, client):
    served.delete(CUDA, served.image(CUDA, "doomed", labels={"only": "this"}))
    assert client(served.url).tag(CUDA, "doomed", "linux/amd64").exists == "no"
    assert client(served.url).tag("no/such", "x", "linux/amd64").exists == "no"


def challenge(url, needs=None):
    """Return a spoiler that wants a token, and for the token the login `needs`."""

    def spoil(handler, path):
        if path.startswith("/token"):
            given = handler.headers.get("Authorization")
            if given == needs:
                handler.answer(200, {}, b'{"token": "good"}')
            else:
                handler.answer(403, {})
            return True
        if handler.headers.get("Authorization") == "Bearer good":
            return False
        scope = f'Bearer realm="{url}/token",service="r",scope="repository:nvidia/cuda:pull"'
        handler.answer(401, {"WWW-Authenticate": scope})
        return True

    return spoil


def test_a_challenge_is_met_with_an_anonymous_token_once(served, spoiler, client):
    served.image(CUDA, "t", env=["A=1"])
    spoiler.spoil = challenge(spoiler.url)
    assert client(spoiler.url).tag(CUDA, "t", "linux/amd64").environment == {"A": "1"}
    assert sum(path.startswith("/token") for _, path, _ in spoiler.requests) == 1


def test_a_challenge_is_met_with_dockers_login(served, spoiler, client, tmp_path):
    served.image(CUDA, "t", env=["A=1"])
    auth = base64.b64encode(b"me:secret").decode()
    spoiler.spoil = challenge(spoiler.url, f"Basic {auth}")
    assert "403" in client(spoiler.url).tag(CUDA, "t", "linux/amd64").problem
    (tmp_path / ".docker").mkdir()
    config = {"auths": {"registry.test": {"auth": auth}}}
    (tmp_path / ".docker/config.json").write_text(json.dumps(config))
    assert client(spoiler.url).tag(CUDA, "t", "linux/amd64").exists == "yes"


def test_a_challenge_is_met_with_an_identity_token(served, spoiler, client, tmp_path):
    """The token server takes it in a form; the registry gets the short-lived one alone."""
    served.image(CUDA, "t", env=["A=1"])
    anonymous = challenge(spoiler.url, needs="nobody")

    def spoil(handler, path):
        if path == "/token" and handler.command == "POST":
            assert "grant_type=refresh_token" in handler.form
            assert "refresh_token=mine" in handler.form
            handler.answer(200, {}, b'{"access_token": "good"}')
            return True
        return anonymous(handler, path)

    spoiler.spoil = spoil
    (tmp_path / ".docker").mkdir()
    config = {"auths": {"registry.test": {"identitytoken": "mine"}}}
    (tmp_path / ".docker/config.json").write_text(json.dumps(config))
    assert client(spoiler.url).tag(CUDA, "t", "linux/amd64").environment == {"A": "1"}
    sent = [
        headers.get("Authorization") for _, path, headers in spoiler.requests if path != "/token"
    ]
    assert set(sent) == {None, "Bearer good"}


def always(status, headers=None):
    def spoil(handler, path):  # noqa: ARG001  (the signature of all)
        handler.answer(status, headers or {})
        return True

    return spoil


@pytest.mark.parametrize(
    ("status", "word"), [(401, "401"), (403, "403"), (429, "429"), (500, "500"), (503, "503")]
)
def test_a_refusal_is_unknown_and_says_which(spoiler, client, status, word):
    spoiler.spoil = always(status)
    found = client(spoiler.url).tag(CUDA, "a", "linux/amd64")
    assert found.exists == "unknown"
    assert word in found.problem


def test_429_is_tried_again(served, spoiler, client):
    served.image(CUDA, "slow", env=["A=1"])
    left = [2]

    def spoil(handler, path):  # noqa: ARG001  (the signature of all)
        left[0] -= 1
        if left[0] >= 0:
            handler.answer(429, {"Retry-After": "0"})
        return left[0] >= 0

    spoiler.spoil = spoil
    assert client(spoiler.url).tag(CUDA, "slow", "linux/amd64").environment == {"A": "1"}


def test_a_truncated_body_is_never_half_believed(served, spoiler, client):
    served.image(CUDA, "cut", env=["A=1", "CUT=1"])
    spoiler.cut = "/blobs/"
    found = client(spoiler.url).tag(CUDA, "cut", "linux/amd64")
    assert (found.exists, found.environment) == ("yes", {})
    assert "ended early" in found.problem


def test_a_changed_body_is_not_what_its_digest_names(served, spoiler, client):
    served.image(CUDA, "forged", env=["A=2"])

    def spoil(handler, path):
        if "/blobs/" in path:
            handler.answer(200, {}, b'{"config": {"Env": ["NVIDIA_CUDA_END_OF_LIFE=1"]}}')
        return "/blobs/" in path

    spoiler.spoil = spoil
    found = client(spoiler.url).tag(CUDA, "forged", "linux/amd64")
    assert found.environment == {}
    assert "not what it names" in found.problem


def test_few_pulls_left_means_heads_only(served, spoiler, client):
    served.image(CUDA, "dear", env=["A=3"])
    spoiler.added = {"ratelimit-remaining": "3;w=21600"}
    found = client(spoiler.url).tag(CUDA, "dear", "linux/amd64")
    assert (found.exists, found.environment) == ("yes", {})
    assert "3 pulls are left" in found.problem
    assert {method for method, _, _ in spoiler.requests} == {"HEAD"}


def test_a_stall_ends_and_the_registry_is_not_asked_again(spoiler, client):
    spoiler.delay = 1.5
    one = client(spoiler.url)
    assert "no answer in time" in one.tag(CUDA, "a", "linux/amd64").problem
    asked = len(spoiler.requests)
    assert one.tag(CUDA, "b", "linux/amd64").exists == "unknown"
    assert len(spoiler.requests) == asked


def test_scan_tells_gone_flagged_and_moved(served, scan):
    served.image(CUDA, "13.0.3-base-ubuntu22.04", env=[FLAG])
    served.image(CUDA, "13.0.3-base-ubuntu24.04", env=["A=1"])
    pinned = f"{CUDA}:13.0.3-base-ubuntu24.04@sha256:{'0' * 64}"
    gone = f"{CUDA}:12.1.0-base-ubuntu22.04"
    code, told = scan(served.url, f"{CUDA}:13.0.3-base-ubuntu22.04", pinned, gone)
    verdicts = {base["reference"]: base for base in told["bases"]}
    assert code == 1
    assert verdicts[gone]["verdict"] == "gone"
    assert verdicts[f"{CUDA}:13.0.3-base-ubuntu22.04"]["flagged"] == "yes"
    assert "digest-moved" in {each["rule"] for each in told["findings"]}


def test_an_ended_distribution_is_known_by_its_labels(served, scan):
    labels = {
        "org.opencontainers.image.ref.name": "ubuntu",
        "org.opencontainers.image.version": "20.04",
    }
    served.image("team/service", "1.0", env=["A=1"], labels=labels)
    _, told = scan(served.url, "team/service:1.0")
    (base,) = told["bases"]
    assert base["support"] == "eol"


def test_a_registry_that_is_down_makes_nothing_gone(scan):
    url = f"http://127.0.0.1:{real.free_port()}"
    code, told = scan(url, f"{CUDA}:12.1.0-base-ubuntu22.04", f"{CUDA}:13.0.3-base-ubuntu22.04")
    assert code == 1
    assert [base["verdict"] for base in told["bases"]] == ["overdue", "current"]
    assert all(base["served"] == "unknown" for base in told["bases"])
    overdue = [each for each in told["findings"] if each["rule"] == "base-overdue"]
    assert "registry not reached" in overdue[0]["message"]
    assert told["not_reached"]


def test_exit_3_where_nothing_could_be_judged(scan):
    code, _ = scan(f"http://127.0.0.1:{real.free_port()}", "team/service:1.0")
    assert code == 3
