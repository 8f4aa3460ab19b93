"""The paced queue's server-side scripts: each is one step that a crash cannot cut in half.

Keys share one hash tag and are built from the prefix in KEYS[1]. Per chat and lane a list of story ids; per lane a
sorted set of chats by the time before which they must not be called; a hash of the chats that are being called and by
whom. Times are unix milliseconds. A chat is called by one hand at a time, so order within a chat and lane holds.

A wait is written down with its begin, "begin end", and holds between the two. So a clock that is set back ends it
instead of drawing it out; the clocks of two machines may differ by a minute.
"""

from __future__ import annotations

LANES = ("urgent", "normal", "digest", "edit")

_COMMON = """
local p = KEYS[1]
local lanes = {'urgent', 'normal', 'digest', 'edit'}
local function queue(lane, chat) return p .. 'q:' .. lane .. ':' .. chat end
local function ledger(story) return string.sub(p, 1, -5) .. 'delivered:' .. story end
local function row(story, chat, state, attempts, now, message)
  local old = redis.call('HGET', ledger(story), chat)
  if not old then return end
  local version, tries, kept = string.match(old, '^%S+ (%S+) (%S+) %S+ (%S+)$')
  redis.call('HSET', ledger(story), chat, table.concat(
    {state, version, attempts or tries, string.format('%.0f', now), message or kept}, ' '))
end
local skew = 60000
local function waits_until(key, now)
  local from, till = string.match(redis.call('GET', key) or '', '^(%S+) (%S+)$')
  return from and tonumber(from) <= now + skew and tonumber(till) or 0
end
local function wake_chat(chat, at)
  for _, lane in ipairs(lanes) do
    if redis.call('LLEN', queue(lane, chat)) > 0 then redis.call('ZADD', p .. 'ready:' .. lane, at, chat) end
  end
end
"""

TAKE = (
    _COMMON
    + """
-- ARGV: now, hand ("consumer number"), interval of the token in ms, burst.
-- Answer: {wait in ms}, or {lane, chat, story, attempt, state before}.
local now, consumer, interval, burst = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
-- A hand does one thing at a time, so what it still holds it has lost: the store was away, or an answer never came.
-- Its row stays ``sending``: perhaps Telegram was never asked, so this is not yet the silence that counts.
local held = redis.call('HGETALL', p .. 'held')
for i = 1, #held, 2 do
  if string.match(held[i + 1], '^%S+ %S+ (.*)$') == consumer then
    redis.call('HDEL', p .. 'held', held[i])
    wake_chat(held[i], now)
  end
end
local pause = waits_until(p .. 'pause', now)
if pause > now then return {tostring(pause - now)} end
local pace = tonumber(redis.call('GET', p .. 'pace') or '0')
-- No take leaves the pace further ahead than this: the clock was set back.
if pace > now + interval * (burst + 1) + skew then pace = 0 end
local due = math.max(now, pace)
if due - now > interval * burst then return {tostring(due - now - interval * burst)} end
local soonest = 1000
for _, lane in ipairs(lanes) do
  local ready = p .. 'ready:' .. lane
  while true do
    local head = redis.call('ZRANGE', ready, 0, 0, 'WITHSCORES')
    if #head == 0 then break end
    local chat, at = head[1], tonumber(head[2])
    local story = redis.call('LINDEX', queue(lane, chat), 0)
    local rest = waits_until(p .. 'rest:' .. chat, now)
    -- Only its rest keeps a chat from being called; a score that lies ahead without one is from before a clock was set.
    if at > now and rest > now then soonest = math.min(soonest, at - now) break end
    if redis.call('HEXISTS', p .. 'held', chat) == 1 or not story then
      redis.call('ZREM', ready, chat)
    elseif rest > now then
      redis.call('ZADD', ready, rest, chat)
    else
      for _, other in ipairs(lanes) do redis.call('ZREM', p .. 'ready:' .. other, chat) end
      redis.call('HSET', p .. 'held', chat, lane .. ' ' .. story .. ' ' .. consumer)
      redis.call('SET', p .. 'pace', string.format('%.3f', due + interval))
      local line = redis.call('HGET', ledger(story), chat) or 'pending 0 0 0 0'
      local before, tries = string.match(line, '^(%S+) %S+ (%S+)')
      row(story, chat, 'sending', tries + 1, now)
      return {lane, chat, story, tostring(tries + 1), before}
    end
  end
end
return {tostring(soonest)}
"""
)

