-- The tables of the first schema of a PostgreSQL server, for sqlite3: values as ft-sink writes them
-- into SQLite.
CREATE FUNCTION pg_temp.literal(text) RETURNS text LANGUAGE sql AS
    $$ SELECT '''' || replace($1, '''', '''''') || '''' $$;
CREATE FUNCTION pg_temp.literal(bigint) RETURNS text LANGUAGE sql AS $$ SELECT $1::text $$;
CREATE FUNCTION pg_temp.literal(boolean) RETURNS text LANGUAGE sql AS $$ SELECT $1::int::text $$;
CREATE FUNCTION pg_temp.literal(numeric) RETURNS text LANGUAGE sql AS
    $$ SELECT pg_temp.literal($1::text) $$;
CREATE FUNCTION pg_temp.literal(date) RETURNS text LANGUAGE sql AS
    $$ SELECT pg_temp.literal(to_char($1, 'YYYY-MM-DD')) $$;
CREATE FUNCTION pg_temp.literal(jsonb) RETURNS text LANGUAGE sql AS
    $$ SELECT pg_temp.literal($1::text) $$;
CREATE FUNCTION pg_temp.literal(timestamptz) RETURNS text LANGUAGE sql AS
    $$ SELECT pg_temp.literal(to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) $$;

CREATE TEMP VIEW shape AS
SELECT table_name, column_name, ordinal_position AS place
FROM information_schema.columns
WHERE table_schema = current_schema() AND NOT starts_with(table_name, '_firsttouch_');

SELECT format('CREATE TABLE "%s" (%s);', table_name,
              string_agg(format('"%s"', column_name), ', ' ORDER BY place))
FROM shape
GROUP BY table_name;

-- For each table the query that prints its rows, and these queries run.
SELECT format('SELECT %L || concat_ws('', '', %s) || '');'' FROM %I',
              format('INSERT INTO "%s" VALUES (', table_name),
              string_agg(format('coalesce(pg_temp.literal(%I), ''NULL'')', column_name), ', '
                         ORDER BY place),
              table_name)
FROM shape
GROUP BY table_name
\gexec
