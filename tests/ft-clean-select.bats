#!/usr/bin/env bats
# ft-clean --where, --select, --to, --keep, --check: a stream made of another, and what is refused.
# shellcheck disable=SC2154,SC2094,SC2016 # set by run and common; compared, not written; backticks

load common

hit='{"_stream":"_schema","stream":"hit","kind":"append","key":["id"],"time":"at","columns":'\
'[["id","string"],["at","timestamp"],["n","int"],["price","decimal(10,2)"],["ok","boolean"],'\
'["mail","string","pii"],["note","any"]]}'
row='{"_stream":"_schema","stream":"row","kind":"upsert","key":["a","b"],"columns":'\
'[["a","int"],["b","string"],["n","int"],["name","string"]]}'
open='{"_stream":"_schema","stream":"hit","kind":"append","time":"at"}'

# The lines on standard input after the schemas given, hit's when there are none, and before the end.
tagged() {
    (($#)) || set -- "$hit"
    printf '%s\n' "$begin" "$@"
    cat
    printf '%s\n' "$end"
}

# Hits from lines "MEMBERS", at 1, 2, 3 and so on.
hits() {
    awk '{ printf "{\"_stream\":\"hit\",\"_ts\":%d,%s}\n", NR, $0 }' | tagged "$@"
}

# All lines but those that every pipe begins and ends with.
middle() {
    grep -v '"_stream":"_begin"\|"_stream":"_end"\|"_ts":9007199254740991\|"_barrier"'
}

# The records.
rows() {
    grep -v '^{"_stream":"_' || true
}

# The schema line of stream $1.
schema_of() {
    grep "^{\"_stream\":\"_schema\",\"stream\":\"$1\""
}

reasons() {
    jq -r 'select(._stream == "_rejected") | .reason'
}

# The fates in the file m of stream $1, hit when not given, and what was emitted.
counts() {
    sed -nE "s/^firsttouch_records\\{.*stream=\"${1-hit}\",fate=\"([a-z]+)\"\\} ([1-9].*)/\\1 \\2/p" m
    sed -nE 's/^firsttouch_emitted_total\{.*stream="([a-z]+)"\} ([1-9].*)/emitted \1 \2/p' m
}

# refuses MESSAGE COMMAND...
refuses() {
    run -2 --separate-stderr "${@:2}"
    is "$stderr" "$1"
}

# ---- conditions ----

@test "a record for which the condition is true goes on as the bytes it was, others are dropped" {
    tagged >input <<'END'
{"_stream":"hit","_ts":1,"id":"a","n":3}
{"_ts":2, "n" : 4,"_stream":"hit" ,"more":0.1000,"id":"\u0062"}
{"_stream":"hit","_ts":3,"id":"c","n":2}
{"_stream":"hit","_ts":4,"id":"d"}
{"_stream":"hit","_ts":5,"id":"e","n":null}
END
    ft-clean --from hit --where 'n >= 3' --metrics m <input | sed 's/"stage":1/"stage":0/' |
        diff <(sed 5,7d input) -
    is "$(counts)" 'passed 2
dropped 3'
}

@test "AND, OR and NOT are true, false or null as in SQL" {
    for p in true false null; do
        for q in true false null; do
            echo "\"id\":\"$p $q\",\"ok\":$p,\"note\":$q"
        done
    done | hits | ft-clean --from hit \
        --select 'id, ok AND note AS both, ok OR note AS either, NOT ok AS neither' | rows |
        jq -r '"\(.id): \(.both) \(.either) \(.neither)"' | diff - <(cat <<'END'
true true: true true false
true false: false true false
true null: null true false
false true: false true true
false false: false false true
false null: false null true
null true: null true null
null false: false null null
null null: null null null
END
)
}

@test "a condition that is null drops the record, and so does NOT of it" {
    hits <<<$'"id":"a","n":1\n"id":"b","n":2\n"id":"c","n":null\n"id":"d"' >input
    kept() { ft-clean --from hit --where "$1" <input | rows | jq -r .id | paste -sd' '; }
    is "$(kept 'n = 1')" 'a'
    is "$(kept 'NOT n = 1')" 'b'
    is "$(kept 'n <> 1')" 'b'
    is "$(kept 'n = NULL')" ''
    is "$(kept 'n IS NULL')" 'c d'
    is "$(kept 'n IS NOT NULL')" 'a b'
    is "$(kept '(n = 1) IS NOT TRUE')" 'b c d'
    is "$(kept 'n = 1 OR n IS NULL')" 'a c d'
    is "$(kept 'COALESCE(n, 0) < 2')" 'a c d'
}

@test "SUBSTR counts as far as numbers go, and NOT of a null looks at nothing" {
    hits <<<'"id":"abcdef","note":99999999999999999999999999999999999999' >input
    ft-clean --from hit --select 'SUBSTR(id, note, note) AS far, SUBSTR(id, 0 - note, note) AS near,
        SUBSTR(id, 5, note) AS rest, NOT ok AS no, NOT (n = 1) AS neither' <input >made
    is "$(rows <made)" \
        '{"_stream":"hit","_ts":1,"far":"","near":"","rest":"ef","no":null,"neither":null}'
}

@test "NOT IN with a null in its list is true for nothing, IN for what is in it" {
    hits <<<$'"id":"a","n":1\n"id":"b","n":2\n"id":"c","n":null' >input
    kept() { ft-clean --from hit --where "$1" <input | rows | jq -r .id | paste -sd' '; }
    is "$(kept 'n IN (1, 3)')" 'a'
    is "$(kept 'n NOT IN (1, 3)')" 'b'
    is "$(kept 'n IN (1, NULL)')" 'a'
    is "$(kept 'n NOT IN (1, NULL)')" ''
    is "$(kept 'n BETWEEN 1 AND 2')" 'a b'
    is "$(kept 'n NOT BETWEEN 2 AND 2')" 'a'
}

@test "texts compare by code point, numbers by worth, whatever their spelling" {
    hits <<'END' >input
"id":"Z","price":"12.5","n":1
"id":"a","price":12.50,"n":-0
"id":"\u00e4","price":1250e-2,"n":10
"id":"\ud83d\ude00","price":12.49,"n":9
END
    kept() { ft-clean --from hit --where "$1" <input | rows | jq -r .id | paste -sd' '; }
    is "$(kept 'price = 12.5')" 'Z a ä'
    is "$(kept "id = 'ä'")" 'ä'
    is "$(kept "id < 'a'")" 'Z'
    is "$(kept "id > 'z'")" 'ä 😀'
    is "$(kept 'n > 9')" 'ä'
    is "$(kept 'n = 0')" 'a'
    is "$(kept 'n < 9.5')" 'Z a 😀'
}

@test "lines that do not concern it pass at once and untouched, and keep their place" {
    tagged "$hit" "$row" >input <<'END'
{"_stream":"row","a":1,"b":"x"}
{"_stream":"hit","_ts":5,"id":"a","n":1}
{"_stream":"other","n":9}
{"_stream":"_watermark","_ts":5}
{"_stream":"hit","_ts":6,"id":"b","n":2}
{"_stream":"_barrier","epoch":7}
{"_stream":"_rejected","filter":"ft-ingest","stream":"hit","reason":"late"}
END
    ft-clean --from hit --where 'n = 2' --to two --select n <input | diff - <(
        printf '%s\n' "${begin/'"stage":0'/'"stage":1'}"
        echo "$row"
        echo '{"_stream":"_schema","stream":"two","kind":"append","time":null,"columns":[["n","int"]]}'
        cat <<END
{"_stream":"row","a":1,"b":"x"}
{"_stream":"other","n":9}
{"_stream":"_watermark","_ts":5}
{"_stream":"two","_ts":6,"n":2}
{"_stream":"_barrier","epoch":7}
{"_stream":"_rejected","filter":"ft-ingest","stream":"hit","reason":"late"}
$end
END
    )
}

# ---- columns ----

@test "a record has the columns of the list, in its order, with _stream and _ts in front" {
    tagged <<'END' | ft-clean --from hit --select 'n, id, price AS cost, n * 2 AS double' | rows >made
{"_stream":"hit","_ts":-5,"id":"a","n":1,"price":2,"more":3}
{ "price" : 0.5 ,"id":"b","_ts" : 6,"_stream":"hit" }
END
    is "$(cat made)" '{"_stream":"hit","_ts":-5,"n":1,"id":"a","cost":2,"double":2}
{"_stream":"hit","_ts":6,"n":null,"id":"b","cost":0.5,"double":null}'
}

@test "what a plain column holds goes over as the bytes that it is" {
    columns='"note":18446744073709551616,"price":0.1000,"id":"\u0061\/\n","n":-0,"mail":"ä"'
    made='"big":18446744073709551616,"price":0.1000,"id":"\u0061\/\n","n":-0,"who":"ä"'
    list='note AS big, price, id, n, mail AS who'
    hits <<<"$columns" | ft-clean --from hit --select "$list" | rows |
        diff - <(echo "{\"_stream\":\"hit\",\"_ts\":1,$made}")
    hits <<<"$columns" | ft-clean --from hit --to hot | rows |
        diff - <(echo "{\"_stream\":\"hot\",\"_ts\":1,$columns}")
    hits <<<"$columns" | ft-clean --from hit --select '*, 1 AS one' | rows |
        diff - <(echo "{\"_stream\":\"hit\",\"_ts\":1,$columns,\"one\":1}")
    hits <<<"$columns" | ft-clean --from hit --where 'note > 18446744073709551615' | rows |
        diff - <(echo "{\"_stream\":\"hit\",\"_ts\":1,$columns}")
    for value in '{ "a" : [1, 2.50, {}] }' '[ ]' '"12.50"' 1e999 -0.0 true; do
        hits <<<"\"id\":\"a\",\"note\":$value" | ft-clean --from hit --select 'note AS v' | rows |
            diff - <(echo "{\"_stream\":\"hit\",\"_ts\":1,\"v\":$value}")
    done
}

@test "a column's name may be anything, in double quotes or backticks" {
    hits "$open" <<<'"odd name":1,"a\"b":2,"SELECT":3,"end":4,"timestamp":5,"ä":6' |
        ft-clean --from hit --select '"odd name" AS x, "a""b", SELECT, `end`, timestamp AS "as", ä' |
        rows | diff - <(echo '{"_stream":"hit","_ts":1,"x":1,"a\"b":2,"SELECT":3,"end":4,"as":5,"ä":6}')
}

@test "the types of what is made are in its schema" {
    types() {
        hits <<<'"id":"a"' | ft-clean --from hit --select "$1 AS v" | schema_of hit |
            jq -r '.columns[0][1]'
    }
    is "$(types id)" string
    is "$(types at)" timestamp
    is "$(types price)" 'decimal(10,2)'
    is "$(types note)" any
    is "$(types 'n + 1')" int
    is "$(types 'n / 2')" 'decimal(25,6)'
    is "$(types 'price + n')" 'decimal(22,2)'      # 19 digits before the point, one more, 2 behind
    is "$(types 'price * price')" 'decimal(20,4)'  # 8 + 8 before, 2 + 2 behind
    is "$(types 'price / price')" 'decimal(16,6)'  # 8 before, 2 of the divisor's, 6 behind
    is "$(types 'ROUND(price)')" 'decimal(9,0)'
    is "$(types 'COALESCE(price, n)')" 'decimal(21,2)'
    is "$(types 'CASE WHEN ok THEN n END')" int
    is "$(types 'n > 1')" boolean
    is "$(types "id || 'x'")" string
    is "$(types 'CAST(at AS DATE)')" date
    is "$(types "DATE_TRUNC('day', at)")" timestamp
    is "$(types 'note + 1')" any
    is "$(types 'CAST(note AS DECIMAL(5,1))')" 'decimal(5,1)'
}

@test "a timestamp keeps its unit as a plain column, and is in milliseconds when it is computed" {
    schema='{"_stream":"_schema","stream":"hit","kind":"append","time":"at","columns":'\
'[["at","timestamp(s)"],["seen","timestamp(rfc3339)"],["local","timestamp(Europe/Paris)"]]}'
    hits "$schema" <<<'"at":1,"seen":"1970-01-01T00:00:02Z","local":"1970-01-01 01:00:03"' |
        ft-clean --from hit --select 'seen, local, COALESCE(at, seen) AS a, COALESCE(seen, at) AS b,
            COALESCE(local, at) AS c, at < seen AND seen < local AS ordered' >made
    schema_of hit <made | jq -c .columns | diff - <(echo '[["seen","timestamp(rfc3339)"],'\
'["local","timestamp(Europe/Paris)"],["a","timestamp"],["b","timestamp"],["c","timestamp"],'\
'["ordered","boolean"]]')
    rows <made | diff - <(echo '{"_stream":"hit","_ts":1,"seen":"1970-01-01T00:00:02Z",'\
'"local":"1970-01-01 01:00:03","a":1000,"b":2000,"c":3000,"ordered":true}')
}

@test "a day begins at midnight in UTC" {
    hits <<<$'"id":"a","at":-1\n"id":"b","at":0\n"id":"c","at":86399999' |
        ft-clean --from hit --select 'CAST(at AS DATE) AS dt, DATE_TRUNC(DAY, at) AS began' | rows |
        jq -r '"\(.dt) \(.began)"' |
        diff - <(printf '%s\n' '1969-12-31 -86400000' '1970-01-01 0' '1970-01-01 0')
}

@test "* is all that a record has, and what is added stands behind it" {
    hits <<<'"id":"a","n":2,"more":[1]' |
        ft-clean --from hit --select '*, n + 1 AS next, UPPER(id) AS loud' >made
    rows <made | diff - <(echo '{"_stream":"hit","_ts":1,"id":"a","n":2,"more":[1],"next":3,"loud":"A"}')
    schema_of hit <made | diff - <(echo "${hit/%]\}/,[\"next\",\"int\"],[\"loud\",\"string\"]]\}}")
    hits <<<'"id":"a","n":2' | ft-clean --from hit --select '*' | middle |
        diff - <(printf '%s\n' "$hit" '{"_stream":"hit","_ts":1,"id":"a","n":2}')
}

@test "what would be added must not be there already: exit 2 when it is known, else the record is rejected" {
    hits <<<'"id":"a"' >input
    refuses 'ft-clean: --select, character 4: n is among * already
    *, n + 1 AS n
       ^' ft-clean --from hit --select '*, n + 1 AS n' <input
    hits <<<$'"id":"a","n":1,"extra":9\n"id":"b","n":2\n"id":"c","n":3,"extra":null' |
        ft-clean --from hit --select '*, n AS extra' >made
    rows <made | diff - <(echo '{"_stream":"hit","_ts":2,"id":"b","n":2,"extra":2}')
    is "$(reasons <made)" 'column extra: is in the record already, and would be added to it
column extra: is in the record already, and would be added to it'
    # without *, a column may take the name of another
    hits <<<'"id":"a","n":1,"price":2.50' |
        ft-clean --from hit --select 'price AS n, n AS price' >made
    rows <made | diff - <(echo '{"_stream":"hit","_ts":1,"n":2.50,"price":1}')
    schema_of hit <made | jq -c .columns | diff - <(echo '[["n","decimal(10,2)"],["price","int"]]')
}

@test "the key goes over under its new names, and is lost when a column of it is not plainly there" {
    keyed=${hit/'"key":["id"]'/'"key":["id","n"]'}
    key() {
        hits "$keyed" <<<'"id":"a","n":1' | ft-clean --from hit --select "$1" | schema_of hit |
            jq -c '[.key, .time]'
    }
    is "$(key 'id, n, at')" '[["id","n"],"at"]'
    is "$(key 'at AS moment, n AS number, id AS name')" '[["name","number"],"moment"]'
    is "$(key '*')" '[["id","n"],"at"]'
    is "$(key 'id, at')" '[null,"at"]'
    is "$(key "id || '' AS id, n")" '[null,null]'
    is "$(key 'id, n, CAST(at AS DATE) AS at')" '[["id","n"],null]'
    is "$(key 'n, id AS one, id AS two, at AS x, at AS y')" '[["one","n"],"x"]'
    # one that lost its time column still has its times
    hits <<<'"id":"a","n":1' | ft-clean --from hit --select n | schema_of hit |
        diff - <(echo '{"_stream":"_schema","stream":"hit","kind":"append","time":null,"columns":[["n","int"]]}')
}

@test "a key in which null is a value like others goes over as one" {
    grouped='{"_stream":"_schema","stream":"hit","kind":"append","key":["id","at"],"null_keys":true,'\
'"time":null,"columns":[["id","string"],["at","timestamp"],["n","int"]]}'
    hits "$grouped" <<<$'"id":null,"at":5,"n":1\n"n":2' |
        ft-clean --from hit --where 'n > 0' --select 'n + 1 AS m, at, id AS name' | middle | diff - <(cat <<'END'
{"_stream":"_schema","stream":"hit","kind":"append","key":["name","at"],"null_keys":true,"time":null,"columns":[["m","int"],["at","timestamp"],["name","string"]]}
{"_stream":"hit","_ts":1,"m":2,"at":5,"name":null}
{"_stream":"hit","_ts":2,"m":3,"at":null,"name":null}
END
)
    hits "$grouped" <<<'"n":1' | ft-clean --from hit --select n | schema_of hit |
        jq -c '[.key, .null_keys]' | diff - <(echo '[null,null]')
}

@test "without a contract nor a schema of columns, every column may come, and has the type of its value" {
    hits "$open" >input <<'END'
"path":"/a","n":1.50
"path":7,"n":"x"
"n":null,"path":true
"n":1e2,"deep":{"n":1}
END
    ft-clean --from hit --select 'path, n' <input >made
    schema_of hit <made | jq -c '[.time, .columns]' | diff - <(echo '[null,[["path","any"],["n","any"]]]')
    rows <made | diff - <(cat <<'END'
{"_stream":"hit","_ts":1,"path":"/a","n":1.50}
{"_stream":"hit","_ts":2,"path":7,"n":"x"}
{"_stream":"hit","_ts":3,"path":true,"n":null}
{"_stream":"hit","_ts":4,"path":null,"n":1e2}
END
)
    ft-clean --from hit --to made --select '*, n * 2 AS twice' <input >made
    schema_of made <made | diff - <(echo "${open/hit/made}") # still open
    rows <made | diff - <(cat <<'END'
{"_stream":"made","_ts":1,"path":"/a","n":1.50,"twice":3.00}
{"_stream":"made","_ts":3,"n":null,"path":true,"twice":null}
{"_stream":"made","_ts":4,"n":1e2,"deep":{"n":1},"twice":200}
END
)
    is "$(reasons <made)" 'column n: "x" is not a number'
    ft-clean --from hit --select 'CAST(n AS STRING) AS n, deep IS NULL AS flat' <input | rows |
        jq -c '[.n, .flat]' | diff - <(printf '%s\n' '["1.50",true]' '["x",true]' '[null,true]' '["100",false]')
}

# ---- pii ----

@test "a stream of which only the key is known has any column beside it" {
    keyed='{"_stream":"_schema","stream":"hit","kind":"append","key":["id"],"time":"at"}'
    hits "$keyed" <<'END' >input
"id":"a","n":3
"id":"b","n":1
"n":4
"id":"c","n":3
END
    ft-clean --from hit --where 'n > 1' <input | rows >out
    is "$(<out)" '{"_stream":"hit","_ts":1,"id":"a","n":3}
{"_stream":"hit","_ts":4,"id":"c","n":3}'
    is "$(ft-clean --from hit --select 'id, n * 2 AS twice' <input | rows | head -n 1)" \
        '{"_stream":"hit","_ts":1,"id":"a","twice":6}'
    is "$(ft-clean --from hit --dedup n <input | rows)" '{"_stream":"hit","_ts":1,"id":"a","n":3}
{"_stream":"hit","_ts":2,"id":"b","n":1}'
    is "$(ft-clean <input | reasons)" 'column id: is required and missing'
}

@test "what shows something of a column that is classified as pii is classified so" {
    hits <<<'"id":"a","n":1,"mail":"ann@example.org"' | ft-clean --from hit --select "
        mail AS address, UPPER(mail) AS loud, LENGTH(mail) AS long, mail IS NULL AS without,
        COALESCE(mail, id) AS who, CASE WHEN mail = 'x' THEN 1 END AS is_x,
        id, n + 1 AS next, 'mail' AS word" | schema_of hit | jq -c '.columns[] | [.[0], .[2]]' |
        diff - <(cat <<'END'
["address","pii"]
["loud","pii"]
["long","pii"]
["without","pii"]
["who","pii"]
["is_x","pii"]
["id",null]
["next",null]
["word",null]
END
)
}

@test "no rejected record shows what is classified, and no reason quotes it" {
    hits <<<'"id":"a","n":0,"mail":"ann@example.org"' >input
    for option in "--select=CAST(mail AS INT) AS v" "--where=CAST(mail AS INT) = 1" \
        "--select=1 / n AS v" "--where=1 / n = 1" "--select=*, mail || '!' AS more, 1 / n AS v"; do
        ft-clean --from hit "$option" <input >made
        [ -z "$(rows <made)" ]
        [ "$(grep -c '"_rejected"' made)" = 1 ]
        run ! grep 'example\|"raw' made
        ft-clean --from hit --keep-raw "$option" <input | jq -r 'select(.reason) | .raw' |
            grep -q ann@example.org
    done
    # a filter behind it knows as well
    hits <<<'"id":"a","n":7,"mail":"ann@example.org"' |
        ft-clean --from hit --to made --select 'LOWER(mail) AS address, n' |
        ft-clean --from made --where '1 / (n - 7) > 0' >made
    [ "$(reasons <made)" = '--where: division by zero' ]
    run ! grep example made
}

# ---- records that have no value ----

@test "a record without a value for a column is rejected, with the column and the reason" {
    hits <<<'"id":"a","n":7,"price":12.50,"note":"x","ok":true,"at":9' >input
    reason() { ft-clean --from hit --select "id, $1 AS v" <input | jq -r 'select(.reason) | [.column, .reason] | join("|")'; }
    is "$(reason 'n / (n - 7)')" 'v|column v: division by zero'
    is "$(reason 'n % 0')" 'v|column v: division by zero'
    is "$(reason 'price / 0.00')" 'v|column v: division by zero'
    is "$(reason 'n + 9223372036854775807')" 'v|column v: is out of range for int'
    is "$(reason '-9223372036854775808 - n')" 'v|column v: is out of range for int'
    is "$(reason 'n * 4611686018427387904')" 'v|column v: is out of range for int'
    is "$(reason 'price * 10000000000000000000000000000000000000')" 'v|column v: needs more than 38 digits'
    is "$(reason 'CAST(id AS INT)')" 'id|column id: "a" is not a number'
    is "$(reason "CAST(id || 'b' AS DATE)")" 'v|column v: is not a date like 2025-01-31'
    is "$(reason 'CAST(price AS DECIMAL(3,2))')" 'price|column price: 12.50 is out of range for its precision'
    is "$(reason 'CAST(note AS BOOLEAN)')" 'note|column note: "x" is not true or false'
    is "$(reason 'CAST(note AS TIMESTAMP)')" 'note|column note: "x" is not a time like 2025-01-31 12:00:00'
    is "$(reason 'SUBSTR(id, 1, 0 - n)')" 'v|column v: SUBSTR cannot have a negative count'
    is "$(reason 'note + 1')" 'note|column note: "x" is not a number'
    is "$(reason 'note AND ok')" 'note|column note: "x" is not true or false'
    is "$(reason 'note = 1')" 'note|column note: "x" cannot be compared with a value of another kind'
    is "$(reason 'note IN (1, 2)')" 'note|column note: "x" cannot be compared with a value of another kind'
}

@test "a condition without a value rejects its record, and the reason says that it was the condition" {
    hits <<<$'"id":"a","n":0\n"id":"b","n":1\n"id":"c","n":null\n"id":"d","n":2' >input
    ft-clean --from hit --where '6 / n > 3' --metrics m <input >made
    is "$(rows <made)" '{"_stream":"hit","_ts":2,"id":"b","n":1}'
    jq -c 'select(.reason)' made | diff - <(printf '%s\n' '{"_stream":"_rejected",'\
'"filter":"ft-clean","stream":"hit","reason":"--where: division by zero","record_time":1}')
    is "$(counts)" 'passed 1
rejected 1
dropped 2'
    ft-clean --from hit --where 'n <> 0 AND 6 / n > 3' <input >made
    is "$(rows <made)" '{"_stream":"hit","_ts":2,"id":"b","n":1}'
    [ -z "$(reasons <made)" ]
}

@test "one that is rejected leaves nothing but its _rejected line, and the others go on" {
    hits <<<$'"id":"a","n":1\n"id":"b","n":0\n"id":"c","n":2' |
        ft-clean --from hit --to made --keep --select 'id, 2 / n AS v' --metrics m >made
    rows <made | diff - <(cat <<'END'
{"_stream":"made","_ts":1,"id":"a","v":2.000000}
{"_stream":"hit","_ts":1,"id":"a","n":1}
{"_stream":"made","_ts":3,"id":"c","v":1.000000}
{"_stream":"hit","_ts":3,"id":"c","n":2}
END
)
    is "$(counts)" 'used 2
rejected 1
emitted made 2'
}

@test "with --strict the first one that has no value ends the run" {
    hits <<<$'"id":"a","n":1\n"id":"b","n":0' >input
    run -1 --separate-stderr ft-clean --strict --from hit --select '1 / n AS v' <input
    is "$stderr" 'ft-clean: refused: hit: column v: division by zero'
}

@test "what does not keep to the contract is rejected whatever the condition says" {
    echo '{"streams":{"hit":{"kind":"append","time":{"column":"at","unit":"ms"},"columns":[
        {"name":"at","type":"timestamp"},{"name":"n","type":"int","max":9}]}}}' >contract.json
    hits "$open" <<<$'"at":1,"n":10\n"at":2,"n":3\n"at":3,"n":"x"\n"at":4,"n":4,"k":5' >input
    ft-clean -c contract.json --from hit --where 'n < 4' <input >made
    is "$(rows <made)" '{"_stream":"hit","_ts":2,"at":2,"n":3}'
    is "$(reasons <made)" 'column n: 10 is above the maximum
