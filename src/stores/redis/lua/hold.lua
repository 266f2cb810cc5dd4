-- Makes a hold exactly these amounts on these windows, all or none.
-- KEYS: epoch, hold, leases, then a count for each window.
-- ARGV: epoch, time or '', epoch's time to live, hold id, lease, has a note (1 or 0), note, four amounts, how many of the windows
-- are to be told (the first ones; the rest are the hold's from before), then each window.

local BEFORE_WINDOWS = 12

local wrong = strange(KEYS[1], ARGV[1])
if wrong then
  return wrong
end
local now = clock(ARGV[2])
local lease_ms = tonumber(ARGV[5])
local amounts = { tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11]) }

local windows = {}
for i = 4, #KEYS do
  local w = window(KEYS[i], ARGV[BEFORE_WINDOWS + i - 3])
  w.place = place_at(w, now)
  if not w.place then
    return { 'clock', now }
  end
  windows[#windows + 1] = w
end

-- Without a hold: as of now. With one: each place as that hold sees it.
local function told(reply)
  for i = 1, tonumber(ARGV[12]) do
    tell(reply, windows[i], windows[i].place)
  end
  return reply
end

local hold = known(KEYS[2], now)
if hold and hold.state == 'settled' then
  return told({ 'granted', hold.held_at or now })
end
local is_expired = hold ~= nil and hold.state == 'expired'
local held_at = hold and hold.held_at or now
local draws = hold and hold.draws or {}
local draw_of = {}
for _, draw in ipairs(draws) do
  draw_of[draw.key] = draw
end

for _, w in ipairs(windows) do
  w.draw = draw_of[w.key]
  w.amount = amounts[w.measure]
  -- One that has expired is charged: it may grow, but only a settle lowers it.
  if is_expired then
    w.amount = w.kind == GAUGE and 0 or math.max(w.amount, w.draw and w.draw.amount or 0)
  end
  -- Money stays in the period of the hold, whatever the time of a raise.
  if w.kind == CALENDAR then
    w.place = w.draw and w.draw.place or place_at(w, held_at) or w.place
  end
end

local function still_counts(w)
  local draw = w.draw
  if not draw or draw.amount == 0 or (w.kind == SLIDING and draw.place < w.place - w.slots) then
    return false
  end
  return redis.call('HEXISTS', w.key, exact(draw.place)) == 1
end

-- The window that refuses; of several, the one that is full longest.
local refusal, refused_until
for i, w in ipairs(windows) do
  -- What a hold has it keeps, also where the window is over its limit by now: only a raise has to fit.
  if w.amount > (w.draw and w.draw.amount or 0) then
    local used = used_at(w, w.place)
    local own = still_counts(w) and w.draw or nil
    if used - (own and own.amount or 0) + w.amount > w.limit then
      local fits = fits_at(w, w.place, w.amount, own)
      local resets = fits and math.max(now, fits)
      -- More than the whole limit never fits; what is in flight may end at any moment.
      local until_ms = w.amount > w.limit and math.huge or resets or now
      if not refusal or until_ms > refused_until then
        refusal, refused_until = { 'refused', i - 1, used, resets }, until_ms
      end
    end
  end
end
if refusal then
  return told(refusal)
end

for _, w in ipairs(windows) do
  local draw = w.draw
  if not draw then
    draw = { key = w.key, kind = w.kind, measure = w.measure, place = w.place, amount = 0 }
    draws[#draws + 1] = draw
  end
  -- A gauge has no window's length to live by: it outlives the holds on it.
  draw.ttl_ms = w.kind == GAUGE and lease_ms + KNOWN_AFTER_EXPIRY_MS or w.ttl_ms
  -- A raise takes the whole draw along into the slot of now. Left in its old slot the raise would leave the window a whole
  -- stretch too early; and a draw that is counted later than it was made undercounts in no stretch. What is lowered stays.
  if w.amount > draw.amount and w.place > draw.place then
    book(draw, 0)
    draw.place = w.place
  end
  book(draw, w.amount)
end

if not hold then
  redis.call('DEL', KEYS[2])
end
local fields = { 'held_at', exact(held_at), 'draws', packed(draws), 'amounts', table.concat({ ARGV[8], ARGV[9], ARGV[10], ARGV[11] }, ' ') }
local function write(name, value)
  fields[#fields + 1] = name
  fields[#fields + 1] = value
end
if ARGV[6] == '1' then
  write('note', ARGV[7])
end
if not is_expired then
  write('state', 'open')
  write('expires_at', exact(now + lease_ms))
end
redis.call('HSET', KEYS[2], unpack(fields))
if not is_expired then
  redis.call('PEXPIRE', KEYS[2], exact(lease_ms + KNOWN_AFTER_EXPIRY_MS))
  redis.call('ZADD', KEYS[3], exact(now + lease_ms), ARGV[4])
  keep(KEYS[3], lease_ms + KNOWN_AFTER_EXPIRY_MS)
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return told({ 'granted', held_at })
