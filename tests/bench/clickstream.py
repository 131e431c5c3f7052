"""The clickstream pipeline's four tables by DuckDB: what a user would pick instead, at its best.

    clickstream.py DIR OUT [THREADS]

DIR holds clickstream.ndjson and products.ndjson. OUT that ends in .duckdb is a database, which gets
the tables; any other is a directory, which gets TABLE.ndjson of each, in no order. DuckDB's version
goes to stderr. Two threads unless told. The answer is the oracle's, but for amounts: DuckDB's JSON
writer makes 17.40 a double and writes 17.4. Of two versions of a product at one time it takes any;
the bench has none.

Tried on a tenth of the default (500,000 events) with 2 threads, DuckDB 2.0.0, all of it to NDJSON;
CPU time, for something else was using the cores. Each gave the same rows.

    events_clean and events_enriched kept as tables, a range join on versions      2.9 s
    the same with ASOF LEFT JOIN                                                   3.2 s
    events_clean written straight from the file, which is read again for the rest  3.2 s
    the same, events without a product apart (UNION ALL)                           3.4 s
    the same, distinct pages and categories by list_distinct                       3.3 s
    the same, distinct pages by grouping twice                                     3.2 s
    the same with ASOF LEFT JOIN over what is being read                          11.4 s
    nothing kept: the file is read for each table                                  3.6 s

So: the first. At four times the size it took 10.6 s, the third 11.6 s, the last 12.8 s, and ASOF
over what is being read 48 s.
"""

import os

from with_duckdb import quote, read, rfc3339, run

COLUMNS = {
    "clickstream": {
        "event_id": "VARCHAR",
        "session_id": "VARCHAR",
        "user_id": "VARCHAR",
        "anonymous_id": "VARCHAR",
        "event_type": "VARCHAR",
        "page_url": "VARCHAR",
        "referrer_url": "VARCHAR",
        "product_id": "VARCHAR",
        "search_query": "VARCHAR",
        "device_type": "VARCHAR",
        "browser": "VARCHAR",
        "country": "VARCHAR",
        "timestamp": "BIGINT",
    },
    "products": {
        "product_id": "VARCHAR",
        "name": "VARCHAR",
        "category": "VARCHAR",
        "subcategory": "VARCHAR",
        "price": "DECIMAL(10, 2)",
        "brand": "VARCHAR",
        "updated_at": "BIGINT",
    },
}

# Versions with the time from which they are true, and the one from which they are not.
VERSIONS = """
SELECT product_id, name, category, subcategory, price, brand,
       coalesce(make_timestamp_ms(updated_at), '-infinity'::TIMESTAMP) AS since,
       lead(since, 1, 'infinity') OVER (PARTITION BY product_id ORDER BY since) AS until
FROM {products}
"""

CLEAN = """
SELECT event_id, session_id, coalesce(user_id, anonymous_id) AS user_identifier, user_id,
       anonymous_id, event_type, page_url, referrer_url, product_id, search_query, device_type,
       browser, country, make_timestamp_ms("timestamp") AS "timestamp"
FROM {clickstream}
WHERE event_id IS NOT NULL AND session_id IS NOT NULL
  AND event_type IN ('page_view', 'click', 'add_to_cart', 'remove_from_cart', 'purchase', 'search')
"""

ENRICHED = """
SELECT e.event_id, e.session_id, e.user_identifier, e.user_id, e.event_type, e.page_url,
       e.product_id, e.search_query, e.device_type, e.country, e."timestamp",
       p.name AS product_name, p.category AS product_category,
       p.subcategory AS product_subcategory, p.price AS product_price, p.brand AS product_brand
FROM {clean} AS e
LEFT JOIN versions AS p
  ON e.product_id = p.product_id AND e."timestamp" >= p.since AND e."timestamp" < p.until
"""

