/** What `npm run docs:performance` measures tierfall beside: imported from here, where these packages are installed. */
export { default as pRetry } from 'p-retry';
export * as cockatiel from 'cockatiel';
export { default as CircuitBreaker } from 'opossum';
export { createFallback } from 'ai-fallback';
export { createRetryableModel } from 'ai-retry/language-model';
export { APICallError } from '@ai-sdk/provider';
