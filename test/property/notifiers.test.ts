import * as fc from '../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { NotifierError, StoreError } from '../../src/core/errors.js';
import { kinds } from '../../src/core/kinds.js';
import { composeMessage } from '../../src/notifiers/render/compose-message.js';
import { renderPlainText } from '../../src/notifiers/render/render-lines.js';
import { renderSlackMessage, renderSlackText } from '../../src/notifiers/render/render-slack.js';
import { renderTelegramHtml } from '../../src/notifiers/render/render-telegram.js';
import { renderWebhookBody } from '../../src/notifiers/render/render-webhook.js';
import type { Digest } from '../../src/notifiers/selection/throttle.js';
import type { Notification } from '../../src/ports/notifier.js';
import { parseSlackMessage } from '../support/slack-message.js';
import { parseTelegramHtml } from '../support/telegram-html.js';

const nasty = [
  '*_[x](y)',
  '<b>',
  '</code>',
  '&lt;',
  '&',
  '`',
  '```',
  '<!channel>',
  '<@U1>',
  '|',
  '\n',
  '\r\n',
  '\u2028',
  '\u0000',
  '\u001b[2J',
  '\u202e',
  '\u200b',
  '\u2066',
  '\ufeff',
  '\ud83d',
  '\ude00',
  '😀',
  '👨‍👩‍👧',
  'e\u0301'.repeat(9),
  '\u0301'.repeat(40),
  '\\',
  '"',
  "'",
  'https://evil.example',
  '@everyone',
  '#tag',
  '/start',
  ':tada:',
  '~',
  '||',
  '\u{e0041}',
  '\uffff',
  '\u115f',
];

/** Any text: ordinary, hostile, broken, empty or far too long. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(fc.constantFrom(...nasty), { maxLength: 12 }).map((parts) => parts.join('')),
  fc
    .tuple(fc.constantFrom(...nasty, 'x', '\ud83d\ude00'), fc.integer({ min: 0, max: 5_000 }))
    .map(([unit, times]) => unit.repeat(times)),
);

/** Keys of every shape we know, with the part of each that must not show. */
const secrets = [
  'sk-proj-Zk3vT9qLw2Xb7Rm4Yc8Nd1Fh6Jp0Ga5S',
  'sk-ant-api03-Zk3vT9qLw2Xb7Rm4Yc8Nd1Fh6Jp0Ga5S',
  '123456789:AAHk3vT9qLw2Xb7Rm4Yc8Nd1Fh6Jp0Ga5Sx',
  'AKIAZK3VT9QLW2XB7RM4',
  'ghp_Zk3vT9qLw2Xb7Rm4Yc8Nd1Fh6Jp0Ga5S',
  'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  'https://hooks.slack.com/services/T0Zk3vT9q/B0Lw2Xb7R/m4Yc8Nd1Fh6Jp0Ga5S',
  'https://user:Zk3vT9qLw2Xb7@db.example/x',
  'Bearer Zk3vT9qLw2Xb7Rm4Yc8Nd1Fh6Jp0Ga5S',
];
const secretPart = /Zk3vT9q|ZK3VT9Q|k3vT9qLw|MfKQ9r8G|m4Yc8Nd1/;

/** A secret among other text, perhaps with invisible characters in it. */
const secretText = fc
  .tuple(text, fc.constantFrom(...secrets), text, fc.constantFrom('', '\u200b', '\u2060'), fc.nat({ max: 12 }))
  .map(
    ([before, secret, after, hidden, at]) => `${before} ${secret.slice(0, at)}${hidden}${secret.slice(at)} ${after}`,
  );

const at = fc.oneof(fc.integer({ min: 0, max: 4e12 }), fc.constantFrom(Number.NaN, Infinity, -1, 8.64e15, 9e15));
const until = fc.option(at, { nil: undefined });

