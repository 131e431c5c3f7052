# ft-join --as-of and --between: which right rows a left row meets by event time, and when it leaves.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # begin and end are common.bash's; quotes are meant
load common

watermark() {
    printf '{"_stream":"_watermark","_ts":%s}\n' "$1"
}

# stdin between the control lines, with a left stream (sale) and two right ones: price, whose rows
# replace each other, and click, whose rows do not.
tagged() {
    printf '%s\n' "$begin" \
        '{"_stream":"_schema","stream":"price","kind":"upsert","key":["id"],"time":"at","columns":[["id","any"],["cents","int"],["mail","string","pii"],["at","timestamp"]]}' \
        '{"_stream":"_schema","stream":"click","kind":"append","key":["no"],"time":"at","columns":[["no","int"],["id","any"],["at","timestamp"]]}' \
        '{"_stream":"_schema","stream":"sale","kind":"append","key":["no"],"time":"at","columns":[["no","int"],["id","any"],["at","timestamp"]]}'
    cat
    printf '%s\n' "$end"
}

# sale|price|click TIME ID [NO]: a line of it; the number is the time unless said.
sale() {
    printf '{"_stream":"sale","_ts":%d,"no":%s,"id":%s}\n' "$1" "${3-$1}" "$2"
}
click() {
    printf '{"_stream":"click","_ts":%d,"no":%s,"id":%s}\n' "$1" "${3-$1}" "$2"
}
price() {
    printf '{"_stream":"price","_ts":%d,"id":%s,"cents":%s}\n' "$1" "$2" "${3-$1}"
}
gone() {
    printf '{"_stream":"price","_ts":%d,"_op":"delete","id":%s}\n' "$1" "$2"
}

as_of() {
    tagged | ft-join --from sale --with price --as-of --on id --take cents "$@"
}

between() { # BOUNDS [OPTION]...
    local bounds=$1
    shift
    tagged | ft-join --from sale --with click --between "$bounds" --on id --take 'no AS click' "$@"
}

# The records of a stream, sale unless said, without the tag.
rows() {
    sed -n "s/^{\"_stream\":\"${1-sale}\",/{/p"
}

# "NO:MET" for each row, in their order, and "W" for each watermark.
met() {
    jq -r 'if ._stream == "sale" then "\(.no):\(if has("cents") then .cents else .click end)"
        elif ._stream == "_watermark" then "W\(._ts)" else empty end' |
        sed 's/W9007199254740991/W/' | paste -sd' '
}

# The fates of stream $1 in the file counts.
counts() {
    sed -nE 's/^firsttouch_records\{.*stream="'"$1"'",fate="([a-z]+)"\} ([1-9][0-9]*)$/\1 \2/p' counts |
        paste -sd' '
}

# ---- as of ----

@test "a left row meets the version with the latest time at or before its own, in any order of arrival" {
    { price 1 1 && price 4 1 && price 7 1 && gone 9 1 && price 12 1 &&
        sale 6 1 && sale 10 1 && sale 12 1 && sale 0 1 && sale 4 1 && sale 3 1; } >lines
    for seed in {1..20}; do
        shuf --random-source=<(yes "$seed") lines >shuffled
        is "$(as_of <shuffled | met)" '0:null 3:1 4:4 6:4 10:null 12:12 W'
    done
}

@test "versions that come while left rows wait count, and those that were passed are forgotten" {
    run -0 met < <({ price 1 1 && watermark 2 && sale 5 1 && watermark 4 && price 5 1 && sale 9 1 &&
        watermark 5 && price 7 1 && watermark 8 && price 9 1 && watermark 20 && sale 21 1; } | as_of)
    is "$output" 'W2 W4 5:5 W5 W8 9:9 W20 21:9 W'
}

@test "of two versions at one time the later one in the stream holds, a deletion too" {
    run -0 met < <({ price 5 1 10 && price 5 2 10 && gone 5 2 && sale 5 1 && price 5 1 20 &&
        sale 6 2 && gone 5 3 && price 5 3 30 && sale 7 3 && watermark 5 && sale 8 1; } | as_of)
    is "$output" '5:20 W5 6:null 7:30 8:20 W'
}

@test "a version without a time has been true for ever" {
    run -0 met < <({ printf '{"_stream":"price","id":%d,"cents":%d}\n' 1 10 1 11 2 20 3 30 &&
        echo '{"_stream":"price","_op":"delete","id":3}' && price 7 1 && gone 7 2 &&
        sale -5 1 && sale 6 2 && sale 7 1 && sale 7 2 8 && sale 9 3; } | as_of)
    is "$output" '-5:11 6:20 7:7 8:null 9:null W'
}