column n: "x" is not an integer'
    # the columns that the contract lists are those that an expression can name
    refuses 'ft-clean: --where, character 1: stream hit has no column k (it has at, n)
    k = 5
    ^' ft-clean -c contract.json --from hit --where 'k = 5' <input
    ft-clean -c contract.json --from hit --select 'n + 1 AS m' <input | schema_of hit |
        diff - <(echo '{"_stream":"_schema","stream":"hit","kind":"append","time":null,"columns":[["m","int"]]}')
}

# ---- names ----

@test "--to names the stream that is made, which comes in the place of the other" {
    hits <<<'"id":"a","n":1' | ft-clean --from hit --to made --metrics m | middle |
        diff - <(printf '%s\n' "${hit/hit/made}" '{"_stream":"made","_ts":1,"id":"a","n":1}')
    is "$(counts)" 'used 1
emitted made 1'
}

@test "with --keep both streams go on: the one behind the other, whatever the condition says" {
    hits <<<$'"id":"a","n":1\n"id":"b","n":2' |
        ft-clean --from hit --to two --keep --where 'n = 2' --select 'n, id' --metrics m >made
    rows <made | diff - <(cat <<'END'
{"_stream":"hit","_ts":1,"id":"a","n":1}
{"_stream":"two","_ts":2,"n":2,"id":"b"}
{"_stream":"hit","_ts":2,"id":"b","n":2}
END
)
    schema_of hit <made | diff - <(echo "$hit")
    schema_of two <made | jq -c '[.key, .columns]' |
        diff - <(echo '[["id"],[["n","int"],["id","string"]]]')
    is "$(counts)" 'used 1
dropped 1
emitted two 1'
}

