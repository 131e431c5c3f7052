# ft-sink alone: what stands in the database or on standard output, and what does not.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # begin and end are common.bash's; quotes are meant
load common

# A database that somebody else holds for longer than ft-sink waits (10 s): begun first, judged
# last.
setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    sqlite3 held.db 'PRAGMA journal_mode = WAL; CREATE TABLE x (y)' >held.mode
    mkfifo holder
    sqlite3 held.db <holder >held.out 2>&1 3>&- &
    exec {hold}>holder
    export hold
    echo 'BEGIN IMMEDIATE; SELECT 1;' >&"$hold"
    poll '[[ -s held.out ]]'
    {
        status=0
        schema t '["id","int"]' | tagged | ft-sink sqlite:held.db 2>held.err || status=$?
        echo "$status" >held.status
    } 3>&- {hold}>&- &
}

teardown_file() {
    exec {hold}>&-
    wait
}

tagged() {
    printf '%s\n' "$begin"
    cat
    printf '%s\n' "$end"
}

# schema STREAM COLUMN,... [MEMBER...]: append, without a key, unless a MEMBER says more.
schema() {
    local stream=$1 columns=$2
    shift 2
    printf '{"_stream":"_schema","stream":"%s"%s%s}\n' "$stream" \
        "$(printf ',%s' "${@:-\"kind\":\"append\"}")" "${columns:+,\"columns\":[$columns]}"
}

upsert=('"kind":"upsert"' '"key":["id"]')

# What table t of m.db holds.
table() {
    sqlite3 -batch -cmd '.timeout 10000' m.db 'SELECT * FROM t'
}

# Why records were rejected, in m.db.
reasons() {
    sqlite3 -batch m.db 'SELECT reason FROM _rejected'
}

# ---- types ----

@test "each timestamp, however spelled, is RFC 3339 in UTC with milliseconds" {
    {
        schema t '["s","timestamp(s)"],["ms","timestamp"],["us","timestamp(us)"],["ns","timestamp(ns)"],["r","timestamp(rfc3339)"],["z","timestamp(Europe/Paris)"]'
        cat <<'END'
{"_stream":"t","s":1735689600,"ms":1735689600007,"us":1735689600123456,"ns":1735689600999999999,"r":"2025-01-01T01:30:00.5+01:30","z":"2025-07-01 12:00:00"}
{"_stream":"t","s":-1,"ms":-1,"us":-1,"ns":-1,"r":"1969-12-31t23:59:59z","z":"2025-01-01 00:00:00.25"}
{"_stream":"t","s":null,"us":253402300799999000}
END
    } | tagged | tee in | ft-sink sqlite:m.db
    is "$(table)" \
'2025-01-01T00:00:00.000Z|2025-01-01T00:00:00.007Z|2025-01-01T00:00:00.123Z|2025-01-01T00:00:00.999Z|2025-01-01T00:00:00.500Z|2025-07-01T10:00:00.000Z
1969-12-31T23:59:59.000Z|1969-12-31T23:59:59.999Z|1969-12-31T23:59:59.999Z|1969-12-31T23:59:59.999Z|1969-12-31T23:59:59.000Z|2024-12-31T23:00:00.250Z
||9999-12-31T23:59:59.999Z|||'
    is "$(ft-sink - <in | head -n 1)" \
'{"s":"2025-01-01T00:00:00.000Z","ms":"2025-01-01T00:00:00.007Z","us":"2025-01-01T00:00:00.123Z","ns":"2025-01-01T00:00:00.999Z","r":"2025-01-01T00:00:00.500Z","z":"2025-07-01T10:00:00.000Z"}'
    is "$(ft-sink - <in | tail -n 1)" '{"s":null,"us":"9999-12-31T23:59:59.999Z"}'
}

@test "decimals are text with all the digits of their scale, never a double" {
    {
        schema t '["d","decimal(38,2)"]'
        for d in 1 -0.5 12.3 '"12.30"' 1e3 1.5E-1 123456789012345678901234567890123456.78 0.10 \
            -0.00 99999999.990 null; do
            printf '{"_stream":"t","d":%s}\n' "$d"
        done
    } | tagged | tee in | ft-sink sqlite:m.db
    is "$(sqlite3 -nullvalue null m.db 'SELECT d FROM t')" '1.00
-0.50
12.30
12.30
1000.00
0.15
123456789012345678901234567890123456.78
0.10
0.00
99999999.99
null'
    is "$(sqlite3 m.db "SELECT DISTINCT typeof(d) FROM t" | paste -sd' ')" 'text null'
    is "$(ft-sink - <in | sed -n '7p;9p;11p')" '{"d":123456789012345678901234567890123456.78}
{"d":0.00}
{"d":null}'
}

@test "strings, integers, booleans, dates and json are stored as what they are" {
    {
        schema t '["s","string"],["i","int"],["b","boolean"],["y","date"],["j","json"]'
        cat <<'END'
{"_stream":"t","s":"\u00e9\"\ud83d\ude00\n'","i":9223372036854775807,"b":true,"y":"2024-02-29","j":{"x": 1.0}}
{"_stream":"t","s":"7","i":-9223372036854775808,"b":false,"y":null,"j":"text"}
{"_stream":"t","s":"","i":0}
END
    } | tagged | ft-sink sqlite:m.db
    is "$(sqlite3 m.db 'SELECT quote(s), typeof(i), i, typeof(b), b, y, j FROM t')" \
"'é\"😀
'''|integer|9223372036854775807|integer|1|2024-02-29|{\"x\": 1.0}
'7'|integer|-9223372036854775808|integer|0||\"text\"
''|integer|0|null|||"
    is "$(sqlite3 m.db "SELECT name, type FROM pragma_table_info('t')" | paste -sd' ')" \
        's|TEXT i|INTEGER b|INTEGER y|TEXT j|TEXT'
}

@test "what nobody declared is stored as its form says; 1.0, 1e2 and big numbers as spelled" {
    {
        schema t '["v","any"]'
        for v in 1 -5 1.0 1e2 0.1000 18446744073709551616 9007199254740993 '"7"' '"\u0061"' true \
            false null '[1.0, {"x":1E2}]' '{}'; do
            printf '{"_stream":"t","v":%s}\n' "$v"
        done
    } | tagged | ft-sink sqlite:m.db
    is "$(sqlite3 m.db 'SELECT typeof(v), v FROM t')" 'integer|1
integer|-5
text|1.0
text|1e2
text|0.1000
text|18446744073709551616
integer|9007199254740993
text|7
text|a
integer|1
integer|0
null|
text|[1.0, {"x":1E2}]
text|{}'
}

@test "a value that its column cannot hold is rejected by name, and its row is not there" {
    {
        schema t '["id","int"],["s","string"],["d","decimal(4,2)"],["b","boolean"],["y","date"],["at","timestamp(s)"]' '"kind":"append"' '"key":["id"]' '"time":null'
        for bad in '"id":9223372036854775808' '"id":1.0' '"id":"1"' '"id":2,"s":7' \
            '"id":2,"d":1.234' '"id":2,"d":100' '"id":2,"d":"x"' '"id":2,"b":1' '"id":2,"y":"2025-02-29"' \
            '"id":2,"at":"soon"' '"id":null' '"s":"no key"'; do
            printf '{"_stream":"t","_ts":5,%s}\n' "$bad"
        done
        printf '{"_stream":"t","_ts":5,"id":1,"s":"good"}\n'
    } | tagged | ft-sink sqlite:m.db
    is "$(table)" '1|good||||'
    is "$(reasons)" 'column id: 9223372036854775808 is out of range for int
column id: 1.0 is not an integer
column id: "1" is not an integer
column s: 7 is not a string
column d: 1.234 has more digits than its scale
column d: 100 is out of range for its precision
column d: "x" is not a number
column b: 1 is not true or false
column y: "2025-02-29" is not a date like 2025-01-31
column at: "soon" is not an integer of epoch seconds
column id: null is in the key and null
column id: is in the key and null'
}

# ---- rows ----

@test "with a key the last row of a key counts, and a deletion takes it away" {
    {
        schema t '["v","int"],["id","string"]' "${upsert[@]}"
        cat <<'END'
{"_stream":"t","id":"a","v":1}
{"_stream":"t","id":"b","v":1}
{"_stream":"t","id":"\u0061","v":2}
{"_stream":"t","_op":"delete","id":"b"}
{"_stream":"t","_op":"delete","id":"never"}
{"_stream":"t","id":"c","v":3}
{"_stream":"t","id":"c"}
END
    } | tagged | ft-sink sqlite:m.db
    is "$(table)" '2|a
|c'
}

@test "a key of several columns is one; a stream of facts with a key is upserted too" {
    {
        schema t '["a","int"],["v","int"],["b","int"]' '"kind":"append"' '"key":["b","a"]'
        printf '{"_stream":"t","a":%s,"b":%s,"v":%s}\n' 1 1 1 1 2 2 2 1 3 1 2 4
    } | tagged | ft-sink sqlite:m.db
    is "$(table)" '1|1|1
1|4|2
2|3|1'
}

@test "a table of nothing but its key holds each key once" {
    { schema t '["id","int"]' "${upsert[@]}"; printf '{"_stream":"t","id":%s}\n' 1 2 1; } | tagged |
        ft-sink sqlite:m.db
    is "$(table)" '1
2'
}

@test "without a key every line is a row" {
    { schema t '["v","int"]'; printf '{"_stream":"t","v":%s}\n' 1 1 2; } | tagged |
        ft-sink sqlite:m.db
    is "$(table | paste -sd' ')" '1 1 2'
}

@test "all streams become tables, or those that are named, under the names they are given" {
    {
        schema one '["v","int"]'
        schema two '["v","int"]'
        printf '{"_stream":"%s","v":1}\n' one two three
    } | tagged >in
    # asked for all, it loses none: a stream that nobody announced is refused
    run -2 --separate-stderr ft-sink sqlite:lost.db <in
    is "$stderr" 'ft-sink: line 6 is of stream three, which has no _schema before it'
    grep -v '"three"' <in >known
    ft-sink sqlite:all.db <known
    is "$(sqlite3 all.db .tables | xargs)" '_firsttouch_tables _rejected one two'
    ft-sink sqlite:some.db two=one <in
    is "$(sqlite3 some.db .tables | xargs)" '_firsttouch_tables _rejected two'
    ft-sink sqlite:both.db one "zwei 2"=two <in
    is "$(sqlite3 both.db 'SELECT * FROM one UNION ALL SELECT * FROM "zwei 2"' | xargs)" '1 1'
}

@test "--take chooses the columns, their order and names; --write-time comes last" {
    {
        schema t '["id","int"],["v","string"],["at","timestamp"],["x","int"]' "${upsert[@]}"
        printf '{"_stream":"t","id":%s,"v":"%s","at":0}\n' 1 a 2 b 1 c
        printf '{"_stream":"t","_op":"delete","id":2}\n'
    } | tagged >in
    SOURCE_DATE_EPOCH=1735689600 ft-sink sqlite:m.db mart=t --write-time written \
        --take 'at AS "the time", v, id AS key' <in
    is "$(sqlite3 -header m.db 'SELECT * FROM mart')" 'the time|v|key|written
1970-01-01T00:00:00.000Z|c|1|2025-01-01T00:00:00.000Z'
    is "$(SOURCE_DATE_EPOCH=0 ft-sink - t --write-time w --take 'v, id' <in)" \
'{"v":"a","id":1,"w":"1970-01-01T00:00:00.000Z"}
{"v":"b","id":2,"w":"1970-01-01T00:00:00.000Z"}
{"v":"c","id":1,"w":"1970-01-01T00:00:00.000Z"}
{"_op":"delete","v":null,"id":2,"w":"1970-01-01T00:00:00.000Z"}'
}

@test "a table without all of the key's columns is appended to" {
    {
        schema t '["id","int"],["v","string"]' '"kind":"append"' '"key":["id"]'
        printf '{"_stream":"t","id":1,"v":"a"}\n{"_stream":"t","id":1,"v":"a"}\n'
    } | tagged | ft-sink sqlite:m.db t --take v
    is "$(table | xargs)" 'a a'
}

@test "the time of writing is the clock's, unless SOURCE_DATE_EPOCH makes two runs the same" {
    { schema t '["v","int"]'; printf '{"_stream":"t","v":1}\n'; } | tagged >in
    local before after
    before=$(date -u +%FT%T)
    ft-sink sqlite:m.db --write-time w <in
    after=$(date -u +%FT%T.999Z)
    is "$(sqlite3 m.db "SELECT w >= '$before' AND w <= '$after' FROM t")" 1
    export SOURCE_DATE_EPOCH=1735689600
    ft-sink sqlite:one.db --write-time w <in
    ft-sink sqlite:two.db --write-time w <in
    is "$(sqlite3 two.db .dump)" "$(sqlite3 one.db .dump)"
    for bad in '' -1 1.5 1e3 soon 253402300800 99999999999999999999 ' 1' '1 '; do
        SOURCE_DATE_EPOCH=$bad run -2 --separate-stderr ft-sink sqlite:none.db --write-time w <in
        is "$stderr" \
"ft-sink: \$SOURCE_DATE_EPOCH: \"$bad\" is not a whole number from 0 to 253402300799"
    done
    [ ! -e none.db ]
    SOURCE_DATE_EPOCH=soon ft-sink sqlite:m.db <in # nobody asked
}

# ---- names ----

@test "names with quotes, spaces, keywords and any script are names like others" {
    {
        schema order '["select","int"],["a\"b","string"],["é `x`; --","int"],["rowid2","int"]' '"kind":"upsert"' '"key":["select"]'
        cat <<'END'
{"_stream":"order","select":1,"a\"b":"x'); DROP TABLE \"order\"; --","é `x`; --":2}
{"_stream":"order","select":2,"a\u0022b":"","\u00e9 `x`; --":3}
{"_stream":"order","select":3}
{"_stream":"order","_op":"delete","select":3}
END
    } | tagged >in
    ft-sink sqlite:m.db order 'ta"ble; é=order' <in && return 1
    ft-sink sqlite:m.db order <in
    is "$(sqlite3 -header m.db 'SELECT * FROM "order"')" "select|a\"b|é \`x\`; --|rowid2
1|x'); DROP TABLE \"order\"; --|2|
2||3|"
    ft-sink sqlite:m.db 'ta"ble; é=order' <in
    is "$(sqlite3 m.db 'SELECT count(*) FROM "ta""ble; é"')" 2
}

@test "names over 63 bytes, or equal but for case, are refused" {
    local x63 x64 name
    x63=$(printf 'x%.0s' {1..63})
    x64=${x63}x
    schema t '["id","int"],["v","int"]' | tagged >in
    ft-sink sqlite:m.db "$x63=t" --take "id AS $x63" <in
    run -2 --separate-stderr ft-sink sqlite:m.db "$x64=t" <in
    is "$stderr" "ft-sink: table $x64 has a name that is longer than 63 bytes"
    run -2 --separate-stderr ft-sink sqlite:m.db t --take "id AS $x64" <in
    is "$stderr" \
        "ft-sink: table t: column $x64 has a name that is empty or longer than 63 bytes"
    run -2 --separate-stderr ft-sink sqlite:m.db t --take 'id, v AS ID' <in
    is "$stderr" \
        "ft-sink: table t: column id has a name that differs from another column's only in case"
    run -2 --separate-stderr ft-sink - t --take 'id, v AS ID' <in
    run -2 --separate-stderr ft-sink sqlite:m.db t --write-time V <in
    is "$stderr" \
        "ft-sink: table t: column v has a name that differs from another column's only in case"
    name=éééééééééééééééééééééééééééééééé # 32 letters, 64 bytes
    run -2 --separate-stderr ft-sink sqlite:m.db "$name=t" <in
    is "$stderr" "ft-sink: table $name has a name that is longer than 63 bytes"
}

@test "one table cannot take two streams, whatever the case of its name" {
    { schema t '["v","int"]'; schema u '["v","int"]'; } | tagged >in
    run -2 --separate-stderr ft-sink sqlite:m.db x=t x=u <in
    is "$stderr" 'ft-sink: table x is named twice'
    run -2 --separate-stderr ft-sink sqlite:m.db x=t X=u <in
    is "$stderr" 'ft-sink: table X is named twice'
    run -2 --separate-stderr ft-sink sqlite:m.db _rejected=t <in
    is "$stderr" 'ft-sink: table _rejected is named twice'
}

# ---- streams without declared columns ----

@test "a stream without declared columns gets columns as they come" {
    {
        schema t ''
        cat <<'END'
{"_stream":"t","a":1}
{"_stream":"t","b":1.0,"a":"x"}
{"_stream":"t"}
{"_stream":"t","the c":true,"a":null,"\u0062":[1]}
END
    } | tagged >in
    ft-sink sqlite:m.db <in
    is "$(sqlite3 -header -nullvalue null m.db 'SELECT * FROM t')" 'a|b|the c
1|null|null
x|1.0|null
null|null|null
null|[1]|1'
    is "$(ft-sink - <in)" '{"a":1}
{"b":1.0,"a":"x"}
{}
{"the c":true,"a":null,"\u0062":[1]}'
}

@test "where null is a key like any other, rows with it replace and delete each other" {
    groups='"null_keys":true'
    {
        schema t '["country","string"],["day","int"],["n","int"]' '"kind":"upsert"' \
            '"key":["country","day"]' "$groups"
        printf '{"_stream":"t",%s}\n' '"country":"FR","day":1,"n":1' '"day":1,"n":2' \
            '"country":"FR","day":1,"n":3' '"country":null,"day":1,"n":4' '"country":"FR","n":5' \
            '"country":"","day":1,"n":6' '"country":"FR","day":0,"n":7' '"country":"0","n":8' \
            '"_op":"delete","country":"0","day":null'
    } | tagged > input
    ft-sink sqlite:m.db < input
    ft-sink sqlite:m.db < input # replaced as a whole
    is "$(sqlite3 m.db 'SELECT * FROM t ORDER BY n')" 'FR|1|3
|1|4
FR||5
|1|6
FR|0|7'
    is "$(reasons)" ''
    is "$(sqlite3 m.db "INSERT INTO t VALUES (NULL, 1, 9)" 2>&1 | grep -c UNIQUE)" 1
}

@test "a table whose key knows no null is not one whose key does" {
    live() { sed 's/"bounded":true/"bounded":false/'; }
    one() {
        schema t '["c","string"]' '"kind":"upsert"' '"key":["c"]' "$@"
        echo '{"_stream":"t","c":"x"}'
    }
    one '"null_keys":true' | tagged | live | ft-sink sqlite:m.db
    one '"null_keys":true' | tagged | live | ft-sink sqlite:m.db
    run -2 --separate-stderr ft-sink sqlite:m.db < <(one | tagged | live)
    is "$stderr" 'ft-sink: sqlite:m.db: table t is there with another key: drop it, or choose another name'
    one | tagged | live | ft-sink sqlite:n.db
    run -2 --separate-stderr ft-sink sqlite:n.db < <(one '"null_keys":true' | tagged | live)
    is "$stderr" 'ft-sink: sqlite:n.db: table t is there with another key: drop it, or choose another name'
}

@test "a stream without declared columns may have a key: its rows replace each other" {
    {
        schema t '' "${upsert[@]}"
        printf '{"_stream":"t",%s}\n' '"id":1,"v":1' '"v":2,"id":1' '"id":2' '"id":3,"w":1' \
            '"_op":"delete","id":3' '"v":7'
    } | tagged | ft-sink sqlite:m.db
    is "$(sqlite3 -header m.db 'SELECT * FROM t')" 'id|v|w
1|2|
2||'
    is "$(reasons)" 'column id: is in the key and null'
}

@test "an open stream's names that differ only in case, or are too long, are rejected by name" {
    {
        schema t ''
        printf '{"_stream":"t","a":1}\n{"_stream":"t","b":2,"A":3}\n{"_stream":"t","%s":4}\n' \
            "$(printf 'x%.0s' {1..64})"
    } | tagged | ft-sink sqlite:m.db
    is "$(sqlite3 m.db 'SELECT a FROM t')" 1
    is "$(sqlite3 m.db 'SELECT "column", reason FROM _rejected')" \
"A|column A: has a name that differs from another column's only in case
$(printf 'x%.0s' {1..64})|column $(printf 'x%.0s' {1..64}): has a name that is empty or longer than 63 bytes"
}

@test "an empty stream without declared columns is no table, and no error" {
    schema t '' | tagged | ft-sink sqlite:m.db
    is "$(sqlite3 m.db .tables | xargs)" '_firsttouch_tables _rejected'
}

# ---- what was rejected ----

@test "_rejected is a table of ten columns, with what others and ft-sink itself have rejected" {
    {
        schema t '["v","int"]' '"kind":"append"' '"time":null'
        cat <<'END'
{"_stream":"_rejected","filter":"ft-ingest","stream":"t","source":"a b","line":7,"byte_offset":99,"reason":"late","raw":"{\"v\":\"é\"}"}
{"_stream":"t","_ts":1735689600000,"v":"x"}
{"_stream":"_rejected","filter":"ft-ingest","reason":"not UTF-8","raw_base64":"/w=="}
END
    } | tagged | ft-sink sqlite:m.db
    is "$(sqlite3 -header m.db 'SELECT * FROM _rejected')" \
'filter|stream|source|line|byte_offset|reason|column|record_time|raw|raw_base64
ft-ingest|t|a b|7|99|late|||{"v":"é"}|
ft-sink|t||||column v: "x" is not an integer|v|2025-01-01T00:00:00.000Z|{"_stream":"t","_ts":1735689600000,"v":"x"}|
ft-ingest|||||not UTF-8||||/w=='
    is "$(table)" ''
}

@test "personal data does not get into _rejected, but with --keep-raw" {
    { schema t '["v","int"],["m","string","pii"]'; printf '{"_stream":"t","v":"x","m":7}\n'
        printf '{"_stream":"t","m":7}\n'; } | tagged >in
    ft-sink sqlite:m.db <in
    is "$(sqlite3 m.db 'SELECT reason, raw FROM _rejected')" 'column v: "x" is not an integer|
column m: the value is not a string|'
    ft-sink sqlite:m.db --keep-raw <in
    is "$(sqlite3 m.db 'SELECT raw FROM _rejected')" '{"_stream":"t","v":"x","m":7}
{"_stream":"t","m":7}'
}

@test "rejected records that standard output does not show are counted in a word" {
    {
        schema t '["v","int"]'
        printf '%s\n' '{"_stream":"t","v":"x"}' '{"_stream":"_rejected","reason":"late"}' \
            '{"_stream":"t","v":1}'
    } | tagged >in
    run -0 --separate-stderr ft-sink - <in
    is "$output" '{"v":1}'
    is "$stderr" 'ft-sink: 2 records were rejected (the first: column v: "x" is not an integer):'\
" see 'ft-sink - _rejected'"
    run -0 --separate-stderr ft-sink - _rejected <in
    is "$output" '{"reason":"late"}'
    is "$stderr" ''
}

@test "--strict makes the first value that does not fit exit status 1, and nothing is committed" {
    { schema t '["v","int"]'; printf '{"_stream":"t","v":%s}\n' 1 1.5; } | tagged >in
    run -1 --separate-stderr ft-sink sqlite:m.db --strict <in
    is "$stderr" 'ft-sink: refused: t: column v: 1.5 is not an integer'
    is "$(sqlite3 m.db .tables)" ''
}

# ---- standard output ----

@test "standard output is the stream's records, without our members, as they were spelled" {
    {
        schema t '["id","any"],["at","timestamp"],["v","decimal(5,1)"]' '"kind":"append"' '"time":"at"'
        cat <<'END'
{"_stream":"t","_ts":1,"id":18446744073709551616,"at":1,"v":2,"more":[0.1000, "\u0061"]}
{"id":"b", "_ts":2 ,"at":2,"_stream":"t"}
END
    } | tagged >in
    is "$(ft-sink - <in)" \
'{"id":18446744073709551616,"at":"1970-01-01T00:00:00.001Z","v":2.0,"more":[0.1000, "\u0061"]}
{"id":"b","at":"1970-01-01T00:00:00.002Z"}'
    is "$(ft-sink - t --take 'v, id AS i, at' <in)" \
'{"v":2.0,"i":18446744073709551616,"at":"1970-01-01T00:00:00.001Z"}
{"v":null,"i":"b","at":"1970-01-01T00:00:00.002Z"}'
}

@test "on standard output a deletion keeps its mark" {
    { schema t '["id","int"]' "${upsert[@]}"; printf '{"_stream":"t","_op":"delete","id":1}\n'; } |
        tagged >in
    is "$(ft-sink - <in)" '{"_op":"delete","id":1}'
}

@test "of several streams the one to print must be named" {
    { schema one ''; schema two ''; printf '{"_stream":"two","v":1}\n'; } | tagged >in
    run -2 --separate-stderr ft-sink - <in
    is "$stderr" \
        'ft-sink: the input has several streams: name the one to print (there are: one, two)'
    is "$(ft-sink - two <in)" '{"v":1}'
    is "$(ft-sink - one <in)" ''
    run -2 --separate-stderr ft-sink - < <(tagged </dev/null)
    is "$stderr" 'ft-sink: there is no stream in the input'
}

@test "standard output that is full or gone is no success" {
    { schema t ''; seq -f '{"_stream":"t","v":%.0f}' 200000; } | tagged >in
    to_full() { ft-sink - <in >/dev/full; }
    run -3 --separate-stderr to_full
    is "$stderr" 'ft-sink: cannot write standard output: No space left on device'
    status=$(set +o pipefail; { ft-sink - <in; echo "$?" >status; } | head -n 1 >/dev/null
        cat status)
    is "$status" 141
}

# ---- runs ----

@test "a bounded run replaces its tables, all at once, and only at the barrier" {
    { schema t '["v","int"]'; printf '{"_stream":"t","v":%s}\n' 1 2 3; } | tagged |
        ft-sink sqlite:m.db
    mkfifo in
    ft-sink sqlite:m.db <in 3>&- &
    local pid=$!
    exec 5>in
    { printf '%s\n' "$begin"; schema t '["w","int"],["v","int"]'
        printf '{"_stream":"t","v":%s}\n' 7 8; } >&5
    poll '[[ -e m.db-wal ]]'
    is "$(table | xargs)" '1 2 3'
    printf '%s\n' "$end" >&5
    exec 5>&-
    wait "$pid"
    is "$(table | xargs)" '|7 |8'
}

@test "a run whose input breaks off leaves what was there, and exits with status 4" {
    { schema t '["v","int"]'; printf '{"_stream":"t","v":%s}\n' 1 2 3; } | tagged >in
    ft-sink sqlite:m.db <in
    sed 's/"v":1/"v":9/' in | head -n -3 >broken
    run -4 --separate-stderr ft-sink sqlite:m.db <broken
    is "$stderr" 'ft-sink: the input ended without _end: what wrote it has died'
    is "$(table | xargs)" '1 2 3'
    # somebody upstream has said why: no need to say it again
    printf '{"_stream":"_died","filter":"ft-clean"}\n' >>broken
    run -4 --separate-stderr ft-sink sqlite:m.db <broken
    is "$stderr" ''
    is "$(table | xargs)" '1 2 3'
    run -4 ft-sink sqlite:new.db <broken
    is "$(sqlite3 new.db .tables)" ''
}

@test "a live run adds to the table that is there, and commits at barriers and nowhere else" {
    { schema t '["v","int"]'; printf '{"_stream":"t","v":1}\n'; } | tagged | ft-sink sqlite:m.db
    mkfifo in
    ft-sink sqlite:m.db <in 3>&- &
    local pid=$!
    exec 5>in
    { printf '%s\n' "${begin/\"bounded\":true/\"bounded\":false}"; schema t '["v","int"]'
        printf '{"_stream":"t","v":%s}\n' 2 3; } >&5
    poll '[[ -e m.db-wal ]]'
    poll 'grep -q "^State:.S" /proc/'"$pid"'/status' # it waits for more
    is "$(table | xargs)" '1'
    printf '{"_stream":"_barrier","epoch":1}\n{"_stream":"t","v":4}\n' >&5
    poll '[[ $(table | xargs) == "1 2 3" ]]'
    poll 'grep -q "^State:.S" /proc/'"$pid"'/status'
    is "$(table | xargs)" '1 2 3'
    printf '{"_stream":"_barrier","epoch":2}\n{"_stream":"t","v":5}\n' >&5
    poll '[[ $(table | xargs) == "1 2 3 4" ]]'
    exec 5>&- # died: the last row was never committed
    status=0
    wait "$pid" || status=$?
    is "$status" 4
    is "$(table | xargs)" '1 2 3 4'
}

@test "a live run whose table lacks a column is refused" {
    schema t '["v","int"]' | tagged | ft-sink sqlite:m.db
    schema t '["v","int"],["w","int"]' | tagged | sed 's/"bounded":true/"bounded":false/' >in
    run -2 --separate-stderr ft-sink sqlite:m.db <in
    is "$stderr" \
'ft-sink: sqlite:m.db: table t is there, but has no column w: drop it, or choose another name'
}

# ---- databases that are not as they should be ----

@test "a table that ft-sink has not made is refused and left alone" {
    sqlite3 m.db 'CREATE TABLE t (v); INSERT INTO t VALUES (7); CREATE VIEW w AS SELECT 1'
    schema t '["v","int"]' | tagged >in
    run -2 --separate-stderr ft-sink sqlite:m.db <in
    is "$stderr" \
'ft-sink: sqlite:m.db: table t was not made by ft-sink: drop it, or choose another name'
    run -2 --separate-stderr ft-sink sqlite:m.db w=t <in
    is "$stderr" \
'ft-sink: sqlite:m.db: table w was not made by ft-sink: drop it, or choose another name'
    run -2 --separate-stderr ft-sink sqlite:m.db _firsttouch_tables=t <in
    is "$(table)" 7
    is "$(sqlite3 m.db .tables | xargs)" 't w'
    ft-sink sqlite:m.db good=t <in
}

@test "a file that is no database, a directory that is not there, one that cannot be written" {
    schema t '["v","int"]' | tagged >in
    printf '%04096d' 7 >none.db
    run -3 --separate-stderr ft-sink sqlite:none.db <in
    is "$stderr" 'ft-sink: sqlite:none.db: cannot open it: file is not a database'
    is "$(cat none.db)" "$(printf '%04096d' 7)"
    run -3 --separate-stderr ft-sink sqlite:no/such/m.db <in
    is "$stderr" 'ft-sink: sqlite:no/such/m.db: cannot open it: unable to open database file'
    mkdir directory
    run -3 --separate-stderr ft-sink sqlite:directory <in
    is "$stderr" 'ft-sink: sqlite:directory: cannot open it: unable to open database file'
}

@test "a full disk leaves the old table as it was" {
    mkdir disk
    mount -t tmpfs -o size=256k none disk 2>/dev/null || skip 'a small file system needs root'
    { schema t '["v","string"]'; printf '{"_stream":"t","v":"old"}\n'; } | tagged |
        ft-sink sqlite:disk/m.db
    { schema t '["v","string"]'; for i in {1..40}; do
        printf '{"_stream":"t","v":"%010000d"}\n' "$i"; done; } | tagged >in
    run -3 --separate-stderr ft-sink sqlite:disk/m.db <in
    cp disk/m.db* .
    umount disk
    [[ $stderr == 'ft-sink: sqlite:disk/m.db: cannot '*': database or disk is full' ]]
    is "$(table)" old
}

# ---- what is refused before the first record ----

@test "targets, tables and streams that cannot be are refused by name" {
    schema t '["id","int"],["v","int"]' "${upsert[@]}" | tagged >in
    refuses() {
        local text=$1
        shift
        run -2 --separate-stderr ft-sink "$@" <in
        is "$stderr" "ft-sink: $text"
    }
    refuses 'TARGET is needed (see --help)'
    refuses '"mart.db" is no target: write sqlite:FILE, postgresql://HOST/DATABASE, or - for standard output' mart.db
    refuses '"sqlite:" is no target: write sqlite:FILE, postgresql://HOST/DATABASE, or - for standard output' sqlite:
    refuses 'argument =t is not TABLE or TABLE=STREAM (see --help)' - =t
    refuses 'TABLE=STREAM: "" cannot be a stream: letters, digits and _, a letter first' - x=
    refuses 'TABLE=STREAM: "_begin" cannot be a stream: letters, digits and _, a letter first' \
        - _begin
    refuses 'there is no stream u in the input (there are: t)' sqlite:m.db u
    refuses 'stream t is named twice' sqlite:m.db a=t b=t
    refuses '- takes one table: u is one too many' - t u
    refuses '--take is for one table: u is one too many' sqlite:m.db t u --take id
    refuses 'stream t has no column w (it has id, v)' sqlite:m.db t --take 'id, w'
    refuses '--take: id is the key of stream t, whose rows replace each other' sqlite:m.db t --take v
    refuses 'stream t has a column "v" already' sqlite:m.db t --write-time v
    refuses "--take 'id AS v, v': v stands twice" sqlite:m.db t --take 'id AS v, v'
    [ ! -e m.db ]
}

@test "--write-time of a stream without declared columns needs --take" {
    { schema t ''; printf '{"_stream":"t","v":1.0}\n'; } | tagged >in
    run -2 --separate-stderr ft-sink - t --write-time w <in
    is "$stderr" \
        'ft-sink: --write-time: stream t declares no columns: choose some with --take'
    is "$(SOURCE_DATE_EPOCH=0 ft-sink - t --write-time w --take v <in)" \
        '{"v":1.0,"w":"1970-01-01T00:00:00.000Z"}'
}

@test "every record is counted once" {
    {
        schema t '["v","int"]'
        schema u ''
        printf '{"_stream":"t","v":%s}\n' 1 2 '"x"'
        printf '{"_stream":"u"}\n{"_stream":"_rejected","reason":"late"}\n'
    } | tagged | ft-sink sqlite:m.db t --metrics counts
    is "$(sed -nE 's/^firsttouch_records\{.*stream="(.*)",fate="(.*)"\} ([1-9].*)$/\1 \2 \3/p' \
        counts | sort)" '_rejected used 1
t rejected 1
t used 2
u passed 1'
}

@test "the same rows come out however the input is cut, and without a last newline" {
    { schema t '["v","int"]'; printf '{"_stream":"t","v":%s}\n' {1..50}; } | tagged >in
    ft-sink - <in >expected
    [ "$(wc -l <expected)" -eq 50 ]
    dd if=in bs=1 status=none | ft-sink - | cmp - expected
    dd if=in bs=4096 status=none | ft-sink - | cmp - expected
    printf '%s' "$(cat in)" | ft-sink - | cmp - expected
}

@test "--help tells all options and targets" {
    run -0 ft-sink --help
    for option in sqlite:FILE - --take --write-time --metrics --keep-raw --strict --help \
        --version; do
        [[ $output == *" $option"* ]]
    done
    [[ ${lines[0]} == 'usage: ft-sink '* ]]
}

@test "a database that another program holds is waited for, but not for ever" {
    { schema t '["v","int"]'; printf '{"_stream":"t","v":1}\n'; } | tagged >in
    sqlite3 m.db 'PRAGMA journal_mode = WAL; CREATE TABLE x (y)' >/dev/null
    mkfifo holder
    sqlite3 m.db <holder >held 3>&- &
    exec 5>holder
    echo 'BEGIN IMMEDIATE; SELECT 1;' >&5
    poll '[[ -s held ]]'
    ft-sink sqlite:m.db <in 3>&- 5>&- &
    local pid=$!
    poll 'grep -q "^State:.S" /proc/'"$pid"'/status'
    echo 'COMMIT;' >&5
    exec 5>&-
    wait "$pid"
    is "$(table)" 1
    # the one of setup_file
    poll '[[ -s $BATS_FILE_TMPDIR/held.status ]]'
    is "$(cat "$BATS_FILE_TMPDIR/held.status")" 3
    is "$(cat "$BATS_FILE_TMPDIR/held.err")" \
        'ft-sink: sqlite:held.db: cannot begin a transaction: database is locked'
}

@test "rows that no barrier commits are not passed over in silence" {
    { schema t '["v","int"]'; echo '{"_stream":"t","v":1}'; } | tagged | grep -v _barrier >in
    run -2 --separate-stderr ft-sink sqlite:m.db <in
    is "$stderr" 'ft-sink: the input ended with records that no _barrier commits'
    is "$(sqlite3 m.db .tables)" ''
}

@test "without a _begin it is not known whether tables are replaced, so none is touched" {
    { schema t '["v","int"]'; echo '{"_stream":"t","v":1}'; } | tagged | grep -v _begin >in
    run -2 --separate-stderr ft-sink sqlite:m.db <in
    is "$stderr" \
'ft-sink: the input has no _begin: it is not known whether tables are to be replaced'
}

@test "a database in memory is refused, for it would be gone at the end" {
    run -2 --separate-stderr ft-sink sqlite::memory: < <(schema t '["v","int"]' | tagged)
    is "$stderr" 'ft-sink: sqlite::memory:: a database in memory would be gone at the end'
}

@test "a database that was deleted in the middle of a run is exit status 3" {
    mkfifo in
    ft-sink sqlite:m.db <in 2>errors &
    local sink=$!
    exec 8>in
    { echo "${begin/true/false}"; schema t '["v","int"]'; echo '{"_stream":"t","v":1}'
        echo '{"_stream":"_barrier","epoch":1}'; } >&8
    for ((i = 0; i < 100; i++)); do
        [[ $(sqlite3 m.db 'SELECT count(*) FROM t' 2>/dev/null) == 1 ]] && break
        sleep 0.05
    done
    rm -f m.db m.db-wal m.db-shm
    printf '%s\n' '{"_stream":"t","v":2}' '{"_stream":"_barrier","epoch":2}' >&8
    local status=0
    wait "$sink" || status=$?
    exec 8>&-
    is "$status" 3
    is "$(<errors)" 'ft-sink: sqlite:m.db: cannot commit epoch 2: the file was moved or deleted'
}

@test "a live run whose table has another key is refused" {
    { schema t '["a","int"],["b","int"]' '"kind":"append"' '"key":["a"]'; } | tagged | ft-sink sqlite:m.db
    { schema t '["a","int"],["b","int"]' '"kind":"append"' '"key":["b"]'; } | tagged | sed 's/true/false/' >in
    run -2 --separate-stderr ft-sink sqlite:m.db <in
    is "$stderr" \
'ft-sink: sqlite:m.db: table t is there with another key: drop it, or choose another name'
}

@test "a record with more members than a table can have is rejected, and no column comes of it" {
    { echo '{"_stream":"_schema","stream":"x","kind":"append"}'
        jq -nc '{_stream: "x"} + ([range(2500) | {("m\(.)"): .}] | add)'
        echo '{"_stream":"x","a":1}'; echo '{"_stream":"x" }'; } | tagged | ft-sink sqlite:m.db
    is "$(sqlite3 m.db 'SELECT * FROM x WHERE a' \
        'SELECT reason FROM _rejected' "SELECT count(*) FROM pragma_table_info('x')")" '1
has more columns than SQLite takes
1'
}
