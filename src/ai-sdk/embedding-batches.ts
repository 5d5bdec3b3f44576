import type { AnyEmbeddingModel, ProviderOptions } from './model-types.js';

/*
 * Two things by which `embedMany` cuts its batches stand outside of the specification, under these symbols. Hidden,
 * OpenAI would be sent more than it takes in one call, and Google the parts of all values with those of one batch.
 */
export const maxInputBytes: unique symbol = Symbol.for('vercel.ai.embeddingModel.maxInputBytesPerCall');
export const optionsTransformer: unique symbol = Symbol.for('vercel.ai.embeddingModel.providerOptionsTransformer');

interface Batch {
  providerOptions: ProviderOptions | undefined;
  /** Every value, and which of them the batch holds. */
  values: readonly string[];
  startIndex: number;
  endIndex: number;
}

/** What an embedding model may say about batches beside what the specification has it say. */
interface BatchRules {
  readonly [maxInputBytes]?: number | PromiseLike<number | undefined> | undefined;
  readonly [optionsTransformer]?: (
    batch: Batch,
  ) => ProviderOptions | undefined | PromiseLike<ProviderOptions | undefined>;
}

type EmbeddingModel = AnyEmbeddingModel & BatchRules;

/** The bytes of text that every one of these models takes in one call; nothing where none has a limit. */
export async function sharedInputBytes(models: readonly EmbeddingModel[]): Promise<number | undefined> {
  const limits = await Promise.all(models.map(async (model) => await model[maxInputBytes]));
  const known = limits.filter((limit) => limit !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Provider options for one batch: what each model's own rule changes of them, under its provider's name. */
export async function batchOptions(
  models: readonly EmbeddingModel[],
  batch: Batch,
): Promise<ProviderOptions | undefined> {
  const { providerOptions } = batch;
  const changed = await Promise.all(
    models.map(async (model) => {
      const own = (await model[optionsTransformer]?.(batch)) ?? {};
      // Each rule sees all options as they were: what two models of one provider cut must not be cut twice.
      return Object.entries(own).filter(([name, entry]) => entry !== providerOptions?.[name]);
    }),
  );
  return changed.flat().length === 0 ? providerOptions : { ...providerOptions, ...Object.fromEntries(changed.flat()) };
}
