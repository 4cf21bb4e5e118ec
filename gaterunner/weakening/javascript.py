"""Tests of JavaScript and TypeScript: Jest, Vitest, Mocha, Jasmine, Playwright, Cypress, node:test, AVA, Deno, Bun."""

from __future__ import annotations

import re

from gaterunner.weakening.call_style import Words, read_calls
from gaterunner.weakening.code import Assertions, Code
from gaterunner.weakening.tokens import JAVASCRIPT
from gaterunner.weakening.types import Sheet

_WORDS = Words(
    test=frozenset({"it", "test", "specify", "bench", "scenario", "fit", "ftest", "fspecify"})
    | {"xit", "xtest", "xspecify"},
    suite=frozenset({"describe", "context", "suite", "feature", "fdescribe", "fcontext", "xdescribe", "xcontext"}),
    assertions=Assertions(
        call=re.compile(
            r"(?i)^\.?(?:_?expect\w*|\w*assert\w*|should|verify\w*|check\w*|ensure\w*|\w*snapshot\w*|fail)$"
            r"|^\.(?:deepEqual|notDeepEqual|equal|notEqual|strictEqual|throws|doesNotThrow|rejects|is|not|same|pass|like"
            r"|regex|truthy|falsy|toBe\w*|toEqual\w*|toHave\w*|toMatch\w*)$"
        )
    ),
    also=re.compile(r"^(?:test|it|this|t|ctx|context|task|describe)$"),
)


def read(data: bytes) -> Sheet:
    """All tests of a file."""
    return read_calls(Code(data.decode("utf-8", "replace"), JAVASCRIPT), _WORDS)
