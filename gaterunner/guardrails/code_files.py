"""Settings that are programs (``eslint.config.js``, ``Rakefile``): line by line, as nothing of a branch is run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gaterunner.guardrails.findings import found, several, told
from gaterunner.guardrails.whole_files import as_a_whole, what_became
from gaterunner.model import FileChange, Finding

_COMMENTS = (("/*", "*/"), ("<!--", "-->"), ("\n=begin", "\n=end"))
_COMMENT = re.compile(r"^\s*(?://|#(?!!)|--\s|;)")
_TRAILING = re.compile(r"(?<=[\s,;{}()\[\]])//\s.*$")
# Blocks that say what a build depends on: a new dependency is ordinary work.
_DEPENDENCIES = re.compile(r"^\s*(?:dependencies|deps|buildscript|repositories)\b.*\{\s*$")
_GRADLE = re.compile(r"(?:.+/)?[^/]+\.gradle(?:\.kts)?")
_ORDINARY = re.compile(
    r"(?i)^\s*(?:gem|source|ruby|implementation|api|testImplementation|compileOnly|runtimeOnly|annotationProcessor|kapt"
    r"|classpath|version|group|description|id|include|import|rootProject\.name)\b[\s(=:'\"]"
)
_XML_DEPENDENCIES = tuple(
    (f"<{name}>", f"</{name}>") for name in ("dependencies", "dependencyManagement", "parent", "modelVersion")
)
# Of what is left, the lines that say what a project is called, contains and refers to.
_XML_ORDINARY = re.compile(
    r"\s*<(?:version|name|description|url|groupId|artifactId|[\w.-]+\.version|Version|Authors|Product)>[^<]*</[^<>]+>\s*"
    r"|\s*</?(?:PackageReference|ProjectReference|Compile|Content|None|EmbeddedResource|Folder|ItemGroup)\b[^<>]*>.*"
)
# Vitest reads the settings of tests out of Vite's own file; without them it only says how to build.
_VITE = re.compile(r"(?:.+/)?vite\.config\.[mc]?[jt]s")
_VITEST = re.compile(r"vitest\b|^\s*test\s*:\s*\{|\{\s*test\s*:\s*\{", re.MULTILINE)
_XML = re.compile(r"(?:.+/)?(?:pom\.xml|[^/]+\.(?:cs|fs|vb)proj)")


def compare_code(file: FileChange, old: str | None, new: str | None) -> Iterator[Finding]:
    """One finding with the lines that go and come; a notice where only comments do; nothing for new dependencies."""
    if _VITE.fullmatch(file.path) and not _VITEST.search(f"{old}\n{new}"):
        return
    if file.insertions is None:
        yield from as_a_whole(file, "settings")
        return
    before, after = (_lines(file.path, text or "") for text in (old, new))
    if before == after:
        if old is not None and new is not None and not _XML.fullmatch(file.path) and not _GRADLE.fullmatch(file.path):
            yield told("form-only", "only comments or spacing change", path=file.path)
        return
    held, there = set(before), set(after)
    lost = [line for line in before if line not in there]
    gained = [line for line in after if line not in held]
    parts = [f"without {several(lost, most=2)}" if lost else "", f"with {several(gained, most=2)}" if gained else ""]
    said = " and ".join(part for part in parts if part) or "in another order"
    message = f"{what_became(file)}, {said}: only running it would tell what it does then"
    yield found("tool-settings", message, path=file.path, key="code")


def _lines(path: str, text: str) -> list[str]:
    is_xml = _XML.fullmatch(path) is not None
    plain = _without(text, (*_COMMENTS, *_XML_DEPENDENCIES) if is_xml else _COMMENTS)
    is_gradle = _GRADLE.fullmatch(path) is not None
    kept: list[str] = []
    depth = 0
    for line in plain.splitlines():
        if depth or (is_gradle and _DEPENDENCIES.match(line)):
            depth = max(0, depth + line.count("{") - line.count("}"))
            continue
        bare = " ".join(_TRAILING.sub("", line).split())
        is_ordinary = (is_gradle and _ORDINARY.match(line)) or (is_xml and _XML_ORDINARY.fullmatch(line))
        if bare and not _COMMENT.match(line) and not is_ordinary:
            kept.append(bare)
    return kept


def _without(text: str, blocks: Iterable[tuple[str, str]]) -> str:
    """The text without what stands between these marks. Linear, however many openings there are."""
    for opening, closing in blocks:
        parts: list[str] = []
        at = 0
        while (start := text.find(opening, at)) >= 0 and (end := text.find(closing, start + len(opening))) >= 0:
            parts.append(text[at:start])
            at = end + len(closing)
        text = "".join((*parts, text[at:]))
    return text
