# The pipeline pipelines/clickstream: its tables are those that plain SQL finds in the same files.
# shellcheck disable=SC2030,SC2031,SC2119,SC2120,SC2154 # quotes and subshells are meant
load common
oracle=$root/tests/oracle/oracle
inputs=30

setup_file() {
    for ((seed = 1; seed <= inputs; seed++)); do
        mkdir -p "$BATS_FILE_TMPDIR/input/$seed"
        random-clickstream "$seed" "$BATS_FILE_TMPDIR/input/$seed"
    done
}

clickstream() {
    "$root/pipelines/clickstream/run" "$@"
}

query() {
    sqlite3 -batch mart.db "$1"
}

# event ID MS TYPE [MEMBER...]: of session s, unless a member says otherwise.
event() {
    local members='"session_id":"s"' member
    for member in "${@:4}"; do
        [[ $member != '"session_id"'* ]] || members=
    done
    for member in "${@:4}"; do
        members+=${members:+,}$member
    done
    printf '{"event_id":"%s","event_type":"%s","timestamp":%s,%s}\n' "$1" "$3" "$2" "$members"
}

# product ID MS NAME [MEMBER...]: a version; MS may be null.
product() {
    local IFS=,
    printf '{"product_id":"%s","updated_at":%s,"name":"%s"%s}\n' "$1" "$2" "$3" "${4+,${*:4}}"
}

at=1735689600000 # 2025-01-01T00:00:00Z

# ---- against the oracle ----

@test "on every random input all tables, and what is rejected, are what plain SQL finds" {
    for ((seed = 1; seed <= inputs; seed++)); do
        echo "input $seed"
        local input=$BATS_FILE_TMPDIR/input/$seed
        clickstream --input "$input" --sink "sqlite:$seed.db"
        "$oracle" --of clickstream "$input" >expected
        [ "$(wc -l <expected)" -gt 200 ]
        "$oracle" --of clickstream --mart "$seed.db" | diff expected -
    done
}

@test "the random inputs hold what makes the comparison worth something" {
    for ((seed = 1; seed <= inputs; seed++)); do
        "$oracle" --of clickstream "$BATS_FILE_TMPDIR/input/$seed"
    done >all
    at_least() { # COUNT PATTERN
        local count
        count=$(grep -cE "$2" all)
        echo "$count $2"
        ((count >= $1))
    }
    at_least 5000 '^INSERT INTO events_clean'
    at_least 1000 "^INSERT INTO events_enriched.*Z',NULL,NULL,NULL,NULL,NULL\);"
    at_least 1000 "^INSERT INTO events_enriched.*'[0-9.]+',[^,]+\);"
    at_least 50 "^INSERT INTO user_sessions.*'\[\"[^,']+\",\"[^']+\"\]'"
    at_least 50 "^INSERT INTO user_sessions.*'[0-9.]+[1-9]{3}'\);" # an average that does not come out even
    at_least 100 "^INSERT INTO user_sessions.* VALUES\('[^,]*,NULL,"
    at_least 10 '^INSERT INTO user_sessions.*Z.,[1-9][0-9],'
    at_least 100 '^INSERT INTO product_popularity.*Z.,([2-9]|[1-9][0-9]),'
    at_least 3 "^INSERT INTO user_sessions.*'1969-12-31T23:30:00.000Z','1970-01-01T00:00:00.000Z'"
    at_least 50 '^refused\|.*\|late\|'
    at_least 50 '^refused\|.*\|ingest\|'
    at_least 30 '^refused\|.*\|clean\|'
}

# Orders each file of `from` in `to` by the time of its lines and a delay of at most $1 ms. Those of
# one time stay as they are, for among versions the later one counts; lines without one stay first.
# What no jq reads, or would read otherwise, is left out.
disorder() {
    mkdir -p to
    jq -cR --argjson most "$1" -n '[inputs | fromjson? | select((.timestamp | type) == "number")] |
        to_entries | sort_by([.value.timestamp + .value.timestamp * 7919 % ($most + 1), .key]) |
        .[].value' from/clickstream.ndjson >to/clickstream.ndjson
    jq -cR --argjson most "$1" -n '[inputs | fromjson? | select(type == "object") |
            select(.updated_at == null or (.updated_at | type) == "number")] | to_entries |
        sort_by([.value.updated_at != null, (.value.updated_at // 0 | . + . * 7919 % ($most + 1)),
            .key]) | .[].value' from/products.ndjson >to/products.ndjson
}

