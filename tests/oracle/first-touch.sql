-- The first-touch mart of four NDJSON files, said a second time: plain SQL over whole files, with
-- nothing taken from lib/ or cmd/. tests/oracle/oracle loads the raw lines into
--
--     event_line, sale_order_line, customer_line, campaign_line (line TEXT), rowid = line number
--     parameter (window_ms INTEGER, lag_ms INTEGER)
--
-- and finds here the table mart (without _tech_write_ts) and the table refusal (stream, line, by).

-- Records: what is left of the lines without byte order mark, carriage returns and empty lines.
CREATE TABLE record AS
WITH line AS (
    SELECT 'event' AS stream, 'event_ts' AS time_column, rowid AS line, line AS text FROM event_line
    UNION ALL SELECT 'sale_order', 'order_ts', rowid, line FROM sale_order_line
    UNION ALL SELECT 'customer', NULL, rowid, line FROM customer_line
    UNION ALL SELECT 'campaign', NULL, rowid, line FROM campaign_line
)
SELECT stream, time_column, line,
       CASE line WHEN 1 THEN ltrim(text, char(65279)) ELSE text END AS json
FROM line
WHERE trim(text, char(13)) NOT IN ('', char(65279));

-- The door. A time is an integer of 64 bits; one outside 1990..2200 that falls inside as seconds,
-- micro- or nanoseconds has been written in the wrong unit. A record whose time is good moves the
-- watermark, whatever else is wrong with it; late ones never exceed it, so they need no exception.
CREATE TABLE door AS
WITH timed AS (
    SELECT stream, line, json, time_column IS NULL AS is_table,
           CASE WHEN json_type(json, '$.' || time_column) = 'integer'
                THEN json_extract(json, '$.' || time_column) END AS ts,
           json_type(json, '$._stream') IS NOT NULL OR json_type(json, '$._ts') IS NOT NULL
           OR coalesce(json_extract(json, '$._op'), 'delete') <> 'delete' AS reserved
    FROM record
), judged AS (
    SELECT stream, line, json, is_table, ts,
           NOT reserved AND (is_table OR (
               typeof(ts) = 'integer'
               AND (ts BETWEEN 631152000000 AND 7258118399999
                    OR NOT (ts * 1000 BETWEEN 631152000000 AND 7258118399999
                            OR ts / 1000 BETWEEN 631152000000 AND 7258118399999
                            OR ts / 1000000 BETWEEN 631152000000 AND 7258118399999)))) AS good
    FROM timed
)
SELECT stream, line, json, is_table, ts, good,
       max(CASE WHEN good THEN ts END) OVER (
           PARTITION BY stream ORDER BY line ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
       ) - (SELECT lag_ms FROM parameter) - 1 AS watermark
FROM judged;

CREATE TABLE refusal AS
SELECT stream, line, CASE WHEN good THEN 'late' ELSE 'ingest' END AS "by"
FROM door
WHERE NOT good OR (NOT is_table AND ts <= watermark);

CREATE UNIQUE INDEX refusal_index ON refusal (stream, line);

