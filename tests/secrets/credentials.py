"""Worthless credentials for tests, composed at run time so that no scanner stops our own repository.

``fill("token = {github_pat}")`` gives content with a fresh-looking but always equal value for each name.
"""

from __future__ import annotations

import base64
import random
import re
import string

_ALNUM = string.ascii_letters + string.digits
_UPPER = string.ascii_uppercase + "234567"
_HEX = "0123456789abcdef"


def _random(name: str, alphabet: str, length: int) -> str:
    generator = random.Random(name)  # noqa: S311 - worthless on purpose, and equal in every run
    return "".join(generator.choice(alphabet) for _ in range(length))


def _joined(*parts: str) -> str:
    return "".join(parts)


def _jwt() -> str:
    def part(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    return ".".join(
        (part('{"alg":"HS256","typ":"JWT"}'), part('{"sub":"u-83127","aud":"billing"}'), _random("jwt", _ALNUM, 43))
    )


def _private_key(kind: str) -> str:
    body = "\n".join(_random(f"{kind}{line}", _ALNUM + "+/", 64) for line in range(12))
    return f"-----BEGIN {kind}PRIVATE" + f" KEY-----\n{body}\n-----END {kind}PRIVATE" + " KEY-----"


CREDENTIALS: dict[str, str] = {
    "aws_key_id": "AK" + "IA" + _random("aws id", _UPPER, 16),
    "aws_secret": _random("aws secret", _ALNUM + "+/", 40),
    "github_pat": "gh" + "p_" + _random("github", _ALNUM, 36),
    "github_fine": "github" + "_pat_" + _random("fine", _ALNUM, 22) + "_" + _random("grained", _ALNUM, 59),
    "github_app": "gh" + "s_" + _random("app", _ALNUM, 36),
    "gitlab_pat": "gl" + "pat-" + _random("gitlab", _ALNUM, 20),
    "slack_bot": _joined("xo", "xb-")
    + _random("s1", string.digits, 12)
    + "-"
    + _random("s2", string.digits, 13)
    + "-"
    + _random("s3", _ALNUM, 24),
    "slack_hook": _joined("https://hooks.sl", "ack.com/services/T")
    + _random("t", _UPPER, 8)
    + "/B"
    + _random("b", _UPPER, 8)
    + "/"
    + _random("h", _ALNUM, 24),
    "stripe_live": "sk" + "_live_" + _random("stripe", _ALNUM, 24),
    "sendgrid": "S" + "G." + _random("sg", _ALNUM, 22) + "." + _random("sg2", _ALNUM, 43),
    "npm": "npm" + "_" + _random("npm", _ALNUM, 36),
    "pypi": "pypi-" + "AgEIcHlwaS5vcmc" + _random("pypi", _ALNUM, 140),
    "google_api": "AI" + "za" + _random("google", _ALNUM, 35),
    "openai": "sk-" + "proj-" + _random("oa", _ALNUM, 74) + "T3Blbk" + "FJ" + _random("oa2", _ALNUM, 74),
    "anthropic": "sk-" + "ant-api03-" + _random("an", _ALNUM, 93) + "AA",
    "discord_hook": "https://discord.com/api/webhooks/"
    + _random("d", string.digits, 18)
    + "/"
    + _random("dh", _ALNUM, 68),
    "digitalocean": "do" + "p_v1_" + _random("do", _HEX, 64),
    "hugging_face": "h" + "f_" + _random("hf", string.ascii_letters, 34),
    "jwt": _jwt(),
    "rsa_key": _private_key("RSA "),
    "pkcs8_key": _private_key(""),
    "ssh_key": _private_key("OPENSSH "),
    "password": _random("password", _ALNUM, 7) + "%7" + _random("word", _ALNUM, 5),
    "password_plain": "Kx7" + _random("plain", _ALNUM, 11),
    "hex32": _random("hex32", _HEX, 32),
    "hex40": _random("hex40", _HEX, 40),
    "hex64": _random("hex64", _HEX, 64),
    "base64_32": _random("b64", _ALNUM + "+/", 43) + "=",
    "django_key": _random("django", _ALNUM + "!@#%^&*(-_=+)", 50),
    "bcrypt": "$2" + "y$10$" + _random("bcrypt", "./" + _ALNUM, 53),
    "apr1": "$ap" + "r1$" + _random("salt", _ALNUM, 8) + "$" + _random("apr1", "./" + _ALNUM, 22),
    "sri": _random("sri", _ALNUM + "+/", 86) + "==",
    "aws_sample": "AK" + "IAIOSFODNN7" + "EXAMPLE",
    "aws_sample_secret": _joined("wJalrXUtn", "FEMI/K7MD", "ENG/bPxRfiCY", "EXAMPLEKEY"),
    "stripe_sample": "sk" + "_test_4eC39HqLyj" + "WDarjtT1zdp7dc",
    "github_x": "gh" + "p_" + "x" * 36,
    "github_counting": "gh" + "p_" + "1234567890abcdefghijklmnopqrstuvwxyz",
}


def fill(text: str) -> str:
    """The text with every ``{name}`` of a known credential replaced; other braces stay."""
    return re.sub(r"\{(\w+)\}", lambda found: CREDENTIALS.get(found[1], found[0]), text)
