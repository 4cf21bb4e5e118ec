"""What GitHub refuses in a check run: its published schema, and the rules that the schema does not know."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from githubkit_schemas.v2026_03_10 import models
from pydantic import TypeAdapter, ValidationError

from tests.fake_github.state import Json, Run, Status

_CREATE: TypeAdapter[Any] = TypeAdapter(
    models.ReposOwnerRepoCheckRunsPostBodyOneof0 | models.ReposOwnerRepoCheckRunsPostBodyOneof1
)
_UPDATE: TypeAdapter[Any] = TypeAdapter(
    models.ReposOwnerRepoCheckRunsCheckRunIdPatchBodyAnyof0 | models.ReposOwnerRepoCheckRunsCheckRunIdPatchBodyAnyof1
)
_STATUS: TypeAdapter[Any] = TypeAdapter(models.ReposOwnerRepoStatusesShaPostBody)
_TOP = {
    "name", "head_sha", "details_url", "external_id", "status", "started_at", "conclusion", "completed_at",
    "output", "actions",
}  # fmt: skip
_STATUS_KEYS = {"state", "target_url", "description", "context"}
_MOST_STATUSES = 1_000
_OUTPUT = {"title", "summary", "text", "annotations", "images"}
_ANNOTATION = {
    "path", "start_line", "end_line", "start_column", "end_column", "annotation_level", "message", "title",
    "raw_details",
}  # fmt: skip
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_OUTPUT_BYTES = 65_535
_MESSAGE_BYTES = 64 * 1024


def refusals(body: Json, *, creating: bool) -> list[str]:
    """Why GitHub would answer 422; empty for a request that it would take."""
    try:
        (_CREATE if creating else _UPDATE).validate_python(body)
    except ValidationError as error:
        found = [f"schema: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        return [*found, *_own_rules(body, creating=creating)]
    return list(_own_rules(body, creating=creating))


def standing_faults(run: Run, body: Json) -> list[str]:
    """What GitHub would take and not do: how a completed check run ended stands, and it never goes on again."""
    wanted = (body.get("status", run.status), body.get("conclusion", run.conclusion))
    if run.status == "completed" and wanted != (run.status, run.conclusion):
        return [f"a check run that is completed with {run.conclusion} does not become {wanted}"]
    return []


def status_refusals(body: Json, others: list[Status]) -> list[str]:
    """Why GitHub would answer 422 to a commit status beside ``others`` of the same commit."""
    try:
        _STATUS.validate_python(body)
    except ValidationError as error:
        return [f"schema: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    found = [f"{name} is not a permitted key" for name in sorted(body.keys() - _STATUS_KEYS)]
    if len(str(body.get("description") or "")) > 140:
        found.append("description is too long (maximum is 140 characters)")
    if not body.get("context") or len(str(body["context"])) > 255:
        found.append("context has to be there, with at most 255 characters")
    if body.get("target_url") and not re.match(r"https?://", str(body["target_url"])):
        found.append("target_url must use http(s) scheme")
    if sum(each.context == body.get("context") for each in others) >= _MOST_STATUSES:
        found.append("This SHA and context has reached the maximum number of statuses.")
    return found


# What https://docs.github.com/graphql/reference/objects documents of the objects that gaterunner asks about.
_FIELDS = {
    "query": {"repository", "viewer"},
    "viewer": {"login"},
    "repository": {"pullRequest"},
    "pullRequest": {"reviews"},
    "reviews": {"pageInfo", "nodes", "totalCount"},
    "pageInfo": {"hasNextPage", "endCursor"},
    "author": {"login"},
    "editor": {"login"},
    "userContentEdits": {"totalCount", "nodes", "pageInfo"},
}
_NODES = {"reviews": {"url", "author", "userContentEdits", "lastEditedAt"}, "userContentEdits": {"editor", "editedAt"}}
_MOST_NODES = 100


def query_faults(body: Json) -> list[str]:
    """Why GitHub would not take a GraphQL request: a field that no object has, or more than 100 nodes at once."""
    faults = [f"{name} is no key of a query" for name in body.keys() - {"query", "variables", "operationName"}]
    query = str(body.get("query"))
    if query.count("{") != query.count("}"):
        return [*faults, "the braces do not match"]
    faults += [f"first: {size}" for size in re.findall(r"first: (\d+)", query) if int(size) > _MOST_NODES]
    path: list[str] = []
    last = ""
    for token in re.findall(r"[{}]|\([^)]*\)|\w+", query):
        if token == "{":
            path.append(last)
        elif token == "}":
            path.pop()
        elif not token.startswith("("):
            inside = path[-1] if path else ""
            known = _NODES.get(path[-2], set()) if inside == "nodes" else _FIELDS.get(inside, {"query"})
            if token not in known:
                faults.append(f"{inside or 'a document'} has no field {token}")
            last = token
    return faults


def _own_rules(body: Json, *, creating: bool) -> Iterator[str]:
    yield from (f"{name} is not a permitted key" for name in sorted(body.keys() - _TOP))
    if creating and not re.fullmatch(r"[0-9a-f]{40}", str(body.get("head_sha"))):
        yield "head_sha is not a full commit id"
    if body.get("status") == "completed" and "conclusion" not in body:
        yield "conclusion is required when status is completed"
    if body.get("status") in ("waiting", "requested", "pending"):
        yield f"status {body['status']} belongs to GitHub Actions"
    for name in ("started_at", "completed_at"):
        if name in body and not _TIME.fullmatch(str(body[name])):
            yield f"{name} is not an ISO 8601 time in UTC"
    if any(ord("\ud800") <= ord(character) <= ord("\udfff") for character in _all_text(body)):
        yield "the body holds half a character"
    output = body.get("output")
    if isinstance(output, dict):
        yield from _output_rules(output)


def _output_rules(output: Json) -> Iterator[str]:
    yield from (f"output.{name} is not a permitted key" for name in sorted(output.keys() - _OUTPUT))
    if len(str(output.get("title", ""))) > 255:
        yield "output.title is longer than 255 characters"
    for name in ("summary", "text"):
        if _bytes(output.get(name)) > _OUTPUT_BYTES:
            yield f"output.{name} is longer than {_OUTPUT_BYTES} bytes"
    for number, annotation in enumerate(output.get("annotations", [])):
        yield from (f"annotation {number}: {reason}" for reason in _annotation_rules(annotation))


def _annotation_rules(annotation: Json) -> Iterator[str]:
    yield from (f"{name} is not a permitted key" for name in sorted(annotation.keys() - _ANNOTATION))
    start, end = annotation.get("start_line", 0), annotation.get("end_line", 0)
    if start < 1 or end < start:
        yield f"lines {start} to {end} are not a range that counts from 1"
    if start != end and {"start_column", "end_column"} & annotation.keys():
        yield "columns on more than one line"
    if not annotation.get("path") or not annotation.get("message"):
        yield "path and message must not be empty"
    if len(annotation.get("title", "")) > 255:
        yield "title is longer than 255 characters"
    for name in ("message", "raw_details"):
        if _bytes(annotation.get(name)) > _MESSAGE_BYTES:
            yield f"{name} is longer than 64 KB"


def _bytes(text: object) -> int:
    return len(str(text or "").encode("utf-8", "replace"))


def _all_text(body: Json) -> str:
    return json.dumps(body, ensure_ascii=False)
