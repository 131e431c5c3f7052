# Being asked to end while a PostgreSQL server is away, silent or locked by somebody else.
# shellcheck disable=SC2016,SC2030,SC2031 # commands in quotes and variables of tests are meant so
load common
load live
load postgres

setup_file() {
    make_postgres
}

teardown_file() {
    stop_postgres
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    use_own_schema
    export FT_STATE=state
}

teardown() {
    exec 9>&- 7>&-
    halted CONT 2>/dev/null || true
}

ids() {
    sql 'SELECT id FROM hit ORDER BY id::int' | paste -sd' '
}

pipe() {
    echo "ft-ingest --restore $(ft-sink --committed "$target") --replayed --epoch 100ms --time at:s \
            hit=in | tee seen | ft-clean | ft-sink $target"
}

# Begins the pipe, and waits until one hit is committed.
begin_with_one() {
    begin_pipe "$(pipe)"
    hits 1 >&7
    poll '[[ $(ids 2>/dev/null) == 1 ]]'
}

# A second hit, of an epoch that cannot be committed now.
one_more() {
    hits 2 >&7
    poll 'grep -q "\"epoch\":2" seen'
    sleep 0.3
}

goes_on_to() { # IDS
    begin_pipe "$(pipe)"
    hits 1 2 3 >&7
    finish
    [ "$(cat statuses err)" = '0 0 0 0' ]
    [ "$(ids)" = "$1" ]
}

# Somebody else has the table, until the descriptor 9 is closed.
lock_table() {
    mkfifo sql
    psql -X -q -At <sql >locked 3>&- 7>&- &
    exec 9>sql
    echo 'BEGIN; LOCK TABLE hit; SELECT 1;' >&9
    poll '[ -s locked ]'
}

# Sends SIGNAL to all processes of the server.
halted() {
    local server
    server=$(head -n 1 "$postgres/data/postmaster.pid")
    # shellcheck disable=SC2046 # words
    kill "-$1" "$server" $(cat "/proc/$server/task/$server/children")
}

@test "a sink whose server is away gives up in time when any filter is asked to end; nothing is lost" {
    begin_with_one
    halt_postgres
    one_more
    kill -TERM "$(process ft-clean)"
    ends_in_time
    exec 7>&-
    start_postgres
    [[ $(cat statuses) == *' 3' ]]
    grep -q 'trying again for 5m' err
    [ "$(ids)" = 1 ]
    goes_on_to '1 2 3'
}

@test "a server that comes back soon enough gets all of it" {
    begin_with_one
    halt_postgres
    one_more
    kill -TERM "$(process ft-ingest)"
    start_postgres
    ends_in_time
    exec 7>&-
    [ "$(cat statuses)" = '0 0 0 0' ]
    [ "$(ids)" = '1 2' ]
}

@test "a sink that waits for a table that somebody has locked gives up in time; nothing is lost" {
    begin_with_one
    lock_table
    one_more
    kill -TERM "$(process ft-ingest)"
    ends_in_time
    exec 7>&- 9>&-
    [[ $(cat statuses) == *' 3' ]]
    [[ $(head -n 1 err) == *': canceling statement due to lock timeout: trying again for 5m' ]]
    goes_on_to '1 2 3'
}

@test "a lock is waited for as a server is, which is said once" {
    begin_with_one
    lock_table
    one_more
    poll 'grep -q "lock timeout: trying again for 5m" err'
    sleep 1.5
    exec 9>&-
    poll '[[ $(ids) == "1 2" ]]'
    finish
    [ "$(cat statuses)" = '0 0 0 0' ]
    [ "$(grep -c 'trying again' err)" = 1 ]
    [[ $(tail -n 1 err) == *': connected again, going on' ]]
}

@test "a sink whose server says nothing gives up in time; nothing is lost" {
    begin_with_one
    halted STOP
    one_more
    kill -TERM "$(process ft-sink)"
    ends_in_time
    exec 7>&-
    halted CONT
    [[ $(cat statuses) == *' 3' ]]
    [[ $(cat err) == *': the server has not answered, and the end was asked for' ]]
    goes_on_to '1 2 3'
}

@test "a sink that cannot connect to a server that says nothing gives up in time" {
    begin_with_one
    finish
    begin_pipe "$(pipe)"
    halted STOP
    hits 1 2 >&7
    sleep 0.5
    kill -TERM "$(process ft-sink)"
    ends_in_time
    exec 7>&-
    halted CONT
    [[ $(cat statuses) == *' 3' ]]
    goes_on_to '1 2 3'
}

# A shop whose files are followed into PostgreSQL, as $job.
follow_shop() {
    (exec "$root/pipelines/first-touch/run" --input shop --state state --follow --epoch 1s \
        --idle 200ms --sink "$target" >out 2>err 3>&-) &
    job=$!
}

order() { # NUMBER
    printf '{"order_id":"o%d","customer_id":"c1","total_amount":5,"order_ts":%d}\n' "$1" \
        $((1767225600000 + $1 * 60000)) >>shop/sale_order.ndjson
}

orders() {
    sql 'SELECT order_id FROM mart_order_first_touch ORDER BY 1' 2>/dev/null | paste -sd' '
}

@test "run ends in time while its server is away: exit status 3, and the next one loses nothing" {
    mkdir shop
    echo '{"customer_id":"c1","segment":"Loyal"}' >shop/customer.ndjson
    echo '{"id":1,"name":"Spring"}' >shop/campaign.ndjson
    echo '{"event_id":"e1","customer_id":"c1","event_type":"view","event_ts":1767225600000}' \
        >shop/event.ndjson
    order 1
    follow_shop
    order 2 # on which o1 does not have to wait
    poll '[[ $(orders) == o1* ]]'
    halt_postgres
    order 3
    poll 'grep -q "trying again for 5m" err'
    kill -TERM "$job"
    ends_in_time
    [ "$status" = 3 ]
    start_postgres
    follow_shop
    order 4
    poll '[[ $(orders) == "o1 o2 o3"* ]]'
    kill -TERM "$job"
    ends_in_time
    [ "$status" = 0 ]
}

@test "a line that is written into an idle file is in PostgreSQL a second later" {
    : >log
    begin "ft-ingest --restore 0 --epoch 1s --time at:s --follow hit=log | ft-sink $target"
    hits 1 >>log
    poll '[[ $(ids 2>/dev/null) == 1 ]]'
    sleep 1.2 # nothing more
    local since
    since=$(clock_ms)
    hits 2 >>log
    poll '[[ $(ids) == "1 2" ]]'
    (($(clock_ms) - since <= 1500)) || { echo "took $(($(clock_ms) - since)) ms" && false; }
    kill -TERM "$(process ft-ingest)"
    ends_in_time
    [ "$(cat statuses err)" = '0 0' ]
}