@test "a left row leaves when the watermark has reached it, in the order of time and arrival" {
    run -0 met < <({ price 1 1 && sale 9 1 && sale 5 1 50 && sale 7 2 && sale 5 2 51 && sale 5 1 52 &&
        watermark 4 && watermark 5 && sale 6 1 && watermark 8; } | as_of)
    is "$output" 'W4 50:1 51:null 52:1 W5 6:1 7:null W8 9:1 W'
}

@test "keys are equal when their decoded texts are, and null meets nothing" {
    run -0 met < <({ price 1 '"é"' && price 2 7 && price 3 null && price 4 '"null"' &&
        sale 10 '"\u00e9"' && sale 11 '"7"' && sale 12 7.0 && sale 13 null && sale 14 '"null"' &&
        echo '{"_stream":"sale","_ts":15,"no":15}'; } | as_of)
    is "$output" '10:1 11:2 12:null 13:null 14:4 15:null W'
}

@test "a key may have several columns, which are not run together" {
    run -0 rows < <(ft-join --from sale --with rate --as-of --on 'a = "the x", b = y' --take z <<END
$begin
{"_stream":"_schema","stream":"rate","kind":"upsert","key":["y","the x"],"time":null,"columns":[["the x","any"],["y","any"],["z","int"]]}
{"_stream":"_schema","stream":"sale","kind":"append","time":null}
{"_stream":"rate","_ts":1,"y":"c","the x":"ab","z":1}
{"_stream":"rate","_ts":2,"y":"\u0075","the x":"t","z":2}
{"_stream":"sale","_ts":3,"a":"ab","b":"c"}
{"_stream":"sale","_ts":4,"a":"a","b":"bc"}
{"_stream":"sale","_ts":5,"b":"u","a":"\u0074"}
{"_stream":"sale","_ts":6,"b":"u"}
$end
END
    )
    is "$output" '{"_ts":3,"a":"ab","b":"c","z":1}
{"_ts":4,"a":"a","b":"bc","z":null}
{"_ts":5,"b":"u","a":"\u0074","z":2}
{"_ts":6,"b":"u","z":null}'
}

@test "the rows of an append stream are versions too, whatever their own key is" {
    run -0 met < <({ click 1 1 && click 5 1 && click 3 2 && sale 4 1 && sale 5 1 && sale 6 2; } |
        tagged | ft-join --from sale --with click --as-of --on id --take 'no AS cents')
    is "$output" '4:1 5:5 6:3 W'
}

# ---- between ----

@test "a left row meets every right row of the interval, both ends included, in the order of time" {
    run -0 met < <({ click 2 1 && click 10 1 && click 3 1 && click 9 1 && click 11 1 && click 5 2 &&
        sale 10 1; } | between '-7ms AND 0s')
    is "$output" '10:3 10:9 10:10 W'
    run -0 met < <({ click 6 1 && click 7 1 && click 10 1 && click 12 1 && click 13 1 &&
        sale 10 1; } | between '-3ms AND +2ms')
    is "$output" '10:7 10:10 10:12 W'
    run -0 met < <({ click 9 1 && click 10 1 && click 11 1 && click 12 1 && sale 9 1; } |
        between '1ms AND 2ms')
    is "$output" '9:10 9:11 W'
    run -0 met < <({ click 5 1 && click 6 1 && click 7 1 && click 8 1 && sale 9 1; } |
        between '-3ms AND -2ms')
    is "$output" '9:6 9:7 W'
}

@test "right rows of one time are met in the order in which they came" {
    run -0 met < <({ click 9 1 3 && click 9 1 1 && sale 10 1 && click 8 1 7 && click 9 1 2; } |
        between '-5ms AND 0s')
    is "$output" '10:7 10:3 10:1 10:2 W'
}

@test "one right row serves several left ones, and its declared key replaces nothing" {
    run -0 met < <({ click 5 1 8 && click 6 1 8 && sale 7 1 && sale 7 1 70 && sale 9 1 &&
        sale 11 1; } | between '-4ms AND 0s')
    is "$output" '7:8 7:8 70:8 70:8 9:8 9:8 11:null W'
}

# Seed 002, one user with three checkouts after one click and two of others without a click: 5 rows.
@test "every checkout has its row, and one without a click leaves at its own time" {
    run -0 met < <({ click 1000 1 && sale 2000 1 && sale 3000 1 && sale 4000 1 && sale 5000 2 &&
        sale 6000 3 && watermark 4999 && watermark 5000 && watermark 5999; } | between '-30m AND 0s')
    is "$output" '2000:1000 3000:1000 4000:1000 W4999 5000:null W5000 W5999 6000:null W'
}

