import type { LanguageModelV4 } from './model-types.js';

type Urls = Record<string, RegExp[]>;

/**
 * The URLs that every one of these models can read by itself. The AI SDK downloads the rest and sends their content,
 * which every model takes: a prompt is made once, before it is known who will answer it.
 */
export async function sharedUrls(models: readonly (() => LanguageModelV4)[]): Promise<Urls> {
  const [first, ...others] = await Promise.all(models.map(async (model): Promise<Urls> => await model().supportedUrls));
  const shared: Urls = {};
  for (const [mediaType, patterns] of Object.entries(first ?? {})) {
    const common = patterns.filter((pattern) =>
      others.every((urls) => urls[mediaType]?.some((other) => String(other) === String(pattern))),
    );
    if (common.length > 0) shared[mediaType] = common;
  }
  return shared;
}
