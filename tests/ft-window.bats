# ft-window alone: which window a record belongs to, when a row comes out, and what it says.
# shellcheck disable=SC2016,SC2154 # begin and end are common.bash's; quotes are meant
load common

schema='{"_stream":"_schema","stream":"hit","kind":"append","key":["id"],"time":"at","columns":[["id","int"],["user","string"],["page","any"],["n","int"],["price","decimal(10,2)"],["seen","timestamp(s)"],["mail","string","pii"],["at","timestamp"]]}'

# stdin between the control lines, with the stream hit.
tagged() {
    printf '%s\n' "$begin" "$schema"
    cat
    printf '%s\n' "$end"
}

# Records of hit, from TIME:MEMBERS; a lone W:TIME is a watermark.
hits() {
    local hit
    for hit; do
        case $hit in
        W:*) printf '{"_stream":"_watermark","_ts":%s}\n' "${hit#W:}" ;;
        *:*) printf '{"_stream":"hit","_ts":%s,%s}\n' "${hit%%:*}" "${hit#*:}" ;;
        *) printf '{"_stream":"hit","_ts":%s}\n' "$hit" ;;
        esac
    done
}

# The records of a stream, window unless said, without the tag.
rows() {
    sed -n "s/^{\"_stream\":\"${1-window}\",/{/p"
}

# What OPTIONs for ft-window make of HITs: window --by x -- 1000 2000
window() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    hits "${@:2}" | tagged | ft-window --from hit "${options[@]}"
}

count=(--select 'COUNT(*) AS n')

# The fates of stream $1 in the file counts.
counts() {
    sed -nE 's/^firsttouch_records\{.*stream="'"$1"'",fate="([a-z]+)"\} ([0-9]+)$/\1 \2/p' counts |
        paste -sd' '
}

# ---- windows that tumble ----

@test "a window has its start and not its end" {
    run -0 window --tumble 1s "${count[@]}" -- 0 999 1000 1001
    is "$(rows <<<"$output")" '{"_ts":999,"window_start":0,"window_end":1000,"n":2}
{"_ts":1999,"window_start":1000,"window_end":2000,"n":2}'
}

@test "a row comes out before the watermark that has reached the window's last millisecond" {
    run -0 window --tumble 1s "${count[@]}" -- 500 W:998 999 W:999 1500 W:1000
    is "$(grep -v '_schema\|_begin' <<<"$output")" '{"_stream":"_watermark","_ts":998}
{"_stream":"window","_ts":999,"window_start":0,"window_end":1000,"n":2}
{"_stream":"_watermark","_ts":999}
{"_stream":"_watermark","_ts":1000}
{"_stream":"window","_ts":1999,"window_start":1000,"window_end":2000,"n":1}
'"$end"
}

@test "before 1970 windows are rounded down too: that of -1 is [-1800000, 0)" {
    run -0 window --tumble 30m "${count[@]}" -- -1800001 -1800000 -1 0
    is "$(rows <<<"$output")" '{"_ts":-1800001,"window_start":-3600000,"window_end":-1800000,"n":1}
{"_ts":-1,"window_start":-1800000,"window_end":0,"n":2}
{"_ts":1799999,"window_start":0,"window_end":1800000,"n":1}'
}

@test "no row tells of an empty window, and none comes out of an empty stream" {
    run -0 window --tumble 1s "${count[@]}" -- 500 7200500
    is "$(rows <<<"$output" | jq -c .window_start | xargs)" '0 7200000'
    run -0 window --tumble 1s "${count[@]}" -- W:5000
    is "$(rows <<<"$output")" ''
}

@test "rows come out in the order of end, start and key: decoded, null first" {
    run -0 window --tumble 1s --by user,page "${count[@]}" -- '5:"user":"b","page":2' \
        '5:"user":"b","page":10' '1001:"user":"a","page":1' '5:"user":"\u00e9","page":1' \
        '5:"user":"z"' '5:"page":"x"' '5:"user":"","page":null' '5:"user":"b","page":"1\n"' \
        '5:"user":"B","page":1'
    is "$(rows <<<"$output" | jq -c '[.window_start, .user, .page]')" '[0,null,"x"]
[0,"",null]
[0,"B",1]
[0,"b","1\n"]
[0,"b",10]
[0,"b",2]
[0,"z",null]
[0,"é",1]
[1000,"a",1]'
}

@test "null is a key like others, whether it is written or missing" {
    run -0 window --tumble 1s --by user "${count[@]}" -- 1 '2:"user":null' '3:"user":""' \
        '4:"user":"null"'
    is "$(rows <<<"$output" | jq -c '[.user, .n]')" '[null,2]
["",1]
["null",1]'
}

@test "keys are one when their values are equal, however they are spelled" {
    run -0 window --tumble 1s --by price "${count[@]}" -- '1:"price":1.5' '2:"price":1.50' \
        '3:"price":"1.5"' '4:"price":15e-1'
    is "$(rows <<<"$output")" '{"_ts":999,"price":1.50,"window_start":0,"window_end":1000,"n":4}'
    run -0 window --tumble 1s --by user "${count[@]}" -- '1:"user":"A"' '2:"user":"\u0041"'
    is "$(rows <<<"$output" | jq -c '[.user, .n]')" '["A",2]'
    run -0 window --tumble 1s --by page "${count[@]}" -- '1:"page":1' '2:"page":1.0' \
        '3:"page":"1"' '4:"page":true'
    is "$(rows <<<"$output" | jq -c '[.page, .n]' | sort)" '["1",1]
[1,2]
[true,1]'
}

