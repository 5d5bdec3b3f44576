/** Layout of the keys of activity. */
export const ACTIVITY_SCHEMA = 1;

/*
 * All keys of activity share one hash tag, so that one script may touch them in a Cluster: `head` (a hash: n counts
 * appended rows over all agents, forgotten counts agents that were dropped), `agents` (a sorted set: names by their
 * newest n), and of each agent `rows` (a list in the order of appending: "n id at body", see below), `ids` (a set)
 * and `trim` (a hash: the newest time that was let go, and when).
 */

/**
 * KEYS head, agents, rows, ids, trim. ARGV agent, most rows (0: any), slack, cutoff ('' for none), time to live (0:
 * none), then id, time and body of each row. A row is kept as its number, id and time, each ended by a space, and the
 * body: ids hold no space.
 */
export const ACTIVITY_APPEND = `
local n = tonumber(redis.call('HGET', KEYS[1], 'n') or '0')
local added = 0
for index = 6, #ARGV, 3 do
  if redis.call('SADD', KEYS[4], ARGV[index]) == 1 then
    n = n + 1
    added = added + 1
    local parts = { string.format('%.0f', n), ARGV[index], ARGV[index + 1], ARGV[index + 2] }
    redis.call('RPUSH', KEYS[3], table.concat(parts, ' '))
  end
end

local function drop(count)
  local newest
  for _, row in ipairs(redis.call('LRANGE', KEYS[3], 0, count - 1)) do
    local id, at = string.match(row, '^%d+ (%S+) (%S+) ')
    redis.call('SREM', KEYS[4], id)
    if not newest or tonumber(at) > newest then newest = tonumber(at) end
  end
  redis.call('LTRIM', KEYS[3], count, -1)
  local before = tonumber(redis.call('HGET', KEYS[5], 'at') or newest)
  n = n + 1
  added = added + 1
  redis.call('HSET', KEYS[5], 'at', string.format('%.0f', math.max(before, newest)), 'n', string.format('%.0f', n))
end

local length = redis.call('LLEN', KEYS[3])
local most = tonumber(ARGV[2])
if most > 0 and length > most + tonumber(ARGV[3]) then
  drop(length - most)
  length = most
end
if ARGV[4] ~= '' then
  local cutoff = tonumber(ARGV[4])
  local old = 0
  -- Mostly the first row says that there is nothing to drop.
  local first = redis.call('LINDEX', KEYS[3], 0)
  if first and tonumber(string.match(first, '^%d+ %S+ (%S+) ')) < cutoff then
    for _, row in ipairs(redis.call('LRANGE', KEYS[3], 0, 4999)) do
      if tonumber(string.match(row, '^%d+ %S+ (%S+) ')) >= cutoff then break end
      old = old + 1
    end
  end
  if old > 0 then drop(old) end
end
if ARGV[5] ~= '0' then
  for index = 3, 5 do redis.call('PEXPIRE', KEYS[index], ARGV[5]) end
end
if added > 0 then
  redis.call('HSET', KEYS[1], 'n', string.format('%.0f', n), 'schema', ${ACTIVITY_SCHEMA})
  redis.call('ZADD', KEYS[2], n, ARGV[1])
end
return added
`;

/** KEYS head, agents, rows, ids, trim. ARGV agent. */
export const ACTIVITY_FORGET = `
if redis.call('ZREM', KEYS[2], ARGV[1]) == 1 then redis.call('HINCRBY', KEYS[1], 'forgotten', 1) end
redis.call('DEL', KEYS[3], KEYS[4], KEYS[5])
return 1
`;