SESSIONS = """
SELECT session_id, user_identifier, device_type, country,
       {session_start} AS session_start, {session_end} AS session_end,
       * EXCLUDE (session_id, user_identifier, device_type, country, start)
FROM (
    SELECT session_id, user_identifier, device_type, country,
           time_bucket(INTERVAL '30 minutes', "timestamp") AS start,
           count(*) AS event_count,
           count(DISTINCT page_url) AS pages_viewed,
           count(*) FILTER (event_type = 'page_view') AS page_views,
           count(*) FILTER (event_type = 'click') AS clicks,
           count(*) FILTER (event_type = 'add_to_cart') AS add_to_carts,
           count(*) FILTER (event_type = 'purchase') AS purchases,
           count(*) FILTER (event_type = 'search') AS searches,
           list_sort(coalesce(list(DISTINCT product_category)
                              FILTER (product_category IS NOT NULL), [])) AS categories_browsed,
           max(product_price) AS max_product_price,
           round(avg(product_price), 6) AS avg_product_price
    FROM {enriched}
    GROUP BY ALL)
"""

POPULARITY = """
SELECT product_id, product_name, product_category,
       {window_start} AS window_start, {window_end} AS window_end,
       total_interactions, views, add_to_carts, purchases, unique_users,
       views + 5 * add_to_carts + 10 * purchases AS popularity_score
FROM (
    SELECT product_id, product_name, product_category,
           time_bucket(INTERVAL '5 minutes', "timestamp") AS start,
           count(*) AS total_interactions,
           count(*) FILTER (event_type = 'page_view') AS views,
           count(*) FILTER (event_type = 'add_to_cart') AS add_to_carts,
           count(*) FILTER (event_type = 'purchase') AS purchases,
           count(DISTINCT user_identifier) AS unique_users
    FROM {enriched}
    WHERE product_id IS NOT NULL
    GROUP BY ALL)
"""


def marts(enriched, moment):
    """The queries of the two marts over ENRICHED; MOMENT makes SQL of what a time becomes."""
    return {
        "user_sessions": SESSIONS.format(
            enriched=enriched,
            session_start=moment("start"),
            session_end=moment("start + INTERVAL '30 minutes'"),
        ),
        "product_popularity": POPULARITY.format(
            enriched=enriched,
            window_start=moment("start"),
            window_end=moment("start + INTERVAL '5 minutes'"),
        ),
    }


def make_events(connection, clean, schema):
    """Makes events_clean and events_enriched in SCHEMA."""
    connection.execute(f"CREATE OR REPLACE TABLE {schema}.events_clean AS {clean}")
    enriched = ENRICHED.format(clean=f"{schema}.events_clean")
    connection.execute(f"CREATE OR REPLACE TABLE {schema}.events_enriched AS {enriched}")


def write_lines(connection, clean, directory):
    os.makedirs(directory, exist_ok=True)
    make_events(connection, clean, "memory")
    spelled = rfc3339('"timestamp"')
    timed = f'SELECT * REPLACE ({spelled} AS "timestamp") FROM memory'
    queries = {
        "events_clean": f"{timed}.events_clean",
        "events_enriched": f"{timed}.events_enriched",
        **marts("memory.events_enriched", rfc3339),
    }
    for table, query in queries.items():
        path = quote(f"{directory}/{table}.ndjson")
        connection.execute(f"COPY ({query}) TO {path} (FORMAT JSON)")


def write_database(connection, clean, path):
    connection.execute(f"ATTACH {quote(path)} AS mart")
    make_events(connection, clean, "mart")
    for table, query in marts("mart.events_enriched", str).items():
        connection.execute(f"CREATE OR REPLACE TABLE mart.{table} AS {query}")


def answer(connection, directory, out):
    streams = {stream: read(directory, stream, columns) for stream, columns in COLUMNS.items()}
    connection.execute(f"CREATE TEMP TABLE versions AS {VERSIONS.format(**streams)}")
    write = write_database if out.endswith(".duckdb") else write_lines
    write(connection, CLEAN.format(**streams), out)


run(answer)
