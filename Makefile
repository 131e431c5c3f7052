# firsttouch: `make demo` shows it, `make check` tests it, `make install` installs it.

VERSION = 0.1.0
PREFIX = /usr/local
BUILD = build
CC = gcc
CFLAGS = -O2 -g -flto=auto
WARNINGS = -std=c11 -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wvla -Werror
CPPFLAGS = -Ilib -D_GNU_SOURCE -DFIRSTTOUCH_VERSION='"$(VERSION)"'
LDLIBS = -ljansson -lsqlite3 -lz

ifdef SANITIZE
BUILD := $(BUILD)/sanitize
CFLAGS = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

FILTERS = $(patsubst cmd/%.c,$(BUILD)/%,$(wildcard cmd/*.c))
OBJECTS = $(patsubst lib/%.c,$(BUILD)/lib/%.o,$(wildcard lib/*.c))
LIBRARY = $(BUILD)/libfirsttouch.a

all: $(FILTERS)

# V=1 shows the commands.
Q = $(if $(V),,@)

$(BUILD)/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(WARNINGS) $(CFLAGS) -MMD -c -o $@ $<

$(LIBRARY): $(OBJECTS)
	@rm -f $@
	$(Q)gcc-ar rcs $@ $^

$(BUILD)/%: cmd/%.c $(LIBRARY)
	$(Q)$(CC) $(CPPFLAGS) $(WARNINGS) $(CFLAGS) -MMD -MF $@.d -o $@ $< $(LIBRARY) $(LDFLAGS) $(LDLIBS)

-include $(wildcard $(BUILD)/*.d $(BUILD)/*/*.d)

clean:
	rm -rf build

.PHONY: all clean
