-- Makes windows that were filled under a draft the windows of their tag, unless somebody was earlier. What was drafted or in force
-- in an earlier run of the server is as good as lost.
-- KEYS: epoch, draft. ARGV: the new epoch, its time to live.

if redis.call('GET', KEYS[2]) ~= ARGV[1] or not is_of_this_run(ARGV[1]) then
  return { 'lost' }
end
redis.call('DEL', KEYS[2])
local current = redis.call('GET', KEYS[1])
if current and is_of_this_run(current) then
  return { 'late' }
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return { 'seeded' }
