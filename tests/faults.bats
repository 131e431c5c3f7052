# Calls that fail, one at a time, and power cuts: the pipeline goes on from whatever is left.
# tests/crash/sweep tries them; here is a sample of what `make check-faults` does.
# shellcheck disable=SC2154 # stderr is set by run
load common
sweep=$root/tests/crash/sweep

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    [[ ${FT_BUILD:-build} != *sanitize* ]] || skip 'sanitizers want nothing preloaded'
}

@test "a run in which a call fails ends right or says so, and the next one ends right" {
    TMPDIR=$BATS_TEST_TMPDIR "$sweep" --short faults
}

@test "after a power cut, whatever it leaves on the disk, the next run ends right" {
    TMPDIR=$BATS_TEST_TMPDIR "$sweep" --short disks
}

@test "what ft-sink --committed cannot look at is no database without epochs" {
    : >file
    run -3 --separate-stderr ft-sink --committed sqlite:file/mart.db
    [ "$output" = '' ]
    [ "$stderr" = 'ft-sink: sqlite:file/mart.db: Not a directory' ]
}

# ---- the tools themselves ----

shim() {
    LD_PRELOAD=${FT_BUILD:-$root/build}/shim.so "$@"
}

@test "the shim makes the n-th call fail, once, in one process, and says where" {
    export SHIM_CALL=mkdir SHIM_ERRNO=ENOSPC SHIM_N=2 SHIM_PROGRAM=mkdir SHIM_MARK=$PWD/mark
    shim mkdir a
    [ ! -e mark ]
    run -1 --separate-stderr shim mkdir b c d
    [[ $stderr == *c*"No space left on device" ]]
    [ "$(echo [a-d])" = 'a b d' ]
    grep -qE '^mkdir [0-9]+: mkdir 2$' mark
    shim mkdir e f
    rm mark
    SHIM_FOREVER=1 run -1 shim mkdir g h i
    [ "$(echo [g-i])" = g ]
    rm -f mark
    SHIM_ARGUMENT=j run -1 shim mkdir jj kk
    rm mark
    SHIM_ARGUMENT=x run -0 shim mkdir j k
    SHIM_ARGUMENT='!l' run -0 shim mkdir ll mm
    SHIM_PROGRAM=other run -0 shim mkdir l m
}

# A record that `disk` reads: what is done to which file of which number, and the bytes.
record() {
    printf '%s %s %s %s %s\n%s\n' "$1" "$2" "$3" "${#5}" "$4" "$5"
}

# What is on the disk after record K in MODE: each name with what is in it.
left() {
    rm -rf disk
    mkdir disk
    disk trace "$1" "$2" disk "${3-0}"
    (cd disk && for file in *; do [ ! -f "$file" ] || echo "$file=$(tr '\0' 0 <"$file")"; done) | xargs
}

@test "a disk after a power cut has what was synced, and of the rest what the mode says" {
    {
        record make 7 0 a ''
        record write 7 0 a one
        record sync 7 0 a ''
        record write 7 3 a two
        record sync 0 0 . ''
        record make 8 0 b.new ''
        record write 8 0 b.new next
        record rename 0 0 b.new b
        record sync 0 0 . ''
        record sync 8 0 b ''
        record write 8 4 b '!'
        record remove 0 0 a ''
        record cut 8 2 b ''
    } >trace
    [ "$(left 0 kept)" = '' ]
    [ "$(left 3 lost)" = '' ] # its bytes are there, but not its name
    [ "$(left 3 renamed)" = 'a=one' ]
    [ "$(left 4 kept)" = 'a=onetwo' ]
    [ "$(left 4 renamed)" = 'a=one' ]
    [ "$(left 4 zeroed)" = 'a=one000' ]
    [ "$(left 5 lost)" = 'a=one' ]
    [ "$(left 8 lost)" = 'a=one' ]
    [ "$(left 8 kept)" = 'a=onetwo b=next' ]
    [ "$(left 8 renamed)" = 'a=one b=' ]
    [ "$(left 8 zeroed)" = 'a=one000 b=0000' ]
    [ "$(left 9 lost)" = 'a=one b=' ]
    [ "$(left 12 lost)" = 'a=one b=next' ]
    [ "$(left 12 kept)" = 'b=next!' ]
    [ "$(left 13 kept)" = 'b=ne' ]
    # some of it: never less than was synced, nothing that was not written, and zeros between
    for seed in {1..60}; do
        left 8 some "$seed"
    done | sort -u >found
    run grep -vxE 'a=one(two|000)?( b(\.new)?=(next|0000)?)?' found
    [ "$output" = '' ]
    [ "$(wc -l <found)" -gt 10 ]
}

@test "of a long write some sectors reach the disk, and some do not" {
    {
        record make 7 0 a ''
        record write 7 256 a "$(printf '%04096d' 0 | tr 0 x)"
    } >trace
    for seed in {1..60}; do
        left 2 some "$seed" | tr -s 0x
    done >found
    [ "$(grep -c -x 'a=0x' found)" -gt 5 ]
    [ "$(grep -c 'x0x' found)" -gt 5 ]
}

@test "a trace has all that is done to files below a directory, in order" {
    export SHIM_TRACE=$PWD/trace SHIM_ROOT=$PWD/disk
    mkdir disk
    shim mkdir disk/d
    printf 12345 | shim dd of=disk/d/f bs=3 conv=fsync status=none
    printf 67 | shim dd of=disk/d/f bs=1 seek=6 conv=notrunc status=none
    shim truncate -s 7 disk/d/f
    shim sync disk/d
    printf 1 | shim dd of=elsewhere status=none
    shim rm disk/d/f
    unset SHIM_TRACE SHIM_ROOT
    disk trace | cut -d ' ' -f 2- >listed
    diff - listed <<'END'
mkdir d 0 0
make d/f 0 0
write d/f 0 3
write d/f 3 2
sync d/f 0 0
write d/f 6 1
write d/f 7 1
cut d/f 7 0
sync d 0 0
remove d/f 0 0
END
    mkdir again
    disk trace 9 kept again
    [ "$(tr '\0' 0 <again/d/f)" = 1234506 ]
}
