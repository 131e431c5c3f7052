# The pipeline pipelines/first-touch: the mart is the one that plain SQL finds in the same files.
# shellcheck disable=SC2016,SC2030,SC2031,SC2119,SC2120,SC2154 # quotes and subshells are meant
load common
pipeline=$root/pipelines/first-touch
oracle=$root/tests/oracle/oracle
shops=30
streams=(customer campaign event sale_order)

# The tree as a user has it: the filters in build/, the pipeline beside it.
setup_file() {
    tree "$BATS_FILE_TMPDIR/tree"
    for ((seed = 1; seed <= shops; seed++)); do
        mkdir -p "$BATS_FILE_TMPDIR/shop/$seed"
        random-shop "$seed" "$BATS_FILE_TMPDIR/shop/$seed"
    done
}

tree() {
    local filters
    filters=$(dirname "$(command -v ft-sink)")
    mkdir -p "$1/build"
    cp -r "$root/pipelines" "$1/"
    ln -s "$(cd "$filters" && pwd)"/ft-* "$1/build/"
}

first_touch() {
    FT_BUILD=${with:-$BATS_FILE_TMPDIR/tree}/build \
        "${with:-$BATS_FILE_TMPDIR/tree}/pipelines/first-touch/run" "$@"
}

# A shop in DIR (.): its files from the functions' output, one JSON object a line.
small_shop() {
    printf '%s\n' '{"customer_id":"c1","segment":"Loyal","acquisition_channel":"seo"}' \
        '{"customer_id":"c2","segment":"New"}' >customer.ndjson
    printf '%s\n' '{"id":1,"name":"Spring"}' '{"id":2,"name":"Summer"}' >campaign.ndjson
    printf '%s\n' \
        '{"order_id":"o1","customer_id":"c1","total_amount":12.34,"order_ts":1735693200000}' \
        '{"order_id":"o2","customer_id":"c2","total_amount":5,"order_ts":1735693201000}' \
        >sale_order.ndjson
    {
        event e1 c1 click 1 1735689600000
        event e2 c1 view 2 1735689601000
    } >event.ndjson
}

# event ID CUSTOMER TYPE CAMPAIGN MS
event() {
    printf '{"event_id":"%s","customer_id":"%s","event_type":"%s","campaign_id":"%s",' \
        "${@:1:4}"
    printf '"event_ts":%s}\n' "$5"
}

# All rows of the mart, and of what was rejected, of a database.
rows() {
    sqlite3 "$1" 'SELECT * FROM mart_order_first_touch ORDER BY 1; SELECT * FROM _rejected'
}

# Late, refused at the door and refused by the contract, for each stream of a database.
refusals() {
    sqlite3 -batch "$1" "
        SELECT column1,
               coalesce(sum(filter = 'ft-ingest' AND reason = 'late'), 0),
               coalesce(sum(filter = 'ft-ingest' AND reason <> 'late'), 0),
               coalesce(sum(filter = 'ft-clean'), 0)
        FROM (VALUES ('campaign'), ('customer'), ('event'), ('sale_order'))
        LEFT JOIN _rejected ON stream = column1 GROUP BY 1 ORDER BY 1;
        SELECT 'others', count(*) FROM _rejected
        WHERE filter NOT IN ('ft-ingest', 'ft-clean') OR stream IS NULL"
}

expected_refusals() {
    "$oracle" --rejected "$@" | jq -r '[.stream, .late, .ingest, .clean] | join("|")'
    echo 'others|0'
}

# ---- against the oracle ----

@test "on every random shop the mart, and what is rejected, is what plain SQL finds" {
    for ((seed = 1; seed <= shops; seed++)); do
        echo "shop $seed"
        local shop=$BATS_FILE_TMPDIR/shop/$seed
        first_touch --input "$shop" --sink "sqlite:$seed.db"
        "$oracle" "$shop" >expected
        [ -s expected ]
        "$oracle" --mart "$seed.db" | diff expected -
        diff <(expected_refusals "$shop") <(refusals "$seed.db")
    done
}

@test "with a window of one hour too, and printed as NDJSON" {
    for ((seed = 1; seed <= shops; seed++)); do
        echo "shop $seed"
        local shop=$BATS_FILE_TMPDIR/shop/$seed
        first_touch --input "$shop" --sink - --window 1h >out 2>err
        "$oracle" "$shop" 3600000 >expected
        "$oracle" --ndjson out | diff expected -
    done
}

