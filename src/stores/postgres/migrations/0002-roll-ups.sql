-- Usage by the hour, so that a question costs hours and not rows.
CREATE TABLE usage_hourly (
  -- 'tenant': all its users together, user_id is ''. 'user': one that was busy in this hour; one that was not has so few rows that
  -- they are read themselves, and a roll-up of each would be more rows than it stands for.
  scope             text    COLLATE "C" NOT NULL CHECK (scope IN ('tenant', 'user')),
  -- '' for everything of the scope; else what `key` is: 'model', 'provider', 'prompt', or of a tenant 'user'. Each counts its own
  -- distinct requests.
  dimension         text    COLLATE "C" NOT NULL,
  tenant            text    COLLATE "C" NOT NULL,
  user_id           text    COLLATE "C" NOT NULL,
  hour_ms           bigint  NOT NULL,
  key               text    COLLATE "C" NOT NULL,
  requests          bigint  NOT NULL,
  attempts          bigint  NOT NULL,
  cached            bigint  NOT NULL,
  unpriced          bigint  NOT NULL,
  prompt_tokens     numeric NOT NULL,
  completion_tokens numeric NOT NULL,
  saved_tokens      numeric NOT NULL,
  cost_pico_usd     numeric NOT NULL,
  saved_pico_usd    numeric NOT NULL,
  -- The hours of one tenant, or of one user, lie side by side.
  PRIMARY KEY (scope, dimension, tenant, user_id, hour_ms, key)
);

CREATE INDEX usage_hourly_by_hour ON usage_hourly (hour_ms);

-- Hours whose figures are in the rows and not, or no longer, in the roll-up. An hour that does not stand here is rolled up, or has
-- no rows at all.
CREATE TABLE unrolled_hours (
  hour_ms    bigint NOT NULL,
  -- 0: its rows have changed; else who is at it. Only its own mark does one take away when it is done: whoever writes to the
  -- hour meanwhile leaves a 0, which stays.
  rolling_by bigint NOT NULL,
  PRIMARY KEY (hour_ms, rolling_by)
);

-- In the transaction of every change, whoever makes it. The shared lock, held to its end, lets one who begins to roll the hour up
-- know that nobody is about to commit rows under a mark that he takes away. Inserts alone, so that this is right at every
-- isolation level, and no writer waits for another.
CREATE FUNCTION mark_unrolled_hours() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext(TG_TABLE_SCHEMA || '.unrolled_hours'), hour.number::int)
    FROM (SELECT DISTINCT held_at_ms / 3600000 AS number FROM changed ORDER BY 1) hour;
  INSERT INTO unrolled_hours (hour_ms, rolling_by)
    SELECT DISTINCT held_at_ms / 3600000 * 3600000, 0 FROM changed ORDER BY 1
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;

CREATE TRIGGER ledger_rows_added AFTER INSERT ON ledger REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION mark_unrolled_hours();
CREATE TRIGGER ledger_rows_changed AFTER UPDATE ON ledger REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION mark_unrolled_hours();
