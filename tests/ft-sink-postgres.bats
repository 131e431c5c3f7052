# ft-sink into a real PostgreSQL server: what stands there, also when the server goes away.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # begin and end are common.bash's; quotes are meant
load common
load postgres

setup_file() {
    make_postgres
}

teardown_file() {
    stop_postgres
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    use_own_schema
}

teardown() {
    [[ ! ${pid-} ]] || kill "$pid" 2>/dev/null || true
    [[ ! ${proxy-} ]] || kill "$proxy" 2>/dev/null || true
}

tagged() {
    printf '%s\n' "$begin"
    cat
    printf '%s\n' "$end"
}

live() {
    sed 's/"bounded":true/"bounded":false/'
}

# schema STREAM COLUMN,... [MEMBER...]: append, without a key, unless a MEMBER says more.
schema() {
    local stream=$1 columns=$2
    shift 2
    printf '{"_stream":"_schema","stream":"%s"%s%s}\n' "$stream" \
        "$(printf ',%s' "${@:-\"kind\":\"append\"}")" "${columns:+,\"columns\":[$columns]}"
}

# rows STREAM MEMBERS...: a record of each.
rows() {
    local stream=$1
    shift
    printf "{\"_stream\":\"$stream\",%s}\n" "$@"
}

barrier() {
    printf '{"_stream":"_barrier","epoch":%s}\n' "$1"
}

upsert=('"kind":"upsert"' '"key":["id"]')
facts=('"kind":"append"' '"key":["id"]')

table() {
    sql "SELECT * FROM ${1-t} ORDER BY 1"
}

reasons() {
    sql 'SELECT reason FROM _rejected'
}

# How many records of stream t met each fate, of file counts.
fates() {
    sed -nE 's/^firsttouch_records\{.*stream="t",fate="(.*)"\} ([1-9].*)$/\1 \2/p' counts | xargs
}

# A run that is fed through descriptor 8, and listens to $1, or the server; its messages are in errors.
feed() {
    rm -f in
    mkfifo in
    ft-sink "${1-$target}" "${@:2}" <in 2>errors 3>&- &
    pid=$!
    exec 8>in
}

# Its input has ended; sets status.
ends() {
    exec 8>&-
    status=0
    wait "$pid" || status=$?
    pid=
}

# ---- types ----

@test "each type is the one that PostgreSQL has for it" {
    schema t '["id","int"],["s","string"],["d","decimal(10,2)"],["p","decimal(38,0)"],["at","timestamp(s)"],["day","date"],["b","boolean"],["j","json"],["x","any"]' |
        tagged | ft-sink "$target"
    is "$(sql "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
        WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum")" 'id|bigint
s|text
d|numeric(10,2)
p|numeric(38,0)
at|timestamp with time zone
day|date
b|boolean
j|jsonb
x|text'
}

@test "integers, decimals and booleans arrive as they are" {
    {
        schema t '["n","int"],["i","int"],["d","decimal(38,2)"],["p","decimal(38,0)"],["b","boolean"]'
        rows t '"n":1,"i":-9223372036854775808,"d":123456789012345678901234567890123456.78,"b":true' \
            '"n":2,"i":9223372036854775807,"d":"-0.5","p":99999999999999999999999999999999999999' \
            '"n":3,"i":-0,"d":1.5E-1,"p":1e3,"b":false' '"n":4,"i":null'
    } | tagged | ft-sink "$target"
    is "$(table)" '1|-9223372036854775808|123456789012345678901234567890123456.78||t
2|9223372036854775807|-0.50|99999999999999999999999999999999999999|
3|0|0.15|1000|f
4||||'
}

@test "text arrives byte for byte, whatever COPY would make of it" {
    {
        schema t '["n","int"],["s","string"],["x","any"],["j","json"]'
        printf '{"_stream":"t","n":1,"s":"%s","x":"%s","j":{"a":[1.0,\t"%s"]}}\n' \
            '\ttab\nline\rback\\slash\\N \u00e9\ud83d\ude00|\b' '\\.' 'q\"\\n\t'
        rows t '"n":2,"s":"\\N","x":[1.0, "\\t"],"j":"text"' '"n":3,"s":"","x":1e2,"j":[]' \
            '"n":4,"s":"\u005cN","x":true,"j":7' '"n":5,"x":18446744073709551616,"j":null'
    } | tagged | ft-sink "$target"
    is "$(sql "SELECT n, encode(convert_to(s, 'UTF8'), 'hex'), x, j FROM t ORDER BY n")" \
'1|097461620a6c696e650d6261636b5c736c6173685c4e20c3a9f09f98807c08|\.|{"a": [1.0, "q\"\\n\t"]}
2|5c4e|[1.0, "\\t"]|"text"
3||1e2|[]
4|5c4e|true|7
5||18446744073709551616|'
    is "$(sql 'SELECT n FROM t WHERE s IS NULL')" 5
}

@test "each timestamp is its moment, also before the year 1 and behind 9999" {
    {
        schema t '["n","int"],["s","timestamp(s)"],["ms","timestamp"],["r","timestamp(rfc3339)"],["z","timestamp(Europe/Paris)"]'
        rows t '"n":1,"s":1735689600,"ms":1735689600007,"r":"2025-01-01T01:30:00.5+01:30","z":"2025-07-01 12:00:00"' \
            '"n":2,"s":253402300800,"ms":-1' '"n":3,"s":9224318015999,"ms":9224318015999999' \
            '"n":4,"s":-62135596801,"ms":-62135596800000' '"n":5,"s":-210866803200,"ms":-210866803200000'
    } | tagged | ft-sink "$target"
    is "$(PGTZ=UTC table)" \
'1|2025-01-01 00:00:00+00|2025-01-01 00:00:00.007+00|2025-01-01 00:00:00.5+00|2025-07-01 10:00:00+00
2|10000-01-01 00:00:00+00|1969-12-31 23:59:59.999+00||
3|294276-12-31 23:59:59+00|294276-12-31 23:59:59.999+00||
4|0001-12-31 23:59:59+00 BC|0001-01-01 00:00:00+00||
5|4714-11-24 00:00:00+00 BC|4714-11-24 00:00:00+00 BC||'
    is "$(sql 'SELECT n FROM t WHERE extract(epoch FROM ms) * 1000 <> CASE n WHEN 1 THEN
        1735689600007 WHEN 2 THEN -1 WHEN 3 THEN 9224318015999999 WHEN 4 THEN -62135596800000
        ELSE -210866803200000 END')" ''
}

@test "dates too: there is no year 0, it is the one before 1" {
    { schema t '["d","date"]'; rows t '"d":"2024-02-29"' '"d":"9999-12-31"' '"d":"0001-01-01"' \
        '"d":"0000-12-31"' '"d":null'; } | tagged | ft-sink "$target"
    is "$(sql 'SELECT * FROM t WHERE d IS NOT NULL ORDER BY d')" '0001-12-31 BC
0001-01-01
2024-02-29
9999-12-31'
    is "$(sql "SELECT '0001-01-01'::date - d FROM t WHERE d < '0001-01-01'")" 1
}

@test "a value that its column cannot hold is rejected by name, and its row is not there" {
    {
        schema t '["id","int"],["d","decimal(4,2)"],["at","timestamp"]' "${facts[@]}"
        rows t '"id":"1"' '"id":2,"d":1.234' '"id":3,"at":9224318016000000' \
            '"id":4,"at":-210866803200001' '"id":null' '"d":1' '"id":7'
    } | tagged | ft-sink "$target" --metrics counts
    is "$(table)" '7||'
    is "$(reasons)" 'column id: "1" is not an integer
column d: 1.234 has more digits than its scale
column at: 9224318016000000 is out of range for timestamptz
column at: -210866803200001 is out of range for timestamptz
column id: null is in the key and null
column id: is in the key and null'
    is "$(fates)" 'used 1 rejected 6'
}

# ---- rows ----

@test "with a key the last row of a key counts, and a deletion takes it away" {
    {
        schema t '["v","int"],["id","string"]' "${upsert[@]}"
        rows t '"id":"a","v":1' '"id":"b","v":1' '"id":"\u0061","v":2' '"_op":"delete","id":"b"' \
            '"_op":"delete","id":"never"' '"id":"c","v":3' '"id":"c"' '"id":"d","v":1' \
            '"_op":"delete","id":"d"' '"id":"d","v":2'
    } | tagged | ft-sink "$target"
    is "$(sql 'SELECT id, v FROM t ORDER BY id')" 'a|2
c|
d|2'
}

@test "and so it is from epoch to epoch" {
    {
        schema t '["id","int"],["v","int"]' "${upsert[@]}"
        rows t '"id":1,"v":1' '"id":2,"v":1' '"id":3,"v":1'
        barrier 1
        rows t '"_op":"delete","id":1' '"id":2,"v":2' '"id":4,"v":2' '"_op":"delete","id":4'
        barrier 2
        rows t '"id":1,"v":3' '"id":3,"v":3' '"_op":"delete","id":3'
    } | tagged | live | ft-sink "$target"
    is "$(table)" '1|3
2|2'
}

@test "facts with a key are upserted too, whether their key comes again soon or late" {
    {
        schema t '["a","int"],["v","int"],["b","int"]' '"kind":"append"' '"key":["b","a"]'
        rows t '"a":1,"b":1,"v":1' '"a":1,"b":2,"v":1'
        barrier 1
        rows t '"a":2,"b":2,"v":2' '"a":1,"b":2,"v":4' '"a":2,"b":1,"v":2'
        barrier 2
        rows t '"a":1,"b":1,"v":5' '"a":3,"b":3,"v":5' '"a":3,"b":3,"v":6'
    } | tagged | live | ft-sink "$target"
    is "$(table | sort)" '1|4|2
1|5|1
2|2|1
2|2|2
3|6|3'
}

@test "a table of nothing but its key holds each key once" {
    { schema t '["id","int"]' "${upsert[@]}"; rows t '"id":1' '"id":2' '"id":1'; } | tagged |
        ft-sink "$target"
    is "$(table | xargs)" '1 2'
    { schema u '["id","int"]' "${facts[@]}"; rows u '"id":1' '"id":2' '"id":1'; } | tagged |
        ft-sink "$target"
    is "$(table u | xargs)" '1 2'
}

@test "without a key every line is a row, in the order of the lines" {
    { schema t '["v","int"]'; rows t '"v":3' '"v":1' '"v":1'; } | tagged | ft-sink "$target"
    is "$(sql 'SELECT v FROM t' | xargs)" '3 1 1'
}

@test "where null is a key like any other, rows with it replace and delete each other" {
    {
        schema t '["country","string"],["day","int"],["n","int"]' '"kind":"upsert"' \
            '"key":["country","day"]' '"null_keys":true'
        rows t '"country":"FR","day":1,"n":1' '"day":1,"n":2' '"country":"FR","day":1,"n":3' \
            '"country":null,"day":1,"n":4' '"country":"FR","n":5' '"country":"","day":1,"n":6' \
            '"country":"FR","day":0,"n":7' '"country":"0","n":8'
        barrier 1
        rows t '"_op":"delete","country":"0","day":null' '"country":"FR","n":9'
    } | tagged | live >input
    ft-sink "$target" <input
    is "$(sql 'SELECT * FROM t ORDER BY n')" 'FR|1|3
|1|4
|1|6
FR|0|7
FR||9'
    is "$(reasons)" ''
    ft-sink "$target" <input # the key that is there is the one that is wanted
    is "$(sql 'SELECT count(*) FROM t')" 5
    run -2 --separate-stderr ft-sink "$target" < <(sed 's/,"null_keys":true//' input)
    is "$stderr" "ft-sink: ${target/postgres@/}: table t is there with another key: drop it, or choose another name"
}

@test "more rows than are sent at once arrive, each once, with deletions among them" {
    {
        schema t '["id","int"],["v","string"]' "${upsert[@]}"
        schema f '["id","int"],["v","string"]' "${facts[@]}"
        awk 'BEGIN { for (i = 1; i <= 60000; i++) {
            id = i % 20000
            if (i % 7 == 0) printf "{\"_stream\":\"t\",\"_op\":\"delete\",\"id\":%d}\n", id
            else printf "{\"_stream\":\"t\",\"id\":%d,\"v\":\"%060d\"}\n", id, i
            printf "{\"_stream\":\"f\",\"id\":%d,\"v\":\"%060d\"}\n", i, i } }'
    } | tagged >input
    ft-sink "$target" --metrics counts <input
    is "$(fates)" 'used 60000'
    # of each key the last one: 40001 to 60000, and every seventh deletes
    is "$(sql 'SELECT count(*), sum(v::bigint), min(v::bigint) FROM t')" \
        "$(seq 40001 60000 | awk '$1 % 7 { n++; sum += $1; least = least ? least : $1 }
            END { printf "%d|%.0f|%d", n, sum, least }')"
    is "$(sql 'SELECT count(*), sum(v::bigint) FROM f')" '60000|1800030000'
    ft-sink "$target" <input
    is "$(sql 'SELECT count(*), sum(v::bigint) FROM f')" '60000|1800030000'
}

