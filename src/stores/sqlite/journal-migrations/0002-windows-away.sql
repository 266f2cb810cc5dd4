-- Since when the windows are decided about without their store, by the store's time. No row: the store knows everything.
CREATE TABLE windows_away (
  since_ms INTEGER NOT NULL
) STRICT;

-- 0: the process that runs will tell the store itself, from memory; it is owed only if that process dies.
ALTER TABLE owed_settles ADD COLUMN is_left INTEGER NOT NULL DEFAULT 1;
-- 1: the hold was made without the store.
ALTER TABLE owed_settles ADD COLUMN was_alone INTEGER NOT NULL DEFAULT 0;
