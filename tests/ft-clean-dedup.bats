#!/usr/bin/env bats
# ft-clean --dedup: of the records of one key the first in time is kept.
# shellcheck disable=SC2154,SC2094 # $output and $stderr are set by run; compared, not written

load common

visit='{"_stream":"_schema","stream":"visit","kind":"append","key":["id"],"time":"at","columns":'\
'[["id","string"],["at","timestamp"],["page","string"],["n","int"]]}'
sale='{"_stream":"_schema","stream":"sale","kind":"append","time":"at"}'
table='{"_stream":"_schema","stream":"table","kind":"upsert","key":["id"]}'
untimed='{"_stream":"_schema","stream":"untimed","kind":"append"}'

# Visits from lines "TIME ID [PAGE]", of $schema when that is set. A line "-- TIME" is a watermark;
# the ID null is one, and . leaves the column out.
visits() {
    printf '%s\n' "$begin" "${schema-$visit}"
    while read -r time id page; do
        if [ "$time" = -- ]; then
            echo "{\"_stream\":\"_watermark\",\"_ts\":$id}"
            continue
        fi
        [ "$id" = null ] || id="\"$id\""
        printf '{"_stream":"visit","_ts":%s' "$time"
        [ "$id" = '"."' ] || printf ',"id":%s' "$id"
        printf ',"page":"%s"}\n' "$page"
    done
    printf '%s\n' "$end"
}

# The records on standard input as "TIME ID PAGE", watermarks as "-- TIME".
shown() {
    jq -r 'if ._stream == "visit" then "\(._ts) \(.id // "-") \(.page)"
           elif ._stream == "_watermark" then "-- \(._ts)" else empty end' |
        sed 's/ *$//; /-- 9007199254740991/d'
}

# refuses STATUS MESSAGE COMMAND...
refuses() {
    run "-$1" --separate-stderr "${@:3}"
    [ "$stderr" = "$2" ]
}

# ---- what is a duplicate ----

@test "of the records of one key the first is kept, as the bytes it was" {
    printf '%s\n' "$begin" "$visit" > input
    cat >> input <<'LINES'
{"_stream":"visit","_ts":1,"id":"a","m":1.0,"x":18446744073709551616,"y":0.1000}
{"_stream":"visit","_ts":2, "n":2,"id":"b" , "z":"\u00e4"}
{"_stream":"visit","_ts":3,"id":"a","n":3}
{"_stream":"visit","_ts":4,"id":"\u0062","n":4}
{"_stream":"visit","_ts":5,"id":"c","n":5}
LINES
    echo "$end" >> input
    ft-clean --from visit --dedup id < input | sed 's/"stage":1/"stage":0/' |
        diff <(sed '5,6d' input) -
}

@test "the first is the earliest in time, not the first to arrive" {
    visits <<'LINES' > input
30 a third
10 a first
20 a second
20 b other
LINES
    ft-clean --from visit --dedup id < input | shown | diff - <(cat <<'LINES'
10 a first
20 b other
LINES
)
}

@test "of records of one time the one with the least bytes is the first" {
    visits <<'LINES' > input
10 a z
10 a b
10 b b
10 a bb
10 a c
10 b a
LINES
    ft-clean --from visit --dedup id < input | shown | diff - <(printf '%s\n' '10 a b' '10 b a')
}

@test "a record leaves when the watermark has reached it, in the order of time, then of bytes" {
    visits <<'LINES' > input
30 c
10 b
20 d
10 a
-- 9
-- 10
20 b
40 e
20 a
30 f
-- 29
-- 30
LINES
    ft-clean --from visit --dedup id < input | shown | diff - <(cat <<'LINES'
-- 9
10 a
10 b
-- 10
20 d
-- 29
30 c
30 f
-- 30
40 e
LINES
)
}

