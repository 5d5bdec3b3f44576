import * as z from 'zod/mini';
import { keyOrders } from '../core/config.js';
import { kinds, TOKEN_BUDGET } from '../core/kinds.js';
import { countedUnits } from '../core/usage/usage.js';
import { dispositions } from '../core/disposition.js';
import { MIN_RETRY_AFTER_MS } from '../core/tier/rests/ladder.js';
import { hasKeyPrefix, looksLikeKey } from './looks-like-key.js';

const text = (what: string) =>
  z.string(`expected ${what}, a non-empty string`).check(z.refine((value) => value.trim() !== '', `must name ${what}`));

const ms = z
  .number('expected a number of milliseconds')
  .check(
    z.refine((value) => Number.isFinite(value) && value >= 0, 'expected a finite number of milliseconds, 0 or more'),
  );

const positiveMs = z
  .number('expected a number of milliseconds')
  .check(z.refine((value) => Number.isFinite(value) && value > 0, 'expected a finite number of milliseconds above 0'));

/** A limit that no attempt can keep was meant in seconds. */
const limitMs = z
  .number('expected a number of milliseconds')
  .check(
    z.refine(
      (value) => Number.isFinite(value) && value >= 1,
      'expected a finite number of milliseconds, 1 or more: 30 s is 30000',
    ),
  );

/** A limit of waits that is shorter than every wait counts was meant in seconds. */
const waitLimitMs = positiveMs.check(
  z.refine(
    (value) => value >= MIN_RETRY_AFTER_MS,
    `a wait counts as ${MIN_RETRY_AFTER_MS} milliseconds at least; milliseconds are meant: 60 s is 60000`,
  ),
);

/** An object that somebody may have written as the one number it mostly holds. */
const orNumber = (what: string, example: (value: number) => string) => ({
  error: (issue: { input?: unknown }) =>
    typeof issue.input === 'number' ? `expected ${what}, e.g. ${example(issue.input)}` : `expected ${what}`,
});

const share = z
  .number('expected a number from 0 to 1')
  .check(z.refine((value) => value >= 0 && value <= 1, 'expected a number from 0 to 1'));

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `expected one of ${values.map((value) => `'${value}'`).join(', ')}`);

const kind = z.enum(kinds, { error: (issue) => `unknown kind ${quoted(issue.input)}; known: ${kinds.join(', ')}` });

export const triggerNames = [...kinds, TOKEN_BUDGET] as const;
const trigger = z.enum(triggerNames, {
  error: (issue) => `unknown trigger ${quoted(issue.input)}; known: ${triggerNames.join(', ')}`,
});

const retryableKinds = kinds.filter((name) => dispositions[name].retryable || name === 'rate_limit');
const retryKind = kind.check(
  z.refine(
    (name) => retryableKinds.includes(name),
    `cannot get better within seconds; a retry makes sense for: ${retryableKinds.join(', ')}`,
  ),
);

const factor = z
  .number('expected a number, 1 or more')
  .check(z.refine((value) => Number.isFinite(value) && value >= 1, 'expected a finite number, 1 or more'));

/** One ladder; what it leaves out comes from the kind's default. */
const ladder = z.strictObject(
  { initialMs: z.optional(ms), factor: z.optional(factor), maxMs: z.optional(ms) },
  orNumber('a ladder { initialMs, factor, maxMs }', (value) => `{ initialMs: ${value} }`),
);

/** A ladder per kind. */
const ladders = z.strictObject(
  Object.fromEntries([...triggerNames, 'default'].map((name) => [name, z.optional(ladder)])),
  orNumber('a ladder { initialMs, factor, maxMs }, or one per kind', (value) => `{ initialMs: ${value} }`),
);

const tierShape = {
  provider: text('a provider'),
  model: z
    .string('expected a model, a non-empty string')
    .check(z.refine((value) => value.trim() !== '', "must name a model; a tier given as a string is 'provider/model'")),
  credential: z.optional(
    text('a credential').check(
      z.refine(
        (value) => !looksLikeKey(value),
        "looks like a key itself; give the key a name, e.g. 'team', and keep the key where your call reads it",
      ),
    ),
  ),
  contextTokens: z.optional(
    z
      .number('expected a number of tokens above 0')
      .check(z.refine((value) => Number.isFinite(value) && value > 0, 'expected a finite number of tokens above 0')),
  ),
  order: z.optional(oneOf(keyOrders)),
  fingerprint: z.optional(
    text('a fingerprint').check(
      z.refine((value) => !hasKeyPrefix(value), 'looks like a key itself; give a hash of it, or its version'),
    ),
  ),
};
const tierExpected = "expected a tier { provider, model } or a string 'provider/model'";

const tierSchema = z.looseObject(tierShape, tierExpected);

/** At startup a tier may leave its model to the first one. */
export const startupTierSchema = z.looseObject({ ...tierShape, model: z.optional(tierShape.model) }, tierExpected);

const retry = z.strictObject(
  {
    maxAttempts: z.optional(
      z
        .number('expected a whole number, 1 or more')
        .check(
          z.refine(
            (value) => Number.isInteger(value) && value >= 1,
            'expected a whole number, 1 or more (1: no retry)',
          ),
        ),
    ),
    initialDelayMs: z.optional(ms),
    maxDelayMs: z.optional(ms),
    backoffFactor: z.optional(factor),
    jitter: z.optional(z.union([share, z.boolean()], 'expected a number from 0 to 1, or a boolean')),
    kinds: z.optional(z.array(retryKind, 'expected a list of kinds')),
  },
  orNumber('an object { maxAttempts, initialDelayMs, … }', (value) => `{ maxAttempts: ${value} }`),
);

