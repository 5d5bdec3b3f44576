import { configError, ConfigError } from '../core/errors.js';
import { unknownOptions } from '../core/unknown-options.js';
import { redact } from '../core/redact.js';

/** What a provider says of itself. */
export interface StatusPageReport {
  /** As status pages call it. `none`: all works. */
  readonly indicator: 'none' | 'minor' | 'major' | 'critical';
  /** One line of the page, at most 200 characters. */
  readonly description: string;
}

/** Reads a provider's status page. */
export interface StatusPageSource {
  /** Whose page it is, as the chain names it. */
  readonly provider: string;
  /** `undefined` where the page cannot be read: it is only advice. Never rejects. */
  read(): Promise<StatusPageReport | undefined>;
}

/** What `createStatusPageSource` takes. */
export interface StatusPageOptions {
  /** The page's address, or that of its `/api/v2/summary.json`. */
  readonly url: string;
  /** Whose page it is, as the chain names it. */
  readonly provider: string;
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How long the page may take, in milliseconds above 0. Default 5,000. */
  readonly timeoutMs?: number | undefined;
}

const SUMMARY = '/api/v2/summary.json';
const MAX_BYTES = 1_000_000;
const MAX_DESCRIPTION = 200;
const indicators = ['none', 'minor', 'major', 'critical'] as const;

/**
 * A source that reads the `/api/v2/summary.json` which most providers' status pages have. A monitor asks it only while
 * something of that provider is half tripped or paused, once an interval.
 *
 * @throws {ConfigError} an option is wrong
 */
export function createStatusPageSource(options: StatusPageOptions): StatusPageSource {
  if (typeof options !== 'object' || options === null) throw configError('options', 'expected { url, provider }');
  const issues = unknownOptions(options, ['url', 'provider', 'fetch', 'timeoutMs']);
  if (issues.length > 0) throw new ConfigError(issues);
  const url = summaryUrl(options.url);
  const { provider, timeoutMs = 5000 } = options;
  if (typeof provider !== 'string' || provider === '')
    throw configError('provider', 'expected a provider of the chain');
  if (!(Number.isFinite(timeoutMs) && timeoutMs > 0)) {
    throw configError('timeoutMs', 'expected a finite number of milliseconds above 0');
  }
  if (options.fetch !== undefined && typeof options.fetch !== 'function') {
    throw configError('fetch', 'expected a function like the global fetch');
  }
  return {
    provider,
    async read() {
      try {
        const request = options.fetch ?? globalThis.fetch;
        const response = await request(url, {
          headers: { accept: 'application/json' },
          signal: AbortSignal.timeout(timeoutMs),
          redirect: 'follow',
        });
        if (response.ok) return readReport(JSON.parse(await boundedText(response)));
        // Unread, its connection would stay open.
        await response.body?.cancel();
        return undefined;
      } catch {
        return undefined;
      }
    },
  };
}

function summaryUrl(url: unknown): string {
  let parsed: URL;
  try {
    parsed = new URL(String(url));
  } catch {
    throw configError('url', 'expected the address of a status page, e.g. https://status.openai.com');
  }
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') throw configError('url', 'expected an http address');
  if (!parsed.pathname.endsWith('.json')) parsed.pathname = `${parsed.pathname.replace(/\/+$/u, '')}${SUMMARY}`;
  return parsed.href;
}

/** A page that is longer than any summary is none. */
async function boundedText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    bytes += chunk.value.byteLength;
    if (bytes > MAX_BYTES) {
      await reader.cancel();
      throw new RangeError('too long');
    }
    text += decoder.decode(chunk.value, { stream: true });
  }
  return text + decoder.decode();
}

function readReport(value: unknown): StatusPageReport | undefined {
  const { status, incidents } = asObject(value);
  const { indicator, description } = asObject(status);
  const known = indicators.find((each) => each === indicator);
  if (!known) return undefined;
  // The incident says more than "Partial System Outage".
  const name = Array.isArray(incidents) ? asObject(incidents[0])['name'] : undefined;
  const text = [description, name].filter((part) => typeof part === 'string' && part !== '').join(': ');
  const line = redact(
    text
      .slice(0, 1000)
      .replaceAll(/[\p{C}\s]+/gu, ' ')
      .trim(),
  );
  return { indicator: known, description: line.slice(0, MAX_DESCRIPTION) };
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
