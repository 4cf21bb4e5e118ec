"""Ruby: RSpec, Rails or Rake tests, RuboCop or Standard, Sorbet or Steep, inside the bundle."""

from __future__ import annotations

from gaterunner.config.conventions.files import Files
from gaterunner.config.conventions.languages.directories import test_directory
from gaterunner.config.conventions.types import Offer


def present(files: Files) -> bool:
    return files.first("Gemfile", "Rakefile") is not None or bool(files.at_root(".gemspec"))


def offer(gate: str, files: Files) -> Offer | None:
    """The command for a standard gate, with its evidence."""
    if not present(files):
        return None
    bundle = "bundle exec " if files.has("Gemfile") else ""
    if gate == "build":
        specs = files.at_root(".gemspec")
        return Offer(command=f"gem build {specs[0]}", evidence=specs[0]) if len(specs) == 1 else None
    if gate in ("type-check", "lint"):
        return _tool(gate, files, bundle)
    return _test(gate, files, bundle)


def _tool(gate: str, files: Files, bundle: str) -> Offer | None:
    for wanted, path, command in (
        ("type-check", "sorbet/config", "srb tc"),
        ("type-check", "Steepfile", "steep check"),
        ("lint", ".rubocop.yml", "rubocop"),
        ("lint", ".standard.yml", "standardrb"),
    ):
        if gate == wanted and files.has(path):
            return Offer(command=bundle + command, evidence=path)
    if gate == "lint":
        for tool, command in (("rubocop", "rubocop"), ("standard", "standardrb")):
            if files.contains(rf"""^\s*gem\s+['"]{tool}['"]""", ["Gemfile"]):
                return Offer(command=bundle + command, evidence=f"{tool} in Gemfile")
    return None


def _is_spec(path: str) -> bool:
    return path.endswith("_spec.rb")


def _is_test(path: str) -> bool:
    return path.startswith("test/") and (path.endswith("_test.rb") or "/test_" in path)


def _test(gate: str, files: Files, bundle: str) -> Offer | None:
    if gate not in ("unit", "test"):
        specs = test_directory(gate, files, _is_spec, "spec")
        if specs:
            return Offer(command=f"{bundle}rspec {specs}", evidence=f"{specs}/ holds specs")
        tests = test_directory(gate, files, _is_test, "test")
        rails = tests and files.has("bin/rails")
        return Offer(command=f"bin/rails test {tests}", evidence=f"bin/rails; {tests}/ holds tests") if rails else None
    if any(_is_spec(path) for path in files.paths):
        return Offer(command=f"{bundle}rspec", evidence="spec files")
    if not any(_is_test(path) for path in files.paths):
        return None
    if files.has("bin/rails"):
        return Offer(command="bin/rails test", evidence="bin/rails and files in test/")
    rake = files.has("Rakefile") and files.contains(r"TestTask", ["Rakefile"])
    return Offer(command=f"{bundle}rake test", evidence="a TestTask in Rakefile and files in test/") if rake else None
