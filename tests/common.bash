# What every test file loads: the built filters first on PATH, an empty folder of its own to work in.
bats_require_minimum_version 1.5.0
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export PATH="${FT_BUILD:-$root/build}:$PATH"
export LC_ALL=C TZ=UTC
unset FT_CONTRACT FT_STATE SOURCE_DATE_EPOCH

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# The control lines around hand-written tagged lines.
begin='{"_stream":"_begin","version":1,"pipeline":null,"stage":0,"bounded":true,"restore":null}'
end='{"_stream":"_watermark","_ts":9007199254740991}
{"_stream":"_barrier","epoch":1}
{"_stream":"_end"}'

# "$1", which was meant to be "$2".
is() {
    diff -u <(printf '%s\n' "$2") <(printf '%s\n' "$1")
}

# Waits until the command succeeds, for up to 15 s.
poll() {
    local try
    for ((try = 0; try < 1500; try++)); do
        ! eval "$1" || return 0
        sleep 0.01
    done
    echo "waited in vain: $1"
    return 1
}

# ---- a run that goes on ----

# The begin of a run that goes on from EPOCH.
goes_on() {
    jq -c --argjson epoch "$1" '.pipeline = "7f3a9c" | .restore = $epoch' <<<"$begin"
}

# A state directory, as ft-ingest makes it.
make_state() {
    rm -rf state
    mkdir -m 700 state
}

# The lines of FILE up to the barrier of EPOCH.
up_to() {
    sed "/^{\"_stream\":\"_barrier\",\"epoch\":$2[,}]/q" "$1"
}

# What ft-ingest writes when it goes on behind the barrier of EPOCH in FILE: schemas, the last
# watermark, the rest.
behind() {
    goes_on "$2"
    grep '"_schema"' "$1"
    up_to "$1" "$2" | grep '"_watermark"' | tail -n 1
    sed "1,/^{\"_stream\":\"_barrier\",\"epoch\":$2[,}]/d" "$1"
}

# Without the lines that each run begins with, and the last of one that dies.
body() {
    grep -v '"_begin"\|"_schema"\|"_died"'
}
