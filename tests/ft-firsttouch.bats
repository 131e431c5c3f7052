# ft-firsttouch alone: which touch a conversion gets, when the row is emitted, what is forgotten.
# shellcheck disable=SC2016,SC2154 # begin and end are common.bash's; quotes are meant
load common

# stdin between the control lines and the two schemas that most tests need.
tagged() {
    printf '%s\n' "$begin" \
        '{"_stream":"_schema","stream":"hit","kind":"append","key":["id"],"time":"at","columns":[["id","any"],["who","any"],["page","string"],["at","timestamp"]]}' \
        '{"_stream":"_schema","stream":"buy","kind":"append","key":["no"],"time":"at","columns":[["no","any"],["who","any"],["at","timestamp"]]}'
    cat
    printf '%s\n' "$end"
}

# hit MS ID WHO [PAGE] and buy MS NO WHO: one line each; ID, NO and WHO are JSON.
hit() {
    printf '{"_stream":"hit","_ts":%s,"id":%s,"who":%s,"page":"%s"}\n' "$1" "$2" "$3" "${4-/}"
}
buy() {
    printf '{"_stream":"buy","_ts":%s,"no":%s,"who":%s}\n' "$1" "$2" "$3"
}
watermark() {
    printf '{"_stream":"_watermark","_ts":%s}\n' "$1"
}

attribute() {
    ft-firsttouch --touches hit --conversions buy --by who --window 1000ms --take id "$@"
}

# NO ID TIME DELTA of each row, as spelled.
answers() {
    sed -nE 's/^\{"_stream":"first_touch".*"no":([^,]*),.*"id":(.*),"first_touch_timestamp":(.*),"delta_first_touch_to_order":(.*)\}$/\1 \2 \3 \4/p'
}

# ---- which touch ----

@test "a touch counts from exactly the window before the conversion to its very millisecond" {
    run -0 answers < <({
        hit 1000 '"at-start"' '"a"'
        hit 999 '"before"' '"b"'
        hit 2000 '"same-ms"' '"c"'
        hit 2001 '"after"' '"d"'
        buy 2000 '"a"' '"a"'
        buy 2000 '"b"' '"b"'
        buy 2000 '"c"' '"c"'
        buy 2000 '"d"' '"d"'
    } | tagged | attribute)
    is "$output" '"a" "at-start" 1000 1000
"b" null null null
"c" "same-ms" 2000 0
"d" null null null'
}

@test "the window is measured down to the millisecond before 1970 too" {
    run -0 answers < <({
        hit -1500 '"in"' '"a"'
        hit -1501 '"out"' '"a"'
        buy -500 '"o"' '"a"'
    } | tagged | attribute)
    is "$output" '"o" "in" -1500 1000'
}

@test "with a window of 0 only a touch at the very millisecond counts" {
    run -0 answers < <({
        hit 1999 '"early"' '"a"'
        hit 2000 '"now"' '"a"'
        buy 2000 '"o"' '"a"'
        buy 2001 '"p"' '"a"'
    } | tagged | attribute --window 0s)
    is "$output" '"o" "now" 2000 0
"p" null null null'
}

@test "a window longer than any time reaches back to the first touch of all" {
    run -0 answers < <({
        hit -9007199254740990 '"first"' '"a"'
        watermark -9007199254740990
        hit 5 '"later"' '"a"'
        buy 10 '"o"' '"a"'
    } | tagged | attribute --window 106751991167d)
    is "$output" '"o" "first" -9007199254740990 9007199254741000'
}

@test "the earliest touch wins, and of those at one time the least key by its decoded bytes" {
    run -0 answers < <({
        hit 1500 '"b"' '"1"'
        hit 1500 '"\u0061"' '"1"' # a
        hit 1500 '"B"' '"2"'
        hit 1500 '"a"' '"2"'
        hit 1500 '"é"' '"3"' # C3 A9 is less than EF BC A1, and that less than F0 9F 98 80
        hit 1500 '"Ａ"' '"3"'
        hit 1500 '"😀"' '"4"' # UTF-16 would have it the other way round
        hit 1500 '"Ａ"' '"4"'
        hit 1500 '10' '"5"' # bytes, not numbers
        hit 1500 '9' '"5"'
        hit 1500 '"aa"' '"6"'
        hit 1500 '"a"' '"6"' # a prefix is less
        hit 1500 '"a\""' '"7"' # 22 is less than 5C; with escapes it would be 5C against 5C
        hit 1500 '"a\\"' '"7"'
        for i in 1 2 3 4 5 6 7; do buy 2000 "$i" "\"$i\""; done
    } | tagged | attribute)
    is "$output" '1 "\u0061" 1500 500
2 "B" 1500 500
3 "é" 1500 500
4 "Ａ" 1500 500
5 10 1500 500
6 "a" 1500 500
7 "a\"" 1500 500'
}

