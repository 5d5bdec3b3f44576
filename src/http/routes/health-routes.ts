import { acceptedAnswer, alertBody, healthAnswer, healthBody, statusAnswer } from '../../schema/operator-schema.js';
import { parseOperator } from '../../schema/parse-operator.js';
import { json } from '../answers/json.js';
import { Problem } from '../answers/problem.js';
import { REPLAY_WINDOW_MS, verifySignature } from '../auth/webhook-signature.js';
import type { OperatorConfig } from '../options.js';
import { parseJson, readJson, readText } from '../requests/read-body.js';
import type { OperatorHealth } from '../services.js';
import { actorOf, because } from './instance-routes.js';
import type { Route } from './route.js';

const absent = 'This server has no health monitor: hand one to createOperatorHandler as `health`.';
const isThere = ({ health }: OperatorConfig) => health !== undefined;

export const healthRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/health',
    permission: null,
    summary: 'The server answers.',
    answer: healthAnswer,
    handle: () => json({ ok: true }),
  },
  {
    method: 'GET',
    path: '/health/service',
    permission: 'read',
    summary: 'Paused providers, and each rule with its counts and limits.',
    answer: statusAnswer,
    isThere,
    absent,
    handle: async ({ config }) => json(await monitor(config).status()),
  },
  {
    method: 'POST',
    path: '/health/pause',
    permission: 'operate',
    summary: 'Pauses a provider, an instance or everything (the default) until a person resumes it.',
    body: healthBody,
    answer: statusAnswer,
    isThere,
    absent,
    async handle(context) {
      const { request, config, hub } = context;
      const { reason, target } = parseOperator(healthBody, await readJson(request, config.access.clock), 'body');
      const by = actorOf(context);
      const named = target === undefined ? {} : { target };
      await monitor(config).pause({ by, reason: reason?.trim() || 'no reason given', ...named });
      hub.healthChanged();
      return json(await monitor(config).status());
    },
  },
  {
    method: 'POST',
    path: '/health/resume',
    permission: 'operate',
    summary: 'Lifts the pauses of a target; without one those of the monitor and of everything.',
    body: healthBody,
    answer: statusAnswer,
    isThere,
    absent,
    async handle(context) {
      const { request, config, hub } = context;
      const { reason, target } = parseOperator(healthBody, await readJson(request, config.access.clock), 'body');
      const named = target === undefined ? {} : { target };
      await monitor(config).resume({ by: actorOf(context), ...because(reason), ...named });
      hub.healthChanged();
      return json(await monitor(config).status());
    },
  },
  {
    method: 'POST',
    path: '/health/alert',
    permission: 'signature',
    summary: 'An alert of an outside system, signed as Standard Webhooks are. It can pause and never resumes.',
    body: alertBody,
    answer: acceptedAnswer,
    status: 202,
    isThere: ({ health, secrets }) => health !== undefined && secrets.length > 0,
    absent: 'This server takes no alerts: hand `health` and `alertSecret` to createOperatorHandler.',
    async handle({ request, config, hub }) {
      const { access, secrets } = config;
      const text = await readText(request, access.clock);
      const id = await verifySignature(request.headers, text, secrets, access.clock.now());
      const { rule = 'external_alert', reason = 'an outside alert' } = parseOperator(
        alertBody,
        parseJson(text),
        'body',
      );
      // Twice the window, as a time stamp may lie as far ahead as behind; and longer than the last moment of that.
      const giveBack = await access.claim(`alert:${id}`, 2 * REPLAY_WINDOW_MS + 1000);
      if (!giveBack) throw new Problem(409, 'This message was taken before.');
      try {
        await monitor(config).alert({ rule, reason, by: 'webhook' });
      } catch (error) {
        // The sender tries again with the same id.
        await giveBack().catch(() => undefined);
        throw error;
      }
      hub.healthChanged();
      return json({ accepted: true }, { status: 202 });
    },
  },
];

function monitor({ health }: OperatorConfig): OperatorHealth {
  if (!health) throw new Problem(404, absent);
  return health;
}
