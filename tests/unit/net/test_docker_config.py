"""Docker's logins: from its file and its helpers, each for its own host only."""

import base64
import json

import pytest

from validation.errors import BadInput, WorldFailed
from validation.net.docker_config import DockerLogins, Login
from validation.process import Completed


def auth(text):
    return {"auth": base64.b64encode(text.encode()).decode()}


@pytest.fixture
def logins(tmp_path):
    def read(config, runner=None):
        (tmp_path / "config.json").write_text(json.dumps(config))
        return DockerLogins({"DOCKER_CONFIG": str(tmp_path)}, runner)

    return read


def test_without_a_file_there_is_none(tmp_path):
    assert DockerLogins({"HOME": str(tmp_path)}).login("nvcr.io") is None


def test_a_login_is_for_its_host_only(logins):
    found = logins({"auths": {"nvcr.io": auth("$oauthtoken:k:ey"), "https://x.test": auth("a:b")}})
    assert found.login("nvcr.io") == Login(user="$oauthtoken", password="k:ey")
    assert found.login("x.test") == Login(user="a", password="b")
    assert found.login("docker.io") is None


def test_docker_hub_has_a_name_of_its_own(logins):
    assert logins({"auths": {"https://index.docker.io/v1/": auth("a:b")}}).login("docker.io")


@pytest.mark.parametrize("text", ["%%%", "bm9jb2xvbg=="])
def test_a_broken_login_is_none(logins, text):
    assert logins({"auths": {"nvcr.io": {"auth": text}}}).login("nvcr.io") is None


def test_an_identity_token_is_a_login_of_its_own(logins):
    kept = {**auth("00000000-0000-0000-0000-000000000000:"), "identitytoken": "t"}
    told = json.dumps({"Username": "<token>", "Secret": "t"})
    for found in (
        logins({"auths": {"x.test": kept}}),
        logins({"auths": {"x.test": auth("<token>:t")}}),
        logins({"credsStore": "pass"}, helper(told)),
    ):
        assert found.login("x.test") == Login(identity_token="t")


def helper(stdout, returncode=0, asked=None):
    def run(argv, **options):
        if asked is not None:
            asked.append((list(argv), options["stdin"]))
        return Completed(argv=tuple(argv), returncode=returncode, stdout=stdout, stderr="")

    return run


def test_a_helper_is_asked_by_argv_and_stdin(logins):
    asked = []
    told = json.dumps({"ServerURL": "nvcr.io", "Username": "u", "Secret": "s"})
    found = logins({"credHelpers": {"nvcr.io": "pass"}}, helper(told, asked=asked))
    assert found.login("nvcr.io") == Login(user="u", password="s")
    assert asked == [(["docker-credential-pass", "get"], b"nvcr.io")]
    assert found.login("other.test") is None


@pytest.mark.parametrize(
    ("stdout", "status"),
    [("not found", 1), ("{", 0), ('{"Username": "u"}', 0)],
)
def test_a_helper_that_knows_nothing_is_no_login(logins, stdout, status):
    assert logins({"credsStore": "x"}, helper(stdout, status)).login("nvcr.io") is None


def test_a_helper_that_is_not_there_is_no_login(logins):
    def run(*_, **__):
        raise WorldFailed("program not found")

    assert logins({"credsStore": "gone"}, run).login("nvcr.io") is None


def test_a_helper_is_a_name_and_no_path(logins):
    assert logins({"credsStore": "../../x"}, helper("{}")).login("nvcr.io") is None


def test_a_broken_file_is_bad_input(tmp_path):
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(BadInput, match="cannot be read"):
        DockerLogins({"DOCKER_CONFIG": str(tmp_path)})