@test "a key of two columns orders touches of one time by the first, then by the second" {
    run -0 ft-firsttouch --touches hit --conversions buy --by who --window 1s --take 'x, y' <<END
$begin
{"_stream":"_schema","stream":"hit","kind":"append","key":["y","x"],"time":null,"columns":[["x","string"],["y","string"],["who","string"]]}
{"_stream":"_schema","stream":"buy","kind":"append","time":null,"columns":[["who","string"]]}
{"_stream":"hit","_ts":5,"x":"1","y":"b","who":"a"}
{"_stream":"hit","_ts":5,"x":"3","y":"a","who":"a"}
{"_stream":"hit","_ts":5,"x":"2","y":"a","who":"a"}
{"_stream":"buy","_ts":5,"who":"a"}
$end
END
    [[ $output == *'"_ts":5,"who":"a","x":"2","y":"a","first_touch_timestamp":5,'* ]]
}

@test "the order of arrival decides nothing: shuffled input gives the same bytes" {
    tie() { for id in "$@"; do hit "$((1000 + ${#id} * 100))" "\"$id\"" "\"c${id:0:1}\""; done; }
    { tie 1 1x 1y 1xx 2 2b 2a 3zzz 3zzy 4 4a 4b 4c 4d 4e 4f
        for i in 1 2 3 4 5; do buy "$((1200 + i * 100))" "\"o$i\"" "\"c$i\""; done
        for i in 1 2 3 4 5; do buy "$((1700 - i * 100))" "\"p$i\"" "\"c$i\""; done; } >between
    tagged <between | attribute >expected
    [ "$(answers <expected | wc -l)" -eq 10 ]
    for seed in {1..20}; do
        shuf --random-source=<(yes "$seed") between | tagged | attribute >shuffled
        cmp expected shuffled
    done
}

@test "one touch serves several conversions" {
    run -0 answers < <({
        hit 1000 '"h"' '"a"'
        buy 1500 1 '"a"'
        buy 1600 2 '"a"'
        watermark 1700
        buy 2000 3 '"a"'
        buy 2001 4 '"a"'
    } | tagged | attribute)
    is "$output" '1 "h" 1000 500
2 "h" 1000 600
3 "h" 1000 1000
4 null null null'
}

@test "a conversion without a customer keeps its row and its place, with nulls" {
    run -0 grep '^{"_stream":"first_touch"' < <({
        hit 1000 '"null"' 'null'
        printf '{"_stream":"hit","_ts":1000,"id":"missing","page":"/"}\n'
        hit 1000 '"text"' '"null"'
        buy 1500 1 'null'
        printf '{"_stream":"buy","_ts":1500,"no":2}\n'
        buy 1500 3 '""'
    } | tagged | attribute)
    is "$output" \
'{"_stream":"first_touch","_ts":1500,"no":1,"who":null,"id":null,"first_touch_timestamp":null,"delta_first_touch_to_order":null}
{"_stream":"first_touch","_ts":1500,"no":2,"id":null,"first_touch_timestamp":null,"delta_first_touch_to_order":null}
{"_stream":"first_touch","_ts":1500,"no":3,"who":"","id":null,"first_touch_timestamp":null,"delta_first_touch_to_order":null}'
}

@test "customers are the same when their decoded texts are: 7 meets \"7\", 7.0 and \"007\" do not" {
    run -0 answers < <({
        hit 1000 '"seven"' '"7"'
        hit 1000 '"e-acute"' '"\u00e9"'
        hit 1000 '"empty"' '""'
        buy 1500 1 7
        buy 1500 2 7.0
        buy 1500 3 '"007"'
        buy 1500 4 '"\u0037"'
        buy 1500 5 '"é"'
        buy 1500 6 7e0
        buy 1500 7 '""'
        buy 1500 8 '" 7"'
    } | tagged | attribute)
    is "$output" '1 "seven" 1000 500
2 null null null
3 null null null
4 "seven" 1000 500
5 "e-acute" 1000 500
6 null null null
7 "empty" 1000 500
8 null null null'
}

@test "a customer's name may be of any length: two long ones that share their start are two" {
    local long
    long=$(printf 'x%.0s' {1..5000})
    run -0 answers < <({
        hit 1000 '"longA"' "\"${long}A\""
        hit 1000 '"longB"' "\"${long}B\""
        hit 1000 '"44"' "\"${long:0:44}\""
        hit 1000 '"45"' "\"${long:0:45}\""
        buy 1500 1 "\"${long}B\""
        buy 1500 2 "\"${long:0:45}\""
        buy 1500 3 "\"${long:0:44}\""
        buy 1500 4 "\"${long}\""
    } | tagged | attribute)
    is "$output" '1 "longB" 1000 500
2 "45" 1000 500
3 "44" 1000 500
4 null null null'
}

