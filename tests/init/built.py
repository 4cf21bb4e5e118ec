"""Fresh repositories of the stacks whose toolchains are no part of Python: two tests each, and ways to spoil them."""

from __future__ import annotations

from collections.abc import Mapping

from gaterunner.model import Outcome
from tests.init.fakes import BROKEN, Look
from tests.init.project import Project, Sabotage


def _wrong_sum(files: Mapping[str, str], path: str, *, told: str) -> Sabotage:
    """One that counts thrice instead of twice, which one of the two tests sees."""
    return Sabotage(files={path: files[path].replace("* 2", "* 3")}, told=told, failed=1)


def _emptied(files: Mapping[str, str | None], told: str = "no test was executed") -> Sabotage:
    """One that leaves no test, which no gate calls a failure by itself."""
    return Sabotage(files=files, told=told, outcome=Outcome.UNPROVEN)


_NODE = {
    ".gitignore": "node_modules/\nbuild/\n",
    "package.json": '{"type": "module", "scripts": {"test": "node --test", "lint": "node --check total.js"}}\n',
    "total.js": "export const total = (count) => count * 2;\n",
    "total.test.js": (
        'import test from "node:test";\nimport assert from "node:assert";\nimport { total } from "./total.js";\n\n'
        'test("doubles", () => assert.equal(total(2), 4));\ntest("nothing", () => assert.equal(total(0), 0));\n'
    ),
}

_GO = {
    ".gitignore": "build/\n",
    "go.mod": "module example.org/shop\n\ngo 1.19\n",
    "total.go": "// Package shop counts.\npackage shop\n\n// Total doubles.\n"
    "func Total(count int) int { return count * 2 }\n",
    "total_test.go": 'package shop\n\nimport "testing"\n\nfunc TestDoubles(t *testing.T) {\n\tif Total(2) != 4 {\n'
    '\t\tt.Errorf("Total(2) = %d", Total(2))\n\t}\n}\n\nfunc TestNothing(t *testing.T) {\n\tif Total(0) != 0 {\n'
    '\t\tt.Error("nothing is something")\n\t}\n}\n',
}
_GO_SPOILED = {
    "a type error": {"total.go": _GO["total.go"].replace("count * 2", '"two"')},
    "what vet sees": {"shout.go": 'package shop\n\nimport "fmt"\n\nfunc shout() { fmt.Printf("%d", "two") }\n'},
    "no test left": {"total_test.go": "package shop\n"},
}
_GOTESTSUM = "mkdir -p build && gotestsum --junitfile build/unit.xml ./..."

_RUST = {
    ".gitignore": "/target\nbuild/\n",
    "Cargo.toml": '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n',
    "Cargo.lock": 'version = 3\n\n[[package]]\nname = "shop"\nversion = "0.1.0"\n',
    "src/lib.rs": (
        "pub fn total(count: u32) -> u32 {\n    count * 2\n}\n\n#[cfg(test)]\nmod tests {\n"
        "    #[test]\n    fn doubles() {\n        assert_eq!(super::total(2), 4);\n    }\n\n"
        "    #[test]\n    fn nothing() {\n        assert_eq!(super::total(0), 0);\n    }\n}\n"
    ),
}

_MAVEN = "--batch-mode --no-transfer-progress"
_POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.example</groupId>
  <artifactId>shop</artifactId>
  <version>1</version>
  <properties>
    <maven.compiler.release>17</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies>
    <dependency>
      <groupId>junit</groupId>
      <artifactId>junit</artifactId>
      <version>4.13.2</version>
      <scope>test</scope>
    </dependency>
  </dependencies>
</project>
"""
_JAVA = {
    "src/main/java/shop/Total.java": "package shop;\n\npublic class Total {\n    public static int of(int count) {\n"
    "        return count * 2;\n    }\n}\n",
    "src/test/java/shop/TotalTest.java": "package shop;\n\nimport static org.junit.Assert.assertEquals;\n\n"
    "import org.junit.Test;\n\npublic class TotalTest {\n"
    "    @Test\n    public void doubles() {\n        assertEquals(4, Total.of(2));\n    }\n\n"
    "    @Test\n    public void nothing() {\n        assertEquals(0, Total.of(0));\n    }\n}\n",
}
_JAVA_MAIN, _JAVA_TEST = _JAVA
_SUREFIRE = "target/surefire-reports/TEST-shop.TotalTest.xml"

_JAVA_SPOILED = {
    "a wrong sum": _wrong_sum(_JAVA, _JAVA_MAIN, told="expected:<4> but was:<6>"),
    "a type error": Sabotage(
        files={_JAVA_MAIN: _JAVA[_JAVA_MAIN].replace("count * 2", '"two"')},
        gate="build",
        told="incompatible types",
    ),
    "no test left": _emptied(
        {_JAVA_TEST: None, "src/test/java/shop/Unused.java": "package shop;\n\nclass Unused {\n}\n"},
        told="no result file was written",
    ),
}
# As Debian's Gradle wants it; a newer one says `testImplementation` and `plugins {}`.
_GRADLE = """\
apply plugin: "java"

