export type { AnsweredBy, BridgeOptions, CallSettings, FailoverRuntime } from '../bridge-call.js';
export type {
  AgentsModelOf,
  AnyAgentsModel,
  AnyModelRequest,
  AnyModelResponse,
  AnyStreamEvent,
  AnyUsage,
  RequestOf,
} from './agents-types.js';
export { failoverAgentsModel, failoverModelProvider } from './failover-agents-model.js';
export type { FailoverAgentsModelOptions, FailoverModelProvider } from './failover-agents-model.js';
