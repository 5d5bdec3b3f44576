import assert from 'node:assert/strict';
import { type ClassifierRule, classifyError } from 'tierfall';

/** A gateway of one's own says things no public provider says. Rules teach the classifier its words without a release. */

const error = {
  status: 400,
  headers: { 'retry-after': '30' },
  body: { error: { code: 'ACME_POOL_DRY', message: 'The acme pool has run dry, ask again later.' } },
};

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
