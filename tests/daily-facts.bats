# The pipeline pipelines/daily-facts: its tables are those that plain SQL finds in the same files.
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2154 # quotes and subshells are meant
load common
oracle=$root/tests/oracle/oracle
inputs=30
zones=(Europe/Paris America/Sao_Paulo Asia/Kolkata America/St_Johns)

setup_file() {
    for ((seed = 1; seed <= inputs; seed++)); do
        mkdir -p "$BATS_FILE_TMPDIR/input/$seed"
        random-daily-facts "$seed" "$BATS_FILE_TMPDIR/input/$seed"
    done
}

daily_facts() {
    "$root/pipelines/daily-facts/run" "$@"
}

query() {
    sqlite3 -batch mart.db "$1"
}

# click USER MS [PRODUCT]
click() {
    printf '{"user_id":"%s","event_time":%s,"product_id":"%s"}\n' "$1" "$2" "${3-p}"
}

# order ID MS VALUE
order() {
    printf '{"order_id":"%s","user_id":"u","event_time":%s,"total_value":%s}\n' "$@"
}

at=1735689600000 minute=60000 # 2025-01-01T00:00:00Z

# ---- against the oracle ----

@test "on every random input all tables, and what is rejected, are what plain SQL finds" {
    for ((seed = 1; seed <= inputs; seed++)); do
        echo "input $seed"
        local input=$BATS_FILE_TMPDIR/input/$seed
        daily_facts --input "$input" --sink "sqlite:$seed.db"
        "$oracle" --of daily-facts "$input" >expected
        [ "$(wc -l <expected)" -gt 100 ]
        "$oracle" --of daily-facts --mart "$seed.db" | diff expected -
    done
}

@test "and so they are in zones whose clocks are changed, and in one that is half an hour off" {
    for ((seed = 1; seed <= inputs; seed++)); do
        local input=$BATS_FILE_TMPDIR/input/$seed zone=${zones[seed % 4]}
        echo "input $seed in $zone"
        daily_facts --input "$input" --sink "sqlite:$seed.db" --tz "$zone"
        "$oracle" --of daily-facts "$input" "$zone" >expected
        "$oracle" --of daily-facts --mart "$seed.db" | diff expected -
    done
}

@test "the random inputs hold what makes the comparison worth something" {
    for ((seed = 1; seed <= inputs; seed++)); do
        "$oracle" --of daily-facts "$BATS_FILE_TMPDIR/input/$seed"
        "$oracle" --of daily-facts "$BATS_FILE_TMPDIR/input/$seed" "${zones[seed % 4]}" >>local
    done >all
    at_least() { # COUNT PATTERN
        local count
        count=$(grep -cE "$2" all)
        echo "$count $2"
        ((count >= $1))
    }
    at_least 3000 '^INSERT INTO agg_click_session'
    at_least 500 '^INSERT INTO agg_click_session.*,([2-9]|[1-9][0-9]+)\);'
    at_least 100 '^INSERT INTO agg_click_session.*VALUES\(NULL,'
    at_least 100 "^INSERT INTO agg_click_daily.*VALUES\('[0-9-]+',NULL,"
    at_least 20 '^INSERT INTO agg_orders_daily.*,NULL\);'
    at_least 20 "^INSERT INTO agg_orders_daily.*'-?[0-9]{17,}\.[0-9]{2}'\);" # beyond 64 bits of cents, or close
    at_least 3 "^INSERT INTO agg_click_daily.*'1969-12-31'"
    at_least 50 '^refused\|.*\|late\|'
    at_least 50 '^refused\|.*\|ingest\|'
    at_least 20 '^refused\|.*\|clean\|'
    # the zone makes a difference, but not to sessions
    [ "$(comm -3 <(grep daily all | sort) <(grep daily local | sort) | wc -l)" -gt 500 ]
    diff <(grep session all | sort) <(grep session local | sort)
}

@test "disorder inside the lag changes nothing: 10 s for clicks, 30 s for orders" {
    disorder() { # FILE MS
        jq -cR --argjson most "$2" -n '[inputs | fromjson? |
                select((.event_time | type) == "number" and has("_ts", "_stream", "_op") == false)] |
            to_entries | sort_by([.value.event_time + .value.event_time * 7919 % ($most + 1), .key]) |
            .[].value' "from/$1.ndjson" >"to/$1.ndjson"
    }
    mkdir from to
    for seed in 2 7; do
        for file in product_clicked order_completed; do
            grep -vE '_ts|_stream|_op|\.5|[0-9]{14}|event_time":[0-9]{1,12}[,} ]' \
                "$BATS_FILE_TMPDIR/input/$seed/$file.ndjson" >"from/$file.ndjson"
        done
        disorder product_clicked 0 && disorder order_completed 0
        daily_facts --input to
        "$oracle" --of daily-facts --mart mart.db >sorted
        run grep '|late|' sorted
        is "$output" ''
        disorder product_clicked 10000 && disorder order_completed 30000
        daily_facts --input to
        "$oracle" --of daily-facts --mart mart.db | diff sorted -
        disorder order_completed 7200000
        daily_facts --input to
        "$oracle" --of daily-facts --mart mart.db | grep 'order_completed|late|'
    done
}