@test "what is at most --within behind the one kept is a duplicate, to the millisecond" {
    visits <<'LINES' > input
1000 a kept
1999 a
2000 a
1000 b kept
2001 b kept
1000 c kept
2002 c kept
LINES
    ft-clean --from visit --dedup id --within 1s < input | shown | sort | diff - <(cat <<'LINES'
1000 a kept
1000 b kept
1000 c kept
2001 b kept
2002 c kept
LINES
)
    visits <<< $'5 a kept\n5 a same\n6 a kept\n6 b kept' > input
    ft-clean --from visit --dedup id --within 0s < input | shown |
        diff - <(printf '%s\n' '5 a kept' '6 a kept' '6 b kept')
}

@test "what is near a duplicate only is kept: duplicates do not reach on" {
    visits <<'LINES' > input
0 a kept
8 a duplicate of 0
11 a kept
16 a duplicate of 11
21 a duplicate of 11
22 a kept
LINES
    ft-clean --from visit --dedup id --within 10ms < input | shown |
        diff - <(printf '%s\n' '0 a kept' '11 a kept' '22 a kept')
    # also when keys are forgotten in between, and when they come the other way round
    sed 's/^\({"_stream":"visit","_ts":\([0-9]*\).*\)/&\n{"_stream":"_watermark","_ts":\2}/' input |
        ft-clean --from visit --dedup id --within 10ms | shown | grep -v -- -- |
        diff - <(printf '%s\n' '0 a kept' '11 a kept' '22 a kept')
    { head -n 2 input; sed -n '/"visit","_ts"/p' input | tac; echo "$end"; } |
        ft-clean --from visit --dedup id --within 10ms | shown |
        diff - <(printf '%s\n' '0 a kept' '11 a kept' '22 a kept')
}

@test "without --within a key is remembered for ever" {
    visits <<< $'1 a kept\n-- 1\n-- 4000000000000\n4102444800000 a\n4102444800000 b kept' > input
    ft-clean --from visit --dedup id < input | shown | grep -v -- -- |
        diff - <(printf '%s\n' '1 a kept' '4102444800000 b kept')
}

@test "times before 1970 are times" {
    visits <<< $'-5 a kept\n-10 a kept\n-7 a\n5 a kept' > input
    ft-clean --from visit --dedup id --within 4ms < input | shown |
        diff - <(printf '%s\n' '-10 a kept' '-5 a kept' '5 a kept')
}

@test "a null in a column of the key equals nothing, and passes in its order" {
    schema=${visit/'"key":["id"],'} # whose values could not be null
    schema=$schema visits <<< $'3 null z\n1 . y\n2 null x\n1 . y\n2 a kept\n3 a duplicate' > input
    ft-clean --from visit --dedup id < input > output
    jq -r 'select(._stream == "visit") | "\(._ts) \(.page)"' output |
        diff - <(printf '%s\n' '1 y' '1 y' '2 kept' '2 x' '3 z')
    schema=$schema visits <<< $'1 a x\n2 a y\n3 null x\n4 null x\n5 a x' > input
    ft-clean --from visit --dedup 'id, page' < input | shown |
        diff - <(printf '%s\n' '1 a x' '2 a y' '3 - x' '4 - x')
}

@test "several columns are one key only together, and their values do not run into each other" {
    visits <<< $'1 ab c\n2 a bc\n3 ab c\n4 a b\n5 b a\n6 abc \n7 a bc' > input
    ft-clean --from visit --dedup 'page, id' < input | shown |
        diff - <(printf '%s\n' '1 ab c' '2 a bc' '4 a b' '5 b a' '6 abc')
}

@test "keys are equal when their decoded texts are" {
    printf '%s\n' "$begin" '{"_stream":"_schema","stream":"visit","kind":"append","time":"at"}' \
        '{"_stream":"visit","_ts":1,"k":7}' \
        '{"_stream":"visit","_ts":2,"k":"7"}' \
        '{"_stream":"visit","_ts":3,"k":7.0}' \
        '{"_stream":"visit","_ts":4,"k":"007"}' \
        '{"_stream":"visit","_ts":5,"k":"\u0037"}' \
        '{"_stream":"visit","_ts":6,"k":""}' \
        '{"_stream":"visit","_ts":7,"k":true}' \
        '{"_stream":"visit","_ts":8,"k":"true"}' \
        '{"_stream":"visit","_ts":9,"k":""}' "$end" > input
    ft-clean --from visit --dedup k < input | jq -c 'select(.k != null) | ._ts' | tr '\n' ' ' |
        diff - <(printf '1 3 4 6 7 ')
}