@test "--by takes several columns, of other names on both sides, and does not run them together" {
    run -0 ft-firsttouch --touches hit --conversions buy --window 1s --take id \
        --by 'tenant, visitor = "the customer"' <<END
$begin
{"_stream":"_schema","stream":"hit","kind":"append","key":["id"],"time":null,"columns":[["id","string"],["tenant","string"],["visitor","string"]]}
{"_stream":"_schema","stream":"buy","kind":"append","key":["no"],"time":null,"columns":[["no","int"],["tenant","string"],["the customer","string"]]}
{"_stream":"hit","_ts":1,"id":"t-u","tenant":"t","visitor":"u"}
{"_stream":"hit","_ts":1,"id":"u-t","tenant":"u","visitor":"t"}
{"_stream":"hit","_ts":1,"id":"ab-c","tenant":"ab","visitor":"c"}
{"_stream":"hit","_ts":1,"id":"null","tenant":"n","visitor":null}
{"_stream":"buy","_ts":2,"no":1,"tenant":"t","the customer":"u"}
{"_stream":"buy","_ts":2,"no":2,"tenant":"u","the customer":"u"}
{"_stream":"buy","_ts":2,"no":3,"tenant":"a","the customer":"bc"}
{"_stream":"buy","_ts":2,"no":4,"tenant":"n","the customer":null}
{"_stream":"buy","_ts":2,"no":5,"tenant":"ab","the customer":"c"}
$end
END
    is "$(grep '^{"_stream":"first' <<<"$output" | jq -c '[.no, .id]')" '[1,"t-u"]
[2,null]
[3,null]
[4,null]
[5,"ab-c"]'
}

# ---- when ----

@test "a row comes when the watermark reaches its time, before that watermark and not earlier" {
    run -0 attribute < <({
        buy 1500 '"at"' '"a"'
        buy 1501 '"after"' '"a"'
        watermark 1499
        hit 1500 '"h"' '"a"'
        watermark 1500
        hit 1501 '"i"' '"a"'
    } | tagged)
    is "$(sed -E 's/.*"(_ts|epoch)":(-?[0-9]+),?/\1 \2 /; s/"who".*//' <<<"$output" | tail -n +3)" \
'_ts 1499 }
_ts 1500 "no":"at",
_ts 1500 }
_ts 1501 "no":"after",
_ts 9007199254740991 }
epoch 1 }
{"_stream":"_end"}'
}

@test "rows come in the order of time, then of the conversion's key, whatever arrived first" {
    run -0 answers < <({
        buy 1500 '"b"' '"x"'
        buy 1501 '"A"' '"x"'
        buy 1500 '"\u0061"' '"x"'
        buy 1500 '"é"' '"x"'
        buy 1500 10 '"x"'
        buy 1500 9 '"x"'
        buy 1499 '"z"' '"x"'
    } | tagged | attribute)
    is "$(cut -d' ' -f1 <<<"$output")" '"z"
10
9
"\u0061"
"b"
"é"
"A"'
}

@test "a row that waits at the end of an undrained input is not emitted" {
    run -0 answers < <(printf '%s\n' "$begin" | cat - <(tagged </dev/null | sed -n 2,3p) \
        <(buy 1500 1 '"a"'; buy 1501 2 '"a"'; watermark 1500
            printf '{"_stream":"_barrier","epoch":1}\n{"_stream":"_end"}\n') | attribute)
    is "$output" '1 null null null'
}

@test "input that breaks off gives no further rows, and exit status 4" {
    run -4 --separate-stderr attribute < <({ hit 1000 1 '"a"'; buy 1500 1 '"a"'; } | tagged |
        head -n 5)
    [[ $output != *first_touch_timestamp\":1* ]]
    is "$stderr" "ft-firsttouch: the input ended without _end: what wrote it has died"
}

# ---- what is forgotten ----

@test "a touch is forgotten after a long gap, and the order then has none" {
    run -0 answers < <({
        hit 1000 '"old"' '"a"'
        watermark 9999
        buy 10000 1 '"a"'
        watermark 20000
        hit 20500 '"new"' '"a"'
        buy 21000 2 '"a"'
    } | tagged | attribute)
    is "$output" '1 null null null
2 "new" 20500 500'
}

@test "touches that are read far ahead of the watermark do not push out earlier ones" {
    run -0 answers < <({
        watermark 900
        hit 1000 '"first"' '"a"'
        for i in {1..40}; do hit "$((1000 + i * 5000))" "\"ahead$i\"" '"a"'; done
        watermark 1400
        for i in {41..80}; do hit "$((1000 + i * 5000))" "\"ahead$i\"" '"a"'; done
        buy 2000 1 '"a"'
        buy 2001 2 '"a"'
        buy 202000 3 '"a"'
    } | tagged | attribute)
    is "$output" '1 "first" 1000 1000
2 null null null
3 "ahead40" 201000 1000'
}

@test "a gap in the orders lets go of nothing that the watermark still allows" {
    run -0 answers < <({
        hit 900 '"zero"' '"a"'
        buy 1000 1 '"a"'
        watermark 1000
        hit 1100 '"one"' '"a"'
        for i in {1..40}; do hit "$((90000 + i))" "\"far$i\"" "\"b$((i % 3))\""; done
        for i in {1..40}; do hit "$((90000 + i))" "\"a$i\"" '"a"'; done
        watermark 1050
        buy 90001 2 '"a"'
        buy 1999 3 '"a"'
        buy 2100 4 '"a"'
        buy 1900 5 '"a"'
    } | tagged | attribute)
    is "$output" '1 "zero" 900 100
5 "zero" 900 1000
3 "one" 1100 899
4 "one" 1100 1000
2 "a1" 90001 0'
}

@test "touches with a lot to tell are kept whole until they are too old, and found again" {
    # 3000 touches of 1 kB, a second apart, of 100 customers; every 100 s an order of each
    awk 'BEGIN {
        page = sprintf("%1000s", ""); gsub(/ /, "p", page)
        for (i = 0; i < 3000; i++) {
            printf "{\"_stream\":\"hit\",\"_ts\":%d,\"id\":%d,\"who\":%d,\"page\":\"%d%s\"}\n",
                   i * 1000, i, i % 100, i, page
            if (i % 100 == 99)
                for (who = 0; who < 100; who++)
                    printf "{\"_stream\":\"buy\",\"_ts\":%d,\"no\":\"%04d-%02d\",\"who\":%d}\n",
                           i * 1000, i, who, who
            if (i % 50 == 49)
                printf "{\"_stream\":\"_watermark\",\"_ts\":%d}\n", i * 1000 - 1
        }
    }' | tagged | ft-firsttouch --touches hit --conversions buy --by who --window 150s \
        --take 'id, page' >out
    # of a touch each 100 s, the orders at 99 s, 199 s, ... see the one before last within 150 s
    grep '^{"_stream":"first_touch"' out | jq -r '[._ts, .who, .id, (.page | length)] | @tsv' >got
    awk 'BEGIN {
        for (t = 99; t < 3000; t += 100)
            for (who = 0; who < 100; who++) {
                first = t - 99 + who
                if (first - 100 >= 0 && first - 100 >= t - 150) first -= 100
                printf "%d\t%d\t%d\t%d\n", t * 1000, who, first, 1000 + length(first "")
            }
    }' >expected
    diff expected got
}

