-- As in the ledger.
ALTER TABLE journal ADD COLUMN prompt_hash TEXT;
