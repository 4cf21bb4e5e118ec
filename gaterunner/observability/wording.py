"""How unstructured output is told, and what to do about it in each language."""

from __future__ import annotations

from gaterunner.observability.found import Output
from gaterunner.weakening.paths import extension

_LONGEST = 60
_LOGGED = {
    "py": '`logger.info("order paid", extra={"order_id": order.id})`',
    "go": '`slog.Info("order paid", "order_id", order.ID)`',
    "rb": '`Rails.logger.info(event: "order paid", order_id: order.id)`, or Sentry.logger with attributes',
    "java": '`log.atInfo().addKeyValue("orderId", order.id()).log("order paid")`',
}
_IN_JAVASCRIPT = '`logger.info("order paid", { orderId: order.id })`'


def message(output: Output) -> str:
    """What was found; nothing of what is written is quoted."""
    call = output.call if len(output.call) <= _LONGEST else f"{output.call[:_LONGEST]}…"
    if output.kind == "print":
        return f"`{call}` writes text without structure: no level, no attributes, no trace"
    return f"the message of `{call}` is composed by {output.how} before it is logged: its values are no attributes"


def help_of(output: Output, path: str) -> str:
    """What to do instead, in the language of the file."""
    example = _LOGGED.get(extension(path), _IN_JAVASCRIPT)
    if output.kind == "print":
        return f"Log it: {example}. What a command line program is there to write belongs to `paths` with `off`."
    return f"Keep the message the same every time and give the values beside it: {example}."
