-- What a template was, beside what it was called: two files may bear one version. Null: the row has no prompt, or is older.
ALTER TABLE ledger ADD COLUMN prompt_hash TEXT;
