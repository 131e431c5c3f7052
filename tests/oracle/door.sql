-- What is true of the lines of every pipeline: which of them are records, and which of these are
-- used. tests/oracle/oracle loads
--
--     raw (stream TEXT, source INTEGER, line INTEGER, text TEXT)
--
-- the lines of the files; those of a stream's source 0 are numbered from 1 on, those of source 1 from
-- 1000000001 on, and so forth. The file that reads this one has said of the streams
--
--     stream (name, time_column, lag_ms, upsert, always)     time_column null: a table; always: a
--                                                            row without a time was true for ever
--     contract (stream, name, type, required)                type: string, int, boolean, or the
--                                                            digits p of a decimal(p,2)
--
-- and finds here
--
--     record (stream, source, line, json)    the lines that are not empty
--     refusal (stream, line, by)             by: late, ingest, clean
--     clean (stream, line, json, ts)         the records that were not refused; ts is null in
--                                            tables, and where it was true for ever
--     amount (stream, line, name, cents, text)   the decimals: as integers, and in full
--     moment (ms, text)                      the times of clean records; the pipeline's own SQL adds
--                                            what else it writes down

-- Records: what is left of the lines without byte order mark, carriage returns and empty lines.
CREATE TABLE record AS
SELECT stream, source, line,
       CASE line % 1000000000 WHEN 1 THEN ltrim(text, char(65279)) ELSE text END AS json
FROM raw
WHERE trim(text, char(13)) NOT IN ('', char(65279));

-- The door. A time is an integer of 64 bits; one outside 1990..2200 that falls inside as seconds,
-- micro- or nanoseconds has been written in the wrong unit. A record whose time is good moves the
-- watermark of its source, whatever else is wrong with it; late ones never exceed it, so they need no
-- exception. The watermark of all is never above that of a source, unless this one was idle. What was
-- true for ever is late behind the first record with a time.
CREATE TABLE door AS
WITH timed AS (
    SELECT r.stream, source, line, json, lag_ms,
           time_column IS NULL
           OR (always AND coalesce(json_type(json, '$.' || time_column), 'null') = 'null')
               AS is_timeless,
           CASE WHEN json_type(json, '$.' || time_column) = 'integer'
                THEN json_extract(json, '$.' || time_column) END AS ts,
           json_type(json, '$._stream') IS NOT NULL OR json_type(json, '$._ts') IS NOT NULL
           OR (json_type(json, '$._op') IS NOT NULL
               AND NOT (upsert AND json_extract(json, '$._op') IS 'delete')) AS reserved
    FROM record AS r
    JOIN stream AS s ON s.name = r.stream
), judged AS (
    SELECT stream, source, line, json, lag_ms, is_timeless, ts,
           NOT reserved AND (is_timeless OR (
               typeof(ts) = 'integer'
               AND (ts BETWEEN 631152000000 AND 7258118399999
                    OR NOT (ts * 1000 BETWEEN 631152000000 AND 7258118399999
                            OR ts / 1000 BETWEEN 631152000000 AND 7258118399999
                            OR ts / 1000000 BETWEEN 631152000000 AND 7258118399999)))) AS good
    FROM timed
)
SELECT stream, line, json, is_timeless, ts, good,
       max(CASE WHEN good THEN ts END) OVER (
           PARTITION BY stream, source ORDER BY line
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
       ) - lag_ms - 1 AS watermark
FROM judged;

CREATE TABLE refusal AS
SELECT stream, line, CASE WHEN good THEN 'late' ELSE 'ingest' END AS "by"
FROM door
WHERE NOT good OR CASE WHEN is_timeless THEN watermark IS NOT NULL ELSE ts <= watermark END;

CREATE UNIQUE INDEX refusal_index ON refusal (stream, line);

CREATE TABLE passed AS
SELECT stream, line, json, ts
FROM door
WHERE (stream, line) NOT IN (SELECT stream, line FROM refusal);

