-- Says that a tag is in use, so that its holds are reaped. KEYS: registry. ARGV: its time to live, the tag.

local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