# ---- names ----

@test "names with quotes, spaces, keywords and any script are names like others" {
    {
        schema order '["select","int"],["a\"b","string"],["é `x`; --","int"],["n","int"],["deleted","boolean"]' \
            '"kind":"upsert"' '"key":["select"]'
        rows order '"select":1,"a\"b":"x'"'"'); DROP TABLE \"order\"; --","é `x`; --":2' \
            '"select":2,"n":7,"deleted":true' '"select":3' '"_op":"delete","select":3'
    } | tagged | ft-sink "$target" 'ta"ble; é=order'
    is "$(table '"ta""ble; é"')" "1|x'); DROP TABLE \"order\"; --|2||
2|||7|t"
}

@test "a table of the same name in another schema is another table" {
    sql 'CREATE SCHEMA IF NOT EXISTS other; CREATE TABLE other.t (x int); INSERT INTO other.t VALUES (7)'
    { schema t '["v","int"]'; rows t '"v":1'; } | tagged >in
    PGOPTIONS="$PGOPTIONS,other" ft-sink "$target" <in
    PGOPTIONS="$PGOPTIONS,other" ft-sink "$target" <in
    is "$(sql 'SELECT * FROM other.t')" 7
    is "$(table)" 1
    PGOPTIONS='-c search_path=none_such' run -3 --separate-stderr ft-sink "$target" <in
    is "$stderr" "ft-sink: ${target/postgres@/}: there is no schema that tables could be made in (search_path)"
}

