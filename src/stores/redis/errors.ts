import { StoreError } from '../../core/errors.js';
import { quote, shown } from '../arguments.js';
import { FOREIGN, LATER } from './scripts.js';

const STORE = 'Redis store';
const FOREIGN_HELP = 'a key of this name belongs to another program; choose another prefix';
const PERMISSION_HELP =
  'this user lacks a permission; allow it eval, evalsha, the commands inside, ' +
  'and the keys and channel that begin with the prefix';

/** First match decides. What is tested is the server's or client's error code and message. */
const advice: readonly [pattern: RegExp, help: string][] = [
  [says(FOREIGN, 'WRONGTYPE'), FOREIGN_HELP],
  [/not a valid float/, FOREIGN_HELP],
  [says(LATER), 'the record was written by a later tierfall; update this one'],
  [says('NOAUTH', 'WRONGPASS'), 'the server wants a user and password; give them to the client'],
  [says('NOPERM'), PERMISSION_HELP],
  [/ACL failure in script|The user executing the script/, PERMISSION_HELP],
  [says('READONLY'), 'this server is a read-only replica; connect to the primary'],
  [says('OOM'), 'the server is out of memory; raise maxmemory, or lower historyLimit or instanceTtlMs'],
  [says('MISCONF'), 'the server cannot save to its disk and refuses writes; look at its log'],
  [says('NOREPLICAS'), 'too few replicas are in reach, so that the server refuses writes; look at its log'],
  [
    says('MOVED', 'ASK', 'CROSSSLOT'),
    'this server is part of a Cluster; give the store new Cluster(…) or createCluster(…)',
  ],
  [says('LOADING', 'BUSY', 'CLUSTERDOWN', 'MASTERDOWN'), 'the server is not ready yet'],
  [/ClientClosed|client is closed/i, 'the client is not connected; await client.connect() before its first use'],
  [
    /ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|Connection is closed|Socket closed|client is offline|timed? ?out/i,
    'the server cannot be reached; check that it runs and the address the client was given',
  ],
  [
    /Max ?Retries|Disconnects client|enableOfflineQueue/i,
    'the server cannot be reached; check that it runs and the address the client was given',
  ],
];

/** What is there is not ours, or not ours yet; other keys work. */
const isAboutRecord = says(FOREIGN, LATER, 'WRONGTYPE');

/**
 * An error with one of these codes. Redis before 7 puts what failed inside of a script behind the place where it did.
 */
function says(...codes: string[]): RegExp {
  return new RegExp(`(^|@user_script: ?\\d+: -?)(${codes.join('|')})\\b`);
}

/**
 * Whatever the client threw as an error that names the store and the fix. Of a client's message that we
 * do not know the beginning is quoted, without secrets: all of it is in `cause`.
 */
export function redisError(operation: string, key: string | undefined, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const text = describe(cause);
  const help = advice.find(([pattern]) => pattern.test(text))?.[1];
  const where = key === undefined ? '' : ` of ${quote(key)}`;
  const message = `${STORE}: ${help ?? `${operation}${where} failed: ${shown(text)}`}`;
  return new StoreError({ operation, key, scope: isAboutRecord.test(text) ? 'record' : 'store', message, cause });
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause === 'string' ? cause : 'unknown';
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  return cause.message === '' ? code || cause.name : [cause.message, code, cause.name].join(' ');
}
