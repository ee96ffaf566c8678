#!/bin/sh
# Roles and rights of docs/serving.md on a new database: the owner of the tables, the servers' role and the desk's. `migrate` and
# `publish` create the tables as the owner; grants.sql then gives the others what they need.
set -eu
psql -v ON_ERROR_STOP=1 -v lender="$LENDER_PASSWORD" -v decider="$DECIDER_PASSWORD" -v desk="$DESK_PASSWORD" \
  -U "$POSTGRES_USER" -d postgres <<'SQL'
CREATE ROLE lender LOGIN PASSWORD :'lender';
CREATE ROLE decider LOGIN PASSWORD :'decider';
CREATE ROLE desk LOGIN PASSWORD :'desk';
CREATE DATABASE credit OWNER lender;
REVOKE ALL ON DATABASE credit FROM PUBLIC;
GRANT CONNECT ON DATABASE credit TO decider, desk;
\connect credit
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CREATE ON SCHEMA public TO lender;
SQL
