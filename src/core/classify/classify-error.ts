import { redact } from '../redact.js';
import type { Classification, ClassifyOptions } from './classification.js';
import { judgeByHostRules } from './host-rules.js';
import { judgeSignal } from './judge.js';
import { readSignal } from './read-signal.js';
import { scopeOf } from './scope.js';
import type { Signal } from './signal.js';
import { readWait } from './waits.js';

const MAX_MESSAGE = 500;
const MAX_MATCHED = 120;
const MAX_CODE = 100;

/**
 * Says what a failure means: its kind, the wait the provider named, what it covers, and which rule decided on what.
 *
 * Takes anything: an SDK's error, a `{ status, headers, body }` response, a string, a nested cause, a hostile object.
 * Never throws, never changes the error, does no I/O and reads no clock but `options.now`. Works by shape alone. Time is
 * bounded however large the error is.
 */
export function classifyError(error: unknown, options?: ClassifyOptions): Classification {
  const signal = readSignal(error);
  const verdict =
    (options?.rules === undefined ? undefined : judgeByHostRules(signal, options.rules)) ?? judgeSignal(signal);
  const wait = readWait(signal, verdict.kind, options?.now);
  const code = shownCode(verdict.code, signal);
  return {
    kind: verdict.kind,
    ...(wait === undefined ? {} : { retryAfterMs: wait.ms }),
    ...(signal.status === undefined ? {} : { status: signal.status }),
    ...(code === undefined ? {} : { code: shorten(redact(code), MAX_CODE) }),
    ...(signal.provider === undefined ? {} : { provider: redact(signal.provider) }),
    scope: scopeOf(verdict, signal),
    message: shorten(redact(messageOf(signal)), MAX_MESSAGE),
    evidence: {
      rule: verdict.rule,
      on: verdict.on,
      ...(verdict.matched === undefined ? {} : { matched: shorten(redact(verdict.matched), MAX_MATCHED) }),
      ...(wait === undefined ? {} : { retryAfterFrom: wait.from }),
    },
  };
}

/** The outermost sentence that is not empty; inner ones where the outer has none. */
function messageOf(signal: Signal): string {
  for (let index = signal.layers.length - 1; index >= 0; index--) {
    const text = signal.layers[index]?.texts.find((candidate) => candidate.trim() !== '');
    if (text !== undefined) return text.slice(0, 800).trim();
  }
  return '';
}

/** The deciding code, else the innermost one, as the provider wrote it: without the family we put before a number. */
function shownCode(decided: string | undefined, signal: Signal): string | undefined {
  if (decided === undefined || decided.startsWith('quotaid:')) {
    for (const { codes } of signal.layers) {
      const code = codes.find((candidate) => !candidate.startsWith('quotaid:'));
      if (code !== undefined) return bareCode(code);
    }
    return undefined;
  }
  return bareCode(decided);
}

function bareCode(code: string): string {
  return code.replace(/^[a-z]+:(?=\d+$)/, '');
}

/** At most `length` characters, never half of a surrogate pair. */
function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, length - 1);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
