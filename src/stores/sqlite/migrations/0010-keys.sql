-- API keys: everything about them but the key, of which only the HMAC is here. Times are in milliseconds since 1970.
CREATE TABLE tenants (
  name TEXT NOT NULL PRIMARY KEY
) STRICT;

CREATE TABLE keys (
  id             TEXT    NOT NULL PRIMARY KEY,
  hash           TEXT    NOT NULL UNIQUE,
  tenant         TEXT    NOT NULL REFERENCES tenants (name),
  -- Of a user's key; null: it is of nobody by itself.
  user_id        TEXT,
  role           TEXT    NOT NULL CHECK (role IN ('admin', 'server', 'user')),
  tier           TEXT,
  -- A JSON list of names; null: all models.
  allowed_models TEXT,
  created_at_ms  INTEGER NOT NULL,
  -- Null: it does not expire.
  expires_at_ms  INTEGER,
  -- Null: it is in force. A key is never deleted, since rows of the ledger name it.
  revoked_at_ms  INTEGER
) STRICT;

CREATE INDEX keys_by_time ON keys (created_at_ms, id);
CREATE INDEX keys_by_tenant ON keys (tenant, created_at_ms, id);
