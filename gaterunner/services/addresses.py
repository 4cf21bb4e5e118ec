"""How a gate is told where its services are."""

from __future__ import annotations

from gaterunner.services.known import CompleteService


def variables(complete: CompleteService, host: str, port: int) -> tuple[tuple[str, str], ...]:
    """``DB_HOST``, ``DB_PORT`` and, where its kind has a form for it, ``DB_URL`` for a service called ``db``."""
    prefix = complete.service.name.upper().replace("-", "_")
    url = complete.url(host, port)
    address = ((f"{prefix}_HOST", host), (f"{prefix}_PORT", str(port)))
    return address if url is None else (*address, (f"{prefix}_URL", url))
