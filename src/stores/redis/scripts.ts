/** Layout of the keys this version reads and writes. */
export const REDIS_SCHEMA = 1;

/** Error replies of the scripts below; `redisError` turns them into advice. */
export const FOREIGN = 'TIERFALL_FOREIGN';
export const LATER = 'TIERFALL_LATER';

/**
 * Reads the fields of a state, or nil where there is none. Refuses a key of another program and a later layout.
 * Every script is a constant: names and values travel as KEYS and ARGV alone.
 */
const READ = `
local function read(key)
  local fields = redis.call('HMGET', key, 'schema', 'version', 'state', 'seq', 'checkpoint')
  if not fields[1] then
    if redis.call('EXISTS', key) == 1 then return nil, redis.error_reply('${FOREIGN} ' .. key) end
    return nil
  end
  if tonumber(fields[1]) > ${REDIS_SCHEMA} then return nil, redis.error_reply('${LATER} ' .. fields[1]) end
  return { version = fields[2], state = fields[3], seq = tonumber(fields[4]), checkpoint = tonumber(fields[5]) }
end
`;

/** KEYS state. Answers version and state. */
export const LOAD = `${READ}
local found, problem = read(KEYS[1])
if problem then return problem end
if not found then return {} end
return { found.version, found.state }
`;

/**
 * KEYS state, ledger. ARGV expected version, state, half a history limit, time to live (0: none), channel, name of the
 * key, time of the last event, events... Answers 1 and the version, or 0, the version and the state that are there.
 *
 * The ledger is a list; its last row has number \`seq\`. Every half a limit the state is kept beside as a snapshot; at the
 * next such moment the row it was taken at becomes that snapshot and all before it go.
 */
export const COMMIT = `${READ}
local state, ledger, events = KEYS[1], KEYS[2], #ARGV - 7
local found, problem = read(state)
if problem then return problem end
if (found and found.version or '0') ~= ARGV[1] then
  if not found then return { 0 } end
  return { 0, found.version, found.state }
end
-- Rows without a state are what an eviction left. A key of another type refuses LLEN, before anything is written.
if not found and redis.call('LLEN', ledger) > 0 then redis.call('DEL', ledger) end
for index = 8, #ARGV do redis.call('RPUSH', ledger, ARGV[index]) end

local seq = (found and found.seq or 0) + events
local checkpoint = found and found.checkpoint or 0
if events > 0 and seq - checkpoint >= tonumber(ARGV[3]) then
  if checkpoint > 0 then
    redis.call('LTRIM', ledger, checkpoint - seq - 1, -1)
    redis.call('LSET', ledger, 0, redis.call('HGET', state, 'snapshot'))
  end
  checkpoint = seq
  redis.call('HSET', state, 'snapshot', '{"type":"snapshot","at":' .. ARGV[7] .. ',"state":' .. ARGV[2] .. '}')
end
redis.call('HSET', state, 'schema', ${REDIS_SCHEMA}, 'version', string.format('%.0f', tonumber(ARGV[1]) + 1),
  'state', ARGV[2], 'seq', string.format('%.0f', seq), 'checkpoint', string.format('%.0f', checkpoint))
for _, key in ipairs(KEYS) do
  if ARGV[4] == '0' then redis.call('PERSIST', key) else redis.call('PEXPIRE', key, ARGV[4]) end
end
redis.pcall('PUBLISH', ARGV[5], ARGV[6])
return { 1, string.format('%.0f', tonumber(ARGV[1]) + 1) }
`;

/** KEYS state, ledger. ARGV limit, before. Answers the number of the last row, then rows, oldest first. */
export const HISTORY = `${READ}
local found, problem = read(KEYS[1])
if problem then return problem end
if not found then return {} end
local last = math.min(found.seq, tonumber(ARGV[2]) - 1)
local stop = last - found.seq - 1
local rows = redis.call('LRANGE', KEYS[2], stop - tonumber(ARGV[1]) + 1, stop)
table.insert(rows, 1, string.format('%.0f', last))
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
