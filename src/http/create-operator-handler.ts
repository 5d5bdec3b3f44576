import { Hono } from 'hono';
import type { Context } from 'hono';
import { isDotName } from '../core/dot-name.js';
import { loadChecks } from '../load-checks.js';
import { Problem, problemOf } from './answers/problem.js';
import { withSecurityHeaders } from './answers/security-headers.js';
import { presentedToken } from './auth/bearer-tokens.js';
import { FailedAttempts } from './auth/failed-attempts.js';
import { readGrant, type Grant, type Permission } from './auth/grant.js';
import { ChecksRunner } from './checks-runner.js';
import { Mutex } from './mutex.js';
import { readOptions, type OperatorConfig, type OperatorOptions } from './options.js';
import { decodePart } from './requests/read-path.js';
import { routes } from './routes/route-table.js';
import type { Route, RouteContext } from './routes/route.js';
import { StreamHub } from './stream/stream-hub.js';
import { InstanceViews } from './views.js';

/** Answers a request; mounts in anything that speaks `Request` and `Response`. */
export type OperatorHandler = (request: Request) => Promise<Response>;

/**
 * Makes the operator's view of a failover: an authenticated API and a status page, as one function from a request to
 * its answer. Reads the store only when somebody asks; calls are untouched by it.
 *
 * @throws {ConfigError} naming every option that is wrong; `authorize` has no default
 */
export function createOperatorHandler(options: OperatorOptions): OperatorHandler {
  const config = readOptions(options);
  const { clock } = config.access;
  const views = new InstanceViews(config);
  const services = {
    config,
    views,
    hub: new StreamHub(config, views),
    checks: new ChecksRunner({ checks: config.checks, clock, load: loadChecks }),
    updates: new Mutex(),
  };
  const failures = new FailedAttempts(() => clock.now());

  /** Answers on a route; `undefined`: there is none, or none for this method (`allow` lists those there are). */
  async function serve(context: Context, route: Route | undefined, allow?: string): Promise<Response> {
    const request = context.req.raw;
    const url = new URL(request.url);
    if (route?.permission === null) return route.handle({ ...services, request, url, name: '', grant: undefined });
    if (route?.permission === 'signature' && isThere(route, config)) return signed(route, request, url);
    const grant = await authenticate(request, config, failures);
    const needed = route && route.permission !== 'signature' ? route.permission : 'read';
    permit(grant, needed, request, config);
    if (!route) {
      if (allow === undefined) throw new Problem(404, 'There is no such path.');
      throw new Problem(405, `This path takes ${allow}.`, { headers: { allow } });
    }
    if (!isThere(route, config)) throw new Problem(404, route.absent ?? 'There is no such path.');
    const name = route.path.includes(':name') ? decodePart(rawName(url, route, config)) : '';
    if (isDotName(name)) throw new Problem(400, 'An instance cannot be called "." or "..".');
    return route.handle({ ...services, request, url, name, grant });
  }

  /** Signed messages need no token; wrong ones count as failed authentications. */
  async function signed(route: Route, request: Request, url: URL): Promise<Response> {
    if (config.readOnly) throw new Problem(403, 'This server only shows.');
    try {
      const context: RouteContext = { ...services, request, url, name: '', grant: undefined };
      return await route.handle(context);
    } catch (error) {
      if (error instanceof Problem && error.status === 401) throw refusal(request, config, failures, error.message);
      throw error;
    }
  }

  const app = new Hono({
    // As it came: a name is decoded once, by us.
    getPath: (request) => rawPath(request.url),
    strict: true,
  });
  const allowed = new Map<string, string[]>();
  for (const route of routes) {
    for (const path of pathsOf(route, config.basePath)) {
      app.on(route.method, path, (context) => serve(context, route));
      allowed.set(path, [...(allowed.get(path) ?? []), ...(route.method === 'GET' ? ['GET', 'HEAD'] : [route.method])]);
    }
  }
  for (const [path, methods] of allowed) {
    app.all(path, (context) => serve(context, undefined, methods.join(', ')));
  }
  app.notFound((context) => serve(context, undefined));
  app.onError((error) => problemOf(error));

  return async (request) => {
    try {
      return withSecurityHeaders(await app.fetch(request));
    } catch (error) {
      return withSecurityHeaders(problemOf(error));
    }
  };
}

/** Who asks. @throws {Problem} 401, or 429 after too many failures of that address */
async function authenticate(request: Request, config: OperatorConfig, failures: FailedAttempts): Promise<Grant> {
  let given: unknown;
  try {
    given = await config.authorize(request);
  } catch {
    throw new Problem(503, 'Who asks could not be found out.');
  }
  const grant = readGrant(given);
  if (grant) return grant;
  throw refusal(request, config, failures, 'Sign in with a token of this server.');
}

function refusal(request: Request, config: OperatorConfig, failures: FailedAttempts, detail: string): Problem {
  const waitMs = failures.note(config.clientAddress(request));
  if (waitMs === 0) return new Problem(401, detail, { headers: { 'www-authenticate': 'Bearer' } });
  const seconds = String(Math.ceil(waitMs / 1000));
  return new Problem(429, 'Too many tries.', { headers: { 'retry-after': seconds } });
}

/** @throws {Problem} 403: who asks may not, or another site may have sent the request */
function permit(grant: Grant, needed: Permission, request: Request, { readOnly }: OperatorConfig): void {
  if (!grant.can.includes(needed)) throw new Problem(403, `This needs the permission ${needed}.`);
  const changes = request.method !== 'GET' && request.method !== 'HEAD';
  if (!changes) return;
  // Neither can be sent by a page of another site without asking first.
  if (presentedToken(request) === undefined && request.headers.get('x-tierfall') !== '1') {
    throw new Problem(403, 'Send a bearer token, or the header X-Tierfall: 1.');
  }
  if (readOnly && needed !== 'read') throw new Problem(403, 'This server only shows.');
}

function isThere(route: Route, config: OperatorConfig): boolean {
  return route.isThere?.(config) ?? true;
}

/** The page answers with and without the slash at its end. */
function pathsOf({ path }: Route, basePath: string): string[] {
  if (path !== '/') return [`${basePath}${path}`];
  return basePath === '' ? ['/'] : [basePath, `${basePath}/`];
}

/** The path of an address as it was written, nothing decoded. */
function rawPath(url: string): string {
  return new URL(url).pathname;
}

/** The part of the path that stands where the route has `:name`. */
function rawName(url: URL, route: Route, config: OperatorConfig): string {
  const at = `${config.basePath}${route.path}`.split('/').indexOf(':name');
  return url.pathname.split('/')[at]!;
}
