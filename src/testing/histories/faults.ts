import type { CheckName } from '../../core/alert.js';

/** What can be planted in a history. */
export const historyFaults = [
  'rejections',
  'quality',
  'cost',
  'pace-up',
  'pace-down',
  'loop',
  'cycle',
  'silence',
  'domain',
] as const;
/** One of `historyFaults`: what goes wrong in a history. */
export type HistoryFault = (typeof historyFaults)[number];

/** Which checks count as having found a fault. */
export const findsFault: Readonly<Record<HistoryFault, readonly CheckName[]>> = {
  rejections: ['rejection-spike'],
  quality: ['quality-regression'],
  cost: ['cost-spike'],
  'pace-up': ['throughput-anomaly'],
  // Gaps of 25 times the usual length are silences.
  'pace-down': ['dormant-agent'],
  loop: ['stuck-loop'],
  cycle: ['stuck-loop'],
  silence: ['dormant-agent'],
  domain: ['domain-rejection-pattern'],
};

/** A fault as it was planted. */
export interface PlantedFault {
  /** What goes wrong. */
  name: HistoryFault;
  /** The first record that shows it; of a silence the last one before it. Epoch milliseconds. */
  beginsAt: number;
  /** Found by then is found in time. Epoch milliseconds. */
  deadlineAt: number;
  /** Where it shows, for `domain`. */
  domain: string | null;
}