@test "a name that another stream of the pipe has is refused, wherever its schema stands" {
    taken='ft-clean: there is a stream row already: choose another name with --to'
    tagged "$hit" "$row" </dev/null >input
    refuses "$taken" ft-clean --from hit --to row <input
    tagged "$row" "$hit" </dev/null >input
    refuses "$taken" ft-clean --from hit --to row <input
}

@test "--check has other streams checked, and they go on under their names" {
    tagged "$hit" "$row" >input <<'END'
{"_stream":"row","a":1,"b":"x","n":2}
{"_stream":"row","a":1.5,"b":"x"}
{"_stream":"hit","_ts":1,"id":"a","n":1}
{"_stream":"hit","_ts":2,"id":"b","n":"x"}
END
    ft-clean --from hit --where 'n = 1' <input | reasons | diff - <(echo 'column n: "x" is not an integer')
    ft-clean --from hit --check row --where 'n = 1' <input >made
    is "$(reasons <made)" 'column a: 1.5 is not an integer
column n: "x" is not an integer'
    rows <made | diff - <(printf '%s\n' '{"_stream":"row","a":1,"b":"x","n":2}' \
        '{"_stream":"hit","_ts":1,"id":"a","n":1}')
    refuses 'ft-clean: there is no stream nope in the input (there are: hit, row)' \
        ft-clean --from hit --check nope --where 'n = 1' <input
    # what is made is counted as what it is, whichever stream comes last
    echo '{"streams":{"hit":{"kind":"append","time":{"column":"at","unit":"ms"},"columns":[
        {"name":"id","type":"string"},{"name":"at","type":"timestamp"},{"name":"n","type":"any"}]},
        "row":{"key":["a","b"],"columns":[{"name":"a","type":"any"},{"name":"b","type":"string"}]}}}' \
        >contract.json
    ft-clean -c contract.json --from hit --check row --to made --metrics m <input >made
    is "$(counts; counts row)" 'used 2
