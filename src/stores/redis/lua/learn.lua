-- Takes up an epoch that this process has not met before, if all kinds of windows that it counts were filled there and have been
-- counted by everybody since. KEYS: epoch, kinds. ARGV: the epoch, time to live, what to do where one was not (`look`: say so;
-- `end`: end the epoch, so that the tag is filled anew; `take`: nothing, if it was filled), then the kinds of this process.

local wrong = strange(KEYS[1], ARGV[1])
if wrong then
  return wrong
end
local own = {}
for i = 4, #ARGV do
  own[ARGV[i]] = true
end
local found = redis.call('HGETALL', KEYS[2])
local state_of = {}
for i = 1, #found, 2 do
  state_of[found[i]] = found[i + 1]
end
local lacks = false
for kind in pairs(own) do
  local state = state_of[kind]
  if not state then
    -- Whoever fills the tag next fills this one, too.
    redis.call('HSET', KEYS[2], kind, KIND_KNOWN)
  end
  lacks = lacks or not (state == KIND_COUNTED or (state == KIND_FILLED and ARGV[3] == 'take'))
end
keep(KEYS[2], tonumber(ARGV[2]))
if lacks and ARGV[3] == 'end' then
  redis.call('DEL', KEYS[1])
  return { 'unseeded' }
end
if lacks then
  return { 'lacking' }
end
for kind, state in pairs(state_of) do
  -- From now on there are draws that this kind misses: whoever wants it later has to have it filled.
  if state == KIND_COUNTED and not own[kind] then
    redis.call('HSET', KEYS[2], kind, KIND_FILLED)
  end
end
return { 'learnt' }