@test "the random shops hold what makes the comparison worth something" {
    for ((seed = 1; seed <= shops; seed++)); do
        "$oracle" "$BATS_FILE_TMPDIR/shop/$seed"
    done >all
    [ "$(grep -c '"first_touch_event_id":null' all)" -gt 200 ]
    [ "$(grep -vc '"first_touch_event_id":null' all)" -gt 200 ]
    [ "$(grep -c '"delta_first_touch_to_order":604800000}' all)" -gt 10 ] # the very edge
    [ "$(grep -c '"delta_first_touch_to_order":0}' all)" -gt 10 ]
}

@test "real data: Complete Journey has 47,243 orders, of which 5,284 have a touch" {
    local data=${FT_DATA:-$root/../shared/data}/completejourney
    [[ -e $data/sale_order.ndjson.gz ]] || skip 'there is no real data: FT_DATA says where'
    mkdir plain
    for stream in "${streams[@]}"; do
        gzip -dc "$data/$stream.ndjson.gz" >"plain/$stream.ndjson"
    done
    first_touch --input "$data" --sink sqlite:m.db
    is "$(sqlite3 m.db 'SELECT count(*), count(first_touch_event_id)
        FROM mart_order_first_touch')" '47243|5284'
    "$oracle" plain >expected
    "$oracle" --mart m.db | cmp expected -
    is "$(sqlite3 m.db 'SELECT count(*) FROM _rejected')" 0
}

@test "real data: of the web log's hits as many are late as were counted independently" {
    local data=${FT_DATA:-$root/../shared/data}/weblog
    [[ -e $data/hit.ndjson.gz ]] || skip 'there is no real data: FT_DATA says where'
    late() {
        ft-ingest --time ts:ms --lag "$1" "hit=$data/hit.ndjson.gz" | grep -c '"reason":"late"'
    }
    is "$(late 10s || true)" 7813
    is "$(late 15s || true)" 6987
    is "$(late 30s || true)" 4500
    is "$(late 60s || true)" 0
    is "$(ft-ingest --time ts:ms --lag 10s "hit=$data/hit.ndjson.gz" |
        grep -c '^{"_stream":"hit",')" 2187
}

# ---- by hand ----

@test "the mart has seed 000's twelve columns in their order" {
    small_shop
    first_touch
    is "$(sqlite3 mart.db "SELECT name FROM pragma_table_info('mart_order_first_touch')")" \
'order_id
customer_id
order_timestamp
total_amount
customer_segment
customer_acquisition_channel
first_touch_event_id
first_touch_timestamp
first_touch_event_type
first_touch_campaign_name
delta_first_touch_to_order
_tech_write_ts'
    SOURCE_DATE_EPOCH=1767225600 first_touch --sink - >out
    is "$(cat out)" \
'{"order_id":"o1","customer_id":"c1","order_timestamp":"2025-01-01T01:00:00.000Z","total_amount":12.34,"customer_segment":"Loyal","customer_acquisition_channel":"seo","first_touch_event_id":"e1","first_touch_timestamp":"2025-01-01T00:00:00.000Z","first_touch_event_type":"click","first_touch_campaign_name":"Spring","delta_first_touch_to_order":3600000,"_tech_write_ts":"2026-01-01T00:00:00.000Z"}
{"order_id":"o2","customer_id":"c2","order_timestamp":"2025-01-01T01:00:01.000Z","total_amount":5.00,"customer_segment":"New","customer_acquisition_channel":null,"first_touch_event_id":null,"first_touch_timestamp":null,"first_touch_event_type":null,"first_touch_campaign_name":null,"delta_first_touch_to_order":null,"_tech_write_ts":"2026-01-01T00:00:00.000Z"}'
}

