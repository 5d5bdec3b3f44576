import { describe, expect, it } from 'vitest';
import type { ConfigAnswer } from '../../src/elements/data/types.js';
import { changesOf, type Change } from '../../src/elements/editor/changes.js';
import {
  configOf as sent,
  draftOf,
  editedSince,
  newTier,
  rebase,
  type Draft,
  type DraftTier,
} from '../../src/elements/editor/draft.js';
import { fieldProblem, problemsOf } from '../../src/elements/editor/problems.js';
import { configOf, viewOf } from './support/given.js';

const budget = { limit: 1000, windowMs: 3 * 3_600_000 };

/** A draft of a version, with what somebody has edited. */
function edited(from: ConfigAnswer, change: (draft: Draft) => Partial<Draft>): Draft {
  const draft = draftOf(from);
  return { ...draft, ...change(draft) };
}

/** The draft with one tier edited. */
function editedTier(from: ConfigAnswer, at: number, change: Partial<Draft['tiers'][number]>): Draft {
  return edited(from, ({ tiers }) => ({
    tiers: tiers.map((tier, index) => (index === at ? { ...tier, ...change } : tier)),
  }));
}

/** Lines of what will change, as text. */
function lines(changes: readonly Change[]): string[] {
  return changes.map(({ mark, before, names, after, consequence }) =>
    [mark, before, ...names.map(({ text, kind }) => (kind === 'del' ? `[-${text}-]` : text)), after, consequence]
      .filter((part) => part !== '')
      .join(' '),
  );
}

const changed = (draft: Draft, from: ConfigAnswer, agents = [viewOf('one'), viewOf('two')]) =>
  lines(changesOf(draft, from, agents));

describe('what a draft sends', () => {
  it('is what it began from where nothing was edited, fields of a newer version among them', () => {
    const from = configOf(
      { chain: [{ provider: 'a', model: 'one', credential: 'k', contextTokens: 1000, pricing: 'x' } as never] },
      { tokenBudget: budget, novelty: true },
    );
    expect(JSON.parse(JSON.stringify(sent(draftOf(from), from)))).toEqual({ chain: from.chain, policy: from.policy });
  });

  it('leaves a field out that was emptied, and trims what was typed', () => {
    const from = configOf({ chain: [{ provider: 'a', model: 'one', credential: 'k', contextTokens: 1000 }] });
    const draft = editedTier(from, 0, { provider: ' b ', credential: '', contextTokens: ' ' });
    expect(JSON.parse(JSON.stringify(sent(draft, from).chain))).toEqual([{ provider: 'b', model: 'one' }]);
  });

  it('is one ladder for all kinds where its fields were edited; an emptied field keeps its value', () => {
    const from = configOf();
    expect(draftOf(from).ladder).toEqual({ first: '30', times: '2', most: '600' });
    const shorter = edited(from, ({ ladder }) => ({ ladder: { ...ladder, first: '5' } }));
    expect(sent(shorter, from).policy.cooldown).toEqual({ initialMs: 5000, factor: 2, maxMs: 600_000 });
    const emptied = edited(from, () => ({ ladder: { first: '', times: '', most: '60' } }));
    expect(sent(emptied, from).policy.cooldown).toEqual({ initialMs: 30_000, factor: 2, maxMs: 60_000 });
  });

  it('of kinds with ladders of their own shows none, and sends what was typed alone', () => {
    const from = configOf(
      {},
      {
        cooldown: {
          rate_limit: { initialMs: 1, factor: 1, maxMs: 1 },
          overloaded: { initialMs: 2, factor: 1, maxMs: 2 },
        },
      },
    );
    expect(draftOf(from).ladder).toEqual({ first: '', times: '', most: '' });
    const draft = edited(from, () => ({ ladder: { first: '', times: '1.5', most: 'x' } }));
    expect(sent(draft, from).policy.cooldown).toEqual({ factor: 1.5, maxMs: Number.NaN });
  });

  it('is the budget with its parts that the page does not edit, and none where its trigger goes', () => {
    const from = configOf({}, { triggers: ['token_budget'], tokenBudget: { ...budget, softLimit: 0.8 } });
    const more = edited(from, () => ({ budget: { limit: '2000', hours: '3', count: 'input' } }));
    expect(sent(more, from).policy.tokenBudget).toEqual({
      limit: 2000,
      windowMs: 10_800_000,
      softLimit: 0.8,
      count: 'input',
    });
    const all = edited(from, () => ({ budget: { limit: '2000', hours: '1', count: '' } }));
    expect(sent(all, from).policy.tokenBudget).toEqual({ limit: 2000, windowMs: 3_600_000, softLimit: 0.8 });
    expect(
      sent(
        edited(from, () => ({ triggers: ['quota'] })),
        from,
      ).policy,
    ).not.toHaveProperty('tokenBudget');
  });
});

