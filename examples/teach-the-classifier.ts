/**
 * A private gateway has errors that no public provider has. Your own rules teach the classifier to recognise them, and
 * a failover uses the same rules.
 */
import assert from 'node:assert/strict';
import { classifyError, type ClassifierRule, createFailover } from 'tierfall';

const error = Object.assign(new Error('400 The acme pool has run dry, ask again later.'), {
  status: 400,
  headers: { 'retry-after': '30' },
  error: { code: 'ACME_POOL_DRY', message: 'The acme pool has run dry, ask again later.' },
});

const before = classifyError(error);
console.log(`without a rule: ${before.kind} (decided by ${before.evidence.rule})`);
assert.equal(before.kind, 'invalid_request');

const rules: ClassifierRule[] = [
  { id: 'acme-pool', kind: 'overloaded', code: 'acme_pool_dry' },
  { id: 'acme-maintenance', kind: 'server_error', status: 400, message: /\bmaintenance window\b/i },
];

const after = classifyError(error, { rules });
console.log(`with a rule: ${after.kind}, again in ${after.retryAfterMs} ms (decided by ${after.evidence.rule})`);
assert.equal(after.kind, 'overloaded');
assert.equal(after.retryAfterMs, 30_000);
assert.equal(after.evidence.rule, 'acme-pool');
assert.equal(after.evidence.on, 'host-rule');

const other = classifyError({ status: 401, body: { error: { code: 'invalid_api_key', message: 'no' } } }, { rules });
console.log(`any other error: ${other.kind}, as before`);
assert.equal(other.kind, 'auth');

const failover = createFailover({
  chain: ['acme/large', 'openai/gpt-5.2'],
  classify: (thrown, options) => classifyError(thrown, { ...options, rules }),
});
const { tier } = await failover.run(async ({ provider }) => {
  if (provider === 'acme') throw error;
  return 'an answer';
});
console.log(`a failover that judges by them steps down: answered by ${tier.provider}`);
assert.equal(tier.provider, 'openai');
