"""What each language's own users would run for a standard gate. One file per language, one line in the table.

A default is offered only when the repository shows that there is something for it to do: no ``pytest`` without a
test file, no ``mypy`` without a setting that asks for it. A command that would succeed over nothing proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from gaterunner.config.conventions.files import Files
from gaterunner.config.conventions.languages import dotnet, go, java, node, php, python, ruby, rust
from gaterunner.config.conventions.types import Offer


class Language(Struct, frozen=True, kw_only=True):
    """``markers`` says in words what shows that the language is there; ``offer`` takes a standard gate's name."""

    name: str
    markers: str
    present: Callable[[Files], bool]
    offer: Callable[[str, Files], Offer | None]


# The order is fixed: where two languages could answer, the first does and the reason names the other.
LANGUAGES: tuple[Language, ...] = (
    Language(name="Python", markers="pyproject.toml, setup.py, *.py", present=python.present, offer=python.offer),
    Language(name="Node", markers="package.json", present=node.present, offer=node.offer),
    Language(name="Go", markers="go.mod", present=go.present, offer=go.offer),
    Language(name="Rust", markers="Cargo.toml", present=rust.present, offer=rust.offer),
    Language(name="Java", markers="pom.xml, build.gradle", present=java.present, offer=java.offer),
    Language(name="Ruby", markers="Gemfile, *.gemspec, Rakefile", present=ruby.present, offer=ruby.offer),
    Language(name="PHP", markers="composer.json", present=php.present, offer=php.offer),
    Language(name=".NET", markers="*.sln, *.csproj", present=dotnet.present, offer=dotnet.offer),
)