@test "columns of any name can be the key" {
    printf '%s\n' "$begin" '{"_stream":"_schema","stream":"visit","kind":"append","time":"at"}' \
        '{"_stream":"visit","_ts":1,"odd name":1}' '{"_stream":"visit","_ts":2,"odd name":1}' \
        "$end" > input
    [ "$(ft-clean --from visit --dedup '"odd name"' < input | grep -c '"visit","_ts"')" = 1 ]
}

# ---- what is around it ----

@test "other streams, schemas and control lines pass at once and untouched" {
    printf '%s\n' "$begin" "$visit" "$sale" \
        '{"_stream":"visit","_ts":5,"id":"a"}' \
        '{"_stream":"sale","_ts":5,"id":"a"}' \
        '{"_stream":"sale","_ts":5,"id":"a"}' \
        '{"_stream":"_barrier","epoch":1}' \
        '{"_stream":"unknown","id":"a"}' \
        '{"_stream":"_watermark","_ts":5}' \
        '{"_stream":"_barrier","epoch":2}' '{"_stream":"_end"}' > input
    ft-clean --from visit --dedup id < input | diff - <(printf '%s\n' \
        "${begin/'"stage":0'/'"stage":1'}" "$visit" "$sale" \
        '{"_stream":"sale","_ts":5,"id":"a"}' \
        '{"_stream":"sale","_ts":5,"id":"a"}' \
        '{"_stream":"_barrier","epoch":1}' \
        '{"_stream":"unknown","id":"a"}' \
        '{"_stream":"visit","_ts":5,"id":"a"}' \
        '{"_stream":"_watermark","_ts":5}' \
        '{"_stream":"_barrier","epoch":2}' '{"_stream":"_end"}')
}

@test "a record that does not keep to the contract is rejected at once and is nobody's first" {
    echo '{"streams":{"visit":{"key":"id","time":{"column":"at","unit":"ms"},"columns":[
        {"name":"id","type":"string"},{"name":"at","type":"timestamp"},
        {"name":"n","type":"int","max":9},{"name":"page","type":"string"}]}}}' > contract.json
    printf '%s\n' "$begin" "$visit" \
        '{"_stream":"visit","_ts":1,"id":"a","at":1,"n":10}' \
        '{"_stream":"visit","_ts":2,"id":"a","at":2,"n":9}' \
        '{"_stream":"visit","_ts":3,"id":"a","at":3,"n":8}' \
        '{"_stream":"visit","_ts":4,"at":4,"n":8}' "$end" > input
    ft-clean -c contract.json --from visit --dedup id < input > output
    jq -r 'select(.at) | .n' output | diff - <(echo 9)
    jq -r 'select(.reason) | .reason' output | diff - <(printf '%s\n' \
        'column n: 10 is above the maximum' 'column id: is required and missing')
    # the key need not be a column that the contract lists, when the stream has it
    jq -c '.streams.visit.columns |= map(select(.name != "page"))' contract.json > fewer.json
    visits <<< $'1 a x\n2 b x\n3 c y' | jq -c 'if ._ts then .at = ._ts else . end' > input
    ft-clean -c fewer.json --from visit --dedup page < input | shown |
        diff - <(printf '%s\n' '1 a x' '3 c y')
}

@test "every record is counted once: as held, and later as passed or duplicate" {
    visits <<< $'1 a\n2 a\n3 b\n-- 2\n9 b\n9 c' > input
    sed '$d' input | sed '$d' | sed '$d' > undrained
    printf '%s\n' '{"_stream":"_barrier","epoch":1}' '{"_stream":"_end"}' >> undrained
    ft-clean --from visit --dedup id --metrics m < undrained > output
    fates() { sed -n 's/^firsttouch_records{.*stream="visit",fate="\(.*\)"} \([1-9].*\)/\1 \2/p' m; }
    fates | diff - <(printf '%s\n' 'passed 1' 'duplicate 1' 'held 3')
    shown < output | diff - <(printf '%s\n' '1 a' '-- 2') # and nothing is flushed at the end
    ft-clean --from visit --dedup id --metrics m < input > output
    fates | diff - <(printf '%s\n' 'passed 3' 'duplicate 2')
}

