import type { ChainTier, ConfigAnswer, Ladder, PolicyAnswer } from '../data/types.js';

/** A tier as it is being edited: every field is a text. */
export interface DraftTier {
  /** Stays the same while it is moved. */
  readonly key: number;
  /** Its place in the version the draft began from; `null`: it is new. */
  readonly origin: number | null;
  provider: string;
  model: string;
  credential: string;
  contextTokens: string;
  order: string;
  /** It goes with the next save. */
  isRemoved: boolean;
}

/** The chain and the part of the policy that the editor edits. */
export interface Draft {
  tiers: DraftTier[];
  triggers: string[];
  onExhausted: string;
  /** Texts in seconds; empty while kinds have ladders of their own. */
  ladder: { first: string; times: string; most: string };
  budget: { limit: string; hours: string; count: string };
}

const HOUR_MS = 3_600_000;
let lastKey = 0;

/** A draft that changes nothing of a version. */
export function draftOf({ chain, policy }: ConfigAnswer): Draft {
  const ladder = commonLadder(policy);
  const { tokenBudget } = policy;
  return {
    tiers: chain.map((tier, index) => draftTier(tier, index)),
    triggers: [...policy.triggers],
    onExhausted: policy.onExhausted,
    ladder: ladder
      ? { first: String(ladder.initialMs / 1000), times: String(ladder.factor), most: String(ladder.maxMs / 1000) }
      : { first: '', times: '', most: '' },
    budget: {
      limit: tokenBudget ? String(tokenBudget.limit) : '',
      hours: tokenBudget ? String(tokenBudget.windowMs / HOUR_MS) : '',
      count: tokenBudget?.count ?? '',
    },
  };
}

export function newTier(): DraftTier {
  return draftTier({ provider: '', model: '' }, null);
}

function draftTier(tier: ChainTier, origin: number | null): DraftTier {
  return {
    key: ++lastKey,
    origin,
    provider: tier.provider,
    model: tier.model,
    credential: tier.credential ?? '',
    contextTokens: tier.contextTokens === undefined ? '' : String(tier.contextTokens),
    order: tier.order ?? '',
    isRemoved: false,
  };
}

/** What is sent: the version it began from with what was edited. What this editor does not know goes back unchanged. */
export function configOf(draft: Draft, from: ConfigAnswer): { chain: ChainTier[]; policy: PolicyAnswer } {
  const before = draftOf(from);
  const policy: PolicyAnswer = { ...from.policy };
  if (!isSame(draft.triggers, before.triggers)) policy.triggers = draft.triggers;
  policy.onExhausted = draft.onExhausted;
  if (!isSame(draft.ladder, before.ladder))
    policy.cooldown = ladderOf(draft, from) as unknown as PolicyAnswer['cooldown'];
  if (!draft.triggers.includes('token_budget') && before.triggers.includes('token_budget')) delete policy.tokenBudget;
  else if (!isSame(draft.budget, before.budget)) {
    const { limit, hours, count } = draft.budget;
    policy.tokenBudget = {
      ...from.policy.tokenBudget,
      limit: numberOf(limit),
      windowMs: numberOf(hours) * HOUR_MS,
      ...(count === '' ? {} : { count }),
    };
  }
  return { chain: keptTiers(draft).map((tier) => tierOf(tier, from)), policy };
}

export function keptTiers({ tiers }: Draft): DraftTier[] {
  return tiers.filter(({ isRemoved }) => !isRemoved);
}

/** How far a tier stands below its old place among those that were there before; 0: it was not moved. */
export function movedBy(tier: DraftTier, kept: readonly DraftTier[]): number {
  const stayed = kept.filter(({ origin }) => origin !== null);
  const ranked = stayed.toSorted((one, other) => Number(one.origin) - Number(other.origin));
  return stayed.indexOf(tier) - ranked.indexOf(tier);
}

function tierOf(tier: DraftTier, from: ConfigAnswer): ChainTier {
  const { provider, model, credential, contextTokens, order, origin } = tier;
  const before = origin === null ? {} : from.chain[origin];
  return {
    ...before,
    provider: provider.trim(),
    model: model.trim(),
    ...given('credential', credential.trim()),
    ...given('contextTokens', contextTokens.trim() === '' ? '' : numberOf(contextTokens)),
    ...given('order', order),
  };
}

