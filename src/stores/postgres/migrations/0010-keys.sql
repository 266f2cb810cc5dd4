-- API keys: everything about them but the key, of which only the HMAC is here. Times are in milliseconds since 1970.
CREATE TABLE tenants (
  name text COLLATE "C" NOT NULL PRIMARY KEY
);

CREATE TABLE api_keys (
  id             text COLLATE "C" NOT NULL PRIMARY KEY,
  hash           text COLLATE "C" NOT NULL UNIQUE,
  tenant         text COLLATE "C" NOT NULL REFERENCES tenants (name),
  -- Of a user's key; null: it is of nobody by itself.
  user_id        text,
  role           text NOT NULL CHECK (role IN ('admin', 'server', 'user')),
  tier           text,
  -- Null: all models.
  allowed_models text[],
  created_at_ms  bigint NOT NULL,
  -- Null: it does not expire.
  expires_at_ms  bigint,
  -- Null: it is in force. A key is never deleted, since rows of the ledger name it.
  revoked_at_ms  bigint
);

CREATE INDEX api_keys_by_time ON api_keys (created_at_ms, id);
CREATE INDEX api_keys_by_tenant ON api_keys (tenant, created_at_ms, id);
