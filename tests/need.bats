# shellcheck disable=SC2016 # commands inside commands
# tests/need: what is missing is named, and installed where that is allowed.

load common

# An empty PATH but for the tools that `need` itself uses, and compilers that find no header.
setup() {
    cd "$BATS_TEST_TMPDIR" || return
    mkdir bin
    ln -s "$(command -v env)" "$(command -v bash)" bin/
    printf '#!/bin/bash\nexit 1\n' >bin/gcc
    printf '#!/bin/bash\n[[ $1 != -n ]] || shift\n[[ -e allowed ]] && "$@"\n' >bin/sudo
    printf '#!/bin/bash\n[[ -e known ]]\n' >bin/apt-cache
    printf '#!/bin/bash\necho "$*" >>calls\n[[ $1 != update ]] || : >known\n' >bin/apt-get
    chmod +x bin/*
}

# As somebody who is not root; bash cannot be told who it is, so the script is.
need() {
    sed 's/EUID == 0/0/' "$root/tests/need" >need
    PATH=$PWD/bin bash need "$@"
}

build='make libc6-dev libjansson-dev libsqlite3-dev libpq-dev zlib1g-dev sqlite3'

@test "what is missing stands in a line to paste, and need stops there" {
    run -1 --separate-stderr need build
    [ "$stderr" = "need: missing here; on Debian this installs it:

    apt-get install -y $build" ]
    [ ! -e calls ]
}

@test "check needs more: bats, a fuzzer for the clang that comes, jq, logrotate, mandoc, shellcheck" {
    run -1 --separate-stderr need check
    [[ $stderr == *"    apt-get install -y $build bats clang libclang-rt-dev jq logrotate mandoc shellcheck"* ]]
}

@test "the fuzzer is of the version of the clang that is there" {
    printf '#!/bin/bash\n[[ $1 == -dumpversion ]] && echo 19.1.7\n' >bin/clang
    chmod +x bin/clang
    run -1 --separate-stderr need check
    [[ $stderr == *" bats libclang-rt-19-dev jq "* ]]
}

@test "where sudo asks for nothing the line is run, with fresh package lists when there are none" {
    touch allowed
    run -1 --separate-stderr need build # the stubs install nothing
    [ "$(cat calls)" = "update
install -y $build" ]
    [[ $stderr == *"need: still missing: $build" ]]
    rm calls
    run -1 need build
    [ "$(cat calls)" = "install -y $build" ]
}

@test "a failed install is tried again with fresh package lists" {
    touch allowed known
    printf '#!/bin/bash\necho "$*" >>calls\n[[ $1 == update || $(wc -l <calls) -gt 1 ]]\n' >bin/apt-get
    ln -s "$(command -v wc)" bin/
    run -1 need build
    [ "$(cat calls)" = "install -y $build
update
install -y $build" ]
}

@test "nothing missing: nothing said, no package tool called" {
    printf '#!/bin/bash\nexit 0\n' >bin/gcc
    cp bin/gcc bin/make
    cp bin/gcc bin/sqlite3
    run -0 need build
    [ "$output" = "" ]
    [ ! -e calls ]
}

@test "a real Kafka needs Maven and a Java to run" {
    run -1 --separate-stderr need kafka
    [[ $stderr == *"    apt-get install -y $build bats kcat default-jre-headless maven"* ]]
}

@test "anything but build, check or kafka is a mistake" {
    run -2 need everything
    [ "$output" = "usage: need build|check|kafka" ]
    run -2 need
}