@test "a key of another unit goes on as what all timestamps are computed in, milliseconds" {
    run -0 window --tumble 1s --by seen --select 'seen, CAST(seen AS DATE) AS day, COUNT(*) AS n' \
        -- '1:"seen":1735689600' '2:"seen":1735689600'
    is "$(rows <<<"$output")" '{"_ts":999,"seen":1735689600000,"day":"2025-01-01","n":2}'
    [[ $output == *'["seen","timestamp"]'* ]]
}

@test "a key of a megabyte is a key" {
    long=$(head -c 1048576 /dev/zero | tr '\0' x)
    for user in "$long" "$long" "${long}y"; do
        printf '{"_stream":"hit","_ts":5,"user":"%s"}\n' "$user"
    done | tagged | ft-window --from hit --tumble 1s --by user "${count[@]}" >out
    is "$(rows <out | jq -c '[(.user | length), .n]')" '[1048576,2]
[1048577,1]'
}

# ---- sessions ----

@test "records that are exactly the gap apart are of one session, and a millisecond more divides" {
    run -0 window --session 1s "${count[@]}" -- 0 1000 2001
    is "$(rows <<<"$output")" '{"_ts":2000,"window_start":0,"window_end":2000,"n":2}
{"_ts":3001,"window_start":2001,"window_end":3001,"n":1}'
}

@test "a session is told of when the watermark has reached its end; a record at the end joins" {
    run -0 window --session 1s "${count[@]}" -- 0 W:999 1000 W:1999 W:2000
    is "$(grep -v '_schema\|_begin' <<<"$output")" '{"_stream":"_watermark","_ts":999}
{"_stream":"_watermark","_ts":1999}
{"_stream":"window","_ts":2000,"window_start":0,"window_end":2000,"n":2}
{"_stream":"_watermark","_ts":2000}
'"$end"
}

@test "a record between two sessions makes one of them, and one before begins it sooner" {
    run -0 window --session 1s "${count[@]}" -- 2000 0 4000 1000 -500 3000
    is "$(rows <<<"$output")" '{"_ts":5000,"window_start":-500,"window_end":5000,"n":6}'
}

@test "users A and B who click in turn have a session each" {
    run -0 window --session 30m --by user --select 'user, window_start AS session_start,
        window_end AS session_end, COUNT(*) AS clicks' -- '0:"user":"A"' '60000:"user":"B"' \
        '120000:"user":"A"' '180000:"user":"B"' '3600000:"user":"A"'
    is "$(rows <<<"$output")" \
        '{"_ts":1920000,"user":"A","session_start":0,"session_end":1920000,"clicks":2}
{"_ts":1980000,"user":"B","session_start":60000,"session_end":1980000,"clicks":2}
{"_ts":5400000,"user":"A","session_start":3600000,"session_end":5400000,"clicks":1}'
}

@test "what was added up in two sessions is added up when they become one" {
    run -0 window --session 1s --select 'COUNT(*) AS n, SUM(price) AS total, AVG(n) AS mean,
        MIN(user) AS first, MAX(user) AS last, COUNT(DISTINCT page) AS pages,
        COLLECT(DISTINCT page) AS list' -- '0:"price":1.25,"n":1,"user":"b","page":"x"' \
        '2000:"price":0.05,"n":2,"user":"a","page":"y"' '1000:"price":-3,"n":4,"user":"c","page":"x"'
    is "$(rows <<<"$output")" '{"_ts":3000,"window_start":0,"window_end":3000,"n":3,"total":-1.70,"mean":2.333333,"first":"a","last":"c","pages":2,"list":["x","y"]}'
}

# ---- the list ----

@test "a list of aggregates alone has the key and the window in front" {
    run -0 window --tumble 1s --by user,page --select 'COUNT(*) AS n, SUM(n) + 1 AS m' -- '1:"n":4'
    is "$(rows <<<"$output")" \
        '{"_ts":999,"user":null,"page":null,"window_start":0,"window_end":1000,"n":1,"m":5}'
}

@test "a list with anything else in it is what it says" {
    run -0 window --tumble 1s --by user --select 'COUNT(*) AS n, user' -- '1:"user":"a"'
    is "$(rows <<<"$output")" '{"_ts":999,"n":1,"user":"a"}'
    run -0 window --tumble 1s --by user --select 'window_end, COUNT(*) AS n' -- '1:"user":"a"'
    is "$(rows <<<"$output")" '{"_ts":999,"window_end":1000,"n":1}'
    run -0 window --tumble 1s --by user --select "1 AS one, UPPER(user) || '!' AS shout" \
        -- '1:"user":"a"' '2:"user":"a"' '3:"user":"b"'
    is "$(rows <<<"$output")" '{"_ts":999,"one":1,"shout":"A!"}
{"_ts":999,"one":1,"shout":"B!"}'
}

@test "keys with odd names come in front under these names" {
    printf '%s\n' "$begin" '{"_stream":"_schema","stream":"hit","kind":"append","time":"at"}' \
        '{"_stream":"hit","_ts":1,"a b":"x","c\"d":2}' "$end" |
        ft-window --from hit --tumble 1s --by '"a b", `c"d`' "${count[@]}" >out
    is "$(rows <out)" '{"_ts":999,"a b":"x","c\"d":2,"window_start":0,"window_end":1000,"n":1}'
}

