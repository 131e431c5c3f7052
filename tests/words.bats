#!/usr/bin/env bats
# What the documents say is what the filters do: every example is run, every option is described.
# shellcheck disable=SC2154 # stderr is set by run
load common

manual=("$root"/cmd/*.[1-9])
filters=(ft-ingest ft-clean ft-firsttouch ft-join ft-window ft-sink)

# ---- examples ----
#
# An example is a block (```console in Markdown, a literal display in mdoc). A line that begins with
# "$ " is a command, lines behind it that begin with two spaces go on with it, all others are what it
# prints. Blocks without a command are pictures.

# The blocks of DOCUMENT from their first command on.
examples() {
    awk -v markdown="$([[ $1 == *.md ]] && echo yes)" '
        markdown && /^```/ { block = $0 == "```console"; command = 0; next }
        !markdown && /^\.Bd -literal/ { block = 1; next }
        !markdown && /^\.Ed/ { block = command = 0; next }
        !markdown { gsub(/\\e/, "\\"); gsub(/\\&/, "") }
        block && /^\$ / { command = 1 }
        command' "$1"
}

# What COMMAND prints; its messages behind its output, for in a terminal they race with it.
show() {
    bash -c "$1" 2>messages || true # some examples are of failures
    cat messages
}

# The examples again, with what their commands print now.
replay() {
    local line command=
    while IFS= read -r line; do
        if [[ $command && $line == '  '* ]]; then
            command+=$'\n'$line
        else
            [[ ! $command ]] || show "$command" </dev/null
            command=
            [[ $line != '$ '* ]] || command=${line#'$ '}
        fi
        [[ ! $command ]] || printf '%s\n' "$line"
    done
    [[ ! $command ]] || show "$command" </dev/null
}

# Runs the examples of DOCUMENT in an empty folder, where they find the project's own commands.
keeps_its_word() {
    cp -R "$root/pipelines" .
    ln -s "${FT_BUILD:-$root/build}" build
    examples "$1" >said
    [ -s said ]
    replay <said >done_now
    diff -u said done_now
}

@test "README.md: every example prints what it says" {
    keeps_its_word "$root/README.md"
}

@test "pipelines/first-touch/README.md: every example prints what it says" {
    keeps_its_word "$root/pipelines/first-touch/README.md"
}

@test "pipelines/clickstream/README.md: every example prints what it says" {
    keeps_its_word "$root/pipelines/clickstream/README.md"
}

@test "pipelines/daily-facts/README.md: every example prints what it says" {
    keeps_its_word "$root/pipelines/daily-facts/README.md"
}

@test "ft-ingest(1): every example prints what it says" {
    keeps_its_word "$root/cmd/ft-ingest.1"
}

@test "ft-clean(1): every example prints what it says" {
    keeps_its_word "$root/cmd/ft-clean.1"
}

@test "ft-firsttouch(1): every example prints what it says" {
    keeps_its_word "$root/cmd/ft-firsttouch.1"
}

@test "ft-join(1): every example prints what it says" {
    keeps_its_word "$root/cmd/ft-join.1"
}

@test "ft-window(1): every example prints what it says" {
    keeps_its_word "$root/cmd/ft-window.1"
}

@test "ft-sink(1): every example prints what it says" {
    keeps_its_word "$root/cmd/ft-sink.1"
}

@test "ft-expressions(7): every example prints what it says" {
    keeps_its_word "$root/cmd/ft-expressions.7"
}

@test "ft-streams(5): every example prints what it says" {
    keeps_its_word "$root/cmd/ft-streams.5"
}

@test "firsttouch(7): every example prints what it says" {
    keeps_its_word "$root/cmd/firsttouch.7"
}

# The examples of ft-expressions(7): lines "EXPRESSION -> RESULT" in its displays.
expressions() {
    awk '/^\.Bd -literal/ { block = 1 } /^\.Ed/ { block = 0 } block && / +-> /' \
        "$root/cmd/ft-expressions.7" | sed 's/^\\&//; s/\\\[ss\]/ß/g; s/  *-> / -> /'
}

# What EXPRESSION comes to, as that page says it: "TYPE VALUE", "rejected: WHY" or "mistake: WHY".
result_of() {
    printf '%s\n' "$begin" \
        '{"_stream":"_schema","stream":"s","kind":"append","columns":[["x","any"]]}' \
        '{"_stream":"s"}' "$end" | ft-clean --from s --to made --select "$1 AS value" >lines 2>&1 || true
    sed -n 's/^ft-clean: --select, character [0-9]*: /mistake: /p' lines
    jq -r 'select(.reason) | .reason' <<<"$(grep '"_rejected"' lines)" |
        sed 's/^column value: /rejected: /'
    grep -q '"_rejected"' lines ||
        sed -n '/"stream":"made"/s/.*\["value","\([^"]*\)"\].*/\1/p
                s/^{"_stream":"made","value":\(.*\)}$/\1/p' lines | paste -sd' ' | sed '/^$/d'
}