FINISH = (
    _COMMON
    + """
-- ARGV: now, chat, hand, state, message id, keep at head (1 or 0), next call for this chat not before.
-- Answer: 1, or 0 when the chat had been taken away meanwhile: then nothing is written.
local now, chat, consumer, state = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]
local held = redis.call('HGET', p .. 'held', chat)
if not held then return 0 end
local lane, story, by = string.match(held, '^(%S+) (%S+) (.*)$')
if by ~= consumer then return 0 end
row(story, chat, state, nil, now, ARGV[5] ~= '' and ARGV[5] or nil)
if ARGV[6] == '0' then redis.call('LPOP', queue(lane, chat)) end
redis.call('HDEL', p .. 'held', chat)
-- The rest outlives an empty queue and holds for every lane.
local rest = tonumber(ARGV[7])
if rest > now then
  redis.call('SET', p .. 'rest:' .. chat, ARGV[1] .. ' ' .. ARGV[7], 'PX', string.format('%.0f', rest - now + skew))
end
wake_chat(chat, rest)
return 1
"""
)

DROP = (
    _COMMON
    + """
-- ARGV: now, chat. Everything that waits for the chat has failed. Answer: how many rows.
local now, chat, dropped = tonumber(ARGV[1]), ARGV[2], 0
for _, lane in ipairs(lanes) do
  for _, story in ipairs(redis.call('LRANGE', queue(lane, chat), 0, -1)) do
    row(story, chat, 'failed', nil, now)
    dropped = dropped + 1
  end
  redis.call('DEL', queue(lane, chat))
  redis.call('ZREM', p .. 'ready:' .. lane, chat)
end
redis.call('HDEL', p .. 'held', chat)
return dropped
"""
)

MOVE = (
    _COMMON
    + """
-- ARGV: now, old chat, new chat. What waits for the old id waits for the new one, in the same order. What is being
-- sent just now stays ``sending``, so it is repeated with a mark; what the new id has had already is left out.
local now, old, new = tonumber(ARGV[1]), ARGV[2], ARGV[3]
for _, lane in ipairs(lanes) do
  for _, story in ipairs(redis.call('LRANGE', queue(lane, old), 0, -1)) do
    local line = redis.call('HGET', ledger(story), old)
    if line and redis.call('HEXISTS', ledger(story), new) == 0 then
      redis.call('HSET', ledger(story), new, line)
      redis.call('RPUSH', queue(lane, new), story)
    end
    redis.call('HDEL', ledger(story), old)
  end
  redis.call('DEL', queue(lane, old))
  redis.call('ZREM', p .. 'ready:' .. lane, old)
end
redis.call('HDEL', p .. 'held', old)
wake_chat(new, now)
return 1
"""
)

RECOVER = (
    _COMMON
    + """
-- ARGV: now, prefix of heartbeats, own name. Chats held by the dead are free again; what they held stays ``sending``.
local now, freed = tonumber(ARGV[1]), 0
local held = redis.call('HGETALL', p .. 'held')
for at = 1, #held, 2 do
  local chat, by = held[at], string.match(held[at + 1], '^%S+ %S+ (%S+)')
  if by ~= ARGV[3] and redis.call('EXISTS', ARGV[2] .. by) == 0 then
    redis.call('HDEL', p .. 'held', chat)
    wake_chat(chat, now)
    freed = freed + 1
  end
end
return freed
"""
)
