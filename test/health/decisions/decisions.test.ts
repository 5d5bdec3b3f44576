import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  alertTarget,
  clearTarget,
  endCanary,
  evaluateTarget,
  resumesAt,
  type TargetDecision,
  type TargetState,
} from '../../../src/core/health/target.js';
import { parseHealthTargets } from '../../../src/schema/stored/parse-health-targets.js';

/** Times are in seconds. What a step does not name is not looked at. */
interface Step {
  at: number;
  /** `lifted`: the pause no longer stands; `standing`: one stands that began then. */
  evaluate?: { trip?: string; lifted?: boolean; standing?: number; standsIn?: boolean };
  canary?: boolean;
  alert?: string;
  placed?: true;
  restart?: true;
  phase?: TargetState['phase'];
  action?: TargetDecision['action'];
  clearSince?: number | null;
  resumesAt?: number;
}

const url = new URL('./targets.json', import.meta.url);
const cases = JSON.parse(readFileSync(url, 'utf8')) as { name: string; steps: Step[] }[];
const times = { resumeAfterMs: 300_000, graceMs: 600_000 };

test.each(cases)('$name', ({ steps }) => {
  let state = clearTarget('rules', 0);
  for (const step of steps) {
    const now = step.at * 1000;
    const { action, ...decided } = play(state, step, now);
    const before = state;
    ({ state } = decided);
    const seen = {
      at: step.at,
      action,
      phase: state.phase,
      clearSince: state.clearSince,
      resumesAt: resumesAt(state, times, step.evaluate?.standsIn === true),
    };
    const wanted = Object.fromEntries(
      (['phase', 'action', 'clearSince', 'resumesAt'] as const).flatMap((field) => {
        if (step[field] === undefined) return [];
        const isTime = field === 'clearSince' || field === 'resumesAt';
        return [[field, isTime && step[field] !== null ? step[field] * 1000 : step[field]]];
      }),
    );
    expect(seen, JSON.stringify(before)).toMatchObject(wanted);
  }
});

function play(state: TargetState, step: Step, now: number): TargetDecision {
  if (step.placed) return { state: { ...state, isPlaced: true }, action: 'none' };
  if (step.canary !== undefined) return endCanary(state, step.canary, now);
  if (step.alert) return alertTarget(state, { by: 'pager', reason: 'on fire', rule: step.alert }, now);
  if (step.restart) {
    // Through the store and back.
    const stored: unknown = JSON.parse(JSON.stringify({ schema: 1, targets: { all: state } }));
    return { state: parseHealthTargets(stored, 'health:targets').get('all')!, action: 'none' };
  }
  const { trip, lifted, standing, standsIn = false } = step.evaluate!;
  const stands = standing !== undefined || (state.phase !== 'clear' && state.isPlaced && !lifted);
  const pause = { source: 'health' as const, by: 'health-monitor', reason: 'r', at: (standing ?? 0) * 1000 };
  const facts = {
    trip: trip === undefined ? undefined : { rule: trip, reason: `rule ${trip}` },
    standing: stands ? pause : undefined,
    standsIn,
  };
  return evaluateTarget(state, facts, times, now);
}
