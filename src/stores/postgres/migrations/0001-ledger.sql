-- One row for each upstream attempt, and one for each answer that needed none. Money is in pico-dollars, times are in
-- milliseconds since 1970. Null means not told or not known, never zero. Text is compared as bytes, on every machine alike.
CREATE TABLE ledger (
  attempt_id           text COLLATE "C" NOT NULL PRIMARY KEY,
  request_id           text COLLATE "C" NOT NULL,
  generation_id        text COLLATE "C" NOT NULL,
  tenant               text COLLATE "C" NOT NULL,
  user_id              text COLLATE "C" NOT NULL,
  provider             text COLLATE "C" NOT NULL,
  model                text COLLATE "C" NOT NULL,
  requested_model      text COLLATE "C",
  key_id               text COLLATE "C",
  prompt_name          text COLLATE "C",
  prompt_version       text COLLATE "C",
  priced               boolean NOT NULL,
  -- The attempt whose cost the row corrects; null: the row stands for itself.
  corrects             text COLLATE "C",
  held_pico_usd        bigint,
  held_tokens          bigint,
  -- An object of strings.
  tags                 jsonb   NOT NULL,
  -- Hours are counted from 1970, and a remainder of what is before it would be negative.
  held_at_ms           bigint  NOT NULL CHECK (held_at_ms >= 0),
  started_at_ms        bigint  NOT NULL,
  state                text    NOT NULL CHECK (state IN ('open', 'settled', 'released', 'unknown')),
  outcome              text,
  code                 text,
  finish_reason        text,
  -- False: no usage at all; true: the five figures, each of which may still be null.
  has_usage            boolean NOT NULL,
  input_tokens         bigint,
  cache_read_tokens    bigint,
  cache_write_tokens   bigint,
  output_tokens        bigint,
  reasoning_tokens     bigint,
  usage_source         text    NOT NULL,
  cost_pico_usd        bigint,
  price_id             text,
  saved_pico_usd       bigint,
  saved_tokens         bigint,
  over_hold            boolean NOT NULL,
  first_event_after_ms bigint,
  ended_at_ms          bigint
);

CREATE INDEX ledger_by_time ON ledger (held_at_ms, attempt_id);
CREATE INDEX ledger_by_user ON ledger (tenant, user_id, held_at_ms);
CREATE INDEX ledger_by_request ON ledger (request_id);
CREATE INDEX ledger_still_open ON ledger (tenant, held_at_ms) WHERE state = 'open';
CREATE INDEX ledger_corrections ON ledger (corrects) WHERE corrects IS NOT NULL;