function notifications(words: fc.Arbitrary<string>): fc.Arbitrary<Notification> {
  const tier = fc.record(
    { index: fc.nat({ max: 99 }), provider: words, model: words, credential: words },
    { requiredKeys: ['index', 'provider', 'model'] },
  );
  const who = fc.record({ instance: words, session: words });
  const kind = fc.constantFrom(...kinds);
  const health = fc.constantFrom('failing' as const, 'recovered' as const);
  const target = fc.oneof(
    words,
    words.map((provider) => ({ provider })),
    fc.constant({ all: true as const }),
  );
  return fc.oneof(
    fc.tuple(who, tier, tier, words, at, until, fc.constantFrom('down', 'up', 'reset')).map(
      ([names, from, to, reason, when, end, direction]): Notification => ({
        event: 'tier-change',
        payload: {
          ...names,
          from,
          to,
          reason,
          at: when,
          ...(end !== undefined && { until: end }),
          direction,
          source: 'shared',
          origin: 'local',
        },
      }),
    ),
    fc
      .tuple(fc.oneof(fc.record({ instance: words }), fc.constant({ all: true as const })), at)
      .map(([whom, when]): Notification => ({ event: 'available', payload: { ...whom, at: when, origin: 'local' } })),
    fc
      .record({
        id: words,
        check: words,
        severity: fc.constantFrom('critical', 'warning', 'info'),
        instance: fc.option(words),
        domain: fc.option(words),
        title: words,
        detail: words,
        firstSeenAt: at,
        lastSeenAt: at,
      })
      .chain((alert) =>
        fc.constantFrom<Notification>(
          { event: 'alert-raised', payload: { alert } },
          { event: 'alert-resolved', payload: { alert } },
        ),
      ),
    fc.tuple(who, tier, tier, tier, at, fc.constantFrom('down', 'up')).map(
      ([names, from, to, primary, when, direction]): Notification => ({
        event: 'session-change',
        payload: { ...names, from, to, primary, direction, at: when },
      }),
    ),
    fc.tuple(who, tier, kind, words, at).map(
      ([names, asked, failed, code, when]): Notification => ({
        event: 'attempt-failed',
        payload: { ...names, tier: asked, kind: failed, rule: code, code, durationMs: 1, at: when },
      }),
    ),
    fc.tuple(who, tier, kind, at).map(
      ([names, asked, failed, when]): Notification => ({
        event: 'retry',
        payload: { ...names, tier: asked, kind: failed, attempt: 2, delayMs: 1, at: when },
      }),
    ),
    fc.tuple(who, kind, at, fc.option(at), fc.constantFrom('wrap', 'pause', 'wait', 'throw')).map(
      ([names, failed, when, retryAt, policy]): Notification => ({
        event: 'exhausted',
        payload: { ...names, kind: failed, policy, retryAt, at: when, origin: 'local' },
      }),
    ),
    fc.tuple(target, words, words, at, until).map(
      ([paused, by, reason, when, end]): Notification => ({
        event: 'paused',
        payload: {
          target: paused,
          source: 'operator',
          by,
          reason,
          at: when,
          ...(end !== undefined && { until: end }),
          origin: 'local',
        },
      }),
    ),
    fc.tuple(target, words, at).map(
      ([resumed, by, when]): Notification => ({
        event: 'resumed',
        payload: { target: resumed, source: 'operator', by, at: when, origin: 'local' },
      }),
    ),
    fc.tuple(health, words, at).map(
      ([state, message, when]): Notification => ({
        event: 'store-error',
        payload:
          state === 'failing'
            ? { state, error: new StoreError({ operation: 'commit', message }), at: when }
            : { state, at: when },
      }),
    ),
    fc.tuple(words, fc.nat(), at).map(
      ([notifier, dropped, when]): Notification => ({
        event: 'notifier-error',
        payload: { notifier, state: 'failing', dropped, at: when },
      }),
    ),
    fc.tuple(health, words, words, at).map(
      ([state, notifier, message, when]): Notification => ({
        event: 'notifier-error',
        payload: { notifier, state, error: new NotifierError({ notifier, message }), at: when },
      }),
    ),
  );
}

function deliveries(words: fc.Arbitrary<string>) {
  const notification = notifications(words);
  const digest: fc.Arbitrary<Digest> = fc.record({
    more: fc.nat(),
    periodMs: fc.nat(),
    others: fc.array(notification, { maxLength: 8 }),
    unlisted: fc.nat(),
  });
  const link = fc.oneof(
    words,
    words.map((path) => `https://status.example/${path}`),
    fc.webUrl(),
  );
  return fc.record(
    { id: fc.constant('msg_1'), notification, digest, lost: fc.nat(), link },
    { requiredKeys: ['id', 'notification'] },
  );
}

