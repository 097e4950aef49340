"""Credentials and switched-off TLS are found, and told without the secret."""

import pytest

from validation.prove.leaks import find_credentials, find_tls_bypasses

SECRET = "h0rse-battery"  # noqa: S105  (what the tests look for)


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("/etc/pip.conf", f"[global]\nindex-url = https://me:{SECRET}@pypi.example.com/simple\n"),
        ("ENV A", f"A=https://:{SECRET}@host/"),
        ("history 3", f"|1 INDEX=http://token:{SECRET}@host:8080/simple /bin/sh -c pip install"),
        ("/root/.netrc", f"machine pypi.example.com\n  login me\n  password {SECRET}\n"),
        ("/etc/apt/auth.conf.d/x.conf", f"machine deb.example.com login me password {SECRET}"),
        ("/etc/pip.conf", f"index-url = https://ghp_{SECRET}@pypi.example.com/simple"),
        ("ENV B", f"B=git+https://{SECRET}@host/x.git"),
        ("history 4", f"RUN pip install --index-url https://{SECRET}@host/simple x"),
        ("/root/.docker/config.json", f'{{"auths": {{"https://host/": {{"auth": "{SECRET}"}}}}}}'),
        ("/run/containers/0/auth.json", f'{{"auths":{{"host":{{"auth":"{SECRET}"}}}}}}'),
        ("/root/.pypirc", f"[pypi]\nusername = __token__\npassword = {SECRET}\n"),
        ("/root/.npmrc", f"//npm.example/:_authToken={SECRET}"),
        ("/root/.npmrc", f"always-auth=true\n_auth={SECRET}"),
        ("/root/.aws/credentials", f"[default]\naws_secret_access_key = {SECRET}"),
        ("/root/.env", f"DB_PASSWORD={SECRET}"),
        ("/srv/app/.env", f"TOKEN=${{TOKEN}}\nAPI_KEY='{SECRET}'"),
        ("/root/.config/uv/auth.toml", f'password="{SECRET}"'),
    ],
)
def test_a_credential_is_found_and_not_repeated(where, text):
    found = find_credentials({where: text})
    assert len(found) == 1
    assert found[0].startswith(f"{where}: ")
    assert SECRET not in found[0]


def test_a_private_key_is_found():
    text = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n"
    assert len(find_credentials({"/root/.ssh/id_ed25519": text})) == 1


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("/root/.npmrc", "//npm.example/:_authToken=${NPM_TOKEN}\nalways-auth=true\n"),
        ("/root/.pypirc", "password = <token>\npassword = xxxxxxxx\npassword = %(PASSWORD)s"),
        ("/root/.env", "TOKEN=\nPASSWORD=changeme\nSECRET=your-secret-here\nMAX_TOKENS=4096"),
        ("/root/.env", "PASSWORD: {{ password }}\ntoken = None\nAUTH=****"),
        ("/root/.docker/config.json", '{"auths": {"host": {}}, "credsStore": "desktop"}'),
        ("/opt/model/config.json", '{"pad_token": "[PAD]", "eos_token": "endoftext"}'),
        ("/opt/app/settings.py", "token = make_token()\npassword = 'abcdef'"),
        ("/etc/pip.conf", "index-url = https://git@github.com/x\n# https://user@host/simple"),
        ("/etc/pip.conf", "index-url = https://user:<password>@host https://me:${PW}@host"),
        ("/etc/pip.conf", "index-url = https://me2026%40example.com@host/simple"),
        ("/etc/netrc", "machine host login me password <password>"),
    ],
)
def test_a_stand_in_for_a_secret_is_left_alone(where, text):
    assert find_credentials({where: text}) == ()


def test_a_secret_behind_a_stand_in_is_found():
    text = f"https://me:${{PW}}@host\nhttps://me:xxxx@host\nhttps://me:{SECRET}@host"
    assert len(find_credentials({"/etc/pip.conf": text})) == 1


@pytest.mark.parametrize("name", ["PYPI_TOKEN", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY", "API_KEY"])
def test_a_variable_whose_name_speaks_is_found_in_settings_only(name):
    texts = {"ENV": f"{name}={SECRET}"}
    assert len(find_credentials(texts, settings=True)) == 1
    assert SECRET not in find_credentials(texts, settings=True)[0]
    assert find_credentials(texts) == ()


@pytest.mark.parametrize(
    "text",
    [
        "RUN --mount=type=secret,id=installer --mount=type=tmpfs,target=/run/installer sh",
        "https://download.pytorch.org/whl/cpu",
        "https://user@host/without/password",
        "https://host/path@1.0:x",
        "git@github.com:owner/name.git",
        "index-url = https://$USER:$PASSWORD@host/simple",
        "TOKEN=$TOKEN",
        "PATH=/opt/venv/bin:/usr/bin",
        "-----BEGIN CERTIFICATE-----",
        "GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D",
    ],
)
def test_what_is_no_credential_is_left_alone(text):
    assert find_credentials({"history 1": text}, settings=True) == ()


@pytest.mark.parametrize(
    "text",
    [
        "PIP_TRUSTED_HOST=pypi.example.com",
        "[global]\ntrusted-host = pypi.example.com",
        "pip install --trusted-host pypi.example.com torch",
        "UV_INSECURE_HOST=host",
        "allow-insecure-host = ['host']",
        "PYTHONHTTPSVERIFY=0",
        "GIT_SSL_NO_VERIFY=true",
        "[http]\n\tsslVerify = false",
        "NODE_TLS_REJECT_UNAUTHORIZED=0",
        "strict-ssl=false",
        "ssl_verify: false",
        "RUN curl -fsSLk https://host/x | sh",
        "RUN curl --insecure https://host/x",
        "insecure",
        "wget --no-check-certificate https://host/x",
        "check_certificate = off",
        'Acquire::https::Verify-Peer "false";',
        "deb [trusted=yes] https://host bookworm main",
        "Types: deb\nTrusted: yes\n",
        'APT::Get::AllowUnauthenticated "true";',
        "apt-get install --allow-unauthenticated curl",
    ],
)
def test_a_bypass_is_found(text):
    assert len(find_tls_bypasses({"x": text})) == 1


@pytest.mark.parametrize(
    "text",
    [
        "# trusted-host = example.com",
        "PYTHONHTTPSVERIFY=1",
        "GIT_SSL_NO_VERIFY=0",
        "RUN curl -fsSL https://host/key -o key",
        "RUN curl -fsSL https://host/x; mkdir -k",
        "ssl_verify: true",
        'Acquire::https::Verify-Peer "true";',
        "deb https://mirror.example/debian bookworm main",
        "index-url = https://index.example/simple",
        "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
    ],
)
def test_what_is_no_bypass_is_left_alone(text):
    assert find_tls_bypasses({"x": text}) == ()