# ---- streams without declared columns ----

@test "a stream without declared columns gets columns as they come" {
    {
        schema t ''
        rows t '"a":1' '"b":1.0,"a":"x"'
        printf '{"_stream":"t"}\n'
        barrier 1
        rows t '"the c":true,"a":null,"\u0062":[1]'
    } | tagged | live >in
    ft-sink "$target" <in
    is "$(sql 'SELECT a, b, "the c" FROM t')" '1||
x|1.0|
||
|[1]|true'
    { schema t ''; rows t '"d":1,"a":2'; } | tagged | live | ft-sink "$target" # goes on with these
    is "$(sql 'SELECT a, b, "the c", d FROM t WHERE d IS NOT NULL')" '2|||1'
    { schema t ''; rows t '"e":1'; } | tagged | ft-sink "$target" # and replaces them
    is "$(sql 'SELECT * FROM t')" 1
    schema t '' | tagged | ft-sink "$target"
    is "$(sql "SELECT to_regclass('t') IS NULL")" t
}

@test "a stream without declared columns may have a key: its rows replace each other" {
    {
        schema t '' "${upsert[@]}"
        rows t '"id":1,"v":1' '"v":2,"id":1' '"id":2' '"id":3,"w":1' '"_op":"delete","id":3' '"v":7'
    } | tagged | ft-sink "$target"
    is "$(sql 'SELECT id, v, w FROM t ORDER BY 1')" '1|2|
2||'
    is "$(reasons)" 'column id: is in the key and null'
}

@test "what cannot be a column is rejected by name, and no column comes of it" {
    {
        schema t ''
        rows t '"a":1' '"b":2,"A":3'
        jq -nc '{_stream: "t"} + ([range(1700) | {("m\(.)"): .}] | add)'
    } | tagged | ft-sink "$target"
    is "$(sql 'SELECT * FROM t')" 1
    is "$(reasons)" "column A: has a name that differs from another column's only in case
has more columns than PostgreSQL takes"
}

# ---- rows that the server refuses ----

@test "a row that breaks what somebody has asked of the table is rejected, and the others are there" {
    { schema t '["id","int"],["v","int"]' "${facts[@]}"; rows t '"id":1,"v":1'; } | tagged |
        ft-sink "$target"
    sql 'CREATE UNIQUE INDEX once ON t (v); ALTER TABLE t ADD CONSTRAINT small CHECK (v < 100)'
    {
        schema t '["id","int"],["v","int"]' '"kind":"append"' '"key":["id"]' '"time":null'
        for i in {2..50}; do rows t "\"_ts\":5,\"id\":$i,\"v\":$((i % 40 * 3))"; done
        rows t '"_ts":5,"id":51,"v":"x"'
    } | tagged | live | ft-sink "$target" --metrics counts
    # of 2 to 50 those from 34 to 39 are over 100, and 42 to 50 are the second of 2 to 10
    is "$(sql 'SELECT count(*), sum(v) FROM t')" '35|1684'
    is "$(sql 'SELECT count(*), reason FROM _rejected GROUP BY 2 ORDER BY 1')" \
'1|column v: "x" is not an integer
6|does not fit the table: new row for relation "t" violates check constraint "small"
9|does not fit the table: duplicate key value violates unique constraint "once"'
    is "$(sql "SELECT filter, stream, record_time, raw FROM _rejected WHERE raw LIKE '%:42,%'")" \
        'ft-sink|t|1970-01-01 00:00:00.005+00|{"_stream":"t","_ts":5,"id":42,"v":6}'
    is "$(fates)" 'used 34 rejected 16'
}