@test "an input that ends without _end flushes nothing" {
    visits <<< $'1 a\n2 b\n-- 1' | sed '/9007199254740991/,$d' > input
    run -4 --separate-stderr ft-clean --from visit --dedup id < input
    [ "$(shown <<< "$output")" = $'1 a\n-- 1' ]
}

@test "a record at or before a watermark that has passed is late, and nobody's first" {
    visits <<< $'5 a\n-- 5\n5 b late\n4 a late\n6 b kept' > input
    ft-clean --from visit --dedup id < input > output
    shown < output | diff - <(printf '%s\n' '5 a' '-- 5' '6 b kept')
    [ "$(jq -r 'select(.reason) | .reason' output)" = $'late\nlate' ]
}

# ---- what is refused ----

@test "every mistake in --dedup and --within is named, with exit status 2" {
    visits <<< '1 a' > input
    one='ft-clean: --dedup needs exactly one --from (see --help)'
    refuses 2 "$one" ft-clean --dedup id < input
    refuses 2 "$one" ft-clean --dedup id --from visit --from sale < input
    refuses 2 'ft-clean: --within goes with --dedup (see --help)' \
        ft-clean --from visit --within 7d < input
    refuses 2 'ft-clean: --within: "7" is not a duration such as 500ms, 10s, 30m, 1h, 7d or 2w' \
        ft-clean --from visit --dedup id --within 7 < input
    refuses 2 "ft-clean: --dedup '': expected a column's name at its end" \
        ft-clean --from visit --dedup '' < input
    refuses 2 "ft-clean: --dedup 'id AS x': expected a comma at character 4, before 'AS x'" \
        ft-clean --from visit --dedup 'id AS x' < input
    refuses 2 "ft-clean: --dedup 'id, id': id stands twice" \
        ft-clean --from visit --dedup 'id, id' < input
    refuses 2 'ft-clean: --dedup: "_ts" is not free: _stream, _ts and _op are the names of the system' \
        ft-clean --from visit --dedup _ts < input
    refuses 2 'ft-clean: there is no stream nope in the input (there are: visit)' \
        ft-clean --from nope --dedup id < input
}

@test "a column that does not exist is an error before the first record" {
    visits <<< '1 a' > input
    refuses 2 'ft-clean: --dedup: stream visit has no column user (it has id, at, page, n)' \
        ft-clean --from visit --dedup 'id, user' < input
    echo '{"streams":{"visit":{"key":"id","kind":"append","columns":[
        {"name":"id","type":"string"}]}}}' > contract.json
    printf '%s\n' "$begin" '{"_stream":"_schema","stream":"visit","kind":"append","time":"at"}' \
        "$end" > input
    refuses 2 'ft-clean: --dedup: stream visit has no column user (it has id)' \
        ft-clean -c contract.json --from visit --dedup 'user' < input
}

@test "streams without a time, and tables, have no first record: exit status 2" {
    printf '%s\n' "$begin" "$table" "$untimed" "$end" > input
    refuses 2 'ft-clean: stream table is an upsert stream: its rows replace each other already' \
        ft-clean --from table --dedup id < input
    refuses 2 'ft-clean: stream untimed has no event time: which record is the first?' \
        ft-clean --from untimed --dedup id < input
    ft-clean --from table < input > output
}

# ---- against another computation ----

# DIR/visit.ndjson with COUNT visits of USERS, out of order by less than 11 s, a tenth of them twice.
random_visits() {
    awk -v count="$1" -v users="$2" -v seed="$3" 'BEGIN {
        srand(seed)
        for (i = 0; i < count; i++) {
            at = 1767225600000 + i * 100 - int(rand() * 10000)
            if (rand() < 0.3) at = int(at / 1000) * 1000
            user = rand() < 0.05 ? "null" : "\"u" int(rand() * users) "\""
            line = sprintf("{\"at\":%.0f,\"user\":%s,\"event\":\"e%d\",\"n\":%d}", at, user,
                           int(rand() * 2), int(rand() * 5))
            print line
            if (rand() < 0.1) print line
        }
    }'
}

