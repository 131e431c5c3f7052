-- The four tables of the clickstream pipeline, said a second time: plain SQL over whole files, with
-- nothing taken from lib/ or cmd/. tests/oracle/oracle loads what door.sql wants, and finds here
-- events_clean, events_enriched, user_sessions and product_popularity.

INSERT INTO stream VALUES
    ('clickstream', 'timestamp', 10000, 0, 0),
    ('products', 'updated_at', 10000, 1, 1);

INSERT INTO contract VALUES
    ('clickstream', 'event_id', 'string', 1),
    ('clickstream', 'session_id', 'string', 1),
    ('clickstream', 'user_id', 'string', 0),
    ('clickstream', 'anonymous_id', 'string', 0),
    ('clickstream', 'event_type', 'string', 0),
    ('clickstream', 'page_url', 'string', 0),
    ('clickstream', 'referrer_url', 'string', 0),
    ('clickstream', 'product_id', 'string', 0),
    ('clickstream', 'search_query', 'string', 0),
    ('clickstream', 'device_type', 'string', 0),
    ('clickstream', 'browser', 'string', 0),
    ('clickstream', 'country', 'string', 0),
    ('products', 'product_id', 'string', 1),
    ('products', 'name', 'string', 0),
    ('products', 'category', 'string', 0),
    ('products', 'subcategory', 'string', 0),
    ('products', 'price', 10, 0),
    ('products', 'brand', 'string', 0);

.read door.sql

CREATE TABLE event AS
SELECT line, ts,
       json_extract(json, '$.event_id') AS event_id,
       json_extract(json, '$.session_id') AS session_id,
       coalesce(json_extract(json, '$.user_id'), json_extract(json, '$.anonymous_id'))
           AS user_identifier,
       json_extract(json, '$.user_id') AS user_id,
       json_extract(json, '$.anonymous_id') AS anonymous_id,
       json_extract(json, '$.event_type') AS event_type,
       json_extract(json, '$.page_url') AS page_url,
       json_extract(json, '$.referrer_url') AS referrer_url,
       json_extract(json, '$.product_id') AS product_id,
       json_extract(json, '$.search_query') AS search_query,
       json_extract(json, '$.device_type') AS device_type,
       json_extract(json, '$.browser') AS browser,
       json_extract(json, '$.country') AS country
FROM clean
WHERE stream = 'clickstream'
  AND json_extract(json, '$.event_type')
      IN ('page_view', 'click', 'add_to_cart', 'remove_from_cart', 'purchase', 'search');

CREATE TABLE events_clean AS
SELECT event_id, session_id, user_identifier, user_id, anonymous_id, event_type, page_url,
       referrer_url, product_id, search_query, device_type, browser, country,
       text AS timestamp
FROM event
JOIN moment ON ms = ts;

-- The product as it was at the event: of its versions up to then the latest, and of several at one
-- time that of the last line. A deletion is a version too. What was true for ever is before all.
CREATE TABLE version AS
SELECT c.line, coalesce(c.ts, -9223372036854775807) AS ts,
       json_extract(json, '$.product_id') AS product_id,
       json_type(json, '$._op') IS NULL AS is_there,
       json_extract(json, '$.name') AS name,
       json_extract(json, '$.category') AS category,
       json_extract(json, '$.subcategory') AS subcategory,
       a.cents, a.text AS price,
       json_extract(json, '$.brand') AS brand
FROM clean AS c
LEFT JOIN amount AS a ON a.stream = 'products' AND a.line = c.line
WHERE c.stream = 'products';

CREATE INDEX version_index ON version (product_id, ts, line);

CREATE TABLE enriched AS
WITH found AS (
    SELECT *,
           (SELECT v.rowid
            FROM version AS v
            WHERE v.product_id = e.product_id AND v.ts <= e.ts
            ORDER BY v.ts DESC, v.line DESC
            LIMIT 1) AS version
    FROM event AS e
)
SELECT f.*, v.name AS product_name, v.category AS product_category,
       v.subcategory AS product_subcategory, v.price AS product_price, v.cents,
       v.brand AS product_brand,
       f.ts - ((f.ts % 1800000) + 1800000) % 1800000 AS session_start,
       f.ts - ((f.ts % 300000) + 300000) % 300000 AS window_start
