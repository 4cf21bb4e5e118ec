"""Which files hold tests, by their path alone."""

from __future__ import annotations

import re

# What each language's own runner collects by default, and folders that hold nothing else.
_TEST_FILE = re.compile(
    r"""(?xi) (?:^|/)
    (?: test_[^/]*\.py | [^/]*_tests?\.py | tests?\.py
      | [^/]*[._-](?:test|spec|cy|e2e)\.[cm]?[jt]sx? | (?:__tests__|cypress)/(?:.+/)?[^/]+\.[cm]?[jt]sx?
      | [^/]+_test\.go
      | [^/]+_(?:spec|test)\.rb | test_[^/]+\.rb | [^/]+\.feature
      | [^/]*(?:Tests?|TestCase|IT|Spec)\.(?:java|kt|kts|scala|groovy|swift|cs|fs|vb)
      | [^/]*Test\.php | [^/]+\.bats | [^/]+_test\.exs | [^/]+_test\.dart
      | src/(?:test|androidTest|integrationTest)/(?:.+/)?[^/]+\.(?:java|kt|scala|groovy)
      | tests/(?:.+/)?[^/]+\.(?:rs|php|cs|swift)
    )$"""
)


def is_test_file(path: str) -> bool:
    """True where a test runner would look for tests without being told to."""
    return _TEST_FILE.search(path) is not None
