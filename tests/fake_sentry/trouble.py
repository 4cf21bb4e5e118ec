"""What servers, proxies and networks do to an answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from msgspec import Struct


class Answer(Struct):
    """``lost`` is how many bytes are announced and never sent."""

    status: int
    body: bytes
    headers: dict[str, str]
    lost: int = 0


class Trouble(Struct):
    """Changes the answers to paths that ``path`` is found in, the first ``times`` of them or all.

    ``asks`` narrows it to requests with certain parameters.
    """

    path: str
    change: Callable[[Answer], Answer]
    times: int | None = None
    asks: Callable[[dict[str, list[str]]], bool] = lambda _values: True


def status(code: int, **headers: str) -> Callable[[Answer], Answer]:
    """Another status, with headers whose names have `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda answer: Answer(code, b'{"detail": "no"}', {**answer.headers, **named})


def page(_answer: Answer) -> Answer:
    """A sign-in page in place of JSON."""
    return Answer(200, b"<!doctype html><title>Sign in</title>", {**_answer.headers, "Content-Type": "text/html"})


def cut(answer: Answer) -> Answer:
    """The connection breaks in the middle of the answer."""
    half = len(answer.body) // 2
    return Answer(answer.status, answer.body[:half], answer.headers, lost=len(answer.body) - half)


def shortened(answer: Answer) -> Answer:
    """An answer that ends early and says nothing of it."""
    return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.headers)


def header(name: str, value: str | None) -> Callable[[Answer], Answer]:
    """Another header, or without it."""

    def change(answer: Answer) -> Answer:
        kept = {each: text for each, text in answer.headers.items() if each != name}
        return Answer(answer.status, answer.body, kept | ({} if value is None else {name: value}))

    return change


def edited(edit: Callable[[Any], Any]) -> Callable[[Answer], Answer]:
    """Another content."""
    return lambda answer: Answer(answer.status, json.dumps(edit(json.loads(answer.body))).encode(), answer.headers)


def without(name: str) -> Callable[[Answer], Answer]:
    """Every row, or the whole, lacks a field."""

    def edit(content: Any) -> Any:
        for row in content if isinstance(content, list) else content.get("data", [content]):
            row.pop(name, None)
        return content

    return edited(edit)


def empty(answer: Answer) -> Answer:
    """`200 []`, as if there were nothing."""
    return edited(lambda content: {**content, "data": []} if isinstance(content, dict) else [])(answer)
