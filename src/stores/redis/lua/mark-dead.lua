-- Marks that what was asked up to a moment is dead. A mark never goes back to an earlier moment, whatever clock it was made by.
-- KEYS: the mark, then an entry that goes at once, if there is one. ARGV: the moment, the mark's time to live in ms.

local before = tonumber(redis.call('GET', KEYS[1]) or '')
if before and before > tonumber(ARGV[1]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
if KEYS[2] then
  redis.call('UNLINK', KEYS[2])
end
return 1