/** Characters that must not reach a reader: controls, line breaks of others, bidi, zero-width, lone surrogates. */
const forbidden = /[^\P{Cc}\n]|[\p{Zl}\p{Zp}\p{Co}\u202a-\u202e\u2066-\u2069\u200b-\u200f\u2060\ufeff]|\p{Cs}/u;
/** Our own icons carry it. */
const iconVariation = /\ufe0f/g;

const withoutLines = {
  id: 'msg_1',
  notification: { event: 'store-error', payload: { state: 'recovered', at: Number.NaN } },
} as never;

describe('rendered messages', () => {
  it('are well-formed, whole and within every limit, whatever an event says', () => {
    fc.assert(
      fc.property(deliveries(text), (delivered) => {
        const message = composeMessage(delivered);
        const lineCount = message.lines.length + 1 + (message.link === undefined ? 0 : 1);

        const telegram = parseTelegramHtml(renderTelegramHtml(message));
        expect(telegram.visible.split('\n').length).toBe(lineCount);
        expect(telegram.entities.filter(({ tag }) => tag === 'b').map((entity) => entity.text)).toEqual([
          message.title,
        ]);
        expect(telegram.entities.filter(({ tag }) => tag === 'a').length).toBe(message.link === undefined ? 0 : 1);
        // Every value from outside stands in code, as it was cleaned, and nothing else does.
        const values = message.lines.flat().flatMap((part) => (typeof part === 'string' ? [] : [part.value]));
        expect(telegram.entities.filter(({ tag }) => tag === 'code').map((entity) => entity.text)).toEqual(values);
        expect(telegram.visible.replace(iconVariation, '')).not.toMatch(forbidden);

        const slack = renderSlackMessage(message);
        const parsed = parseSlackMessage(slack);
        expect(parsed.links).toHaveLength(message.link === undefined ? 0 : 1);
        const ticked = values.map((value) => value.replaceAll('`', "'"));
        // Escapes count in Slack's limit, so a long digest may lose its last lines, never part of one.
        expect(ticked.slice(0, parsed.code.length)).toEqual(parsed.code);
        expect(renderSlackText(message).text.length).toBeLessThanOrEqual(3_000);

        const plain = renderPlainText(message);
        expect(plain.length).toBeLessThanOrEqual(4_096);
        expect(plain.split('\n').length).toBe(lineCount);
        expect(plain.replace(iconVariation, '')).not.toMatch(forbidden);

        const webhook = JSON.stringify(renderWebhookBody(delivered));
        expect(JSON.parse(webhook)).toMatchObject({ type: delivered.notification.event });
        expect(webhook.length).toBeLessThan(65_536);
      }),
      // Without a time there is no line.
      { numRuns: 1_000, examples: [[withoutLines]] },
    );
  });

  it('carry no half of a secret where a long text is cut', () => {
    for (let length = 1_000; length < 1_200; length++) {
      const instance = `https://user:Zk3vT9qLw2Xb7@db.example/ ${'x '.repeat(length / 2)}${'\u200b'.repeat(4_096)}`;
      const message = composeMessage({
        notification: {
          event: 'resumed',
          payload: { target: instance, source: 'operator', by: 'ann', at: 0, origin: 'local' },
        },
      });
      expect(renderPlainText(message)).not.toMatch(secretPart);
    }
  });

  it('carry no secret, wherever it stands and whatever is hidden in it', () => {
    fc.assert(
      fc.property(deliveries(secretText), ({ link: _link, ...delivered }) => {
        const message = composeMessage(delivered);
        const rendered = [
          renderTelegramHtml(message),
          JSON.stringify(renderSlackMessage(message)),
          renderSlackText(message).text,
          renderPlainText(message),
          JSON.stringify(renderWebhookBody(delivered)),
        ];
        expect(rendered.join('\n')).not.toMatch(secretPart);
      }),
      { numRuns: 1_000 },
    );
  });
});