emitted made 2
passed 2
emitted made 2'
}

# ---- rows that replace each other ----

@test "a row that fails the condition deletes the one that went on under its key before" {
    tagged "$row" >input <<'END'
{"_stream":"row","a":1,"b":"x","n":2,"name":"one"}
{"_stream":"row","a":2,"b":"\u0079","n":5}
{"_stream":"row","a":1,"b":"x","n":9}
{"_stream":"row","b":"\u0079" ,"a":2,"n":null}
{"_stream":"row","a":3,"b":"z","n":7}
{"_stream":"row","_op":"delete","a":2,"b":"y","n":1}
{"_stream":"row","a":1,"b":"x","n":1}
END
    ft-clean --from row --to few --where 'n < 6' --metrics m <input | rows | diff - <(cat <<'END'
{"_stream":"few","a":1,"b":"x","n":2,"name":"one"}
{"_stream":"few","a":2,"b":"\u0079","n":5}
{"_stream":"few","_op":"delete","a":1,"b":"x"}
{"_stream":"few","_op":"delete","a":2,"b":"\u0079"}
{"_stream":"few","_op":"delete","a":3,"b":"z"}
{"_stream":"few","_op":"delete","a":2,"b":"y"}
{"_stream":"few","a":1,"b":"x","n":1}
END
)
    is "$(counts row)" 'used 7
emitted few 7'
    # what a table of it ends with is what a query over the table would say
    ft-clean --from row --to few --where 'n < 6' --select 'name, b, a AS number' <input |
        ft-sink sqlite:mart.db
    is "$(sqlite3 mart.db 'SELECT * FROM few')" '|x|1'
}