@test "disorder inside the lag changes nothing, and beyond it is late" {
    mkdir from
    for seed in 2 7; do
        # times as they should be, and none reserved: then nothing but disorder makes a record late
        for file in clickstream products; do
            grep -vE '_ts|_stream|e[0-9]+ *[,}]|\.5|[0-9]{14}|(timestamp|updated_at)":[0-9]{1,12}[,} ]' \
                "$BATS_FILE_TMPDIR/input/$seed/$file.ndjson" >"from/$file.ndjson"
        done
        rm -rf sorted.db
        disorder 0
        clickstream --input to --sink sqlite:sorted.db
        "$oracle" --of clickstream --mart sorted.db >sorted
        run grep '|late|' sorted
        is "$output" ''
        disorder 10000
        cmp -s to/clickstream.ndjson from/clickstream.ndjson && return 1
        clickstream --input to --sink sqlite:mart.db
        "$oracle" --of clickstream --mart mart.db | diff sorted -
        disorder 30000
        clickstream --input to --sink sqlite:mart.db
        "$oracle" --of clickstream --mart mart.db | grep '|late|'
    done
}

@test "files may be gzip, both or one" {
    cp -r "$BATS_FILE_TMPDIR/input/3" input
    "$oracle" --of clickstream input >expected
    gzip input/products.ndjson
    clickstream --input input --sink sqlite:one.db
    "$oracle" --of clickstream --mart one.db | diff expected -
    gzip input/clickstream.ndjson
    clickstream --input input
    "$oracle" --of clickstream --mart mart.db | diff expected -
}

@test "with more input than a buffer holds too" {
    mkdir input
    random-clickstream 1 input 8000
    "$oracle" --of clickstream input >expected
    clickstream --input input
    "$oracle" --of clickstream --mart mart.db | diff expected -
}

# ---- by hand ----

@test "the tables have seed 001's columns in their order" {
    : >clickstream.ndjson
    : >products.ndjson
    clickstream
    columns() { query "SELECT group_concat(name, ' ') FROM pragma_table_info('$1')"; }
    is "$(columns events_clean)" 'event_id session_id user_identifier user_id anonymous_id event_type page_url referrer_url product_id search_query device_type browser country timestamp'
    is "$(columns events_enriched)" 'event_id session_id user_identifier user_id event_type page_url product_id search_query device_type country timestamp product_name product_category product_subcategory product_price product_brand'
    is "$(columns user_sessions)" 'session_id user_identifier device_type country session_start session_end event_count pages_viewed page_views clicks add_to_carts purchases searches categories_browsed max_product_price avg_product_price'
    is "$(columns product_popularity)" 'product_id product_name product_category window_start window_end total_interactions views add_to_carts purchases unique_users popularity_score'
    is "$(query 'SELECT count(*) FROM events_clean, events_enriched, user_sessions, product_popularity')" 0
}

@test "a product is as it was at the event: of versions 1, 4, 7, deleted at 9, and 12" {
    for ms in 1 4 7; do product p $((at + ms)) "v$ms"; done >products.ndjson
    printf '{"product_id":"p","updated_at":%s,"_op":"delete"}\n' $((at + 9)) >>products.ndjson
    product p $((at + 12)) v12 >>products.ndjson
    for ms in 0 1 3 4 6 8 9 10 12 99; do
        event "e$ms" $((at + ms)) click '"product_id":"p"'
    done >clickstream.ndjson
    clickstream
    is "$(query 'SELECT event_id, product_name FROM events_enriched ORDER BY timestamp')" 'e0|
e1|v1
e3|v1
e4|v4
e6|v4
e8|v7
e9|
e10|
e12|v12
e99|v12'
}

