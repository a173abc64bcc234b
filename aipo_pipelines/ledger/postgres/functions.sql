-- The functions and triggers of the ledger. Run as role aipo_owner, after the migrations, if this
-- file or a migration has changed.
--
-- They are no migrations because they hold no data: replacing them loses nothing. This file shows
-- the functions that are in force, and a review sees a change of a function as a change. CREATE OR
-- REPLACE neither drops a function nor changes its parameters or its result: a migration drops such
-- a function first.
--
-- The functions run as aipo_owner with a pinned search path.

CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    erasing text := coalesce(current_setting('aipo.erasing', true), '');
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'entry_bodies'
        AND current_user = 'aipo_owner' AND erasing <> '' THEN
        IF TG_LEVEL = 'STATEMENT' THEN
            RETURN NULL;
        END IF;
        IF OLD.index::text = erasing THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '% on % is refused: the ledger is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'AI003', HINT = 'Append an entry that corrects the earlier one.';
END $$;

CREATE OR REPLACE TRIGGER refuse_rows BEFORE UPDATE OR DELETE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE OR REPLACE TRIGGER refuse_statements BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
CREATE OR REPLACE TRIGGER refuse_rows BEFORE UPDATE OR DELETE ON entry_bodies
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE OR REPLACE TRIGGER refuse_statements BEFORE UPDATE OR DELETE OR TRUNCATE ON entry_bodies
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
CREATE OR REPLACE TRIGGER refuse_rows BEFORE UPDATE OR DELETE ON body_erasures
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE OR REPLACE TRIGGER refuse_statements BEFORE UPDATE OR DELETE OR TRUNCATE ON body_erasures
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();

CREATE OR REPLACE FUNCTION ledger_time(moment timestamptz) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT '"' || to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '"'
$$;

-- The header in RFC 8785 form. All its values are text, one boolean and one integer below 2^53,
-- for which to_json writes what RFC 8785 asks; the names are in their order.
CREATE OR REPLACE FUNCTION ledger_header(entry ledger_entries) RETURNS bytea
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT convert_to(
        '{"actor":' || to_json(entry.actor)::text
        || ',"body_hash":"' || encode(entry.body_hash, 'hex')
        || '","clock_set_back":' || entry.clock_set_back::text
        || ',"index":' || entry.index::text
        || ',"key":' || to_json(entry.key)::text
        || ',"kind":' || to_json(entry.kind)::text
        || ',"occurred_at":' || ledger_time(entry.occurred_at)
        || ',"product":' || to_json(entry.product)::text
        || ',"recorded_at":' || ledger_time(entry.recorded_at)
        || ',"subject":' || to_json(entry.subject)::text
        || '}', 'UTF8')
$$;

-- Computes the hashes of every new entry itself, regardless of the hashes that the caller gives.
CREATE OR REPLACE FUNCTION ledger_hash_entry() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.leaf_hash := sha256('\x00'::bytea || ledger_header(NEW));
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER hash_entry BEFORE INSERT ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION ledger_hash_entry();