@test "what is computed of aggregates, of the key and of the window stands in the row" {
    run -0 window --tumble 1h --by user --select 'user, SUM(n) * 100 / COUNT(*) AS share,
        CASE WHEN COUNT(*) > 1 THEN MAX(price) END AS high,
        TIMESTAMP_DIFF(window_end, window_start, MINUTE) AS minutes,
        CAST(window_start AS DATE) AS day, DATE_TRUNC(DAY, window_end) AS midnight' \
        -- '1735689600000:"user":"a","n":1,"price":2.5' '1735689600001:"user":"a","n":0,"price":1' \
        '1735689600002:"user":"b","n":1,"price":9'
    is "$(rows <<<"$output")" '{"_ts":1735693199999,"user":"a","share":50.000000,"high":2.50,"minutes":60,"day":"2025-01-01","midnight":1735689600000}
{"_ts":1735693199999,"user":"b","share":100.000000,"high":null,"minutes":60,"day":"2025-01-01","midnight":1735689600000}'
}

@test "SUM(10.10, 0.20, 99999999.99) is 100000010.29, and AVG is 33333336.763333" {
    run -0 window --tumble 1s --select 'SUM(price) AS sum, AVG(price) AS avg' \
        -- '1:"price":10.10' '2:"price":0.2' '3:"price":"99999999.99"' '4:"price":null'
    is "$(rows <<<"$output" | grep -o '"sum.*')" '"sum":100000010.29,"avg":33333336.763333}'
}

@test "of nothing COUNT is 0, COLLECT is [], and the others are null" {
    run -0 window --tumble 1s --select 'COUNT(*) AS a, COUNT(n) AS b, COUNT(DISTINCT n) AS c,
        SUM(n) AS d, AVG(n) AS e, MIN(n) AS f, MAX(n) AS g, COLLECT(DISTINCT n) AS h' -- 1 2
    is "$(rows <<<"$output" | grep -o '"a".*')" \
        '"a":2,"b":0,"c":0,"d":null,"e":null,"f":null,"g":null,"h":[]}'
}

# ---- the stream that is made ----

# The schema of window that OPTIONs make.
made() {
    window "$@" -- | sed -n 's/^{"_stream":"_schema","stream":"window",//p'
}

@test "the stream that is made has types, event times, and the key that tells its rows apart" {
    is "$(made --tumble 1s --by user,price "${count[@]}")" '"kind":"append","key":["user","price","window_start"],"null_keys":true,"time":null,"columns":[["user","string"],["price","decimal(10,2)"],["window_start","timestamp"],["window_end","timestamp"],["n","int"]]}'
    is "$(made --session 1s --by user --select 'MAX(price) AS p, AVG(n) AS m, window_end AS until,
        user AS who, COLLECT(DISTINCT n) AS all_n, user IS NULL AS anonymous')" '"kind":"append","key":["who","until"],"null_keys":true,"time":null,"columns":[["p","decimal(10,2)"],["m","decimal(38,6)"],["until","timestamp"],["who","string"],["all_n","json"],["anonymous","boolean"]]}'
}

@test "there is no key where a column of it, or the window, is missing" {
    has_key() {
        made "$@" | grep -o '"key":\[[^]]*\]' || echo none
    }
    is "$(has_key --tumble 1s --by user,price --select 'user, window_start, COUNT(*) AS n')" none
    is "$(has_key --tumble 1s --by user --select 'user, COUNT(*) AS n')" none
    is "$(has_key --tumble 1s --by user \
        --select 'LOWER(user) AS user, window_start, COUNT(*) AS n')" none
    is "$(has_key --tumble 1s "${count[@]}")" '"key":["window_start"]'
    # a date is one window's only where windows are whole days
    local by_day='CAST(window_start AS DATE) AS dt, COUNT(*) AS n'
    is "$(has_key --tumble 1d --select "$by_day")" '"key":["dt"]'
    is "$(has_key --tumble 7d --tz Europe/Paris --select "$by_day")" '"key":["dt"]'
    is "$(has_key --tumble 12h --select "$by_day")" none
    is "$(has_key --session 1d --select "$by_day")" none
    is "$(has_key --tumble 1d --select 'CAST(window_end AS DATE) AS dt, COUNT(*) AS n')" none
}

@test "what shows a classified column is classified, and a count of it is not" {
    is "$(made --tumble 1s --by mail --select 'mail, COUNT(*) AS n, COUNT(DISTINCT mail) AS m,
        MAX(mail) AS last' | grep -o '"columns.*')" \
        '"columns":[["mail","string","pii"],["n","int"],["m","int"],["last","string","pii"]]}'
}

@test "--keep passes the records on, first and untouched; without it they are gone" {
    odd='{"_stream":"hit","_ts":5, "user":"\u0041","x":1E5}'
    run -0 ft-window --from hit --tumble 1s --keep "${count[@]}" < <(echo "$odd" | tagged)
    is "$(sed -n 2,4p <<<"$output")" "$schema"'
{"_stream":"_schema","stream":"window","kind":"append","key":["window_start"],"time":null,"columns":[["window_start","timestamp"],["window_end","timestamp"],["n","int"]]}
'"$odd"
    run -0 ft-window --from hit --tumble 1s "${count[@]}" < <(echo "$odd" | tagged)
    [[ $output != *'"hit"'* ]]
}

@test "--to names the stream, also as the one that is consumed" {
    run -0 window --tumble 1s --to minute "${count[@]}" -- 5
    is "$(rows minute <<<"$output")" '{"_ts":999,"window_start":0,"window_end":1000,"n":1}'
    run -0 window --tumble 1s --to hit "${count[@]}" -- 5
    is "$(rows hit <<<"$output")" '{"_ts":999,"window_start":0,"window_end":1000,"n":1}'
    run -2 --separate-stderr window --tumble 1s --to hit --keep "${count[@]}" -- 5
    is "$stderr" 'ft-window: there is a stream hit already: choose another name with --to'
}