@test "an event before the first version has no product, and it makes no difference who came first" {
    product p $((at + 60000)) later '"price":5' >products.ndjson
    event early "$at" click '"product_id":"p"' >clickstream.ndjson
    event on-time $((at + 60000)) click '"product_id":"p"' >>clickstream.ndjson
    clickstream
    is "$(query 'SELECT event_id, product_name, product_price FROM events_enriched ORDER BY 1')" 'early||
on-time|later|5.00'
    is "$(query 'SELECT event_count, categories_browsed, max_product_price, avg_product_price
        FROM user_sessions')" '2|[]|5.00|5.000000'
}

@test "of two versions at one time the later line counts, and one that comes late does not" {
    {
        product p "$at" first
        product p $((at + 20000)) third
        product p "$at" second # as late as that is refused: the lag is 10 s
        product p $((at + 20000)) fourth
        product p $((at + 10000)) in-time
        product p $((at + 9999)) too-late
    } >products.ndjson
    for s in 0 10 19 20; do
        event "e$s" $((at + 1000 * s)) click '"product_id":"p"'
    done >clickstream.ndjson
    clickstream
    is "$(query 'SELECT event_id, product_name FROM events_enriched ORDER BY 1')" 'e0|first
e10|in-time
e19|in-time
e20|fourth'
    is "$(query 'SELECT stream, line, reason FROM _rejected ORDER BY line')" 'products|3|late
products|6|late'
}

@test "a version without a time was always so, until the first with one has come" {
    {
        product p null always
        printf '{"product_id":"q","name":"always"}\n'
        product q null deleted
        printf '{"product_id":"q","_op":"delete"}\n'
        product r "$at" timed
        product p null too-late
        printf '{"product_id":"s","name":"too-late"}\n'
    } >products.ndjson
    for id in p q r s; do
        event "$id" 1 click "\"product_id\":\"$id\""
        event "$id" "$at" click "\"product_id\":\"$id\""
    done | sort -t: -k4 >clickstream.ndjson
    clickstream
    is "$(query 'SELECT timestamp, product_id, product_name FROM events_enriched ORDER BY 1, 2')" \
'1970-01-01T00:00:00.001Z|p|always
1970-01-01T00:00:00.001Z|q|
1970-01-01T00:00:00.001Z|r|
1970-01-01T00:00:00.001Z|s|
2025-01-01T00:00:00.000Z|p|always
2025-01-01T00:00:00.000Z|q|
2025-01-01T00:00:00.000Z|r|timed
2025-01-01T00:00:00.000Z|s|'
    is "$(query 'SELECT stream, line, reason FROM _rejected ORDER BY line')" 'products|6|late
products|7|late'
}

@test "without event_id or session_id a record is refused; of another type it is only left out" {
    : >products.ndjson
    {
        event good "$at" search
        event logout "$at" logout
        event SEARCH "$at" SEARCH
        event '' "$at" purchase # empty is a value
        event none "$at" click '"session_id":null'
        printf '{"session_id":"s","event_type":"click","timestamp":%s}\n' "$at"
        printf '{"event_id":"untyped","session_id":"s","event_type":null,"timestamp":%s}\n' "$at"
        printf '{"event_id":7,"session_id":"s","event_type":"logout","timestamp":%s}\n' "$at"
    } >clickstream.ndjson
    clickstream
    is "$(query 'SELECT event_id, event_type FROM events_clean ORDER BY 1')" '|purchase
good|search'
    is "$(query 'SELECT filter, stream, "column", reason FROM _rejected ORDER BY rowid')" \
'ft-clean|clickstream|session_id|column session_id: is required and missing
ft-clean|clickstream|event_id|column event_id: is required and missing
ft-clean|clickstream|event_id|column event_id: 7 is not a string'
}

