-- Keeps an answer, unless what it was asked for was invalidated since (nothing else would outlive the mark of its key), or one that was
-- asked for later is there.
-- KEYS: the entry, then the marks of its tag. ARGV: the entry, its time to live in ms, when it was asked for.

local asked_at = tonumber(ARGV[3])
for i = 2, #KEYS do
  local mark = redis.call('GET', KEYS[i])
  -- A mark that cannot be read may be of any moment.
  if mark and not (tonumber(mark) and tonumber(mark) < asked_at) then
    return 0
  end
end
local before = redis.pcall('GET', KEYS[1])
-- The moment stands behind the answer, which may hold anything.
local before_at = type(before) == 'string' and tonumber(before:match('.*"askedAtMs":(%d+)'))
if before_at and before_at > asked_at then
  return 2
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