@test "rows go through another window: minutes, then hours of them" {
    run -0 ft-window --from minute --tumble 1h --to hour --select 'SUM(n) AS n, COUNT(*) AS minutes' \
        < <(window --tumble 1m --to minute "${count[@]}" -- 0 59999 60000 3599999 W:3599998 3600000)
    is "$(rows hour <<<"$output")" \
        '{"_ts":3599999,"window_start":0,"window_end":3600000,"n":4,"minutes":3}
{"_ts":7199999,"window_start":3600000,"window_end":7200000,"n":1,"minutes":1}'
}

# ---- zones ----

@test "days of Europe/Paris have 23 hours on 2025-03-30 and 25 on 2025-10-26" {
    run -0 window --tumble 1d --tz Europe/Paris --select 'CAST(window_start AS DATE) AS dt,
        window_start, window_end, COUNT(*) AS n' -- 1743289199999 1743289200000 1743371999999 \
        1743372000000 1761429599999 1761429600000 1761519599999 1761519600000
    is "$(rows <<<"$output" | sed 's/"_ts":[0-9]*,//')" \
        '{"dt":"2025-03-29","window_start":1743202800000,"window_end":1743289200000,"n":1}
{"dt":"2025-03-30","window_start":1743289200000,"window_end":1743372000000,"n":2}
{"dt":"2025-03-31","window_start":1743372000000,"window_end":1743458400000,"n":1}
{"dt":"2025-10-25","window_start":1761343200000,"window_end":1761429600000,"n":1}
{"dt":"2025-10-26","window_start":1761429600000,"window_end":1761519600000,"n":2}
{"dt":"2025-10-27","window_start":1761519600000,"window_end":1761606000000,"n":1}'
}

@test "without --tz days are those of UTC, whatever the zone of the process" {
    TZ=Asia/Tokyo run -0 window --tumble 1d --select 'CAST(window_start AS DATE) AS dt, COUNT(*) AS n' \
        -- 1735689599999 1735689600000
    is "$(rows <<<"$output" | jq -c .dt | xargs)" '2024-12-31 2025-01-01'
}

@test "hours divide the time that goes by from midnight on, and the last one ends with the day" {
    run -0 window --tumble 12h --tz Europe/Paris "${count[@]}" -- 1743289200000 1743332399999 \
        1743332400000 1743371999999 1761519599999
    # 2025-03-30 00:00 +01, 13:00 +02; the 25th hour of 2025-10-26
    is "$(rows <<<"$output" | jq -c '[.window_start, .window_end, .n]')" \
        '[1743289200000,1743332400000,2]
[1743332400000,1743372000000,2]
[1761516000000,1761519600000,1]'
}

@test "a record of a day that a zone never had is in the day that its clocks show" {
    # Apia went from 2011-12-29 24:00 to 2011-12-31 00:00
    run -0 window --tumble 1d --tz Pacific/Apia --select 'CAST(window_start AS DATE) AS dt,
        COUNT(*) AS n' -- 1325239199999 1325239200000
    is "$(rows <<<"$output" | jq -c .dt | xargs)" '2011-12-29 2011-12-31'
}

@test "sessions take no notice of midnights, but their dates are local" {
    run -0 window --session 30m --tz Asia/Kolkata --select 'CAST(window_start AS DATE) AS dt,
        COUNT(*) AS n' -- 1735669799999 1735669800000
    is "$(rows <<<"$output")" '{"_ts":1735671600000,"dt":"2024-12-31","n":2}'
}

@test "windows that are no days and divide none are refused where there is a zone" {
    for size in 7h 36h 25m 86399999ms; do
        run -2 --separate-stderr ft-window --from hit --tumble "$size" --tz Europe/Paris "${count[@]}"
        is "$stderr" 'ft-window: --tz: windows are whole days there, or divide one: see --tumble'
    done
    run -2 --separate-stderr ft-window --from hit --tumble 1d --tz Europe/Atlantis "${count[@]}"
    is "$stderr" 'ft-window: --tz: there is no time zone Europe/Atlantis'
}

# ---- conditions ----

@test "--where drops records for which it is not true: false, or null" {
    run -0 window --tumble 1s --metrics counts --where "user = 'a' AND n > 1" --by user "${count[@]}" \
        -- '1:"user":"a","n":2' '2:"user":"a","n":1' '3:"user":"a"' '4:"user":"b","n":2' 5
    is "$(rows <<<"$output" | jq -c '[.user, .n]')" '["a",1]'
    is "$(counts hit)" 'passed 0 used 1 rejected 0 dropped 4 duplicate 0 held 0'
}

@test "--where is asked first: what it drops cannot be wrong" {
    run -0 window --tumble 1s --where 'n <> 0' --by user --select 'SUM(10 / n) AS s' \
        -- '1:"n":0' '2:"n":0,"user":7' '3:"n":5'
    is "$(rows <<<"$output" | grep -o '"s".*')" '"s":2.000000}'
    is "$(rows _rejected <<<"$output")" ''
}

@test "--keep passes on what --where drops" {
    run -0 window --tumble 1s --keep --where 'n = 1' "${count[@]}" -- '1:"n":1' '2:"n":2'
    is "$(rows hit <<<"$output" | jq -c .n | xargs)" '1 2'
    is "$(rows <<<"$output" | jq -c .n)" 1
}

# ---- what is rejected ----

