import { describe, expect, it, vi } from 'vitest';
import { createStatusPageSource } from '../../src/health/index.js';

const url = 'https://status.example.com';

/** A source whose page answers with this. */
function pageOf(body: BodyInit | null, status = 200) {
  return createStatusPageSource({ url, provider: 'a', fetch: async () => new Response(body, { status }) });
}

const json = (value: unknown) => JSON.stringify(value);

describe('a status page', () => {
  it.each<[string, BodyInit | null, unknown]>([
    [
      'with a known indicator',
      json({ status: { indicator: 'minor', description: 'Slow' } }),
      { indicator: 'minor', description: 'Slow' },
    ],
    ['without a description', json({ status: { indicator: 'none' } }), { indicator: 'none', description: '' }],
    [
      'with an incident that is none',
      json({ status: { indicator: 'major', description: 'Outage' }, incidents: [7] }),
      { indicator: 'major', description: 'Outage' },
    ],
    ['with an indicator that nobody knows', json({ status: { indicator: 'odd' } }), undefined],
    ['without a status', json({}), undefined],
    ['that is no object', '7', undefined],
    ['that is no JSON', '<html>', undefined],
    ['that says nothing', null, undefined],
    ['that is longer than any summary', ' '.repeat(1_000_001), undefined],
  ])('%s', async (_, body, expected) => {
    expect(await pageOf(body).read()).toEqual(expected);
  });

  it('that answers with an error is not believed', async () => {
    const page = json({ status: { indicator: 'critical', description: 'x' } });
    expect(await pageOf(page, 503).read()).toBeUndefined();
    const left: unknown[] = [];
    const body = new ReadableStream({ cancel: () => void left.push('left') });
    expect(await pageOf(body, 503).read()).toBeUndefined();
    expect(left).toEqual(['left']);
    expect(await pageOf(page).read()).toMatchObject({ indicator: 'critical' });
  });

  it('is read through the global fetch, at the address that was given in full', async () => {
    const asked: unknown[] = [];
    vi.stubGlobal('fetch', async (address: unknown) => {
      asked.push(address);
      return new Response(json({ status: { indicator: 'none' } }));
    });
    await createStatusPageSource({ url: `${url}/own/summary.json`, provider: 'a' }).read();
    await createStatusPageSource({ url: `${url}/own/`, provider: 'a' }).read();
    vi.unstubAllGlobals();
    expect(asked).toEqual([`${url}/own/summary.json`, `${url}/own/api/v2/summary.json`]);
  });

  it.each<[unknown, string]>([
    [undefined, 'options: expected { url, provider }'],
    [{ url, provider: 'a', timeout: 5 }, 'timeout: unknown option'],
    [{ url: 'status', provider: 'a' }, 'url: expected the address of a status page'],
    [{ url: 'ftp://status.example.com', provider: 'a' }, 'url: expected an http address'],
    [{ url, provider: '' }, 'provider: expected a provider of the chain'],
    [{ url, provider: 'a', timeoutMs: 0 }, 'timeoutMs: expected a finite number of milliseconds above 0'],
    [{ url, provider: 'a', timeoutMs: Infinity }, 'timeoutMs: expected'],
    [{ url, provider: 'a', fetch: 'curl' }, 'fetch: expected a function'],
  ])('is not made of %j', (options, message) => {
    expect(() => createStatusPageSource(options as never)).toThrow(message);
  });
});
