import * as z from 'zod/mini';

/*
 * What the operator's routes take and give. The routes validate with these, and the OpenAPI document is made of them.
 */

/** Longest reason that a person or an alert may give, in characters. */
export const MAX_REASON = 500;
/** Longest name of an alert's rule, in characters. */
export const MAX_RULE = 100;
/** Most rows of one page. */
export const MAX_LIMIT = 1000;

const reason = z
  .string('expected a text')
  .check(z.maxLength(MAX_REASON, `at most ${MAX_REASON} characters`), z.describe('Why, for the ledger.'));
const until = z.number('expected epoch milliseconds').check(
  z.refine((value) => Number.isSafeInteger(value), 'expected whole epoch milliseconds'),
  z.describe('When it ends by itself, epoch milliseconds.'),
);
const text = z
  .string('expected a text')
  .check(z.minLength(1, 'expected a non-empty text'), z.maxLength(2000, 'too long'));
const index = z
  .number('expected an index')
  .check(z.refine((value) => Number.isInteger(value) && value >= 0, 'expected a whole number, 0 or more'));
const tier = z
  .union(
    [index, text, z.strictObject({ provider: text, model: text, credential: z.optional(z.nullable(text)) })],
    'expected an index from 0, an id "provider/model", or { provider, model }',
  )
  .check(z.describe('A tier of the chain: its index from 0, its id, or provider and model.'));

export const pauseBody = z.strictObject({ reason: z.optional(reason), until: z.optional(until) });
export const reasonBody = z.strictObject({ reason: z.optional(reason) });
export const holdBody = z.strictObject({ reason: z.optional(reason), until: z.optional(until), tier });

const target = z.union(
  [text, z.strictObject({ provider: text }), z.strictObject({ all: z.literal(true) })],
  'expected an instance name, { provider } or { all: true }',
);
export const healthBody = z.strictObject({ reason: z.optional(reason), target: z.optional(target) });
export const emptyBody = z.strictObject({});

const rule = z
  .string('expected a text')
  .check(z.minLength(1, 'expected a non-empty text'), z.maxLength(MAX_RULE, `at most ${MAX_RULE} characters`));
export const alertBody = z.strictObject({ rule: z.optional(rule), reason: z.optional(reason) });

/** A chain and a policy are judged by `parseConfig`; what GET gives beside them may come back. */
export const configBody = z.strictObject({
  chain: z.array(z.unknown(), 'expected a list of tiers, best first'),
  policy: z.optional(z.unknown()),
  version: z.optional(z.unknown()),
  by: z.optional(z.unknown()),
  at: z.optional(z.unknown()),
});

const count = (least: number, most: number) => {
  const expected = `expected a whole number from ${least} to ${most}`;
  // `Number` would take 0x10, 1e2 and an empty text, too.
  return z.pipe(
    z.string(expected).check(z.regex(/^\d{1,16}$/u, expected)),
    z.coerce.number<string>(expected).check(z.multipleOf(1, expected), z.gte(least, expected), z.lte(most, expected)),
  );
};
const severity = z.enum(['critical', 'warning', 'info'], 'expected critical, warning or info');
const category = z.enum(
  ['health', 'quality', 'throughput', 'failure_pattern'],
  'expected health, quality, throughput or failure_pattern',
);

export const instancesQuery = z.strictObject({ limit: z.optional(count(1, MAX_LIMIT)), after: z.optional(z.string()) });
export const eventsQuery = z.strictObject({
  limit: z.optional(count(1, MAX_LIMIT)),
  before: z.optional(count(0, Number.MAX_SAFE_INTEGER)),
  type: z.optional(z.string().check(z.maxLength(1000, 'too long'))),
});
export const alertsQuery = z.strictObject({
  severity: z.optional(severity),
  category: z.optional(category),
  instance: z.optional(z.string()),
  domain: z.optional(z.string()),
});
export const reportQuery = z.strictObject({ hours: z.optional(count(1, 720)) });

const time = z.nullable(z.number());
const tierName = z.object({
  index: z.number(),
  provider: z.string(),
  model: z.string(),
  credential: z.optional(z.string()),
});

export const instanceAnswer = z.object({
  name: z.string(),
  tier: tierName,
  badge: z.string(),
  cause: z.nullable(z.string()),
  icon: z.nullable(z.string()),
  trial: z.nullable(z.number()),
  since: time,
  paused: z.nullable(
    z.object({ source: z.string(), by: z.string(), reason: z.string(), since: z.number(), until: time }),
  ),
  tiers: z.array(
    z.object({
      id: z.string(),
      index: z.number(),
      restUntil: time,
      retryAfterUntil: time,
      heldUntil: time,
      failures: z.number(),
      lastFailureKind: z.nullable(z.string()),
      shared: z.nullable(z.object({ kind: z.string(), until: z.number() })),
    }),
  ),
  retryAt: time,
  budget: z.nullable(
    z.object({
      used: z.number(),
      reserved: z.number(),
      limit: z.number(),
      softLimit: z.number(),
      windowStartAt: z.number(),
      windowEndAt: z.number(),
      exceeded: z.boolean(),
    }),
  ),
});
export const instancesAnswer = z.object({ instances: z.array(instanceAnswer), next: z.nullable(z.string()) });
export const eventsAnswer = z.object({
  events: z.array(z.looseObject({ type: z.string(), at: z.number(), seq: z.optional(z.number()) })),
  next: time,
});
export const healthAnswer = z.object({ ok: z.literal(true) });
export const statusAnswer = z.looseObject({
  enabled: z.boolean(),
  pauses: z.array(z.looseObject({ since: z.number() })),
  rules: z.array(z.looseObject({ name: z.string(), tripped: z.boolean() })),
  checkedAt: time,
  storeOk: z.boolean(),
});
export const acceptedAnswer = z.object({ accepted: z.literal(true) });
const alert = z.looseObject({ id: z.string(), check: z.string(), severity, title: z.string() });
export const alertsAnswer = z.object({ alerts: z.array(alert), total: z.number(), checkedAt: time });
export const checksAnswer = z.looseObject({ checkedAt: z.number(), alerts: z.array(alert) });
export const reportAnswer = z.object({
  instance: z.string(),
  hours: z.number(),
  report: z.nullable(z.looseObject({})),
  markdown: z.nullable(z.string()),
});
export const configAnswer = z.object({
  version: z.number(),
  by: z.nullable(z.string()),
  at: time,
  chain: z.array(
    z.object({
      provider: z.string(),
      model: z.string(),
      credential: z.optional(z.string()),
      contextTokens: z.optional(z.number()),
      order: z.optional(z.string()),
    }),
  ),
  policy: z.looseObject({}),
});
export const problemAnswer = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.optional(z.string()),
  issues: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
});

/** A schema of this file, for callers that only pass it on. */
export type OperatorSchema = z.ZodMiniType;

/** The JSON Schema (2020-12) of what a route takes or gives. */
export function jsonSchemaOf(schema: OperatorSchema, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return json;
}
