import type { HealthStatus, Target } from './types.js';

/** How people call it. */
export function targetName(target: Target): string {
  if (typeof target === 'string') return target;
  return 'all' in target ? 'everything' : target.provider;
}

/** What tells targets apart: an agent may have the name of a provider. */
export function targetId(target: Target): string {
  return JSON.stringify(target);
}

/** Not by its name: an agent or a provider may be called that. */
export function isEverything(target: Target): boolean {
  return typeof target === 'object' && 'all' in target;
}

/** No call goes out at all. */
export function isAllPaused(status: HealthStatus | undefined): boolean {
  return status?.pauses.some(({ target }) => isEverything(target)) ?? false;
}
