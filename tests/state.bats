# Damage to a state, and runs that do not belong to it: what is refused, by which message, and that
# the run goes on rightly when the damage is undone.
# shellcheck disable=SC2030,SC2031,SC2154 # subshells are meant
load common

# hits FIRST [LAST]: one a second, the n-th at n seconds.
hits() {
    for ((id = $1; id <= ${2-$1}; id++)); do
        printf '{"id":%d,"at":%d}\n' "$id" $((id * 1000))
    done
}

ids() {
    sqlite3 -batch m.db 'SELECT group_concat(id, " ") FROM (SELECT id FROM hit ORDER BY id)'
}

leftmost() {
    local status
    for status; do
        case $status in 0 | 4 | 141) ;; *) return "$status" ;; esac
    done
}

# ft-ingest's arguments; ft-clean holds the ids of a minute and what the watermark has not passed.
goes_on() {
    local committed
    committed=$(ft-sink --state st --committed sqlite:m.db) || return
    ft-ingest --state st --restore "$committed" --no-drain --time at:ms --lag 5s --watermark-step 1s "$@" |
        ft-clean --state st --from hit --dedup id --within 1m |
        ft-sink --state st sqlite:m.db
    leftmost "${PIPESTATUS[@]}"
}

# Epoch 1 has the hits up to 20, of which the watermark has passed those up to 14.
prepare() {
    hits 1 20 >hit.ndjson
    goes_on hit=hit.ndjson
    is "$(ids)" "$(seq -s ' ' 14)"
    { hits 18 && hits 21 30; } >>hit.ndjson
    cp -r st whole
}

