-- The tables of version 0.1.0.
--
-- Homes of version 0.1.0 have these tables and no version table. This migration runs over them and
-- leaves alone what is there. A home of an early build that lacks a column gets it here, and nobody
-- has to guess from the tables how old a home is. Later migrations run once and need no IF NOT
-- EXISTS.

CREATE TABLE IF NOT EXISTS ledger_entries (
    index bigint PRIMARY KEY CHECK (index >= 0),
    product text NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    actor text NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    clock_set_back boolean NOT NULL,
    key text NOT NULL,
    body_hash bytea NOT NULL CHECK (octet_length(body_hash) = 32),
    leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
    CONSTRAINT ledger_entries_key_once UNIQUE (key),
    CONSTRAINT ledger_entries_key_given CHECK (key <> '')
);
CREATE INDEX IF NOT EXISTS ledger_entries_of_product ON ledger_entries (product, index);
CREATE INDEX IF NOT EXISTS ledger_entries_of_subject ON ledger_entries (product, subject, index);

-- Apart from the headers, so that a body can be erased and every proof still holds.
CREATE TABLE IF NOT EXISTS entry_bodies (
    index bigint PRIMARY KEY REFERENCES ledger_entries (index),
    salt bytea NOT NULL CHECK (octet_length(salt) = 16),
    body bytea NOT NULL
);

-- A body that is missing without a row here was not erased but destroyed.
CREATE TABLE IF NOT EXISTS body_erasures (
    index bigint PRIMARY KEY REFERENCES ledger_entries (index),
    erased_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    erased_by text NOT NULL DEFAULT session_user,
    reason text NOT NULL CHECK (reason <> '')
);

CREATE TABLE IF NOT EXISTS ledger_head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    size bigint NOT NULL,
    recorded_at timestamptz,
    generation bigint NOT NULL
);
INSERT INTO ledger_head (size, generation) VALUES (0, 0) ON CONFLICT DO NOTHING;

-- Newest entry of each product: shows a reader in one look whether its remembered state is current.
CREATE TABLE IF NOT EXISTS ledger_products (
    product text PRIMARY KEY,
    entry bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS recorder_positions (
    identity text PRIMARY KEY,
    event_id bigint NOT NULL
);

-- Projection of the entries, bitemporal: `valid` is when a value was true, `recorded` when it was
-- believed. The column `value` is json, not jsonb: jsonb refuses the escape of the zero character,
-- which a delivered name may contain. The column `began` is the entry that first made the fact. It gives the members
-- of a state the order in which the fold added them.
CREATE TABLE IF NOT EXISTS facts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product text NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    value json NOT NULL,
    valid tstzrange NOT NULL CHECK (NOT isempty(valid)),
    recorded tstzrange NOT NULL CHECK (NOT isempty(recorded)),
    entry bigint NOT NULL REFERENCES ledger_entries (index),
    began bigint NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS facts_current ON facts (product, kind, key)
    WHERE upper_inf(valid) AND upper_inf(recorded);
CREATE INDEX IF NOT EXISTS facts_of_product ON facts (product);

-- Postgres computes `digest` with every row that is written. The sums of the digests are stored
-- beside the newest entry of each product, and only the functions of the ledger write them:
-- `present` of the facts that hold now, `past` of all others. A row that was changed, removed or
-- added without these functions leaves a sum that does not fit. Sums are no proof, because a role
-- that can write `facts` can write them too: folding the entries again (`aipo verify`) is a proof.
ALTER TABLE facts ADD COLUMN IF NOT EXISTS digest bigint NOT NULL GENERATED ALWAYS AS (
    hashtextextended(
        product || E'\n' || kind || E'\n' || key || E'\n' || value::text
        || E'\n' || entry::text || E'\n' || began::text
        || E'\n' || extract(epoch FROM lower(valid) AT TIME ZONE 'UTC')::text
        || E'\n' || coalesce(extract(epoch FROM upper(valid) AT TIME ZONE 'UTC')::text, '')
        || E'\n' || extract(epoch FROM lower(recorded) AT TIME ZONE 'UTC')::text
        || E'\n' || coalesce(extract(epoch FROM upper(recorded) AT TIME ZONE 'UTC')::text, ''),
        0)
) STORED;
ALTER TABLE ledger_products ADD COLUMN IF NOT EXISTS present numeric NOT NULL DEFAULT 0;
ALTER TABLE ledger_products ADD COLUMN IF NOT EXISTS past numeric NOT NULL DEFAULT 0;
-- The transaction that dropped all facts last: it alone may make facts of entries it did not write.
ALTER TABLE ledger_head ADD COLUMN IF NOT EXISTS rebuilding xid8;