@test "what triggers raise, deferred constraints and rows too large for an index are of the row" {
    { schema t '["id","string"],["v","int"]' "${facts[@]}"; rows t '"id":"a","v":1'; } | tagged |
        ft-sink "$target"
    sql 'CREATE TABLE known (v bigint PRIMARY KEY); INSERT INTO known VALUES (1), (2);
        ALTER TABLE t ADD FOREIGN KEY (v) REFERENCES known DEFERRABLE INITIALLY DEFERRED;
        CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION $a$not on a monday$a$; END $$;
        CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW WHEN (new.id = $$no$$) EXECUTE FUNCTION no()'
    {
        schema t '["id","string"],["v","int"]' "${facts[@]}"
        rows t '"id":"b","v":2' '"id":"c","v":3' '"id":"no"'
        printf '{"_stream":"t","id":"%s"}\n' "$(openssl rand -base64 6000 | tr -d '\n')"
        rows t '"id":"d","v":1'
    } | tagged | live | ft-sink "$target"
    is "$(table)" 'a|1
b|2
d|1'
    [[ $(reasons) == 'does not fit the table: insert or update on table "t" violates foreign key constraint "t_v_fkey"
does not fit the table: not on a monday
does not fit the table: index row size '*' exceeds btree version 4 maximum 2704 for index "t_pkey"' ]]
}

@test "of rows with one key in one epoch the last that fits stays" {
    { schema t '["id","int"],["v","int"]' "${upsert[@]}"; } | tagged | ft-sink "$target"
    sql 'ALTER TABLE t ADD CONSTRAINT small CHECK (v < 10)'
    {
        schema t '["id","int"],["v","int"]' "${upsert[@]}"
        rows t '"id":1,"v":1' '"id":1,"v":2' '"id":1,"v":11' '"id":2,"v":12' '"_op":"delete","id":1' \
            '"id":1,"v":3' '"id":1,"v":13'
    } | tagged | live | ft-sink "$target"
    is "$(table)" '1|3'
    is "$(sql 'SELECT raw::json ->> $$v$$ FROM _rejected' | xargs)" '11 12 13'
}

@test "personal data does not get into _rejected, not in the words of the server either" {
    { schema t '["id","int"],["m","string","pii"]' "${facts[@]}"; } | tagged | ft-sink "$target"
    sql 'CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION $a$not %$a$, new.m; END $$;
        CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW WHEN (new.id = 2) EXECUTE FUNCTION no();
        CREATE UNIQUE INDEX once ON t (m)'
    { schema t '["id","int"],["m","string","pii"]' "${facts[@]}"
        rows t '"id":1,"m":"ann"' '"id":2,"m":"secret"' '"id":3,"m":"ann"'; } | tagged | live >in
    ft-sink "$target" <in
    is "$(sql 'SELECT reason, raw FROM _rejected')" 'does not fit the table: SQLSTATE P0001|
does not fit the table: SQLSTATE 23505, constraint once|'
    sql 'DELETE FROM t; DELETE FROM _rejected'
    ft-sink "$target" --keep-raw <in
    is "$(sql 'SELECT raw FROM _rejected')" '{"_stream":"t","id":2,"m":"secret"}
{"_stream":"t","id":3,"m":"ann"}'
}

@test "--strict ends the run at the first row that the server refuses, and nothing is committed" {
    { schema t '["v","int"]'; } | tagged | ft-sink "$target"
    sql 'ALTER TABLE t ADD CONSTRAINT small CHECK (v < 10)'
    { schema t '["v","int"]'; rows t '"v":1' '"v":10' '"v":11'; } | tagged >in
    run -1 --separate-stderr ft-sink "$target" --strict <in
    is "$stderr" 'ft-sink: refused: t: does not fit the table: new row for relation "t" violates check constraint "small"'
    is "$(table)" ''
}

@test "there is nowhere to put what _rejected itself refuses: exit status 3" {
    schema t '["v","int"]' | tagged | ft-sink "$target"
    sql "ALTER TABLE _rejected ADD CONSTRAINT quiet CHECK (filter <> 'ft-sink')"
    { schema t '["v","int"]'; rows t '"v":"x"' '"v":1'; } | tagged | live >in
    run -3 --separate-stderr ft-sink "$target" <in
    is "$stderr" "ft-sink: ${target/postgres@/}: cannot write to _rejected: does not fit the table: new row for relation \"_rejected\" violates check constraint \"quiet\""
    is "$(table)" ''
}

# ---- tables that are there ----

@test "a bounded run replaces its tables in one transaction, and who reads is not held up" {
    { schema t '["v","int"],["w","string"]'; rows t '"v":1' '"v":2'; } | tagged | ft-sink "$target"
    sql 'CREATE VIEW seen AS SELECT v FROM t; GRANT SELECT ON t TO public'
    feed
    { printf '%s\n' "$begin"; schema t '["v","int"],["w","string"]'
        awk 'BEGIN { for (i = 1; i <= 60000; i++)
            printf "{\"_stream\":\"t\",\"v\":%d,\"w\":\"%060d\"}\n", i, i }'; } >&8
    # rows have been sent: the transaction is open
    poll '[[ $(sql "SELECT count(*) FROM pg_stat_activity
        WHERE application_name = \$\$ft-sink\$\$ AND state = \$\$idle in transaction\$\$") == 1 ]]'
    is "$(sql "SET lock_timeout = '1s'; SELECT sum(v) FROM seen")" 3
    printf '%s\n' "$end" >&8
    ends
    is "$status" 0
    is "$(sql 'SELECT count(*), sum(v) FROM seen')" '60000|1800030000'
}

@test "a bounded run whose columns or key have changed makes its table anew" {
    { schema t '["a","int"],["b","int"]' '"kind":"append"' '"key":["a"]'; rows t '"a":1'; } |
        tagged | ft-sink "$target"
    { schema t '["a","int"],["b","int"]' '"kind":"append"' '"key":["b"]'; rows t '"b":2'; } |
        tagged | ft-sink "$target"
    is "$(table)" '|2'
    { schema t '["b","string"],["c","int"]'; rows t '"b":"x"'; } | tagged | ft-sink "$target"
    is "$(table)" 'x|'
    sql 'CREATE VIEW seen AS SELECT b FROM t'
    { schema t '["d","int"]'; rows t '"d":1'; } | tagged >in
    run -3 --separate-stderr ft-sink "$target" <in
    is "$stderr" "ft-sink: ${target/postgres@/}: cannot replace a table: cannot drop table t because other objects depend on it"
    is "$(table)" 'x|'
}

@test "a run whose input breaks off leaves what was there" {
    { schema t '["v","int"]'; rows t '"v":1'; } | tagged >in
    ft-sink "$target" <in
    { schema t '["v","int"]'; awk 'BEGIN { for (i = 1; i <= 200000; i++)
            printf "{\"_stream\":\"t\",\"v\":%d%050d}\n", i % 9, i }' | sed 's/\(.*"v":.\).*/\1}/'; } |
        tagged | head -n -3 >broken
    run -4 --separate-stderr ft-sink "$target" <broken
    is "$stderr" 'ft-sink: the input ended without _end: what wrote it has died'
    is "$(table)" 1
}

@test "a table that ft-sink has not made is refused and left alone" {
    sql 'CREATE TABLE t (v int); INSERT INTO t VALUES (7); CREATE VIEW w AS SELECT 1'
    schema t '["v","int"]' | tagged >in
    run -2 --separate-stderr ft-sink "$target" <in
    is "$stderr" "ft-sink: ${target/postgres@/}: table t was not made by ft-sink: drop it, or choose another name"
    run -2 --separate-stderr ft-sink "$target" w=t <in
    is "$stderr" "ft-sink: ${target/postgres@/}: table w was not made by ft-sink: drop it, or choose another name"
    ft-sink "$target" good=t <in
    run -2 --separate-stderr ft-sink "$target" _firsttouch_tables=t <in
    run -2 --separate-stderr ft-sink "$target" <in
    is "$stderr" "ft-sink: ${target/postgres@/}: table t was not made by ft-sink: drop it, or choose another name"
    is "$(table)" 7
}

@test "a live run whose table has other columns, or another key, is refused" {
    { schema t '["a","int"],["b","int"]' '"kind":"append"' '"key":["a"]'; } | tagged | ft-sink "$target"
    refuses() {
        schema t "${@:2}" | tagged | live >in
        run -2 --separate-stderr ft-sink "$target" <in
        is "$stderr" "ft-sink: ${target/postgres@/}: table t is there, $1: drop it, or choose another name"
    }
    refuses 'but has no column c' '["a","int"],["c","int"]' '"kind":"append"' '"key":["a"]'
    refuses 'but its column b is bigint' '["a","int"],["b","decimal(4,2)"]' '"kind":"append"' '"key":["a"]'
    local text='with another key'
    schema t '["a","int"],["b","int"]' '"kind":"append"' '"key":["b"]' | tagged | live >in
    run -2 --separate-stderr ft-sink "$target" <in
    is "$stderr" "ft-sink: ${target/postgres@/}: table t is there $text: drop it, or choose another name"
    schema t '["a","int"],["b","int"]' | tagged | live >in
    run -2 --separate-stderr ft-sink "$target" <in
    is "$stderr" "ft-sink: ${target/postgres@/}: table t is there $text: drop it, or choose another name"
}

@test "runs that begin at the same moment, in a database that knows nothing, do not meet" {
    for i in {1..6}; do
        { schema "t$i" '["v","int"]'; rows "t$i" "\"v\":$i"; } | tagged |
            ft-sink "$target" "t$i" "rejected$i=_rejected" 2>"err$i" 3>&- &
    done
    wait
    is "$(cat err*)" ''
    is "$(for i in {1..6}; do table "t$i"; done | xargs)" '1 2 3 4 5 6'
}

# ---- with state ----

# What a run with state reads: two epochs.
stateful() {
    goes_on "${1-0}"
    schema t '["v","int"]'
    rows t '"v":1' '"v":2'
    barrier 1
    rows t '"v":3'
    barrier 2
    echo '{"_stream":"_end"}'
}

@test "rows and epoch are committed together, and the next run goes on behind" {
    make_state
    echo 7f3a9c51d2e8 >state/pipeline
    stateful | sed 's/7f3a9c/7f3a9c51d2e8/' >in
    is "$(ft-sink --state state --committed "$target")" 0
    is "$(ft-sink --committed "$target")" ''
    ft-sink --state state "$target" <in
    is "$(ft-sink --state state --committed "$target")" 2
    is "$(ft-sink --committed "$target")" '7f3a9c51d2e8 2'
    is "$(<state/committed)" 2
    is "$(table | xargs)" '1 2 3'
    run -2 --separate-stderr ft-sink --state state "$target" <in
    is "$stderr" "ft-sink: ${target/postgres@/}: epoch 2 of pipeline 7f3a9c51d2e8 is committed, and the run goes on from 0: start it again with --restore 2"
    sed 's/"restore":0/"restore":2/; s/"epoch":2/"epoch":4/; s/"epoch":1/"epoch":3/' in >next
    ft-sink --state state "$target" <next
    is "$(table | xargs)" '1 1 2 2 3 3'
    sed 's/"stage":0/"stage":1/; s/"restore":2/"restore":4/; s/"epoch":4/"epoch":6/; s/"epoch":3/"epoch":5/' next >longer
    run -2 --separate-stderr ft-sink --state state "$target" <longer
    is "$stderr" "ft-sink: ${target/postgres@/}: pipeline 7f3a9c51d2e8 had 1 filters before ft-sink, and this run has 2: go on with those"
}

@test "tables belong to the pipeline that made them" {
    make_state
    stateful >in
    ft-sink --state state "$target" <in
    { schema t '["v","int"]'; rows t '"v":9'; } | tagged >plain
    run -2 --separate-stderr ft-sink "$target" t r=_rejected <plain
    is "$stderr" "ft-sink: ${target/postgres@/}: table t belongs to pipeline 7f3a9c, which has state: go on with that"
    make_state
    run -2 --separate-stderr ft-sink --state state "$target" t r=_rejected < <(sed 's/7f3a9c/b6e94f/' in)
    [[ $stderr == "ft-sink: ${target/postgres@/}: table t belongs to pipeline 7f3a9c, and this is b6e94f: "* ]]
    ft-sink "$target" u=t r=_rejected <plain
    run -2 --separate-stderr ft-sink --state state "$target" u=t r=_rejected < <(sed 's/7f3a9c/b6e94f/' in)
    is "$stderr" "ft-sink: ${target/postgres@/}: table u was filled by a run without state: drop it, or choose another name"
    is "$(table | xargs)" '1 2 3'
}

@test "killed between and within epochs, a run that goes on loses nothing and doubles nothing" {
    make_state
    { goes_on 0; schema t '["v","int"],["w","string"]'
        for epoch in {1..12}; do
            awk -v e="$epoch" 'BEGIN { for (i = 0; i < 9000; i++)
                printf "{\"_stream\":\"t\",\"v\":%d,\"w\":\"%090d\"}\n", e * 9000 + i, i }'
            barrier "$epoch"
        done
        echo '{"_stream":"_end"}'; } >whole
    local kills=0 committed=0
    while ((committed < 12 && kills < 60)); do
        { goes_on "$committed"; sed -n '2p' whole
            [[ $committed == 0 ]] && sed '1,2d' whole || sed "1,/^$(barrier "$committed")/d" whole; } >rest
        ft-sink --state state "$target" <rest 2>err 3>&- &
        pid=$!
        # later each time, so that it gets through
        sleep "0.$(printf %02d $((kills * 3 + 2)))"
        kill -9 "$pid" 2>/dev/null || true
        wait "$pid" || true
        pid=
        ((++kills))
        committed=$(ft-sink --committed "$target" | cut -d ' ' -f 2)
        committed=${committed:-0}
    done
    is "$committed" 12
    is "$(sql 'SELECT count(*), count(DISTINCT v), min(v), max(v) FROM t')" '108000|108000|9000|116999'
}

