export { failoverEmbeddingModel } from './failover-embedding-model.js';
export { failoverImageModel } from './failover-image-model.js';
export { failoverModel } from './failover-model.js';
export type { FailoverLanguageModelOptions } from './failover-model.js';
export type { FailoverRuntime } from '../bridge-call.js';
export type { FailoverModelOptions } from './model-call.js';
export type {
  AnyEmbeddingModel,
  AnyImageModel,
  AnyLanguageModel,
  ModelOf,
  SpecificationVersion,
  StreamPart,
} from './model-types.js';
export { isCompletePart, isContentPart } from './stream-parts.js';
