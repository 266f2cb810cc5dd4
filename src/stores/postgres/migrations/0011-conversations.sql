-- Stored conversations. Times are in milliseconds since 1970, money in pico-dollars.
CREATE TABLE conversations (
  id              text   COLLATE "C" NOT NULL PRIMARY KEY,
  tenant          text   COLLATE "C" NOT NULL,
  user_id         text   COLLATE "C" NOT NULL,
  title           text   NOT NULL,
  system_prompt   text,
  -- As it was asked for; null: left to us.
  model           text,
  -- Counts the turns that were kept.
  version         bigint NOT NULL,
  message_count   bigint NOT NULL,
  created_at_ms   bigint NOT NULL,
  updated_at_ms   bigint NOT NULL,
  -- The request whose turn is under way, and until when nobody else may begin one. Null: none is.
  turn_request_id text   COLLATE "C",
  turn_until_ms   bigint
);

CREATE INDEX conversations_by_owner ON conversations (tenant, user_id, updated_at_ms, id);

CREATE TABLE conversation_messages (
  conversation_id text   COLLATE "C" NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  position        bigint NOT NULL,
  request_id      text   COLLATE "C" NOT NULL,
  role            text   NOT NULL,
  -- JSON, as text: what a vendor wants back unchanged keeps the order of its keys and the form of its numbers.
  content         text   NOT NULL,
  -- Of a tool's result.
  tool_call_id    text,
  at_ms           bigint NOT NULL,
  -- From here on of an answer alone.
  generation_id   text,
  provider        text,
  model           text,
  -- Null: under way, or its process has died.
  finish_reason   text,
  code            text,
  input_tokens    bigint,
  output_tokens   bigint,
  usage_source    text,
  cost_pico_usd   bigint,
  cached          boolean,
  PRIMARY KEY (conversation_id, position)
);