@test "a record for which something has no value is rejected, with column and reason" {
    run -0 window --tumble 1s --metrics counts --by price --where 'n + 1 > 0' \
        --select 'SUM(10 / n) AS s' -- '1:"n":5' '2:"n":0' '3:"n":"x"' '4:"n":5,"price":"dear"' \
        '5:"n":9223372036854775807'
    is "$(rows _rejected <<<"$output" | jq -c '[.stream, .column, .reason, .record_time]')" \
        '["hit",null,"SUM ( 10 / n ): division by zero",2]
["hit","n","column n: \"x\" is not an integer",3]
["hit","price","column price: \"dear\" is not a number",4]
["hit",null,"--where: is out of range for int",5]'
    is "$(rows <<<"$output" | grep -o '"s".*')" '"s":2.000000}'
    is "$(counts hit)" 'passed 0 used 1 rejected 4 dropped 0 duplicate 0 held 0'
}

@test "a record that is rejected opens no window, and counts in none" {
    run -0 window --session 1s --by user --select 'COUNT(*) AS n, SUM(1 / n) AS s' \
        -- '0:"n":1' '900:"n":0' '1500:"n":1' '1:"n":0,"user":"a"'
    is "$(rows <<<"$output" | jq -c '[.window_start, .window_end, .user, .n]')" '[0,1000,null,1]
[1500,2500,null,1]'
}

@test "a window of which something cannot be told is rejected, and the others are not" {
    run -0 window --tumble 1s --metrics counts --by user --select 'SUM(n) AS s' \
        -- '1:"user":"a","n":9223372036854775807' '2:"user":"a","n":1' '3:"user":"b","n":1'
    is "$(rows <<<"$output" | jq -c '[.user, .s]')" '["b",1]'
    is "$(rows _rejected <<<"$output" | jq -c 'del(.reason)')" '{"filter":"ft-window","stream":"window","record_time":999,"raw":"{\"user\":\"a\",\"window_start\":0,\"window_end\":1000}"}'
    [[ $(rows _rejected <<<"$output" | jq -r .reason) == *'SUM is out of range'* ]]
    is "$(counts hit)" 'passed 0 used 3 rejected 0 dropped 0 duplicate 0 held 0'
    is "$(counts window)" 'passed 0 used 0 rejected 1 dropped 0 duplicate 0 held 0'
    grep -q '^firsttouch_emitted_total{.*stream="window"} 1$' counts
    run -0 window --tumble 1s --by user --select 'user, window_start, 1 / (COUNT(*) - 1) AS s' \
        -- '1:"user":"a"' '2:"user":"b"' '3:"user":"b"'
    is "$(rows <<<"$output" | jq -c '[.user, .s]')" '["b",1]'
    is "$(rows _rejected <<<"$output" | jq -r .reason)" 'column s: division by zero'
}

@test "what is classified is not shown of a rejected window or record, unless --keep-raw" {
    run -0 window --tumble 1s --by mail --select 'SUM(n) AS s' \
        -- '1:"mail":"a@b.c","n":9223372036854775807' '2:"mail":"a@b.c","n":1' '3:"mail":7'
    [[ $(rows _rejected <<<"$output" | wc -l) == 2 && $output != *a@b.c* ]]
    is "$(rows _rejected <<<"$output" | jq -c .reason | head -n 1)" \
        '"column mail: the value is not a string"'
    run -0 window --tumble 1s --keep-raw --by mail --select 'SUM(n) AS s' \
        -- '1:"mail":"a@b.c","n":9223372036854775807' '2:"mail":"a@b.c","n":1'
    [[ $output == *a@b.c* ]]
}

@test "--strict ends the run at the first record, or window, that is rejected" {
    run -1 --separate-stderr window --tumble 1s --strict --select 'SUM(1 / n) AS s' -- '1:"n":0'
    [[ $stderr == 'ft-window: '*'division by zero'* ]]
    run -1 --separate-stderr window --tumble 1s --strict --select 'SUM(n) AS s' \
        -- '1:"n":9223372036854775807' '2:"n":1'
    [[ $stderr == 'ft-window: '*'SUM is out of range'* ]]
}

@test "a record in a window that ends behind all time is rejected" {
    run -0 window --tumble 1d "${count[@]}" -- 9007199254740990 5
    is "$(rows _rejected <<<"$output" | jq -c '[.reason, .record_time]')" \
        '["its window ends out of range",9007199254740990]'
    run -0 window --session 150000000d "${count[@]}" -- 5
    is "$(rows _rejected <<<"$output" | jq -r .reason)" 'its window ends out of range'
}

# ---- what is refused ----

@test "mistakes in the options are told before the first record" {
    while IFS=$'\t' read -r options message; do
        IFS='|' read -r -a words <<<"$options"
        run -2 --separate-stderr ft-window "${words[@]}" < <(tagged </dev/null)
        is "$(head -n 1 <<<"$stderr")" "ft-window: $message"
    done <<'END'
--tumble|1s|--select|COUNT(*) AS n	--from is needed (see --help)
--from|hit|--select|COUNT(*) AS n	--tumble or --session is needed (see --help)
--from|hit|--tumble|1s	--select is needed (see --help)
--from|hit|--tumble|1s|--session|1s|--select|COUNT(*) AS n	--tumble and --session exclude each other
--from|hit|--tumble|0s|--select|COUNT(*) AS n	--tumble: 0s is no time at all
--from|hit|--session|0ms|--select|COUNT(*) AS n	--session: 0ms is no time at all
--from|hit|--tumble|1s|--by|user, user|--select|COUNT(*) AS n	--by 'user, user': user stands twice
--from|hit|--tumble|1s|--by|who|--select|COUNT(*) AS n	--by: stream hit has no column who (it has id, user, page, n, price, seen, mail, at)
--from|hit|--tumble|1s|--by|window_end|--select|COUNT(*) AS n	--by: window_end is what the bounds of windows are called
--from|nope|--tumble|1s|--select|COUNT(*) AS n	there is no stream nope in the input (there are: hit)
--from|_rejected|--tumble|1s|--select|COUNT(*) AS n	--from: "_rejected" cannot be a stream: letters, digits and _, a letter first
END
}