@test "many customers and touches in disorder get what a brute-force join in sqlite3 gives" {
    sqlite3 :memory: >lines <<'SQL'
CREATE TABLE random AS
    WITH RECURSIVE r(i, x) AS (
        SELECT 0, 20250101
        UNION ALL SELECT i + 1, (x * 1103515245 + 12345) % 2147483648 FROM r WHERE i < 60000)
    SELECT i, x / 65536 AS x FROM r;
CREATE TABLE record AS
    SELECT a.i AS no, a.x % 8 = 0 AS is_buy, (b.x * 32768 + c.x) % 500000 AS at,
           b.x % 150 AS who, d.x AS jitter
    FROM random a JOIN random b ON b.i = a.i + 1 JOIN random c ON c.i = a.i + 2
    JOIN random d ON d.i = a.i + 3
    WHERE a.i % 4 = 0 AND a.i < 59900;
-- arrival: at most 2 s after its time; watermarks stand every 5 s, 3 s behind
SELECT line FROM (
    SELECT at + jitter % 2000 AS place, 0 AS kind, no,
           CASE is_buy WHEN 1
           THEN json_object('_stream', 'buy', '_ts', at, 'no', no, 'who', who)
           ELSE json_object('_stream', 'hit', '_ts', at, 'id', no, 'who', who, 'page', '/')
           END AS line FROM record
    UNION ALL SELECT i * 5000, 1, i, json_object('_stream', '_watermark', '_ts', i * 5000 - 3000)
    FROM random WHERE i < 100)
ORDER BY place, kind, no;
.output expected
SELECT b.at, b.no, coalesce(h.no, 'null'), coalesce(h.at, 'null'), coalesce(b.at - h.at, 'null')
FROM record b LEFT JOIN record h ON h.no = (
    SELECT t.no FROM record t
    WHERE NOT t.is_buy AND t.who = b.who AND t.at BETWEEN b.at - 4000 AND b.at
    ORDER BY t.at, CAST(t.no AS TEXT) LIMIT 1)
WHERE b.is_buy
ORDER BY b.at, CAST(b.no AS TEXT);
SQL
    tagged <lines | attribute --window 4s |
        sed -nE 's/^\{"_stream":"first_touch","_ts":([0-9]+),"no":([0-9]+),.*"id":(.*),"first_touch_timestamp":(.*),"delta_first_touch_to_order":(.*)\}$/\1|\2|\3|\4|\5/p' >got
    [ "$(grep -c 'null' expected)" -gt 100 ]
    [ "$(grep -vc 'null' expected)" -gt 100 ]
    diff expected got
}

# ---- what the row looks like ----