-- Amounts, exactly: the spelling's digits without the zeros around them, and their scale.
-- (MATERIALIZED, or sqlite3 works each expression out again wherever it is used.)
CREATE TABLE amount AS
WITH spelled AS (
    SELECT p.stream, line, name, type AS digits_allowed,
           CASE json_type(json, '$.' || name)
               WHEN 'text' THEN json_extract(json, '$.' || name)
               ELSE json -> ('$.' || name) END AS text
    FROM passed AS p
    JOIN contract AS c ON c.stream = p.stream AND typeof(c.type) = 'integer'
    WHERE coalesce(json_type(json, '$.' || name), 'null') <> 'null'
), number AS MATERIALIZED (
    SELECT stream, line, name, digits_allowed, ltrim(lower(text), '-') AS text,
           text LIKE '-%' AS negative
    FROM spelled
    WHERE json_valid(text) AND json_type(text) IN ('integer', 'real')
), mantissa AS MATERIALIZED (
    SELECT stream, line, name, digits_allowed, negative,
           substr(text, 1, instr(text || 'e', 'e') - 1) AS text,
           CAST(substr(text, instr(text || 'e', 'e') + 1) AS INTEGER) AS exponent
    FROM number
), fraction AS (
    SELECT stream, line, name, digits_allowed, negative, replace(text, '.', '') AS digits,
           length(text) - instr(text || '.', '.') AS fraction_length, exponent
    FROM mantissa
), stripped AS MATERIALIZED (
    SELECT stream, line, name, digits_allowed, negative, trim(digits, '0') AS digits,
           max(fraction_length, 0) - exponent
           - (length(digits) - length(rtrim(digits, '0'))) AS scale
    FROM fraction
), whole AS (
    SELECT stream, line, name, negative,
           CASE WHEN digits = '' THEN 0
                WHEN scale <= 2 AND length(digits) - scale <= digits_allowed - 2
                THEN CAST(digits || substr('000000000000000000', 1, 2 - scale) AS INTEGER)
           END AS cents
    FROM stripped
)
SELECT stream, line, name, CASE WHEN negative THEN -cents ELSE cents END AS cents,
       printf('%s%d.%02d', CASE WHEN negative AND cents > 0 THEN '-' ELSE '' END,
              cents / 100, cents % 100) AS text
FROM whole
WHERE cents IS NOT NULL;

CREATE UNIQUE INDEX amount_index ON amount (stream, line, name);

-- The contract: a string is a string, an int an integer of 64 bits.
INSERT INTO refusal
SELECT p.stream, p.line, 'clean'
FROM passed AS p
WHERE EXISTS (
    SELECT 1
    FROM contract AS c
    WHERE c.stream = p.stream
      AND NOT CASE coalesce(json_type(p.json, '$.' || c.name), 'null')
              WHEN 'null' THEN NOT c.required
              ELSE CASE c.type
                   WHEN 'string' THEN json_type(p.json, '$.' || c.name) = 'text'
                   WHEN 'boolean' THEN json_type(p.json, '$.' || c.name) IN ('true', 'false')
                   WHEN 'int' THEN json_type(p.json, '$.' || c.name) = 'integer'
                                   AND typeof(json_extract(p.json, '$.' || c.name)) = 'integer'
                   ELSE EXISTS (SELECT 1 FROM amount AS a
                                WHERE (a.stream, a.line, a.name) = (p.stream, p.line, c.name)) END
              END);

CREATE TABLE clean AS
SELECT stream, line, json, ts
FROM passed
WHERE (stream, line) NOT IN (SELECT stream, line FROM refusal);

CREATE INDEX clean_index ON clean (stream);

-- RFC 3339 in UTC with milliseconds; before 1970 the seconds round down.
CREATE TABLE moment (
    ms INTEGER PRIMARY KEY,
    rest AS (((ms % 1000) + 1000) % 1000),
    text AS (strftime('%Y-%m-%dT%H:%M:%S', (ms - rest) / 1000, 'unixepoch')
             || printf('.%03dZ', rest)));

INSERT INTO moment (ms) SELECT DISTINCT ts FROM clean WHERE ts IS NOT NULL;
