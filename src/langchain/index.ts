export type { AnsweredBy, BridgeOptions, CallSettings, FailoverRuntime } from '../bridge-call.js';
export { failoverChatModel } from './failover-chat-model.js';
export type { FailoverChatCallOptions, FailoverChatModel, FailoverChatModelOptions } from './failover-chat-model.js';
export { failoverRunnable } from './failover-runnable.js';
export type { FailoverRunnableOptions } from './failover-runnable.js';
export type { AnyChatModel, AnyMessage, AnyRunnable, InputOf, JudgedMessage, OutputOf } from './model-types.js';
