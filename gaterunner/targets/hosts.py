"""The names of hosts: one form for all spellings, and which of them lead nowhere or no further than this machine."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

# Names that RFC 2606 and RFC 6761 reserve, and the engine's name for the machine that it runs on.
_LOCAL_SUFFIXES = (".localhost", ".test", ".docker.internal")
_LOCAL_NAMES = frozenset({"localhost", "(local)", "."})
_NOWHERE = re.compile(r"(?:.*\.)?(?:example(?:\.(?:com|net|org))?|invalid)|your.*|x{3,}(?:\..*)?")
# Addresses for documentation: RFC 5737 and RFC 3849.
_NOWHERE_NETWORKS = tuple(map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")))
# What `inet_aton` takes for an address although it does not look like one: 2130706433, 0x7f000001.
_DISGUISED = re.compile(r"0x[0-9a-f]*|[0-9]+")
_TEMPLATE = re.compile(
    r"\$\{\{.*?\}\}|\$\{[^}]*\}|\$\([^)]*\)|\{\{.*?\}\}|\{[^}]*\}|#\{[^}]*\}|%\([^)]*\)s|%[sdv]|<%=?.*?%>|<[^>]*>|\$\w+"
)
_LITERAL_DOMAIN = re.compile(r"[^*\s{}<>$%]*\*.*?((?:\.[a-z0-9-]+){2,})", re.IGNORECASE)
# Sockets of proxies whose other end is a database elsewhere.
_PROXY_SOCKETS = ("/cloudsql/",)


def normal_host(text: str) -> str:
    """A host in the one form that is compared: lower case, IDNA, no final dot, addresses at their shortest.

    A Unicode look-alike becomes its own ``xn--`` name, so it equals nothing that it looks like.
    """
    host = text.strip()
    if host.startswith(("/", "@")):
        return host
    address = address_of(host)
    if address is not None:
        return str(address)
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            host = host.encode("ascii", "backslashreplace").decode("ascii")
    return host.lower().removesuffix(".") or "."


def address_of(host: str) -> Address | None:
    """The address that a host is, also in brackets, with a zone, or as IPv4 within IPv6; None for a name."""
    try:
        address = ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_local(host: str) -> bool:
    """True for this machine, and for a name that only a network beside it resolves (`db` in a compose file)."""
    if host.startswith(("/", "@")):
        return not host.startswith(_PROXY_SOCKETS)
    address = address_of(host)
    if address is not None:
        return address.is_loopback or address.is_unspecified
    if host in _LOCAL_NAMES or host.endswith(_LOCAL_SUFFIXES) or host.startswith("(localdb)"):
        return True
    return "." not in host and "*" not in host and not _DISGUISED.fullmatch(host)


def is_nowhere(host: str) -> bool:
    """True for a name or an address that is reserved for documentation, or that can only be a stand-in."""
    address = address_of(host)
    if address is not None:
        return any(address in network for network in _NOWHERE_NETWORKS)
    return _NOWHERE.fullmatch(host) is not None


def without_templates(host: str) -> str | None:
    """A host whose templates (``${X}``, ``{x}``, ``%s``, ``<%= x %>``) stand as ``*``; None when no domain is left.

    ``prod-{region}.db.corp.net`` still names a domain; ``{host}``, ``<host>`` and ``...`` name nothing.
    """
    starred = _TEMPLATE.sub("*", host)
    if "*" in starred:
        found = _LITERAL_DOMAIN.fullmatch(starred)
        return starred if found else None
    return None if re.search(r"[\s{}<>$\"'`|^]|\.\.", starred) or not starred.strip("-_") else starred