@test "where right rows may be later the watermark goes on as much earlier, and the last as it is" {
    run -0 met < <({ sale 10 1 && sale 12 2 && click 12 1 && watermark 11 && sale 13 1 && click 15 1 &&
        watermark 14 && click 16 1 && watermark 15 && watermark 16 && watermark 17; } |
        between '0s AND 5ms')
    is "$output" 'W6 W9 10:12 10:15 W10 W11 12:null W12 13:15 13:16 W'
    # as large a bound as can be: nothing is complete before the end
    run -0 met < <({ sale 10 1 && click 12 1 && watermark 15 && sale 17 2; } |
        between '-20000000w AND 20000000w')
    is "$output" '10:12 17:null W'
    run -0 met < <({ sale 10 1 && click 12 1 && watermark 15; } | between '1000000w AND 20000000w')
    is "$output" '10:null W'
}

@test "null meets nothing in an interval either" {
    run -0 met < <({ click 4 null 4 && click 4 '"null"' 5 && sale 5 null && sale 6 '"null"'; } |
        between '-5ms AND 0s')
    is "$output" '5:null 6:5 W'
}

@test "the rows of an interval join have no key, for a left row can become several" {
    run -0 grep '"stream":"joined"' < <(between '-1s AND 0s' --to joined </dev/null)
    is "$output" '{"_stream":"_schema","stream":"joined","kind":"append","time":"at","columns":[["no","int"],["id","any"],["at","timestamp"],["click","int"]]}'
    run -0 grep '"stream":"joined"' < <(as_of --to joined </dev/null)
    is "$output" '{"_stream":"_schema","stream":"joined","kind":"append","key":["no"],"time":"at","columns":[["no","int"],["id","any"],["at","timestamp"],["cents","int"]]}'
}

# ---- random rows against SQL ----

# Tagged lines of sales, prices and clicks, in an order and with watermarks that are legal; seed $1.
random_lines() {
    awk -v seed="$1" 'BEGIN {
        srand(seed)
        for (n = 1; n <= 900; n++) {
            at = low + 1 + int(rand() * 40)
            id = int(rand() * 6); if (id == 0) id = "null"
            kind = int(rand() * 10)
            if (kind < 3) printf "{\"_stream\":\"sale\",\"_ts\":%d,\"no\":%d,\"id\":%s}\n", at, n, id
            else if (kind < 5) printf "{\"_stream\":\"click\",\"_ts\":%d,\"no\":%d,\"id\":%s}\n", at, n, id
            else if (kind < 7) printf "{\"_stream\":\"price\",\"_ts\":%d,\"id\":%s,\"cents\":%d}\n", at, id, n
            else if (kind < 8) printf "{\"_stream\":\"price\",\"_ts\":%d,\"_op\":\"delete\",\"id\":%s}\n", at, id
            else if (kind < 9 && low == 0) printf "{\"_stream\":\"price\",\"id\":%s,\"cents\":%d}\n", id, n
            else { low += int(rand() * 12); printf "{\"_stream\":\"_watermark\",\"_ts\":%d}\n", low }
        }
    }'
}

# The answer of SQL on the file lines.
ask() {
    sqlite3 :memory: 'CREATE TABLE line (l)' '.mode ascii' '.separator "\037" "\n"' \
        '.import lines line' "
        CREATE TABLE record AS SELECT rowid AS n, l ->> '_stream' AS stream, l ->> '_ts' AS ts,
            l ->> 'no' AS no, l ->> 'id' AS id, l ->> 'cents' AS cents, l ->> '_op' AS op FROM line;
        CREATE VIEW sale AS SELECT * FROM record WHERE stream = 'sale';
        CREATE VIEW click AS SELECT * FROM record WHERE stream = 'click';
        CREATE VIEW price AS SELECT * FROM record WHERE stream = 'price'" \
        '.mode list' '.separator ":" "\n"' '.nullvalue null' "$1"
}

# Each row stands between the watermark before it and the one that has reached it.
stands_where_it_must() {
    awk -F '"_ts":' 'BEGIN { low = high = -1e9 }
        /"_stream":"(sale|_watermark)"/ { ts = $2 + 0; if (ts <= low) exit bad = 1 }
        /"_stream":"sale"/ && ts > high { high = ts }
        /"_stream":"_watermark"/ { low = ts; if (high > low) exit bad = 1 }
        END { exit bad }'
}

@test "at random, every left row meets the version that SQL finds" {
    for seed in {1..12}; do
        random_lines "$seed" >lines
        as_of <lines >out
        rows <out | jq -r '"\(.no):\(.cents)"' >got
        ask "SELECT no, (SELECT cents FROM price
                WHERE price.id = sale.id AND coalesce(price.ts, -1) <= sale.ts
                ORDER BY coalesce(price.ts, -1) DESC, price.n DESC LIMIT 1)
            FROM sale ORDER BY ts, n" >expected
        diff -u expected got
        [ "$(grep -c null expected)" -gt 20 ]
        [ "$(grep -vc null expected)" -gt 60 ]
        stands_where_it_must <out
    done
}

