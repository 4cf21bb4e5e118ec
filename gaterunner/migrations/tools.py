"""The table of tools. A new tool is one ``Tool`` in the file of its family, and one line here.

The order is that of recognition: the first whose evidence holds owns a file, so the more telling ones come first.
"""

from __future__ import annotations

from gaterunner.migrations.alembic import ALEMBIC
from gaterunner.migrations.by_name import ECTO, EF_CORE, LARAVEL
from gaterunner.migrations.django import DJANGO
from gaterunner.migrations.drizzle import DRIZZLE
from gaterunner.migrations.flyway import FLYWAY
from gaterunner.migrations.javascript import KNEX, SEQUELIZE, TYPEORM
from gaterunner.migrations.kinds import Tool
from gaterunner.migrations.liquibase import LIQUIBASE
from gaterunner.migrations.rails import RAILS
from gaterunner.migrations.sql_files import DBMATE, GOLANG_MIGRATE, GOOSE, SQLX, SUPABASE
from gaterunner.migrations.sql_folders import DIESEL, PRISMA

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        LIQUIBASE,
        FLYWAY,
        SUPABASE,
        DRIZZLE,
        PRISMA,
        DIESEL,
        GOOSE,
        DBMATE,
        SQLX,
        GOLANG_MIGRATE,
        RAILS,
        ECTO,
        LARAVEL,
        EF_CORE,
        DJANGO,
        ALEMBIC,
        TYPEORM,
        SEQUELIZE,
        KNEX,
    )
}
