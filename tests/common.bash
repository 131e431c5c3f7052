# What every test file loads: the built filters first on PATH, an empty folder of its own to work in.
bats_require_minimum_version 1.5.0
root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
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
