-- One row for each upstream attempt, and one for each answer that needed none. Money is in pico-dollars, times are in
-- milliseconds since 1970. Null means not told or not known, never zero.
CREATE TABLE ledger (
  attempt_id         TEXT    NOT NULL PRIMARY KEY,
  request_id         TEXT    NOT NULL,
  generation_id      TEXT    NOT NULL,
  tenant             TEXT    NOT NULL,
  user_id            TEXT    NOT NULL,
  provider           TEXT    NOT NULL,
  model              TEXT    NOT NULL,
  state              TEXT    NOT NULL CHECK (state IN ('open', 'settled', 'released', 'unknown')),
  outcome            TEXT,
  code               TEXT,
  -- 0: no usage at all; 1: the five figures, each of which may still be null.
  has_usage          INTEGER NOT NULL,
  input_tokens       INTEGER,
  cache_read_tokens  INTEGER,
  cache_write_tokens INTEGER,
  output_tokens      INTEGER,
  reasoning_tokens   INTEGER,
  usage_source       TEXT    NOT NULL,
  cost_pico_usd      INTEGER,
  priced             INTEGER NOT NULL,
  saved_pico_usd     INTEGER,
  saved_tokens       INTEGER,
  held_pico_usd      INTEGER,
  held_tokens        INTEGER,
  over_hold          INTEGER NOT NULL,
  -- A JSON object of strings.
  tags               TEXT    NOT NULL,
  held_at_ms         INTEGER NOT NULL,
  started_at_ms      INTEGER NOT NULL,
  ended_at_ms        INTEGER,
  -- 1 for the first row of a request: counting distinct request ids of a million rows takes 5 s, counting these 0.3 s.
  is_first           INTEGER NOT NULL
) STRICT;

CREATE INDEX ledger_by_time ON ledger (held_at_ms);
CREATE INDEX ledger_by_user ON ledger (tenant, user_id, held_at_ms);
CREATE INDEX ledger_by_request ON ledger (request_id);
CREATE INDEX ledger_still_open ON ledger (held_at_ms) WHERE state = 'open';
