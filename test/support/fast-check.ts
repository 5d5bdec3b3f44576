import * as fc from 'fast-check';

/** How many times as many runs as usual: `PROPERTY_SEARCH=50 npx vitest run test/property` is a longer search. */
const search = Number(process.env['PROPERTY_SEARCH'] ?? 1);

// Less than a test may take, so that a failure that takes long to be made small is told all the same, with its seed.
fc.configureGlobal({ interruptAfterTimeLimit: 45_000 * search, markInterruptAsFailure: true });

export * from 'fast-check';

export const assert = (<Ts>(property: fc.IRawProperty<Ts>, parameters?: fc.Parameters<Ts>) =>
  fc.assert(property, { ...parameters, numRuns: (parameters?.numRuns ?? 100) * search })) as typeof fc.assert;
