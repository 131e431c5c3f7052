# firsttouch: `make demo` shows it, `make check` tests it, `make install` installs it.
# `make V=1` shows the commands.

VERSION = 0.1.0
PREFIX = /usr/local
DESTDIR =
BUILD = build
FUZZ_SECONDS = 60
RUNS = 5
EVENTS = 5000000
BENCH = first-touch clickstream
KILLS = 1000
EXPRESSIONS = 100000
SEED = 100

CC = gcc
# Link-time optimisation lets the scanner be inlined into its callers, and is worth a tenth of the
# speed. Only with gcc: clang's wants a linker and an archiver of its own, and clang is here for its
# warnings and its fuzzer.
LTO = $(if $(findstring clang,$(CC)),,-flto=auto)
AR = $(if $(LTO),gcc-ar,ar)
CFLAGS = -O2 -g $(LTO)
WARNINGS = -std=c11 -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wvla -Werror
CPPFLAGS = -Ilib -D_GNU_SOURCE -DFIRSTTOUCH_VERSION='"$(VERSION)"'
LDLIBS = -ljansson -lsqlite3 -lz

ifdef SANITIZE
BUILD := build/sanitize
LTO =
CFLAGS = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

FILTERS = $(patsubst cmd/%.c,$(BUILD)/%,$(wildcard cmd/*.c))
OBJECTS = $(patsubst lib/%.c,$(BUILD)/lib/%.o,$(wildcard lib/*.c))
LIBRARY = $(BUILD)/libfirsttouch.a
UNITS = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))
# What makes the input of pipelines at random, and what that shares.
RANDOM = $(addprefix $(BUILD)/random-,shop clickstream daily-facts)
SHARED = tests/oracle/odd.c tests/oracle/records.c
SQL = $(wildcard tests/oracle/sql*.c)
# The same for benches.
MADE = $(addprefix $(BUILD)/,shop clicks)
MAKING = tests/bench/making.c
TOOLS = $(patsubst %.c,$(BUILD)/%,$(notdir $(filter-out $(SHARED) $(SQL) $(MAKING),$(wildcard tests/*.c \
	tests/bench/*.c tests/kill/*.c tests/oracle/*.c)))) $(BUILD)/disk $(BUILD)/shim.so
FUZZERS = $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/*.c))
PAGES = $(wildcard cmd/*.[157])

Q = $(if $(V),,@)
AGAIN = +@$(MAKE) $(if $(V),,-s) --no-print-directory -j$$(nproc)

all: $(FILTERS)

# What the tests run besides the filters.
programs: $(FILTERS) $(UNITS) $(TOOLS)

$(BUILD)/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(WARNINGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(LIBRARY): $(OBJECTS)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

LINK = $(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(WARNINGS) $(CFLAGS) -MMD -MP -MT $@ -MF $@.d \
	-o $@ $< $(LIBRARY) $(LDFLAGS) $(LDLIBS)

$(BUILD)/%: cmd/%.c $(LIBRARY)
	$(LINK)

$(BUILD)/%: tests/%.c $(LIBRARY)
	$(LINK)

$(MADE): $(BUILD)/%: tests/bench/%.c $(MAKING) tests/bench/making.h
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(WARNINGS) $(CFLAGS) -o $@ $(filter %.c,$^)

$(BUILD)/%: tests/bench/%.c $(LIBRARY)
	$(LINK)

$(BUILD)/%: tests/kill/%.c $(LIBRARY)
	$(LINK)

$(BUILD)/%: tests/oracle/%.c $(LIBRARY)
	$(LINK)

$(RANDOM): $(BUILD)/%: tests/oracle/%.c $(SHARED) $(wildcard tests/oracle/*.h)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(WARNINGS) $(CFLAGS) -o $@ $(filter %.c,$^)

$(BUILD)/random-sql: tests/oracle/random-sql.c $(SQL) tests/oracle/odd.c $(wildcard tests/oracle/*.h)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(WARNINGS) $(CFLAGS) -o $@ $(filter %.c,$^)

$(BUILD)/%: tests/crash/%.c $(LIBRARY)
	$(LINK)

# Preloaded into the filters, so neither theirs nor sanitized.
$(BUILD)/shim.so: tests/crash/shim.c tests/crash/inject.c tests/crash/trace.c tests/crash/shim.h
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(WARNINGS) -O2 -g -fPIC -shared -o $@ $(filter %.c,$^)

-include $(wildcard $(BUILD)/*.d $(BUILD)/*/*.d)

# demo and check say what Debian packages are missing, and install them when they may.
demo:
	@tests/need build
	@echo "Building with $(CC)..."
	$(AGAIN) all build/shop
	@examples/demo

# With SANITIZE=1 only the sanitizers' build is tested; else that too.
check:
	@tests/need check
	+@tests/check $(if $(SANITIZE),sanitize)

# What tests/faults.bats takes samples of, which takes an hour.
check-faults: programs
	@tests/crash/sweep faults
	@tests/crash/sweep disks

# The long form of what tests/exactly-once.bats does a few times; KILL_LOG=FILE tells what happened.
check-kill: programs
	@FT_BUILD=$(abspath $(BUILD)) tests/kill/kill $(KILLS)

# With a real Kafka, whose jars come through Maven, and a real PostgreSQL; KILLS=200 is the long form.
check-kafka: KILLS = 30
check-kafka:
	@tests/need kafka
	@tests/kafka/broker fetch
	+@tests/check kafka $(KILLS)

# The long form of tests/expressions.bats; what is random follows from SEED and the numbers behind.
check-expressions: programs
	@FT_BUILD=$(abspath $(BUILD)) tests/oracle/expressions --long $(SEED) $(EXPRESSIONS)

# BENCH=clickstream runs that one alone.
bench: all $(MADE) $(BUILD)/measure
	@status=0; for bench in $(BENCH); do \
	    tests/bench/$$bench $(BUILD) $(RUNS) $(EVENTS) || status=$$?; \
	done; exit $$status

# Needs 20 GB of disk and a quarter of an hour; with EVENTS=5000000, a tenth of both.
bench-state: EVENTS = 50000000
bench-state: RUNS = 3
bench-state: all $(BUILD)/shop $(BUILD)/measure $(BUILD)/pace
	@tests/bench/state $(BUILD) $(RUNS) $(EVENTS)

# 50,000 records a second for half a minute, and as many as there can be, from Kafka to PostgreSQL.
bench-kafka: all $(BUILD)/shop $(BUILD)/pace
	@tests/need kafka
	@tests/kafka/broker fetch
	@tests/bench/kafka $(BUILD)

# Fuzzers are built by clang, with a library of their own; what they find is kept in build/fuzz.
ifdef FUZZING
$(BUILD)/%: tests/fuzz/%.c $(LIBRARY)
	$(LINK) -fsanitize=fuzzer
endif

fuzzers:
	$(AGAIN) FUZZING=1 BUILD=build/fuzz CC=clang LTO= CFLAGS="-O1 -g \
	    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" $(FUZZERS)

fuzz: fuzzers
	@for fuzzer in $(notdir $(FUZZERS)); do tests/fuzz/run $$fuzzer $(FUZZ_SECONDS) || exit; done

lint: lint-text
	clang-format --dry-run -Werror $(wildcard cmd/*.c lib/*.[ch] tests/*.c tests/*/*.[ch])

lint-text:
	shellcheck -x tests/need tests/check tests/fuzz/run tests/oracle/oracle tests/crash/sweep \
	    tests/oracle/expressions tests/kill/kill tests/kill/keyless/run .ci/run pipelines/*/run pipelines/*/kafka tests/kcat/kcat \
	    $(wildcard examples/demo examples/*.sh) \
	    $(addprefix tests/bench/,first-touch clickstream note state kafka) \
	    $(addprefix tests/kafka/,broker kill produce scatter)
# They have variables of each other's.
	shellcheck -e SC2154,SC2034 tests/*.bats tests/*/*.bats tests/*.bash tests/*/*.bash pipelines/*.bash
	$(if $(PAGES),mandoc -T lint -W warning $(PAGES))

bin = $(DESTDIR)$(PREFIX)/bin
man = $(DESTDIR)$(PREFIX)/share/man
share = $(DESTDIR)$(PREFIX)/share/firsttouch

install: all
	install -D -t $(bin) $(FILTERS)
	for page in $(PAGES); do install -D -m 644 -t $(man)/man$${page##*.} $$page; done
	find pipelines -type f -exec install -D -m 644 {} $(share)/{} \;
	chmod 755 $(share)/pipelines/*/run $(share)/pipelines/*/kafka

uninstall:
	rm -f $(addprefix $(bin)/,$(notdir $(FILTERS)))
	rm -f $(foreach page,$(PAGES),$(man)/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))
	rm -rf $(share)

clean:
	rm -rf build

.PHONY: all programs demo check check-kill check-kafka check-faults check-expressions bench \
	bench-state bench-kafka fuzzers fuzz lint lint-text install uninstall clean