@test "what the reference gets wrong is right: old touches, late ones, late tables, cents" {
    local day=86400000 zero=1735689600000
    order() { # ID CUSTOMER MS
        printf '{"order_id":"%s","customer_id":"%s","total_amount":12.34,"order_ts":%s}\n' "$@"
    }
    # two events, 20 days apart, and the order on day 21: day 20, not the first ever to arrive
    event day0 old click 1 "$zero" >event.ndjson
    event day20 old click 1 "$((zero + 20 * day))" >>event.ndjson
    order o-old old "$((zero + 21 * day))" >sale_order.ndjson
    # an event after the order: no touch, and no negative delta
    order o-after after "$((zero + 22 * day))" >>sale_order.ndjson
    event after after click 1 "$((zero + 22 * day + 1))" >>event.ndjson
    # the customer's row has come long after the order, and the campaign's after the event
    event last late click 2 "$((zero + 23 * day))" >>event.ndjson
    order o-late late "$((zero + 24 * day))" >>sale_order.ndjson
    printf '{"customer_id":"%s","segment":"%s","last_purchase_ts":%s}\n' \
        old Old "$zero" after After "$zero" late Late "$((zero + 99 * day))" >customer.ndjson
    printf '{"id":1,"name":"One"}\n{"id":2,"name":"Two"}\n' >campaign.ndjson
    first_touch
    is "$(sqlite3 mart.db 'SELECT order_id, total_amount, customer_segment, first_touch_event_id,
            first_touch_campaign_name, delta_first_touch_to_order
        FROM mart_order_first_touch ORDER BY order_id')" "o-after|12.34|After|||
o-late|12.34|Late|last|Two|$day
o-old|12.34|Old|day20|One|$day"
    is "$(sqlite3 mart.db 'SELECT count(*) FROM _rejected')" 0
}

@test "a touch counts from 7 days before the order to its very millisecond" {
    small_shop
    local at=1735689600000 week=604800000
    printf '{"event_id":"%s","customer_id":"%s","event_ts":%s}\n' before c1 "$((at - week - 1))" \
        start c1 "$((at - week))" before c2 "$((at - week - 1))" at c2 "$at" \
        after c3 "$((at + 1))" >event.ndjson
    printf '{"order_id":"%s","customer_id":"%s","order_ts":%s}\n' o1 c1 "$at" o2 c2 "$at" \
        o3 c3 "$at" >sale_order.ndjson
    first_touch
    is "$(sqlite3 mart.db 'SELECT order_id, first_touch_event_id, first_touch_timestamp,
            delta_first_touch_to_order
        FROM mart_order_first_touch ORDER BY order_id')" \
'o1|start|2024-12-25T00:00:00.000Z|604800000
o2|at|2025-01-01T00:00:00.000Z|0
o3|||'
}

@test "amounts are exact to the cent, up to the largest" {
    small_shop
    printf '{"order_id":"%s","total_amount":%s,"order_ts":1735689600000}\n' a 10.10 b 0.20 \
        c 99999999.99 d 1e2 e '"7.5"' f null g 0.100 h 100000000 i 0.001 >sale_order.ndjson
    first_touch
    is "$(sqlite3 mart.db 'SELECT order_id, total_amount FROM mart_order_first_touch' | xargs)" \
        'a|10.10 b|0.20 c|99999999.99 d|100.00 e|7.50 f| g|0.10'
    is "$(sqlite3 mart.db "SELECT sum(replace(total_amount, '.', '')) FROM mart_order_first_touch
        WHERE order_id IN ('a', 'b', 'c')")" 10000001029 # SUM = 100000010.29
    is "$(sqlite3 mart.db 'SELECT reason FROM _rejected')" \
'column total_amount: 100000000 is out of range for its precision
column total_amount: 0.001 has more digits than its scale'
}

# The pipe of pipelines/first-touch/run, each filter as a function.
filters=(ingest clean attribute join_customer join_campaign sink)
ingest() {
    local directory=$1 sources=()
    shift
    for stream in "${streams[@]}"; do sources+=("$stream=$directory/$stream.ndjson"); done
    ft-ingest -c "$pipeline/contract.json" "${sources[@]}" "$@"
}
clean() {
    ft-clean -c "$pipeline/contract.json" "$@"
}
attribute() {
    ft-firsttouch --touches event --conversions sale_order --by customer_id --window 7d \
        --take 'event_id AS first_touch_event_id, event_type AS first_touch_event_type,
                campaign_id AS first_touch_campaign_id' --to order_touch "$@"
}
join_customer() {
    ft-join --from order_touch --with customer --on customer_id \
        --take 'segment AS customer_segment, acquisition_channel AS customer_acquisition_channel' \
        "$@"
}
join_campaign() {
    ft-join --from order_touch --with campaign --on 'first_touch_campaign_id = id' \
        --take 'name AS first_touch_campaign_name' "$@"
}
sink() {
    ft-sink sqlite:m.db mart_order_first_touch=order_touch --write-time _tech_write_ts \
        --take 'order_id, customer_id, order_ts AS order_timestamp, total_amount,
                customer_segment, customer_acquisition_channel, first_touch_event_id,
                first_touch_timestamp, first_touch_event_type, first_touch_campaign_name,
                delta_first_touch_to_order' "$@"
}