@test "at random, every left row has the matches that SQL finds or one row of nulls, never both" {
    local seed=0
    for bounds in -20:0 -20:0 0:0 -5:15 3:15 -15:-3 -100:100; do
        random_lines $((++seed)) >lines
        between "${bounds%:*}ms AND ${bounds#*:}ms" <lines >out
        rows <out | jq -r '"\(.no):\(.click)"' >got
        ask "SELECT sale.no, click.no FROM sale LEFT JOIN click ON click.id = sale.id
                AND click.ts BETWEEN sale.ts + ${bounds%:*} AND sale.ts + ${bounds#*:}
            ORDER BY sale.ts, sale.n, click.ts, click.n" >expected
        diff -u expected got
        [[ $bounds == *100 || $(grep -c null expected) -gt 20 ]]
        [ "$(grep -vc null expected)" -gt 5 ]
        stands_where_it_must <out
    done
}

# 300 records of stream $1 made from seed $3, in an order from seed $2: each comes up to 3 s late.
disordered() {
    awk -v name="$1" -v seed="$2" -v other="$3" 'BEGIN { srand(other); for (n = 1; n <= 300; n++) {
        at[n] = n * 100 + int(rand() * 100); id[n] = int(rand() * 5) }
        srand(seed); for (n = 1; n <= 300; n++)
            printf "%d\t{\"%s\":%d,\"at\":%d,\"id\":%d}\n", at[n] + rand() * 3000, name, n, at[n], id[n]
    }' | sort -n | cut -f 2
}

@test "any order of arrival inside the lag gives the same rows, with --as-of and --between" {
    for how in '--as-of' '--between=-500ms AND 700ms'; do
        for seed in 1 2 3 4 5; do
            disordered sale "$seed" 7 >sale.ndjson
            disordered click "$((seed + 50))" 8 >click.ndjson
            ft-ingest --time at:ms --lag 3s sale=sale.ndjson click=click.ndjson |
                ft-join --from sale --with click "$how" --on id --take click >out
            ! grep -q _rejected <(tail -n +3 out)
            rows <out >"got.$seed"
            diff got.1 "got.$seed"
        done
        [ "$(grep -vc 'null}' got.1)" -gt 250 ]
    done
}

# ---- rows without a match, and rows that cannot be ----

@test "--inner drops left rows without a match, and counts them when they leave" {
    { price 1 1 && sale 5 1 && sale 6 2 && sale 7 null; } >lines
    is "$(as_of --inner --metrics counts <lines | met)" '5:1 W'
    is "$(counts sale)" 'used 1 dropped 2'
    { click 1 1 && sale 5 1 && sale 6 2 && sale 9 1; } >lines
    is "$(between '-5ms AND 0s' --inner --metrics counts <lines | met)" '5:1 W'
    is "$(counts sale)" 'used 1 dropped 2'
}

@test "--reject sends left rows without a match to _rejected as they came" {
    { gone 1 '"b"' && sale 5 '"\u0062"' && price 2 1 && sale 6 1; } >lines
    as_of --reject --metrics counts <lines >out
    is "$(met <out)" '6:2 W'
    is "$(rows _rejected <out)" \
'{"filter":"ft-join","stream":"sale","reason":"column id: \"\\u0062\" had no match in the table at that time","column":"id","record_time":5,"raw":"{\"_stream\":\"sale\",\"_ts\":5,\"no\":5,\"id\":\"\\u0062\"}"}'
    is "$(counts sale)" 'used 1 rejected 1'
    sale 5 null | between '-5ms AND 0s' --reject >out
    is "$(rows _rejected <out | jq -r .reason)" 'column id: null has no match in the interval'
}

@test "--strict makes the first left row without a match exit status 1 with --reject" {
    strict() { sale 5 1 | as_of --reject --strict; }
    run -1 --separate-stderr strict
    is "$stderr" 'ft-join: refused: sale: column id: 1 had no match in the table at that time'
}

@test "the value of a column with personal data is not told when its row is rejected" {
    hidden() {
        sale 5 '"b"' | tagged | sed 's/\["no","int"\],\["id","any"\]/["no","int"],["id","any","pii"]/' |
            ft-join --from sale --with price --as-of --on id --take cents --reject
    }
    run -0 rows _rejected < <(hidden)
    is "$output" '{"filter":"ft-join","stream":"sale","reason":"column id: the value had no match in the table at that time","column":"id","record_time":5}'
}

@test "a left row that has an added name already is rejected as it comes" {
    run -0 rows _rejected < <(echo '{"_stream":"sale","_ts":5,"no":1,"id":1,"cents":9}' | as_of)
    is "$(jq -r .reason <<<"$output")" \
        'column cents: is in the record already, and would be added to it'
}

