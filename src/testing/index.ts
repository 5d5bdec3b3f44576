export { createManualClock } from './manual-clock.js';
export type { ManualClock, ManualClockOptions } from './manual-clock.js';
export {
  auth,
  contentPolicy,
  contextOverflow,
  invalidRequest,
  modelUnavailable,
  network,
  overloaded,
  permission,
  quota,
  rateLimit,
  serverError,
  timeout,
} from './provider-errors.js';
export type { MakeError, ProviderErrorOptions, SdkShape } from './provider-errors.js';
export { answers, fails, hangs, streams } from './script.js';
export type { ScriptedOutcome, ScriptLine, StreamEnd, StreamScript } from './script.js';
export { createScriptedProvider } from './scripted-provider.js';
export type { ScriptedCall, ScriptedProvider } from './scripted-provider.js';
export { storeConformance } from './store-conformance.js';
export type { StoreConformanceCase, StoreConformanceOptions } from './store-conformance.js';
export { brownout, down, flapping, revokedKey, standardFaults, storm } from './simulation/faults.js';
export type { FailureOptions, Fault, FaultRun, FaultTimes, FaultResponse } from './simulation/faults.js';
export type { SimulationResult } from './simulation/measure.js';
export { createSeededRandom } from './simulation/seeded-random.js';
export type { NumberRange } from './simulation/seeded-random.js';
export { simulate } from './simulation/simulate.js';
export type { SimulatedAttempt, SimulationOptions } from './simulation/simulate.js';
export { meanOfSimulations, renderSimulations } from './simulation/summary.js';
export { generateHistory } from './histories/generate-history.js';
export type { History, HistoryOptions } from './histories/generate-history.js';
export { findsFault, historyFaults } from './histories/faults.js';
export type { HistoryFault, PlantedFault } from './histories/faults.js';
export { historyShapes } from './histories/shapes.js';
export type { HistoryShape } from './histories/shapes.js';