# What sqlite3 keeps of visit.ndjson: at each step of a walk along the visits of a key, the next is
# the first of those more than WITHIN behind.
kept_by_sqlite() {
    sqlite3 -init /dev/null -batch :memory: > kept << SQL
CREATE TABLE line (text TEXT);
.mode ascii
.separator "\037" "\n"
.import visit.ndjson line
.mode list
CREATE TABLE visit AS
    SELECT row_number() OVER (ORDER BY text ->> 'at', CAST(text AS BLOB)) AS place, text,
           text ->> 'at' AS at,
           'u' || (text ->> 'user') || '/' || (text ->> 'event') AS key
    FROM line;
CREATE INDEX by_key ON visit (key, place);
WITH RECURSIVE kept (key, place, at) AS (
    SELECT key, min(place), at FROM visit WHERE key IS NOT NULL GROUP BY key
    UNION ALL
    SELECT next.key, next.place, next.at
    FROM kept JOIN visit AS next ON next.place =
        (SELECT min(place) FROM visit WHERE key = kept.key AND at > kept.at + $1))
SELECT text FROM visit WHERE key IS NULL OR place IN (SELECT place FROM kept) ORDER BY place;
SQL
}

@test "random visits, early, late and repeated: what is kept is what sqlite3 keeps" {
    for seed in 1 2 3; do
        random_visits 5000 $((seed * seed * 20)) "$seed" > visit.ndjson
        for within in 0s 1s 37s 1h; do
            case $within in 0s) ms=0 ;; 1s) ms=1000 ;; 37s) ms=37000 ;; 1h) ms=3600000 ;; esac
            kept_by_sqlite "$ms"
            [ "$(wc -l < kept)" -gt 100 ]
            ft-ingest --time at:ms --lag 11s visit=visit.ndjson |
                ft-clean --from visit --dedup 'user, event' --within "$within" |
                ft-sink - visit | cmp - kept
        done
        ft-ingest --time at:ms --lag unbounded visit=visit.ndjson |
            ft-clean --from visit --dedup 'user, event' | ft-sink - visit | cmp - kept
    done
}

@test "the order of arrival does not change what is kept" {
    random_visits 3000 50 9 > visit.ndjson
    kept_by_sqlite 5000
    sort -R --random-source=<(yes) visit.ndjson > shuffled.ndjson
    for file in visit shuffled; do
        ft-ingest --time at:ms --lag unbounded visit=$file.ndjson |
            ft-clean --from visit --dedup 'user, event' --within 5s | ft-sink - visit | cmp - kept
    done
}

# ---- on disk ----

@test "killed behind any barrier and started again, it gives what it gave without" {
    random_visits 2000 20 4 > visit.ndjson
    ft-ingest --time at:ms --lag 11s visit=visit.ndjson | sed '1d;$d' | grep -v '"_barrier"' > lines
    { goes_on 0; awk '{ print } NR % 400 == 0 {
        print "{\"_stream\":\"_barrier\",\"epoch\":" ++epoch ",\"committed\":" int(epoch / 2) "}"
    }' lines; echo '{"_stream":"_barrier","epoch":99}'; echo '{"_stream":"_end"}'; } > input
    epochs=$(grep -c '"_barrier"' input)
    [ "$epochs" -ge 5 ]
    for within in 0s 7s 1h ''; do
        dedup() { ft-clean --from visit --dedup 'user, event' ${within:+--within "$within"} "$@"; }
        sed 's/"pipeline":"7f3a9c"/"pipeline":null/' input | dedup | body > whole
        for ((epoch = 1; epoch < epochs - 1; epoch++)); do
            make_state
            # it has seen some hundred lines more when it dies, and even another barrier
            { up_to input $((epoch + 1)); echo '{"_stream":"other"}'; } > first
            run -4 --separate-stderr dedup --state state < first
            up_to <(printf '%s\n' "$output") "$epoch" | body > got
            behind input "$epoch" | dedup --state state > second
            # the watermark that is repeated says nothing new
            body < second | sed 1d >> got
            diff -q whole got
        done
    done
}