@test "the row is the conversion as it was spelled, then the touch's columns, its time, the delta" {
    run -0 grep '^{"_stream":"first_touch"' < <(tagged <<'END' | attribute --take 'page AS p, id'
{"_stream":"hit","_ts":1000,"id":18446744073709551616,"who":"a","page":{"x":[0.1000, 1E2, "\u00e9\/"]}}
{"_stream":"hit","_ts":1000,"id":0.1000,"who":"b"}
{"_stream":"buy","_ts":1500,"no":1,"big":18446744073709551616,"who":"a","dec":0.1000,"u":"\u0061"}
{"_stream":"buy","_ts":1500,"no":2,"who":"b", "n" : null }
END
    )
    is "$output" \
'{"_stream":"first_touch","_ts":1500,"no":1,"big":18446744073709551616,"who":"a","dec":0.1000,"u":"\u0061","p":{"x":[0.1000, 1E2, "\u00e9\/"]},"id":18446744073709551616,"first_touch_timestamp":1000,"delta_first_touch_to_order":500}
{"_stream":"first_touch","_ts":1500,"no":2,"who":"b", "n" : null ,"p":null,"id":0.1000,"first_touch_timestamp":1000,"delta_first_touch_to_order":500}'
}

@test "records whose members stand in another order are understood just as well" {
    run -0 answers < <(tagged <<'END' | attribute
{"id":"h","who":"a","_ts":1000,"page":"/","_stream":"hit"}
{ "who" : "a" , "_stream" : "buy" , "no" : 1 , "_ts" : 1500 }
END
    )
    is "$output" '1 "h" 1000 500'
}

@test "the row's _schema has the conversion's columns and key, the touch's types, pii too" {
    run -0 ft-firsttouch --touches hit --conversions buy --by who --window 1s \
        --take 'mail AS touch_mail, price' --time-as seen --delta-as after --to row <<END
$begin
{"_stream":"_schema","stream":"hit","kind":"append","key":["id"],"time":"at","columns":[["id","string"],["who","string"],["mail","string","pii"],["price","decimal(10,2)"],["at","timestamp(rfc3339)"]]}
{"_stream":"_schema","stream":"buy","kind":"append","key":["no","line"],"time":"on","columns":[["no","int"],["line","int"],["who","string","pii"],["on","timestamp(Europe/Paris)"]]}
$end
END
    is "$(sed -n 2p <<<"$output")" \
'{"_stream":"_schema","stream":"row","kind":"append","key":["no","line"],"time":"on","columns":[["no","int"],["line","int"],["who","string","pii"],["on","timestamp(Europe/Paris)"],["touch_mail","string","pii"],["price","decimal(10,2)"],["seen","timestamp"],["after","int"]]}'
    [ "$(grep -c '"_schema"' <<<"$output")" -eq 1 ]
}

@test "without declared columns on one side or both it works all the same" {
    run -0 ft-firsttouch --touches hit --conversions buy --by who --window 1s --take page <<END
$begin
{"_stream":"_schema","stream":"hit","kind":"append","time":"at"}
{"_stream":"_schema","stream":"buy","kind":"append","time":"at","columns":[["who","string"]]}
{"_stream":"hit","_ts":5,"who":"a","page":"/"}
{"_stream":"buy","_ts":5,"who":"a"}
$end
END
    is "$(sed -n '2,3p' <<<"$output")" \
'{"_stream":"_schema","stream":"first_touch","kind":"append","time":"at","columns":[["who","string"],["page","any"],["first_touch_timestamp","timestamp"],["delta_first_touch_to_order","int"]]}
{"_stream":"first_touch","_ts":5,"who":"a","page":"/","first_touch_timestamp":5,"delta_first_touch_to_order":0}'
    run -0 ft-firsttouch --touches hit --conversions buy --by who --window 1s --take page <<END
$begin
{"_stream":"_schema","stream":"hit","kind":"append","time":"at"}
{"_stream":"_schema","stream":"buy","kind":"append","time":"at"}
{"_stream":"hit","_ts":5,"who":"a","page":"/"}
{"_stream":"buy","_ts":5,"who":"a"}
$end
END
    is "$(sed -n '2,3p' <<<"$output")" \
'{"_stream":"_schema","stream":"first_touch","kind":"append","time":"at"}
{"_stream":"first_touch","_ts":5,"who":"a","page":"/","first_touch_timestamp":5,"delta_first_touch_to_order":0}'
}

@test "names may hold anything when they are quoted" {
    run -0 ft-firsttouch --touches hit --conversions buy --by '"sp ace" = `q"`' --window 1s \
        --take '"it''s ""it""" AS `a ``b``, c`, été as "AS"' --time-as 'the "time"' <<'END'
{"_stream":"_begin","version":1,"pipeline":null,"stage":0,"bounded":true,"restore":null}
{"_stream":"_schema","stream":"hit","kind":"append","time":null,"columns":[["sp ace","string"],["its \"it\"","string"],["été","string"]]}
{"_stream":"_schema","stream":"buy","kind":"append","time":null,"columns":[["q\"","string"]]}
{"_stream":"hit","_ts":5,"sp ace":"a","its \u0022it\"":"i","\u00e9t\u00e9":"e"}
{"_stream":"buy","_ts":5,"q\"":"a"}
{"_stream":"_watermark","_ts":9007199254740991}
{"_stream":"_barrier","epoch":1}
{"_stream":"_end"}
END
    is "$(sed -n 3p <<<"$output")" \
'{"_stream":"first_touch","_ts":5,"q\"":"a","a `b`, c":"i","AS":"e","the \"time\"":5,"delta_first_touch_to_order":0}'
}