@test "ft-expressions(7): every expression comes to what it says" {
    expressions >said
    [ "$(wc -l <said)" -ge 70 ]
    while IFS= read -r line; do
        echo "${line%% -> *} -> $(result_of "${line%% -> *}")"
    done <said >done_now
    diff -u said done_now
}

# ---- manual pages ----

@test "the manual pages are correct mdoc" {
    command -v mandoc >/dev/null || skip "there is no mandoc"
    run mandoc -T lint -W warning "${manual[@]}"
    [ "$output" = "" ]
    [ "$status" -eq 0 ]
}

@test "every filter has a manual page, and all have the same sections" {
    for source in "$root"/cmd/*.c; do
        page=${source%.c}.1
        sed -n 's/^\.Sh //p' "$page" | grep -vx -e ENVIRONMENT -e FILES >sections
        printf '%s\n' NAME SYNOPSIS DESCRIPTION 'INPUT AND OUTPUT' 'EXIT STATUS' EXAMPLES \
            DIAGNOSTICS 'SEE ALSO' | diff -u - sections
    done
}

@test "pages refer only to pages that are here, or that every system has" {
    sed -n 's/^\.Xr \([^ ]*\) \([1-9]\).*/\1.\2/p' "${manual[@]}" | sort -u >named
    while IFS= read -r page; do
        case $page in
        bash.1 | cat.1 | gzip.1 | jq.1 | psql.1 | pv.1 | read.2 | sqlite3.1 | tee.1) ;;
        *) [ -e "$root/cmd/$page" ] ;;
        esac
    done <named
}

@test "--help and the manual page of every filter have the same options" {
    for filter in "${filters[@]}"; do
        "$filter" --help | grep -oE '^ {2,6}(-[a-z], +)?--[a-z-]+' | grep -oE -- '--?[a-z-]+' |
            sort >in_help
        grep '^\.It Fl' "$root/cmd/$filter.1" | grep -oE 'Fl [a-z-]+' | sed 's/Fl /-/' |
            sort >in_page
        [ "$(wc -l <in_help)" -ge 7 ]
        diff -u in_help in_page
    done
}

@test "every option in --help is taken by the filter" {
    for filter in "${filters[@]}"; do
        "$filter" --help | grep -oE '^ {2,6}(-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+' >options
        while IFS= read -r option; do
            run "$filter" "$option=x" </dev/null
            [[ $output != *"there is no option"* ]]
        done <options
    done
}

