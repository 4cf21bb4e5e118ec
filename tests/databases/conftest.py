"""A real PostgreSQL server with databases of several environments."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator

import pytest
from msgspec import Struct

from tests.docker_engine import LABEL, docker


class Server(Struct, frozen=True):
    """One server. ``address`` is where this machine reaches it, ``password`` that of the role ``postgres``."""

    container: str
    address: str
    password: str

    def url(self, database: str, *, user: str = "postgres", query: str = "", password: str | None = None) -> str:
        told = self.password if password is None else password
        return f"postgresql://{user}:{told}@{self.address}:5432/{database}{query}"

    def sql(self, *statements: str) -> None:
        flags = [flag for each in statements for flag in ("--command", each)]
        docker("exec", "--user", "postgres", self.container, "psql", "--quiet", "--set=ON_ERROR_STOP=1", *flags)

    def trust(self, role: str) -> None:
        """Lets a role in without a password, from anywhere that reaches the server."""
        line = f"host all {role} all trust"
        script = f'f=$(psql -Atc "show hba_file"); echo "{line}" | cat - "$f" > /tmp/hba && cat /tmp/hba > "$f"'
        docker("exec", "--user", "postgres", self.container, "sh", "-c", script)
        self.sql("SELECT pg_reload_conf()")

    def psql(self, *statements: str, env: dict[str, str], url: str | None = None) -> tuple[bool, str]:
        """Whether a client succeeds with an environment, and what it says; from a container beside the server.

        All statements are of one session, each by itself.
        """
        told = {"PGHOST": "127.0.0.1", "PGUSER": "postgres", "PGPASSWORD": self.password, "PGDATABASE": "dev", **env}
        flags = [flag for name, value in told.items() for flag in ("--env", f"{name}={value}")]
        command = [
            "psql",
            "-X",
            "-At",
            "-v",
            "ON_ERROR_STOP=1",
            *([url] if url else []),
            *(f"-c{each}" for each in statements),
        ]
        network = f"--network=container:{self.container}"
        image = docker("inspect", "--format", "{{.Config.Image}}", self.container).stdout.strip()
        ran = docker("run", "--rm", "--label", LABEL, network, *flags, image, *command, check=False)
        return ran.returncode == 0, (ran.stdout + ran.stderr).strip()


@pytest.fixture(scope="module")
def server(postgres_image: str) -> Iterator[Server]:
    """`dev` and `live` are marked with their environments, `plain` is not, `notes` holds a marker among other lines."""
    password = secrets.token_hex(8)
    container = docker(
        "run", "--detach", "--rm", "--label", LABEL, "--env", f"POSTGRES_PASSWORD={password}", postgres_image
    )
    name = container.stdout.strip()
    try:
        made = Server(name, _address(name), password)
        _await(made)
        made.sql(
            "CREATE DATABASE dev",
            "CREATE DATABASE live",
            "CREATE DATABASE plain",
            "CREATE DATABASE notes",
            "COMMENT ON DATABASE dev IS 'environment=develop'",
            "COMMENT ON DATABASE live IS 'environment=production'",
            "COMMENT ON DATABASE notes IS E'ours\\n environment=develop \\nask the team'",
        )
        yield made
    finally:
        docker("rm", "--force", "--volumes", name, check=False)


def _address(container: str) -> str:
    template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    return docker("inspect", "--format", template, container).stdout.strip()


def _await(server: Server) -> None:
    """Over TCP: the server that the image makes its first database with listens on a socket only."""
    end = time.monotonic() + 90
    while True:
        ready = docker("exec", server.container, "pg_isready", "-q", "-h", "127.0.0.1", check=False)
        if ready.returncode == 0:
            return
        assert time.monotonic() < end, docker("logs", server.container, check=False).stderr
        time.sleep(0.2)
