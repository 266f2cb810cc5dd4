-- Ends a hold with what was really used; corrects one that has expired.
-- KEYS: epoch, hold, leases. ARGV: epoch, time or '', hold id, four amounts.

-- A hold that comes late, after its settle, is known at least so long.
local LEAST_KNOWN_MS = 60000

local wrong = strange(KEYS[1], ARGV[1])
if wrong then
  return wrong
end
local now = clock(ARGV[2])
local actual = { tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]) }
local hold = known(KEYS[2], now)
if not hold or hold.state == 'settled' then
  return { 'done' }
end
if hold.state == 'open' then
  redis.call('ZREM', KEYS[3], ARGV[3])
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[2], 'state', 'settled')
  redis.call('PEXPIRE', KEYS[2], exact(math.max(LEAST_KNOWN_MS, hold.expires_at - now)))
else
  redis.call('HSET', KEYS[2], 'state', 'settled')
  redis.call('HDEL', KEYS[2], 'draws')
end
for _, draw in ipairs(hold.draws) do
  book(draw, draw.kind == GAUGE and 0 or actual[draw.measure])
end
return { 'done' }