@test "what is not touched keeps its bytes, also when the members come in another order" {
    run -0 rows < <(as_of <<'END'
{"_stream":"price","_ts":1,"id":"a","cents":18446744073709551616}
{"_stream":"sale","_ts":5,"no":18446744073709551616,"id":"\u0061", "x" : 0.1000 }
{"no" : 1e2, "_ts":6, "id":"a", "_stream":"sale"}
{"_stream":"sale","_ts":7,"id":"a"}
END
    )
    is "${lines[0]}" '{"_ts":5,"no":18446744073709551616,"id":"\u0061", "x" : 0.1000 ,"cents":18446744073709551616}'
    is "$(tr -d ' ' <<<"${lines[1]}")" '{"_ts":6,"no":1e2,"id":"a","cents":18446744073709551616}'
    is "${lines[2]}" '{"_ts":7,"id":"a","cents":18446744073709551616}'
}

@test "--take-left says what goes on of a left row that waited" {
    { price 1 1 && sale 5 '"\u0031"' && sale 6 2; } >lines
    run -0 rows < <(as_of --take-left 'no AS sale, id' <lines)
    is "$output" '{"_ts":5,"sale":5,"id":"\u0031","cents":1}
{"_ts":6,"sale":6,"id":2,"cents":null}'
    { click 5 1 && click 5 1 7 && sale 6 1; } >lines
    run -0 rows < <(between '-5ms AND 0s' --take-left 'at, id' <lines)
    is "$output" '{"_ts":6,"at":null,"id":1,"click":5}
{"_ts":6,"at":null,"id":1,"click":7}'
}

@test "a record of a megabyte waits like any other" {
    long=$(printf '%01000000d' 7)
    run -0 rows < <({ price 1 1 "\"$long\"" &&
        printf '{"_stream":"sale","_ts":%d,"id":1,"x":"%s"}\n' 5 "$long" 4 y; } | as_of)
    [ "${lines[0]}" = '{"_ts":4,"id":1,"x":"y","cents":"'"$long"'"}' ]
    [ "${lines[1]}" = '{"_ts":5,"id":1,"x":"'"$long"'","cents":"'"$long"'"}' ]
}

@test "both sides are consumed; --keep and --keep-left pass them on as they came" {
    { price 1 1 && sale 5 1 && echo '{"_stream":"other","x": 1.0}' && gone 6 1 && watermark 5; } >lines
    as_of --to joined <lines | grep -v '"_schema"' >out
    is "$(sed 1d out)" "$(echo '{"_stream":"other","x": 1.0}'
        sale 5 1 | sed 's/sale/joined/; s/}/,"cents":1}/'
        watermark 5
        echo "$end")"
    as_of --to joined --keep --keep-left <lines | grep -v '"_schema"' >out
    is "$(grep -v joined out | sed 1d)" "$(cat lines; echo "$end")"
    is "$(as_of --to joined --keep-left <lines | grep -c '"_schema","stream":"sale"')" 1
    # the lookup join has it too
    tagged <lines | ft-join --from sale --with price --on id --take cents --to joined --keep-left >out
    is "$(rows <out)" '{"_ts":5,"no":5,"id":1}'
    is "$(rows joined <out)" '{"_ts":5,"no":5,"id":1,"cents":1}'
}

# ---- what is held ----

