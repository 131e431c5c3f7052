# ft-join alone: which right row a left row meets, and what becomes of those that meet none.
# shellcheck disable=SC2016,SC2154 # begin and end are common.bash's; quotes are meant
load common

# stdin between the control lines, with a left stream (buy) and a right one (who).
tagged() {
    printf '%s\n' "$begin" \
        '{"_stream":"_schema","stream":"who","kind":"upsert","key":["id"],"columns":[["id","any"],["name","string"],["mail","string","pii"],["level","int"]]}' \
        '{"_stream":"_schema","stream":"buy","kind":"append","key":["no"],"time":"at","columns":[["no","int"],["who","any"],["at","timestamp"]]}'
    cat
    printf '%s\n' "$end"
}

join() {
    ft-join --from buy --with who --on 'who = id' --take name "$@"
}

# The records of a stream, buy unless said, without the tag.
rows() {
    sed -n "s/^{\"_stream\":\"${1-buy}\",/{/p"
}

# The fates of stream $1 in the file counts.
counts() {
    sed -nE 's/^firsttouch_records\{.*stream="'"$1"'",fate="([a-z]+)"\} ([0-9]+)$/\1 \2/p' counts |
        paste -sd' '
}

# ---- matching ----

@test "a row gets the columns of the right row with its key, and nulls when there is none" {
    run -0 rows < <(tagged <<'END' | join
{"_stream":"who","id":"a","name":"Ann"}
{"_stream":"who","id":"b"}
{"_stream":"buy","_ts":5,"no":1,"who":"a"}
{"_stream":"buy","_ts":6,"no":2,"who":"b"}
{"_stream":"buy","_ts":7,"no":3,"who":"c"}
END
    )
    is "$output" '{"_ts":5,"no":1,"who":"a","name":"Ann"}
{"_ts":6,"no":2,"who":"b","name":null}
{"_ts":7,"no":3,"who":"c","name":null}'
}

@test "keys are equal when their decoded texts are: 7 meets \"7\"; 7.0, 7e0 and \"007\" do not" {
    run -0 rows < <(tagged <<'END' | join
{"_stream":"who","id":7,"name":"seven"}
{"_stream":"who","id":"\u00e9","name":"e acute"}
{"_stream":"who","id":18446744073709551617,"name":"big"}
{"_stream":"who","id":"","name":"empty"}
{"_stream":"buy","_ts":5,"no":1,"who":"7"}
{"_stream":"buy","_ts":5,"no":2,"who":7}
{"_stream":"buy","_ts":5,"no":3,"who":"\u0037"}
{"_stream":"buy","_ts":5,"no":4,"who":7.0}
{"_stream":"buy","_ts":5,"no":5,"who":7e0}
{"_stream":"buy","_ts":5,"no":6,"who":"007"}
{"_stream":"buy","_ts":5,"no":7,"who":"é"}
{"_stream":"buy","_ts":5,"no":8,"who":18446744073709551617}
{"_stream":"buy","_ts":5,"no":9,"who":18446744073709551616}
{"_stream":"buy","_ts":5,"no":10,"who":""}
END
    )
    is "$(jq -r '"\(.no) \(.name)"' <<<"$output")" '1 seven
2 seven
3 seven
4 null
5 null
6 null
7 e acute
8 big
9 null
10 empty'
}

@test "null meets nothing, not even null" {
    run -0 rows < <(tagged <<'END' | join
{"_stream":"who","id":null,"name":"nobody"}
{"_stream":"who","name":"nobody"}
{"_stream":"who","id":"null","name":"text"}
{"_stream":"buy","_ts":5,"no":1,"who":null}
{"_stream":"buy","_ts":5,"no":2}
{"_stream":"buy","_ts":5,"no":3,"who":"null"}
END
    )
    is "$output" '{"_ts":5,"no":1,"who":null,"name":null}
{"_ts":5,"no":2,"name":null}
{"_ts":5,"no":3,"who":"null","name":"text"}'
}

