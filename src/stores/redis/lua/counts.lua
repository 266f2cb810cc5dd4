-- Put before every script of this folder: what was drawn on one window, kept by place, with the same arithmetic as window-count.ts.
--
-- A count is a hash: place -> amount, where a place is a slot of a sliding window, the end of a calendar period, or 0, the one
-- place of a gauge. A sliding window also has `sum`, of all its places, and `first`, the first slot that still counts.
-- Numbers are exact to 2^53, and go into Redis through `exact` only: Lua would write a large one as 1e+15.
--
-- The keys of a hold's counts are read from the hold itself. They bear its hash tag, so they lie in its slot; and whoever ends a
-- hold writes that down first, so a script that is broken off leaves too much counted, never too little.

local KNOWN_AFTER_EXPIRY_MS = 86400000

-- How a kind of windows stands in the epoch of its tag: filled when that began and counted by everybody since; filled, but some do
-- not count it; counted by somebody, but not filled.
local KIND_COUNTED, KIND_FILLED, KIND_KNOWN = 'counted', 'filled', 'known'

local function exact(number)
  return string.format('%.0f', number)
end

-- Milliseconds by the clock of this server; `given` is the time of tests.
local function clock(given)
  if given ~= '' then
    return tonumber(given)
  end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- The run of this server, short: another after each start. Where it may not be asked for, all runs are one.
local function this_run()
  local info = redis.pcall('INFO', 'server')
  local run = type(info) == 'string' and string.match(info, 'run_id:(%x+)') or ''
  return '@' .. string.sub(run, 1, 8)
end

-- Whether an epoch was begun in this run. One that was not has come from a disk or another server, and its counts may be older
-- than what was spent.
local function is_of_this_run(epoch)
  return string.match(epoch, '@%x*$') == this_run()
end

-- What to answer when these are not the windows that the caller believes them to be; nil when they are. INFO takes 12 us, so the run
-- is looked at only where the caller does not know the epoch: it forgets all it knew with each connection that ends.
local function strange(key, epoch)
  local current = redis.call('GET', key)
  if current == epoch then
    return nil
  end
  if not current or not is_of_this_run(current) then
    return { 'unseeded' }
  end
  return { 'epoch', current }
end

-- Lets the key live at least so long from now.
local function keep(key, ttl_ms)
  if redis.call('PTTL', key) < ttl_ms then
    redis.call('PEXPIRE', key, exact(ttl_ms))
  end
end

-- Numbers with commas between, which the server's own code reads several times as fast as Lua would.
local function numbers(text)
  return cjson.decode('[' .. text .. ']')
end

-- `kind,limit,measure,ttl_ms`, then for a sliding window (kind 1) `slot_ms,slots`, for a calendar one (kind 2) where the two
-- periods before begin, this one begins and ends, and the next one ends. Kind 3 is a gauge.
local SLIDING, CALENDAR, GAUGE = 1, 2, 3

local function window(key, text)
  local found = numbers(text)
  return {
    key = key,
    kind = found[1],
    limit = found[2],
    measure = found[3],
    ttl_ms = found[4],
    slot_ms = found[5],
    slots = found[6],
    bounds = { found[5], found[6], found[7], found[8], found[9] },
  }
end

-- Where a draw of this moment is booked; nil when the moment is in none of the periods that the caller could name.
local function place_at(w, at_ms)
  if w.kind == SLIDING then
    return math.floor(at_ms / w.slot_ms)
  end
  if w.kind == GAUGE then
    return 0
  end
  if at_ms < w.bounds[1] then
    return nil
  end
  for i = 2, #w.bounds do
    if at_ms < w.bounds[i] then
      return w.bounds[i]
    end
  end
end

