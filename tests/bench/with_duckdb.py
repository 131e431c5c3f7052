"""What the benches share that ask DuckDB. A stream is a file of NDJSON: DIR/STREAM.ndjson."""

import sys

try:
    import duckdb
except ImportError:
    sys.exit(f"{sys.argv[0]}: no module duckdb: pip install duckdb")


def quote(text):
    return "'" + text.replace("'", "''") + "'"


def rfc3339(time):
    """SQL that spells a TIMESTAMP as ft-sink does."""
    return f"strftime({time}, '%Y-%m-%dT%H:%M:%S.%gZ')"


def read(directory, stream, columns):
    """The read_json call that reads these columns (SQL types by name), and no others."""
    kinds = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
    path = quote(f"{directory}/{stream}.ndjson")
    return f"read_json({path}, format = 'newline_delimited', columns = {{{kinds}}})"


def run(answer):
    """Calls ANSWER(connection, DIR, OUT) with what `SCRIPT DIR OUT [THREADS]` says."""
    name = sys.argv[0].rpartition("/")[2]
    if len(sys.argv) not in (3, 4) or not "".join(sys.argv[3:] or ["2"]).isdigit():
        sys.exit(f"usage: {name} DIR OUT [THREADS]")
    directory, out = sys.argv[1:3]
    threads = int(sys.argv[3]) if len(sys.argv) == 4 else 2
    print(f"DuckDB {duckdb.__version__}, {threads} threads", file=sys.stderr)
    try:
        with duckdb.connect(
            config={"threads": threads, "preserve_insertion_order": False}
        ) as connection:
            answer(connection, directory, out)
    except (duckdb.Error, OSError) as error:
        sys.exit(f"{name}: {error}")