@test "18446744073709551616 and 0.1000 that nobody touches pass through every filter" {
    small_shop
    local odd='"odd":[18446744073709551616,{"\u0061":0.1000}], "b" : 1E+2'
    sed -i "s/{/{${odd//\\/\\\\},/" sale_order.ndjson event.ndjson
    ingest . | clean >cleaned
    [ "$(grep -cF "$odd" cleaned)" -eq 4 ]
    attribute <cleaned | join_customer | join_campaign >out
    [ "$(grep -F '"_stream":"order_touch","_ts"' out | grep -cF "$odd")" -eq 2 ]
}

@test "every record is counted once in every filter, and all that comes out is accounted for" {
    local shop=$BATS_FILE_TMPDIR/shop/11
    # lines of FILE by stream, without control lines and the schemas
    lines() {
        sed -nE 's/^\{"_stream":"([^"]+)".*/\1/p' "$1" |
            grep -vxE '_(begin|schema|watermark|barrier|end)' | sort | uniq -c |
            awk '{ print $2, $1 }'
    }
    # the same as the filter says, from its metrics: FATES... are summed
    said() {
        local fates=$2
        sed -nE 's/^firsttouch_records\{.*stream="(.*)",fate="('"$fates"')"\} ([0-9]+)$/\1 \3/p' \
            "$1" | awk '{ n[$1] += $2 } END { for (s in n) if (n[s]) print s, n[s] }' | sort
    }
    all='passed|used|rejected|dropped|duplicate|held'
    ingest "$shop" --metrics 0.counts >0.out
    is "$(said 0.counts "$all")" \
        "$("$oracle" --rejected "$shop" |
            jq -r 'select(.records > 0) | "\(.stream) \(.records)"' | sort)"
    for n in 1 2 3 4 5; do
        "${filters[n]}" --metrics "$n.counts" <"$((n - 1)).out" >"$n.out"
        diff <(lines "$((n - 1)).out") <(said "$n.counts" "$all")
    done
    for n in 0 1 2 3 4; do # out: what passed, what was made, what was rejected
        {
            said "$n.counts" passed
            sed -nE 's/^firsttouch_emitted_total\{.*stream="(.*)"\} ([0-9]+)$/\1 \2/p' "$n.counts"
            said "$n.counts" rejected | awk '{ print "_rejected", $2 }'
        } | awk '{ n[$1] += $2 } END { for (s in n) if (n[s]) print s, n[s] }' | sort >"$n.sum"
        diff "$n.sum" <(lines "$n.out")
    done
    # none is left waiting but the rows of the two tables
    is "$(cat ./*.counts | sed -nE 's/.*stream="(.*)",fate="held"\} [1-9].*/\1/p' | xargs)" \
        'customer campaign'
    # an order is one row: those of one id replace each other
    is "$(sqlite3 m.db 'SELECT count(*) FROM mart_order_first_touch')" \
        "$(grep '^{"_stream":"order_touch"' 4.out | jq -c .order_id | sort -u | wc -l)"
    is "$(sqlite3 m.db 'SELECT count(*) FROM _rejected')" \
        "$(grep -c '^{"_stream":"_rejected"' 4.out)"
}

@test "a jq anywhere in the middle of the pipe changes nothing" {
    export SOURCE_DATE_EPOCH=0
    local seed after
    for seed in 3 11; do
        # (jq 1.6 makes 1 of 1.0 and 1e0, which before ft-clean would be another campaign)
        cp -r "$BATS_FILE_TMPDIR/shop/$seed" shop
        sed -i -E '/"id": *1(\.0|e0)/d' shop/campaign.ndjson
        ingest shop | clean | attribute | join_customer | join_campaign | sink
        rm -rf "$seed.db"
        mv m.db "$seed.db"
        for after in 0 1 2 3 4; do
            between() { if [[ $1 == "$after" ]]; then jq -c .; else cat; fi; }
            ingest shop | between 0 | clean | between 1 | attribute | between 2 |
                join_customer | between 3 | join_campaign | between 4 | sink
            diff <(sqlite3 "$seed.db" 'SELECT * FROM mart_order_first_touch ORDER BY 1') \
                <(sqlite3 m.db 'SELECT * FROM mart_order_first_touch ORDER BY 1')
            diff <(refusals "$seed.db") <(refusals m.db)
        done
        rm -r shop
    done
}

