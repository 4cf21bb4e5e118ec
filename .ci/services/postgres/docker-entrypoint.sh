#!/usr/bin/env bash
# As the official image starts: a first server that only the unix socket reaches makes the user and the database, then
# it ends and the real one begins.
set -euo pipefail

if [ "${1:-}" != postgres ]; then
  exec "$@"
fi
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres "$PGDATA"
  chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
export POSTGRES_USER=${POSTGRES_USER:-postgres}
export POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo 'Error: Database is uninitialized and superuser password is not specified.' >&2
    exit 1
  fi
  if [ "$POSTGRES_USER" = postgres ]; then
    cp --recursive /var/lib/postgresql/made/. "$PGDATA"
  else
    initdb --username="$POSTGRES_USER" --no-sync >/dev/null
  fi
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  PGUSER=$POSTGRES_USER pg_ctl -w -s start -o "-c listen_addresses='' -c fsync=off"
  psql -X -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -v user="$POSTGRES_USER" -v new="$POSTGRES_PASSWORD" \
    <<<"ALTER USER :\"user\" PASSWORD :'new';"
  if [ "$POSTGRES_DB" != postgres ]; then
    psql -X -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -v db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
  fi
  for script in /docker-entrypoint-initdb.d/*.sql; do
    [ -e "$script" ] && psql -X -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -f "$script"
  done
  pg_ctl -w -s -m fast stop
  echo 'PostgreSQL init process complete; ready for start up.'
fi
exec "$@" -c listen_addresses='*'
