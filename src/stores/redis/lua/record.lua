-- Puts use on record that no hold here stands for. KEYS: epoch, then a count for each draw; a count may come several times.
-- ARGV: epoch, then for each draw `kind,ttl_ms,place,slots,amount`.

local wrong = strange(KEYS[1], ARGV[1])
if wrong then
  return wrong
end
for i = 2, #KEYS do
  local found = numbers(ARGV[i])
  local kind, ttl_ms, place, slots, amount = found[1], found[2], found[3], found[4], found[5]
  -- The ring goes along with what it is told, so that a month of rows fills no more slots than a minute has.
  if kind == SLIDING then
    local first = redis.call('HGET', KEYS[i], 'first')
    move_to(KEYS[i], place, slots, first and tonumber(first))
  end
  add(KEYS[i], kind, place, amount, ttl_ms)
end
return { 'done' }
