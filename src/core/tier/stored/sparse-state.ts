import { isSamePair, printedIds, tierOf, type TierIdentity } from '../../config.js';
import { freshTierState, isFreshTier, type State, type TierState } from '../state.js';

/** A chain with more tiers than this is stored without the keys of which nothing is known. */
export const LONG_CHAIN = 16;

/** A stored state that leaves out keys of pools of which nothing is known. */
export interface SparseState extends State {
  sparse: {
    /** Tiers of the whole chain. */
    length: number;
    /** For each tier that is stored its place in the whole chain. */
    at: number[];
  };
}

/** What is stored of a state: of a long chain without the keys, beside the first of each pool, that are fresh. */
export function toSparse(state: State): State | SparseState {
  const { ids, identities, tiers, tier, reportedTier } = state;
  if (tiers.length <= LONG_CHAIN) return state;
  const at: number[] = [];
  for (let index = 0; index < tiers.length; index++) {
    const [before, own] = [identities[index - 1], identities[index]!];
    const isFirst = before === undefined || !isSamePair(before, own);
    if (isFirst || index === tier || index === reportedTier || !isFreshTier(tiers[index]!)) at.push(index);
  }
  if (at.length === tiers.length) return state;
  return {
    ...state,
    ids: at.map((index) => ids[index]!),
    identities: at.map((index) => identities[index]!),
    tiers: at.map((index) => tiers[index]!),
    tier: at.indexOf(tier),
    reportedTier: at.indexOf(reportedTier),
    sparse: { length: tiers.length, at },
  };
}

/** The chain that a state is read for. */
export interface ReadFor {
  readonly ids: readonly string[];
  readonly identities: readonly TierIdentity[];
}

/**
 * The whole state of a sparse one. Where what is stored does not stand at its place in `chain`, the chain has changed:
 * then the fresh keys are left out, and `alignState` does the rest. Without a chain they have names of their own.
 */
export function fromSparse({ sparse, ...stored }: SparseState, chain?: ReadFor): State {
  const { length, at } = sparse;
  const isSame = (index: number, identity: TierIdentity) => {
    const other = chain?.identities[index];
    return other !== undefined && isSamePair(other, identity) && other.credential === identity.credential;
  };
  const fits =
    chain?.identities.length === length && at.every((index, kept) => isSame(index, stored.identities[kept]!));
  if (chain && !fits) return stored;
  const kept = new Map(at.map((index, place) => [index, place]));
  const identities: TierIdentity[] = [];
  const tiers: TierState[] = [];
  for (let index = 0; index < length; index++) {
    const place = kept.get(index);
    identities.push(
      (place === undefined ? chain?.identities[index] : stored.identities[place]) ?? unnamed(identities, index),
    );
    tiers.push((place === undefined ? undefined : stored.tiers[place]) ?? freshTierState());
  }
  const ids = chain ? [...chain.ids] : printedIds(identities.map(tierOf));
  return { ...stored, ids, identities, tiers, tier: at[stored.tier]!, reportedTier: at[stored.reportedTier]! };
}

/** A key that is known only to be there: of the same model as the one before it. */
function unnamed(before: readonly TierIdentity[], index: number): TierIdentity {
  const { provider = '', model = '' } = before.at(-1) ?? {};
  return { provider, model, credential: `key ${index + 1}` };
}
