"""Statements as in-toto's own library reads them."""

from __future__ import annotations

from typing import Any

from google.protobuf.json_format import ParseDict  # type: ignore[import-untyped]  # it ships no types
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2  # type: ignore[import-untyped]  # nor it
from in_toto_attestation.v1 import (  # type: ignore[import-untyped]  # nor it
    resource_descriptor_pb2,
    statement,
    statement_pb2,
)

_OURS = "gaterunner"


def assert_in_toto_reads(plain: dict[str, Any]) -> None:
    """Fails for what the specification does not have, in the statement or in its test-result predicate.

    The one field that we add to the predicate is left out, as the library knows no extension fields.
    """
    message = ParseDict(plain, statement_pb2.Statement())
    statement.Statement.copy_from_pb(message).validate()
    predicate = {name: value for name, value in plain["predicate"].items() if name != _OURS}
    assert {"result", "configuration"} <= predicate.keys()
    ParseDict(predicate, test_result_pb2.TestResult())
    for each in predicate["configuration"]:
        ParseDict(each, resource_descriptor_pb2.ResourceDescriptor())
