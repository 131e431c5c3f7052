-- What PostgreSQL has to say to the expressions of random-sql, for `postgres --single -j`: a
-- command ends with a semicolon and an empty line. The rows come behind this, then ask.sql.

-- A number as we have them: of at most 38 digits.
CREATE FUNCTION ft_fit(x numeric) RETURNS numeric LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    IF scale(x) > 38 OR abs(x) >= ('1e' || (38 - scale(x)))::numeric THEN
        RAISE numeric_value_out_of_range;
    END IF;
    RETURN x;
END $$;

-- A quotient: exact, then rounded half up, away from zero, to max(6, both scales) digits.
-- (PostgreSQL's own has some sixteen digits, and to round it is to round twice.)
CREATE FUNCTION ft_quotient(a numeric, b numeric) RETURNS numeric LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    digits int := greatest(6, scale(a), scale(b));
    quotient numeric;
BEGIN
    IF b = 0 THEN
        RAISE division_by_zero;
    END IF;
    quotient := div(abs(a) * 2 * ('1e' || digits)::numeric + abs(b), abs(b) * 2);
    RETURN ft_fit(round(sign(a) * sign(b) * quotient * ('1e-' || digits)::numeric, digits));
END $$;

-- CAST of a text: the whole of it, or none.
CREATE FUNCTION ft_number(x text) RETURNS numeric LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    IF x !~ '^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$' THEN
        RAISE invalid_text_representation;
    END IF;
    RETURN ft_fit(x::numeric);
END $$;

CREATE FUNCTION ft_boolean(x text) RETURNS boolean LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    IF lower(x) NOT IN ('true', 'false') THEN
        RAISE invalid_text_representation;
    END IF;
    RETURN lower(x) = 'true';
END $$;

CREATE FUNCTION ft_date(x text) RETURNS date LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    IF x !~ '^\d\d\d\d-\d\d-\d\d$' THEN
        RAISE invalid_datetime_format;
    END IF;
    RETURN x::date;
END $$;

CREATE FUNCTION ft_timestamp(x text) RETURNS timestamptz LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    IF x !~ '^\d\d\d\d-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?$' AND
       x !~ '^\d\d\d\d-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$' THEN
        RAISE invalid_datetime_format;
    END IF;
    RETURN x::timestamptz;
END $$;

-- Epoch milliseconds, there and back.
CREATE FUNCTION ft_ms(x timestamptz) RETURNS bigint LANGUAGE sql STABLE STRICT AS
    'SELECT (extract(epoch FROM x) * 1000)::bigint';

CREATE FUNCTION ft_moment(ms bigint) RETURNS timestamptz LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    RETURN (timestamp '1970-01-01' + (ms / 86400000) * interval '1 day' +
            (ms % 86400000) * interval '1 millisecond') AT TIME ZONE 'UTC';
END $$;

CREATE FUNCTION ft_rfc3339(x timestamptz) RETURNS text LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    RETURN to_char(x AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
END $$;

-- Whole units of ELAPSED milliseconds, or between what the clocks show.
CREATE FUNCTION ft_units(unit text, elapsed bigint, a timestamp, b timestamp) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    shown bigint := (extract(epoch FROM a) - extract(epoch FROM b)) * 1000;
    months bigint := extract(year FROM age(a, b)) * 12 + extract(month FROM age(a, b));
BEGIN
    RETURN CASE unit WHEN 'MILLISECOND' THEN elapsed WHEN 'SECOND' THEN elapsed / 1000
           WHEN 'MINUTE' THEN elapsed / 60000 WHEN 'HOUR' THEN elapsed / 3600000
           WHEN 'DAY' THEN shown / 86400000 WHEN 'WEEK' THEN shown / (7 * 86400000)
           WHEN 'MONTH' THEN months WHEN 'QUARTER' THEN months / 3 WHEN 'YEAR' THEN months / 12 END;
END $$;

CREATE FUNCTION ft_difference(unit text, a timestamptz, b timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    RETURN ft_units(unit, ft_ms(a) - ft_ms(b), a::timestamp, b::timestamp);
END $$;

CREATE FUNCTION ft_difference(unit text, a date, b date) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    RETURN ft_units(unit, (a - b) * 86400000::bigint, a::timestamp, b::timestamp);
END $$;

-- COLLECT(DISTINCT x) of what x is as text, which in JSON is QUOTED or not.
CREATE FUNCTION ft_collect(x text[], quoted boolean) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT '[' || coalesce(string_agg(CASE WHEN quoted THEN to_json(t)::text ELSE t END, ','
                                      ORDER BY t COLLATE "C"), '') || ']'
    FROM unnest(x) AS t WHERE t IS NOT NULL
$$;

-- A value as JSON: as ft-clean writes it.
CREATE FUNCTION ft_json(x text) RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT coalesce(to_json(x)::text, 'null') $$;

CREATE FUNCTION ft_json(x numeric) RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT coalesce(x::text, 'null') $$;

CREATE FUNCTION ft_json(x bigint) RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT coalesce(x::text, 'null') $$;

CREATE FUNCTION ft_json(x boolean) RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT coalesce(x::text, 'null') $$;

CREATE FUNCTION ft_json(x date) RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT coalesce('"' || to_char(x, 'YYYY-MM-DD') || '"', 'null') $$;

CREATE FUNCTION ft_json(x timestamptz) RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT coalesce(ft_ms(x)::text, 'null') $$;

-- The columns that begin with z are zeros of their types (see random-sql.c).
CREATE TABLE rows (id bigint, i bigint, n bigint, d numeric(10,2), w numeric(38,10), u numeric,
                   s text, p text, b boolean, day date, m timestamptz, r timestamptz,
                   zi bigint DEFAULT 0, zn numeric DEFAULT 0, zt text DEFAULT '',
                   yes boolean DEFAULT true, zd date DEFAULT '1970-01-01',
                   zm timestamptz DEFAULT '1970-01-01Z', zv interval DEFAULT '0');

CREATE TABLE asked (number int, kind text, scale int, arguments text, sql text);

-- ID is that of a row or the n of a group; or "r" and that of a row that its group is without.
CREATE TABLE answers (number int, id text, answer text);

-- Asks SQL for many rows; true when there are answers.
CREATE FUNCTION answered(number int, sql text, id text, rest text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO answers SELECT %s, %s, %s FROM rows %s', number, id, sql, rest);
    RETURN true;
EXCEPTION WHEN data_exception THEN
    RETURN false;
END $$;

-- The same where a failure is the answer, of ID.
CREATE PROCEDURE answer(number int, sql text, id text, rest text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO answers SELECT %s, %L, %s FROM rows %s', number, id, sql, rest);
EXCEPTION WHEN data_exception THEN
    INSERT INTO answers VALUES (number, id, 'error ' || SQLSTATE);
END $$;

-- Asks for all rows at once, and where that fails for one after the other.
CREATE PROCEDURE ask(number int, sql text) LANGUAGE plpgsql AS $$
DECLARE
    one int;
BEGIN
    IF NOT answered(number, sql, 'id', '') THEN
        FOR one IN SELECT id FROM rows LOOP
            CALL answer(number, sql, one::text, 'WHERE id = ' || one);
        END LOOP;
    END IF;
END $$;

-- A row for which an argument has no value is none of its group.
CREATE PROCEDURE ask_groups(number int, sql text, arguments text) LANGUAGE plpgsql AS $$
DECLARE
    one bigint;
    good text := 'WHERE true';
    same text := 'GROUP BY n, zi, zn, zt, yes, zd, zm, zv';
BEGIN
    CALL ask(number, CASE arguments WHEN '' THEN 'NULL' ELSE format('left(concat(%s), 0)', arguments) END);
    DELETE FROM answers a WHERE a.number = ask_groups.number AND coalesce(answer, '') = '';
    UPDATE answers a SET id = 'r' || id WHERE a.number = ask_groups.number;
    SELECT good || coalesce(' AND id NOT IN (' || string_agg(substr(id, 2), ', ') || ')', '') INTO good
    FROM answers a WHERE a.number = ask_groups.number;
    IF NOT answered(number, sql, $n$coalesce(n::text, 'null')$n$, good || ' ' || same) THEN
        FOR one IN EXECUTE 'SELECT n FROM rows ' || good || ' GROUP BY n' LOOP
            CALL answer(number, sql, coalesce(one::text, 'null'),
                        format('%s AND n IS NOT DISTINCT FROM %L %s', good, one, same));
        END LOOP;
    END IF;
END $$;

