import { ConfigError, configError } from '../../core/errors.js';
import { unknownOptions } from '../../core/unknown-options.js';
import { isPolicyKey } from '../../schema/config-schema.js';
import { isObject } from '../../schema/is-object.js';

/** What an update changes, checked as far as it can be without the present configuration. */
export interface CheckedUpdate {
  chain: unknown;
  policy: Readonly<Record<string, unknown>> | undefined;
  by: string;
  expectedVersion: number | undefined;
}

/** Characters of a name that a ledger keeps. */
const MAX_NAME = 500;

/** Checks what an update is given. @throws {ConfigError} naming every field that is wrong or unknown */
export function checkUpdate(config: unknown, given: unknown): CheckedUpdate {
  if (!isObject(config)) throw configError('config', 'expected { chain?, policy? }');
  const options = given ?? {};
  if (!isObject(options)) throw configError('options', 'expected { by, expectedVersion? }');
  const { chain, policy } = config;
  const { by, expectedVersion } = options;
  const issues = Object.keys(config).flatMap((key) => {
    if (key === 'chain' || key === 'policy') return [];
    if (isPolicyKey(key)) return [{ path: key, message: `is part of the policy: { policy: { ${key} } }` }];
    return unknownOptions({ [key]: config[key] ?? null }, ['chain', 'policy']);
  });
  issues.push(...unknownOptions(options, ['by', 'expectedVersion']));
  const fail = (path: string, message: string) => void issues.push({ path, message });
  if (chain === undefined && policy === undefined && issues.length === 0) {
    fail('config', 'expected a chain, a policy or both: { chain: [...] }');
  }
  if (policy !== undefined && !isObject(policy)) fail('policy', 'expected an object');
  if (typeof by !== 'string' || by.trim() === '') {
    fail('by', 'expected a non-empty string: the name of the person or machine who acts');
  }
  const isVersion = Number.isInteger(expectedVersion) && (expectedVersion as number) >= 0;
  if (expectedVersion !== undefined && !isVersion) fail('expectedVersion', 'expected a whole number, 0 or more');
  if (issues.length > 0) throw new ConfigError(issues);
  return {
    chain,
    policy: policy as CheckedUpdate['policy'],
    by: (by as string).slice(0, MAX_NAME),
    expectedVersion: expectedVersion as number | undefined,
  };
}
