import { ConfigError } from '../../core/errors.js';
import { permissions, type Authorize, type Permission } from './grant.js';

/** Who the host says it is: a name that may do everything, a name with what it may do, or nobody. */
export type HostActor = string | { readonly actor: string; readonly can: readonly Permission[] } | null | undefined;

/**
 * Trusts the host's own session: the function is given the request and says who it is. For a server behind a sign-in of
 * its own; `() => 'local'` trusts everybody who reaches it.
 *
 * @throws {ConfigError} it is no function
 */
export function trustHost(identify: (request: Request) => HostActor | Promise<HostActor>): Authorize {
  if (typeof identify !== 'function') {
    throw new ConfigError([{ path: 'trustHost', message: 'expected a function (request) => actor or null' }]);
  }
  return async (request) => {
    const host = await identify(request);
    if (typeof host === 'string') return { actor: host, can: permissions };
    return host ?? null;
  };
}
