export { classifyError } from './core/classify/classify-error.js';
export type { Classification, ClassifierRule, ClassifyOptions, Evidence } from './core/classify/classification.js';
export type {
  Cooldown,
  FailoverConfig,
  HeadroomPolicy,
  KeyOrder,
  OnExhausted,
  Policy,
  Recovery,
  RetryBudget,
  RetryPolicy,
  StickySessions,
  Threshold,
  Tier,
  TierRef,
  TokenBudget,
  Trigger,
} from './core/config.js';
export type {
  ConfigInput,
  KeyInput,
  PolicyOptions,
  PoolInput,
  StartupTierInput,
  StartupTierOf,
  TierInput,
  TierOf,
} from './core/config-input.js';
export {
  AnswerRejectedError,
  AttemptTimeoutError,
  ChainExhaustedError,
  ClosedError,
  ConfigConflictError,
  ConfigError,
  DeadlineError,
  isTierfallError,
  NotifierError,
  PausedError,
  PinnedTierError,
  StoreError,
  StreamCutError,
  StreamStalledError,
  TierfallError,
} from './core/errors.js';
export type { Attempt, ConfigIssue, ErrorByCode, ErrorCode, NotAsked } from './core/errors.js';
export { kinds } from './core/kinds.js';
export { judges } from './core/answers/judges.js';
export type { AnswerJudge, AnswerVerdict, JudgeFacts } from './core/answers/judges.js';
export { streamMarks } from './core/answers/stream-marks.js';
export type { StreamMarks } from './core/answers/answer-format.js';
export type { FailureScope, Kind } from './core/kinds.js';
export { alignState } from './core/tier/transitions/align-state.js';
export { applyOutcome } from './core/tier/transitions/apply-outcome.js';
export { replay } from './core/tier/fold.js';
export { hold, pause, reset, resume } from './core/tier/transitions/operator.js';
export { recordExternalTrigger } from './core/tier/transitions/record-external-trigger.js';
export type { ExternalTrigger } from './core/tier/transitions/record-external-trigger.js';
export { selectTier } from './core/tier/select-tier.js';
export { initialState } from './core/tier/state.js';
export type {
  LedgerEvent,
  Outcome,
  Pause,
  PauseSource,
  Selection,
  SharedRest,
  SharedRests,
  State,
  TierState,
  Transition,
} from './core/tier/state.js';
export { createFailover } from './create-failover.js';
export type { NoOtherOptions } from './create-failover.js';
export { startFailover } from './start-failover.js';
export type { StartFailoverOptions, StartedFailover } from './start-failover.js';
export type { FailoverOptions } from './engine/api/create-failover-with.js';
export type { Classify } from './engine/call/verdict/judge.js';
export { resolveStartup } from './engine/startup/resolve-startup.js';
export type { StartupOptions, StartupResult } from './engine/startup/resolve-startup.js';
export { resolveWithFallback } from './engine/api/resolve-with-fallback.js';
export type { ClockInput } from './engine/time/clock.js';
export type { Clock, Random } from './ports/clock.js';
export type {
  AttemptFailedEvent,
  AvailableEvent,
  BudgetEvent,
  BudgetStatus,
  BudgetUnpricedEvent,
  CallContext,
  CallOptions,
  CallResult,
  CallValue,
  ConfigUpdate,
  ConfigUpdatedEvent,
  DrillOptions,
  DrillResult,
  ExhaustedEvent,
  Failover,
  FailoverEventName,
  FailoverEvents,
  FailoverStats,
  HoldOptions,
  InstanceFailover,
  NotifierErrorEvent,
  OutcomeReport,
  PausedEvent,
  PauseOptions,
  PauseTarget,
  PreviousAttempt,
  ReadyOptions,
  ResetOptions,
  ResetTarget,
  ResumedEvent,
  ResumeOptions,
  RetryEvent,
  SelectResult,
  StoreErrorEvent,
  TierChangeEvent,
  TriggerOptions,
  EventTier,
  UpdateOptions,
  UsageOptions,
} from './ports/failover.js';
export type { Logger } from './ports/logger.js';
export type { Notification, Notifier, NotifierConnection, NotifierHost } from './ports/notifier.js';
export type {
  CommitResult,
  HistoryOptions,
  HistoryQuery,
  StateStore,
  StoredState,
  WatchOptions,
  WatchStatus,
} from './ports/state-store.js';
export { usageOf } from './core/usage/usage-of.js';
export type { UsageReader } from './core/usage/usage-of.js';
export type { CountedUnit, Usage } from './core/usage/usage.js';
export type { Price } from './engine/budget/pricing.js';
export { parseConfig } from './schema/parse-config.js';
export type { ParsedConfig } from './schema/parse-config.js';
export { createMemoryStore } from './stores/memory.js';
