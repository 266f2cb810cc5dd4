-- Makes windows that were filled under a draft the windows of their tag, unless somebody was earlier. What was drafted or in force
-- in an earlier run of the server is as good as lost.
-- KEYS: epoch, draft, kinds. ARGV: the new epoch, its time to live, then the kinds of windows that it was filled with.

if redis.call('GET', KEYS[2]) ~= ARGV[1] or not is_of_this_run(ARGV[1]) then
  return { 'lost' }
end
redis.call('DEL', KEYS[2])
local current = redis.call('GET', KEYS[1])
if current and is_of_this_run(current) then
  return { 'late' }
end
redis.call('DEL', KEYS[3])
if #ARGV > 2 then
  redis.call('SADD', KEYS[3], unpack(ARGV, 3))
  redis.call('PEXPIRE', KEYS[3], ARGV[2])
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return { 'seeded' }