@test "the right row is as it is when the left one passes: updated, deleted, back, not yet there" {
    run -0 rows < <(tagged <<'END' | join --take 'level, name'
{"_stream":"buy","_ts":1,"no":1,"who":"a"}
{"_stream":"who","id":"a","name":"Ann","level":1}
{"_stream":"buy","_ts":2,"no":2,"who":"a"}
{"_stream":"who","id":"a","name":"A much longer name than the one before it"}
{"_stream":"buy","_ts":3,"no":3,"who":"a"}
{"_stream":"who","_op":"delete","id":"a"}
{"_stream":"who","_op":"delete","id":"a"}
{"_stream":"who","_op":"delete","id":"never there"}
{"_stream":"buy","_ts":4,"no":4,"who":"a"}
{"_stream":"who","id":"a","level":2}
{"_stream":"buy","_ts":5,"no":5,"who":"a"}
END
    )
    is "$(jq -c '[.no, .level, .name]' <<<"$output")" '[1,null,null]
[2,1,"Ann"]
[3,null,"A much longer name than the one before it"]
[4,null,null]
[5,2,null]'
}

@test "many rows, replaced and deleted, are looked up as sqlite3 would" {
    local counted='WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29999)'
    # row i: what happens to customer i * 7919 % 5003; each third is deleted, each fifth looked up
    sqlite3 :memory: "$counted SELECT CASE
        WHEN i % 5 = 4 THEN json_object('_stream', 'buy', '_ts', i, 'no', i, 'who', i * 31 % 6000)
        WHEN i % 3 = 2 THEN json_object('_stream', 'who', '_op', 'delete', 'id', i * 7919 % 5003)
        ELSE json_object('_stream', 'who', 'id', i * 7919 % 5003, 'name', 'n' || i) END FROM n" |
        tagged | join | rows | jq -r '"\(.no)|\(.name)"' >got
    sqlite3 :memory: >expected "CREATE TABLE change AS
        $counted SELECT i, i * 7919 % 5003 AS id, iif(i % 3 <> 2, 'n' || i, NULL) AS name FROM n
        WHERE i % 5 <> 4;
        CREATE INDEX change_index ON change (id, i);
        $counted SELECT i, coalesce((SELECT name FROM change
            WHERE id = n.i * 31 % 6000 AND i = (SELECT max(i) FROM change
                WHERE id = n.i * 31 % 6000 AND i < n.i)), 'null')
        FROM n WHERE i % 5 = 4"
    [ "$(grep -c null expected)" -gt 1000 ]
    [ "$(grep -vc null expected)" -gt 1000 ]
    diff expected got
}

@test "a key may have several columns, of other names on both sides, that are not run together" {
    run -0 rows left < <(ft-join --from left --with right --on 'a = "the x", y' --take z <<END
$begin
{"_stream":"_schema","stream":"right","kind":"upsert","key":["y","the x"],"columns":[["the x","string"],["y","string"],["z","int"]]}
{"_stream":"_schema","stream":"left","kind":"append","columns":[["a","string"],["y","string"]]}
{"_stream":"right","y":"c","the x":"ab","z":1}
{"_stream":"right","y":"u","the x":"t","z":2}
{"_stream":"right","y":null,"the x":"n","z":3}
{"_stream":"left","a":"ab","y":"c"}
{"_stream":"left","a":"a","y":"bc"}
{"_stream":"left","a":"c","y":"ab"}
{"_stream":"left","a":"t","y":"u"}
{"_stream":"left","a":"n","y":null}
$end
END
    )
    is "$output" '{"a":"ab","y":"c","z":1}
{"a":"a","y":"bc","z":null}
{"a":"c","y":"ab","z":null}
{"a":"t","y":"u","z":2}
{"a":"n","y":null,"z":null}'
}

@test "one left column may meet two columns of the right key" {
    run -0 rows left < <(ft-join --from left --with right --on 'a = x, a = y' --take z <<END
$begin
{"_stream":"_schema","stream":"right","kind":"upsert","key":["x","y"],"columns":[["x","int"],["y","int"],["z","int"]]}
{"_stream":"_schema","stream":"left","kind":"append","columns":[["a","int"]]}
{"_stream":"right","x":1,"y":2,"z":12}
{"_stream":"right","x":1,"y":1,"z":11}
{"_stream":"left","a":1}
$end
END
    )
    is "$output" '{"a":1,"z":11}'
}

