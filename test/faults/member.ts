import type { Failover } from 'tierfall';
import type { HealthMonitor } from 'tierfall/health';
import type { Network } from './network.ts';

/** One life of one simulated process: a crash ends it, and the next begins from what is stored. */
export interface Member {
  readonly id: string;
  readonly place: number;
  failover: Failover;
  monitor: HealthMonitor | undefined;
  readonly network: Network;
  /** Its wall clock. */
  readonly now: () => number;
  /** How far its clock has been set forward in all, in milliseconds. */
  forwardMs: number;
  /** Since when it reaches the store without trouble, on the true clock; `Infinity`: it does not. */
  goodSince: number;
  isDead: boolean;
  /** The tier each instance was last told to be at, by its id. */
  readonly toldTier: Map<string, string>;
  /** The chains it has had, the one in force last. */
  readonly chains: string[][];
}

/** The chain in force, by ids. */
export function chainOf({ failover }: Member): string[] {
  return failover.chain.map(({ provider, model }) => `${provider}/${model}`);
}

/** Takes down the chain in force: what a process finds in the store when it begins is told by no event. */
export function noteChain(member: Member): void {
  const chain = chainOf(member);
  if (member.chains.at(-1)?.join() !== chain.join()) member.chains.push(chain);
}
