-- Begins the next epoch of a tag, which nobody knows until it is published. KEYS: draft. ARGV: its id, its time to live, time or ''.

local epoch = ARGV[1] .. '.' .. exact(clock(ARGV[3])) .. this_run()
redis.call('SET', KEYS[1], epoch, 'PX', ARGV[2])
return { 'drafted', epoch }
