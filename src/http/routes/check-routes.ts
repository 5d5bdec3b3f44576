import {
  alertsAnswer,
  alertsQuery,
  checksAnswer,
  emptyBody,
  reportAnswer,
  reportQuery,
} from '../../schema/operator-schema.js';
import { parseOperator } from '../../schema/parse-operator.js';
import { json } from '../answers/json.js';
import { Problem } from '../answers/problem.js';
import type { OperatorConfig } from '../options.js';
import { readJson } from '../requests/read-body.js';
import { readQuery } from '../requests/read-path.js';
import type { AlertFilter, OperatorChecks } from '../services.js';
import type { Route } from './route.js';

const absent = 'This server has no checks: hand { source, book } to createOperatorHandler as `checks`.';
const isThere = ({ checks }: OperatorConfig) => checks !== undefined;
const DEFAULT_HOURS = 24;

export const checkRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/checks/run',
    permission: 'operate',
    summary: 'Runs every check now and takes the alerts over. Runs under way are shared.',
    body: emptyBody,
    answer: checksAnswer,
    isThere,
    absent,
    async handle({ request, config, hub, checks }) {
      parseOperator(emptyBody, await readJson(request, config.access.clock), 'body');
      const result = await checks.run();
      hub.alertsChanged();
      return json(result);
    },
  },
  {
    method: 'GET',
    path: '/alerts',
    permission: 'read',
    summary: 'Active alerts.',
    query: alertsQuery,
    answer: alertsAnswer,
    isThere,
    absent,
    async handle({ url, config, checks }) {
      const filter = parseOperator(alertsQuery, readQuery(url), 'query') as AlertFilter;
      const alerts = await checksOf(config).book.active(filter);
      return json({ alerts, total: alerts.length, checkedAt: await checks.checkedAt() });
    },
  },
  {
    method: 'GET',
    path: '/failure-report/:name',
    permission: 'read',
    summary: 'What was rejected or failed, why, and what to do. Null where nothing was.',
    query: reportQuery,
    answer: reportAnswer,
    isThere,
    absent,
    async handle({ url, name, checks }) {
      const { hours = DEFAULT_HOURS } = parseOperator(reportQuery, readQuery(url), 'query');
      const { report, markdown } = await checks.report(name, hours);
      return json({ instance: name, hours, report, markdown });
    },
  },
];

function checksOf({ checks }: OperatorConfig): OperatorChecks {
  if (!checks) throw new Problem(404, absent);
  return checks;
}
