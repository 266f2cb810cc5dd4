-- Who asked with which key, what for, and what the answer was reckoned with. Null in rows from before.
ALTER TABLE ledger ADD COLUMN requested_model      TEXT;
ALTER TABLE ledger ADD COLUMN key_id               TEXT;
ALTER TABLE ledger ADD COLUMN prompt_name          TEXT;
ALTER TABLE ledger ADD COLUMN prompt_version       TEXT;
ALTER TABLE ledger ADD COLUMN finish_reason        TEXT;
ALTER TABLE ledger ADD COLUMN price_id             TEXT;
-- The attempt whose cost the row corrects; null: the row stands for itself.
ALTER TABLE ledger ADD COLUMN corrects             TEXT;
ALTER TABLE ledger ADD COLUMN first_event_after_ms INTEGER;

CREATE INDEX ledger_corrections ON ledger (corrects) WHERE corrects IS NOT NULL;