@test "files may be gzip, both or one" {
    cp -r "$BATS_FILE_TMPDIR/input/3" input
    "$oracle" --of daily-facts input >expected
    gzip input/order_completed.ndjson
    daily_facts --input input --sink sqlite:one.db
    "$oracle" --of daily-facts --mart one.db | diff expected -
    gzip input/product_clicked.ndjson
    daily_facts --input input
    "$oracle" --of daily-facts --mart mart.db | diff expected -
}

@test "through FIFOs, in their own time, the tables are the same" {
    cp "$BATS_FILE_TMPDIR"/input/4/* .
    "$oracle" --of daily-facts . >expected
    for file in product_clicked order_completed; do
        mv "$file.ndjson" "$file.then"
        mkfifo "$file.ndjson"
        cat "$file.then" >"$file.ndjson" 3>&- &
    done
    daily_facts
    wait
    "$oracle" --of daily-facts --mart mart.db | diff expected -
}

@test "with more input than a buffer holds too" {
    mkdir input
    random-daily-facts 1 input 20000
    "$oracle" --of daily-facts input Europe/Paris >expected
    daily_facts --input input --tz Europe/Paris
    "$oracle" --of daily-facts --mart mart.db | diff expected -
}

# ---- by hand ----

@test "the tables have seed 004's columns in their order" {
    : >product_clicked.ndjson
    : >order_completed.ndjson
    daily_facts
    columns() { query "SELECT group_concat(name, ' ') FROM pragma_table_info('$1')"; }
    is "$(columns agg_click_session)" 'user_id session_start session_end clicks'
    is "$(columns agg_click_daily)" 'dt product_id clicks'
    is "$(columns agg_orders_daily)" 'dt orders revenue'
    is "$(query 'SELECT count(*) FROM agg_click_session, agg_click_daily, agg_orders_daily')" 0
}

@test "two users who click in turn have a session each" {
    : >order_completed.ndjson
    for n in 0 1 2 3 4 5; do
        click "$( ((n % 2)) && echo B || echo A)" $((at + n * 10 * minute))
    done >product_clicked.ndjson
    daily_facts
    is "$(query 'SELECT * FROM agg_click_session ORDER BY 1')" \
'A|2025-01-01T00:00:00.000Z|2025-01-01T01:10:00.000Z|3
B|2025-01-01T00:10:00.000Z|2025-01-01T01:20:00.000Z|3'
}

@test "a click just 30 minutes behind the last one goes on with the session; later it begins another" {
    : >order_completed.ndjson
    {
        click joins "$at"
        click joins $((at + 30 * minute))
        click parts "$at"
        click parts $((at + 30 * minute + 1))
        # in the middle between two, and last of all: three sessions become one
        click bridged $((at + 50 * minute))
        click bridged $((at + 50 * minute - 1 - 45 * minute))
        click bridged $((at + 30 * minute))
    } | sort -t: -k3 >product_clicked.ndjson
    daily_facts
    is "$(query 'SELECT user_id, substr(session_start, 12, 12), substr(session_end, 12, 12), clicks
        FROM agg_click_session ORDER BY 1, 2')" 'bridged|00:04:59.999|01:20:00.000|3
joins|00:00:00.000|01:00:00.000|2
parts|00:00:00.000|00:30:00.000|1
parts|00:30:00.001|01:00:00.001|1'
}

@test "nobody is a user and no product is one: null is a group of its own" {
    : >order_completed.ndjson
    printf '{"event_time":%s}\n{"user_id":null,"product_id":null,"event_time":%s}\n' "$at" "$at" \
        >product_clicked.ndjson
    click '' "$at" '' >>product_clicked.ndjson
    daily_facts
    is "$(query "SELECT quote(user_id), clicks FROM agg_click_session ORDER BY 1")" "''|1
NULL|2"
    is "$(query "SELECT dt, quote(product_id), clicks FROM agg_click_daily ORDER BY 2")" \
"2025-01-01|''|1
2025-01-01|NULL|2"
}

@test "a day in Paris has 23 hours on 2025-03-30 and 25 on 2025-10-26" {
    edges() { # NAME START END
        click "$1" $(($2 - 1)) "$1"
        click "$1" "$2" "$1"
        click "$1" $(($3 - 1)) "$1"
        click "$1" "$3" "$1"
    }
    edges spring 1743289200000 1743372000000 >product_clicked.ndjson
    edges autumn 1761429600000 1761519600000 >>product_clicked.ndjson
    sed -E 's/.*"event_time":([0-9]+),.*/{"event_time":\1,"total_value":0.01}/' product_clicked.ndjson \
        >order_completed.ndjson
    daily_facts --tz Europe/Paris
    is "$(query 'SELECT dt, product_id, clicks FROM agg_click_daily ORDER BY 1')" '2025-03-29|spring|1
2025-03-30|spring|2
2025-03-31|spring|1
2025-10-25|autumn|1
2025-10-26|autumn|2
2025-10-27|autumn|1'
    is "$(query 'SELECT dt, orders, revenue FROM agg_orders_daily ORDER BY 1' | xargs)" \
        '2025-03-29|1|0.01 2025-03-30|2|0.02 2025-03-31|1|0.01 2025-10-25|1|0.01 2025-10-26|2|0.02 2025-10-27|1|0.01'
    # the times of sessions stay as they are
    is "$(query "SELECT session_start FROM agg_click_session WHERE user_id = 'spring'")" \
'2025-03-29T22:59:59.999Z
2025-03-30T21:59:59.999Z'
    # and so do days where nothing is said of a zone
    daily_facts
    is "$(query "SELECT dt, clicks FROM agg_click_daily WHERE product_id = 'spring' ORDER BY 1")" \
'2025-03-29|2
2025-03-30|2'
}

