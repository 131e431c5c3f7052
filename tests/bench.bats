#!/usr/bin/env bats
# What the benches compare: the same input each time, and the same answer from all.
load common
oracle=$root/tests/oracle/oracle
export PYTHONDONTWRITEBYTECODE=1

small_clicks() { # DIR [OPTION]...
    mkdir "$1" && clicks --events 5000 --products 200 --versions 600 --users 300 "${@:2}" "$1"
}

has_duckdb() {
    python3 -c 'import duckdb' 2>/dev/null || skip 'there is no DuckDB'
}

# Objects, sorted: nulls left out, amounts as what they are worth, lists as lists.
plain() {
    jq -cS 'with_entries(select(.value != null)
        | if .key | endswith("price") then .value |= tonumber
          elif .key == "categories_browsed" and (.value | type) == "string"
          then .value |= fromjson
          else . end)' | sort
}

@test "the input is the same for the same options, and another for another seed" {
    small_clicks one && small_clicks two && small_clicks three --seed 3
    diff -r one two
    run ! cmp -s one/clickstream.ndjson three/clickstream.ndjson
    run ! cmp -s one/products.ndjson three/products.ndjson
    mkdir shop again
    shop --events 2000 --orders 200 --customers 50 --campaigns 6 shop
    shop --events 2000 --orders 300 --customers 50 --campaigns 6 again
    cmp shop/event.ndjson again/event.ndjson
}

@test "input that cannot be made is refused" {
    run -2 --separate-stderr clicks --events many .
    is "$stderr" 'clicks: --events: "many" is not a number from 0 to 1000000000'
    run -2 --separate-stderr shop --days 0 .
    is "$stderr" 'shop: --days: "0" is not a number from 1 to 36500'
    run -2 --separate-stderr clicks
    [[ $stderr == 'usage: clicks '* ]]
    run -3 --separate-stderr clicks nowhere
    is "$stderr" 'clicks: nowhere/clickstream.ndjson: cannot open: No such file or directory'
}

@test "no click is late or refused, and its marts are those that plain SQL finds" {
    small_clicks in
    is "$(wc -l <in/clickstream.ndjson)" 5000
    "$root/pipelines/clickstream/run" --input in --sink sqlite:mart.db
    diff <("$oracle" --of clickstream in) <("$oracle" --of clickstream --mart mart.db)
    is "$(sqlite3 mart.db 'SELECT count(*) FROM _rejected')" 0
}

@test "DuckDB makes the tables of the clickstream pipe" {
    has_duckdb
    small_clicks in
    "$root/pipelines/clickstream/run" --input in --sink sqlite:mart.db
    python3 "$root/tests/bench/clickstream.py" in out 2>/dev/null
    python3 "$root/tests/bench/clickstream.py" in out.duckdb 2>/dev/null
    for table in events_clean events_enriched user_sessions product_popularity; do
        sqlite3 -json mart.db "SELECT * FROM $table" | jq -c '.[]' | plain >ours
        plain <"out/$table.ndjson" | cmp ours -
        python3 -c "import duckdb
mart = duckdb.connect('out.duckdb')
print(mart.execute('SELECT count(*) FROM $table').fetchall()[0][0])" >rows
        is "$(<rows)" "$(wc -l <"out/$table.ndjson")"
    done
}

@test "DuckDB makes the first-touch mart" {
    has_duckdb
    mkdir in && shop --events 2000 --orders 200 --customers 50 --campaigns 6 in
    python3 "$root/tests/bench/first-touch.py" in out.ndjson 2>/dev/null
    worth() { jq -c '.total_amount |= tonumber'; }
    diff <("$oracle" in | worth) <("$oracle" --ndjson out.ndjson | worth)
}