repositories {
    maven { url "file:///usr/share/maven-repo" }
}

dependencies {
    testCompile "junit:junit:4.x"
}
"""

_RUBY = {
    ".gitignore": "tmp/\n",
    ".rubocop.yml": "AllCops:\n  NewCops: disable\n  SuggestExtensions: false\n",
    "Gemfile": "# frozen_string_literal: true\n\nsource 'https://rubygems.org'\n\n"
    "gem 'rspec'\ngem 'rspec_junit_formatter'\ngem 'rubocop'\n",
    "lib/shop.rb": "# frozen_string_literal: true\n\n# What the shop counts.\nmodule Shop\n  def self.total(count)\n"
    "    count * 2\n  end\nend\n",
    "spec/shop_spec.rb": "# frozen_string_literal: true\n\nrequire 'shop'\n\nRSpec.describe Shop do\n"
    "  it 'doubles' do\n    expect(described_class.total(2)).to eq(4)\n  end\n\n"
    "  it 'leaves nothing' do\n    expect(described_class.total(0)).to eq(0)\n  end\nend\n",
}
_RSPEC = "--format progress --format RspecJunitFormatter --out tmp/unit.xml"

_PHP = {
    ".gitignore": "vendor/\nbuild/\n.phpunit.result.cache\n",
    "composer.json": '{"require": {"php": "^8.2"}, "require-dev": {"phpunit/phpunit": "^9.6"},\n'
    ' "autoload": {"psr-4": {"Shop\\\\": "src/"}}}\n',
    "phpunit.xml.dist": '<phpunit bootstrap="vendor/autoload.php"><testsuites><testsuite name="all">'
    "<directory>tests</directory></testsuite></testsuites></phpunit>\n",
    "src/Total.php": "<?php\n\nnamespace Shop;\n\nclass Total\n{\n    public static function of(int $count): int\n"
    "    {\n        return $count * 2;\n    }\n}\n",
    "tests/TotalTest.php": "<?php\n\nuse PHPUnit\\Framework\\TestCase;\nuse Shop\\Total;\n\n"
    "class TotalTest extends TestCase\n{\n    public function testDoubles(): void\n    {\n"
    "        $this->assertSame(4, Total::of(2));\n    }\n\n    public function testNothing(): void\n    {\n"
    "        $this->assertSame(0, Total::of(0));\n    }\n}\n",
}
_SCRIPT = "composer run-script test --timeout=0"
_PHP_SPOILED = {
    "a wrong sum": _wrong_sum(_PHP, "src/Total.php", told="Failed asserting that 6 is identical to 4"),
    "a file that is no PHP": Sabotage(
        files={"src/Total.php": _PHP["src/Total.php"].replace("return", "retrun")}, told="syntax error"
    ),
    "no test left": _emptied(
        {
            "tests/TotalTest.php": "<?php\n\nclass TotalTest extends PHPUnit\\Framework\\TestCase\n{\n}\n",
        }
    ),
}

BUILT: dict[str, Project] = {
    "node-npm": Project(
        files=_NODE,
        gates={
            "lint": "npm run lint",
            "unit": "mkdir -p build && npm run test -- --test-reporter=spec --test-reporter-destination=stdout"
            " --test-reporter=junit --test-reporter-destination=build/unit.xml",
        },
        toolchain="node",
        sabotages={
            "a wrong sum": _wrong_sum(_NODE, "total.js", told="6 == 4"),
            "a file that is no JavaScript": Sabotage(
                files={"total.js": "export const = 2;\n"}, gate="lint", told="SyntaxError"
            ),
            "no test left": _emptied({"total.test.js": 'import "./total.js";\n'}),
        },
    ),
    "go": Project(
        files=_GO,
        gates={
            "build": "go build ./...",
            "lint": "go vet ./...",
            "unit": "mkdir -p build && go test -json ./... > build/unit.json",
        },
        breaking={"total_test.go": f"package shop // {BROKEN}\n"},
        tools={
            "go": {
                "build ./...": Look("go.mod"),
                "vet ./...": Look("go.mod"),
                "test -json ./...": Look("total_test.go", "/dev/stdout"),  # JUnit, which is told by its content
            }
        },
        toolchain="go",
        sabotages={
            "a wrong sum": _wrong_sum(_GO, "total.go", told="Total(2) = 6"),
            "a test that ends everything": Sabotage(
                files={
                    "total_test.go": _GO["total_test.go"]
                    .replace('t.Error("nothing', 'os.Exit(3); t.Error("nothing')
                    .replace("Total(0) != 0", "Total(0) == 0")
                    .replace('"testing"', '(\n\t"os"\n\t"testing"\n)')
                },
                told="did not end",
                failed=1,
            ),
            "a test that does not compile": Sabotage(
                files={"total_test.go": _GO["total_test.go"].replace("t.Error(", "t.Eror(")},
                gate="lint",
                told="t.Eror",
            ),
            "no test left": _emptied(_GO_SPOILED["no test left"]),
            "a type error": Sabotage(files=_GO_SPOILED["a type error"], gate="build", told='cannot use "two"'),
            "what vet sees": Sabotage(files=_GO_SPOILED["what vet sees"], gate="lint", told="wrong type string"),
        },
    ),
    "go-gotestsum": Project(
        files={**_GO, "Makefile": f".PHONY: unit\nunit:\n\t{_GOTESTSUM}\n"},
        gates={"build": "go build ./...", "lint": "go vet ./...", "unit": "make unit"},
        breaking={"total_test.go": f"package shop // {BROKEN}\n"},
        tools={
            "go": {"build ./...": Look("go.mod"), "vet ./...": Look("go.mod")},
            "gotestsum": {"--junitfile build/unit.xml ./...": Look("total_test.go", "build/unit.xml")},
        },
        toolchain="gotestsum",
        sabotages={
            "a wrong sum": _wrong_sum(_GO, "total.go", told="Total(2) = 6"),
            "no test left": _emptied(_GO_SPOILED["no test left"], told="no test"),
        },
    ),
    "rust": Project(
        files=_RUST,
        gates={
            "build": "cargo build --locked",
            "lint": "cargo clippy --all-targets --locked -- -D warnings",
            "unit": "mkdir -p build && cargo test --locked 2>&1 | tee build/unit.txt",
        },
        breaking={"src/total.rs": f"// {BROKEN}\n"},
        tools={
            "cargo": {
                "build --locked": Look("Cargo.toml"),
                "clippy --all-targets --locked -- -D warnings": Look("Cargo.toml"),
                "test --locked": Look("src", "/dev/stdout"),
            }
        },
        toolchain="rust",
        sabotages={
            "a wrong sum": _wrong_sum(_RUST, "src/lib.rs", told="tests::doubles: panicked at"),
            "no test left": _emptied({"src/lib.rs": _RUST["src/lib.rs"].partition("#[cfg(test)]")[0]}),
            "what clippy sees": Sabotage(
                files={"src/lib.rs": _RUST["src/lib.rs"].replace("    count * 2", "    return count * 2;")},
                gate="lint",
                told="unneeded `return`",
            ),
            "a type error": Sabotage(
                files={"src/lib.rs": _RUST["src/lib.rs"].replace("count * 2", '"two"')},
                gate="build",
                told="mismatched types",
            ),
            "dependencies beside the lock file": Sabotage(
                files={"Cargo.toml": _RUST["Cargo.toml"].replace("0.1.0", "0.2.0")},
                gate="build",
                told="--locked",
            ),
        },
        steps=("rustup toolchain install stable --profile minimal\nrustup component add clippy rustfmt",),
    ),
    "rust-nextest": Project(
        files={**_RUST, ".config/nextest.toml": '[profile.ci.junit]\npath = "junit.xml"\n'},
        gates={
            "build": "cargo build --locked",
            "lint": "cargo clippy --all-targets --locked -- -D warnings",
            "unit": "cargo nextest run --locked --profile ci && cargo test --doc --locked",
        },
        breaking={"src/total.rs": f"// {BROKEN}\n"},
        tools={
            "cargo": {
                "build --locked": Look("Cargo.toml"),
                "clippy --all-targets --locked -- -D warnings": Look("Cargo.toml"),
                "nextest run --locked --profile ci": Look("src", "target/nextest/ci/junit.xml"),
                "test --doc --locked": Look("src"),
            }
        },
        steps=("cargo install cargo-nextest --locked # pin the version you use",),
    ),
    "java-maven": Project(
        files={".gitignore": "target/\n", "pom.xml": _POM, **_JAVA},
        gates={"build": f"mvn {_MAVEN} -DskipTests package", "unit": f"mvn {_MAVEN} test"},
        breaking={_JAVA_TEST: f"// {BROKEN}\n"},
        tools={
            "mvn": {
                f"{_MAVEN} -DskipTests package": Look("src/main"),
                f"{_MAVEN} test": Look("src", _SUREFIRE),
            }
        },
        toolchain="maven",
        sabotages=_JAVA_SPOILED,
    ),
    "java-gradle": Project(
        files={".gitignore": "build/\n.gradle/\n", "build.gradle": _GRADLE, **_JAVA},
        gates={"build": "gradle --no-daemon assemble", "unit": "gradle --no-daemon cleanTest test --no-build-cache"},
        breaking={_JAVA_TEST: f"// {BROKEN}\n"},
        tools={
            "gradle": {
                "--no-daemon assemble": Look("src/main"),
                "--no-daemon cleanTest test --no-build-cache": Look(
                    "src", "build/test-results/test/TEST-shop.TotalTest.xml"
                ),
            }
        },
        toolchain="gradle",
        sabotages={
            "a wrong sum": _JAVA_SPOILED["a wrong sum"],
            "no test left": _JAVA_SPOILED["no test left"],
        },
    ),
    "ruby": Project(
        files=_RUBY,
        gates={"lint": "bundle exec rubocop", "unit": f"bundle exec rspec {_RSPEC}"},
        breaking={"spec/shop_spec.rb": f"# {BROKEN}\n"},
        tools={"bundle": {"exec rubocop": Look("lib"), f"exec rspec {_RSPEC}": Look("spec", "tmp/unit.xml")}},
        toolchain="ruby",
        prepared=("BUNDLE_FROZEN=false bundle lock --local",),
        sabotages={
            "a wrong sum": _wrong_sum(_RUBY, "lib/shop.rb", told="got: 6"),
            "what RuboCop sees": Sabotage(
                files={"lib/shop.rb": _RUBY["lib/shop.rb"].replace("total(count)", "total count")},
                gate="lint",
                told="Style/MethodDefParentheses",
            ),
            "a file that is no Ruby": Sabotage(
                files={"lib/shop.rb": "module Shop\n  def\n"}, gate="lint", told="Lint/Syntax"
            ),
            "no test left": _emptied({"spec/shop_spec.rb": "# frozen_string_literal: true\n"}, told="no test"),
        },
    ),
    "php": Project(
        files=_PHP,
        gates={"unit": "vendor/bin/phpunit --log-junit build/unit.xml"},
        breaking={"tests/TotalTest.php": f"<?php // {BROKEN}\n"},
        tools={"vendor/bin/phpunit": {"--log-junit build/unit.xml": Look("tests", "build/unit.xml")}},
        toolchain="php",
        prepared=("composer update --no-install --no-interaction",),
        sabotages=_PHP_SPOILED,
        steps=("composer install --no-interaction --no-progress",),
    ),
    "php-script": Project(
        files={**_PHP, "composer.json": _PHP["composer.json"].replace("{", '{"scripts": {"test": "phpunit"}, ', 1)},
        gates={"unit": f"{_SCRIPT} -- --log-junit build/unit.xml"},
        breaking={"tests/TotalTest.php": f"<?php // {BROKEN}\n"},
        tools={
            "composer": {
                "run-script test --timeout=0 -- --log-junit build/unit.xml": Look("tests", "build/unit.xml"),
            }
        },
        toolchain="php",
        prepared=("composer update --no-install --no-interaction",),
        sabotages={"a wrong sum": _PHP_SPOILED["a wrong sum"]},
        steps=("composer install --no-interaction --no-progress",),
    ),
    "dotnet": Project(
        files={
            ".gitignore": "bin/\nobj/\nTestResults/\n",
            "Shop.sln": "",
            "src/Shop.csproj": '<Project Sdk="Microsoft.NET.Sdk"><TargetFramework>net9.0</TargetFramework></Project>\n',
            "tests/Shop.Tests.csproj": '<Project><PackageReference Include="Microsoft.NET.Test.Sdk" />'
            '<PackageReference Include="JunitXml.TestLogger" /></Project>\n',
            "tests/TotalTests.cs": "// a test\n",
        },
        gates={
            "build": "dotnet build Shop.sln",
            "lint": "dotnet format analyzers Shop.sln --verify-no-changes",
            "unit": "dotnet test Shop.sln --logger 'junit;LogFilePath=TestResults/unit.xml'",
        },
        breaking={"tests/TotalTests.cs": f"// {BROKEN}\n"},
        tools={
            "dotnet": {
                "build Shop.sln": Look("src"),
                "format analyzers Shop.sln --verify-no-changes": Look("src"),
                "test Shop.sln --logger junit;LogFilePath=TestResults/unit.xml": Look(
                    "tests", "tests/TestResults/unit.xml"
                ),
            }
        },
    ),
}
