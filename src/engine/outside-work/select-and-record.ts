import type { Tier } from '../../core/config.js';
import { ConfigError, configError } from '../../core/errors.js';
import { failureScopes, isKind, kinds, type Kind } from '../../core/kinds.js';
import { isTrigger } from '../../core/tier/rests/ladder.js';
import { selectTier } from '../../core/tier/select-tier.js';
import type { FailedOutcome, Outcome } from '../../core/tier/state.js';
import type { OutcomeReport, SelectResult } from '../../ports/failover.js';
import { closestName, didYouMean, unknownOptions } from '../../core/unknown-options.js';
import { looksLikeSeconds } from '../api/operator-options.js';
import { namedTier } from '../call/call-options.js';
import { prepareTrial } from '../call/choice/prepare-trial.js';
import { takeCanary } from '../call/choice/take-canary.js';
import { createCallState } from '../call/call-state.js';
import { chooseFirst } from '../call/choice/choose-tier.js';
import { retryAt } from '../call/choice/tier-access.js';
import type { Engine } from '../engine.js';
import type { Instance } from '../instance/instance.js';
import { judge } from '../call/verdict/judge.js';
import type { Usage } from '../../core/usage/usage.js';
import { checkUsage } from '../budget/check-usage.js';

/**
 * Where the next call of a host that runs its work elsewhere should go. Reserves the place there, where it needs one.
 */
export async function selectFor<T extends Tier>(engine: Engine<T>, instance: Instance): Promise<SelectResult<T>> {
  instance.followShared();
  await prepareTrial(engine, instance);
  const { clock, config } = engine;
  const now = clock.now();
  const canary = engine.monitoring.admissions.isOpen ? takeCanary({ engine, instance }, now) : undefined;
  if (canary) {
    const { index } = canary;
    // One of the same tier that was never reported has lapsed.
    instance.canaries = [...instance.canaries.filter((each) => each.index !== index), canary];
    return { ok: true, index, probe: true, otherwise: null, tier: config.chain[index]! };
  }
  const pause = engine.pauseOf(instance);
  if (pause) return { ok: false, reason: 'paused', retryAt: engine.retryAtOf(instance, pause) ?? null };
  const selection = selectTier(instance.stateRecord.state, config, now, instance.rests);
  if (!selection.ok) return selection;
  const call = createCallState(engine, instance, () => undefined, {}, clock.elapsed());
  const choice = chooseFirst(call, now);
  if (!choice) return { ok: false, reason: 'resting', retryAt: retryAt(call, now) };
  const { index, place, isProbe = false } = choice;
  if (place) instance.reserve(place, isProbe);
  return { ...selection, index, probe: isProbe, tier: config.chain[index]! };
}

const reportFields = ['tier', 'ok', 'error', 'kind', 'scope', 'retryAfterMs', 'startedAt', 'usage'];

/** What a host reports of work that ran elsewhere. */
interface Report {
  outcome: Outcome & { tier: number };
  /** Of a failure that was reported as an error. */
  evidence: { rule?: string; status?: number; code?: string };
  usage: Usage | undefined;
}

/** Takes in how work ended that a host ran elsewhere. */
export function recordReport<T extends Tier>(engine: Engine<T>, instance: Instance, report: Report): void {
  const now = engine.clock.now();
  const { outcome, evidence } = report;
  const { tier: index } = outcome;
  if (!outcome.ok) announceFailure(engine, instance, outcome, evidence, now);
  const { provider } = engine.config.chain[index]!;
  const canary = instance.canaries.find((each) => each.index === index);
  if (canary) {
    instance.canaries = instance.canaries.filter((each) => each !== canary);
    const isEvidence = !outcome.ok && isTrigger(outcome.kind, engine.config.policy);
    if (outcome.ok) canary.answered(index);
    else canary.failed(index, isEvidence);
    canary.end(isEvidence);
  } else {
    const { code } = evidence;
    const failure = { instance: instance.name, provider, code, startedAt: outcome.startedAt ?? now, at: now };
    engine.counts.reported(index, outcome.ok ? undefined : { ...failure, kind: outcome.kind });
  }
  instance.recordReport(outcome, now);
}

/** A failed attempt is announced as that of a wrapped call is. */
function announceFailure<T extends Tier>(
  engine: Engine<T>,
  instance: Instance,
  { tier, kind, retryAfterMs, startedAt }: FailedOutcome,
  { rule = 'none', ...found }: Report['evidence'],
  now: number,
): void {
  engine.emitter.emit('attempt-failed', {
    instance: instance.name,
    tier: instance.names[tier]!,
    // Checked when it was read.
    kind: kind as Kind,
    rule,
    ...found,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    durationMs: Math.max(now - (startedAt ?? now), 0),
    at: now,
  });
}

/** Reads a host's report of an attempt. @throws {ConfigError} naming every field that is wrong or unknown */
export function reportedOutcome<T extends Tier>(engine: Engine<T>, report: OutcomeReport): Report {
  if (typeof report !== 'object' || report === null) throw configError('report', 'expected { tier, ok, ... }');
  const now = engine.clock.now();
  checkReport(report, now);
  const { ok, kind, scope, retryAfterMs, startedAt } = report;
  const index = namedTier(engine, report.tier, 'report.tier');
  const usage = report.usage === undefined ? undefined : checkUsage(report.usage);
  const began = startedAt === undefined ? {} : { startedAt };
  if (ok) return { outcome: { tier: index, ok, ...began }, evidence: {}, usage };

  const verdict = kind === undefined ? judge(report.error, now, engine.classify) : undefined;
  const wait = retryAfterMs ?? verdict?.retryAfterMs;
  const covers = scope ?? verdict?.scope;
  const outcome = {
    tier: index,
    ok,
    kind: kind ?? verdict?.kind ?? 'unknown',
    ...(covers === undefined ? {} : { scope: covers }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...began,
  };
  const { status, code, evidence } = verdict ?? {};
  return {
    outcome,
    evidence: {
      ...(evidence === undefined ? {} : { rule: evidence.rule }),
      ...(status === undefined ? {} : { status }),
      ...(code === undefined ? {} : { code }),
    },
    usage,
  };
}

function checkReport(report: OutcomeReport, now: number): void {
  const { ok, kind, scope, retryAfterMs, startedAt } = report;
  const issues = unknownOptions(report, reportFields, { index: 'tier', startAt: 'startedAt' });
  const fail = (path: string, message: string) => void issues.push({ path, message });
  if (typeof ok !== 'boolean') fail('ok', 'expected true or false');
  if (kind !== undefined && !isKind(kind))
    fail('kind', `unknown failure kind; known: ${kinds.join(', ')}${didYouMean(closestName(String(kind), kinds))}`);
  if (scope !== undefined && !failureScopes.includes(scope))
    fail('scope', `expected one of ${failureScopes.join(', ')}`);
  if (retryAfterMs !== undefined && !(Number.isFinite(retryAfterMs) && retryAfterMs >= 0)) {
    fail('retryAfterMs', 'expected a finite number of milliseconds, 0 or more');
  }
  if (startedAt !== undefined && !Number.isFinite(startedAt)) fail('startedAt', 'expected epoch milliseconds');
  else if (startedAt !== undefined && looksLikeSeconds(startedAt, now)) {
    fail('startedAt', 'expected epoch milliseconds; this looks like seconds: multiply it by 1000');
  }
  if (issues.length > 0)
    throw new ConfigError(issues.map(({ path, message }) => ({ path: `report.${path}`, message })));
}