# refuses_list OPTIONS MESSAGE: of a mistake in SQL, which is pointed at.
refuses_sql() {
    run -2 --separate-stderr window --tumble 1s --by user "${@:2}" -- 5
    [[ $stderr == "ft-window: "*"$1"* ]]
    [[ $stderr == *^* ]]
}

@test "mistakes in SQL are pointed at" {
    refuses_sql 'column n is none of --by: it needs an aggregate around it' --select 'n'
    refuses_sql '* has no value there' --select '*'
    refuses_sql 'needs a name' --select 'COUNT(*)'
    refuses_sql 'stands twice' --select 'COUNT(*) AS n, SUM(n) AS n'
    refuses_sql 'stands twice' --select 'COUNT(*) AS window_start'
    refuses_sql 'stream hit has no column nope' --select 'SUM(nope) AS s'
    refuses_sql 'stream hit has no column window_start' --select 'MAX(window_start) AS s'
    refuses_sql 'there are no groups here' --select 'SUM(COUNT(*)) AS s'
    refuses_sql 'there are no groups here' --select 'COUNT(*) AS n' --where 'COUNT(*) > 1'
    refuses_sql 'stream hit has no column nope' --select 'COUNT(*) AS n' --where 'nope = 1'
    refuses_sql '' --select 'COUNT(*) AS n' --where 'n + 1'
    refuses_sql '' --select 'COUNT(*) AS n' --where 'window_start > 0'
}

@test "a stream that can be corrected, or has no time, is refused" {
    of() { printf '%s\n' "$begin" "{\"_stream\":\"_schema\",\"stream\":\"hit\",$1}" "$end"; }
    run -2 --separate-stderr ft-window --from hit --tumble 1s "${count[@]}" \
        < <(of '"kind":"upsert","key":["id"],"time":"at"')
    is "$stderr" 'ft-window: stream hit is an upsert stream: a correction would be counted twice'
    run -2 --separate-stderr ft-window --from hit --tumble 1s "${count[@]}" < <(of '"kind":"append"')
    is "$stderr" 'ft-window: stream hit has no event time'
}

# ---- against other ways to the answer ----

# random_hits SEED COUNT: ids, times in disorder of less than 5 s, few users, some nulls.
random_hits() {
    awk -v seed="$1" -v count="$2" 'BEGIN {
        srand(seed)
        time = 1735689000000 + int(rand() * 100000)
        for (id = 1; id <= count; id++) {
            time += int(rand() * rand() * rand() * 8000)
            user = int(rand() * 5)
            printf "{\"id\":%d,\"at\":%.0f", id, time - int(rand() * 5000)
            if (user) printf ",\"user\":\"u%d\"", user
            if (rand() < 0.8) printf ",\"n\":%d", int(rand() * 100) - 50
            printf ",\"page\":\"p%d\"}\n", int(rand() * rand() * 9)
        }
    }'
}

# What is in the file hit, as a table.
load_hits() {
    jq -r '[.id, .at, (.user // "NULL"), (.n // "NULL"), .page] | @tsv' hit >hit.tsv
    rm -f hit.db
    sqlite3 hit.db 'CREATE TABLE hit (id INT, at INT, user TEXT, n INT, page TEXT)' '.mode tabs' \
        '.import hit.tsv hit' "UPDATE hit SET user = NULL WHERE user = 'NULL'" \
        "UPDATE hit SET n = NULL WHERE n = 'NULL'"
}

columns='COUNT(*) AS hits, COUNT(n) AS known, SUM(n) AS sum, MIN(n) AS least,
    COUNT(DISTINCT page) AS pages'

@test "random hits: windows are those that SQL finds over all of them" {
    for seed in {1..10}; do
        random_hits "$seed" 300 >hit
        load_hits
        ft-ingest --time at:ms --lag 5s hit=hit |
            ft-window --from hit --tumble 7s --by user --where "page <> 'p3'" --select "$columns" |
            rows | jq -r '[.user, .window_start, .hits, .known, .sum, .least, .pages] | @tsv' >got
        sqlite3 -tabs hit.db "SELECT user, at - at % 7000 AS start, $columns FROM hit
            WHERE page <> 'p3' GROUP BY user, start ORDER BY start, user" | diff - got
        [ "$(wc -l <got)" -gt 50 ]
    done
}

@test "random hits: sessions are those that SQL finds over all of them" {
    for seed in {1..10}; do
        random_hits "$seed" 300 >hit
        load_hits
        ft-ingest --time at:ms --lag 5s hit=hit |
            ft-window --from hit --session 6s --by user --select "$columns" |
            rows | jq -r '[.user, .window_start, .window_end, .hits, .known, .sum, .least, .pages] |
                @tsv' >got
        sqlite3 -tabs hit.db "
            WITH marked AS (SELECT *, coalesce(at - lag(at) OVER w > 6000, 1) AS first FROM hit
                    WINDOW w AS (PARTITION BY user ORDER BY at)),
                numbered AS (SELECT *, sum(first) OVER (PARTITION BY user ORDER BY at) AS session
                    FROM marked)
            SELECT user, min(at) AS start, max(at) + 6000 AS until, $columns FROM numbered
            GROUP BY user, session ORDER BY until, start, user" | diff - got
        [ "$(wc -l <got)" -gt 20 ]
    done
}