-- Amounts, exactly: the spelling's digits without the zeros around them, and their scale.
-- (MATERIALIZED, or sqlite3 works each expression out again wherever it is used.)
CREATE TABLE amount AS
WITH spelled AS (
    SELECT line,
           CASE json_type(json, '$.total_amount')
               WHEN 'text' THEN json_extract(json, '$.total_amount')
               ELSE json -> '$.total_amount' END AS text
    FROM door
    WHERE stream = 'sale_order' AND coalesce(json_type(json, '$.total_amount'), 'null') <> 'null'
), number AS MATERIALIZED (
    SELECT line, ltrim(lower(text), '-') AS text, text LIKE '-%' AS negative
    FROM spelled
    WHERE json_valid(text) AND json_type(text) IN ('integer', 'real')
), mantissa AS MATERIALIZED (
    SELECT line, negative,
           substr(text, 1, instr(text || 'e', 'e') - 1) AS text,
           CAST(substr(text, instr(text || 'e', 'e') + 1) AS INTEGER) AS exponent
    FROM number
), fraction AS (
    SELECT line, negative, replace(text, '.', '') AS digits,
           length(text) - instr(text || '.', '.') AS fraction_length, exponent
    FROM mantissa
), stripped AS MATERIALIZED (
    SELECT line, negative, trim(digits, '0') AS digits,
           max(fraction_length, 0) - exponent
           - (length(digits) - length(rtrim(digits, '0'))) AS scale
    FROM fraction
), cents AS (
    SELECT line, negative,
           CASE WHEN digits = '' THEN 0
                WHEN scale <= 2 AND length(digits) - scale <= 8
                THEN CAST(digits || substr('0000000000', 1, 2 - scale) AS INTEGER) END AS cents
    FROM stripped
)
SELECT line,
       printf('%s%d.%02d', CASE WHEN negative AND cents > 0 THEN '-' ELSE '' END,
              cents / 100, cents % 100) AS text
FROM cents
WHERE cents IS NOT NULL;

CREATE UNIQUE INDEX amount_index ON amount (line);

-- The contract: a string is a string, an int an integer of 64 bits; keys are required.
CREATE TABLE contract (stream TEXT, path TEXT, type TEXT, required INTEGER);

INSERT INTO contract VALUES
    ('event', '$.event_id', 'string', 1),
    ('event', '$.customer_id', 'string', 0),
    ('event', '$.event_type', 'string', 0),
    ('event', '$.campaign_id', 'string', 0),
    ('sale_order', '$.order_id', 'string', 1),
    ('sale_order', '$.customer_id', 'string', 0),
    ('customer', '$.customer_id', 'string', 1),
    ('customer', '$.email', 'string', 0),
    ('customer', '$.phone', 'string', 0),
    ('customer', '$.segment', 'string', 0),
    ('customer', '$.acquisition_channel', 'string', 0),
    ('customer', '$.country', 'string', 0),
    ('customer', '$.opt_in', 'boolean', 0),
    ('customer', '$.last_purchase_ts', 'int', 0),
    ('campaign', '$.id', 'int', 1),
    ('campaign', '$.name', 'string', 0);

CREATE TABLE passed AS
SELECT stream, line, json, ts
FROM door
WHERE (stream, line) NOT IN (SELECT stream, line FROM refusal);

INSERT INTO refusal
SELECT p.stream, p.line, 'clean'
FROM passed AS p
WHERE EXISTS (
    SELECT 1
    FROM contract AS c
    WHERE c.stream = p.stream
      AND NOT CASE coalesce(json_type(p.json, c.path), 'null')
              WHEN 'null' THEN NOT c.required
              WHEN 'text' THEN c.type = 'string'
              WHEN 'true' THEN c.type = 'boolean'
              WHEN 'false' THEN c.type = 'boolean'
              WHEN 'integer'
              THEN c.type = 'int' AND typeof(json_extract(p.json, c.path)) = 'integer'
              ELSE 0 END)
   OR (p.stream = 'sale_order'
       AND coalesce(json_type(p.json, '$.total_amount'), 'null') <> 'null'
       AND NOT EXISTS (SELECT 1 FROM amount AS a WHERE a.line = p.line));

CREATE TABLE clean AS
SELECT stream, line, json, ts
FROM passed
WHERE (stream, line) NOT IN (SELECT stream, line FROM refusal);

CREATE INDEX clean_index ON clean (stream);

-- Tables: the last line of a key is its row, unless it deletes it.
CREATE TABLE customer AS
SELECT customer_id, segment, acquisition_channel
FROM (SELECT json_extract(json, '$.customer_id') AS customer_id,
             json_extract(json, '$.segment') AS segment,
             json_extract(json, '$.acquisition_channel') AS acquisition_channel,
             json_extract(json, '$._op') AS op,
             row_number() OVER (PARTITION BY json_extract(json, '$.customer_id')
                                ORDER BY line DESC) AS age
      FROM clean
      WHERE stream = 'customer')
