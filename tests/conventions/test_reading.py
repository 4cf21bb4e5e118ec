"""A tree belongs to somebody else: nothing in it may crash, hang or mislead the search."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaterunner.config.conventions import SOURCES, Conventions, Unresolved, resolve
from gaterunner.config.conventions.languages import LANGUAGES
from gaterunner.config.conventions.names import FAMILIES, normal
from tests.conventions.trees import MappingTree

_FILES = (
    "Makefile",
    "package.json",
    "justfile",
    "Taskfile.yml",
    "tox.ini",
    "setup.cfg",
    "pyproject.toml",
    "tox.toml",
    "noxfile.py",
    "hatch.toml",
    "composer.json",
    "Cargo.toml",
    "tsconfig.json",
)
_BITS = st.sampled_from(
    [
        *("unit", ":", "=", ":=", "\n", "\t", " ", "[", "]", "{", "}", '"', "'", "'''", "`", "#", "\\", ",", "\0"),
        *("tasks", "[testenv:unit]", "[tool.tox]", '"scripts"', "alias ", "define", ".PHONY"),
        *("&", "*", "$(", "!", "@", "%", "-"),
    ]
)


@settings(deadline=None)
@given(files=st.dictionaries(st.sampled_from(_FILES), st.lists(_BITS, max_size=30).map("".join), max_size=4))
def test_no_content_makes_the_search_crash(files: dict[str, str]) -> None:
    conventions = Conventions(MappingTree(files))
    for gate in ("unit", "build", "smoke", "-x", ""):
        conventions.resolve(gate)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("package.json", "[" * 100_000),
        ("package.json", '{"a": ' + "9" * 5_000 + "}"),
        ("Taskfile.yml", "[" * 5_000),
        ("pyproject.toml", "a = " + "[" * 50_000),
        ("noxfile.py", "(" * 5_000),
        ("noxfile.py", "x = " + "-" * 50_000 + "1"),
        ("Makefile", b"\xff\xfe"),
        ("Makefile", "x" * (1024 * 1024 + 1)),
        ("Makefile", None),
    ],
)
def test_a_hostile_file_is_an_error_that_names_it(path: str, content: str | bytes | None) -> None:
    found = resolve("unit", MappingTree({path: content}))
    assert isinstance(found, Unresolved)
    assert found.faulty is not None
    assert found.faulty.startswith(path)


def test_alias_bombs_are_never_expanded() -> None:
    rows = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    text = "\n".join([*rows, "tasks:", "  unit: make"])
    found = resolve("unit", MappingTree({"Taskfile.yml": text}))
    assert not isinstance(found, Unresolved)


def test_braces_that_multiply_are_cut() -> None:
    envs = "-".join("{" + ",".join(f"e{n}" for n in range(50)) + "}" for _ in range(6))
    found = resolve("unit", MappingTree({"tox.ini": f"[tox]\nenvlist = {envs}\n"}))
    assert isinstance(found, Unresolved)


def test_a_name_that_looks_like_an_option_is_never_handed_to_a_tool() -> None:
    tree = MappingTree({"package.json": '{"scripts": {"--unit": "x"}}', "Makefile": "-f: ; true\n"})
    assert isinstance(resolve("--unit", tree), Unresolved)
    assert isinstance(resolve("-f", tree), Unresolved)


def test_each_file_is_read_once_for_many_names() -> None:
    tree = MappingTree({"Makefile": "unit: ; true\n", "package.json": "{}"})
    conventions = Conventions(tree)
    for gate in ("unit", "lint", "build", "smoke"):
        conventions.resolve(gate)
    assert sorted(tree.reads) == ["Makefile", "package.json"]


def test_no_two_families_share_a_spelling() -> None:
    spelled = [normal(each) for family in FAMILIES for each in {normal(family.name), *map(normal, family.spellings)}]
    assert len(spelled) == len(set(spelled))


def test_the_page_shows_every_source_language_and_family(pytestconfig: pytest.Config) -> None:
    page = (pytestconfig.rootpath / "docs" / "conventions.md").read_text()
    for title in [source.title for source in SOURCES] + [language.name for language in LANGUAGES]:
        assert f"| {title} |" in page
    for family in FAMILIES:
        others = ", ".join(f"`{each}`" for each in family.stand_ins)
        assert f"| `{family.name}` | {others} |" in page


def test_thousands_of_declarations_are_read_in_a_second() -> None:
    scripts = ",\n".join(f'"script-{number}": "x"' for number in range(10_000))
    tasks = "".join(f"task-{number} = 'x'\n" for number in range(5_000))
    started = time.process_time()
    found = resolve(
        "script-9999",
        MappingTree({"package.json": f'{{"scripts": {{{scripts}}}}}', "pyproject.toml": f"[tool.poe.tasks]\n{tasks}"}),
    )
    assert time.process_time() - started < 1.0
    assert not isinstance(found, Unresolved)
    assert found.line == 10_000