# The end of an input that does not drain: held rows stay.
undrained=${end#*$'\n'}

@test "a version is held until the watermark has reached what follows upon it, and then used" {
    end=$undrained
    for case in '5=held 2' '6=used 1 held 1' '9=used 1 held 1'; do
        { price 2 1 && price 6 1 && watermark "${case%%=*}"; } | as_of --metrics counts >out
        is "$(counts price)" "${case#*=}"
        is "$(sed -n 's/^firsttouch_state_keys.* //p' counts)" 1
    done
    # whether or not its key comes again; a deletion goes with what it ends, or alone
    { price 2 1 && price 2 2 && gone 6 1 && gone 6 3 && price 9 1 && price 9 null && watermark 5; } >lines
    as_of --metrics counts <lines >out
    is "$(counts price)" 'used 1 held 5'
    is "$(sed -n 's/^firsttouch_state_keys.* //p' counts)" 3
    { cat lines && watermark 6; } | as_of --metrics counts >out
    is "$(counts price)" 'used 4 held 2'
    is "$(sed -n 's/^firsttouch_state_keys.* //p' counts)" 2
}

@test "right rows of an interval are held as long as a left row can need them" {
    end=$undrained
    # a left row to come is at 13 or later: it needs what is at 8 or later
    { click 7 1 && click 8 2 && click 12 1 && click 20 1 && click 5 null && watermark 12; } >lines
    between '-5ms AND 0s' --metrics counts <lines >out
    is "$(counts click)" 'used 2 held 3'
    # with 4 ms more at the other end, one at 9 may wait: it needs what is at 4 or later
    between '-5ms AND 4ms' --metrics counts <lines >out
    is "$(counts click)" 'used 1 held 4'
    between '2ms AND 4ms' --metrics counts <lines >out
    is "$(counts click)" 'used 3 held 2'
}

@test "every left row is held until it is used, dropped or rejected" {
    { click 3 1 && sale 5 1 && sale 6 2 && sale 7 2 && sale 20 1 && watermark 6; } >lines
    (
        end=$undrained
        between '-5ms AND 0s' --metrics counts <lines >out
        is "$(counts sale)" 'used 2 held 2'
        between '-5ms AND 1ms' --inner --metrics counts <lines >out
        is "$(counts sale)" 'used 1 held 3'
        between '-5ms AND 0s' --reject --metrics counts <lines >out
        is "$(counts sale)" 'used 1 rejected 1 held 2'
    )
    between '-5ms AND 0s' --inner --metrics counts <lines >out
    is "$(counts sale)" 'used 1 dropped 3'
    is "$(counts click)" 'used 1'
    is "$(grep '^firsttouch_emitted' counts)" \
        'firsttouch_emitted_total{filter="ft-join",stage="1",stream="sale"} 1'
}

@test "memory does not grow with the versions that went by, nor with rows that are too old" {
    [[ ${FT_BUILD-} == *sanitize* ]] && skip "the sanitizers' own memory would be measured"
    many() { # KIND
        awk -v kind="$1" 'BEGIN { for (n = 1; n <= 400000; n++) {
            if (kind == "price") printf "{\"_stream\":\"price\",\"_ts\":%d,\"id\":%d,\"cents\":%d}\n", n, n % 50, n
            else printf "{\"_stream\":\"click\",\"_ts\":%d,\"no\":%d,\"id\":%d}\n", n, n, n
            if (n % 1000 == 0) {
                printf "{\"_stream\":\"sale\",\"_ts\":%d,\"no\":%d,\"id\":%d}\n", n + 1, n, n % 50
                printf "{\"_stream\":\"_watermark\",\"_ts\":%d}\n", n }
        } }'
    }
    small() { bash -c 'ulimit -v 60000; exec "$@"' _ "$@"; }
    many price | tagged >lines
    small ft-join --from sale --with price --as-of --on id --take cents <lines | rows | tail -n 1 >last
    is "$(<last)" '{"_ts":400001,"no":400000,"id":0,"cents":400000}'
    many click | tagged >lines
    small ft-join --from sale --with click --between '-10ms AND 0s' --on id --take 'no AS click' \
        <lines | rows | tail -n 1 >last
    is "$(<last)" '{"_ts":400001,"no":400000,"id":0,"click":null}'
}

# ---- going on ----

# What goes on behind what m.db has committed, and ends behind its first barriers, before or behind
# ft-join: load_in NUMBER WHERE FT-JOIN-OPTION...
load_in() {
    local number=$1 where=$2 committed
    shift 2
    at() {
        local n=$number
        [ "$1" = "$where" ] || n=0
        awk -v n="$n" '{ print } /^{"_stream":"_barrier"/ && !--n { exit }'
    }
    committed=$(ft-sink --state st --committed sqlite:m.db) || return
    ft-ingest --state st --restore "$committed" -c shop.json --epoch 50r sale=sale.ndjson \
        click=click.ndjson price=price.ndjson | at 1 |
        ft-join --state st --from sale --on id --to joined "$@" 2>>err | at 2 |
        ft-sink --state st sqlite:m.db joined 2>>err || true
}

shop() {
    cat >shop.json <<'END'
{"streams": {
    "sale": {"time": {"column": "at", "unit": "ms"}, "lag": "3s"},
    "click": {"time": {"column": "at", "unit": "ms"}, "lag": "3s"},
    "price": {"kind": "upsert", "key": "id", "lag": "3s",
        "time": {"column": "at", "unit": "ms", "missing": "always"}}}}
END
    disordered sale 1 2 >sale.ndjson
    disordered click 3 4 >click.ndjson
    { echo '{"price":0,"id":1}' && echo '{"price":0,"id":2}' && disordered price 5 6 |
        awk 'NR % 4 == 0 { sub("\"price\":[0-9]*", "\"_op\":\"delete\"") } { print }'; } >price.ndjson
}

# The answer of SQL on the three files, as tables with the order of their lines in n.
ask_files() {
    for name in sale click price; do
        sqlite3 files.db "CREATE TABLE ${name}_line (l)" '.mode ascii' '.separator "\037" "\n"' \
            ".import $name.ndjson ${name}_line" "CREATE TABLE $name AS SELECT rowid AS n,
                l ->> '$name' AS $name, l ->> 'at' AS at, l ->> 'id' AS id FROM ${name}_line"
    done
    sqlite3 files.db "$1"
    rm files.db
}

joined() {
    sqlite3 m.db "SELECT sale, $1 FROM joined ORDER BY rowid"
}