@test "any order of arrival inside the lag gives the same rows, byte for byte" {
    random_hits 7 400 >hit
    for kind in '--tumble 7s' '--session 6s'; do
        rm -f expected
        for lag in 5s 1m unbounded; do
            for order in cat tac 'sort -R --random-source=hit'; do
                [ "$order" = cat ] || [ "$lag" = unbounded ] || continue
                # shellcheck disable=SC2086 # words
                $order hit | ft-ingest --time at:ms --lag "$lag" hit=- |
                    ft-window --from hit $kind --by user --select "$columns, COLLECT(DISTINCT page) AS l
                        " | rows >got
                [ -e expected ] || cp got expected
                cmp expected got
            done
        done
        [ "$(wc -l <got)" -gt 20 ]
    done
}

# ---- on disk ----

# Random hits with a barrier behind every $2 lines, and their watermarks; file `input`.
input_with_barriers() {
    random_hits "$1" 600 >hit
    ft-ingest --time at:ms --lag 5s hit=hit | sed '1d;$d' | grep -v '"_barrier"' >lines
    { goes_on 0; awk -v every="$2" '{ print } NR % every == 0 {
        print "{\"_stream\":\"_barrier\",\"epoch\":" ++epoch ",\"committed\":" int(epoch / 2) "}"
    }' lines; echo '{"_stream":"_barrier","epoch":99}'; echo '{"_stream":"_end"}'; } >input
    epochs=$(grep -c '"_barrier"' input)
}

kinds=('--tumble 7s' '--session 6s' '--tumble 1m --tz Asia/Kolkata' '--session 900ms')
told="$columns, AVG(n) AS mean, MAX(page) AS last, COLLECT(DISTINCT page) AS list"

@test "killed behind any barrier and started again, it gives what it gave without" {
    input_with_barriers 4 120
    [ "$epochs" -ge 6 ]
    for kind in "${kinds[@]}"; do
        # shellcheck disable=SC2086 # words
        tell() { ft-window --from hit $kind --by user --select "$told" "$@"; }
        sed 's/"pipeline":"7f3a9c"/"pipeline":null/' input | tell | body >whole
        for ((epoch = 1; epoch < epochs - 1; epoch++)); do
            make_state
            # it has seen some lines more when it dies, and even another barrier
            { up_to input $((epoch + 1)); echo '{"_stream":"other"}'; } >first
            run -4 --separate-stderr tell --state state <first
            up_to <(printf '%s\n' "$output") "$epoch" | body >got
            # the watermark that is repeated says nothing new
            behind input "$epoch" | tell --state state | body | sed 1d >>got
            diff whole got
        done
    done
}

@test "killed and started again and again, it gives what it gave without" {
    input_with_barriers 5 60
    for kind in "${kinds[@]:0:2}"; do
        # shellcheck disable=SC2086 # words
        tell() { ft-window --from hit $kind --by user --select "$told" "$@"; }
        sed 's/"pipeline":"7f3a9c"/"pipeline":null/' input | tell | body >whole
        make_state
        up_to input 1 >first
        run -4 --separate-stderr tell --state state <first
        body <<<"$output" >got
        for ((epoch = 1; epoch < epochs - 1; epoch++)); do
            behind input "$epoch" >rest
            run -4 --separate-stderr tell --state state < <(up_to rest $((epoch + 1)))
            body <<<"$output" | sed '/"_watermark"/{1d}' >>got
        done
        behind input "$epoch" | tell --state state | body | sed '/"_watermark"/{1d}' >>got
        diff whole got
    done
}

@test "files that grow, run by run: the rows are those of all at once" {
    random_hits 6 300 >all
    for kind in '--tumble 7s' '--session 6s'; do
        rm -rf state m.db hit
        # shellcheck disable=SC2086 # words
        tell() { ft-window --from hit $kind --by user --select "$told" "$@"; }
        ft-ingest --time at:ms --lag 5s hit=all | tell | ft-sink - >whole
        for ((run = 0; run < 5; run++)); do
            sed -n "$((run * 60 + 1)),$((run * 60 + 60))p" all >>hit
            [ "$run" -eq 4 ] && drain=() || drain=(--no-drain)
            ft-ingest --restore "$(FT_STATE=state ft-sink --committed sqlite:m.db)" --state state \
                "${drain[@]}" --epoch 25r --time at:ms --lag 5s hit=hit |
                FT_STATE=state tell | FT_STATE=state ft-sink sqlite:m.db
        done
        sqlite3 -json m.db 'SELECT * FROM window ORDER BY rowid' |
            jq -c '.[] | .mean |= (if . then tonumber else . end) | .list |= fromjson' >got
        jq -c . whole | diff - got
        [ "$(wc -l <got)" -gt 20 ]
    done
}