# ---- rows without a match ----

# Two left rows, of which one has a match.
half() {
    tagged <<'END'
{"_stream":"who","id":"a","name":"Ann"}
{"_stream":"buy","_ts":5,"no":1,"who":"b"}
{"_stream":"buy","_ts":6,"no":2,"who":"a"}
{"_stream":"buy","_ts":7,"no":3,"who":null}
END
}

@test "--inner drops left rows without a match, and counts them" {
    run -0 rows < <(half | join --inner --metrics counts)
    is "$output" '{"_ts":6,"no":2,"who":"a","name":"Ann"}'
    is "$(sort counts | sed -nE 's/.*fate="(dropped|used|rejected)"\} ([1-9])/\1 \2/p')" \
        'dropped 2
used 1'
}

@test "--reject sends left rows without a match to _rejected" {
    half | join --reject --metrics counts >out
    is "$(rows <out)" '{"_ts":6,"no":2,"who":"a","name":"Ann"}'
    is "$(rows _rejected <out)" \
'{"filter":"ft-join","stream":"buy","reason":"column who: \"b\" has no match in the table","column":"who","record_time":5,"raw":"{\"_stream\":\"buy\",\"_ts\":5,\"no\":1,\"who\":\"b\"}"}
{"filter":"ft-join","stream":"buy","reason":"column who: null has no match in the table","column":"who","record_time":7,"raw":"{\"_stream\":\"buy\",\"_ts\":7,\"no\":3,\"who\":null}"}'
    is "$(counts buy)" 'passed 0 used 1 rejected 2 dropped 0 duplicate 0 held 0'
}

@test "the value of a column with personal data is not told in the reason" {
    run -0 rows _rejected < <(half | sed 's/\["who","any"\]/["who","any","pii"]/' | join --reject)
    is "${lines[0]}" \
'{"filter":"ft-join","stream":"buy","reason":"column who: the value has no match in the table","column":"who","record_time":5}'
}

@test "--strict makes the first left row without a match exit status 1 with --reject" {
    strict() { half | join --reject --strict; }
    run -1 --separate-stderr strict
    is "$stderr" 'ft-join: refused: buy: column who: "b" has no match in the table'
}

# ---- the row ----

@test "what is not touched keeps its bytes; what is taken keeps its spelling" {
    run -0 rows < <(tagged <<'END' | join --take 'level AS l, name'
{"_stream":"who","id":"a","name":"\u00e9\/","level":18446744073709551616}
{"_stream":"who","id":"b","name":{"x" : [0.1000, 1E2]},"level":0.1000}
{"_stream":"buy","_ts":5,"no":18446744073709551616,"who":"\u0061", "x" : 0.1000 }
{"_stream":"buy","_ts":5,"who":"b"}
END
    )
    is "$output" \
'{"_ts":5,"no":18446744073709551616,"who":"\u0061", "x" : 0.1000 ,"l":18446744073709551616,"name":"\u00e9\/"}
{"_ts":5,"who":"b","l":0.1000,"name":{"x" : [0.1000, 1E2]}}'
}

@test "the joined stream's _schema has the left columns and the taken ones' types, pii too" {
    run -0 grep '"_schema"' < <(tagged </dev/null | join --take 'mail AS m, level' --to joined)
    is "$output" \
'{"_stream":"_schema","stream":"joined","kind":"append","key":["no"],"time":"at","columns":[["no","int"],["who","any"],["at","timestamp"],["m","string","pii"],["level","int"]]}'
}

@test "without --to the joined stream has the left one's name; with it, another" {
    half | join >out
    [ "$(rows buy <out | wc -l)" -eq 3 ]
    half | join --to joined >out
    [ "$(rows joined <out | wc -l)" -eq 3 ]
    [ "$(rows buy <out | wc -l)" -eq 0 ]
}

