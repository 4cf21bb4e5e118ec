"""The actions that set up a toolchain, each pinned to the commit of a release."""

from __future__ import annotations

from gaterunner.init.types import Step

PINNED = {
    "actions/checkout": ("3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    "actions/setup-dotnet": ("c2fa09f4bde5ebb9d1777cf28262a3eb3db3ced7", "v5.2.0"),
    "actions/setup-go": ("b7ad1dad31e06c5925ef5d2fc7ad053ef454303e", "v7.0.0"),
    "actions/setup-java": ("be666c2fcd27ec809703dec50e508c2fdc7f6654", "v5.2.0"),
    "actions/setup-node": ("820762786026740c76f36085b0efc47a31fe5020", "v7.0.0"),
    "actions/setup-python": ("5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"),
    "actions/upload-artifact": ("043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "v7.0.1"),
    "astral-sh/setup-uv": ("20cfd1bf945f4377ade1205e4dbc17946fc9a30d", "v10.0.1"),
    "oven-sh/setup-bun": ("0c5077e51419868618aeaa5fe8019c62421857d6", "v2.2.0"),
    "pnpm/action-setup": ("0977fd99725f1db4007ccb2928dbb4e90d06cc86", "v6.0.10"),
    "ruby/setup-ruby": ("95ef2b042f9d7a56d8268cba8559e2842e2ad01b", "v1.321.0"),
    "shivammathur/setup-php": ("f3e473d116dcccaddc5834248c87452386958240", "2.37.2"),
}
"""The commit and the release that it is, by the action's name."""


def action(action: str, /, **inputs: str) -> Step:
    """The step that uses an action of the table; underscores in the names of inputs stand for dashes."""
    commit, version = PINNED[action]
    given = tuple((key.replace("_", "-"), value) for key, value in inputs.items())
    return Step(uses=f"{action}@{commit}", version=version, inputs=given)