# goes_on, which is to fail with STATUS and one line, MESSAGE (a pattern), and to go on when undone.
refused() {
    run "-$1" --separate-stderr goes_on hit=hit.ndjson
    # shellcheck disable=SC2053
    [[ ${stderr_lines[*]} == $2 && ${#stderr_lines[@]} -eq 1 ]] || {
        printf '%s\n' "$stderr" "was meant to be: $2"
        return 1
    }
    is "$(ids)" "$(seq -s ' ' 14)"
    undo
}

undo() {
    rm -rf "$file"
    cp -rp "whole/${file#st/}" "$file"
}

# Changes "$1" in the file to "$2", as often as it is there.
change() {
    sed -i "s/$1/$2/" "$file"
    ! cmp -s "$file" "whole/${file#st/}"
}

@test "a manifest that is cut off anywhere, or longer, is exit 3 and named" {
    prepare
    for file in st/0-ft-ingest/1.manifest st/1-ft-clean/1.manifest; do
        size=$(stat -c %s "$file")
        for length in 0 1 $((size / 2)) $((size - 1)); do
            truncate -s "$length" "$file"
            refused 3 "*: $file: is damaged: it is cut off"
        done
        sed -i '$d' "$file"
        refused 3 "*: $file: is damaged: it is cut off"
        echo '{}' >>"$file"
        refused 3 "*: $file: is damaged: it is cut off"
    done
    goes_on hit=hit.ndjson
    is "$(ids)" "$(seq -s ' ' 24)"
}

@test "a manifest in which any number was changed is exit 3, whatever it counts" {
    prepare
    file=st/0-ft-ingest/1.manifest
    for member in position line inode head_crc32 highest_ms watermark_ms; do
        change "\"$member\":\([0-9]*\)[0-4]\([0-9]*\)" "\"$member\":\15\2" ||
            change "\"$member\":" "\"$member\":1"
        refused 3 "ft-ingest: $file: is damaged: its checksum is not what its last line says"
    done
    file=st/1-ft-clean/1.manifest
    for member in segment bytes lines checksum last_ms horizon_ms; do
        change "\"$member\":" "\"$member\":1"
        refused 3 "ft-clean: $file: is damaged: its checksum is not what its last line says"
    done
    change ',"checksum":[0-9]*}$' '}'
    run -3 --separate-stderr goes_on hit=hit.ndjson
    undo
    goes_on hit=hit.ndjson
    is "$(ids)" "$(seq -s ' ' 24)"
}

@test "a manifest of another version is exit 2 before anything else of it is judged" {
    prepare
    for file in st/0-ft-ingest/1.manifest st/1-ft-clean/1.manifest; do
        printf '%s\n' '{"version":2,"filter":"ft-new"}' 'of no form' >"$file"
        refused 2 '*: its state has version 2, and this program reads 1'
    done
    goes_on hit=hit.ndjson
    is "$(ids)" "$(seq -s ' ' 24)"
}

@test "a segment with anything else in it is exit 3 and named" {
    prepare
    for file in st/1-ft-clean/kept-1.ndjson st/1-ft-clean/waiting-1.ndjson; do
        for line in '' null '[]' '[1' '{"_stream":"hit"}' '["x",1]' '{"_stream":"hit","_ts":1e99}'; do
            sed -i "2s/.*/$line/" "$file"
            refused 3 "ft-clean: $file: is damaged: *"
        done
        tr '\n' '\0' <"$file" >nul && cat nul >"$file"
        refused 3 "ft-clean: $file: is damaged: *"
        truncate -s -1 "$file"
        refused 3 "ft-clean: $file: is damaged: it is shorter than its manifest says"
    done
    goes_on hit=hit.ndjson
    is "$(ids)" "$(seq -s ' ' 24)"
}

@test "what is no file in the place of one is exit 3 and is not waited for" {
    prepare
    for file in st/0-ft-ingest/1.manifest st/1-ft-clean/1.manifest st/1-ft-clean/kept-1.ndjson \
        st/pipeline; do
        rm "$file" && mkdir "$file"
        refused 3 "*: $file: is not a regular file"
        rm "$file" && mkfifo "$file"
        refused 3 "*: $file: is not a regular file"
    done
    goes_on hit=hit.ndjson
    is "$(ids)" "$(seq -s ' ' 24)"
}

@test "without the hint, or with half of it, a run goes on all the same" {
    prepare
    cp m.db before
    for damage in 'rm st/committed' 'truncate -s 0 st/committed' 'echo x >st/committed'; do
        rm -r st && cp -r whole st && cp before m.db
        eval "$damage"
        goes_on hit=hit.ndjson
        is "$(ids)" "$(seq -s ' ' 24)"
    done
}

@test "a filter that is given the state of another pipeline is exit 2" {
    hits 1 3 >hit.ndjson
    ft-ingest --state other --time at:ms hit=hit.ndjson >/dev/null
    cp -r other before
    for filter in 'ft-clean --state other --from hit --dedup id' 'ft-sink --state other sqlite:m.db'; do
        rm -rf st
        strange() { ft-ingest --state st --time at:ms hit=hit.ndjson | $filter; }
        run -2 --separate-stderr strange
        is "$stderr" "${filter%% *}: --state: other is the state of pipeline $(<other/pipeline), and the run is of $(<st/pipeline)"
    done
    diff -r before other
}

@test "epochs that do not go up, or that are committed before they came, are refused" {
    hits 1 6 >hit.ndjson
    ft-ingest --state st --epoch 2r --time at:ms hit=hit.ndjson >lines
    broken() { sed "$1" lines | ft-sink --state st sqlite:m.db; }
    refuses() {
        run -2 --separate-stderr broken "$1"
        is "$stderr" "ft-sink: line $2 is a broken control line: $3"
    }
    local barriers
    mapfile -t barriers < <(sed -n '/_barrier/=' lines)
    refuses 's/"epoch":1}/"epoch":-1}/' "${barriers[0]}" 'epoch is out of range'
    refuses 's/"epoch":1}/"epoch":0}/' "${barriers[0]}" 'epoch 0 stands behind 0'
    refuses 's/"epoch":1}/"epoch":1,"committed":1}/' "${barriers[0]}" 'epoch 1 says that 1 is committed'
    is "$(sqlite3 m.db 'SELECT count(*) FROM sqlite_master')" 0
    refuses 's/"epoch":3}/"epoch":2}/' "${barriers[2]}" 'epoch 2 stands behind 2'
    is "$(ft-sink --state st --committed sqlite:m.db)" 2
    is "$(ids)" '1 2 3 4'
}

@test "with state, one file given twice for a stream is exit 2; for two streams it is not" {
    hits 1 3 >hit.ndjson
    ln hit.ndjson link.ndjson
    for path in hit.ndjson link.ndjson; do
        run -2 --separate-stderr ft-ingest --state st --time at:ms hit=hit.ndjson hit="$path"
        is "$stderr" "ft-ingest: hit.ndjson and $path are one file: stream hit would have its records twice"
    done
    goes_on hit=hit.ndjson also=link.ndjson
    hits 9 >>hit.ndjson
    goes_on hit=hit.ndjson also=link.ndjson
    is "$(sqlite3 m.db 'SELECT group_concat(id) FROM also')" 1,2,3,9
}

@test "an unfinished last line waits for the next run, also when it is too long" {
    { hits 1 3 && printf '{"id":%0200d' 1; } >hit.ndjson
    goes_on --max-line 100 hit=hit.ndjson
    printf '}\n' >>hit.ndjson
    hits 4 20 >>hit.ndjson
    goes_on --max-line 100 hit=hit.ndjson
    is "$(ids)" "$(seq -s ' ' 14)"
    is "$(sqlite3 m.db 'SELECT line, reason FROM _rejected')" \
        '4|the line has 207 bytes, more than --max-line allows'
}

@test "a byte order mark and a line end that come in two pieces are what they are in one" {
    printf '\xef\xbb' >hit.ndjson
    goes_on hit=hit.ndjson
    { printf '\xbf' && hits 1 20 | sed 's/$/\r/'; } | head -c -1 >>hit.ndjson
    goes_on hit=hit.ndjson
    { echo && hits 21 30; } >>hit.ndjson
    goes_on hit=hit.ndjson
    is "$(ids)" "$(seq -s ' ' 24)"
    is "$(sqlite3 m.db 'SELECT count(*) FROM _rejected')" 0
}
