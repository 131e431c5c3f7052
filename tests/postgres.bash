# A PostgreSQL server of one's own, from Debian's packages: on a free port of this machine, with
# nothing made durable. The file that loads this has to call stop_postgres at its end.
# shellcheck shell=bash

# Runs "$@" as a user that the server accepts: it refuses to be root.
as_postgres() {
    if ((EUID == 0)); then
        setpriv --reuid=nobody --regid=nogroup --clear-groups env -i LC_ALL=C TZ=UTC "$@"
    else
        env -i LC_ALL=C TZ=UTC "$@"
    fi
}

# Makes a server and starts it; exports its port as PGPORT, for psql too, and $target of it. The
# name of the directory is short: the path of a socket has to be.
make_postgres() {
    local engines=(/usr/lib/postgresql/*/bin)
    export engine=${engines[-1]} postgres
    [[ -x $engine/postgres ]] || skip 'there is no PostgreSQL'
    postgres=$(mktemp -d /tmp/ft-postgres.XXXXXX)
    ((EUID != 0)) || chown nobody "$postgres"
    as_postgres "$engine/initdb" -D "$postgres/data" -N -A trust -U postgres -E UTF8 --locale=C \
        >"$postgres/initdb.log" 2>&1 || { cat "$postgres/initdb.log" && return 1; }
    cat >>"$postgres/data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = '$postgres'
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
max_connections = 20
shared_buffers = 16MB
END
    local try
    for ((try = 0; try < 20; try++)); do
        export PGPORT=$((20000 + (RANDOM * 32768 + RANDOM) % 12000)) PGHOST=$postgres PGUSER=postgres
        export PGDATABASE=postgres PGGSSENCMODE=disable
        ! start_postgres || break
    done
    export target="postgresql://postgres@127.0.0.1:$PGPORT/postgres"
}

start_postgres() {
    as_postgres "$engine/pg_ctl" -D "$postgres/data" -o "-p $PGPORT" -l "$postgres/log" -w -t 20 \
        start >"$postgres/start.log" 2>&1 3>&- 4>&- 5>&- 8>&- 9>&-
}

# As a crash does.
halt_postgres() {
    as_postgres "$engine/pg_ctl" -D "$postgres/data" -m immediate -w stop >"$postgres/stop.log" 2>&1
}

stop_postgres() {
    [[ ${postgres-} ]] || return 0
    halt_postgres || true
    rm -rf "$postgres"
}

# Runs SQL; a row is a line, with | between its columns and nothing for null.
sql() {
    psql -X -q -At -v ON_ERROR_STOP=1 -c "$1"
}

# For each test of a file: what another has left is not seen.
use_own_schema() {
    export PGOPTIONS="-c client_min_messages=warning -c search_path=test_$BATS_TEST_NUMBER"
    sql "CREATE SCHEMA test_$BATS_TEST_NUMBER"
}
