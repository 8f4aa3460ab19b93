"""The paced queue's server-side scripts around the calls: chats that end or move, hands that died, rows that are asked.

They share their words with ``scripts``.
"""

from __future__ import annotations

from bot.delivery.scripts import COMMON

DROP = (
    COMMON
    + """
-- ARGV: now, chat. Everything that waits for the chat has failed. Answer: how many rows.
local now, chat, dropped = tonumber(ARGV[1]), ARGV[2], 0
local function forget_mutes(chat)
  redis.call('ZREM', tag .. 'due', 'mutes:' .. chat)
  redis.call('HDEL', tag .. 'due:events', 'mutes:' .. chat)
end
local function fail(story)
  local row = read(story, chat)
  if row then
    row.state = 'failed'
    write(story, chat, row, now)
    dropped = dropped + 1
  end
end
for _, lane in ipairs(lanes) do
  for _, entry in ipairs(redis.call('LRANGE', queue(lane, chat), 0, -1)) do
    -- What an edit would have kept current was delivered.
    if lane ~= 'edit' then fail(string.match(entry, '^%S+')) end
    redis.call('HINCRBY', p .. 'waiting', lane, -1)
  end
  redis.call('DEL', queue(lane, chat))
  redis.call('ZREM', p .. 'ready:' .. lane, chat)
end
for _, story in ipairs(redis.call('ZRANGE', lines(chat), 0, -1)) do fail(story) end
redis.call('DEL', lines(chat), p .. 'kept:' .. chat)
redis.call('HDEL', ledger('digest', chat), chat)
unplan(chat)
forget_mutes(chat)
let_go(chat)
return dropped
"""
)

MOVE = (
    COMMON
    + """
-- ARGV: now, old chat, new chat, event of a digest's release. What waits for the old id waits for the new one, in the
-- same order. What is being sent just now stays ``sending``, so it is repeated with a mark; what the new id has had
-- already is left out.
local now, old, new = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local function follow(story)
  local line = redis.call('HGET', ledger(story, old), old)
  -- A digest has a row only once it has been tried.
  if not line then return story == 'digest' and redis.call('EXISTS', queue('digest', new)) == 0 end
  redis.call('HDEL', ledger(story, old), old)
  if redis.call('HEXISTS', ledger(story, new), new) == 1 then return false end
  redis.call('HSET', ledger(story, new), new, line)
  return true
end
for _, lane in ipairs(lanes) do
  for _, entry in ipairs(redis.call('LRANGE', queue(lane, old), 0, -1)) do
    if follow(string.match(entry, '^%S+')) then
      redis.call('RPUSH', queue(lane, new), entry)
    else
      redis.call('HINCRBY', p .. 'waiting', lane, -1)
    end
  end
  redis.call('DEL', queue(lane, old))
  redis.call('ZREM', p .. 'ready:' .. lane, old)
end
local held = redis.call('ZRANGE', lines(old), 0, -1, 'WITHSCORES')
for at = 1, #held, 2 do
  -- What stands beside a story for the mute that held it has no row.
  local beside = string.match(held[at], '^mute=')
  if beside or follow(held[at]) then redis.call('ZADD', lines(new), 'NX', held[at + 1], held[at]) end
end
redis.call('DEL', lines(old))
local due = redis.call('ZSCORE', tag .. 'due', 'digest:' .. old)
if due then
  plan(new, due, ARGV[4])
  unplan(old)
end
local kept = redis.call('ZRANGE', p .. 'kept:' .. old, 0, -1, 'WITHSCORES')
for at = 1, #kept, 2 do
  follow(string.match(kept[at], '^%S+'))
  redis.call('ZADD', p .. 'kept:' .. new, 'NX', kept[at + 1], kept[at])
end
redis.call('DEL', p .. 'kept:' .. old)
local ends = redis.call('ZSCORE', tag .. 'due', 'mutes:' .. old)
if ends then
  redis.call('ZADD', tag .. 'due', 'LT', ends, 'mutes:' .. new)
  redis.call('HSET', tag .. 'due:events', 'mutes:' .. new, ARGV[4])
  redis.call('ZREM', tag .. 'due', 'mutes:' .. old)
  redis.call('HDEL', tag .. 'due:events', 'mutes:' .. old)
end
if redis.call('EXISTS', budget(old)) == 1 then redis.call('RENAME', budget(old), budget(new)) end
let_go(old)
wake_chat(new, now)
return 1
"""
)

REPLAN = (
    COMMON
    + """
-- ARGV: chat, unix second of its release, event of that. What waits for the chat's digest is released then and at no
-- other time. A digest that is in line already asks for the chat's wishes when its turn comes.
local chat = ARGV[1]
if redis.call('EXISTS', lines(chat)) == 0 then
  unplan(chat)
  return 0
end
if redis.call('EXISTS', queue('digest', chat)) == 1 then return 0 end
unplan(chat)
plan(chat, ARGV[2], ARGV[3])
return 1
"""
)

PAUSE = (
    COMMON
    + """
-- ARGV: now, ms to wait, whether only one call at a time is made after it until one succeeds (1 or 0). Calls that were
-- under way when a wait began are answered with waits of their own: the longest holds.
local now, wait = tonumber(ARGV[1]), tonumber(ARGV[2])
if ARGV[3] == '1' then redis.call('SET', p .. 'trial', '1') end
if waits_until(p .. 'pause', now) < now + wait then
  redis.call('SET', p .. 'pause', string.format('%.0f %.0f', now, now + wait), 'PX', string.format('%.0f', wait))
end
"""
)

RECOVER = (
    COMMON
    + """
-- ARGV: now, prefix of heartbeats, own name. Chats held by the dead are free again; what they held stays ``sending``.
local now, freed = tonumber(ARGV[1]), 0
for _, hand in ipairs(redis.call('HKEYS', p .. 'hands')) do
  local by = string.match(hand, '^%S+')
  if by ~= ARGV[3] and redis.call('EXISTS', ARGV[2] .. by) == 0 and take_back(hand, now) then freed = freed + 1 end
end
return freed
"""
)

DOUBTS = (
    COMMON
    + """
-- ARGV: chat, then stories. Answer: those of them that the chat may have had already, because nobody answered.
local chat, found = ARGV[1], {}
for at = 2, #ARGV do
  local row = read(ARGV[at], chat)
  if row and row.state == 'unknown' then found[#found + 1] = ARGV[at] end
end
return found
"""
)

ROWS = (
    COMMON
    + """
-- ARGV: story, then chats. Answer: for each its row, or false.
local found = {}
for at = 2, #ARGV do found[at - 1] = redis.call('HGET', ledger(ARGV[1], ARGV[at]), ARGV[at]) end
return found
"""
)

FORGET = (
    COMMON
    + """
-- ARGV: chat, then stories. The chat's rows of these, and the errors that name it, are erased. Answer: how many rows.
local chat, gone = ARGV[1], 0
for at = 2, #ARGV do
  if redis.call('HDEL', ledger(ARGV[at], chat), chat) == 1 then
    gone = gone + 1
    redis.call('HINCRBY', tag .. 'ledger:' .. ARGV[at], 'rows', -1)
  end
end
for _, told in ipairs(redis.call('LRANGE', p .. 'errors', 0, -1)) do
  if string.match(told, '^%S+ (%S+)') == chat then redis.call('LREM', p .. 'errors', 0, told) end
end
return gone
"""
)
