-- Makes windows that were filled under a draft the windows of their tag, unless somebody was earlier.
-- KEYS: epoch, draft. ARGV: the new epoch, its time to live.

if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return { 'lost' }
end
redis.call('DEL', KEYS[2])
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return { 'late' }
end
return { 'seeded' }
