-- Usage by the hour, so that a question costs hours and not rows. Money is summed in two limbs of 32 bits, as in the questions;
-- tokens are REAL, since a sum of them must never overflow.
CREATE TABLE usage_hourly (
  -- 'tenant': all its users together, user_id is ''. 'user': one that was busy in this hour; one that was not has so few rows that
  -- they are read themselves, and a roll-up of each would be more rows than it stands for.
  scope             TEXT    NOT NULL CHECK (scope IN ('tenant', 'user')),
  -- '' for everything of the scope; else what `key` is: 'model', 'provider', 'prompt', or of a tenant 'user'. Each counts its own
  -- distinct requests.
  dimension         TEXT    NOT NULL,
  tenant            TEXT    NOT NULL,
  user_id           TEXT    NOT NULL,
  hour_ms           INTEGER NOT NULL,
  key               TEXT    NOT NULL,
  requests          INTEGER NOT NULL,
  attempts          INTEGER NOT NULL,
  cached            INTEGER NOT NULL,
  unpriced          INTEGER NOT NULL,
  prompt_tokens     REAL    NOT NULL,
  completion_tokens REAL    NOT NULL,
  saved_tokens      REAL    NOT NULL,
  cost_high         INTEGER NOT NULL,
  cost_low          INTEGER NOT NULL,
  saved_high        INTEGER NOT NULL,
  saved_low         INTEGER NOT NULL,
  -- The hours of one tenant, or of one user, lie side by side.
  PRIMARY KEY (scope, dimension, tenant, user_id, hour_ms, key)
) STRICT, WITHOUT ROWID;

-- An hour counts as rolled up while it stands here and is in force. It is put here, not in force, before its rows are read: a
-- write to one of them takes it away, and what was read is then thrown away.
CREATE TABLE rolled_hours (
  hour_ms  INTEGER NOT NULL PRIMARY KEY,
  in_force INTEGER NOT NULL
) STRICT;

CREATE TRIGGER ledger_row_added AFTER INSERT ON ledger BEGIN
  DELETE FROM rolled_hours WHERE hour_ms = new.held_at_ms / 3600000 * 3600000;
END;

CREATE TRIGGER ledger_row_changed AFTER UPDATE ON ledger BEGIN
  DELETE FROM rolled_hours WHERE hour_ms = new.held_at_ms / 3600000 * 3600000;
END;