@test "a condition alone deletes so too, under the name of the stream" {
    tagged "$row" >input <<'END'
{"_stream":"row","a":1,"b":"x","n":2}
{"_stream":"row","a":1,"b":"x","n":9}
{"_stream":"row","a":2,"b":"y","n":1,"name":"two"}
{"_stream":"row","_op":"delete","a":2,"b":"y"}
END
    ft-clean --from row --where 'n < 6' <input | middle | diff - <(printf '%s\n' "$row"; cat <<'END'
{"_stream":"row","a":1,"b":"x","n":2}
{"_stream":"row","_op":"delete","a":1,"b":"x"}
{"_stream":"row","a":2,"b":"y","n":1,"name":"two"}
{"_stream":"row","_op":"delete","a":2,"b":"y"}
END
)
}

@test "a row that has no value for the condition is rejected, and deletes nothing" {
    tagged "$row" <<<$'{"_stream":"row","a":1,"b":"x","n":2}\n{"_stream":"row","a":1,"b":"x","n":0}' |
        ft-clean --from row --to few --where '6 / n > 1' >made
    rows <made | diff - <(echo '{"_stream":"few","a":1,"b":"x","n":2}')
    is "$(reasons <made)" '--where: division by zero'
}

@test "a delete is not judged: it needs only its key, under the names of what is made" {
    tagged "$row" <<<'{"_stream":"row","_op":"delete","b":"x","a":1,"n":0}' |
        ft-clean --from row --to few --where '1 / n > 0' --select 'n, b AS letter, a, 1 / n AS v' |
        rows | diff - <(echo '{"_stream":"few","_op":"delete","a":1,"letter":"x"}')
}

