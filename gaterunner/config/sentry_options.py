"""The options under ``sentry`` of a gate, and what a gate's name says of them: ``staging-sentry-24h-clean``."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from gaterunner.config.duration import parse_window
from gaterunner.config.option_types import Window, as_tuple, given, text_of, window_seconds
from gaterunner.config.problems import Fault
from gaterunner.config.types import SentryRules

_NAME = re.compile(r"(?P<environment>[^\s/]{1,64})-sentry-(?P<window>[0-9][0-9dhms]*)-clean\Z")

# Sentry's own rules: https://docs.sentry.io/concepts/key-terms/environments/
ENVIRONMENT_PATTERN = r"^(?!None$)[^\s/]{1,64}$(?!\n)"
SLUG_PATTERN = r"^[a-z0-9_-]{1,100}$(?!\n)"
URL_PATTERN = r"^https?://[^\s/@?#]+(/[^\s@?#]*)?$(?!\n)"
TOKEN_PATTERN = r"^[A-Z0-9_]*SENTRY[A-Z0-9_]*$(?!\n)"
RELEASE_PATTERN = r"^([^\s/\\{}]|\{head(:([1-3]?[0-9]|40))?\})+$(?!\n)"
_TERM = r"!?[A-Za-z_][A-Za-z0-9_.-]*:(?:\x22[^\x22\\\x00-\x1f]*\x22|\[[^\[\]\x22\x00-\x1f]*\]|[^\s\x22()\[\]\\]+)"
IGNORE_PATTERN = rf"^{_TERM}( {_TERM})*$(?!\n)"
_HEAD = re.compile(r"\{head(?::([0-9]{1,2}))?\}")
_LEAST_DIGITS = 7
_LEAST_WAIT_S = 72 * 3600.0


def _environment_fault(text: str) -> Fault | None:
    return None if re.match(ENVIRONMENT_PATTERN, text) else Fault("the name of an environment as Sentry knows it")


def _slug_fault(text: str) -> Fault | None:
    return None if re.match(SLUG_PATTERN, text) else Fault("a slug as it stands in Sentry's addresses, such as `api`")


def _url_fault(text: str) -> Fault | None:
    if re.match(URL_PATTERN, text):
        return None
    return Fault("the address of a Sentry, such as `https://sentry.io`, without credentials or a query")


def _token_fault(text: str) -> Fault | None:
    """The branch must never be able to have another of the runner's credentials sent somewhere."""
    if re.match(TOKEN_PATTERN, text):
        return None
    return Fault("the name of a variable with `SENTRY` in it", "the token itself does not belong into a file")


def _release_fault(text: str) -> Fault | None:
    if not re.match(RELEASE_PATTERN, text):
        return Fault("the name of a release with `{head}` or `{head:12}` in it")
    digits = [int(one) if one else 40 for one in _HEAD.findall(text)]
    if not digits or min(digits) < _LEAST_DIGITS:
        return Fault(
            "the name of a release with `{head}` or `{head:12}` in it",
            "without the commit the window would be that of another change",
        )
    return None


def _ignore_fault(text: str) -> Fault | None:
    if re.match(IGNORE_PATTERN, text):
        return None
    return Fault(
        "terms such as `error.type:TimeoutError level:warning`", "free text, brackets, AND and OR are not read"
    )


Environment = Annotated[str, text_of(ENVIRONMENT_PATTERN, _environment_fault, "the name of an environment")]
Slug = Annotated[str, text_of(SLUG_PATTERN, _slug_fault, "a slug")]
Slugs = Annotated[
    Slug | Annotated[tuple[Slug, ...], Meta(min_length=1)], Meta(extra={"expected": "a slug or a list of slugs"})
]
Ignored = Annotated[str, text_of(IGNORE_PATTERN, _ignore_fault, "a query")]
Ignores = Annotated[Ignored | tuple[Ignored, ...], Meta(extra={"expected": "a query or a list of queries"})]


class TrafficOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """The options under ``traffic``."""

    minimum: Annotated[
        int, Meta(ge=1, le=1_000_000_000, description="How many must have come from the release in the window.")
    ] = 1
    source: Annotated[Literal["spans", "sessions", "errors"], Meta(description="What is counted.")] = "spans"


class SentryOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """The options under ``sentry``. Environment and window may stand in the gate's name instead."""

    environment: Annotated[
        Environment | UnsetType, Meta(description="Where the release must be clean. Default: from the gate's name.")
    ] = UNSET
    window: Annotated[
        Window | UnsetType,
        Meta(description="For how long: `90m`, `24h`, `7d`. Default: from the gate's name, or else `24h`."),
    ] = UNSET
    settle: Annotated[
        Window, Meta(description="How long after the window's end it is judged, for events that are under way.")
    ] = "10m"
    max_wait: Annotated[
        Window | UnsetType,
        Meta(
            description="When what is still pending is not waited for any more; at least window and settle. "
            "Default: `72h`, or three windows where those are longer."
        ),
    ] = UNSET
    release: Annotated[
        Annotated[str, text_of(RELEASE_PATTERN, _release_fault, "the name of a release")],
        Meta(description="What the release is called: `{head}` is the head's commit id, `{head:12}` the start of it."),
    ] = "{head}"
    traffic: Annotated[TrafficOptions, Meta(description="What shows that the release was used at all.")] = (
        TrafficOptions()
    )
    ignore: Annotated[
        Ignores, Meta(description="Queries in Sentry's language, of `key:value` terms; their issues do not count.")
    ] = ()
    url: Annotated[
        Annotated[str, text_of(URL_PATTERN, _url_fault, "an address")] | UnsetType,
        Meta(description="The Sentry to ask. Default: `SENTRY_URL`, or else `https://sentry.io`."),
    ] = UNSET
    organization: Annotated[Slug | UnsetType, Meta(description="The organization's slug. Default: `SENTRY_ORG`.")] = (
        UNSET
    )
    projects: Annotated[
        Slugs | UnsetType, Meta(description="The slugs of one or several projects. Default: `SENTRY_PROJECT`.")
    ] = UNSET
    token: Annotated[
        Annotated[str, text_of(TOKEN_PATTERN, _token_fault, "the name of a variable")],
        Meta(description="The variable of gaterunner's environment that holds the token."),
    ] = "SENTRY_AUTH_TOKEN"


class Named(Struct, frozen=True):
    """What the name of a gate says."""

    environment: str
    window_s: float


def read_name(name: str) -> Named | None:
    """Environment and window of a name such as ``staging-sentry-24h-clean``; None for any other name."""
    match = _NAME.match(name)
    window = parse_window(match["window"]) if match else None
    if match is None or not window or _environment_fault(match["environment"]):
        return None
    return Named(match["environment"], window)


def sentry_rules(name: str, options: SentryOptions | UnsetType) -> SentryRules | None:
    """The rules of the gate with this name; None when neither it nor the options name an environment."""
    told = SentryOptions() if isinstance(options, UnsetType) else options
    named = read_name(name)
    environment = given(told.environment) or (named.environment if named else None)
    if environment is None:
        return None
    window, longest = given(told.window), given(told.max_wait)
    window_s = window_seconds(window) if window else named.window_s if named else 24 * 3600.0
    return SentryRules(
        environment=environment,
        window_s=window_s,
        settle_s=window_seconds(told.settle),
        max_wait_s=window_seconds(longest) if longest else max(_LEAST_WAIT_S, 3 * window_s),
        release=told.release,
        traffic=told.traffic.source,
        minimum=told.traffic.minimum,
        ignore=as_tuple(told.ignore),
        url=given(told.url),
        organization=given(told.organization),
        projects=as_tuple(told.projects),
        token=told.token,
    )


def release_name(rules: SentryRules, head: str) -> str:
    """What the release of this commit is called."""
    return _HEAD.sub(lambda match: head[: int(match[1] or 40)], rules.release)