/** A field that is empty is left out. */
function given<K extends string, V>(name: K, value: V | ''): { [P in K]?: V } {
  return (value === '' ? { [name]: undefined } : { [name]: value }) as { [P in K]?: V };
}

function ladderOf({ ladder }: Draft, from: ConfigAnswer): Partial<Ladder> {
  const { first, times, most } = ladder;
  return {
    ...commonLadder(from.policy),
    ...(first === '' ? {} : { initialMs: numberOf(first) * 1000 }),
    ...(times === '' ? {} : { factor: numberOf(times) }),
    ...(most === '' ? {} : { maxMs: numberOf(most) * 1000 }),
  };
}

/** The ladder of every kind that steps down, where they share one. */
export function commonLadder({ triggers, cooldown }: PolicyAnswer): Ladder | undefined {
  const ladders = triggers.map((kind) => cooldown[kind]).filter((each) => each !== undefined);
  const first = ladders[0];
  return first && ladders.every((each) => isSame(each, first)) ? first : undefined;
}

/** NaN where it is no number: the schema says what would be right. */
function numberOf(text: string): number {
  return /^\s*\d+(?:\.\d+)?\s*$/u.test(text) ? Number(text) : Number.NaN;
}

export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Fields that both changed, by name, after the draft was put on top of a newer version. */
export type Conflicts = Readonly<Record<string, string>>;

/** The draft on top of a newer version: fields the reader did not touch take the other's values. */
export function rebase(draft: Draft, from: ConfigAnswer, onto: ConfigAnswer): { draft: Draft; conflicts: Conflicts } {
  const before = draftOf(from);
  const theirs = draftOf(onto);
  const conflicts: Record<string, string> = {};
  const plain = (each: Draft) => each.tiers.map(({ key: _key, origin: _origin, ...tier }) => tier);
  const mineChanged = !isSame(plain(draft), plain(before));
  const theyChanged = !isSame(plain(theirs), plain(before));
  if (mineChanged && theyChanged)
    conflicts['tiers'] = theirs.tiers.map(({ provider, model }) => `${provider}/${model}`).join(', ');
  const choose = <K extends 'triggers' | 'onExhausted' | 'ladder' | 'budget'>(name: K): Draft[K] => {
    if (isSame(draft[name], before[name])) return theirs[name];
    if (!isSame(theirs[name], before[name]) && !isSame(theirs[name], draft[name]))
      conflicts[name] = words(theirs[name]);
    return draft[name];
  };
  const identity = ({ provider, model, credential }: Pick<DraftTier, 'provider' | 'model' | 'credential'>) =>
    JSON.stringify([provider, model, credential]);
  const places = new Map(theirs.tiers.map((tier, index) => [identity(tier), index]));
  const tiers = mineChanged
    ? draft.tiers.map((tier) => ({ ...tier, origin: places.get(identity(tier)) ?? null }))
    : theirs.tiers;
  return {
    draft: {
      tiers,
      triggers: choose('triggers'),
      onExhausted: choose('onExhausted'),
      ladder: choose('ladder'),
      budget: choose('budget'),
    },
    conflicts,
  };
}

/** A draft that was edited while it was being saved, on top of what was saved; `undefined`: nothing was edited. */
export function editedSince(sent: Draft, draft: Draft): Draft | undefined {
  const texts = ({ tiers, ...others }: Draft) => [tiers.map(({ origin: _origin, ...tier }) => tier), others];
  if (isSame(texts(draft), texts(sent))) return undefined;
  const places = new Map(keptTiers(sent).map(({ key }, index) => [key, index]));
  const tiers = draft.tiers.map((tier) => ({ ...tier, origin: places.get(tier.key) ?? null }));
  return { ...draft, tiers: tiers.filter(({ origin, isRemoved }) => origin !== null || !isRemoved) };
}

function words(value: Draft['triggers'] | string | Record<string, string>): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.join(', ') : Object.values(value).filter(Boolean).join(', ');
}
