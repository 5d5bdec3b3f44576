import { ConfigError } from '../core/errors.js';
import { OPERATOR_ACCESS } from '../core/operator-access-key.js';
import { unknownOptions } from '../core/unknown-options.js';
import type { Failover } from '../ports/failover.js';
import type { OperatorAccess } from '../ports/operator-access.js';
import { readSecrets } from './auth/webhook-signature.js';
import type { Authorize } from './auth/grant.js';
import type { OperatorChecks, OperatorHealth } from './services.js';

/** What `createOperatorHandler` takes. */
export interface OperatorOptions {
  /** What is shown and operated: as `createFailover` or `instrumentFailover` gave it. */
  readonly failover: Pick<Failover, 'pause' | 'resume' | 'reset' | 'hold' | 'on' | 'update'>;
  /** The service-health monitor, from `tierfall/health`. Without it its routes answer 404. */
  readonly health?: OperatorHealth | undefined;
  /**
   * The record of what the agents did and the book of alerts, from `tierfall/checks`. Without them their routes
   * answer 404.
   */
  readonly checks?: OperatorChecks | undefined;
  /** Decides who asks and what they may do: `bearerTokens`, `trustHost`, or a function of yours. */
  readonly authorize: Authorize;
  /**
   * Standard Webhooks secrets (`whsec_` and base64) that `POST /health/alert` accepts; several while one is replaced.
   * Without one the route answers 404.
   */
  readonly alertSecret?: string | readonly string[] | undefined;
  /**
   * The address that failed authentications are counted by. Without it all share one count: forwarded headers are not
   * believed, since anybody can send them.
   */
  readonly clientAddress?: ((request: Request) => string | undefined) | undefined;
  /** Path of the page, under which all routes lie: `/ops`. Default: the root. */
  readonly basePath?: string | undefined;
  /** Nobody may act or change the chain. Default false. */
  readonly readOnly?: boolean | undefined;
  /** A link on the page back to your own dashboard. */
  readonly home?: { readonly href: string; readonly name: string } | undefined;
  /** Who may show the page in a frame, as in `frame-ancestors`: `'self'`, `https://app.example`. Default: nobody. */
  readonly frameAncestors?: string | readonly string[] | undefined;
}

/** Options that have been checked, with every default filled in. */
export interface OperatorConfig {
  readonly failover: OperatorOptions['failover'];
  readonly access: OperatorAccess;
  readonly health: OperatorHealth | undefined;
  readonly checks: OperatorChecks | undefined;
  readonly authorize: Authorize;
  readonly secrets: readonly Uint8Array<ArrayBuffer>[];
  readonly clientAddress: (request: Request) => string;
  readonly basePath: string;
  readonly readOnly: boolean;
  readonly home: { readonly href: string; readonly name: string } | undefined;
  readonly frameAncestors: readonly string[];
}

const names: Record<keyof OperatorOptions, true> = {
  failover: true,
  health: true,
  checks: true,
  authorize: true,
  alertSecret: true,
  clientAddress: true,
  basePath: true,
  readOnly: true,
  home: true,
  frameAncestors: true,
};

/** Checks what `createOperatorHandler` was given. @throws {ConfigError} naming every field that is wrong */
export function readOptions(options: OperatorOptions): OperatorConfig {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigError([{ path: 'options', message: 'expected an object { failover, authorize }' }]);
  }
  const issues = unknownOptions(options, Object.keys(names));
  const wrong = (path: string, message: string) => void issues.push({ path, message });
  const { failover, health, checks, authorize, clientAddress, readOnly = false, home } = options;
  const access = (failover as { [OPERATOR_ACCESS]?: OperatorAccess } | undefined)?.[OPERATOR_ACCESS];
  if (!access) wrong('failover', 'expected what createFailover or instrumentFailover returned');
  if (typeof authorize !== 'function') {
    wrong('authorize', 'expected bearerTokens({ … }), trustHost(…) or a function (request) => { actor, can } or null');
  }
  if (health !== undefined && !hasMethods(health, ['status', 'pause', 'resume', 'alert'])) {
    wrong('health', 'expected what createHealthMonitor returned');
  }
  if (checks !== undefined && !(isObject(checks.source) && hasMethods(checks.book, ['update', 'active']))) {
    wrong('checks', 'expected { source, book }: a source of activity and what createAlertBook returned');
  }
  if (clientAddress !== undefined && typeof clientAddress !== 'function') {
    wrong('clientAddress', 'expected a function (request) => address');
  }
  if (typeof readOnly !== 'boolean') wrong('readOnly', 'expected a boolean');
  const secrets = readSecrets(options.alertSecret, wrong);
  const basePath = readBasePath(options.basePath, wrong);
  checkHome(home, wrong);
  const frameAncestors = readFrameAncestors(options.frameAncestors, wrong);
  if (issues.length > 0 || !access) throw new ConfigError(issues);
  return {
    failover,
    access,
    health,
    checks,
    authorize,
    secrets,
    clientAddress: addressReader(clientAddress),
    basePath,
    readOnly,
    home,
    frameAncestors,
  };
}

type Wrong = (path: string, message: string) => void;

/** A host's function must not fail a request: where it does, all share the one count. */
function addressReader(clientAddress: OperatorOptions['clientAddress']): (request: Request) => string {
  return (request) => {
    try {
      const address: unknown = clientAddress?.(request);
      return typeof address === 'string' ? address : '';
    } catch {
      return '';
    }
  };
}

function readBasePath(basePath: unknown, wrong: Wrong): string {
  if (basePath === undefined || basePath === '' || basePath === '/') return '';
  if (typeof basePath === 'string' && /^(?:\/[\w.~-]+)+\/?$/u.test(basePath) && !/\/\.{1,2}(?:\/|$)/u.test(basePath)) {
    return basePath.replace(/\/$/u, '');
  }
  wrong('basePath', "expected a path such as '/ops', of letters, digits and - . _ ~");
  return '';
}

function checkHome(home: unknown, wrong: Wrong): void {
  if (home === undefined) return;
  const { href, name }: { href?: unknown; name?: unknown } = isObject(home) ? home : {};
  // Nothing else: an address may be a script.
  if (typeof href !== 'string' || !/^(?:https?:\/\/|\/(?!\/)|\.{1,2}\/)/u.test(href)) {
    wrong('home.href', 'expected an address that begins with https://, http:// or /');
  }
  if (typeof name !== 'string' || name.trim() === '' || name.length > 100) {
    wrong('home.name', 'expected a name of 1 to 100 characters');
  }
}

function readFrameAncestors(given: unknown, wrong: Wrong): string[] {
  const sources: unknown[] = given === undefined ? [] : [given].flat();
  return sources.filter((source): source is string => {
    const isSource =
      typeof source === 'string' && /^(?:'self'|(?:https?:\/\/)?(?:\*\.)?[a-z\d.-]+(?::(?:\d+|\*))?)$/iu.test(source);
    if (!isSource) wrong('frameAncestors', "expected sources such as 'self' (with its quotes) or https://app.example");
    return isSource;
  });
}

function hasMethods(value: unknown, methods: readonly string[]): boolean {
  return isObject(value) && methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
