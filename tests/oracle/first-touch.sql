-- The first-touch mart of four NDJSON files, said a second time: plain SQL over whole files, with
-- nothing taken from lib/ or cmd/. tests/oracle/oracle loads what door.sql wants, and
--
--     parameter (window_ms INTEGER, lag_ms INTEGER)
--
-- and finds here the table mart (without _tech_write_ts).

INSERT INTO stream
SELECT column1, column2, CASE WHEN column2 IS NOT NULL THEN lag_ms END, column3, 0
FROM (VALUES ('event', 'event_ts', 0), ('sale_order', 'order_ts', 0),
             ('customer', NULL, 1), ('campaign', NULL, 1)), parameter;

INSERT INTO contract VALUES
    ('event', 'event_id', 'string', 1),
    ('event', 'customer_id', 'string', 0),
    ('event', 'event_type', 'string', 0),
    ('event', 'campaign_id', 'string', 0),
    ('sale_order', 'order_id', 'string', 1),
    ('sale_order', 'customer_id', 'string', 0),
    ('sale_order', 'total_amount', 10, 0),
    ('customer', 'customer_id', 'string', 1),
    ('customer', 'email', 'string', 0),
    ('customer', 'phone', 'string', 0),
    ('customer', 'segment', 'string', 0),
    ('customer', 'acquisition_channel', 'string', 0),
    ('customer', 'country', 'string', 0),
    ('customer', 'opt_in', 'boolean', 0),
    ('customer', 'last_purchase_ts', 'int', 0),
    ('campaign', 'id', 'int', 1),
    ('campaign', 'name', 'string', 0);

.read door.sql

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

CREATE TABLE mart AS
SELECT o.order_id, o.customer_id, m.text AS order_timestamp, a.text AS total_amount,
       u.segment AS customer_segment, u.acquisition_channel AS customer_acquisition_channel,
       t.event_id AS first_touch_event_id, n.text AS first_touch_timestamp,
       t.event_type AS first_touch_event_type, g.name AS first_touch_campaign_name,
       o.ts - t.ts AS delta_first_touch_to_order
FROM attributed AS o
JOIN moment AS m ON m.ms = o.ts
LEFT JOIN amount AS a ON a.stream = 'sale_order' AND a.line = o.line
LEFT JOIN customer AS u ON u.customer_id = o.customer_id
LEFT JOIN touch AS t ON t.rowid = o.touch
LEFT JOIN moment AS n ON n.ms = t.ts
LEFT JOIN campaign AS g ON g.id = t.campaign_id;
