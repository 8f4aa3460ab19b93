"""The paced queue's server-side scripts that give out and take back: each is one step that a crash cannot cut in half.

Keys share one hash tag and are built from the prefix in KEYS[1]. Per chat and lane a list of "story since"; per lane
a sorted set of chats by the time before which they must not be called; a hash of the chats that are being called and
by which hand, and its inverse. ``spent``: the unix seconds at which a chat with a budget got its messages. Other
times are unix milliseconds. A chat is called by one hand at a time, so order within a chat and lane holds.

A wait is written down with its begin, "begin end", and holds between the two. So a clock that is set back ends it
instead of drawing it out; the clocks of two machines may differ by a minute.
"""

from __future__ import annotations

LANES = ("urgent", "normal", "digest", "edit")
"""From the one that overtakes all others to the one that waits for all others."""
COMMON = """
local p = KEYS[1]
local tag = string.sub(p, 1, -5)
local lanes = {'urgent', 'normal', 'digest', 'edit'}
local skew = 60000
local function queue(lane, chat) return p .. 'q:' .. lane .. ':' .. chat end
local function lines(chat) return p .. 'lines:' .. chat end
local function budget(chat) return p .. 'spent:' .. chat end
local function ledger(story, chat)
  local parts = tonumber(redis.call('HGET', tag .. 'ledger:' .. story, 'parts') or '1')
  return string.format('%sdelivered:%s:%d', tag, story, tonumber(chat) % parts)
end
-- A row of an older store has no seventh word: its message shows what was told last.
local function parse(line)
  local state, version, calls, surprises, at, message, shown =
    string.match(line, '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) ?(%S*)$')
  if shown == '' then shown = version end
  return {state = state, version = version, calls = calls, surprises = surprises, at = at, message = message,
          shown = shown}
end
local function read(story, chat)
  local line = redis.call('HGET', ledger(story, chat), chat)
  return line and parse(line)
end
-- The time of a row that has a message is when that was sent.
local function write(story, chat, row, now)
  local at = row.message ~= '0' and row.at or string.format('%.0f', now / 1000)
  redis.call('HSET', ledger(story, chat), chat, string.format(
    '%s %s %s %s %s %s %s', row.state, row.version, row.calls, row.surprises, at, row.message, row.shown))
end
local function waits_until(key, now)
  local from, till = string.match(redis.call('GET', key) or '', '^(%S+) (%S+)$')
  return from and tonumber(from) <= now + skew and tonumber(till) or 0
end
local function wake_chat(chat, at)
  for _, lane in ipairs(lanes) do
    if redis.call('EXISTS', queue(lane, chat)) == 1 then redis.call('ZADD', p .. 'ready:' .. lane, at, chat) end
  end
end
local function pop(lane, chat)
  redis.call('LPOP', queue(lane, chat))
  redis.call('HINCRBY', p .. 'waiting', lane, -1)
end
local function push(lane, chat, story, since)
  redis.call('RPUSH', queue(lane, chat), story .. ' ' .. string.format('%.0f', since))
  redis.call('HINCRBY', p .. 'waiting', lane, 1)
end
local function take_back(hand, now)
  local chat = redis.call('HGET', p .. 'hands', hand)
  if not chat then return false end
  redis.call('HDEL', p .. 'hands', hand)
  local held = redis.call('HGET', p .. 'held', chat)
  if not held or string.match(held, '^%S+ %S+ (.*)$') ~= hand then return false end
  redis.call('HDEL', p .. 'held', chat)
  wake_chat(chat, now)
  return true
end
local function let_go(chat)
  local held = redis.call('HGET', p .. 'held', chat)
  if not held then return end
  redis.call('HDEL', p .. 'held', chat)
  redis.call('HDEL', p .. 'hands', string.match(held, '^%S+ %S+ (.*)$'))
end
-- The clock releases the chat's digest at this unix second, or when it is due already if sooner.
local function plan(chat, second, event)
  redis.call('ZADD', tag .. 'due', 'LT', second, 'digest:' .. chat)
  redis.call('HSET', tag .. 'due:events', 'digest:' .. chat, event)
end
local function unplan(chat)
  redis.call('ZREM', tag .. 'due', 'digest:' .. chat)
  redis.call('HDEL', tag .. 'due:events', 'digest:' .. chat)
end
-- A story becomes a line of the chat's next digest: at ``due``, or as soon as the chat may be called where it is 0.
local function hold(story, chat, since, due, event)
  redis.call('ZADD', lines(chat), 'NX', since, story)
  if due == 0 then
    if redis.call('EXISTS', queue('digest', chat)) == 0 then push('digest', chat, 'digest', since) end
  else
    plan(chat, due / 1000, event)
  end
end
"""