@test "the mart is the same however the lines are cut between the filters" {
    export SOURCE_DATE_EPOCH=0
    local shop=$BATS_FILE_TMPDIR/shop/5
    cut_by() { dd bs="$1" status=none; }
    ingest "$shop" >bronze
    clean <bronze | attribute | join_customer | join_campaign | sink
    rows m.db >expected
    [ "$(wc -l <expected)" -gt 50 ]
    for size in 1 4096; do
        cut_by "$size" <bronze | clean | cut_by "$size" | attribute | cut_by "$size" |
            join_customer | cut_by "$size" | join_campaign | cut_by "$size" | sink
        rows m.db | diff expected -
    done
}

@test "two runs write the same rows when SOURCE_DATE_EPOCH is set, and replace each other's" {
    export SOURCE_DATE_EPOCH=1735689600
    local shop=$BATS_FILE_TMPDIR/shop/9
    first_touch --input "$shop" --sink sqlite:one.db
    first_touch --input "$shop" --sink sqlite:two.db
    first_touch --input "$shop" --sink sqlite:two.db
    sqlite3 one.db .dump >one
    sqlite3 two.db .dump | diff one -
    is "$(sqlite3 one.db 'SELECT DISTINCT _tech_write_ts FROM mart_order_first_touch')" \
        2025-01-01T00:00:00.000Z
}

