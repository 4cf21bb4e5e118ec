"""Which files hold secrets by what they are."""

from __future__ import annotations

from typing import get_args

import pytest

from gaterunner.explaining import rule_pages
from gaterunner.policies.no_secret_changes import RuleName
from gaterunner.secrets import ci
from gaterunner.secrets.filenames import KINDS, kind_of
from tests.secrets.credentials import fill


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        (".env", "API_TOKEN={hex32}", "dotenv"),
        ("web/.env.production", "export A={hex32}", "dotenv"),
        ("prod.env", "A={hex32}", "dotenv"),
        ("id_rsa", "{ssh_key}", "private-key"),
        ("keys/id_ed25519_deploy", "{ssh_key}", "private-key"),
        ("tls/server.pem", "{pkcs8_key}", "private-key"),
        ("putty.ppk", "PuTTY-User-Key-File-3: ssh-rsa", "private-key"),
        ("app.jks", "binary", "keystore"),
        ("release.keystore", "binary", "keystore"),
        ("cert.p12", "binary", "keystore"),
        ("kubeconfig", "users:\n- user:\n    client-key-data: {hex64}", "kubeconfig"),
        ("home/.kube/config", "    token: {hex64}", "kubeconfig"),
        ("gcp.json", '{"type": "service_account", "private_key": "{hex64}"}', "service-account"),
        (".npmrc", "//registry.npmjs.org/:_authToken={npm}", "npmrc"),
        (".pypirc", "[pypi]\npassword = {hex64}", "pypirc"),
        ("terraform.tfstate", '{"resources": [{"type": "aws_iam_access_key"}]}', "terraform-state"),
        ("prod.tfstate.backup", '{"resources": [{"a": 1}]}', "terraform-state"),
        (".netrc", "machine a login b password {password_plain}", "netrc"),
        ("web/.htpasswd", "admin:{bcrypt}", "htpasswd"),
        (".git-credentials", "https://u:{hex32}@github.com", "git-credentials"),
        (".aws/credentials", "aws_secret_access_key = {aws_secret}", "aws-credentials"),
        (".docker/config.json", '{"auths": {"x": {"auth": "{hex32}"}}}', "docker-config"),
        (".pgpass", "db.acme.io:5432:app:app:{hex32}", "pgpass"),
        ("config/master.key", "{hex32}\n", "rails-master-key"),
    ],
)
def test_a_file_that_holds_secrets_is_recognised(path: str, content: str, kind: str) -> None:
    found = kind_of(path, fill(content).encode())
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (".env.example", "API_TOKEN={hex32}"),
        (".env.sample", "A={hex32}"),
        (".env.template", "A={hex32}"),
        ("env.dist", "A={hex32}"),
        ("example.env", "A={hex32}"),
        (".env", "# nothing\nAPI_TOKEN=\nB=${B}\nPORT=3000\nDEBUG=true\n"),
        (".envrc", "use nix"),
        ("environment.py", "A=1"),
        ("process.env.ts", "export const A = 1"),
        ("ca.pem", "-----BEGIN CERTIFICATE-----"),
        ("id_rsa.pub", "ssh-rsa AAAA"),
        ("i18n.key", "greeting=hello"),
        ("android/app/debug.keystore", "binary"),
        (".npmrc", "save-exact=true\n//registry.npmjs.org/:_authToken=${NPM_TOKEN}"),
        ("package.json", '{"type": "module"}'),
        ("kubeconfig.py", "def load(): ..."),
        (".docker/config.json", '{"credsStore": "desktop"}'),
        ("empty.tfstate", '{"resources": []}'),
        (".netrc", "machine a login b password $TOKEN"),
    ],
)
def test_a_file_that_only_looks_like_one_is_not(path: str, content: str) -> None:
    assert kind_of(path, fill(content).encode()) is None


def test_every_rule_about_files_links_and_references_can_be_given_another_weight() -> None:
    named = {kind.kind for kind in KINDS} | {ci.NAMED, ci.ALL, ci.VARIABLE, "symlink-outside"}
    assert set(get_args(RuleName)) == named


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    pages = {page.name for page in rule_pages() if page.name.startswith("secret")}
    found = {f"secret/{rule}" for rule in (ci.NAMED, ci.ALL, ci.VARIABLE)}
    told = {
        "secret/in-file-name",
        "secret/not-read",
        "secret/elsewhere",
        "secret/ignore-marker",
        "secret/symlink-outside",
    }
    assert pages == {"secret", "secret-file"} | found | told
