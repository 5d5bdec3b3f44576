import { kindWords } from '../../core/view/kind-words.js';
import type { ConfigAnswer, InstanceView } from '../data/types.js';
import { draftOf, isSame, keptTiers, movedBy, type Draft, type DraftTier } from './draft.js';

/** One line of what will change: a mark, words before and after what is named, and the consequence. */
export interface Change {
  mark: '+' | '−' | '↑' | '↓' | '~';
  before: string;
  /** Names, struck where they go. */
  names: { text: string; kind: 'plain' | 'add' | 'del' }[];
  after: string;
  consequence: string;
}

/** What saving a draft would change, worked out from the values: undoing by hand empties it. */
export function changesOf(draft: Draft, from: ConfigAnswer, agents: readonly InstanceView[] | undefined): Change[] {
  const before = draftOf(from);
  const kept = keptTiers(draft);
  const changes: Change[] = [];
  kept.forEach((tier, index) => {
    if (tier.origin === null) {
      const isUnfinished = tier.model.trim() === '' || tier.provider.trim() === '';
      const consequence = isUnfinished
        ? `Its ${tier.model.trim() === '' ? 'model' : 'provider'} is missing`
        : 'Nobody answers from it yet';
      changes.push(change('+', `Tier ${index + 1} is new:`, [added(idOf(tier))], '', consequence));
      return;
    }
    const old = before.tiers[tier.origin]!;
    const by = movedBy(tier, kept);
    if (by !== 0) {
      const words = `moves from tier ${tier.origin + 1} to tier ${index + 1}`;
      changes.push(change(by < 0 ? '↑' : '↓', '', [named(idOf(tier))], words, answering(tier, agents, by > 0)));
    }
    if (idOf(old) !== idOf(tier))
      changes.push(change('~', `Tier ${index + 1}`, [removed(idOf(old)), added(idOf(tier))]));
    for (const field of ['contextTokens', 'order'] as const) {
      if (old[field] === tier[field]) continue;
      const name = field === 'order' ? 'order' : 'context tokens';
      changes.push(
        change('~', `Tier ${index + 1} ${name}`, [removed(old[field] || 'not set'), added(tier[field] || 'not set')]),
      );
    }
  });
  for (const [index, tier] of before.tiers.entries()) {
    const isGone = !kept.some(({ origin }) => origin === index);
    if (isGone)
      changes.push(change('−', `Tier ${index + 1} goes:`, [removed(idOf(tier))], '', answering(tier, agents, true)));
  }
  return [...changes, ...policyChanges(draft, before)];
}

function policyChanges(draft: Draft, before: Draft): Change[] {
  const changes: Change[] = [];
  for (const kind of draft.triggers)
    if (!before.triggers.includes(kind)) changes.push(change('+', 'Steps down for', [added(kind)]));
  for (const kind of before.triggers)
    if (!draft.triggers.includes(kind)) changes.push(change('−', 'Steps down no longer for', [removed(kind)]));
  if (draft.onExhausted !== before.onExhausted) {
    changes.push(change('~', 'When no tier is left', [removed(before.onExhausted), added(draft.onExhausted)]));
  }
  const field = (name: string, old: string, now: string, unit: string) => {
    if (old === now) return;
    const words = (text: string) => (text === '' ? 'per kind' : `${text}${unit}`);
    changes.push(change('~', name, [removed(words(old)), added(words(now))]));
  };
  field('First rest', before.ladder.first, draft.ladder.first, ' s');
  field('Rest grows by', before.ladder.times, draft.ladder.times, ' times');
  field('Longest rest', before.ladder.most, draft.ladder.most, ' s');
  if (draft.triggers.includes('token_budget') && !isSame(draft.budget, before.budget)) {
    const words = ({ limit, hours, count }: Draft['budget']) =>
      limit === '' ? 'none' : `${limit} in ${hours} h${count === '' ? '' : `, ${count}`}`;
    changes.push(change('~', 'Token budget', [removed(words(before.budget)), added(words(draft.budget))]));
  }
  return changes;
}

/** How many agents answer from a tier now; said only while every agent is known. */
function answering(tier: DraftTier, agents: readonly InstanceView[] | undefined, stay: boolean): string {
  if (!agents) return '';
  const here = agents.filter(({ tier: at }) => at.index === tier.origin).length;
  if (here === 0) return '';
  const who = here === 1 ? '1 agent answers' : `${here} agents answer`;
  return `${who} from it now${stay ? ' and stay until a better tier answers' : ''}`;
}

function idOf({ provider, model, credential }: Pick<DraftTier, 'provider' | 'model' | 'credential'>): string {
  return `${provider || '…'}/${model || '…'}${credential === '' ? '' : `@${credential}`}`;
}

function change(mark: Change['mark'], before: string, names: Change['names'], after = '', consequence = ''): Change {
  return { mark, before, names, after, consequence };
}
const named = (text: string) => ({ text, kind: 'plain' as const });
const added = (text: string) => ({ text, kind: 'add' as const });
const removed = (text: string) => ({ text, kind: 'del' as const });

/** The boxes of "when to step down": a kind and its name, then a host's own. */
export function triggerName(kind: string): string {
  const words =
    kind === 'token_budget'
      ? 'token budget'
      : kind === 'content_policy'
        ? 'content policy'
        : kind === 'network'
          ? kind
          : kindWords(kind);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
