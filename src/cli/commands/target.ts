import { isDotName } from '../../core/dot-name.js';
import type { PauseTarget } from '../../ports/failover.js';
import type { Arguments } from '../arguments.js';
import { UsageError } from '../usage-error.js';

/**
 * What `NAME`, `--all` or `--provider P` names, and the arguments after it. @throws {UsageError} none or two of them
 */
export function readTarget({ positionals, values }: Arguments): { target: PauseTarget; rest: readonly string[] } {
  const { all, provider } = values;
  if (all && provider !== undefined) throw new UsageError('give NAME, --all or --provider P, one of them');
  if (all) return { target: { all: true }, rest: positionals };
  if (provider !== undefined) return { target: { provider }, rest: positionals };
  const [name, ...rest] = positionals;
  return { target: readName(name), rest };
}

/** @throws {UsageError} there is no name, or one that no instance may have */
export function readName(name: string | undefined): string {
  if (name === undefined || name === '') throw new UsageError('name the instance');
  if (isDotName(name)) throw new UsageError(`an instance cannot be called ${name}`);
  return name;
}

export function noMore(rest: readonly string[]): void {
  if (rest.length > 0) throw new UsageError(`unexpected ${rest.join(' ')}`);
}

/** A target in words. */
export function targetWords(target: PauseTarget): string {
  if (typeof target === 'string') return target;
  return 'all' in target ? 'everything' : `provider ${target.provider}`;
}