@test "files may be gzip, all or some of them" {
    export SOURCE_DATE_EPOCH=0
    cp -r "$BATS_FILE_TMPDIR/shop/2" shop
    first_touch --input shop --sink sqlite:plain.db
    gzip shop/event.ndjson shop/campaign.ndjson
    first_touch --input shop --sink sqlite:some.db
    gzip shop/*.ndjson
    first_touch --input shop --sink sqlite:all.db
    # the file's name is told in _rejected
    rows plain.db >plain
    [ -s plain ]
    rows some.db | sed 's/\.ndjson\.gz|/.ndjson|/' | diff plain -
    rows all.db | sed 's/\.ndjson\.gz|/.ndjson|/' | diff plain -
}

@test "directories and databases may have names with spaces, quotes and equal signs" {
    mkdir "a b='\"c"
    (cd "a b='\"c" && small_shop)
    first_touch --input "a b='\"c" --sink "sqlite:d e='\"f.db"
    is "$(sqlite3 "d e='\"f.db" 'SELECT count(*) FROM mart_order_first_touch')" 2
}

@test "events and orders may come through FIFOs, in their own time" {
    export SOURCE_DATE_EPOCH=0
    small_shop
    first_touch --sink sqlite:files.db
    mv event.ndjson event.then
    mv sale_order.ndjson sale_order.then
    mkfifo event.ndjson sale_order.ndjson
    cat event.then >event.ndjson 3>&- &
    cat sale_order.then >sale_order.ndjson 3>&- &
    first_touch --sink sqlite:pipes.db
    wait
    rows files.db >files
    [ -s files ]
    rows pipes.db | diff files -
}

@test "an empty shop makes an empty mart" {
    for stream in "${streams[@]}"; do : >"$stream.ndjson"; done
    first_touch
    is "$(sqlite3 mart.db 'SELECT count(*) FROM mart_order_first_touch')" 0
    is "$(first_touch --sink -)" ''
}

# ---- what goes wrong ----

@test "a file that is missing is named, exit status 3, and the mart stays" {
    small_shop
    first_touch
    rm event.ndjson
    run -3 --separate-stderr first_touch
    is "$stderr" 'ft-ingest: ./event.ndjson.gz: No such file or directory'
    is "$(sqlite3 mart.db 'SELECT count(*) FROM mart_order_first_touch')" 2
}

@test "an option that does not exist, or lacks its argument, is exit status 2" {
    small_shop
    run -2 --separate-stderr first_touch --sinc -
    is "${stderr_lines[0]}" 'run: there is no option --sinc'
    is "${stderr_lines[1]}" 'usage: run [--input DIR] [--sink TARGET] [--window DURATION] [--state DIR]'
    run -2 --separate-stderr first_touch more
    is "${stderr_lines[0]}" 'run: there is no option more'
    run -2 --separate-stderr first_touch --window
    is "${stderr_lines[0]}" 'run: option --window needs an argument'
    run -0 first_touch --help
    is "${lines[0]}" 'usage: run [--input DIR] [--sink TARGET] [--window DURATION] [--state DIR]'
    [ ! -e mart.db ]
}

@test "a window or a target that cannot be is told once, and nothing else is" {
    small_shop
    run -2 --separate-stderr first_touch --window soon
    is "$stderr" \
'ft-firsttouch: --window: "soon" is not a duration such as 500ms, 10s, 30m, 1h, 7d or 2w'
    run -2 --separate-stderr first_touch --sink mart.db
    is "$stderr" \
        'ft-sink: "mart.db" is no target: write sqlite:FILE, postgresql://HOST/DATABASE, or - for standard output'
    run -3 --separate-stderr first_touch --sink sqlite:no/such/mart.db
    is "$stderr" 'ft-sink: sqlite:no/such/mart.db: cannot open it: unable to open database file'
}

@test "a full standard output is exit status 3; a reader that has gone is no trouble of ours" {
    small_shop
    to_full() { first_touch --sink - >/dev/full; }
    run -3 --separate-stderr to_full
    is "$stderr" 'ft-sink: cannot write standard output: No space left on device'
    # 20000 orders: more than fits into any pipe
    seq -f '{"order_id":"o%.0f","customer_id":"c1","order_ts":1735693200000}' 20000 \
        >sale_order.ndjson
    first_line() {
        set +o pipefail
        first_touch --sink - 2>err | head -n 1
        echo "${PIPESTATUS[0]}"
    }
    run -0 first_line
    is "$(jq -r .order_id <<<"${lines[0]}")" o1
    is "${lines[1]}" 0
    is "$(cat err)" ''
}

@test "whichever filter is killed in the middle, run says so and the mart stays as it was" {
    export SOURCE_DATE_EPOCH=0
    local filter
    small_shop
    first_touch
    rows mart.db >before
    for filter in ft-ingest ft-clean ft-firsttouch ft-join ft-sink; do
        rm -rf tree
        tree tree
        rm "tree/build/$filter"
        # it does its work for a while, and dies by SIGKILL
        printf '#!/bin/sh\n%s\nkill -9 $$\n' "$(if [[ $filter == ft-sink ]]; then
            echo "head -n 60 | $BATS_FILE_TMPDIR/tree/build/$filter \"\$@\""
        else
            echo "$BATS_FILE_TMPDIR/tree/build/$filter \"\$@\" | head -n 60"
        fi)" >"tree/build/$filter"
        chmod +x "tree/build/$filter"
        status=0
        with=$PWD/tree first_touch --input "$BATS_FILE_TMPDIR/shop/4" --sink sqlite:mart.db 2>err ||
            status=$?
        is "$filter $status" "$filter 137"
        rows mart.db | diff before -
    done
}

@test "ft-ingest killed while it waits for more leaves the mart as it was" {
    export SOURCE_DATE_EPOCH=0
    small_shop
    first_touch
    rows mart.db >before
    rm sale_order.ndjson
    mkfifo sale_order.ndjson
    rm -rf tree
    tree tree
    rm tree/build/ft-ingest
    printf '#!/bin/sh\necho $$ >pid.new\nmv pid.new pid\nexec %s "$@"\n' \
        "$BATS_FILE_TMPDIR/tree/build/ft-ingest" >tree/build/ft-ingest
    chmod +x tree/build/ft-ingest
    with=$PWD/tree first_touch >out 2>err 3>&- &
    local run=$!
    exec 5>sale_order.ndjson
    printf '{"order_id":"new","customer_id":"c1","order_ts":1735693209000}\n' >&5
    poll '[[ -s pid ]]'
    kill -9 "$(cat pid)"
    exec 5>&-
    status=0
    wait "$run" || status=$?
    is "$status" 137
    rows mart.db | diff before -
}
