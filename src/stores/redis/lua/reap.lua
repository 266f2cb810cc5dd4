-- Charges holds whose lease has run out in full, gives their in flight back, and names them. Who takes one off the leases names
-- it, so of two that reap at once each hold is named by one.
-- KEYS: epoch, leases. ARGV: epoch, time or '', what the key of a hold begins with, how many at most.

local wrong = strange(KEYS[1], ARGV[1])
if wrong then
  return wrong
end
local now = clock(ARGV[2])
local reply = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', exact(now), 'LIMIT', 0, ARGV[4])) do
  local key = ARGV[3] .. id
  redis.call('ZREM', KEYS[2], id)
  local hold = known(key, now)
  if hold and hold.state == 'open' then
    local found = redis.call('HMGET', key, 'amounts', 'note')
    for _, draw in ipairs(hold.draws) do
      if draw.kind == GAUGE then
        book(draw, 0)
      end
    end
    redis.call('HSET', key, 'state', 'expired', 'draws', packed(hold.draws))
    redis.call('PEXPIRE', key, exact(hold.expires_at + KNOWN_AFTER_EXPIRY_MS - now))
    reply[#reply + 1] = { id, hold.held_at, found[1], found[2] }
  end
end
return { 'reaped', redis.call('ZCARD', KEYS[2]), unpack(reply) }