-- The places of a sliding window, ascending, and what was drawn in each.
local function places_of(key)
  local all = redis.call('HGETALL', key)
  local places, drawn = {}, {}
  for i = 1, #all, 2 do
    local place = tonumber(all[i])
    if place then
      places[#places + 1] = place
      drawn[place] = tonumber(all[i + 1])
    end
  end
  table.sort(places)
  return places, drawn
end

-- A clock that goes back brings no slot back, and slots ahead of it go on counting: it can only refuse too much.
local function move_to(key, place, slots, first_before)
  local first = place - slots
  if first == first_before then
    return
  end
  if not first_before or first > first_before then
    local places, drawn = places_of(key)
    for _, old in ipairs(places) do
      if old >= first then
        break
      end
      redis.call('HDEL', key, exact(old))
      redis.call('HINCRBY', key, 'sum', exact(-drawn[old]))
    end
  end
  redis.call('HSET', key, 'first', exact(first))
end

-- What stands against a draw at this place.
local function used_at(w, place)
  if w.kind ~= SLIDING then
    return tonumber(redis.call('HGET', w.key, exact(place)) or 0)
  end
  local state = redis.call('HMGET', w.key, 'sum', 'first')
  if not state[1] then
    return 0
  end
  local first = state[2] and tonumber(state[2])
  if first == place - w.slots then
    return tonumber(state[1])
  end
  move_to(w.key, place, w.slots, first)
  return tonumber(redis.call('HGET', w.key, 'sum'))
end

-- Books more, or gives back. In a slot that has been left behind neither has an effect.
local function add(key, kind, place, amount, ttl_ms)
  local field = exact(place)
  local state = redis.call('HMGET', key, field, 'first', 'sum')
  local before = state[1] and tonumber(state[1])
  local is_past = state[2] and place < tonumber(state[2])
  if is_past or (not before and amount <= 0) then
    return
  end
  local after = math.max(0, (before or 0) + amount)
  local fields = {}
  if kind == SLIDING then
    -- The difference first: the sum of both may be more than a number holds exactly.
    fields = { 'sum', exact(tonumber(state[3] or 0) + (after - (before or 0))) }
  end
  if after > 0 then
    fields[#fields + 1] = field
    fields[#fields + 1] = exact(after)
  end
  if #fields > 0 then
    redis.call('HSET', key, unpack(fields))
  end
  if after == 0 then
    redis.call('HDEL', key, field)
  end
  -- Twice its window from the first draw in a place is enough for every draw there; a gauge has one place for ever.
  if not before or kind == GAUGE then
    keep(key, ttl_ms)
  end
end

-- When `amount` fits, if nobody draws meanwhile; false when that has no time. `own` is what the asking hold has drawn itself.
local function fits_at(w, place, amount, own)
  if amount > w.limit or w.kind == GAUGE then
    return false
  end
  if w.kind == CALENDAR then
    return place
  end
  local places, drawn = places_of(w.key)
  local left = -(own and own.amount or 0)
  for _, slot in ipairs(places) do
    left = left + drawn[slot]
  end
  local last = place
  for _, slot in ipairs(places) do
    if left + amount <= w.limit then
      break
    end
    last = slot
    left = left - drawn[slot] + ((own and own.place == slot and own.amount) or 0)
  end
  return (last + w.slots + 1) * w.slot_ms
end

-- Appends what is used of the window, and when the next unit fits.
local function tell(reply, w, place)
  local used = used_at(w, place)
  reply[#reply + 1] = used
  reply[#reply + 1] = used >= w.limit and fits_at(w, place, 1, nil)
end

-- Makes the draw this large, where it is.
local function book(draw, amount)
  if amount ~= draw.amount then
    add(draw.key, draw.kind, draw.place, amount - draw.amount, draw.ttl_ms)
  end
  draw.amount = amount
end

-- The draws of a hold as one flat list: tables with names would take the server several times as long to write.
local DRAW_FIELDS = { 'key', 'kind', 'measure', 'place', 'amount', 'ttl_ms' }

local function packed(draws)
  local flat = {}
  for _, draw in ipairs(draws) do
    for _, name in ipairs(DRAW_FIELDS) do
      flat[#flat + 1] = draw[name]
    end
  end
  return cmsgpack.pack(flat)
end

local function unpacked(text)
  local flat = cmsgpack.unpack(text)
  local draws = {}
  for at = 0, #flat - 1, #DRAW_FIELDS do
    local draw = {}
    for i, name in ipairs(DRAW_FIELDS) do
      draw[name] = flat[at + i]
    end
    draws[#draws + 1] = draw
  end
  return draws
end

-- A hold: state, held_at, expires_at (of its lease), draws. Nil: there is none, or it expired too long ago.
local function known(key, now)
  local found = redis.call('HMGET', key, 'state', 'held_at', 'expires_at', 'draws')
  if not found[1] then
    return nil
  end
  local hold = {
    state = found[1],
    held_at = found[2] and tonumber(found[2]),
    expires_at = found[3] and tonumber(found[3]),
    draws = found[4] and unpacked(found[4]) or {},
  }
  if hold.state ~= 'open' and hold.expires_at and hold.expires_at + KNOWN_AFTER_EXPIRY_MS <= now then
    return nil
  end
  return hold
end