@test "an epoch adds to the state the windows that changed in it" {
    make_state
    { goes_on 0; echo "$schema"; hits '5:"user":"a","n":1' '1005:"user":"a","n":2' '6:"user":"\u00e4"'
        echo '{"_stream":"_barrier","epoch":1,"committed":0}'
        hits '7:"user":"a","n":4' W:999
        echo '{"_stream":"_barrier","epoch":2,"committed":1}'
        hits '1006:"user":"a","n":8' '1007'
        echo '{"_stream":"_barrier","epoch":3,"committed":2}'; } >input
    run -4 ft-window --state state --from hit --tumble 1s --by user "${count[@]}" <input
    cut -d, -f1-4 state/1-ft-window/windows-1.ndjson | sort | diff - <(sort <<'LINES'
[999,0,1000,"a"
[999,0,1000,"ä"
[1999,1000,2000,"a"
[1999,1000,2000,"a"
[1999,1000,2000,null
LINES
    )
    # the rows of those of which epoch 2 was told are not there; the first epoch is not needed
    is "$(echo state/1-ft-window/*)" \
        "$(echo state/1-ft-window/{2.manifest,3.manifest,lock,windows-1.ndjson})"
}

@test "state does not grow with epochs: what is said twice is written anew" {
    make_state
    { goes_on 0; echo "$schema"
        for ((epoch = 1; epoch <= 200; epoch++)); do
            hits "$((epoch % 7)):\"user\":\""{a..j}\"
            printf '{"_stream":"_barrier","epoch":%d,"committed":%d}\n' "$epoch" "$((epoch - 1))"
        done; } >input
    for kind in --tumble --session; do
        rm -rf state/1-ft-window
        run -4 ft-window --state state --from hit $kind 1s --by user "${count[@]}" <input
        [ "$(cat state/1-ft-window/windows-*.ndjson | wc -l)" -lt 1100 ]
        run -0 ft-window --state state --from hit $kind 1s --by user "${count[@]}" \
            < <(goes_on 200; echo "$schema"; echo "${end/'"epoch":1'/'"epoch":201'}")
        is "$(rows <<<"$output" | jq -c '[.user, .n]' | xargs)" "$(echo '['{a..j}',200]')"
    done
}

@test "what has come out does not come back, to the millisecond" {
    for kind in tumble session; do
        make_state
        [ "$kind" = tumble ] && times=(0 1000) at=999 || times=(0 1001) at=1000
        { goes_on 0; echo "$schema"; hits "${times[@]}" "W:$at"
            echo '{"_stream":"_barrier","epoch":1}'; } >input
        run -4 --separate-stderr ft-window --state state --from hit --$kind 1s "${count[@]}" <input
        is "$(rows <<<"$output" | jq .window_start)" 0
        run -0 ft-window --state state --from hit --$kind 1s --metrics counts "${count[@]}" \
            < <(goes_on 1; echo "$schema"; hits "W:$at" "W:$((at + 1))"
                echo "${end/'"epoch":1'/'"epoch":2'}")
        is "$(rows <<<"$output" | jq .window_start)" "${times[1]}"
        is "$(counts hit)" 'passed 0 used 0 rejected 0 dropped 0 duplicate 0 held 0'
    done
}

@test "a run with other settings is exit 2, naming which" {
    make_state
    local now='go on with that, or begin with a new --state'
    given=(--tumble 1m --by user --where 'n > 0' --select 'COUNT(*) AS n')
    { goes_on 0; echo "$schema"; hits 5; echo "$end"; } >first
    { goes_on 1; echo "$schema"; hits 6; echo "${end/'"epoch":1'/'"epoch":2'}"; } >second
    ft-window --state state --from hit "${given[@]}" <first >out
    other() { # NAME THEN NOW OPTION...
        run -2 --separate-stderr ft-window --state state --from hit "${@:4}" <second
        is "$stderr" "ft-window: state/1-ft-window was written with $1 $2, and this run has $3: $now"
    }
    other '--tumble (in ms)' 60000 120000 "${given[@]}" --tumble 2m
    other --by user page "${given[@]}" --by page
    other --where 'n > 0' 'n > 1' "${given[@]}" --where 'n > 1'
    other --tz UTC Europe/Paris "${given[@]}" --tz Europe/Paris
    other --to window minute "${given[@]}" --to minute
    other --select '"user" AS user, window_start AS window_start, window_end AS window_end, COUNT ( * ) AS n' \
        '"user" AS user, window_start AS window_start, window_end AS window_end, COUNT ( * ) AS m' \
        "${given[@]}" --select 'COUNT(*) AS m'
    run -2 --separate-stderr ft-window --state state --from hit --session 1m --select 'COUNT(*) AS n' \
        <second
    [[ $stderr == 'ft-window: state/1-ft-window was written '* ]]
    sed 's/\["n","int"\]/["n","any"]/' second >third
    run -2 --separate-stderr ft-window --state state --from hit "${given[@]}" <third
    is "$stderr" "ft-window: state/1-ft-window was written with the types of columns user string, n int, and this run has user string, n any: $now"
    # space is no other setting
    ft-window --state state --from hit "${given[@]}" --where $'n\n>  0' --select 'COUNT( * )  as n' \
        <second >out
}

@test "--metrics counts what became of records, what was made, and the windows that are open" {
    run -0 window --tumble 1s --metrics counts --where 'n > 0' --by user "${count[@]}" -- '1:"n":1' \
        '2:"n":0' '3:"user":7,"n":1' '4:"n":"x"' '1005:"n":2'
    is "$(counts hit)" 'passed 0 used 2 rejected 2 dropped 1 duplicate 0 held 0'
    grep -q '^firsttouch_emitted_total{.*stream="window"} 2$' counts
    grep -q '^firsttouch_state_keys{.*} 0$' counts
    { goes_on 0; echo "$schema"; hits 5 '6:"user":"a"' 1005 '1006:"user":"a"' W:999
        echo '{"_stream":"_barrier","epoch":1}'; } >input
    make_state
    run -4 ft-window --state state --from hit --tumble 1s --by user --metrics counts "${count[@]}" <input
    grep -q '^firsttouch_state_keys{.*} 2$' counts
}