@test "one ft-sink writes for a pipeline at a time: others wait, ten seconds" {
    make_state
    cp -r state copy # with a copy of the state, only the server knows
    echo 7f3a9c51d2e8 >other
    feed "$target" --state state
    { goes_on 0; schema t '["v","int"]'; rows t '"v":1'; barrier 1; } >&8
    poll '[[ $(sql "SELECT count(*) FROM t" 2>/dev/null) == 1 ]]'
    local name=${target/postgres@/}
    mkdir -m 700 asks
    echo 7f3a9c51d2e8 >asks/pipeline
    local first=$pid started=$SECONDS
    { status=0; stateful 1 | ft-sink --state copy "$target" 2>second.err || status=$?
        echo "$status" >second.status; } 3>&- 8>&- &
    local second=$!
    sleep 1
    kill -0 "$second"
    wait "$second"
    ((SECONDS - started >= 9))
    is "$(<second.status)" 3
    is "$(<second.err)" "ft-sink: $name: another ft-sink writes for pipeline 7f3a9c"
    pid=$first
    { rows t '"v":2'; barrier 2; echo '{"_stream":"_end"}'; } >&8
    ends
    is "$status" 0
    is "$(table | xargs)" '1 2'
}

@test "--committed waits until nobody is about to commit" {
    mkdir -m 700 state
    echo 7f3a9c51d2e8 >state/pipeline
    mkdir -m 700 copy
    echo 7f3a9c51d2e8 >copy/pipeline
    feed "$target" --state state
    { stateful | sed 's/7f3a9c/7f3a9c51d2e8/' | head -n 5; } >&8
    poll '[[ $(sql "SELECT count(*) FROM t" 2>/dev/null) == 2 ]]'
    ft-sink --state copy --committed "$target" >answer 3>&- 8>&- &
    local asks=$!
    sleep 0.5
    [ ! -s answer ]
    { rows t '"v":3'; barrier 2; echo '{"_stream":"_end"}'; } >&8
    ends
    is "$status" 0
    wait "$asks"
    is "$(<answer)" 2
}