FROM found AS f
LEFT JOIN version AS v ON v.rowid = f.version AND v.is_there;

CREATE TABLE events_enriched AS
SELECT event_id, session_id, user_identifier, user_id, event_type, page_url, product_id,
       search_query, device_type, country, text AS timestamp, product_name, product_category,
       product_subcategory, product_price, product_brand
FROM enriched
JOIN moment ON ms = ts;

INSERT OR IGNORE INTO moment (ms)
SELECT session_start FROM enriched UNION SELECT session_start + 1800000 FROM enriched
UNION SELECT window_start FROM enriched UNION SELECT window_start + 300000 FROM enriched;

-- Groups get numbers, since null is a group as any other.
CREATE TABLE visit AS
SELECT *, dense_rank() OVER (ORDER BY session_id, user_identifier, device_type, country,
                                      session_start) AS visit
FROM enriched;

CREATE INDEX visit_index ON visit (visit, product_category);

CREATE TABLE visit_total AS
SELECT visit, session_id, user_identifier, device_type, country, session_start,
       count(*) AS event_count,
       count(DISTINCT page_url) AS pages_viewed,
       sum(event_type = 'page_view') AS page_views,
       sum(event_type = 'click') AS clicks,
       sum(event_type = 'add_to_cart') AS add_to_carts,
       sum(event_type = 'purchase') AS purchases,
       sum(event_type = 'search') AS searches,
       max(cents) AS most, sum(cents) AS total, count(cents) AS prices
FROM visit
GROUP BY visit;

-- The average in millionths, exact and then rounded half up, away from zero.
CREATE TABLE user_sessions AS
WITH average AS (
    SELECT *,
           abs(total) / prices * 10000
           + (abs(total) % prices * 10000 * 2 + prices) / (2 * prices) AS millionths
    FROM visit_total
)
SELECT session_id, user_identifier, device_type, country,
       s.text AS session_start, e.text AS session_end,
       event_count, pages_viewed, page_views, clicks, add_to_carts, purchases, searches,
       (SELECT json_group_array(product_category)
        FROM (SELECT DISTINCT product_category
              FROM visit AS v
              WHERE v.visit = a.visit AND product_category IS NOT NULL
              ORDER BY product_category COLLATE BINARY)) AS categories_browsed,
       CASE WHEN most IS NOT NULL
            THEN printf('%s%d.%02d', CASE WHEN most < 0 THEN '-' ELSE '' END,
                        abs(most) / 100, abs(most) % 100) END AS max_product_price,
       CASE WHEN prices > 0
            THEN printf('%s%d.%06d', CASE WHEN total < 0 AND millionths > 0 THEN '-' ELSE '' END,
                        millionths / 1000000, millionths % 1000000) END AS avg_product_price
FROM average AS a
JOIN moment AS s ON s.ms = session_start
JOIN moment AS e ON e.ms = session_start + 1800000;

CREATE TABLE product_popularity AS
SELECT product_id, product_name, product_category,
       s.text AS window_start, e.text AS window_end,
       count(*) AS total_interactions,
       sum(event_type = 'page_view') AS views,
       sum(event_type = 'add_to_cart') AS add_to_carts,
       sum(event_type = 'purchase') AS purchases,
       count(DISTINCT user_identifier) AS unique_users,
       sum(CASE event_type WHEN 'page_view' THEN 1 WHEN 'add_to_cart' THEN 5 WHEN 'purchase' THEN 10
           ELSE 0 END) AS popularity_score
FROM enriched AS w
JOIN moment AS s ON s.ms = w.window_start
JOIN moment AS e ON e.ms = w.window_start + 300000
WHERE product_id IS NOT NULL
GROUP BY product_id, product_name, product_category, w.window_start;
