-- Who may do what. Run as role aipo_owner, after the functions, for the same reason as they are.
--
-- Every object belongs to aipo_owner, which nobody can log in as. The application (aipo) reads the
-- tables and calls the functions; it cannot write a table directly. aipo_eraser may call
-- ledger_erase_body, no other role may. A migration takes back a right that is gone from here.

REVOKE ALL ON FUNCTION ledger_begin, ledger_append, ledger_project, ledger_rebuild,
    ledger_rebuilt, ledger_set_position, ledger_erase_body FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_begin, ledger_append, ledger_project, ledger_rebuild,
    ledger_rebuilt, ledger_set_position TO aipo;
GRANT EXECUTE ON FUNCTION ledger_erase_body TO aipo_eraser;
GRANT SELECT ON ledger_entries, entry_bodies, body_erasures, ledger_head, ledger_products,
    recorder_positions, facts TO aipo;