@test "a commit on top of an epoch that another run has written fails" {
    make_state
    feed "$target" --state state
    { goes_on 0; schema t '["v","int"]'; rows t '"v":1'; barrier 1; } >&8
    poll '[[ $(sql "SELECT count(*) FROM t" 2>/dev/null) == 1 ]]'
    sql 'UPDATE _firsttouch_epochs SET epoch = 7'
    { rows t '"v":2'; barrier 2; } >&8
    ends
    is "$status" 3
    is "$(<errors)" "ft-sink: ${target/postgres@/}: cannot commit epoch 2: another run writes for pipeline 7f3a9c"
    is "$(table)" 1
}

# ---- a server that goes away ----

@test "a server that is stopped while nothing is to be written is not missed" {
    feed
    { echo "${begin/true/false}"; schema t '["v","int"]'; rows t '"v":1'; barrier 1; } >&8
    poll '[[ $(sql "SELECT count(*) FROM t" 2>/dev/null) == 1 ]]'
    halt_postgres
    start_postgres
    { rows t '"v":2'; barrier 2; echo '{"_stream":"_end"}'; } >&8
    ends
    is "$status" 0
    is "$(table | xargs)" '1 2'
    is "$(<errors)" ''
}

@test "a server that is away when rows are to be committed is waited for, which is said once" {
    local name=${target/postgres@/}
    feed
    { echo "${begin/true/false}"; schema t '["v","int"]'; rows t '"v":1'; barrier 1; } >&8
    poll '[[ $(sql "SELECT count(*) FROM t" 2>/dev/null) == 1 ]]'
    halt_postgres
    { rows t '"v":2' '"v":3'; barrier 2; } >&8
    poll '[[ -s errors ]]'
    sleep 0.5
    start_postgres
    poll '[[ $(sql "SELECT count(*) FROM t" 2>/dev/null) == 3 ]]'
    { rows t '"v":4'; barrier 3; echo '{"_stream":"_end"}'; } >&8
    ends
    is "$status" 0
    is "$(table | xargs)" '1 2 3 4'
    is "$(<errors)" "ft-sink: $name: connection to server at \"127.0.0.1\", port $PGPORT failed: Connection refused: trying again for 5m
ft-sink: $name: connected again, going on"
}

