-- The latest state of each attempt that is not safely in the ledger yet. The columns of a row are those of the ledger.
CREATE TABLE journal (
  attempt_id           TEXT    NOT NULL PRIMARY KEY,
  request_id           TEXT    NOT NULL,
  generation_id        TEXT    NOT NULL,
  tenant               TEXT    NOT NULL,
  user_id              TEXT    NOT NULL,
  provider             TEXT    NOT NULL,
  model                TEXT    NOT NULL,
  requested_model      TEXT,
  key_id               TEXT,
  prompt_name          TEXT,
  prompt_version       TEXT,
  state                TEXT    NOT NULL CHECK (state IN ('open', 'settled', 'released', 'unknown')),
  outcome              TEXT,
  code                 TEXT,
  finish_reason        TEXT,
  has_usage            INTEGER NOT NULL,
  input_tokens         INTEGER,
  cache_read_tokens    INTEGER,
  cache_write_tokens   INTEGER,
  output_tokens        INTEGER,
  reasoning_tokens     INTEGER,
  usage_source         TEXT    NOT NULL,
  cost_pico_usd        INTEGER,
  price_id             TEXT,
  corrects             TEXT,
  priced               INTEGER NOT NULL,
  saved_pico_usd       INTEGER,
  saved_tokens         INTEGER,
  held_pico_usd        INTEGER,
  held_tokens          INTEGER,
  over_hold            INTEGER NOT NULL,
  tags                 TEXT    NOT NULL,
  held_at_ms           INTEGER NOT NULL,
  started_at_ms        INTEGER NOT NULL,
  first_event_after_ms INTEGER,
  ended_at_ms          INTEGER,
  -- A row keeps its place in the queue while it waits, whatever state it gets into.
  position             INTEGER NOT NULL,
  -- `shipped`: open in the ledger as it is here. `refused`: set aside. Three words of one length, so that going from one to
  -- another takes no room in a file that is full.
  shipping             TEXT    NOT NULL CHECK (shipping IN ('waiting', 'shipped', 'refused'))
) STRICT;

CREATE INDEX journal_waiting ON journal (position) WHERE shipping = 'waiting';
CREATE INDEX journal_refused ON journal (request_id) WHERE shipping = 'refused';

-- Requests of a process that died, whose holds are to be settled once no row before this position waits any more.
CREATE TABLE owed_settles (
  request_id TEXT    NOT NULL PRIMARY KEY,
  tenant     TEXT    NOT NULL,
  user_id    TEXT    NOT NULL,
  position   INTEGER NOT NULL
) STRICT;
