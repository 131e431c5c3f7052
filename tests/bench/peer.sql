-- The first-touch mart by the sqlite3 shell:
--     cd DIR && sqlite3 -init /dev/null -batch :memory: < peer.sql > OUT.ndjson
CREATE TABLE event_line (line TEXT);
CREATE TABLE sale_order_line (line TEXT);
CREATE TABLE customer_line (line TEXT);
CREATE TABLE campaign_line (line TEXT);
.mode ascii
.separator "\037" "\n"
.import event.ndjson event_line
.import sale_order.ndjson sale_order_line
.import customer.ndjson customer_line
.import campaign.ndjson campaign_line
.mode list

CREATE TABLE touch AS
SELECT json_extract(line, '$.customer_id') AS customer_id,
       json_extract(line, '$.event_ts') AS ts,
       json_extract(line, '$.event_id') AS id,
       json_extract(line, '$.event_type') AS type,
       json_extract(line, '$.campaign_id') AS campaign
FROM event_line;

CREATE INDEX touch_index ON touch (customer_id, ts, id);

CREATE TABLE customer (customer_id TEXT PRIMARY KEY, segment TEXT, channel TEXT) WITHOUT ROWID;
INSERT INTO customer
SELECT json_extract(line, '$.customer_id'), json_extract(line, '$.segment'),
       json_extract(line, '$.acquisition_channel')
FROM customer_line;

CREATE TABLE campaign (id TEXT PRIMARY KEY, name TEXT) WITHOUT ROWID;
INSERT INTO campaign
SELECT json_extract(line, '$.id'), json_extract(line, '$.name')
FROM campaign_line;

WITH sale_order AS MATERIALIZED (
    SELECT json_extract(line, '$.order_id') AS order_id,
           json_extract(line, '$.customer_id') AS customer_id,
           line -> '$.total_amount' AS total_amount,
           json_extract(line, '$.order_ts') AS ts
    FROM sale_order_line
), attributed AS MATERIALIZED (
    SELECT o.*,
           (SELECT t.rowid FROM touch AS t
            WHERE t.customer_id = o.customer_id AND t.ts BETWEEN o.ts - 604800000 AND o.ts
            ORDER BY t.ts, t.id LIMIT 1) AS touch
    FROM sale_order AS o
)
SELECT json_object(
    'order_id', o.order_id,
    'customer_id', o.customer_id,
    'order_timestamp', strftime('%Y-%m-%dT%H:%M:%S', o.ts / 1000, 'unixepoch')
                       || printf('.%03dZ', o.ts % 1000),
    'total_amount', json(o.total_amount),
    'customer_segment', u.segment,
    'customer_acquisition_channel', u.channel,
    'first_touch_event_id', t.id,
    'first_touch_timestamp', strftime('%Y-%m-%dT%H:%M:%S', t.ts / 1000, 'unixepoch')
                             || printf('.%03dZ', t.ts % 1000),
    'first_touch_event_type', t.type,
    'first_touch_campaign_name', g.name,
    'delta_first_touch_to_order', o.ts - t.ts,
    '_tech_write_ts', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
FROM attributed AS o
LEFT JOIN touch AS t ON t.rowid = o.touch
LEFT JOIN customer AS u ON u.customer_id = o.customer_id
LEFT JOIN campaign AS g ON g.id = t.campaign;