@test "a day begins where its midnight is left out, and does not begin again where it comes twice" {
    : >order_completed.ndjson
    {
        # Sao Paulo 2018: on February 18 clocks go back from 00:00 to 23:00, at 02:00Z; on November 4
        # forward from 00:00 to 01:00, at 03:00Z
        click u 1518915600000 back    # 01:00Z, 23:00 for the first time
        click u 1518919199999 back    # 01:59:59.999Z
        click u 1518919200000 back    # 02:00Z, 23:00 again
        click u 1518922799999 back    # 02:59:59.999Z
        click u 1518922800000 back    # 03:00Z, 00:00
        click u 1541300399999 forward # 02:59:59.999Z, 23:59:59.999
        click u 1541300400000 forward # 03:00Z, 01:00
    } >product_clicked.ndjson
    daily_facts --tz America/Sao_Paulo
    is "$(query 'SELECT dt, product_id, clicks FROM agg_click_daily ORDER BY 1')" '2018-02-17|back|4
2018-02-18|back|1
2018-11-03|forward|1
2018-11-04|forward|1'
}

@test "revenue is exact: 10.10, 0.20 and 99999999.99 are 100000010.29" {
    : >product_clicked.ndjson
    {
        order a "$at" 10.10
        order b "$at" '"0.20"'
        order c "$at" 9999999999e-2
        order d "$at" null
        order n $((at + 1440 * minute)) null
        order x $((at + 2880 * minute)) 9999999999999999.99
        order x $((at + 2880 * minute)) 9999999999999999.99 # repeated, it counts again
        order z $((at + 4320 * minute)) -0.5
        order z $((at + 4320 * minute)) 0.50
    } >order_completed.ndjson
    daily_facts
    is "$(query 'SELECT dt, orders, revenue, typeof(revenue) FROM agg_orders_daily ORDER BY 1')" \
'2025-01-01|4|100000010.29|text
2025-01-02|1||null
2025-01-03|2|19999999999999999.98|text
2025-01-04|2|0.00|text'
}

@test "what is wrong is refused: values too fine, too large or none, and times too late" {
    {
        order fine "$at" 0.001
        order large "$at" 1e16
        order none "$at" '"12,50"'
        order good "$at" 1
        order later $((at + 60000)) 1
        order just $((at + 30000)) 1
        order late $((at + 29999)) 1
    } >order_completed.ndjson
    click later $((at + 60000)) >product_clicked.ndjson
    click just $((at + 50000)) >>product_clicked.ndjson
    click late $((at + 49999)) >>product_clicked.ndjson
    daily_facts
    is "$(query 'SELECT orders, revenue FROM agg_orders_daily')" '3|3.00'
    is "$(query 'SELECT user_id FROM agg_click_session ORDER BY 1' | xargs)" 'just later'
    is "$(query 'SELECT filter, stream, reason FROM _rejected ORDER BY 1, 2, 3')" \
'ft-clean|order_completed|column total_value: "12,50" is not a number
ft-clean|order_completed|column total_value: 0.001 has more digits than its scale
ft-clean|order_completed|column total_value: 1e16 is out of range for its precision
ft-ingest|order_completed|late
ft-ingest|product_clicked|late'
}

# ---- what goes wrong ----

@test "a zone that does not exist is exit status 2, and nothing is made" {
    click u "$at" >product_clicked.ndjson
    order o "$at" 1 >order_completed.ndjson
    run -2 --separate-stderr daily_facts --tz Europe/Nowhere
    [[ $stderr == 'ft-window: --tz: '*Europe/Nowhere* ]]
    run sqlite3 mart.db 'SELECT * FROM agg_click_daily'
    [ "$status" -ne 0 ]
}

@test "a file that is missing is named, exit status 3, and the tables stay" {
    click u "$at" >product_clicked.ndjson
    order o "$at" 1 >order_completed.ndjson
    daily_facts
    rm order_completed.ndjson
    run -3 --separate-stderr daily_facts
    is "$stderr" 'ft-ingest: ./order_completed.ndjson.gz: No such file or directory'
    is "$(query 'SELECT count(*) FROM agg_orders_daily')" 1
}
