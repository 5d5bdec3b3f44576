/** Layout of the keys this version reads and writes. */
export const REDIS_SCHEMA = 1;

/** Error replies of the scripts below; `redisError` turns them into advice. */
export const FOREIGN = 'TIERFALL_FOREIGN';
export const LATER = 'TIERFALL_LATER';

/**
 * Begins a script whose first key is a state: its fields, false where there is none. Refuses a key of another program
 * and a later layout. Every script is a constant: names and values travel as KEYS and ARGV alone.
 */
const READ = `
local fields = redis.call('HMGET', KEYS[1], 'schema', 'version', 'seq', 'checkpoint')
local schema, version, seq, checkpoint = fields[1], fields[2], fields[3], fields[4]
if not schema and redis.call('EXISTS', KEYS[1]) == 1 then return redis.error_reply('${FOREIGN} ' .. KEYS[1]) end
if schema and tonumber(schema) > ${REDIS_SCHEMA} then return redis.error_reply('${LATER} ' .. schema) end
`;

/** KEYS state. Answers version and state. */
export const LOAD = `${READ}
if not version then return {} end
return { version, redis.call('HGET', KEYS[1], 'state') }
`;

/**
 * KEYS state, ledger. ARGV expected version, the next one, state, half a history limit, time to live (0: none),
 * channel, text to publish there, time of the last event, events... Answers 1, or after a conflict a list: the
 * version and the state that are there, if any.
 *
 * The ledger is a list; its last row has number \`seq\`. Every half a limit the state is kept beside as a snapshot;
 * at the next such moment the row it was taken at becomes that snapshot and all before it go.
 */
export const COMMIT = `${READ}
if (version or '0') ~= ARGV[1] then
  if not version then return {} end
  return { version, redis.call('HGET', KEYS[1], 'state') }
end
-- Rows without a state are what an eviction left. A key of another type refuses LLEN, before anything is written.
if not version and redis.call('LLEN', KEYS[2]) > 0 then redis.call('DEL', KEYS[2]) end

local count = #ARGV - 8
seq, checkpoint = (seq or 0) + count, tonumber(checkpoint or 0)
if count > 0 then
  local length
  for index = 9, #ARGV do length = redis.call('RPUSH', KEYS[2], ARGV[index]) end
  -- Rows are missing that an eviction took: of them only the state is left.
  local isCut = length <= seq - math.max(checkpoint, 1)
  if isCut or seq - checkpoint >= tonumber(ARGV[4]) then
    local snapshot = '{"type":"snapshot","at":' .. ARGV[8] .. ',"state":' .. ARGV[3] .. '}'
    if isCut then
      redis.call('LTRIM', KEYS[2], -1, -1)
      redis.call('LSET', KEYS[2], 0, snapshot)
    elseif checkpoint > 0 then
      redis.call('LTRIM', KEYS[2], checkpoint - seq - 1, -1)
      redis.call('LSET', KEYS[2], 0, redis.call('HGET', KEYS[1], 'snapshot'))
    end
    checkpoint = seq
    redis.call('HSET', KEYS[1], 'snapshot', snapshot)
  end
end
redis.call('HSET', KEYS[1], 'schema', ${REDIS_SCHEMA}, 'version', ARGV[2], 'state', ARGV[3])
redis.call('HSET', KEYS[1], 'seq', seq, 'checkpoint', checkpoint)
if ARGV[5] == '0' then
  redis.call('PERSIST', KEYS[1])
  redis.call('PERSIST', KEYS[2])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
  redis.call('PEXPIRE', KEYS[2], ARGV[5])
end
redis.pcall('PUBLISH', ARGV[6], ARGV[7])
return 1
`;

/** Answers seconds and microseconds. */
export const NOW = `return redis.call('TIME')`;

/** KEYS state, ledger. ARGV channel, text to publish there. */
export const FORGET = `
redis.call('DEL', KEYS[1], KEYS[2])
redis.pcall('PUBLISH', ARGV[1], ARGV[2])
return 1
`;

/** KEYS state, ledger. ARGV limit, before. Answers the number of the last row, then rows, oldest first. */
export const HISTORY = `${READ}
if not version then return {} end
local last = math.min(seq, ARGV[2] - 1)
local stop = last - seq - 1
local rows = redis.call('LRANGE', KEYS[2], stop - ARGV[1] + 1, stop)
table.insert(rows, 1, last)
return rows
`;

/** KEYS index. ARGV member. All scores are 0, so that the index is sorted by name and can be read in pages. */
export const INDEX_ADD = `return redis.call('ZADD', KEYS[1], 0, ARGV[1])`;
export const INDEX_REMOVE = `return redis.call('ZREM', KEYS[1], ARGV[1])`;
/** KEYS index. ARGV lower end as ZRANGEBYLEX wants it, number of members. */
export const INDEX_PAGE = `return redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], '+', 'LIMIT', 0, ARGV[2])`;
/** KEYS state. */
export const EXISTS = `return redis.call('EXISTS', KEYS[1])`;

/** KEYS counter. ARGV amount, time to live. */
export const INCREMENT = `
local value = redis.call('INCRBYFLOAT', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return value
`;

/** KEYS counters. */
export const SUM = `
local values = {}
for index, key in ipairs(KEYS) do values[index] = redis.call('GET', key) or '0' end
return values
`;

/** KEYS lease. ARGV holder, time to live. */
export const ACQUIRE = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`;

/** KEYS lease. ARGV holder. */
export const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`;
