-- The three tables of the daily-facts pipeline, said a second time: plain SQL over whole files, with
-- nothing taken from lib/ or cmd/. tests/oracle/oracle loads what door.sql wants, and
--
--     zone_change (at_ms INTEGER, offset_ms INTEGER)     from when on local time is how much ahead
--                                                        of UTC; none: UTC
--
-- and finds here agg_click_session, agg_click_daily and agg_orders_daily.

INSERT INTO stream VALUES
    ('product_clicked', 'event_time', 10000, 0, 0),
    ('order_completed', 'event_time', 30000, 0, 0);

INSERT INTO contract VALUES
    ('product_clicked', 'user_id', 'string', 0),
    ('product_clicked', 'product_id', 'string', 0),
    ('order_completed', 'order_id', 'string', 0),
    ('order_completed', 'user_id', 'string', 0),
    ('order_completed', 'total_value', 18, 0);

.read door.sql

-- Sessions: a click more than half an hour behind the user's last one begins another.
CREATE TABLE session AS
WITH click AS (
    SELECT json_extract(json, '$.user_id') AS user_id, ts
    FROM clean
    WHERE stream = 'product_clicked'
), compared AS (
    SELECT user_id, ts,
           coalesce(ts - lag(ts) OVER (PARTITION BY user_id ORDER BY ts) > 1800000, 0) AS begins
    FROM click
), numbered AS (
    SELECT user_id, ts,
           sum(begins) OVER (PARTITION BY user_id ORDER BY ts
                             RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number
    FROM compared
)
SELECT user_id, min(ts) AS start, max(ts) + 1800000 AS "end", count(*) AS clicks
FROM numbered
GROUP BY user_id, number;

INSERT OR IGNORE INTO moment (ms) SELECT start FROM session UNION SELECT "end" FROM session;

CREATE TABLE agg_click_session AS
SELECT user_id, s.text AS session_start, e.text AS session_end, clicks
FROM session
JOIN moment AS s ON s.ms = start
JOIN moment AS e ON e.ms = "end";

-- The local day of a moment, counted from 1970-01-01. A day begins when clocks first show its
-- midnight, or the first that is later; where they go back over midnight it has begun already, so
-- what they showed just before each of the last few changes counts too.
CREATE TABLE day AS
WITH shown AS (
    SELECT ms AS at_ms, ms,
           coalesce((SELECT offset_ms FROM zone_change WHERE at_ms <= ms ORDER BY at_ms DESC LIMIT 1),
                    (SELECT offset_ms FROM zone_change ORDER BY at_ms LIMIT 1), 0) AS offset_ms
    FROM (SELECT DISTINCT ts AS ms FROM clean)
    UNION ALL
    SELECT c.at_ms - 1, d.ts,
           (SELECT offset_ms FROM zone_change AS b WHERE b.at_ms < c.at_ms
            ORDER BY b.at_ms DESC LIMIT 1)
    FROM (SELECT DISTINCT ts FROM clean) AS d
    JOIN zone_change AS c ON c.at_ms BETWEEN d.ts - 172800000 AND d.ts
), local AS (
    SELECT ms, at_ms + offset_ms AS local_ms FROM shown WHERE offset_ms IS NOT NULL
)
SELECT ms, date(max(local_ms - ((local_ms % 86400000) + 86400000) % 86400000) / 1000, 'unixepoch')
               AS dt
FROM local
GROUP BY ms;

CREATE UNIQUE INDEX day_index ON day (ms);

CREATE TABLE agg_click_daily AS
SELECT dt, json_extract(json, '$.product_id') AS product_id, count(*) AS clicks
FROM clean
JOIN day ON ms = ts
WHERE stream = 'product_clicked'
GROUP BY 1, 2;

-- Revenue, exactly: the sum of a few values passes 64 bits, so what is above a thousand million
-- cents is added up apart from what is below.
CREATE TABLE agg_orders_daily AS
WITH worth AS (
    SELECT dt, (cents % 1000000000 + 1000000000) % 1000000000 AS low, cents
    FROM clean AS c
    JOIN day ON ms = ts
    LEFT JOIN amount AS a ON a.stream = c.stream AND a.line = c.line
    WHERE c.stream = 'order_completed'
), halves AS (
    SELECT dt, count(*) AS orders, sum((cents - low) / 1000000000) AS high, sum(low) AS low
    FROM worth
    GROUP BY dt
), carried AS (
    SELECT dt, orders, high + low / 1000000000 AS high, low % 1000000000 AS low
    FROM halves
), positive AS (
    SELECT dt, orders, high < 0 AS negative,
           CASE WHEN high >= 0 THEN high WHEN low = 0 THEN -high ELSE -high - 1 END AS high,
           CASE WHEN high >= 0 OR low = 0 THEN low ELSE 1000000000 - low END AS low
    FROM carried
)
SELECT dt, orders,
       CASE WHEN high IS NOT NULL
            THEN CASE WHEN negative THEN '-' ELSE '' END
                 || ltrim(printf('%d%07d', high, low / 100), '0')
                 || CASE WHEN high = 0 AND low < 100 THEN '0' ELSE '' END
                 || printf('.%02d', low % 100) END AS revenue
FROM positive;