@test "a server that dies in the middle of a large epoch gets all of it again, once" {
    make_state
    feed "$target" --state state
    large() {
        awk -v from="$1" 'BEGIN { for (i = from; i < from + 200000; i++)
            printf "{\"_stream\":\"t\",\"v\":%d,\"w\":\"%060d\"}\n", i, i }'
    }
    { goes_on 0; schema t '["v","int"],["w","string"]' '"kind":"append"' '"key":["v"]'; rows t '"v":0'
        barrier 1; large 1; } >&8
    # more than is kept in memory, all but the last of it sent
    poll '[[ $(sql "SELECT count(*) FROM pg_stat_activity
        WHERE application_name = \$\$ft-sink\$\$ AND state = \$\$idle in transaction\$\$") == 1 ]]'
    halt_postgres
    start_postgres
    is "$(table | wc -l)" 1
    { large 200001; barrier 2; echo '{"_stream":"_end"}'; } >&8
    ends
    is "$status" 0
    is "$(sql 'SELECT count(*), count(DISTINCT v), sum(w::bigint) FROM t')" '400001|400001|80000200000'
    is "$(ft-sink --committed "$target")" '7f3a9c 2'
}

# Stands in front of the server: sets $cutting, the target to use.
cut_commit() {
    rm -f port
    cut-commit "$1" "$2" "$PGPORT" >port 3>&- &
    proxy=$!
    poll '[[ -s port ]]'
    cutting="postgresql://postgres@127.0.0.1:$(<port)/postgres"
}

@test "a connection that is cut before the server has got COMMIT, or before its answer, doubles nothing" {
    for when in before after; do
        for n in 1 2; do
            for state in '' --state; do
                sql 'DROP TABLE IF EXISTS t, _rejected, _firsttouch_tables, _firsttouch_epochs'
                make_state
                cut_commit "$when" "$n"
                { if [[ $state ]]; then stateful; else stateful | sed "1c\\${begin/true/false}"; fi; } >in
                echo "$when $n $state"
                ft-sink ${state:+--state state} "$cutting" <in 2>errors
                is "$(<errors)" ''
                is "$(table | xargs)" '1 2 3'
                kill "$proxy"
                wait "$proxy" || true
                proxy=
                [[ ! $state ]] || is "$(ft-sink --committed "$target")" '7f3a9c 2'
            done
        done
    done
}

@test "refused rows are in _rejected once, also when the connection is cut at their commit" {
    schema t '["v","int"]' | tagged | ft-sink "$target"
    sql 'ALTER TABLE t ADD CONSTRAINT small CHECK (v < 10)'
    for when in before after; do
        cut_commit "$when" 1
        { schema t '["v","int"]'; rows t '"v":1' '"v":10' '"v":2' '"v":11'; } | tagged |
            ft-sink "$cutting" --metrics counts
        is "$(table | xargs)" '1 2'
        is "$(sql 'SELECT raw FROM _rejected' | xargs -n 1)" "$(rows t '"v":10' '"v":11' | xargs -n 1)"
        is "$(fates)" 'used 2 rejected 2'
        kill "$proxy"
        wait "$proxy" || true
        proxy=
    done
}

@test "a session that the server ends is replaced, and its lock taken over" {
    make_state
    feed "$target" --state state
    { goes_on 0; schema t '["v","int"]'; rows t '"v":1'; barrier 1; } >&8
    for i in {2..6}; do
        poll "[[ \$(sql 'SELECT max(v) FROM t' 2>/dev/null) == $((i - 1)) ]]"
        is "$(sql "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE application_name = 'ft-sink'")" 1
        { rows t "\"v\":$i"; barrier "$i"; } >&8
    done
    echo '{"_stream":"_end"}' >&8
    ends
    is "$status" 0
    is "$(table | xargs)" '1 2 3 4 5 6'
    is "$(<errors)" ''
}

@test "when --retry has run out it is exit status 3, and nothing is said of a password" {
    { schema t '["v","int"]'; rows t '"v":1'; } | tagged >in
    halt_postgres
    local name=postgresql://127.0.0.1:$PGPORT/postgres
    local uri="postgresql://postgres:geh%20eim@127.0.0.1:$PGPORT/postgres?application_name=x"
    local refused="connection to server at \"127.0.0.1\", port $PGPORT failed: Connection refused"
    run -3 --separate-stderr ft-sink --retry 0s "$uri" <in
    is "$stderr" "ft-sink: $name: $refused"
    run -3 --separate-stderr ft-sink --retry 300ms "$uri" <in
    is "$stderr" "ft-sink: $name: $refused: trying again for 300ms
ft-sink: $name: $refused"
    run -3 --separate-stderr ft-sink --retry 300ms --committed "$uri"
    is "$stderr" "ft-sink: $name: $refused: trying again for 300ms
ft-sink: $name: $refused"
    start_postgres
}

@test "who waits for a server and is asked to end does so soon, with exit status 3" {
    feed
    { echo "${begin/true/false}"; schema t '["v","int"]'; rows t '"v":1'; barrier 1; } >&8
    poll '[[ $(sql "SELECT count(*) FROM t" 2>/dev/null) == 1 ]]'
    halt_postgres
    { rows t '"v":2'; barrier 2; } >&8
    poll '[[ -s errors ]]'
    local started=$SECONDS
    kill "$pid"
    ends
    start_postgres
    is "$status" 3
    ((SECONDS - started <= 6))
    is "$(table)" 1
}

