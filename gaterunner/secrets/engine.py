"""The secret scanner: kingfisher's catalogue and our own rules behind one method. The only module that sees values.

What the engine skips on its own was measured with kingfisher-secret-scanner 1.5.0, and each is closed here:
lock files, images, ``node_modules`` and the like by their path (so contents are scanned under a neutral name), lines
with an ignore marker (markers are matches of their own), AWS key ids without their other half (a rule of ours), and
encrypted or oddly named members of archives (``archives.py``). Content size, line length and NUL bytes do not matter
to it; UTF-16, UTF-32 and two layers of Base64 are decoded.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gaterunner.errors import EvaluationError
from gaterunner.policies.context import Scanned, SecretMatch, Stream

if TYPE_CHECKING:
    import kingfisher_sdk

    from gaterunner.secrets.search import Search

RULES = Path(__file__).with_name("rules.yml")
ENCODED_RULES = Path(__file__).with_name("encoded-rules.yml")
IGNORE_MARKER = "ignore-marker"
TIMEOUT_S = 120.0
NOTHING = Scanned()
"""What becomes of a content in which there is nothing."""
# What is no longer never comes near the limit, and looking at the clock would be a third of the engine's time.
_SHORT = 64 * 1024

# A few rules of the catalogue apply to these files only; every other content gets a name that no filter knows.
_TELLING_NAME = re.compile(
    r"(?i)(?:\.(?:php|tf|hcl|ya?ml)|(?:^|/)(?:nuget\.config|\.git-credentials|\.[a-z]+_history))$"
)
_NEUTRAL_NAME = "content"
# Half the packages of a lock file have an integrity hash that some token's pattern fits; exactly this long, it is none.
_INTEGRITY = re.compile(rb"\bsha512-[A-Za-z0-9+/]{86}==")
# Specific before guessed: of two rules that see one value, the reader is told the more telling one.
_OWN = "gaterunner."
# These find no credentials but text that has to be decoded; what follows is the name of its alphabet.
_ENCODED = f"{_OWN}encoded-"
_GUESSED = ("assigned-credential", "configured-credential")
# scrypt's parameters after RFC 7914: about 50 ms and 16 MiB for one guess.
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**14, 8, 1


class Engine:
    """Finds secrets in contents. One engine per run: keys of two engines cannot be compared."""

    def __init__(self) -> None:
        self._hmac_key = os.urandom(32)
        self._values: dict[str, str] = {}

    def start(self) -> None:
        """Nothing: it is loaded when something is searched."""

    @classmethod
    def warm(cls) -> str:
        """Compiles the rules into the engine's cache and says what became of it: ``loaded``, ``stored``, ``bypassed``.

        The cache lies in ``KF_RULE_CACHE_DIR``, else in the operating system's folder for caches. Raises
        ``EvaluationError`` when the rules cannot be loaded.
        """
        return cls().scanner.rules.cache_status

    def scan(self, path: str, data: bytes) -> tuple[SecretMatch, ...]:
        """All matches in one content, in the order of their lines; those in archives stand at line 1.

        Raises ``PartlyReadError``, with the matches so far, when a part of the content could not be opened, and
        ``EvaluationError`` when the engine fails. Neither holds a value or a piece of the content.
        """
        from gaterunner.secrets.search import Search  # with the archives of the standard library, for this policy only

        search = Search(self._look, len(data))
        search.read(path, data)
        return _result(search)

    def scan_each(self, contents: Iterable[tuple[str, bytes]]) -> Iterator[Scanned]:
        """The same of many contents; what of one could not be opened is told with its matches."""
        from gaterunner.secrets import joining

        for group in joining.groups(contents):
            yield from self.scan_group(group)

    def scan_group(self, group: Sequence[tuple[str, bytes]]) -> list[Scanned]:
        """The same of a few; those that are plain text are searched as one, and alone where that shows anything."""
        from gaterunner.secrets.joining import SEPARATOR, may_be_joined

        names = [engine_name(path) if len(group) > 1 and may_be_joined(data) else None for path, data in group]
        joined: dict[str, list[bytes]] = {}
        for name, (_, data) in zip(names, group, strict=True):
            if name is not None:
                joined.setdefault(name, []).append(data)
        clean = {name for name, texts in joined.items() if not self._find(name, SEPARATOR.join(texts))}
        return [
            NOTHING if name in clean else self._scanned(path, data)
            for name, (path, data) in zip(names, group, strict=True)
        ]

    def _scanned(self, path: str, data: bytes) -> Scanned:
        from gaterunner.secrets.reading import PartlyReadError

        try:
            return Scanned(self.scan(path, data))
        except PartlyReadError as error:
            return Scanned(error.matches, error.message)

    def scan_stream(self, path: str, size: int, stream: Stream) -> tuple[SecretMatch, ...]:
        """The same for a content of any size, in bounded memory."""
        from gaterunner.secrets.search import Search

        search = Search(self._look, size)
        search.read_stream(path, stream)
        return _result(search)

    def fingerprint(self, match: SecretMatch) -> str:
        """A name for the secret itself that stays the same from run to run, for waivers and for other tools.

        It is scrypt of rule and value: a fast hash in a report would let anyone who reads it try a dictionary of
        passwords at no cost. Takes about 50 ms, so it is asked for findings only. ``match`` must come from this engine.
        """
        import hashlib

        value = self._values[match.key].encode("utf-8", "surrogatepass")
        salt = f"gaterunner/secret/1/{match.rule}".encode()
        return hashlib.scrypt(value, salt=salt, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P, dklen=16).hex()

    @cached_property
    def scanner(self) -> kingfisher_sdk.Scanner:
        """The engine itself with all rules compiled; what it returns holds values."""
        try:
            import kingfisher_sdk  # 36 MB of native code that only this policy needs

            policy = kingfisher_sdk.DetectionPolicy(inline_ignores=False, markup_context=False)
            return kingfisher_sdk.Scanner(kingfisher_sdk.Rules([RULES, ENCODED_RULES]), policy=policy)
        except Exception as error:  # noqa: BLE001 - whatever native code raises, the user is told what to do
            raise EvaluationError(
                f"The secret engine cannot be loaded ({type(error).__name__}).",
                help="Reinstall gaterunner; the engine's wheel needs glibc 2.28 or newer.",
            ) from None

    def _look(self, path: str, data: bytes) -> tuple[list[SecretMatch], frozenset[str]]:
        if not data:
            return [], frozenset()
        found = self._find(path, data)
        if found and b"sha512-" in data:
            found = self._find(path, _INTEGRITY.sub(b"sha512", data))
        if not found:
            return [], frozenset()
        encoded = {finding.rule_id for finding in found if finding.rule_id.startswith(_ENCODED)}
        matches = self._matches(finding for finding in found if finding.rule_id not in encoded)
        return matches, frozenset(rule.removeprefix(_ENCODED) for rule in encoded)

    def _find(self, path: str, data: bytes) -> list[kingfisher_sdk.Finding]:
        import kingfisher_sdk

        try:
            source = kingfisher_sdk.ScanInput(engine_name(path), data)
            found = self.scanner.scan_input(source, timeout=TIMEOUT_S if len(data) > _SHORT else None)
        except TimeoutError:
            raise EvaluationError(f"The secret engine did not finish within {TIMEOUT_S:.0f} s.") from None
        except EvaluationError:
            raise
        except Exception as error:  # noqa: BLE001 - its message may quote content, so it is not passed on
            raise EvaluationError(f"The secret engine failed ({type(error).__name__}).") from None
        return [finding for finding in found if finding.visible]

    def _matches(self, found: Iterable[kingfisher_sdk.Finding]) -> list[SecretMatch]:
        from gaterunner.secrets.placeholders import is_placeholder

        lines: dict[int, dict[str, SecretMatch]] = {}
        markers = 0
        for finding in sorted(found, key=_rank):
            rule, value, line = _rule_name(finding.rule_id), finding.secret, finding.location["line"]
            chosen = lines.setdefault(line, {})
            if rule == IGNORE_MARKER:
                # The text of all markers is the same, so the n-th one of a content is its own match.
                markers += 1
                value = f"{value} {markers}"
            elif is_placeholder(rule, value, finding.captures) or (rule in _GUESSED and _overlaps(value, chosen)):
                continue
            title = finding.rule_name if finding.rule_id.startswith(_OWN) else rule.replace("-", " ")
            chosen.setdefault(value, SecretMatch(rule=rule, title=title, line=line, key=self._key(value)))
        return [match for line in sorted(lines) for match in lines[line].values()]

    def _key(self, value: str) -> str:
        import hmac

        # The value alone and not the rule: a line that is edited so that another rule sees the old value is no news.
        key = hmac.new(self._hmac_key, value.encode("utf-8", "surrogatepass"), "sha256").hexdigest()
        self._values.setdefault(key, value)
        return key


def _result(search: Search) -> tuple[SecretMatch, ...]:
    if search.problems:
        from gaterunner.secrets.reading import PartlyReadError

        raise PartlyReadError(search.problems[0], search.matches)
    return search.matches


def engine_name(path: str) -> str:
    """The name under which a content is scanned: two paths with one name give the same matches."""
    found = _TELLING_NAME.search(path)
    return _NEUTRAL_NAME + ("" if found[0].startswith(".") else "/") + found[0].lstrip("/") if found else _NEUTRAL_NAME


def _overlaps(value: str, others: Iterable[str]) -> bool:
    return any(value in other or other in value for other in others)


def _rank(finding: kingfisher_sdk.Finding) -> tuple[int, int, int, str]:
    own = finding.rule_id.startswith(_OWN)
    guessed = own and finding.rule_id.endswith(_GUESSED)
    return (own + guessed, finding.location["line"], finding.location["start_offset"], finding.rule_id)


def _rule_name(rule_id: str) -> str:
    """``betterleaks.github-pat`` and ``veles.secrets/x`` as a user sees them: without the catalogue's name."""
    return re.split(r"[./]", rule_id, maxsplit=1)[1].removeprefix("secrets/")