@test "killed and started again and again, it gives what it gave without" {
    random_visits 2000 20 5 > visit.ndjson
    ft-ingest --time at:ms --lag 11s visit=visit.ndjson | sed '1d;$d' | grep -v '"_barrier"' > lines
    { goes_on 0; awk '{ print } NR % 150 == 0 {
        print "{\"_stream\":\"_barrier\",\"epoch\":" ++epoch ",\"committed\":" epoch - 1 "}"
    }' lines; echo '{"_stream":"_barrier","epoch":99}'; echo '{"_stream":"_end"}'; } > input
    dedup() { ft-clean --from visit --dedup 'user, event' --within 30s "$@"; }
    sed 's/"pipeline":"7f3a9c"/"pipeline":null/' input | dedup | body > whole
    make_state
    up_to input 1 > first
    run -4 --separate-stderr dedup --state state < first
    body <<< "$output" > got
    for ((epoch = 1; epoch < $(grep -c '"_barrier"' input) - 1; epoch++)); do
        behind input "$epoch" > rest
        run -4 --separate-stderr dedup --state state < <(up_to rest $((epoch + 1)))
        body <<< "$output" | sed '/"_watermark"/{1d}' >> got
    done
    behind input "$epoch" | dedup --state state | body | sed '/"_watermark"/{1d}' >> got
    diff whole got
}

@test "an epoch adds to the state what came in it: lines that wait, and keys with their times" {
    make_state
    schema='{"_stream":"_schema","stream":"visit","kind":"append","time":"at"}'
    { goes_on 0; schema=$schema visits <<< $'1 a x\n2 a y\n3 null x\n9 b' |
        sed '1d;/"_watermark"/,$d'; cat; } > input << 'LINES'
{"_stream":"visit","_ts":8,"id":"c\n\u00e4\"","page":7}
{"_stream":"_watermark","_ts":3}
{"_stream":"_barrier","epoch":1,"committed":0}
{"_stream":"_watermark","_ts":8}
{"_stream":"visit","_ts":20,"id":"d","page":"z"}
{"_stream":"_barrier","epoch":2,"committed":1}
LINES
    run -4 ft-clean --state state --from visit --dedup 'page, id' --within 1h < input
    diff state/1-ft-clean/waiting-1.ndjson - << 'LINES'
[9,"","b",{"_stream":"visit","_ts":9,"id":"b","page":""}]
[8,"7","c\u000aä\"",{"_stream":"visit","_ts":8,"id":"c\n\u00e4\"","page":7}]
[20,"z","d",{"_stream":"visit","_ts":20,"id":"d","page":"z"}]
LINES
    diff state/1-ft-clean/kept-1.ndjson - << 'LINES'
{"_stream":"kept","_ts":1,"page":"x","id":"a"}
{"_stream":"kept","_ts":2,"page":"y","id":"a"}
{"_stream":"kept","_ts":8,"page":"7","id":"c\u000aä\""}
LINES
}

@test "what comes back is what the watermark has not passed, to the millisecond" {
    make_state
    schema=${visit/'"key":["id"],'} # whose values could not be null
    dedup() { ft-clean --state state --from visit --dedup 'page, id' --within 10ms "$@"; }
    schema=$schema visits <<< $'4 e x\n5 a x\n14 null y\n16 b x\n30 c z\n-- 3\n-- 14' |
        sed "1d;/9007199254740991/,\$d;/\"_ts\":3}/a"'{"_stream":"_barrier","epoch":1}' > lines
    run -4 --separate-stderr dedup < <(goes_on 0; cat lines; echo '{"_stream":"_barrier","epoch":2}')
    shown <<< "$output" |
        diff - <(printf '%s\n' '-- 3' '4 e x' '5 a x' '14 - y' '-- 14')
    goes_on 2 > input
    schema=$schema visits <<< $'-- 14\n15 a x\n15 e x\n17 b x' | sed '1d;s/"epoch":1/"epoch":3/' >> input
    dedup --metrics m < input | shown | diff - <(printf '%s\n' '-- 14' '15 e x' '16 b x' '30 c z')
    sed -n 's/^firsttouch_records{.*stream="visit",fate="\(.*\)"} \([1-9].*\)/\1 \2/p' m |
        diff - <(printf '%s\n' 'passed 3' 'duplicate 2')
}

