-- Stored conversations. Times are in milliseconds since 1970, money in pico-dollars.
CREATE TABLE conversations (
  id              TEXT    NOT NULL PRIMARY KEY,
  tenant          TEXT    NOT NULL,
  user_id         TEXT    NOT NULL,
  title           TEXT    NOT NULL,
  system_prompt   TEXT,
  -- As it was asked for; null: left to us.
  model           TEXT,
  -- Counts the turns that were kept.
  version         INTEGER NOT NULL,
  message_count   INTEGER NOT NULL,
  created_at_ms   INTEGER NOT NULL,
  updated_at_ms   INTEGER NOT NULL,
  -- The request whose turn is under way, and until when nobody else may begin one. Null: none is.
  turn_request_id TEXT,
  turn_until_ms   INTEGER
) STRICT;

CREATE INDEX conversations_by_owner ON conversations (tenant, user_id, updated_at_ms, id);

CREATE TABLE conversation_messages (
  conversation_id TEXT    NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  position        INTEGER NOT NULL,
  request_id      TEXT    NOT NULL,
  role            TEXT    NOT NULL,
  -- JSON: a text, or parts as they are sent back to the vendor.
  content         TEXT    NOT NULL,
  -- Of a tool's result.
  tool_call_id    TEXT,
  at_ms           INTEGER NOT NULL,
  -- From here on of an answer alone.
  generation_id   TEXT,
  provider        TEXT,
  model           TEXT,
  -- Null: under way, or its process has died.
  finish_reason   TEXT,
  code            TEXT,
  input_tokens    INTEGER,
  output_tokens   INTEGER,
  usage_source    TEXT,
  cost_pico_usd   INTEGER,
  cached          INTEGER,
  PRIMARY KEY (conversation_id, position)
) STRICT;