# ---- what goes on, and what does not ----

@test "--inner drops conversions without a touch, and --metrics says so" {
    run -0 answers < <({
        hit 1000 '"h"' '"a"'
        buy 1500 1 '"a"'
        buy 1500 2 '"b"'
        buy 1500 3 'null'
    } | tagged | attribute --inner --metrics counts)
    is "$output" '1 "h" 1000 500'
    is "$(counts buy)" 'passed 0 used 1 rejected 0 dropped 2 duplicate 0 held 0'
    is "$(counts hit)" 'passed 0 used 1 rejected 0 dropped 0 duplicate 0 held 0'
    is "$(grep '^firsttouch_emitted' counts)" \
        'firsttouch_emitted_total{filter="ft-firsttouch",stage="1",stream="first_touch"} 1'
}

# The fates of stream $1 in the file counts.
counts() {
    sed -nE 's/^firsttouch_records\{.*stream="'"$1"'",fate="([a-z]+)"\} ([0-9]+)$/\1 \2/p' counts |
        paste -sd' '
}

@test "every record is counted once: what is inside the window at the end is held" {
    {
        printf '%s\n' "$begin"
        tagged </dev/null | sed -n 2,3p
        hit 1000 1 '"gone"'
        hit 3999 2 '"a"'
        hit 4000 3 '"a"'
        hit 4500 4 '"b"'
        hit 5500 5 '"b"'
        hit 5500 6 null # can never be anybody's
        printf '{"_stream":"hit","id":7,"who":"b"}\n' # has no time
        buy 5000 1 '"a"'
        buy 5001 2 '"a"'
        printf '{"_stream":"buy","_ts":5000,"no":3,"who":"a","id":8}\n' # id would be there twice
        printf '{"_stream":"other","_ts":5000}\n'
        watermark 5000
        printf '{"_stream":"_barrier","epoch":3}\n{"_stream":"_end"}\n'
    } | attribute --metrics counts >out
    is "$(counts hit)" 'passed 0 used 3 rejected 1 dropped 0 duplicate 0 held 3'
    is "$(counts buy)" 'passed 0 used 1 rejected 1 dropped 0 duplicate 0 held 1'
    is "$(counts other)" 'passed 1 used 0 rejected 0 dropped 0 duplicate 0 held 0'
    grep -qx 'firsttouch_watermark_seconds{filter="ft-firsttouch",stage="1"} 5.000' counts
    grep -qx 'firsttouch_epoch{filter="ft-firsttouch",stage="1"} 3' counts
}

@test "touches and conversions are consumed; --keep passes them on as they came, as does all else" {
    {
        printf '{"_stream":"other", "_ts":1,"x":1.0}\n'
        hit 1000 '"h"' '"a"'
        printf '{"_stream":"_rejected","filter":"ft-ingest","reason":"late"}\n'
        buy 1500 1 '"a"'
        printf '{"_stream":"hit","_ts":1600,"id":"\\u0061"  ,"who":"b"}\n'
    } | tagged >in
    attribute <in >out
    attribute --keep <in >kept
    is "$(grep -vE '"first_touch"|_begin' out)" "$(grep -vE '"stream":"|"(hit|buy)"|_begin' in)"
    is "$(grep -vE '"first_touch"|_begin' kept)" "$(grep -v _begin in)"
    is "$(answers <kept)" '1 "h" 1000 500'
}

@test "_begin goes on with its stage raised and all else as it was" {
    run -0 attribute < <(tagged </dev/null |
        sed '1s/.*/{"_stream":"_begin", "version":1,"stage":41,"pipeline":null,"bounded":true,"y":[1.0]}/')
    is "${lines[0]}" '{"_stream":"_begin", "version":1,"stage":42,"pipeline":null,"bounded":true,"y":[1.0]}'
}

@test "a record that has a name of the row already, though undeclared, is rejected" {
    run -0 grep '"_rejected"' < <({
        printf '{"_stream":"buy","_ts":1500,"no":1,"who":"a","id":"mine"}\n'
        printf '{"_stream":"buy","_ts":1500,"no":2,"who":"a","delta_first_touch_to_order":null}\n'
    } | tagged | attribute)
    is "$output" \
'{"_stream":"_rejected","filter":"ft-firsttouch","stream":"buy","reason":"column id: is in the record already, and would be added to it","column":"id","record_time":1500,"raw":"{\"_stream\":\"buy\",\"_ts\":1500,\"no\":1,\"who\":\"a\",\"id\":\"mine\"}"}
{"_stream":"_rejected","filter":"ft-firsttouch","stream":"buy","reason":"column delta_first_touch_to_order: is in the record already, and would be added to it","column":"delta_first_touch_to_order","record_time":1500,"raw":"{\"_stream\":\"buy\",\"_ts\":1500,\"no\":2,\"who\":\"a\",\"delta_first_touch_to_order\":null}"}'
}

