import { shownRow } from '../../core/view/shown-text.js';
import {
  eventsAnswer,
  eventsQuery,
  holdBody,
  instanceAnswer,
  instancesAnswer,
  instancesQuery,
  pauseBody,
  reasonBody,
} from '../../schema/operator-schema.js';
import { parseOperator } from '../../schema/parse-operator.js';
import { json } from '../answers/json.js';
import { Problem } from '../answers/problem.js';
import { readQuery } from '../requests/read-path.js';
import { readJson } from '../requests/read-body.js';
import type { Route, RouteContext } from './route.js';

const DEFAULT_LIMIT = 100;

export const instanceRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/instances',
    permission: 'read',
    summary: 'Every instance, by name, a page at a time.',
    query: instancesQuery,
    answer: instancesAnswer,
    async handle({ url, views }) {
      const { limit = DEFAULT_LIMIT, after } = parseOperator(instancesQuery, readQuery(url), 'query');
      return json(await views.list(limit, after));
    },
  },
  {
    method: 'GET',
    path: '/instances/:name',
    permission: 'read',
    summary: 'One instance: where its calls go, why, and what is next.',
    answer: instanceAnswer,
    handle: async ({ views, name }) => json(await viewOf({ views, name })),
  },
  {
    method: 'GET',
    path: '/instances/:name/events',
    permission: 'read',
    summary: 'Rows of its ledger, newest first; `type` may be a comma list.',
    query: eventsQuery,
    answer: eventsAnswer,
    async handle({ url, views, name, config }) {
      const { limit = DEFAULT_LIMIT, before, type } = parseOperator(eventsQuery, readQuery(url), 'query');
      if (!(await views.isKnown(name))) throw unknownInstance();
      const types = type?.split(',').filter((each) => each !== '');
      const query = {
        limit,
        ...(before === undefined ? {} : { before }),
        ...(types === undefined ? {} : { type: types }),
      };
      const rows = await config.access.history(`instance:${name}`, query);
      const next = rows.length === limit ? (rows.at(-1)?.seq ?? null) : null;
      return json({ events: rows.map(shownRow), next });
    },
  },
  {
    method: 'POST',
    path: '/instances/:name/pause',
    permission: 'operate',
    summary: 'No provider is called for it until it is resumed, or until `until`. It need not have been seen yet.',
    body: pauseBody,
    answer: instanceAnswer,
    async handle(context) {
      const { name, config, request } = context;
      const { reason, until } = parseOperator(pauseBody, await readJson(request, config.access.clock), 'body');
      const end = until === undefined ? {} : { until };
      await config.failover.pause(name, { by: actorOf(context), reason: reason?.trim() || 'no reason given', ...end });
      return json(await viewOf(context));
    },
  },
  {
    method: 'POST',
    path: '/instances/:name/resume',
    permission: 'operate',
    summary: 'Lifts every pause of it.',
    body: reasonBody,
    answer: instanceAnswer,
    async handle(context) {
      const { name, config } = context;
      const { reason } = await actionOn(context);
      await config.failover.resume(name, { by: actorOf(context), ...because(reason) });
      return json(await viewOf(context));
    },
  },
  {
    method: 'POST',
    path: '/instances/:name/reset',
    permission: 'operate',
    summary: 'Back to the first tier: ends every rest, wait and hold of it, lifts every pause.',
    body: reasonBody,
    answer: instanceAnswer,
    async handle(context) {
      const { name, config } = context;
      const { reason } = await actionOn(context);
      await config.failover.reset(name, { by: actorOf(context), ...because(reason) });
      return json(await viewOf(context));
    },
  },
  {
    method: 'POST',
    path: '/instances/:name/hold',
    permission: 'operate',
    summary: 'Keeps it off a tier until `until`, or until a reset.',
    body: holdBody,
    answer: instanceAnswer,
    async handle(context) {
      const { name, config, request } = context;
      const { tier, reason, until } = parseOperator(holdBody, await readJson(request, config.access.clock), 'body');
      if (!(await context.views.isKnown(name))) throw unknownInstance();
      const now = config.access.clock.now();
      if (until !== undefined && until <= now) {
        throw new Problem(400, 'until: it has passed', { issues: [{ path: 'until', message: 'it has passed' }] });
      }
      const end = until === undefined ? {} : { until };
      await config.failover.hold(name, tier, { by: actorOf(context), ...because(reason), ...end });
      return json(await viewOf(context));
    },
  },
];

async function actionOn({ name, request, config, views }: RouteContext): Promise<{ reason?: string | undefined }> {
  const body = parseOperator(reasonBody, await readJson(request, config.access.clock), 'body');
  if (!(await views.isKnown(name))) throw unknownInstance();
  return body;
}

/** Who acts is who is signed in; a body has no say in it. */
export function actorOf({ grant }: Pick<RouteContext, 'grant'>): string {
  if (!grant) throw new Problem(401, 'Sign in first.');
  return grant.actor;
}

export function because(reason: string | undefined): { reason?: string } {
  return reason === undefined || reason.trim() === '' ? {} : { reason };
}

async function viewOf({ views, name }: Pick<RouteContext, 'views' | 'name'>) {
  const view = await views.find(name);
  if (!view) throw unknownInstance();
  return view;
}

function unknownInstance(): Problem {
  return new Problem(404, 'There is no such instance.');
}
