import { json } from '../answers/json.js';
import { openApiDocument } from '../openapi/openapi-document.js';
import { checkRoutes } from './check-routes.js';
import { configRoutes } from './config-routes.js';
import { healthRoutes } from './health-routes.js';
import { instanceRoutes } from './instance-routes.js';
import { pageRoutes } from './page-routes.js';
import type { Route } from './route.js';

const openApiRoute: Route = {
  method: 'GET',
  path: '/openapi.json',
  permission: null,
  summary: 'This document.',
  handle: ({ config }) => json(openApiDocument(routes, config.basePath), { headers: { 'cache-control': 'no-cache' } }),
};

/** Every route. */
export const routes: readonly Route[] = [
  ...instanceRoutes,
  ...healthRoutes,
  ...checkRoutes,
  ...configRoutes,
  ...pageRoutes,
  openApiRoute,
];
