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
