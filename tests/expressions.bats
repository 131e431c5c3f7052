# shellcheck disable=SC2030,SC2031,SC2154 # run sets status and output
# Expressions and aggregates against PostgreSQL, which is asked about the same random ones. `make
# check-expressions` goes on for as long as one likes.

load common

# Asks about $1 expressions from seed $2 on, with the options "${@:3}". The sanitizers' filters are
# slow to start, and there is one start for each expression that is refused somewhere.
agrees() {
    local count=$1
    [[ ${FT_BUILD-} != *sanitize* ]] || count=$((count / 8))
    run -0 "$root/tests/oracle/expressions" "${@:3}" "$2" "$count"
    [[ $output == "$count expressions, "*" of them refusals, 0 differ" ]]
    [[ ! $output =~ " 0 of them refusals" ]]
}

@test "ft-clean computes what PostgreSQL does, and refuses the rows that it refuses" {
    agrees 1500 1
}

@test "a week is an hour shorter in Paris where PostgreSQL says so, and a midnight skipped in Brazil" {
    agrees 400 2 --window Europe/Paris
    agrees 400 3 --window America/Sao_Paulo
}

@test "ft-window has PostgreSQL's aggregates, without the rows that have no argument for them" {
    agrees 1000 4 --group UTC
}

# Asks about 30 expressions when ft-clean is the script $1, in which BUILD is where the filters are.
mislead() {
    local build=${FT_BUILD:-$root/build}
    rm -rf wrong
    mkdir wrong
    ln -s "$build"/* wrong/
    rm wrong/ft-clean
    printf '#!/bin/bash\nset -o pipefail\n%s\n' "${1//BUILD/$build}" >wrong/ft-clean
    chmod +x wrong/ft-clean
    run -1 env FT_BUILD="$PWD/wrong" "$root/tests/oracle/expressions" 1 30
    [[ $output == *"30 expressions, 720 answers, "*" of them refusals, "*" differ" ]]
    [[ $output != *", 0 differ" ]]
}

@test "a wrong answer would be told, with the expression in both dialects; and what is not answered" {
    mislead 'BUILD/ft-clean "$@" | sed "s/:true/:false/"'
    [[ $output == *"ours: "*"theirs: "*"< "*"> "* ]]
    mislead 'BUILD/ft-clean "$@" | sed "/_rejected/d"'
    mislead 'BUILD/ft-clean "$@" | sed "s/decimal([0-9]*,/decimal(1,/"'
    [[ $output == *" has more than 1 digits"* ]]
    mislead 'exit 3'
    [[ $output == *"status 3 "*" 30 differ" ]]
}