@test "the right stream is consumed; --keep passes it on as it came, as does all else" {
    tagged <<'END' >in
{"_stream":"other","x": 1.0}
{"_stream":"who", "id":"a","name":"A"}
{"_stream":"_rejected","filter":"ft-ingest","reason":"late"}
{"_stream":"who","_op":"delete","id":"a"}
{"_stream":"_watermark","_ts":4}
END
    join <in >out
    is "$(grep -vE '"buy"|_begin' out)" "$(grep -vE '"who"|"buy"|_begin' in)"
    join --keep <in >out
    is "$(grep -vE '"buy"|_begin' out)" "$(grep -vE '"buy"|_begin' in)"
}

@test "a deletion on the left passes on, without the right columns" {
    run -0 rows left < <(ft-join --from left --with who --on 'who = id' --take name --inner <<END
$begin
{"_stream":"_schema","stream":"who","kind":"upsert","key":["id"],"columns":[["id","any"],["name","string"]]}
{"_stream":"_schema","stream":"left","kind":"upsert","key":["no"],"columns":[["no","int"],["who","any"]]}
{"_stream":"who","id":"a","name":"Ann"}
{"_stream":"left","no":1,"who":"a"}
{"_stream":"left","_op":"delete","no":1}
{"_stream":"left","no":2,"_op":"delete","who":"a"}
$end
END
    )
    is "$output" '{"no":1,"who":"a","name":"Ann"}
{"_op":"delete","no":1}
{"_op":"delete","no":2,"who":"a"}'
}

@test "--take-left says which columns of the left row go on, under which names, as they are spelled" {
    run -0 rows < <(tagged <<'END' | join --take-left 'at, no AS "the no", who AS extra'
{"_stream":"who","id":"a","name":"Ann"}
{"_stream":"buy","_ts":5,"no":1e0,"who":"\u0061","at":5,"name":"mine","extra":0}
{"_stream":"buy","_ts":6,"who":{ "x" : 0.10 }, "no":null}
END
    )
    is "$output" '{"_ts":5,"at":5,"the no":1e0,"extra":"\u0061","name":"Ann"}
{"_ts":6,"at":null,"the no":null,"extra":{ "x" : 0.10 },"name":null}'
}

@test "with --take-left the _schema has the columns that are left, and the key and time as far as they are" {
    made() { grep '"_schema","stream":"joined"' < <(tagged </dev/null | join --to joined --take-left "$1"); }
    run -0 made 'at AS t, no AS n'
    is "$output" \
'{"_stream":"_schema","stream":"joined","kind":"append","key":["n"],"time":"t","columns":[["t","timestamp"],["n","int"],["name","string"]]}'
    run -0 made 'who'
    is "$output" \
'{"_stream":"_schema","stream":"joined","kind":"append","time":null,"columns":[["who","any"],["name","string"]]}'
}

@test "with --take-left a deletion on the left has its key alone" {
    left() {
        ft-join --from left --with who --on 'who = id' --take name --take-left "$1" <<END
$begin
{"_stream":"_schema","stream":"who","kind":"upsert","key":["id"],"columns":[["id","any"],["name","string"]]}
{"_stream":"_schema","stream":"left","kind":"upsert","key":["no"],"columns":[["no","int"],["who","any"]]}
{"_stream":"who","id":"a","name":"Ann"}
{"_stream":"left","no":1,"who":"a"}
{"_stream":"left","_op":"delete","no":1}
$end
END
    }
    run -0 rows left < <(left 'no AS n, who')
    is "$output" '{"n":1,"who":"a","name":"Ann"}
{"_op":"delete","n":1}'
    run -2 --separate-stderr left who
    is "$stderr" \
        'ft-join: --take-left: the rows of left replace each other by their key: no is missing'
}

@test "names may hold anything when they are quoted" {
    run -0 rows left < <(ft-join --from left --with right --on '"ké y" = `i"d`' \
        --take '"na""me" AS "x \"' <<'END'
{"_stream":"_begin","version":1,"pipeline":null,"stage":0,"bounded":true,"restore":null}
{"_stream":"_schema","stream":"right","kind":"upsert","key":["i\"d"],"columns":[["i\"d","int"],["na\"me","int"]]}
{"_stream":"_schema","stream":"left","kind":"append","columns":[["ké y","int"]]}
{"_stream":"right","i\u0022d":1,"na\"me":2}
{"_stream":"left","k\u00e9 y":1}
{"_stream":"_watermark","_ts":9007199254740991}
{"_stream":"_barrier","epoch":1}
{"_stream":"_end"}
END
    )
    is "$output" '{"k\u00e9 y":1,"x \\":2}'
}