@test "ft-streams(5) describes every member that a contract can have" {
    page=$root/cmd/ft-streams.5
    wrong() {
        echo "$1" >wrong.json
        run --separate-stderr ft-clean -c wrong.json </dev/null
        [ "$status" -eq 2 ]
        [[ $stderr == *'unknown member: write '* ]]
        sed 's/.*: write //; s/ or /, /g; s/, /\n/g' <<<"$stderr" >>members
    }
    wrong '{"x":1}'
    wrong '{"streams":{"s":{"x":1}}}'
    wrong '{"streams":{"s":{"time":{"x":1}}}}'
    wrong '{"streams":{"s":{"time":{"column":"t","unit":"s"},"freshness":{"x":1}}}}'
    wrong '{"streams":{"s":{"columns":[{"x":1}]}}}'
    [ "$(wc -l <members)" -ge 24 ]
    while IFS= read -r member; do
        grep -Eq "(^\.It Cm (.* , )?$member( ,.*)?$|^\.Cm $member( ,.*)?$)" "$page" ||
            { echo "not described: $member"; return 1; }
    done <members
}

@test "ft-streams(5) describes every column of _rejected" {
    echo '{"a":1}' >s.ndjson
    ft-ingest s=s.ndjson | ft-sink sqlite:all.db
    sqlite3 all.db "SELECT name FROM pragma_table_info('_rejected')" >columns
    [ "$(wc -l <columns)" -eq 10 ]
    while IFS= read -r column; do
        grep -Eq "^\.It Cm (.* , )?$column( ,.*)?$" "$root/cmd/ft-streams.5"
    done <columns
}

@test "ft-streams(5) describes every type that a contract can name" {
    echo '{"streams":{"s":{"columns":[{"name":"x","type":"varchar"}]}}}' >wrong.json
    run --separate-stderr ft-clean -c wrong.json </dev/null
    [ "$status" -eq 2 ]
    sed 's/.* is not a type: //; s/(s, ms.*//; s/ or /, /g; s/, /\n/g' <<<"$stderr" >types
    [ "$(wc -l <types)" -ge 8 ]
    while IFS= read -r type; do
        grep -Eq "^\.It Cm (.* , )?${type%%(*}" "$root/cmd/ft-streams.5"
    done <types
}

@test "the contract in README.md is one, and fits the sales of its example" {
    awk '/^```/ { inside = $0 == "```json"; next } inside' "$root/README.md" >shop.json
    echo '{"sale":"s1","ts":1767484800000,"customer":"ann","total":12.30}' >sale.ndjson
    ft-ingest -c shop.json sale=sale.ndjson | ft-clean -c shop.json | ft-sink - >done_now
    echo '{"sale":"s1","ts":"2026-01-04T00:00:00.000Z","customer":"ann","total":12.30}' | diff - done_now
}

# ---- the README's map ----

@test "README.md names only targets that make has" {
    grep -oE '(^    |`)make [a-z]+' "$root/README.md" | sed 's/.*make //' | sort -u >targets
    [ "$(wc -l <targets)" -ge 4 ]
    while IFS= read -r target; do
        grep -q "^$target:" "$root/Makefile"
    done <targets
}

@test "README.md names every filter and every module of lib" {
    for file in "$root"/cmd/*.c; do
        grep -Fq "| \`$(basename "$file" .c)\`" "$root/README.md"
    done
    sed -n '/^## The tree/,$p' "$root/README.md" >tree
    for file in "$root"/lib/*.h "$root"/lib/*.c; do
        module=$(basename "${file%.[ch]}")
        grep -Eq "(^|[^a-z_])$module([^a-z_]|$)" tree || { echo "not named: $module"; return 1; }
    done
}

@test "README.md links only to files that are there" {
    for document in "$root"/README.md "$root"/pipelines/*/README.md; do
        grep -oE '\]\([^)#]+' "$document" | sed 's/](//' | grep -v '^https:' >links || true
        while IFS= read -r link; do
            [ -e "$(dirname "$document")/$link" ]
        done <links
    done
}

@test "no line of the documents is longer than 100 columns, tables and output aside" {
    for document in "$root"/README.md "$root"/pipelines/*/README.md; do
        run awk '/^```/ { block = !block } !block && !/^\|/ && length > 100' "$document"
        [ "$output" = "" ]
    done
}
