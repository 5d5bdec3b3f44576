import { identityOf, isSamePair, printedIds, type FailoverConfig, type TierIdentity } from '../../config.js';
import { begin } from '../begin.js';
import { poolOf } from '../pool.js';
import { mergeTier } from '../stored/merge-state.js';
import { bestTier, isFree, latest } from '../rests/rest.js';
import { freshTierState, isFreshTier, type AbsentTier, type State, type TierState, type Transition } from '../state.js';
import { nameOf } from '../step.js';

/** What is known of a tier that the chain lacks is forgotten after this time. */
const ABSENT_MS = 7 * 24 * 60 * 60_000;

/**
 * Maps a loaded state to the present chain by provider, model and credential. Tiers that are new to it are fresh, but
 * for a wait that was named for their key; those that it lacks are kept in `absent` for seven days and given back to a
 * chain that has them; one `chain-changed` event carries the result. A tier that got another credential, or whose key
 * got another fingerprint, keeps what is not the old key's fault. A state that fits already comes back as it is, with
 * no event.
 */
export function alignState(state: State, config: FailoverConfig, now: number): Transition {
  const draft = begin(state, now);
  const present = draft.state;
  const ids = printedIds(config.chain);
  const identities = config.chain.map(identityOf);
  const fits =
    isSame(ids, present.ids) &&
    identities.every((identity, index) => isSameIdentity(identity, present.identities[index], isNoNews));
  const young = present.absent.filter(({ since }) => now - since <= ABSENT_MS);
  if (fits && young.length === present.absent.length) return draft.done();

  const { tiers, absent, oldIndex } = fits
    ? { tiers: present.tiers, absent: young, oldIndex: [...ids.keys()] }
    : matchTiers(present, young, identities, now);
  const indexOf = (old: number) => oldIndex.indexOf(old);
  const { tier, reportedTier } = currentTiers(
    indexOf(present.tier),
    indexOf(present.reportedTier),
    tiers,
    present,
    now,
  );
  // A process that knows no fingerprint leaves those that are known as they are.
  const remembered = identities.map((identity, at) => {
    const known = present.identities[oldIndex[at]!];
    return known?.fingerprint !== undefined && isSameIdentity(identity, known) ? known : identity;
  });
  const aligned: State = { ...present, ids, identities: remembered, tiers, absent, tier, reportedTier };
  draft.add({
    type: 'chain-changed',
    at: now,
    from: nameOf(present.ids, present.tier),
    to: nameOf(ids, tier),
    state: aligned,
  });
  return draft.done();
}

interface Matched {
  tiers: TierState[];
  absent: AbsentTier[];
  /** Index in the old chain of each tier, -1 for a new one. */
  oldIndex: number[];
}

function matchTiers(
  present: State,
  absent: readonly AbsentTier[],
  identities: readonly TierIdentity[],
  now: number,
): Matched {
  const oldIndex = identities.map((identity) => matching(present.identities, identity, identities));
  const returned = identities.map((identity) => absent.find((each) => isSameIdentity(each, identity)));
  const keysWaits = insideKeysWait(present, absent, now);
  const left: AbsentTier[] = absent.filter((each) => !returned.includes(each));
  const leave = (index: number, tier: TierState) => {
    const { from, to } = poolOf(present.identities, index);
    // A pool may have a thousand keys of which nothing is known.
    if (to - from > 1 && isFreshTier(tier)) return;
    left.push({ ...present.identities[index]!, ...tier, since: now });
  };

  const tiers = identities.map((identity, index) => {
    const old = oldIndex[index]!;
    const here = present.tiers[old];
    const isRenamed = here !== undefined && !isSameIdentity(identity, present.identities[old]);
    // The hold of a tier is the operator's, and goes with it.
    if (isRenamed && isCredentialsFault(here)) leave(old, { ...here, heldUntil: null });
    const kept = isRenamed ? withoutCredentialsRest(here) : here;
    const back = returned[index] ?? (here ? undefined : underAnotherCredential(absent, identity, identities));
    const known = back && tierStateOf(back);
    if (!kept || !known) return kept ?? known ?? newTier(identity, keysWaits);
    const failures = Math.max(kept.failures, known.failures);
    return { ...mergeTier(freshTierState(), kept, known), failures };
  });
  present.tiers.forEach((tier, index) => {
    if (!oldIndex.includes(index)) leave(index, tier);
  });
  return { tiers, absent: left, oldIndex };
}