@test "what no waiting will cure is exit status 3 at once" {
    { schema t '["v","int"]'; rows t '"v":1'; } | tagged >in
    local at="connection to server at \"127.0.0.1\", port $PGPORT failed: FATAL: "
    run -3 --separate-stderr ft-sink "postgresql://postgres:x@127.0.0.1:$PGPORT/none" <in
    is "$stderr" "ft-sink: postgresql://127.0.0.1:$PGPORT/none: cannot connect: $at database \"none\" does not exist"
    run -3 --separate-stderr ft-sink "postgres://nobody:x@127.0.0.1:$PGPORT/postgres" <in
    is "$stderr" "ft-sink: postgres://127.0.0.1:$PGPORT/postgres: cannot connect: $at role \"nobody\" does not exist"
    sql 'CREATE ROLE reader LOGIN'
    run -3 --separate-stderr ft-sink "postgres://reader:x@127.0.0.1:$PGPORT/postgres" <in
    is "$stderr" "ft-sink: postgres://127.0.0.1:$PGPORT/postgres: there is no schema that tables could be made in (search_path)"
    sql "GRANT USAGE ON SCHEMA test_$BATS_TEST_NUMBER TO reader"
    run -3 --separate-stderr ft-sink "postgres://reader:x@127.0.0.1:$PGPORT/postgres" <in
    is "$stderr" "ft-sink: postgres://127.0.0.1:$PGPORT/postgres: cannot make its tables: permission denied for schema test_$BATS_TEST_NUMBER"
    sql "REVOKE USAGE ON SCHEMA test_$BATS_TEST_NUMBER FROM reader; DROP ROLE reader"
}

@test "a record with a column that each of the server's tables has is rejected" {
    { schema t ''; rows t '"a":1' '"a":2,"ctid":5' '"CTID":3'; } | tagged | ft-sink "$target"
    is "$(sql 'SELECT a, "CTID" FROM t')" '1|
|3'
    is "$(sql 'SELECT reason FROM _rejected')" 'column ctid: has a name that the database keeps for itself'
}

@test "a database that has not all characters is exit status 3 before the first row" {
    sql "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'"
    { schema t '["v","string"]'; rows t '"v":"\u65e5"'; } | tagged >in
    run -3 --separate-stderr ft-sink "postgresql://postgres:x@127.0.0.1:$PGPORT/latin" <in
    sql 'DROP DATABASE latin'
    is "$stderr" "ft-sink: postgresql://127.0.0.1:$PGPORT/latin: the database is encoded in LATIN1, which has not all characters: make one with ENCODING 'UTF8'"
}

@test "what another try never cures, though the server says so, is tried a few times a second" {
    { schema t '["v","int"]' '"kind":"append"'; rows t '"v":1'; } | tagged | live >in
    ft-sink "$target" <in
    sql "CREATE SEQUENCE tries;
        CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS
        \$\$ BEGIN PERFORM nextval('tries'); RAISE 'once more' USING ERRCODE = '40001'; END \$\$;
        CREATE TRIGGER again BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION again()"
    run -3 --separate-stderr ft-sink --retry 1s "$target" <in
    local shown="ft-sink: postgresql://127.0.0.1:$PGPORT/postgres: once more"
    is "$stderr" "$shown: trying again for 1s
$shown"
    [ "$(sql 'SELECT last_value <= 12 FROM tries')" = t ]
}

@test "a URI that is none is exit status 2, and shows no secret" {
    { schema t '["v","int"]'; } | tagged >in
    refuses() {
        run -2 --separate-stderr ft-sink "$2" <in
        is "$stderr" "ft-sink: $1"
    }
    refuses 'postgresql://h/d: invalid percent-encoded token' 'postgresql://u:ge%zzheim@h/d'
    refuses 'postgresql://h/d: invalid URI query parameter' 'postgresql://u:geheim@h/d?geheim=x'
    refuses 'postgresql://h/d: in a user and a password / is written %2F, and @ is written %40' \
        'postgresql://u:ge/heim@h/d'
    refuses 'postgresql://h/d: in a user and a password / is written %2F, and @ is written %40' \
        'postgresql://u:ge@heim@h/d'
    refuses '"postgrex://h/d" is no target: write sqlite:FILE, postgresql://HOST/DATABASE, or - for standard output' \
        'postgrex://u:geheim@h/d'
    refuses '--retry: "soon" is not a duration such as 500ms, 10s, 30m, 1h, 7d or 2w' '--retry=soon'
}

# ---- what is kept of an epoch ----

@test "a full disk for what is kept of an epoch is exit status 3, and names it" {
    mkdir disk
    mount -t tmpfs -o size=1m none disk 2>/dev/null || skip 'a small file system needs root'
    { schema t '["v","string"]'; awk 'BEGIN { for (i = 1; i <= 4000; i++)
            printf "{\"_stream\":\"t\",\"v\":\"%08000d\"}\n", i }'; } | tagged >in
    TMPDIR=disk run -3 --separate-stderr ft-sink "$target" <in
    umount disk
    is "$stderr" 'ft-sink: disk: cannot keep the rows of an epoch there: No space left on device'
    TMPDIR=none run -3 --separate-stderr ft-sink "$target" <in
    is "$stderr" 'ft-sink: none: cannot keep the rows of an epoch there: No such file or directory'
    mkdir there
    TMPDIR=there ft-sink "$target" <in
    is "$(ls there)" ''
    is "$(sql 'SELECT count(*) FROM t')" 4000
}

# ---- pipelines ----

# Runs pipeline $1 over five random inputs, with and without state; the tables are those of plain SQL.
agrees() {
    local pipeline=$1 make=$2
    for seed in {1..5}; do
        mkdir "$seed"
        "$make" "$seed" "$seed"
        "$root/tests/oracle/oracle" --of "$pipeline" "$seed" >expected
        [ -s expected ]
        for state in '' --state; do
            echo "$pipeline $seed $state"
            sql "DROP SCHEMA test_$BATS_TEST_NUMBER CASCADE; CREATE SCHEMA test_$BATS_TEST_NUMBER"
            FT_BUILD=$(dirname "$(command -v ft-sink)") "$root/pipelines/$pipeline/run" \
                --input "$seed" --sink "$target" ${state:+--state "state$seed" --epoch 100r}
            "$root/tests/oracle/oracle" --of "$pipeline" --mart "$target" | diff expected -
        done
    done
}

@test "the first-touch pipeline fills PostgreSQL with what plain SQL finds" {
    agrees first-touch random-shop
}

@test "the clickstream pipeline does" {
    agrees clickstream random-clickstream
}

@test "the daily-facts pipeline does" {
    agrees daily-facts random-daily-facts
}