describe('what will change, in words', () => {
  it('says of a tier that goes, moves or is another how many agents answer from it', () => {
    const from = configOf();
    expect(changed(editedTier(from, 0, { isRemoved: true }), from)).toEqual([
      '− Tier 1 goes: [-anthropic/claude-] 2 agents answer from it now and stay until a better tier answers',
    ]);
    expect(changed(editedTier(from, 0, { isRemoved: true }), from, [viewOf('one')])).toEqual([
      '− Tier 1 goes: [-anthropic/claude-] 1 agent answers from it now and stay until a better tier answers',
    ]);
    expect(lines(changesOf(editedTier(from, 0, { isRemoved: true }), from, undefined))).toEqual([
      '− Tier 1 goes: [-anthropic/claude-]',
    ]);
    const swapped = edited(from, ({ tiers: [one, two, three] }) => ({ tiers: [two!, one!, three!] }));
    expect(changed(swapped, from, [viewOf('one', {}, 1)])).toEqual([
      '↑ openai/gpt moves from tier 2 to tier 1 1 agent answers from it now',
      '↓ anthropic/claude moves from tier 1 to tier 2',
    ]);
    expect(changed(editedTier(from, 1, { model: 'gpt-mini', credential: 'k2' }), from)).toEqual([
      '~ Tier 2 [-openai/gpt-] openai/gpt-mini@k2',
    ]);
  });

  it('says what a new tier misses', () => {
    const from = configOf();
    const withNew = (change: Partial<Draft['tiers'][number]>) =>
      changed(
        edited(from, ({ tiers }) => ({ tiers: [...tiers, { ...newTier(), ...change }] })),
        from,
      );
    expect(withNew({})).toEqual(['+ Tier 4 is new: …/… Its model is missing']);
    expect(withNew({ model: 'm' })).toEqual(['+ Tier 4 is new: …/m Its provider is missing']);
    expect(withNew({ provider: 'p', model: 'm' })).toEqual(['+ Tier 4 is new: p/m Nobody answers from it yet']);
  });

  it('names fields of a tier, and parts of the policy, before and after', () => {
    const from = configOf({}, { triggers: ['rate_limit', 'overloaded', 'token_budget'] });
    const draft = { ...editedTier(from, 1, { contextTokens: '1000', order: 'fill' }) };
    expect(changed(draft, from)).toEqual([
      '~ Tier 2 context tokens [-not set-] 1000',
      '~ Tier 2 order [-not set-] fill',
    ]);
    const policy = edited(from, () => ({
      triggers: ['rate_limit', 'token_budget', 'drained'],
      onExhausted: 'pause',
      ladder: { first: '5', times: '', most: '600' },
      budget: { limit: '2000', hours: '3', count: 'input' },
    }));
    expect(changed(policy, from)).toEqual([
      '+ Steps down for drained',
      '− Steps down no longer for [-overloaded-]',
      '~ When no tier is left [-wrap-] pause',
      '~ First rest [-30 s-] 5 s',
      '~ Rest grows by [-2 times-] per kind',
      '~ Token budget [-none-] 2000 in 3 h, input',
    ]);
    const counted = configOf({}, { triggers: ['token_budget'], tokenBudget: budget });
    expect(
      changed(
        edited(counted, () => ({ budget: { limit: '', hours: '', count: '' } })),
        counted,
      ),
    ).toEqual(['~ Token budget [-1000 in 3 h-] none']);
  });
});