TAKE = (
    COMMON
    + """
-- ARGV: now, consumer, interval of the token in ms, how far ahead of its slot a call may be given out in ms, ms after
-- which a push becomes a line of a digest, then the numbers of the free hands.
-- Answer: {ms to wait, then for each call {lane, chat, story, version, calls, surprises, state before, message, slot,
-- chat as stored, hand number, unix time of the row, version shown}}.
local now, consumer, interval, ahead = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local oldest, soonest, answer = tonumber(ARGV[5]), 1000, {''}
-- A hand does one thing at a time, so what it still holds it has lost: the store was away, or an answer never came.
-- Its row stays ``sending``: perhaps Telegram was never asked, so this is not yet the silence that counts.
for at = 6, #ARGV do take_back(consumer .. ' ' .. ARGV[at], now) end
local pause = math.max(waits_until(p .. 'pause', now), waits_until(p .. 'hold', now))
if pause > now then return {string.format('%.0f', pause - now)} end
-- After a refusal that was meant for everyone one call tries whether it still stands.
local trial = redis.call('EXISTS', p .. 'trial') == 1
if trial and redis.call('HLEN', p .. 'hands') > 0 then return {'250'} end
local pace = tonumber(redis.call('GET', p .. 'pace') or '0')
-- No take leaves the pace further ahead than this: the clock was set back.
if pace > now + interval + ahead + skew then pace = 0 end

local function too_old(lane, chat, story, since)
  if now - since <= oldest or (lane ~= 'urgent' and lane ~= 'normal') then return false end
  local row = read(story, chat)
  pop(lane, chat)
  -- What follows a message keeps its row: its line in the digest is enough.
  if row and row.message ~= '0' and row.state == 'sent' then
    hold(story, chat, since, 0, '')
  elseif row then
    -- A doubt stays a doubt: its line in the digest says so.
    if row.state == 'sending' then row.state = 'unknown' end
    if row.state ~= 'unknown' then row.state = 'held' end
    write(story, chat, row, now)
    hold(story, chat, since, 0, '')
  end
  return true
end

local function next_up()
  for _, lane in ipairs(lanes) do
    local ready = p .. 'ready:' .. lane
    while true do
      local head = redis.call('ZRANGE', ready, 0, 0, 'WITHSCORES')
      if #head == 0 then break end
      local chat, at = head[1], tonumber(head[2])
      local rest = waits_until(p .. 'rest:' .. chat, now)
      -- Only its rest keeps a chat from being called; a score that lies ahead without one is older than its clock.
      if at > now and rest > now then soonest = math.min(soonest, at - now) break end
      local story, since = string.match(redis.call('LINDEX', queue(lane, chat), 0) or '', '^(%S+) (%S+)$')
      if not story or redis.call('HEXISTS', p .. 'held', chat) == 1 then
        redis.call('ZREM', ready, chat)
      elseif rest > now then
        redis.call('ZADD', ready, rest, chat)
      elseif too_old(lane, chat, story, tonumber(since)) then
        wake_chat(chat, at)
      else
        return lane, chat, story
      end
    end
  end
end

for at = 6, #ARGV do
  local slot = math.max(now, pace)
  if slot - now > ahead then soonest = math.min(soonest, slot - now - ahead) break end
  local lane, chat, story = next_up()
  if not lane then break end
  local hand = consumer .. ' ' .. ARGV[at]
  for _, other in ipairs(lanes) do redis.call('ZREM', p .. 'ready:' .. other, chat) end
  redis.call('HSET', p .. 'held', chat, lane .. ' ' .. story .. ' ' .. hand)
  redis.call('HSET', p .. 'hands', hand, chat)
  pace = slot + interval
  local row = read(story, chat) or {state = 'pending', version = '0', calls = 0, surprises = 0, message = '0',
                                    shown = '0', at = '0'}
  local before = row.state
  -- An edit may be made twice without harm, so it needs no doubt: its row stays ``sent``.
  if lane ~= 'edit' then
    row.state, row.calls = 'sending', row.calls + 1
    write(story, chat, row, now)
  end
  answer[#answer + 1] = {lane, chat, story, tostring(row.version), tostring(row.calls), tostring(row.surprises), before,
                         tostring(row.message), string.format('%.0f', slot),
                         redis.call('HGET', tag .. 'chats', chat) or '', ARGV[at], row.at, row.shown}
  if trial then break end
end
if #answer > 1 then redis.call('SET', p .. 'pace', string.format('%.3f', pace)) end
answer[1] = string.format('%.0f', math.max(soonest, 1))
return answer
"""
)