@test "a rejected record of a stream with personal data does not show itself, but with --keep-raw" {
    personal() {
        cat <<END
$begin
{"_stream":"_schema","stream":"hit","kind":"append","time":null,"columns":[["who","string"],["page","string"]]}
{"_stream":"_schema","stream":"buy","kind":"append","time":null,"columns":[["who","string"],["mail","string","pii"]]}
{"_stream":"buy","_ts":5,"who":"a","mail":"m@x","page":"/"}
$end
END
    }
    run -0 grep '"_rejected"' < <(personal | attribute --take page)
    is "$output" '{"_stream":"_rejected","filter":"ft-firsttouch","stream":"buy","reason":"column page: is in the record already, and would be added to it","column":"page","record_time":5}'
    run -0 grep -c '"raw":.*m@x' < <(personal | attribute --take page --keep-raw)
}

@test "--strict ends with exit status 1 at the first record that is rejected" {
    run -1 --separate-stderr attribute --strict < <(
        printf '{"_stream":"buy","_ts":1500,"no":1,"who":"a","id":"mine"}\n' | tagged)
    is "$stderr" \
'ft-firsttouch: refused: buy: column id: is in the record already, and would be added to it'
}

# ---- what is refused before the first record ----

# The options make ft-firsttouch exit with status 2, saying $1.
refuses() {
    local text=$1
    shift
    run -2 --separate-stderr ft-firsttouch "$@" < <(tagged </dev/null)
    is "$stderr" "ft-firsttouch: $text"
}

@test "options that are missing, wrong or too many are refused by name" {
    refuses '--touches is needed (see --help)' -v buy -b who -w 1s
    refuses '--conversions is needed (see --help)' -t hit -b who -w 1s
    refuses '--by is needed (see --help)' -t hit -v buy -w 1s
    refuses '--window is needed (see --help)' -t hit -v buy -b who
    refuses '--window: "7" is not a duration such as 500ms, 10s, 30m, 1h, 7d or 2w' \
        -t hit -v buy -b who -w 7
    refuses '--window: "-1s" is not a duration such as 500ms, 10s, 30m, 1h, 7d or 2w' \
        -t hit -v buy -b who -w -1s
    refuses '--touches: "2hit" cannot be a stream: letters, digits and _, a letter first' \
        -t 2hit -v buy -b who -w 1s
    refuses '--conversions: "_rejected" cannot be a stream: letters, digits and _, a letter first' \
        -t hit -v _rejected -b who -w 1s
    refuses '--to: "a-b" cannot be a stream: letters, digits and _, a letter first' \
        -t hit -v buy -b who -w 1s --to a-b
    refuses 'argument more is one too many (see --help)' -t hit -v buy -b who -w 1s more
    refuses 'there is no option --touch-by, or it is short for several (see --help)' --touch-by
    refuses 'there is no option -x (see --help)' -x
    refuses 'option --take needs an argument (see --help)' --take
    refuses 'option --inner=yes takes no argument (see --help)' --inner=yes
}

@test "one stream cannot be both touches and conversions" {
    refuses \
'--touches and --conversions are one stream: give ft-ingest the file under two names' \
        -t hit -v hit -b who -w 1s
}

@test "a list of columns that cannot be read is refused where it goes wrong" {
    refuses "--take 'id AS': expected a column's name at its end" -t hit -v buy -b who -w 1s \
        --take 'id AS'
    refuses "--take 'id,,page': expected a column's name at character 4, before ',page'" \
        -t hit -v buy -b who -w 1s --take 'id,,page'
    refuses "--take 'id page': expected AS or a comma at character 4, before 'page'" \
        -t hit -v buy -b who -w 1s --take 'id page'
    refuses "--take '\"id': expected the closing quote at its end" -t hit -v buy -b who -w 1s \
        --take '"id'
    refuses "--take '': expected a column's name at its end" -t hit -v buy -b who -w 1s --take ''
    refuses "--by 'who AS x': expected = or a comma at character 5, before 'AS x'" \
        -t hit -v buy -w 1s --by 'who AS x'
    refuses "--take 'id, page AS id': id stands twice" -t hit -v buy -b who -w 1s \
        --take 'id, page AS id'
}

@test "a stream or a column that does not exist is refused, and those that do are named" {
    refuses 'there is no stream hits in the input (there are: hit, buy)' -t hits -v buy -b who -w 1s
    refuses 'there is no stream order in the input (there are: hit, buy)' \
        -t hit -v order -b who -w 1s
    refuses 'stream hit has no column url (it has id, who, page, at)' \
        -t hit -v buy -b who -w 1s --take url
    refuses 'stream hit has no column customer (it has id, who, page, at)' \
        -t hit -v buy -b 'customer = who' -w 1s
    refuses 'stream buy has no column customer (it has no, who, at)' \
        -t hit -v buy -b 'who = customer' -w 1s
}

@test "a name that the row has already is refused" {
    refuses 'stream buy has a column who already: give it another name' \
        -t hit -v buy -b who -w 1s --take who
    refuses 'stream first_touch has a column "at" already' -t hit -v buy -b who -w 1s --take at
    refuses 'stream buy has a column no already: give it another name' \
        -t hit -v buy -b who -w 1s --time-as no
    refuses 'there is a stream buy already: choose another name with --to' \
        -t hit -v buy -b who -w 1s --to buy --keep
}