@test "a session is 30 minutes of session, user, device and country, and null is one of them" {
    : >products.ndjson
    local half=$((at + 1800000))
    {
        event a "$at" page_view '"user_id":"u","anonymous_id":"x","page_url":"/"'
        event b $((half - 1)) click '"user_id":"u","page_url":"/"'
        event c "$half" click '"user_id":"u","page_url":""'
        event d "$half" search '"anonymous_id":"u"'                # the same user
        event e "$half" search '"user_id":"u","country":"FR"'      # another country
        event f "$half" purchase '"user_id":"u","country":"FR","page_url":null'
        event g "$half" purchase                                   # nobody
        event h "$half" purchase '"user_id":null,"anonymous_id":null'
        event i "$half" add_to_cart '"user_id":"u","device_type":"tablet"'
        event j "$half" remove_from_cart '"session_id":"other","user_id":"u"'
    } >clickstream.ndjson
    clickstream
    is "$(query 'SELECT session_id, user_identifier, device_type, country,
            substr(session_start, 12, 5), substr(session_end, 12, 5), event_count, pages_viewed,
            page_views, clicks, add_to_carts, purchases, searches
        FROM user_sessions ORDER BY 5, 1, 2, 3, 4')" 's|u|||00:00|00:30|2|1|1|1|0|0|0
other|u|||00:30|01:00|1|0|0|0|0|0|0
s||||00:30|01:00|2|0|0|0|0|2|0
s|u|||00:30|01:00|2|1|0|1|0|0|1
s|u||FR|00:30|01:00|2|0|0|0|0|1|1
s|u|tablet||00:30|01:00|1|0|0|0|1|0|0'
    is "$(query 'SELECT DISTINCT categories_browsed, max_product_price, avg_product_price
        FROM user_sessions')" '[]||'
}

@test "prices are exact: 10.10, 0.20 and 99999999.99 are 33333336.763333 on average" {
    {
        product a null A '"price":10.10,"category":"\u00e9t\u00e9"'
        product b null B '"price":"0.2","category":"Zoo"'
        product c null C '"price":99999999.99,"category":"a\"b"'
        product d null D '"price":null,"category":"Zoo"'
        product e null E '"price":1e-2,"category":null'
        product f null F '"price":-0.02'
        product g null G '"price":0.0'
    } >products.ndjson
    buy() { # SESSION PRODUCT...
        for product in "${@:2}"; do
            event "$1$product" "$at" click "\"session_id\":\"$1\",\"product_id\":\"$product\""
        done
    }
    { buy 1 a b c && buy 2 a d && buy 3 d && buy 4 e g g && buy 5 f g g && buy 6 f e e; } >clickstream.ndjson
    clickstream
    is "$(query 'SELECT session_id, categories_browsed, max_product_price, avg_product_price
        FROM user_sessions ORDER BY 1')" '1|["Zoo","a\"b","été"]|99999999.99|33333336.763333
2|["Zoo","été"]|10.10|10.100000
3|["Zoo"]||
4|[]|0.01|0.003333
5|[]|0.00|-0.006667
6|[]|0.01|0.000000'
    is "$(query 'SELECT DISTINCT typeof(max_product_price), typeof(avg_product_price)
        FROM user_sessions WHERE session_id <> 3')" 'text|text'
}

@test "a record that is repeated counts again, and is a row again" {
    : >products.ndjson
    for n in 1 2 3; do event e "$at" page_view '"product_id":"p","user_id":"u"'; done >clickstream.ndjson
    clickstream
    is "$(query 'SELECT count(*) FROM events_clean')" 3
    is "$(query 'SELECT count(*) FROM events_enriched')" 3
    is "$(query 'SELECT event_count, page_views FROM user_sessions')" '3|3'
    is "$(query 'SELECT total_interactions, unique_users, popularity_score FROM product_popularity')" '3|1|3'
}

@test "popularity: a view counts 1, a cart 5 and a purchase 10, in 5 minutes, of products only" {
    product p null P '"category":"c"' >products.ndjson
    product p $((at + 300000)) Q >>products.ndjson
    {
        for type in page_view page_view click add_to_cart purchase remove_from_cart search; do
            event "$type" $((at + 299999)) "$type" '"product_id":"p","user_id":"u"'
        done
        event other $((at + 299999)) purchase '"product_id":"p","anonymous_id":"v"'
        event nobody $((at + 299999)) purchase '"product_id":"p"'
        event none $((at + 299999)) purchase
        event next $((at + 300000)) add_to_cart '"product_id":"p"'
        event unknown $((at + 300000)) click '"product_id":""'
    } >clickstream.ndjson
    clickstream
    is "$(query 'SELECT product_id, product_name, product_category, substr(window_start, 12, 5),
            substr(window_end, 12, 5), total_interactions, views, add_to_carts, purchases,
            unique_users, popularity_score
        FROM product_popularity ORDER BY 4, 1')" 'p|P|c|00:00|00:05|9|2|1|3|2|37
|||00:05|00:10|1|0|0|0|0|0
p|Q||00:05|00:10|1|0|1|0|0|5'
}