/** Index of the tier in the old chain that a tier of the new one is, -1 for none. */
function matching(olds: readonly TierIdentity[], identity: TierIdentity, news: readonly TierIdentity[]): number {
  // The same name, be it of the same key or of another one.
  const same = olds.findIndex((old) => isSamePair(old, identity) && old.credential === identity.credential);
  if (same >= 0) return same;
  // A pair that occurs once is one tier, whatever its credential is called.
  const isOnly = (list: readonly TierIdentity[]) => list.filter((each) => isSamePair(each, identity)).length === 1;
  return isOnly(olds) && isOnly(news) ? olds.findIndex((old) => isSamePair(old, identity)) : -1;
}

/** What is known of a pair that was absent under another credential, without that credential's fault. */
function underAnotherCredential(
  absent: readonly AbsentTier[],
  identity: TierIdentity,
  news: readonly TierIdentity[],
): AbsentTier | undefined {
  const [only, ...others] = absent.filter((each) => isSamePair(each, identity));
  const isOnly = news.filter((each) => isSamePair(each, identity)).length === 1;
  if (!only || others.length > 0 || !isOnly) return undefined;
  return { ...only, ...withoutCredentialsRest(tierStateOf(only)) };
}

/** Tiers whose key is inside a wait that its provider has named, longest first. */
function insideKeysWait(present: State, absent: readonly AbsentTier[], now: number): (TierIdentity & TierState)[] {
  const all = [...present.tiers.map((tier, index) => ({ ...present.identities[index]!, ...tier })), ...absent];
  const waits = all.filter((tier) => latest(tier.retryAfterUntil) > latest(tier.modelRetryAfterUntil, now));
  return waits.sort((one, other) => latest(other.retryAfterUntil) - latest(one.retryAfterUntil));
}

/** A tier of which nothing is known, but for a wait of its key. */
function newTier(identity: TierIdentity, keysWaits: readonly (TierIdentity & TierState)[]): TierState {
  const longest = keysWaits.find((tier) => isSameIdentity({ ...identity, model: tier.model }, tier));
  if (!longest) return freshTierState();
  const { retryAfterUntil, retryAfterMs, lastFailureKind, lastFailureAt } = longest;
  const wait = { restUntil: retryAfterUntil, retryAfterUntil, retryAfterMs, lastFailureKind, lastFailureAt };
  return { ...freshTierState(), ...wait };
}

function tierStateOf(absent: AbsentTier): TierState {
  const names = Object.keys(freshTierState()) as (keyof TierState)[];
  const known = Object.fromEntries(names.map((name) => [name, absent[name]])) as unknown as TierState;
  return absent.recentFailures ? { ...known, recentFailures: absent.recentFailures } : known;
}

function isCredentialsFault(tier: TierState): boolean {
  return latest(tier.restUntil, tier.retryAfterUntil) > latest(tier.modelRestUntil, tier.modelRetryAfterUntil);
}

/** The tier under another credential: what the provider or the model is at fault for stays. */
function withoutCredentialsRest(tier: TierState): TierState {
  const { modelRestUntil: restUntil, modelRetryAfterUntil: retryAfterUntil } = tier;
  const fresh = { failures: 0, cooldownUntil: null, penalty: 0, recordedAt: null, unrecorded: null };
  return { ...tier, restUntil, retryAfterUntil, ...(isCredentialsFault(tier) ? fresh : {}) };
}

/** Where calls go: as before, where those tiers are still there. */
function currentTiers(
  tier: number,
  reportedTier: number,
  tiers: readonly TierState[],
  before: State,
  now: number,
): Pick<State, 'tier' | 'reportedTier'> {
  const home = reportedTier >= 0 ? reportedTier : tier;
  if (home < 0) {
    const best = Math.max(
      0,
      bestTier(tiers.length, (index) => isFree(tiers[index], now)),
    );
    return { tier: best, reportedTier: best };
  }
  // A trial is of a better tier; the order of the chain may have changed.
  const keeps = tier >= 0 && (tier < home || before.exhaustedAt !== null);
  return { tier: keeps ? tier : home, reportedTier: home };
}

/** @param isSameKey compares two fingerprints, where at most one is unknown; by default that one may be any */
function isSameIdentity(
  one: TierIdentity,
  other: TierIdentity | undefined,
  isSameKey: (one: string | undefined, other: string | undefined) => boolean = mayBeSame,
): boolean {
  if (other === undefined || !isSamePair(one, other) || one.credential !== other.credential) return false;
  return one.fingerprint === other.fingerprint || isSameKey(one.fingerprint, other.fingerprint);
}

function mayBeSame(one: string | undefined, other: string | undefined): boolean {
  return one === undefined || other === undefined;
}

/** A fingerprint that is not known here changes nothing; one that is known here first has to be remembered. */
function isNoNews(configured: string | undefined): boolean {
  return configured === undefined;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}
