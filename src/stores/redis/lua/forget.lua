-- Takes tags that have no hold off the registry, unless they were touched lately: whoever uses a tag touches it again in time.
-- KEYS: registry. ARGV: how long a tag has to be quiet, in seconds; then the tags.

local touched_before = tonumber(redis.call('TIME')[1]) - tonumber(ARGV[1])
for i = 2, #ARGV do
  local score = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if score and tonumber(score) < touched_before then
    redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