@test "a left row that has an added name already, though undeclared, is rejected" {
    run -0 rows _rejected < <(tagged <<'END' | join
{"_stream":"buy","_ts":5,"no":1,"who":"a","n\u0061me":"mine"}
END
    )
    is "$output" \
'{"filter":"ft-join","stream":"buy","reason":"column name: is in the record already, and would be added to it","column":"name","record_time":5,"raw":"{\"_stream\":\"buy\",\"_ts\":5,\"no\":1,\"who\":\"a\",\"n\\u0061me\":\"mine\"}"}'
}

@test "without declared columns it works all the same" {
    run -0 rows left < <(ft-join --from left --with right --on k --take v <<END
$begin
{"_stream":"_schema","stream":"right","kind":"upsert","key":["k"]}
{"_stream":"_schema","stream":"left","kind":"append"}
{"_stream":"right","k":1,"v":[2]}
{"_stream":"left","k":"1"}
$end
END
    )
    is "$output" '{"k":"1","v":[2]}'
}

@test "every record is counted once: rows of the right side are held until they go" {
    {
        half | head -n -3
        printf '%s\n' '{"_stream":"who","id":"a","name":"Anna"}' '{"_stream":"who","id":"b"}' \
            '{"_stream":"who","id":null}' '{"_stream":"who","_op":"delete","id":"b"}' \
            '{"_stream":"who","_op":"delete","id":"z"}' '{"_stream":"who","_op":"update","id":"z"}' \
            '{"_stream":"other","x":1}'
        printf '%s\n' "$end"
    } | join --metrics counts >out
    is "$(counts who)" 'passed 0 used 5 rejected 1 dropped 0 duplicate 0 held 1'
    is "$(counts buy)" 'passed 0 used 3 rejected 0 dropped 0 duplicate 0 held 0'
    is "$(counts other)" 'passed 1 used 0 rejected 0 dropped 0 duplicate 0 held 0'
    is "$(grep '^firsttouch_emitted' counts)" \
        'firsttouch_emitted_total{filter="ft-join",stage="1",stream="buy"} 3'
}

# ---- a table in a file ----

lookup() {
    ft-join --from buy --table "who=$1" --on 'who = id' --take name
}

# Left rows alone.
left() {
    printf '%s\n' "$begin" '{"_stream":"_schema","stream":"buy","kind":"append","time":null,"columns":[["who","any"]]}'
    for who in "$@"; do printf '{"_stream":"buy","_ts":5,"who":%s}\n' "$who"; done
    printf '%s\n' "$end"
}

@test "--table looks up in a file, plain or gzip, where the last row of a key counts" {
    printf '\xef\xbb\xbf%s\r\n\n%s\n%s\n%s\n%s\n%s' '{"id":1,"name":"one"}' \
        '{"id":"2","name":"two"}' '{"id":3,"name":"three"}' '{"id":2,"name":"TWO"}' \
        '{"_op":"delete","id":3}' '{"id":4,"name":"no newline"}' >who.ndjson
    gzip -c who.ndjson >who.ndjson.gz
    for file in who.ndjson who.ndjson.gz; do
        run -0 --separate-stderr lookup "$file" < <(left 1 '"1"' 2 3 4)
        is "$stderr" ''
        is "$(rows <<<"$output")" '{"_ts":5,"who":1,"name":"one"}
{"_ts":5,"who":"1","name":"one"}
{"_ts":5,"who":2,"name":"TWO"}
{"_ts":5,"who":3,"name":null}
{"_ts":5,"who":4,"name":"no newline"}'
        is "$(sed -n 2p <<<"$output")" \
'{"_stream":"_schema","stream":"buy","kind":"append","time":null,"columns":[["who","any"],["name","any"]]}'
    done
}

