-- Every statement the application sends to the ledger, by name; `sql.py` reads this file.

-- name: begin
SELECT size, recorded_at, generation, entry
FROM ledger_begin(%(lock)s::bigint, %(product)s::text);

-- name: append
SELECT ledger_append(
    %(first)s::bigint, %(product)s::text, %(kinds)s::text[], %(subjects)s::text[],
    %(actors)s::text[], %(occurred)s::timestamptz[], %(keys)s::text[],
    %(recorded)s::timestamptz, %(salts)s::bytea[], %(bodies)s::bytea[], %(leaves)s::bytea[]);

-- name: project
SELECT ledger_project(
    %(product)s::text, %(kinds)s::text[], %(keys)s::text[], %(values)s::text[],
    %(entries)s::bigint[]);

-- name: clear_facts
SELECT ledger_rebuild();

-- name: facts_folded
SELECT ledger_rebuilt();

-- name: set_position
SELECT ledger_set_position(%(identity)s::text, %(event_id)s::bigint);

-- name: position
SELECT event_id FROM recorder_positions WHERE identity = %(identity)s::text;

-- name: used_keys
SELECT e.key, e.product, e.kind, e.subject, b.body
FROM ledger_entries e LEFT JOIN entry_bodies b USING (index)
WHERE e.key = ANY (%(keys)s::text[]);

-- name: known_keys
SELECT key FROM ledger_entries WHERE key = ANY (%(keys)s::text[]);

-- name: size
SELECT size FROM ledger_head;

-- name: heads
SELECT p.product, p.entry, h.generation FROM ledger_products p CROSS JOIN ledger_head h
WHERE p.product <> '' ORDER BY p.product;

-- name: head
SELECT p.entry, h.generation
FROM ledger_head h LEFT JOIN ledger_products p ON p.product = %(product)s::text;

-- name: current_facts
SELECT p.product, f.kind, f.key, f.value,
    p.present = coalesce(sum(f.digest) OVER (PARTITION BY p.product), 0) AS intact
FROM ledger_products p LEFT JOIN facts f
    ON f.product = p.product AND upper_inf(f.valid) AND upper_inf(f.recorded)
WHERE p.product = ANY (%(products)s::text[])
ORDER BY f.began, f.id;

-- name: altered
SELECT coalesce(p.product, s.product) AS product
FROM (SELECT * FROM ledger_products
        WHERE %(products)s::text[] IS NULL OR product = ANY (%(products)s::text[])) p
    FULL JOIN ledger_sums(%(products)s::text[]) s ON s.product = p.product
WHERE coalesce(p.present, 0) <> coalesce(s.present, 0)
    OR coalesce(p.past, 0) <> coalesce(s.past, 0);

-- name: all_facts
SELECT kind, key, value, lower(valid) AS valid_from, upper(valid) AS valid_to,
    lower(recorded) AS recorded_from, upper(recorded) AS recorded_to, entry, began
FROM facts WHERE product = %(product)s::text ORDER BY id;

-- name: newest_entries
SELECT product, e.index AS stored, p.entry AS noted, f.product IS NOT NULL AS has_facts
FROM (SELECT product, max(index) AS index FROM ledger_entries GROUP BY product) e
    FULL JOIN ledger_products p USING (product)
    FULL JOIN (SELECT DISTINCT product FROM facts) f USING (product)
ORDER BY product;

-- name: past_facts
SELECT kind, key, value FROM facts
WHERE product = %(product)s::text
    AND CASE WHEN %(as_of)s::timestamptz IS NULL THEN upper_inf(valid)
        ELSE valid @> %(as_of)s::timestamptz END
    AND CASE WHEN %(known_at)s::timestamptz IS NULL THEN upper_inf(recorded)
        ELSE recorded @> %(known_at)s::timestamptz END
ORDER BY began, id;

-- name: entries_oldest_first
SELECT e.index, e.product, e.kind, e.subject, e.actor, e.occurred_at, e.recorded_at,
    e.clock_set_back, e.key, e.leaf_hash, b.body
FROM ledger_entries e LEFT JOIN entry_bodies b USING (index)
WHERE (%(product)s::text IS NULL OR e.product = %(product)s::text)
    AND (%(kinds)s::text[] IS NULL OR e.kind = ANY (%(kinds)s::text[]))
    AND (%(subject)s::text IS NULL OR e.subject = %(subject)s::text
        OR (e.index = %(opening)s::bigint AND e.kind = 'incident_opened'))
    AND (%(after)s::bigint IS NULL OR e.index > %(after)s::bigint)
    AND (%(before)s::bigint IS NULL OR e.index < %(before)s::bigint)
ORDER BY e.index LIMIT %(limit)s::bigint;

-- name: entries_newest_first
SELECT e.index, e.product, e.kind, e.subject, e.actor, e.occurred_at, e.recorded_at,
    e.clock_set_back, e.key, e.leaf_hash, b.body
FROM ledger_entries e LEFT JOIN entry_bodies b USING (index)
WHERE (%(product)s::text IS NULL OR e.product = %(product)s::text)
    AND (%(kinds)s::text[] IS NULL OR e.kind = ANY (%(kinds)s::text[]))
    AND (%(subject)s::text IS NULL OR e.subject = %(subject)s::text
        OR (e.index = %(opening)s::bigint AND e.kind = 'incident_opened'))
    AND (%(after)s::bigint IS NULL OR e.index > %(after)s::bigint)
    AND (%(before)s::bigint IS NULL OR e.index < %(before)s::bigint)
ORDER BY e.index DESC LIMIT %(limit)s::bigint;

-- name: stored_entries
SELECT e.index, e.product, e.kind, e.subject, e.actor, e.occurred_at, e.recorded_at,
    e.clock_set_back, e.key, e.body_hash, e.leaf_hash, b.salt, b.body, x.index AS erased
FROM ledger_entries e LEFT JOIN entry_bodies b USING (index) LEFT JOIN body_erasures x USING (index)
WHERE e.index > %(after)s::bigint ORDER BY e.index LIMIT %(limit)s::bigint;

-- name: lock
SELECT pg_advisory_lock(%(lock)s::bigint);

-- name: lock_shared
SELECT pg_advisory_lock_shared(%(lock)s::bigint);

-- name: try_lock
SELECT pg_try_advisory_lock(%(lock)s::bigint);

-- name: unlock
SELECT pg_advisory_unlock(%(lock)s::bigint);

-- name: holder
SELECT a.backend_start
FROM pg_locks l JOIN pg_database d ON d.oid = l.database JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
    AND d.datname = current_database()
    AND (l.classid::bigint << 32) | l.objid::bigint = %(lock)s::bigint
LIMIT 1;

-- name: is_locked
SELECT EXISTS (
    SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
        AND d.datname = current_database()
        AND (l.classid::bigint << 32) | l.objid::bigint = %(lock)s::bigint);
