import { configError } from '../core/errors.js';
import type { StateStore } from '../ports/state-store.js';
import { aBoolean, aFunction, checkOptions, type OptionRule } from './check-options.js';
import { activityCases } from './store-conformance/activity.js';
import { commitCases } from './store-conformance/commits.js';
import { forgettingCases } from './store-conformance/forgetting.js';
import { historyCases } from './store-conformance/history.js';
import { keyCases } from './store-conformance/keys.js';
import { lifetimeCases } from './store-conformance/lifetimes.js';
import { openPlaces, type StoreCase } from './store-conformance/places.js';
import { watchCases } from './store-conformance/watch.js';

/** What `storeConformance` takes. */
export interface StoreConformanceOptions {
  /**
   * Opens your store on the data named `place`: the same place is the same data, another one is empty. The suite closes
   * what it opened; deleting the data is up to you.
   */
  open: (place: string) => StateStore | Promise<StateStore>;
  /** Do two stores on one place share its data? `false` for one that lives in its process only. Default true. */
  isShared?: boolean;
  /** Rows that a store keeps per key, where that is limited: 4 or more. Needed to test trimming. */
  historyLimit?: number;
  /** Moves the store's time, which ends counters and leases. Default: waits in real time. */
  advance?: (durationMs: number) => void | Promise<void>;
}

/** One rule a store must keep. `run` rejects with an error that names what was expected and what was found. */
export interface StoreConformanceCase {
  /** What must hold. */
  name: string;
  /** Opens stores, checks, and closes them again. */
  run: () => Promise<void>;
}

const rules: Readonly<Record<keyof StoreConformanceOptions, OptionRule>> = {
  open: aFunction,
  isShared: aBoolean,
  historyLimit: [(value) => Number.isSafeInteger(value) && Number(value) >= 4, 'a whole number, 4 or more'],
  advance: aFunction,
};

/**
 * The rules that every store must keep, as cases for any test runner:
 *
 * `for (const { name, run } of storeConformance({ open })) test(name, run);`
 *
 * @throws {ConfigError} an option is unknown or wrong
 */
export function storeConformance(options: StoreConformanceOptions): StoreConformanceCase[] {
  if (typeof options?.open !== 'function') {
    throw configError('open', 'expected a function (place) => store');
  }
  checkOptions(options, rules);
  const cases: StoreCase[] = [
    ...commitCases,
    ...historyCases(options.historyLimit),
    ...keyCases,
    ...lifetimeCases(options.advance ?? wait),
    ...watchCases,
    ...forgettingCases,
    ...activityCases,
  ];
  return cases
    .filter(({ needsSharing }) => !needsSharing || options.isShared !== false)
    .map(({ name, run }) => ({
      name,
      async run() {
        const places = openPlaces(options);
        try {
          await run(places);
        } finally {
          await places.close();
        }
      },
    }));
}

async function wait(durationMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, durationMs));
}