@test "other columns or another duration than the state was made with are refused" {
    make_state
    { goes_on 0; visits <<< '1 a x' | sed 1d; } > input
    ft-clean --state state --from visit --dedup id --within 1s < input > output
    { goes_on 1; visits <<< '1 a x' | sed 1d; } > input
    then='state/1-ft-clean was written with'
    now='go on with that, or begin with a new --state'
    refuses 2 "ft-clean: $then --within (in ms) 1000, and this run has 2000: $now" \
        ft-clean --state state --from visit --dedup id --within 2s < input
    refuses 2 "ft-clean: $then --within (in ms) 1000, and this run has for ever: $now" \
        ft-clean --state state --from visit --dedup id < input
    refuses 2 "ft-clean: $then --dedup id, and this run has page: $now" \
        ft-clean --state state --from visit --dedup page --within 1s < input
}

@test "what waits was judged by the contract when it came: another one changes nothing of it" {
    make_state
    echo '{"streams":{"visit":{"key":"id","time":{"column":"at","unit":"ms"},"columns":[
        {"name":"id","type":"string"},{"name":"at","type":"timestamp"},
        {"name":"n","type":"int","max":9},{"name":"page","type":"string"}]}}}' > contract.json
    jq -c '.streams.visit.columns[2].max = 5' contract.json > stricter.json
    printf '%s\n' "$(goes_on 0)" "$visit" '{"_stream":"visit","_ts":2,"id":"a","at":2,"n":9}' \
        '{"_stream":"_barrier","epoch":1}' > input
    run -4 ft-clean -c contract.json --state state --from visit --dedup id < input
    printf '%s\n' "$(goes_on 1)" "$visit" '{"_stream":"visit","_ts":1,"id":"a","at":1,"n":9}' \
        '{"_stream":"visit","_ts":3,"id":"a","at":3,"n":5}' "${end/'"epoch":1'/'"epoch":2'}" > input
    ft-clean -c stricter.json --state state --from visit --dedup id --metrics m < input > output
    jq -r 'select(.at) | ._ts' output | diff - <(echo 2)
    sed -n 's/^firsttouch_records{.*stream="visit",fate="\(.*\)"} \([1-9].*\)/\1 \2/p' m |
        diff - <(printf '%s\n' 'passed 1' 'rejected 1' 'duplicate 1')
}

@test "with state in the run, but nothing to hold, it keeps none" {
    { goes_on 0; visits <<< '1 a x' | sed 1d; } > input
    make_state
    ft-clean --state state < input > output
    diff <(sed 1d input) <(sed 1d output)
    [ -z "$(ls state)" ]
}

# One run of a pipe with state, of which the sink sees so many LINES.
run_of() {
    ft-ingest --time at:ms --lag 11s --state state --epoch 200r \
        --restore "$(ft-sink --state state --committed sqlite:mart.db)" visit=visit.ndjson |
        ft-clean --state state --from visit --dedup 'user, event' --within 20s |
        head -n "$1" | ft-sink --state state sqlite:mart.db visit
}

@test "a pipe whose processes are killed in every run ends with what sqlite3 keeps" {
    random_visits 4000 60 6 > visit.ndjson
    kept_by_sqlite 20000
    mkdir -m 700 state
    for ((runs = 0; runs < 50; runs++)); do
        last=$(ft-sink --state state --committed sqlite:mart.db)
        # each run sees more than the one before, and ft-clean loses its reader in the middle of it
        run_of $((150 * runs + 90)) 2> /dev/null && break
    done
    [ "$last" -ge 10 ]
    [ "$runs" -ge 3 ]
    sqlite3 mart.db "SELECT json_object('at', at, 'user', user, 'event', event, 'n', n) FROM visit" |
        sort > made
    diff -q <(sort kept) made
}