@test "rows of a --table that cannot be are rejected with their line, and the others count" {
    cat >who.ndjson <<'END'
{"id":1,"name":"one"}
{"id":2,"name":"two"
{"id":3,"n\u0061me":"a","name":"b"}
{"_stream":"who","id":4}
{"_ts":1,"id":5}
{"_op":"update","id":6}
{"name":"nobody"}
{"id":null,"name":"nobody"}
[7]
{"id":8,"name":"eight"}
END
    run -0 --separate-stderr lookup who.ndjson < <(left 1 2 3 4 5 6 7 8)
    is "$(rows <<<"$output" | jq -c '[.who, .name]' | paste -sd' ')" \
        '[1,"one"] [2,null] [3,null] [4,null] [5,null] [6,null] [7,null] [8,"eight"]'
    is "$(rows _rejected <<<"$output" |
        jq -r '[.filter, .stream, .source, .line, .byte_offset] | @tsv')" \
"$(awk '{ at += length + 1 } NR > 1 && NR < 10 {
        printf "ft-join\twho\twho.ndjson\t%d\t%d\n", NR, at - length - 1 }' who.ndjson)"
    is "$(rows _rejected <<<"$output" | jq -r .raw)" "$(sed -n 2,9p who.ndjson)"
    is "$(rows _rejected <<<"$output" | jq -r .reason | sed -n '3,7p')" \
'the reserved member _stream is in the record
the reserved member _ts is in the record
the reserved member _op is not "delete"
a column of --on is missing
a column of --on is missing'
}

@test "rows of a --table are counted: held, replaced, deleted, rejected" {
    printf '%s\n' '{"id":1,"name":"one"}' '{"id":1,"name":"uno"}' '{"id":2,"name":"two"}' \
        '{"id":2,"_op":"delete"}' '{"id":' '' '{"id":3,"name":"three"}' >who.ndjson
    ft-join --from buy --table who=who.ndjson --on 'who = id' --take name --metrics counts \
        < <(left 1) >rows
    # 1 twice (one replaced), 2 and its deletion, one that is no JSON, 3; a blank line is no row
    is "$(sed -n 's/.*stream="who",fate="\(held\|used\|rejected\)"} /\1 /p' counts | sort)" \
        "$(printf '%s\n' 'held 2' 'rejected 1' 'used 3')"
}

@test "a --table that cannot be read is exit status 3, and one of no rows matches nothing" {
    run -3 --separate-stderr lookup none.ndjson < <(left 1)
    is "$stderr" 'ft-join: none.ndjson: No such file or directory'
    : >empty.ndjson
    run -0 --separate-stderr lookup empty.ndjson < <(left 1)
    is "$(rows <<<"$output")" '{"_ts":5,"who":1,"name":null}'
}

# ---- what is refused before the first record ----

# The options make ft-join exit with status 2, saying $1.
refuses() {
    local text=$1
    shift
    run -2 --separate-stderr ft-join "$@" < <(tagged </dev/null)
    is "$stderr" "ft-join: $text"
}

@test "options that are missing, wrong or exclude each other are refused by name" {
    refuses '--from is needed (see --help)' -w who -o 'who = id' --take name
    refuses '--with or --table is needed (see --help)' -f buy -o 'who = id' --take name
    refuses '--on is needed (see --help)' -f buy -w who --take name
    refuses '--take is needed (see --help)' -f buy -w who -o 'who = id'
    refuses '--with and --table exclude each other' -f buy -w who --table who=f -o 'who = id' \
        --take name
    refuses '--inner and --reject exclude each other' -f buy -w who -o 'who = id' --take name \
        --inner --reject
    refuses '--from and --with are one stream' -f buy -w buy -o who --take no
    refuses '--table: "who" is not NAME=FILE' -f buy --table who -o 'who = id' --take name
    refuses '--table: "who=" is not NAME=FILE' -f buy --table who= -o 'who = id' --take name
    refuses '--table: "1" cannot be a stream: letters, digits and _, a letter first' \
        -f buy --table 1=f -o 'who = id' --take name
    refuses '--from: "" cannot be a stream: letters, digits and _, a letter first' -f ''
    refuses '--with: "_x" cannot be a stream: letters, digits and _, a letter first' -w _x
    refuses '--to: "a b" cannot be a stream: letters, digits and _, a letter first' --to 'a b'
    refuses 'argument x is one too many (see --help)' -f buy -w who -o 'who = id' --take name x
    refuses "--on 'who = ': expected a column's name at its end" -o 'who = '
    refuses "--on 'who id': expected = or a comma at character 5, before 'id'" -o 'who id'
    refuses "--take 'name = n': expected AS or a comma at character 6, before '= n'" \
        --take 'name = n'
}