SETTLE = (
    COMMON
    + """
-- ARGV: now, then for each answer: chat, hand, state, version, version shown, message, keep at head (1 or 0), next call
-- for this chat not before, surprises to add, release of a held line ('' not held, '0' at once, else when), event of
-- that release, stories of a digest as "story:version" ("story:-version" where it left one out), why it went wrong,
-- letter for the dead, words to count,
-- unix time of a message that counts against the chat's budget or '', lines of a digest that wait for a later one.
-- Answer: for each 1, or 0 when the chat had been taken away meanwhile: then nothing of it is written.
local now, done = tonumber(ARGV[1]), {}
for at = 2, #ARGV, 17 do
  local chat, hand, state, version, shown, message, again, till, surprises, release, event, told, why, letter, tally,
    spent, later = unpack(ARGV, at, at + 16)
  local lane, story, by = string.match(redis.call('HGET', p .. 'held', chat) or '', '^(%S+) (%S+) (.*)$')
  local rest = tonumber(till)
  if by ~= hand then
    done[#done + 1] = 0
  else
    local row = read(story, chat)
    if state == 'sent' and again == '0' then redis.call('DEL', p .. 'trial') end
    if lane == 'digest' then
      for id, left_out, told_version in string.gmatch(told, '(%S+):(%-?)(%d+)') do
        local line = read(id, chat)
        -- One that rose meanwhile is pushed for itself.
        if redis.call('ZREM', lines(chat), id) == 1 and line then
          line.state = line.message ~= '0' and 'sent' or left_out == '' and 'listed' or 'failed'
          if tonumber(told_version) > tonumber(line.version) then line.version = told_version end
          write(id, chat, line, now)
        end
      end
      if state == 'sent' then
        redis.call('HDEL', ledger(story, chat), chat)
        if redis.call('ZCARD', lines(chat)) > tonumber(later) then again = '1' end
      elseif row then
        row.state = state
        row.surprises = row.surprises + surprises
        write(story, chat, row, now)
      end
    elseif row then
      if lane ~= 'edit' then row.state = state end
      -- What a line is to tell has not been told by an edit, only shown.
      local edited = message == '' and shown ~= ''
      if version ~= '' and not (edited and redis.call('ZSCORE', lines(chat), story)) then row.version = version end
      if shown ~= '' then row.shown = shown end
      if message ~= '' then row.message, row.at = message, string.format('%.0f', now / 1000) end
      row.surprises = row.surprises + surprises
      write(story, chat, row, now)
    end
    if again == '0' then pop(lane, chat) end
    if release ~= '' then
      if lane == 'digest' then
        plan(chat, tonumber(release) / 1000, event)
      else
        hold(story, chat, now, tonumber(release), event)
      end
    end
    if why ~= '' then
      redis.call('LPUSH', p .. 'errors', ARGV[1] .. ' ' .. chat .. ' ' .. why)
      redis.call('LTRIM', p .. 'errors', 0, 49)
    end
    if letter ~= '' then
      redis.call('XADD', tag .. 'dead', 'MAXLEN', '~', 100000, '*', 'stage', 'send', 'stream', 'alerts',
                 'event', letter, 'why', why)
    end
    -- Three days outlast the longest day of any zone, and a change of the zone.
    if spent ~= '' then
      redis.call('RPUSH', budget(chat), spent)
      redis.call('LTRIM', budget(chat), -500, -1)
      redis.call('EXPIRE', budget(chat), 259200)
    end
    for word in string.gmatch(tally, '%S+') do redis.call('HINCRBY', p .. 'counts', word, 1) end
    let_go(chat)
    -- The rest outlives an empty queue and holds for every lane.
    if rest > now then
      redis.call('SET', p .. 'rest:' .. chat, ARGV[1] .. ' ' .. till, 'PX', string.format('%.0f', rest - now + skew))
    end
    wake_chat(chat, rest)
    done[#done + 1] = 1
  end
end
return done
"""
)
