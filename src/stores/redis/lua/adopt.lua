-- Puts a granted hold on record, whether it fits or not; one whose id is known is left alone.
-- KEYS: epoch, hold, leases, then a count for each window.
-- ARGV: epoch, time or '', hold id, held at, expires at, has a note (1 or 0), note, four amounts, whether the ledger has its rows
-- (1 or 0), then for each window `kind,measure,ttl_ms,place`.

local BEFORE_WINDOWS = 12

local wrong = strange(KEYS[1], ARGV[1])
if wrong then
  return wrong
end
local now = clock(ARGV[2])
if known(KEYS[2], now) then
  return { 'known' }
end
-- Windows that were filled from the ledger after the hold was made may count it under its sum. (An epoch without a time is of an
-- earlier version.)
if ARGV[12] == '1' and tonumber(ARGV[4]) < tonumber(string.match(ARGV[1], '%.(%d+)@') or math.huge) then
  return { 'counted' }
end
local expires_at = tonumber(ARGV[5])
local ttl_ms = math.max(0, expires_at - now) + KNOWN_AFTER_EXPIRY_MS
local amounts = { tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11]) }

local draws = {}
for i = 4, #KEYS do
  local found = numbers(ARGV[BEFORE_WINDOWS + i - 3])
  local draw = { key = KEYS[i], kind = found[1], measure = found[2], ttl_ms = found[3], place = found[4], amount = 0 }
  if draw.kind == GAUGE then
    draw.ttl_ms = ttl_ms
  end
  book(draw, amounts[draw.measure])
  draws[#draws + 1] = draw
end

redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[2], 'state', 'open', 'held_at', ARGV[4], 'expires_at', ARGV[5], 'draws', packed(draws), 'amounts', table.concat({ ARGV[8], ARGV[9], ARGV[10], ARGV[11] }, ' '))
if ARGV[6] == '1' then
  redis.call('HSET', KEYS[2], 'note', ARGV[7])
end
redis.call('PEXPIRE', KEYS[2], exact(ttl_ms))
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[3])
keep(KEYS[3], ttl_ms)
return { 'adopted' }