WHERE age = 1 AND op IS NULL;

CREATE UNIQUE INDEX customer_index ON customer (customer_id);

CREATE TABLE campaign AS
SELECT id, name
FROM (SELECT json -> '$.id' AS id,
             json_extract(json, '$.name') AS name,
             json_extract(json, '$._op') AS op,
             row_number() OVER (PARTITION BY json -> '$.id' ORDER BY line DESC) AS age
      FROM clean
      WHERE stream = 'campaign')
WHERE age = 1 AND op IS NULL;

CREATE UNIQUE INDEX campaign_index ON campaign (id);

-- First touch: of the customer's events within the window before the order, both ends inclusive,
-- the least by time, then by the bytes of its id.
CREATE TABLE touch AS
SELECT json_extract(json, '$.customer_id') AS customer_id, ts,
       json_extract(json, '$.event_id') AS event_id,
       json_extract(json, '$.event_type') AS event_type,
       json_extract(json, '$.campaign_id') AS campaign_id
FROM clean
WHERE stream = 'event';

CREATE INDEX touch_index ON touch (customer_id, ts, event_id);

-- Of several orders with one id the last to leave the pipe stays: by time, then arrival.
CREATE TABLE conversion AS
SELECT order_id, customer_id, ts, line
FROM (SELECT json_extract(json, '$.order_id') AS order_id,
             json_extract(json, '$.customer_id') AS customer_id, ts, line,
             row_number() OVER (PARTITION BY json_extract(json, '$.order_id')
                                ORDER BY ts DESC, line DESC) AS age
      FROM clean
      WHERE stream = 'sale_order')
WHERE age = 1;

CREATE TABLE attributed AS
SELECT c.*,
       (SELECT t.rowid
        FROM touch AS t
        WHERE t.customer_id = c.customer_id
          AND t.ts BETWEEN c.ts - (SELECT window_ms FROM parameter) AND c.ts
        ORDER BY t.ts, t.event_id
        LIMIT 1) AS touch
FROM conversion AS c;

-- RFC 3339 in UTC with milliseconds; before 1970 the seconds round down.
CREATE TABLE mart AS
WITH joined AS (
    SELECT o.order_id, o.customer_id, o.ts AS order_ts, a.text AS total_amount,
           u.segment AS customer_segment, u.acquisition_channel AS customer_acquisition_channel,
           t.event_id, t.ts AS touch_ts, t.event_type, g.name AS campaign_name
    FROM attributed AS o
    LEFT JOIN amount AS a ON a.line = o.line
    LEFT JOIN customer AS u ON u.customer_id = o.customer_id
    LEFT JOIN touch AS t ON t.rowid = o.touch
    LEFT JOIN campaign AS g ON g.id = t.campaign_id
), split AS (
    SELECT *,
           ((order_ts % 1000) + 1000) % 1000 AS order_rest,
           ((touch_ts % 1000) + 1000) % 1000 AS touch_rest
    FROM joined
)
SELECT order_id, customer_id,
       strftime('%Y-%m-%dT%H:%M:%S', (order_ts - order_rest) / 1000, 'unixepoch')
       || printf('.%03dZ', order_rest) AS order_timestamp,
       total_amount, customer_segment, customer_acquisition_channel,
       event_id AS first_touch_event_id,
       strftime('%Y-%m-%dT%H:%M:%S', (touch_ts - touch_rest) / 1000, 'unixepoch')
       || printf('.%03dZ', touch_rest) AS first_touch_timestamp,
       event_type AS first_touch_event_type,
       campaign_name AS first_touch_campaign_name,
       order_ts - touch_ts AS delta_first_touch_to_order
FROM split;