const retryBudget = z.strictObject(
  {
    ratio: z.optional(share),
    perSecond: z.optional(
      z.number('expected a number, 0 or more').check(z.nonnegative('expected a number, 0 or more')),
    ),
  },
  orNumber('an object { ratio, perSecond }', (value) => `{ ratio: ${value} }`),
);

/** As many times as this are kept of each tier at most. */
const MOST_FAILURES = 100;

const threshold = z.strictObject(
  {
    failures: z
      .number(`expected a whole number from 1 to ${MOST_FAILURES}`)
      .check(
        z.refine(
          (value) => Number.isInteger(value) && value >= 1 && value <= MOST_FAILURES,
          `expected a whole number from 1 to ${MOST_FAILURES} (1: the first failure steps)`,
        ),
      ),
    windowMs: positiveMs,
    kinds: z.optional(z.array(kind, 'expected a list of kinds')),
  },
  orNumber('an object { failures, windowMs }', (value) => `{ failures: ${value}, windowMs: 60000 }`),
);

const headroomShare = 'expected a share of the limit above 0 and below 1, e.g. 0.05 for the last twentieth';

const headroom = z.strictObject(
  { share: z.number(headroomShare).check(z.refine((value) => value > 0 && value < 1, headroomShare)) },
  orNumber('an object { share }', (value) => `{ share: ${value} }`),
);

const stickySessions = z.strictObject(
  {
    idleMs: positiveMs,
    maxSessions: z.optional(
      z
        .number('expected a whole number, 1 or more')
        .check(z.refine((value) => Number.isInteger(value) && value >= 1, 'expected a whole number, 1 or more')),
    ),
  },
  orNumber('an object { idleMs }', (value) => `{ idleMs: ${value} }`),
);

const LONGEST_BUDGET_MS = 366 * 24 * 3_600_000;

const tokenBudget = z.strictObject(
  {
    limit: z
      .number('expected a number above 0')
      .check(z.refine((value) => Number.isFinite(value) && value > 0, 'expected a finite number above 0')),
    windowMs: positiveMs.check(
      z.refine((value) => value <= LONGEST_BUDGET_MS, 'expected at most 366 days: a budget of all time never recovers'),
    ),
    softLimit: z.optional(
      share.check(z.refine((value) => value > 0, 'expected a share of the limit, above 0 up to 1')),
    ),
    scope: z.optional(oneOf(['instance', 'group', 'failover'])),
    count: z.optional(oneOf(countedUnits)),
    onExceeded: z.optional(oneOf(['step', 'pause', 'warn'])),
  },
  orNumber('an object { limit, windowMs }', (value) => `{ limit: ${value}, windowMs: 3600000 }`),
);

const policyShape = {
  triggers: z.optional(z.array(trigger, 'expected a list of triggers')),
  reroute: z.optional(z.array(kind, 'expected a list of kinds')),
  threshold: z.optional(threshold),
  maxRetryAfterMs: z.optional(waitLimitMs),
  onExhausted: z.optional(oneOf(['wrap', 'pause', 'wait', 'throw'])),
  recovery: z.optional(oneOf(['probe', 'on-success'])),
  headroom: z.optional(headroom),
  stickySessions: z.optional(stickySessions),
  retry: z.optional(retry),
  attemptTimeoutMs: z.optional(limitMs),
  deadlineMs: z.optional(limitMs),
  retryBudget: z.optional(retryBudget),
  tokenBudget: z.optional(tokenBudget),
};

const withLadder = z.strictObject({ ...policyShape, cooldown: z.optional(ladder) }, 'expected an object');
const withLadders = z.strictObject({ ...policyShape, cooldown: z.optional(ladders) }, 'expected an object');

/** The schema that fits a policy whose `cooldown` is one ladder, or one per kind. */
export function configSchema(oneLadder: boolean) {
  return z.object({
    chain: z
      .array(tierSchema, 'expected a list of tiers, best first')
      .check(z.minLength(1, 'must name at least one tier')),
    policy: z.optional(oneLadder ? withLadder : withLadders),
  });
}

/** Keys each strict object knows, by path, for the message about one it does not. */
export const knownKeys: Readonly<Record<string, readonly string[]>> = {
  policy: Object.keys(withLadder.shape),
  'policy.retry': Object.keys(retry.shape),
  'policy.threshold': Object.keys(threshold.shape),
  'policy.headroom': Object.keys(headroom.shape),
  'policy.stickySessions': Object.keys(stickySessions.shape),
  'policy.retryBudget': Object.keys(retryBudget.shape),
  'policy.tokenBudget': Object.keys(tokenBudget.shape),
  'policy.cooldown': [...Object.keys(ladder.shape), ...triggerNames, 'default'],
  ...Object.fromEntries(
    [...triggerNames, 'default'].map((name) => [`policy.cooldown.${name}`, Object.keys(ladder.shape)]),
  ),
};

/** The fields of a tier that mean something to us; any other one is the host's. */
export const tierKeys = [...Object.keys(tierShape), 'credentials'];

/** True for what a policy has, and a host may have put in another place. */
export function isPolicyKey(name: string): boolean {
  return Object.hasOwn(withLadder.shape, name);
}

export type Ladder = z.infer<typeof ladder>;
export type PolicyInput = z.infer<typeof withLadders> | z.infer<typeof withLadder>;

function quoted(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : `of type ${typeof value}`;
}