# goes_on COLUMN OPTION...: however often it is cut, the tables are as SQL says (file expected).
goes_on() {
    local column=$1
    shift
    for where in 1 2; do
        for step in 1 3; do
            rm -rf st m.db
            for ((runs = 0; runs < 25; runs += step)); do load_in "$step" "$where" "$@"; done
            load_in 99 0 "$@"
            joined "$column" | diff -u expected -
        done
    done
    ! grep -v 'the input ended without _end' err
}

@test "wherever the pipe is cut, an as-of join goes on with what it held, deletions too" {
    shop
    ask_files "SELECT sale, (SELECT price FROM price
            WHERE price.id = sale.id AND coalesce(price.at, -1) <= sale.at
            ORDER BY coalesce(price.at, -1) DESC, price.n DESC LIMIT 1)
        FROM sale ORDER BY at, n" >expected
    [ "$(grep -c '|$' expected)" -gt 30 ]
    [ "$(grep -vc '|$' expected)" -gt 100 ]
    goes_on price --with price --as-of --take price
}

@test "wherever the pipe is cut, an interval join goes on with what it held" {
    shop
    for bounds in '-700 +600' '-900 +0'; do
        ask_files "SELECT sale, click FROM sale LEFT JOIN click ON click.id = sale.id
                AND click.at BETWEEN sale.at ${bounds% *} AND sale.at ${bounds#* }
            ORDER BY sale.at, sale.n, click.at, click.n" >expected
        [ "$(grep -vc '|$' expected)" -gt 200 ]
        goes_on click --with click --between "${bounds% *}ms AND ${bounds#* }ms" --take click
    done
}

@test "a left row at the watermark has been answered before a restart, the next one is after it" {
    run_on() { # OPTION...
        ft-ingest --state st --restore "$(ft-sink --state st --committed sqlite:m.db)" --no-drain \
            --lag 0s --watermark-step 1ms --epoch 1r --time at:ms sale=sale.ndjson click=click.ndjson |
            ft-join --state st --from sale --with click --on id --take click --to joined "$@" |
            ft-sink --state st sqlite:m.db joined
    }
    for how in --as-of '--between=-1s AND 0s'; do
        rm -rf st m.db
        printf '{"sale":%d,"at":%d,"id":1}\n' 1 1000 2 2999 3 3000 >sale.ndjson
        echo '{"click":7,"at":2500,"id":1}' >click.ndjson
        echo '{"click":8,"at":3000,"id":2}' >>click.ndjson
        run_on "$how"
        is "$(joined click | xargs)" '1| 2|7'
        run_on "$how"
        echo '{"sale":4,"at":5000,"id":1}' >>sale.ndjson
        echo '{"click":9,"at":5000,"id":2}' >>click.ndjson
        run_on "$how"
        is "$(joined click | xargs)" '1| 2|7 3|7'
    done
}

@test "what is on disk of the versions does not grow with those that went by" {
    echo '{"streams":{"price":{"kind":"upsert","key":"id","time":{"column":"at","unit":"ms"}},
        "sale":{"time":{"column":"at","unit":"ms"}}, "click":{"time":{"column":"at","unit":"ms"}}}}' >shop.json
    : >click.ndjson
    seq -f '{"price":%.0f}' 20000 | awk -F '[:}]' '{ printf "{\"price\":%d,\"at\":%d,\"id\":%d}\n", $2, $2, $2 % 40 }' >price.ndjson
    echo '{"sale":1,"at":19990,"id":7}' >sale.ndjson # 19967 is the last version of 7 by then
    load_in 300 1 --with price --as-of --take price
    load_in 99 0 --with price --as-of --take price
    is "$(joined price)" '1|19967'
    # 40 rows: they are written anew when there are more than 1000 lines beside two for each
    manifest=$(printf '%s\n' st/1-ft-join/*.manifest | sort -V | tail -n 1)
    [ "$(jq -s 'map(select(.part == "price").lines) | add' "$manifest")" -le 1080 ]
    [ ! -e st/1-ft-join/price-1.ndjson ]
}

@test "a state of another kind of join, or with other bounds, is refused" {
    hold() {
        ft-ingest --state st --restore "$(ft-sink --state st --committed sqlite:m.db)" --no-drain \
            --time at:ms sale=sale.ndjson click=click.ndjson |
            ft-join --state st --from sale --with click --on id --take click --to joined "$@" |
            ft-sink --state st sqlite:m.db joined
        [ "${PIPESTATUS[1]}" -ne 2 ] || return 2
    }
    refuses_state() { # MESSAGE OPTION...
        local message=$1
        shift
        run -2 --separate-stderr hold "$@"
        is "${stderr_lines[0]}" "ft-join: st/1-ft-join was written with $message: go on with that, or begin with a new --state"
    }
    shop
    hold --as-of
    refuses_state 'a join of kind as-of, and this run has interval' --between '-1s AND 0s'
    refuses_state '--inner not given, and this run has given' --as-of --inner
    refuses_state '--reject not given, and this run has given' --as-of --reject
    refuses_state '--take click, and this run has click AS c' --as-of --take 'click AS c'
    refuses_state '--take-left , and this run has sale' --as-of --take-left sale
    hold --as-of --keep-left
    rm -r st m.db
    hold --between '-1s AND 0s'
    refuses_state 'a join of kind interval, and this run has as-of' --as-of
    refuses_state '--between (in ms) -1000 AND 0, and this run has -1000 AND 1' --between '-1s AND 1ms'
    hold --between '-1000ms and +0m'
}

# ---- what is refused before the first record ----

# The options make ft-join exit with status 2, saying $1.
refuses() {
    local text=$1
    shift
    run -2 --separate-stderr ft-join --on id --take no "$@" < <(tagged </dev/null)
    is "$stderr" "ft-join: $text"
}

@test "sides that cannot be answered in the order of time are refused" {
    refuses 'stream price is an upsert stream: a correction would be answered twice' \
        --from price --with sale --as-of
    refuses 'stream price is an upsert stream: a correction would be answered twice' \
        --from price --with sale --between '0s AND 0s'
    refuses 'stream price is an upsert stream: a row and its correction would both be met' \
        --from sale --with price --between '0s AND 0s' --take cents
    refuses '--on: cents is not the key of price (its key is id)' \
        --from sale --with price --as-of --on 'no = cents' --take id
    untimed() {
        { echo "$begin" && cat &&
            echo '{"_stream":"_schema","stream":"left","kind":"append"}' && echo "$end"; } |
            ft-join --from left --on id --take x "$@"
    }
    run -2 --separate-stderr untimed --with right --as-of \
        <<<'{"_stream":"_schema","stream":"right","kind":"append","time":null}'
    is "$stderr" 'ft-join: stream left has no event time'
    run -2 --separate-stderr untimed --with right --between '0s AND 0s' \
        <<<'{"_stream":"_schema","stream":"right","kind":"append"}'
    is "$stderr" 'ft-join: stream right has no event time'
    run -2 --separate-stderr untimed --with right --as-of \
        <<<'{"_stream":"_schema","stream":"right","kind":"upsert","key":["id"]}'
    is "$stderr" 'ft-join: stream right has no event time: without --as-of it is looked up as it is'
}

@test "options that exclude each other, or want another one, are refused" {
    refuses '--as-of and --between exclude each other' -f sale -w click --as-of --between '0s AND 0s'
    refuses '--as-of and --between exclude each other' -f sale -w click --between '0s AND 0s' --as-of
    refuses '--table: the rows of a file have no event time: give --with' \
        -f sale --table click=f --as-of
    refuses '--table: the rows of a file have no event time: give --with' \
        -f sale --table click=f --between '0s AND 0s'
    refuses '--keep-left: sale goes on, and the rows need another name: give --to' \
        -f sale -w click --as-of --keep-left
    refuses '--keep-left: sale goes on, and the rows need another name: give --to' \
        -f sale -w price --take cents --keep-left --to sale
    refuses 'there is a stream click already: choose another name with --to' \
        -f sale -w price --take cents --to click
}

@test "bounds that are none are refused with their text" {
    for bounds in '' '0s' '-30m' '-30m AND' '30 AND 40' '-30m,0s' '-30m AND 0s AND 1s' 'now AND 1s'; do
        refuses "--between: \"$bounds\" is not two durations such as '-30m AND 0s' or '-1d AND +1h'" \
            -f sale -w click --between "$bounds"
    done
    refuses '--between: "0s AND -30m" ends before it begins' -f sale -w click --between '0s AND -30m'
}

# ---- the edges of the pipe ----

@test "when the input breaks off nothing that waits is answered" {
    broken_off() {
        { price 1 1 && sale 5 1 && sale 6 1 && watermark 5; } | tagged | head -n -3 |
            ft-join --from sale --with price --as-of --on id --take cents
    }
    run -4 --separate-stderr broken_off
    is "$stderr" 'ft-join: the input ended without _end: what wrote it has died'
    is "$(met <<<"$output")" '5:1 W5'
}

@test "a record that comes behind its watermark was moved by somebody, and is rejected as late" {
    { watermark 10 && sale 10 1 && click 9 1 && sale 11 1; } | between '-5ms AND 0s' >out
    is "$(rows _rejected <out | jq -r '"\(.stream) \(.reason)"')" 'sale late
click late'
    is "$(met <out)" 'W10 11:null W'
}

@test "the same bytes come out however the input is cut" {
    random_lines 3 | tagged >in
    for how in '--as-of --take cents --with price' '--between=-9ms_AND_9ms --take no_AS_click --with click'; do
        read -ra options <<<"$how"
        timed() { ft-join --from sale --on id "${options[@]//_/ }"; }
        timed <in >expected
        dd if=in bs=1 status=none | timed | cmp - expected
        dd if=in bs=4096 status=none | timed | cmp - expected
    done
}