-- Opens an append: waits for its turn, first within the product, then in the whole ledger, and
-- returns the end of the ledger. The turn ends with the transaction. Each statement sees the
-- transactions that were committed while the statement before it waited.
CREATE OR REPLACE FUNCTION ledger_begin(lock_key bigint, given_product text)
RETURNS TABLE (size bigint, recorded_at timestamptz, generation bigint, entry bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(lock_key);
    PERFORM FROM ledger_head FOR UPDATE;
    RETURN QUERY SELECT head.size, head.recorded_at, head.generation,
        (SELECT newest.entry FROM ledger_products newest WHERE newest.product = given_product)
        FROM ledger_head head;
END $$;

-- Stores entries of one product at the end of the ledger and returns the index of the first.
-- Refuses a first index that is not the end (AI001) and leaf hashes that differ from those the
-- database computes (AI002). A key that was used before violates ledger_entries_key_once.
CREATE OR REPLACE FUNCTION ledger_append(
    first_index bigint, given_product text, kinds text[], subjects text[], actors text[],
    occurred timestamptz[], keys text[], recorded timestamptz, salts bytea[], bodies bytea[],
    leaves bytea[]
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head ledger_head;
    stored bytea[];
BEGIN
    SELECT * INTO STRICT head FROM ledger_head FOR UPDATE;
    IF first_index <> head.size THEN
        RAISE EXCEPTION 'entries were prepared for index %, the ledger ends before %',
            first_index, head.size USING ERRCODE = 'AI001';
    END IF;
    WITH given AS (
        SELECT first_index + g.place - 1 AS index, g.*
        FROM unnest(kinds, subjects, actors, occurred, keys, salts, bodies)
            WITH ORDINALITY AS g (kind, subject, actor, occurred_at, key, salt, body, place)
    ), headers AS (
        INSERT INTO ledger_entries (index, product, kind, subject, actor, occurred_at,
            recorded_at, clock_set_back, key, body_hash, leaf_hash)
        SELECT given.index, given_product, given.kind, given.subject, given.actor,
            given.occurred_at, recorded,
            given.place = 1 AND coalesce(recorded < head.recorded_at, false),
            given.key, sha256(given.salt || given.body), '\x'
        FROM given ORDER BY given.index
        RETURNING ledger_entries.index, ledger_entries.leaf_hash
    ), contents AS (
        INSERT INTO entry_bodies (index, salt, body)
        SELECT given.index, given.salt, given.body FROM given
    )
    SELECT array_agg(headers.leaf_hash ORDER BY headers.index) INTO stored FROM headers;
    IF stored IS DISTINCT FROM leaves THEN
        RAISE EXCEPTION 'the leaf hashes handed in are not those of the entries'
            USING ERRCODE = 'AI002';
    END IF;
    UPDATE ledger_head SET size = head.size + cardinality(keys), recorded_at = recorded;
    INSERT INTO ledger_products (product, entry)
        VALUES (given_product, head.size + cardinality(keys) - 1)
        ON CONFLICT (product) DO UPDATE SET entry = excluded.entry;
    RETURN first_index;
END $$;

-- The sums of these products, by the rows of `facts`; of all products if no product is named.
CREATE OR REPLACE FUNCTION ledger_sums(products text[])
RETURNS TABLE (product text, present numeric, past numeric)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT f.product,
        coalesce(sum(f.digest) FILTER (WHERE upper_inf(f.valid) AND upper_inf(f.recorded)), 0),
        coalesce(sum(f.digest) FILTER (WHERE NOT (upper_inf(f.valid) AND upper_inf(f.recorded))), 0)
    FROM facts f WHERE products IS NULL OR f.product = ANY (products) GROUP BY f.product
$$;

-- Applies changes of facts in order; a null value ends a fact. A replaced value stays readable:
-- its belief ends now, and it is still believed for the time before the change. A value is folded
-- from all entries before it, so it never becomes true earlier than the value that it replaces.
-- Refuses facts of entries that this transaction did not write (AI005), unless it rebuilds.
CREATE OR REPLACE FUNCTION ledger_project(
    given_product text, kinds text[], keys text[], new_values text[], entries bigint[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    here xid8 := pg_current_xact_id();
    rebuilds boolean := (SELECT head.rebuilding = here FROM ledger_head head);
    change record;
    old facts;
    since timestamptz;
    believed timestamptz;
    began bigint;
    written bigint;
    to_present numeric := 0;
    to_past numeric := 0;
BEGIN
    FOR change IN
        SELECT c.*, e.occurred_at, e.recorded_at, e.xmin = here::xid AS is_new
        FROM unnest(kinds, keys, new_values, entries)
            WITH ORDINALITY AS c (kind, key, value, entry, place)
        LEFT JOIN ledger_entries e ON e.index = c.entry AND e.product = given_product
        ORDER BY c.place
    LOOP
        IF NOT coalesce(change.is_new OR (rebuilds AND change.recorded_at IS NOT NULL), false) THEN
            RAISE EXCEPTION 'facts of entry % are refused: this transaction wrote no such entry of '
                'product %', change.entry, given_product USING ERRCODE = 'AI005';
        END IF;
        since := change.occurred_at;
        believed := change.recorded_at;
        began := change.entry;
        SELECT * INTO old FROM facts f
            WHERE f.product = given_product AND f.kind = change.kind AND f.key = change.key
            AND upper_inf(f.valid) AND upper_inf(f.recorded);
        IF FOUND THEN
            since := greatest(since, lower(old.valid));
            believed := greatest(believed, lower(old.recorded));
            began := old.began;
            to_present := to_present - old.digest;
            IF believed = lower(old.recorded) THEN
                DELETE FROM facts f WHERE f.id = old.id;
            ELSE
                UPDATE facts f SET recorded = tstzrange(lower(old.recorded), believed)
                    WHERE f.id = old.id RETURNING f.digest INTO written;
                to_past := to_past + written;
            END IF;
            IF since > lower(old.valid) THEN
                INSERT INTO facts (product, kind, key, value, valid, recorded, entry, began)
                VALUES (old.product, old.kind, old.key, old.value,
                    tstzrange(lower(old.valid), since), tstzrange(believed, NULL), old.entry,
                    old.began)
                RETURNING digest INTO written;
                to_past := to_past + written;
            END IF;
        END IF;
        IF change.value IS NOT NULL THEN
            INSERT INTO facts (product, kind, key, value, valid, recorded, entry, began)
            VALUES (given_product, change.kind, change.key, change.value::json,
                tstzrange(since, NULL), tstzrange(believed, NULL), change.entry,
                began)
            RETURNING digest INTO written;
            to_present := to_present + written;
        END IF;
    END LOOP;
    UPDATE ledger_products p
        SET present = p.present + to_present, past = p.past + to_past
        WHERE p.product = given_product;
END $$;

-- Drops the projection before it is folded again; readers that remember a state notice. The sums
-- stay until `ledger_rebuilt`: called alone it leaves facts that do not fit them.
CREATE OR REPLACE FUNCTION ledger_rebuild() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE ledger_head SET generation = generation + 1, rebuilding = pg_current_xact_id();
    DELETE FROM facts;
END $$;

-- Ends what `ledger_rebuild` began in the same transaction (otherwise AI006): sums the new facts.
CREATE OR REPLACE FUNCTION ledger_rebuilt() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE ledger_head SET rebuilding = NULL WHERE rebuilding = pg_current_xact_id();
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no facts were dropped in this transaction, so none were folded again'
            USING ERRCODE = 'AI006';
    END IF;
    UPDATE ledger_products p SET present = coalesce(s.present, 0), past = coalesce(s.past, 0)
        FROM ledger_products each LEFT JOIN ledger_sums(NULL) s ON s.product = each.product
        WHERE p.product = each.product;
END $$;

-- Remembers how far a recorder has read; never moves back.
CREATE OR REPLACE FUNCTION ledger_set_position(given_identity text, given_event bigint)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO recorder_positions (identity, event_id) VALUES (given_identity, given_event)
    ON CONFLICT (identity) DO UPDATE
        SET event_id = greatest(recorder_positions.event_id, excluded.event_id)
$$;

-- Erases one body and its salt, which nobody can restore, and records the erasure. The header and all proofs stay.
CREATE OR REPLACE FUNCTION ledger_erase_body(given_index bigint, given_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('aipo.erasing', given_index::text, true);
    DELETE FROM entry_bodies WHERE index = given_index;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'entry % has no body to erase', given_index USING ERRCODE = 'AI004';
    END IF;
    PERFORM set_config('aipo.erasing', '', true);
    INSERT INTO body_erasures (index, reason) VALUES (given_index, given_reason);
END $$;
