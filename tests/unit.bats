# The library's modules, each by a program of its own that says what it found wrong.

load common

unit() {
    cd "$root" || return
    "${FT_BUILD:-$root/build}/unit/$1"
}

@test "aggregates are exact in any order of records, and say what they cannot tell" {
    unit aggregate
}

@test "arithmetic is exact up to 38 digits, and says when it needs more" {
    unit arithmetic
}

@test "contracts are read, and every mistake in one is explained" {
    unit contract
}

@test "decimals are exact, and too large or too fine ones are refused" {
    unit decimal
}

@test "of each key the first in time is kept, as a look through lists of all says" {
    unit dedup
}

@test "durations are read whole or refused, and written in the largest exact unit" {
    unit duration
}

@test "the fast loops give what plain loops give, at every length" {
    unit fast
}

@test "packed fields come back as they were, and keys keep their values apart" {
    unit fields
}

@test "what waits comes out in the order of time, then of key, then of arrival" {
    unit heap
}

@test "JSON is accepted where it is valid, and refused with reason and place where it is not" {
    unit json
}

@test "a layout finds the same values whatever shapes it has seen before" {
    unit layout
}

@test "a map keeps what was added and not removed, also while it is gone through" {
    unit map
}

@test "messages are the same wherever their text is cut, and there when they are whole" {
    unit messages
}

@test "rows of a portion are found by number, and refused ones taken out" {
    unit portion
}

@test "a queue gives things in the order in which they came" {
    unit queue
}

@test "schemas come back from their line as they were" {
    unit schema
}

@test "windows and sessions have the bounds of their time, also where clocks change" {
    unit spans
}

@test "what was sent comes back block by block, from memory and from the file" {
    unit spool
}

@test "lists of columns are read, and a mistake is pointed at" {
    unit take
}

@test "of a key's rows those of its timeline are found, as a look through lists of all says" {
    unit timelines
}

@test "moments are read in every form, and local ones by real time zones" {
    unit timestamp
}

@test "a set of texts has each of them once, however many there are" {
    unit texts
}

@test "the text of an expression falls into words, names, numbers, texts and signs" {
    unit tokens
}

@test "totals are exact whatever their size, and averages rounded once" {
    unit total
}

@test "the first touch is the one that a search through all of them finds" {
    unit touches
}

@test "a value is of its column's type or it is said why not" {
    unit type
}

@test "windows fire once and in order, and sessions do not depend on arrival" {
    unit windows
}

@test "a zone's days are told apart by their first midnights, whatever its clocks do" {
    unit zone
}