@test "versions of a row keep their times, and those that have always been true have none" {
    tagged '{"_stream":"_schema","stream":"p","kind":"upsert","key":["id"],"time":"at","columns":'\
'[["id","string"],["at","timestamp"],["n","int"]]}' <<'END' >input
{"_stream":"p","id":"a","n":5}
{"_stream":"p","_ts":5,"id":"a","at":5,"n":1}
{"_stream":"p","_ts":6,"_op":"delete","id":"a","at":6}
{"_stream":"p","id":"b","n":1}
END
    ft-clean --from p --to q --where 'n > 1' --select 'n, at AS since, id' <input | middle |
        diff - <(cat <<'END'
{"_stream":"_schema","stream":"q","kind":"upsert","key":["id"],"time":"since","columns":[["n","int"],["since","timestamp"],["id","string"]]}
{"_stream":"q","n":5,"since":null,"id":"a"}
{"_stream":"q","_ts":5,"_op":"delete","id":"a"}
{"_stream":"q","_ts":6,"_op":"delete","id":"a"}
{"_stream":"q","_op":"delete","id":"b"}
END
)
}

@test "rows that replace each other need all of their key among the columns" {
    tagged "$row" </dev/null >input
    refused() {
        refuses "ft-clean: --select: the rows of row replace each other by their key: $1 is missing" \
            ft-clean --from row --to few --select "$2" <input
    }
    refused a 'n, name'
    refused b 'a, n'
    refused b "a, b || '' AS b"
    ft-clean --from row --to few --select 'b AS y, a AS x' <input | schema_of few | jq -c .key |
        diff - <(echo '["x","y"]')
}

# ---- mistakes ----

