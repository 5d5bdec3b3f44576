import type { AnyLanguageModel, SupportedUrls } from './model-types.js';

/**
 * The URLs that every one of these models can read by itself. The AI SDK downloads the rest and sends their content,
 * which every model takes: a prompt is made once, before it is known which model answers it.
 */
export async function sharedUrls(models: readonly (() => AnyLanguageModel)[]): Promise<SupportedUrls> {
  const known = await Promise.all(models.map(async (model): Promise<SupportedUrls> => await model().supportedUrls));
  const [first, ...others] = known;
  const shared: SupportedUrls = {};
  for (const [mediaType, patterns] of Object.entries(first ?? {})) {
    const common = patterns.filter((pattern) =>
      others.every((urls) => urls[mediaType]?.some((other) => String(other) === String(pattern))),
    );
    if (common.length > 0) shared[mediaType] = common;
  }
  return shared;
}