@test "a stream or a column that does not exist is refused, and those that do are named" {
    refuses 'there is no stream order in the input (there are: who, buy)' \
        -f order -w who -o 'who = id' --take name
    refuses 'there is no stream whom in the input (there are: who, buy)' \
        -f buy -w whom -o 'who = id' --take name
    refuses 'stream buy has no column whom (it has no, who, at)' \
        -f buy -w who -o 'whom = id' --take name
    refuses 'stream buy has no column what (it has no, who, at)' \
        -f buy -w who -o 'who = id' --take name --take-left what
    refuses 'stream who has no column town (it has id, name, mail, level)' \
        -f buy -w who -o 'who = id' --take town
}

@test "a right side whose answer would depend on arrival is refused" {
    run -2 --separate-stderr ft-join --from who --with buy --on 'id = no' --take at \
        < <(tagged </dev/null)
    is "$stderr" \
'ft-join: stream buy is no table: which of its rows a lookup met would depend on arrival order'
    refuses '--on: name is not the key of who (its key is id)' \
        -f buy -w who -o 'who = name' --take level
    refuses '--on: id is not the key of who (its key is id)' \
        -f buy -w who -o 'who = id, no = name' --take level
}

@test "names that would stand twice in the row are refused" {
    refuses '--take: the left side has a column who already (see --on)' \
        -f buy -w who -o 'who = id' --take 'name AS who'
    refuses 'stream buy has a column "at" already' -f buy -w who -o 'who = id' --take 'name AS at'
    refuses '--take: name is a name of --take-left already' \
        -f buy -w who -o 'who = id' --take name --take-left 'who AS name'
    refuses "--take-left 'no, who AS no': no stands twice" -f buy -w who -o 'who = id' \
        --take name --take-left 'no, who AS no'
    refuses "--take 'name, mail AS name': name stands twice" -f buy -w who -o 'who = id' \
        --take 'name, mail AS name'
}

@test "--to cannot be the name of a stream that goes on" {
    other() {
        tagged <<<'{"_stream":"_schema","stream":"other","kind":"append"}' | join --to other
    }
    run -2 --separate-stderr other
    is "$stderr" 'ft-join: there is a stream other already: choose another name with --to'
    refuses 'there is a stream who already: choose another name with --to' \
        -f buy -w who -o 'who = id' --take name --to who --keep
}

# ---- the edges of the pipe ----

@test "a full disk is exit status 3; input that breaks off is exit status 4" {
    half >in
    to_full() { join <in >/dev/full; }
    run -3 --separate-stderr to_full
    is "$stderr" 'ft-join: cannot write standard output: No space left on device'
    broken_off() { head -n 5 in | join; }
    run -4 --separate-stderr broken_off
    is "$stderr" 'ft-join: the input ended without _end: what wrote it has died'
}

@test "the same bytes come out however the input is cut, and without a last newline" {
    half >in
    join <in >expected
    dd if=in bs=1 status=none | join | cmp - expected
    dd if=in bs=4096 status=none | join | cmp - expected
    printf '%s' "$(cat in)" | join | cmp - expected
}

@test "--help tells all options" {
    run -0 ft-join --help
    for option in --from --with --as-of --between --table --on --take --take-left --to --inner --reject --keep --keep-left --metrics \
        --keep-raw --strict --help --version; do
        [[ $output == *" $option"* ]]
    done
    [[ ${lines[0]} == 'usage: ft-join '* ]]
}