describe('a draft on top of a newer version', () => {
  const from = configOf();
  const newer = (policy: Partial<ConfigAnswer['policy']>, change: Partial<ConfigAnswer> = {}) =>
    configOf({ version: 5, ...change }, policy);

  it('takes what the other one changed where the reader has not touched it', () => {
    const onto = newer({ onExhausted: 'throw' }, { chain: [{ provider: 'x', model: 'y' }] });
    const { draft, conflicts } = rebase(
      edited(from, () => ({ triggers: ['quota'] })),
      from,
      onto,
    );
    expect(draft).toMatchObject({ triggers: ['quota'], onExhausted: 'throw', tiers: [{ provider: 'x', origin: 0 }] });
    expect(conflicts).toEqual({});
  });

  it('keeps the reader’s where both changed the same, and says what the other one set', () => {
    const mine = edited(from, ({ tiers }) => ({
      tiers: [tiers[2]!, tiers[0]!, { ...newTier(), provider: 'n', model: 'm' }],
      triggers: ['quota'],
      onExhausted: 'pause',
      ladder: { first: '5', times: '2', most: '600' },
    }));
    const ladder = { initialMs: 10_000, factor: 3, maxMs: 90_000 };
    const onto = newer(
      { triggers: ['auth', 'timeout'], onExhausted: 'throw', cooldown: { auth: ladder, timeout: ladder } },
      {
        chain: [
          { provider: 'anthropic', model: 'claude' },
          { provider: 'x', model: 'y' },
        ],
      },
    );
    const { draft, conflicts } = rebase(mine, from, onto);
    expect(draft.tiers.map(({ provider, origin }) => [provider, origin])).toEqual([
      ['google', null],
      ['anthropic', 0],
      ['n', null],
    ]);
    expect(draft).toMatchObject({ triggers: ['quota'], onExhausted: 'pause', ladder: { first: '5' } });
    expect(conflicts).toEqual({
      tiers: 'anthropic/claude, x/y',
      triggers: 'auth, timeout',
      onExhausted: 'throw',
      ladder: '10, 3, 90',
    });
  });

  it('finds nothing to say where both set the same', () => {
    const mine = edited(from, () => ({ onExhausted: 'pause' }));
    expect(rebase(mine, from, newer({ onExhausted: 'pause' })).conflicts).toEqual({});
  });
});

describe('a draft that was saved', () => {
  const from = configOf();

  it('is no longer one where nothing was edited meanwhile, wherever its tiers come from', () => {
    const asSent = editedTier(from, 1, { model: 'gpt-6' });
    expect(
      editedSince(asSent, { ...asSent, tiers: asSent.tiers.map((tier) => ({ ...tier, origin: null })) }),
    ).toBeUndefined();
  });

  it('goes on as a change of what was saved where it was edited meanwhile', () => {
    const before = draftOf(from);
    const [first, second, third] = before.tiers as [DraftTier, DraftTier, DraftTier];
    const asSent = { ...before, tiers: [third, { ...first, isRemoved: true }, second] };
    const added = newTier();
    const draft = editedSince(asSent, { ...asSent, tiers: [...asSent.tiers, added], onExhausted: 'throw' })!;
    expect(draft.onExhausted).toBe('throw');
    expect(draft.tiers.map(({ key, origin }) => [key, origin])).toEqual([
      [third.key, 0],
      [second.key, 1],
      [added.key, null],
    ]);
  });
});

describe('problems of a draft', () => {
  const from = configOf();
  const told = (draft: Draft) => problemsOf(draft, from).map(({ place, message }) => `${place}: ${message}`);

  it('are at the field they are about', () => {
    expect(told(edited(from, ({ tiers }) => ({ tiers: tiers.map((tier) => ({ ...tier, isRemoved: true })) })))).toEqual(
      ['tiers: At least one tier is needed.'],
    );
    expect(told(editedTier(from, 1, { contextTokens: '1e3' }))).toEqual([
      'tier 2, context tokens: A whole number from 1.',
    ]);
    expect(told(editedTier(from, 1, { contextTokens: '128000' }))).toEqual([]);
    expect(told(editedTier(from, 1, { provider: ' ' }))).toEqual(['tier 2, provider: Name a provider for this tier.']);
    const [ladder] = problemsOf(
      edited(from, () => ({ ladder: { first: 'x', times: '2', most: '600' } })),
      from,
    );
    expect(ladder).toMatchObject({ field: 'ladder', place: 'rest after a failure' });
    const noLimit = edited(from, () => ({ triggers: ['token_budget'], budget: { limit: 'x', hours: '3', count: '' } }));
    expect(problemsOf(noLimit, from)[0]).toMatchObject({ field: 'budget', place: 'token budget' });
  });

  it('of the server keep its words where the page has none of its own', () => {
    const draft = draftOf(from);
    const of = (path: string, message: string) => fieldProblem({ path, message }, draft);
    const key = draft.tiers[1]!.key;
    expect(of('chain[1].contextTokens', 'is too large')).toEqual({
      field: `tier:${key}:contextTokens`,
      place: 'tier 2, context tokens',
      message: 'is too large',
    });
    expect(of('chain[1].pricing', 'is unknown')).toMatchObject({ place: 'tier 2, pricing', message: 'is unknown' });
    expect(of('chain[9]', 'is unknown')).toEqual({ field: 'all', place: 'chain[9]', message: 'is unknown' });
    expect(of('policy.triggers', 'must not be empty')).toMatchObject({
      field: 'triggers',
      message: 'must not be empty',
    });
    expect(of('policy.recovery', 'is unknown')).toEqual({
      field: 'all',
      place: 'policy.recovery',
      message: 'is unknown',
    });
  });
});