@test "the row may have the name of a stream that ends here" {
    run -0 grep '"_ts":5,' < <(buy 5 1 1 | tagged | attribute --to hit)
    is "$output" \
'{"_stream":"hit","_ts":5,"no":1,"who":1,"id":null,"first_touch_timestamp":null,"delta_first_touch_to_order":null}'
}

@test "a stream of corrections, or one without time, is refused on either side" {
    local hit='{"_stream":"_schema","stream":"hit","kind":"append","key":["who"],"time":null}'
    local buy='{"_stream":"_schema","stream":"buy","kind":"append","key":["who"],"time":null}'
    run -2 --separate-stderr attribute <<<"$begin
${hit/append/upsert}
$buy
$end"
    is "$stderr" \
        'ft-firsttouch: stream hit is an upsert stream: a correction would be counted twice'
    run -2 --separate-stderr attribute <<<"$begin
$hit
${buy/append/upsert}
$end"
    is "$stderr" \
        'ft-firsttouch: stream buy is an upsert stream: a correction would be counted twice'
    run -2 --separate-stderr attribute <<<"$begin
$hit
${buy/,\"time\":null/}
$end"
    is "$stderr" 'ft-firsttouch: stream buy has no event time'
}

@test "lines that were never tagged are refused with a hint" {
    run -2 --separate-stderr attribute <<<'{"id":1}'
    is "$stderr" 'ft-firsttouch: line 1 has no _stream: put ft-ingest before this'
}

# ---- the edges of the pipe ----

@test "a full disk is exit status 3" {
    buy 5 1 1 | tagged >in
    to_full() { attribute <in >/dev/full; }
    run -3 --separate-stderr to_full
    is "$stderr" 'ft-firsttouch: cannot write standard output: No space left on device'
}

@test "the same bytes come out however the input is cut, and without a last newline" {
    { for i in {1..40}; do hit "$((i * 10))" "\"h$i\"" "\"c$((i % 5))\""; done
        for i in {1..20}; do buy "$((i * 25))" "$i" "\"c$((i % 6))\""; done; } | tagged >in
    attribute <in >expected
    [ "$(answers <expected | wc -l)" -eq 20 ]
    dd if=in bs=1 status=none | attribute | cmp - expected
    dd if=in bs=4096 status=none | attribute | cmp - expected
    printf '%s' "$(cat in)" | attribute | cmp - expected
}

@test "--help tells all options and --version the version" {
    run -0 ft-firsttouch --help
    for option in --touches --conversions --by --window --take --time-as --delta-as --to --inner \
        --keep --metrics --keep-raw --strict --help --version; do
        [[ $output == *" $option"* ]]
    done
    [[ ${lines[0]} == 'usage: ft-firsttouch '* ]]
    run -0 ft-firsttouch --version
    [[ $output =~ ^ft-firsttouch\ \(firsttouch\)\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "touches far out of order, and many of one moment, take no time to speak of" {
    # newest first, as exports are; put in place one by one that would be 5 000 million moves
    seq 100000 -1 1 | jq -c '{ts: (1767225600000 + .), c: "a", id: .}' > t.ndjson
    seq 100000 -1 1 | jq -c '{ts: 1767000000000, c: "b", id: (1000000 + .)}' >> t.ndjson
    printf '%s\n' '{"ts":1767225700000,"c":"a","o":1}' '{"ts":1767225700001,"c":"b","o":2}' > o.ndjson
    run -0 timeout 20 bash -c 'ft-ingest --time ts:ms --lag unbounded --key t=id t=t.ndjson o=o.ndjson |
        ft-firsttouch -t t -v o -b c -w 7d --take id | ft-sink - first_touch --take "o, id"'
    [ "$output" = $'{"o":1,"id":1}\n{"o":2,"id":1000001}' ]
}

@test "keys that do not come back are forgotten" {
    [[ ${FT_BUILD-} == *sanitize* ]] && skip "the sanitizers' own memory would be measured"
    # a million customers with one touch each, a second apart; 300 are inside the window at a time
    { echo '{"_stream":"_schema","stream":"t","kind":"append","time":"ts"}'
        echo '{"_stream":"_schema","stream":"o","kind":"append","time":"ts"}'
        awk 'BEGIN {
            touch = "{\"_stream\":\"t\",\"_ts\":%d,\"c\":\"customer-%d\"}\n"
            for (i = 1; i <= 1000000; i++) {
                printf touch, i * 1000, i
                if (i % 100 == 0) printf "{\"_stream\":\"_watermark\",\"_ts\":%d}\n", i * 1000
            } }'
        echo '{"_stream":"_barrier","epoch":1}'; echo '{"_stream":"_end"}'; } > input
    # in 60 MB of address space, of which the touches of all customers would need 150
    run -0 bash -c 'ulimit -v 60000; exec ft-firsttouch -t t -v o -b c -w 5m < input'
    [ "$(grep -c _watermark <<< "$output")" = 10000 ]
}
