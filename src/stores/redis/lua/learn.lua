-- Takes up an epoch that this process has not met before, if all kinds of windows that it counts have been counted there so far; if
-- not, ends it, so that the tag is filled anew. KEYS: epoch, kinds. ARGV: the epoch, time to live, then the kinds of this process.

local wrong = strange(KEYS[1], ARGV[1])
if wrong then
  return wrong
end
local own = {}
for i = 3, #ARGV do
  own[ARGV[i]] = true
end
local counted = {}
for _, kind in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  counted[kind] = true
  -- From now on there are draws that this kind misses: whoever wants it later has to have it filled.
  if not own[kind] then
    redis.call('SREM', KEYS[2], kind)
  end
end
for kind in pairs(own) do
  if not counted[kind] then
    redis.call('DEL', KEYS[1])
    return { 'unseeded' }
  end
end
keep(KEYS[2], tonumber(ARGV[2]))
return { 'learnt' }
