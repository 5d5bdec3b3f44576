import { FOREVER } from '../tier/state.js';
import type { InstanceView, TierView } from './instance-view.js';
import { kindWords, tierFailed } from './kind-words.js';

/** A sentence that may hold a time: `Tier 1 is tried again` and when, or `Hold ends` and when. */
export interface Next {
  readonly text: string;
  /** Epoch milliseconds; absent where the sentence is complete. */
  readonly at?: number;
  /** `in`: `in 4 min` follows. `at`: the time of day follows, and how far it is. */
  readonly style?: 'in' | 'at';
}

/** Why an instance is where it is, and what happens next, in words. */
export interface Explanation {
  readonly why: string;
  readonly next: Next | null;
  /** Who must act: a person, nobody, or it was a person who decided. `null`: all is well. */
  readonly group: 'person' | 'itself' | 'decided' | null;
}

const untilResumed: Next = { text: 'Until someone resumes it' };

/** Explains a view. Pure; the caller puts in the time. */
export function explainInstance(view: InstanceView): Explanation {
  if (view.paused) return explainPause(view, view.paused);
  const { index } = view.tier;
  if (view.tiers.every((tier) => endOf(tier) !== null) && index < view.tiers.length) {
    return { why: 'No tier may be asked now', next: againAt(view), group: view.retryAt === null ? 'person' : 'itself' };
  }
  if (view.trial !== null) {
    return { why: `Trying tier ${view.trial + 1}`, next: { text: 'The next answer decides' }, group: 'itself' };
  }
  if (view.cause === 'unreadable') {
    return { why: 'Its record cannot be read', next: { text: 'Until someone resets it' }, group: 'person' };
  }
  if (index === 0) return { why: 'First choice', next: null, group: null };
  const blocked = view.tiers.find((tier) => tier.index < index && endOf(tier) !== null);
  if (!blocked)
    return { why: `On tier ${index + 1}`, next: { text: 'One comes back with its next answer' }, group: 'itself' };
  return explainBlocked(view, blocked);
}

/** When a tier may be asked again, by whatever keeps calls off it; `null`: now. */
export function endOf({ restUntil, retryAfterUntil, heldUntil, shared }: TierView): number | null {
  const end = Math.max(restUntil ?? 0, retryAfterUntil ?? 0, heldUntil ?? 0, shared?.until ?? 0);
  return end > 0 ? end : null;
}

function explainPause(view: InstanceView, { source, by, until }: NonNullable<InstanceView['paused']>): Explanation {
  // As text: a newer version may know more sources.
  const from: string = source;
  if (from === 'operator') {
    const next: Next = until === null ? untilResumed : { text: 'Resumes by itself', at: until, style: 'at' };
    return { why: `Paused by ${by}`, next, group: 'decided' };
  }
  const end = view.retryAt;
  const group = end === null ? 'person' : 'itself';
  if (from === 'exhausted') {
    return { why: 'Stopped: no tier left', next: end === null ? untilResumed : againAt(view), group };
  }
  if (from === 'health') {
    const next: Next = end === null ? { text: 'Not clear yet' } : { text: 'One trial call', at: end, style: 'in' };
    return { why: 'Paused by service health', next, group: 'itself' };
  }
  if (from === 'alert') {
    return {
      why: `Paused by alert ${by}`,
      next: end === null ? { text: 'Resumes when clear' } : againAt(view),
      group: 'itself',
    };
  }
  if (from === 'budget') {
    const next: Next = end === null ? untilResumed : { text: 'Budget window ends', at: end, style: 'in' };
    return { why: 'Out of budget on every tier', next, group };
  }
  return {
    why: `Paused by ${by}`,
    next: until === null ? untilResumed : { text: 'Ends', at: until, style: 'in' },
    group,
  };
}

function explainBlocked(view: InstanceView, tier: TierView): Explanation {
  const name = `Tier ${tier.index + 1}`;
  const end = endOf(tier);
  if (tier.heldUntil !== null && tier.heldUntil === end) {
    const next: Next =
      tier.heldUntil >= FOREVER
        ? { text: 'Until someone resets it' }
        : { text: 'Hold ends', at: tier.heldUntil, style: 'at' };
    return { why: `${name} held back`, next, group: 'decided' };
  }
  if (tier.shared && tier.shared.until === end) {
    const [provider = ''] = tier.id.split('/', 1);
    if (tier.shared.kind === 'paused') {
      return { why: `${name} skipped: ${provider} is paused`, next: againAt(view), group: 'itself' };
    }
    return { why: tierFailed(tier.index, tier.shared.kind), next: againAt(view), group: 'itself' };
  }
  if (tier.lastFailureKind === 'token_budget' && end !== null) {
    return {
      why: `${name} is out of budget`,
      next: { text: 'Budget window ends', at: end, style: 'in' },
      group: 'itself',
    };
  }
  return { why: tierFailed(tier.index, tier.lastFailureKind), next: againAt(view), group: 'itself' };
}

/** Which tier may be asked first, and when. */
function againAt(view: InstanceView): Next | null {
  const { retryAt } = view;
  if (retryAt === null) return null;
  const tier = view.tiers.find((each) => endOf(each) === retryAt);
  return tier
    ? { text: `Tier ${tier.index + 1} is tried again`, at: retryAt, style: 'in' }
    : { text: 'The next try is', at: retryAt, style: 'in' };
}

/** What keeps calls off a tier, for the drawer's chain. */
export function tierStanding(
  view: InstanceView,
  tier: TierView,
): { text: string; until: number | null; detail: string } {
  const failed = tier.failures > 0 && tier.lastFailureKind !== null;
  const times = tier.failures === 1 ? '1 failure' : `${tier.failures} failures in a row`;
  const detail = failed ? `${times}, last: ${kindWords(tier.lastFailureKind ?? '')}` : '';
  if (!view.paused && tier.index === view.tier.index) return { text: 'answers now', until: null, detail };
  if (tier.index === view.trial) return { text: 'on trial', until: null, detail };
  const end = endOf(tier);
  if (end === null) return { text: 'ready', until: null, detail };
  const until = end >= FOREVER ? null : end;
  if (end === tier.heldUntil) return { text: 'held back', until, detail };
  if (tier.shared && end === tier.shared.until) {
    const why = tier.shared.kind === 'paused' ? 'its provider is paused' : kindWords(tier.shared.kind);
    return { text: 'skipped', until, detail: detail === '' ? why : `${detail}; ${why}` };
  }
  return { text: end === tier.retryAfterUntil ? 'waits as told' : 'rests', until, detail };
}