@test "windows go on before 1970: a millisecond before is in the window that ends there" {
    : >products.ndjson
    event before -1 click '"product_id":"p"' >clickstream.ndjson
    event at 0 click '"product_id":"p"' >>clickstream.ndjson
    clickstream
    is "$(query 'SELECT session_start, session_end FROM user_sessions ORDER BY 1')" \
'1969-12-31T23:30:00.000Z|1970-01-01T00:00:00.000Z
1970-01-01T00:00:00.000Z|1970-01-01T00:30:00.000Z'
    is "$(query 'SELECT window_start FROM product_popularity ORDER BY 1')" \
'1969-12-31T23:55:00.000Z
1970-01-01T00:00:00.000Z'
}

@test "members that nobody declared are left out, whatever they are called" {
    : >products.ndjson
    event e "$at" click '"user_identifier":"trap","product_name":"trap","window_start":1,"x":2' \
        >clickstream.ndjson
    clickstream
    is "$(query 'SELECT user_identifier, product_name FROM events_clean JOIN events_enriched USING (event_id)
        JOIN user_sessions USING (session_id, user_identifier)')" ''
    is "$(query 'SELECT count(*), count(user_identifier), count(product_name) FROM events_enriched')" '1|0|0'
    is "$(query 'SELECT count(*) FROM _rejected')" 0
}

# ---- run again ----

@test "what has no time is late in a later run, when the files before had a row with one" {
    load() { clickstream --state st "$@"; }
    product p "$at" old >products.ndjson
    event first $((at - 1)) click '"product_id":"p"' >clickstream.ndjson
    load --no-drain
    # the next day's files: new ones, that the system has under other numbers
    mv products.ndjson products.old && mv clickstream.ndjson clickstream.old
    product p null always >products.ndjson
    product p $((at + 60000)) new >>products.ndjson
    event second "$at" click '"product_id":"p"' >clickstream.ndjson
    event third $((at + 60000)) click '"product_id":"p"' >>clickstream.ndjson
    load
    is "$(query 'SELECT event_id, product_name FROM events_enriched ORDER BY timestamp')" 'first|
second|old
third|new'
    is "$(query 'SELECT stream, line, reason FROM _rejected')" 'products|1|late'
}

@test "a catalogue of which no row has a time is taken as it is, and holds nobody back" {
    product p null always >products.ndjson
    product p null last >>products.ndjson
    event e "$at" click '"product_id":"p"' >clickstream.ndjson
    clickstream
    is "$(query 'SELECT event_id, product_name FROM events_enriched')" 'e|last'
}

@test "through FIFOs, in their own time, the tables are the same" {
    cp "$BATS_FILE_TMPDIR"/input/4/* .
    "$oracle" --of clickstream . >expected
    for file in clickstream products; do
        mv "$file.ndjson" "$file.then"
        mkfifo "$file.ndjson"
        cat "$file.then" >"$file.ndjson" 3>&- &
    done
    clickstream
    wait
    "$oracle" --of clickstream --mart mart.db | diff expected -
}

# ---- what goes wrong ----

@test "a file that is missing is named, exit status 3, and the tables stay" {
    event e "$at" click >clickstream.ndjson
    product p "$at" P >products.ndjson
    clickstream
    rm products.ndjson
    run -3 --separate-stderr clickstream
    is "$stderr" 'ft-ingest: ./products.ndjson.gz: No such file or directory'
    is "$(query 'SELECT count(*) FROM events_enriched')" 1
}

@test "an option that does not exist is exit status 2, and nothing is made" {
    run -2 --separate-stderr clickstream --window 7d
    is "${stderr_lines[0]}" 'run: there is no option --window'
    run -0 clickstream --help
    [[ ${lines[0]} == 'usage: run [--input DIR] [--sink TARGET] [--state DIR]'* ]]
    [ ! -e mart.db ]
}
