-- Makes windows that were filled under a draft the windows of their tag, unless somebody was earlier. What was drafted or in force
-- in an earlier run of the server is as good as lost.
-- KEYS: epoch, draft, kinds. ARGV: the new epoch, its time to live, how many kinds of windows are counted from here on, then the kinds
-- that it was filled with, those first.

if redis.call('GET', KEYS[2]) ~= ARGV[1] or not is_of_this_run(ARGV[1]) then
  return { 'lost' }
end
redis.call('DEL', KEYS[2])
local current = redis.call('GET', KEYS[1])
if current and is_of_this_run(current) then
  return { 'late' }
end
for _, kind in ipairs(redis.call('HKEYS', KEYS[3])) do
  redis.call('HSET', KEYS[3], kind, KIND_KNOWN)
end
for i = 4, #ARGV do
  redis.call('HSET', KEYS[3], ARGV[i], i - 3 <= tonumber(ARGV[3]) and KIND_COUNTED or KIND_FILLED)
end
keep(KEYS[3], tonumber(ARGV[2]))
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return { 'seeded' }
