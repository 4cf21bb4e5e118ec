"""Tells a credential from a stand-in by looking at the value alone. Pure.

What else stands on the line is never asked: a branch could write anything there.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Mapping

# SHA-256 of credentials that vendors publish in their own documentation, so that none of them is written here.
PUBLISHED_SAMPLES = frozenset(
    {
        # AWS documentation
        "1a5d44a2dca19669d72edf4c4f1c27c4c1ca4b4408fbb17f6ce4ad452d78ddb3",
        "c6ea27c534f993d31f0aef882e3d200e7b87470c379ae79c8f9b19d3bd363dc9",
        "78314b11be2e581549ac1c4f616563fad3fdf0c3b71678f6e2299182080e0598",
        "e21b597ba6b9cafa59d9ebc4d65c0385f5eb3fa56abab2607fa76589ad849a33",
        # Azure storage emulator and Cosmos DB emulator
        "0011cc25eb4320717494d2703e8cba85743e71b500283c21c8b88147992f9059",
        "aa6547439583c3a275d4542a0df6c1ad6a863971be9f2a2220f027cc02aef615",
        # Stripe documentation
        "2cafc0970149a84f3b9e62eaf169f36f59907a3b3e31f7b82e68c69cd27f7326",
        "f2d6ca16515033e5dce14eba840b979d27b5cbae24bb3e5bf484339667f86397",
        # reCAPTCHA test keys
        "f5e95c9954635b65acab57e6d5ea663eb900f06dc8794a90358f5abb1c77d4e0",
        "03b970ed8171d73b58bbc9a5c72e3e4eec28503b56b3bb400a0801857dd45614",
        # hCaptcha test secret
        "0fff9ee671b05ea25f58ed9584635fad2558e23c031003fd52d393bff5973fb0",
        # Turnstile test secrets
        "fb8f35129df87662c650ada12fd614f1b58dce4a37fdd7589ba3a6b9a78c0aae",
        "1e3e58656012d861e23deae64f177673d7b86a9c55fe1d5d10b94e3c9755d168",
        "841b4f5b0b34e19ada74f47a88831efbb909008ceea4430d61449c1874923f83",
        # jwt.io
        "7f75367e7881255134e1375e723d1dea8ad5f6a4fdb79d938df1f1754a830606",
        "da816f9f2c16e6c5390e7636cadc40c43551bf0bbcf8f36c65539e6633a9c5e8",
        # digests of nothing: MD5, SHA-1, SHA-256
        "f215faf9d88b7f0a881632ee22459ee452a296c808d261b6cc993d3a1fd0600e",
        "07e23ede2756aa3f5f7cc9759117c4910875e032c27b8556a1e20626224f10ec",
        "cd372fb85148700fa88095e3492d3f9f5beb43e555e5ff26d95f5a6adc36f8e6",
    }
)

# Rules whose pattern is a key's name and not a provider's own format: the value has to look like a credential too.
_GUESSING = frozenset(
    {
        "assigned-credential",
        "configured-credential",
        "connection-string-password",
        "netrc",
        "sql-password",
        "xml-password",
        "xml-attribute-password",
        "command-line-password",
        "address-token",
        "authorization-header",
        "cisco-password",
        "generic-credential-uri",
        "curl-auth-user",
        "curl-auth-header",
    }
)
# In these, a human's password is as likely as a random token, and nothing but the place says that it is one.
_PASSWORD_PLACES = frozenset(
    {
        "connection-string-password",
        "netrc",
        "sql-password",
        "command-line-password",
        "cisco-password",
        "generic-credential-uri",
        "curl-auth-user",
    }
)

_TEMPLATED = re.compile(
    r"""\A(?: \$[\w({].* | <.*> | \{.*\} | \[.*\] | %[({]?\w.* | @\w+@ | __\w+__ | \.\.\. | -+ )
    | \{\{ | \{\w{1,40}\} | \$\{ | \$\( | \#\{ | \.\.\.\Z | \*{3}""",
    re.VERBOSE,
)
_WORDS = re.compile(
    r"""change[-_ ]?(?:me|it|this)|place[-_ ]?holder|examples?|samples?|dummy|redacted|removed|hidden|insert
    |replace(?:[-_ ]?me)?|your|(?<![a-z])my(?![a-z])|fake|mock(?:ed)?|notasecret|not|real(?:ly)?|tests?(?:ing)?|default
    |local(?:host)?|develop(?:ment)?|dev(?![a-z])|p[a@]ssw(?:or|0r|rd|or)d?s?|passphrase|pass|pwd|secrets?|tokens?|keys?
    |api|credentials?|auth(?:entication|orization)?|access|private|public|admin(?:istrator)?|root|users?|guest
    |postgres(?:ql)?|mysql|redis|rabbitmq|mongo(?:db)?|django|insecure|unsafe|temp(?:orary)?|foo|bar|baz|qux|hello|world
    |hunter2?|letmein|qwerty|asdf|abc(?:def(?:gh)?)?|xyz|lorem|ipsum|some|any|value|string|here|(?:in)?valid|wrong
    |str[o0]ng|weak|correct|horse|battery|staple|bad|good|old|new|super|very|long|random|enter|goes|this|is|the|for|only|to|of|in
    |an?(?=[-_ ])|todo|tbd|none|null|true|false|undefined|bearer|basic|client|server|app(?:lication)?|service|account
    |signing|encryption|session|refresh|csrf|jwt|id(?![a-z])""",
    re.VERBOSE | re.IGNORECASE,
)
_PART_OF_A_NAME = re.compile(r"[A-Za-z]+\d{0,2}|v?\d{1,4}[a-z]?|[A-Za-z]\d{1,2}[A-Za-z]")  # the last: e2e, i18n, k8s
_CODE = re.compile(r"[(){}<>;,|\\]|::|->|\A[./~]|\A--|://|\A[a-z_]\w*(?:\.[A-Za-z_]\w*)+\Z")
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789" * 2,
    "9876543210" * 2,
    "qwertyuiop",
    "deadbeefdeadbeef",
    "cafebabecafebabe",
)
_RUN = 8
_LOOPBACK = re.compile(
    r"\A(?:localhost|127(?:\.\d+){3}|\[?::1\]?|0\.0\.0\.0|host\.docker\.internal|(?:.*\.)?(?:localhost|example|invalid|test)"
    r"|(?:.*\.)?example\.(?:com|org|net)|(?:your|my|some)?[-_]?(?:host|hostname|server|domain)(?:\.com)?)\Z",
    re.IGNORECASE,
)

_LEET = str.maketrans("013457@$!", "oleastasi")

_MIN_PASSWORD = 6
_MIN_TOKEN = 8
_MIN_ENTROPY = 3.0
_FEW_CHARACTERS = 5


def is_placeholder(rule: str, value: str, captures: Mapping[str, str]) -> bool:
    """True when the value of a match is a published sample, a template, or too poor to be a credential."""
    if hashlib.sha256(value.encode()).hexdigest() in PUBLISHED_SAMPLES:
        return True
    if rule not in _GUESSING:
        return _is_poor(value)
    if _LOOPBACK.match(captures.get("host", captures.get("HOST", ""))) or (
        rule == "address-token" and _is_dsn(value, captures)
    ):
        return True
    if _TEMPLATED.search(value) or _is_poor(value):
        return True
    if rule in _PASSWORD_PLACES:
        return value == captures.get("username") or len(_without_words(value)) < _MIN_PASSWORD
    return not _looks_random(value)


def _is_dsn(value: str, captures: Mapping[str, str]) -> bool:
    """True for where an application sends its errors, which every browser that runs it is told."""
    return "sentry" in captures.get("HOST", "").lower() or bool(
        re.fullmatch(r"[0-9a-f]{32}", value) and re.fullmatch(r"(?::\d+)?(?:/.*)?/\d+", captures.get("PATH", ""))
    )


def entropy(value: str) -> float:
    """Shannon's entropy of a value in bits per character."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)


def _is_poor(value: str) -> bool:
    """A value with hardly any characters of its own: ``xxxx``, ``12345678``, ``AKIA…EXAMPLE``."""
    body = re.sub(r"\A[A-Za-z0-9]{1,12}[_-](?=.{8})", "", value)
    if len(_without_words(body)) < _MIN_PASSWORD or value.endswith(("EXAMPLE", "EXAMPLEKEY")):
        return True
    return len(set(body)) <= _FEW_CHARACTERS or _longest_run(body.lower()) * 2 > len(body)


def _longest_run(value: str) -> int:
    """How many characters of the longest keyboard or counting run the value holds; 0 below eight."""
    longest = 0
    for run in _RUNS:
        for start in range(len(run) - _RUN + 1):
            length = _RUN
            while start + length <= len(run) and run[start : start + length] in value:
                longest = max(longest, length)
                length += 1
    return longest


def _without_words(value: str) -> str:
    """What is left of a value without stand-in words, separators and a number at the end."""
    rests = (re.sub(r"[^A-Za-z0-9]", "", _WORDS.sub(" ", text)) for text in (value, value.translate(_LEET)))
    rest = min(rests, key=len)
    return "" if rest.isdigit() and len(rest) < _MIN_TOKEN else rest


def _looks_random(value: str) -> bool:
    """True for what a person or a generator would make as a credential, false for identifiers, paths and code."""
    if _CODE.search(value):
        return False
    rest = _without_words(value)
    if len(rest) < _MIN_TOKEN or not re.search(r"\d", rest) or not re.search(r"[A-Za-z]", rest):
        return False
    if all(_PART_OF_A_NAME.fullmatch(part) for part in re.split(r"[^A-Za-z0-9]+", value) if part):
        return False
    return entropy(value) >= _MIN_ENTROPY
