-- How the windows stand. KEYS: epoch, then a count for each window. ARGV: epoch, time or '', then each window.

local wrong = strange(KEYS[1], ARGV[1])
if wrong then
  return wrong
end
local now = clock(ARGV[2])
local reply = { 'states' }
for i = 2, #KEYS do
  local w = window(KEYS[i], ARGV[i + 1])
  local place = place_at(w, now)
  if not place then
    return { 'clock', now }
  end
  tell(reply, w, place)
end
return reply