@test "a mistake in an expression points at its character" {
    hits <<<'"id":"a"' >input
    points() { refuses "ft-clean: --where, $1" ft-clean --from hit --where "$2" <input; }
    has='(it has id, at, n, price, ok, mail, note)'
    points "character 1: stream hit has no column nope $has
    nope = 1
    ^" 'nope = 1'
    points "character 13: stream hit has no column N $has
    id = 'ä' OR N = 1
                ^" "id = 'ä' OR N = 1"
    points 'character 5: this is a text, and is compared with a number
    n = '\''7'\''
        ^' "n = '7'"
    points 'character 1: this is a number, and a boolean is needed here
    n + 1
    ^' 'n + 1'
    points 'character 8: this is a number, and a boolean is needed here
    ok AND n
           ^' 'ok AND n'
    points 'character 8: expected an expression
    n > 1 +
           ^' 'n > 1 +'
    points 'character 6: this quote is never closed
    id = '\''a
         ^' "id = 'a"
    points 'character 11: expected ) or a comma
    n IN (1, 2
              ^' 'n IN (1, 2'
    points 'character 3: expected an operator or the end
    n LIKE 1
      ^' 'n LIKE 1'
    points 'character 1: there is no function LEN
    len(id) > 1
    ^' 'len(id) > 1'
    points 'character 1: COUNT is an aggregate, and there are no groups here
    count(*) > 1
    ^' 'count(*) > 1'
    points 'character 1: there is no type FLOAT: STRING, INT, DECIMAL(p,s), BOOLEAN, DATE, TIMESTAMP
    CAST(n AS FLOAT) > 1
    ^' 'CAST(n AS FLOAT) > 1'
    points "character 11: this is a date, and is compared with a timestamp
    at > DATE '2025-01-31'
              ^" "at > DATE '2025-01-31'"
}

@test "in a text of several lines, the line is shown and counted" {
    hits <<<'"id":"a"' >input
    refuses "ft-clean: --select, line 3, character 11: this is a number, and a text is needed here
        id || n AS label,
              ^" ft-clean --from hit --select 'id,   -- || n
    n + 1 AS next,
    id || n AS label,
    n' <input
}

@test "a mistake in a list is one of its item" {
    hits <<<'"id":"a"' >input
    points() { refuses "ft-clean: --select, $1" ft-clean --from hit --select "$2" <input; }
    points 'character 5: this needs a name: ... AS NAME
    id, n + 1
        ^' 'id, n + 1'
    points 'character 5: the name id stands twice
    id, n AS id
        ^' 'id, n AS id'
    points 'character 4: expected an expression
    id,
       ^' 'id,'
    points 'character 5: expected an expression
    id, *
        ^' 'id, *'
    points 'character 3: expected a comma or the end
    * n
      ^' '* n'
    points 'character 1: expected an expression
    
    ^' ''
    points 'character 10: expected a name
    n + 1 AS 2
             ^' 'n + 1 AS 2'
    refuses 'ft-clean: --select: "_ts" is not free: _stream, _ts and _op are the names of the system' \
        ft-clean --from hit --select 'n AS _ts' <input
}

@test "what is nested too deep, or goes on for too long, is a mistake as others are" {
    hits <<<'"id":"a","n":1,"ok":true' >input
    # $1, $2 times, between $3 and $4
    times() { printf '%s%s%s' "$3" "$(yes -- "$1" | head -n "$2" | tr -d '\n')" "$4"; }
    mistake() {
        run -2 --separate-stderr ft-clean --from hit --where "$2" <input
        [[ $stderr == "ft-clean: --where, character $1"$'\n'* ]]
    }
    mistake '201: this is nested too deep' "$(times '(' 100000)"
    mistake '401: this is nested too deep' "$(times '- ' 50000 '' 'n > 0')"
    mistake '801: this is nested too deep' "$(times 'NOT ' 30000 '' ok)"
    mistake '4002: this is longer than can be computed' "$(times +n 60000 n ' > 0')"
    mistake '12003: this is longer than can be computed' "$(times ' OR ok' 20000 ok)"
    ft-clean --from hit --where "$(times ' OR ok' 2000 ok)" <input | rows >chain
    is "$(<chain)" '{"_stream":"hit","_ts":1,"id":"a","n":1,"ok":true}'
    ft-clean --from hit --where "$(times +n 1999 n ' = 2000')" <input | rows | cmp - chain
    ft-clean --from hit --where "$(times + 100000 '' 'n = 1')" <input | rows | cmp - chain
}

@test "an expression is UTF-8 text, as what is made of it must be" {
    hits <<<'"id":"a"' >input
    refuses 'ft-clean: --select: is not UTF-8 text' \
        ft-clean --from hit --select $'\'\xff\' AS text' <input
    refuses 'ft-clean: --where: is not UTF-8 text' ft-clean --from hit --where $'id = \'\xc3\'' <input
}

@test "options that do not go together are refused" {
    hits <<<'"id":"a"' >input
    for option in --where=ok --select=id --to=made; do
        refuses "ft-clean: ${option%%=*} needs exactly one --from (see --help)" ft-clean "$option" <input
        refuses "ft-clean: ${option%%=*} needs exactly one --from (see --help)" \
            ft-clean --from hit --from row "$option" <input
    done
    keep='ft-clean: --keep needs another name for the stream that is made: --to'
    refuses "$keep" ft-clean --from hit --keep --select id <input
    refuses "$keep" ft-clean --from hit --keep --to hit <input
    refuses 'ft-clean: --check goes with --from: without it, all streams are checked' \
        ft-clean --check hit <input
    run -2 --separate-stderr ft-clean --from hit --to _made <input
    [[ $stderr == 'ft-clean: --to: "_made" '* ]]
    refuses 'ft-clean: there is no stream nope in the input (there are: hit)' \
        ft-clean --from nope --where 'x = 1' <input
}

# ---- with --dedup ----

@test "what the condition drops, or has no value, is nobody's first; of the others the first is kept" {
    tagged >input <<'END'
{"_stream":"hit","_ts":30,"id":"a","n":3}
{"_stream":"hit","_ts":10,"id":"a","n":0}
{"_stream":"hit","_ts":5,"id":"a","n":-1}
{"_stream":"hit","_ts":20,"id":"a","n":2}
{"_stream":"hit","_ts":40,"id":"b","n":5}
{"_stream":"hit","_ts":50,"id":"b","n":6}
END
    ft-clean --from hit --dedup id --where 'n >= 0' --select 'id AS who, 12 / n AS v' --metrics m \
        <input >made
    rows <made | diff - <(cat <<'END'
{"_stream":"hit","_ts":20,"who":"a","v":6.000000}
{"_stream":"hit","_ts":40,"who":"b","v":2.400000}
END
)
    is "$(reasons <made)" 'column v: division by zero'
    is "$(counts)" 'used 2
rejected 1
dropped 1
duplicate 2
emitted hit 2'
    ft-clean --from hit --dedup id --where 'n > 0' <input | rows |
        diff - <(printf '%s\n' '{"_stream":"hit","_ts":20,"id":"a","n":2}' \
            '{"_stream":"hit","_ts":40,"id":"b","n":5}')
}

@test "--dedup compares columns that the list leaves out, and at one time the lines that are made" {
    tagged <<'END' | ft-clean --from hit --to made --keep --dedup 'id, n' --select 'price' | rows |
{"_stream":"hit","_ts":1,"id":"a","n":1,"price":7}
{"_stream":"hit","_ts":1,"id":"a","n":1,"at":0,"price":5}
{"_stream":"hit","_ts":1,"id":"a","n":2,"price":9}
{"_stream":"_watermark","_ts":1}
{"_stream":"hit","_ts":2,"id":"a","n":1,"price":1}
END
        sed 's/^{"_stream":"\([a-z]*\)","_ts":\([0-9]*\),.*"price":\([0-9]*\)}/\1 \2 \3/' |
        diff - <(printf '%s\n' 'hit 1 7' 'hit 1 5' 'hit 1 9' 'made 1 5' 'made 1 9' 'hit 2 1')
}

@test "made records that wait are held, on disk too, and leave in the next run as they were made" {
    make_state
    run_of() { # EPOCH
        goes_on "$1"
        echo "$hit"
        cat
    }
    clean() {
        ft-clean --state state --from hit --to made --dedup id --within 10ms --where 'n > 0' \
            --select 'id, 60 / n AS v' --metrics m
    }
    run -4 --separate-stderr clean < <(run_of 0 <<'END'
{"_stream":"hit","_ts":5,"id":"a","n":2}
{"_stream":"hit","_ts":9,"id":"b","n":3,"more":1}
{"_stream":"hit","_ts":9,"id":"c","n":-3}
{"_stream":"_watermark","_ts":5}
{"_stream":"_barrier","epoch":1}
END
    )
    rows <<<"$output" | diff - <(echo '{"_stream":"made","_ts":5,"id":"a","v":30.000000}')
    is "$(counts)" 'used 1
dropped 1
held 1
emitted made 1'
    clean < <(run_of 1 <<'END'
{"_stream":"_watermark","_ts":5}
{"_stream":"hit","_ts":8,"id":"b","n":4}
{"_stream":"hit","_ts":15,"id":"a","n":5}
{"_stream":"hit","_ts":16,"id":"a","n":6}
{"_stream":"_watermark","_ts":9007199254740991}
{"_stream":"_barrier","epoch":2}
{"_stream":"_end"}
END
    ) | rows | diff - <(cat <<'END'
{"_stream":"made","_ts":8,"id":"b","v":15.000000}
{"_stream":"made","_ts":16,"id":"a","v":10.000000}
END
)
    is "$(counts)" 'used 2
duplicate 2
emitted made 2'
}

@test "killed behind any barrier and started again, it makes what it made without" {
    awk 'BEGIN {
        srand(7)
        for (i = 1; i <= 600; i++) {
            printf "{\"_stream\":\"hit\",\"_ts\":%d,\"id\":\"u%d\",\"n\":%d}\n",
                i * 10 - int(rand() * 100), int(rand() * 9), int(rand() * 6) - 1
            if (i % 20 == 0)
                printf "{\"_stream\":\"_watermark\",\"_ts\":%d}\n", i * 10 - 90
            if (i % 100 == 0)
                printf "{\"_stream\":\"_barrier\",\"epoch\":%d}\n", i / 100
        }
    }' </dev/null >lines
    { goes_on 0; echo "$hit"; cat lines; echo "${end/'"epoch":1'/'"epoch":7'}"; } >input
    clean() {
        ft-clean --from hit --to made --dedup id --within 50ms --where 'n >= 0' \
            --select 'id AS who, 12 / n AS share' "$@"
    }
    sed 's/"pipeline":"7f3a9c"/"pipeline":null/' input | clean | body >whole
    [ "$(grep -c '"made"' whole)" -gt 200 ]
    [ "$(grep -c 'division by zero' whole)" -gt 50 ]
    for epoch in 1 2 3 4 5; do
        make_state
        # it has seen another barrier when it dies
        run -4 --separate-stderr clean --state state < <(up_to input $((epoch + 1)))
        up_to <(printf '%s\n' "$output") "$epoch" | body >got
        behind input "$epoch" | clean --state state | body | sed 1d >>got # a watermark again
        diff whole got
    done
}

@test "a state goes on with the condition, the list and the name that it was written with" {
    make_state
    run_of() { # EPOCH OPTION...
        { goes_on "$1"
            echo "$hit"
            echo "${end/'"epoch":1'/"\"epoch\":$(($1 + 1))"}"; } >input
        ft-clean --state state --from hit --dedup id "${@:2}" <input
    }
    run_of 0 --where 'n > 0' --select 'id, n' --to made >/dev/null
    run_of 1 --where 'n > 0' --select 'id, n' --to made >/dev/null
    then='ft-clean: state/1-ft-clean was written with'
    now='go on with that, or begin with a new --state'
    refuses "$then --where n > 0, and this run has n > 1: $now" \
        run_of 2 --where 'n > 1' --select 'id, n' --to made
    refuses "$then --select id, n, and this run has id: $now" \
        run_of 2 --where 'n > 0' --select 'id' --to made
    refuses "$then --to made, and this run has other: $now" \
        run_of 2 --where 'n > 0' --select 'id, n' --to other
    run -2 --separate-stderr run_of 2 --select 'id, n' --to made
    [[ $stderr == "$then --where n > 0, and this run has"* ]]
}

@test "with state in the run, but nothing to hold, it keeps none" {
    make_state
    { goes_on 0
        hits <<<$'"id":"a","n":1\n"id":"b","n":2' | sed 1d; } >input
    ft-clean --state state --from hit --where 'n = 1' --select 'n' <input | rows |
        diff - <(echo '{"_stream":"hit","_ts":1,"n":1}')
    [ -z "$(ls state)" ]
}
