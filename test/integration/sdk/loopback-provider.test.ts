import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LoopbackProvider } from '../../../examples/support/loopback-provider.ts';
import {
  answers,
  brokenJson,
  drops,
  htmlError,
  httpError,
  stalls,
  startLoopbackProvider,
} from '../../../examples/support/loopback-provider.ts';

let provider: LoopbackProvider;
beforeEach(async () => {
  provider = await startLoopbackProvider();
});
afterEach(() => provider.close());

function ask(model: string, init: RequestInit = {}): Promise<Response> {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'a secret plan' }] });
  return fetch(`${provider.url('openai')}/chat/completions`, { method: 'POST', body, ...init });
}

async function textOf(model: string): Promise<string> {
  const answer: { choices: { message: { content: string } }[] } = JSON.parse(await (await ask(model)).text());
  return answer.choices[0]?.message.content ?? '';
}

describe('scripts', () => {
  test('a queue is used up first, then what stands, one request each', async () => {
    provider.on('gpt-5', answers('standing'));
    provider.script('gpt-5', [httpError(503), answers('queued')]);
    expect((await ask('gpt-5')).status).toBe(503);
    expect(await textOf('gpt-5')).toBe('queued');
    expect(await textOf('gpt-5')).toBe('standing');
  });

  test('the most exact target answers', async () => {
    provider.on('*', answers('anybody'));
    provider.on('openai', answers('the wire'));
    provider.on('gpt-5', answers('the model'));
    provider.on('openai/gpt-5', answers('the model on the wire'));
    expect(await textOf('gpt-5')).toBe('the model on the wire');
    provider.on('anthropic/gpt-5-mini', answers('another wire'));
    expect(await textOf('gpt-5-mini')).toBe('the wire');
  });

  test('a function decides with the request and its turn', async () => {
    provider.on('gpt-5', (request, turn) => (turn === 0 ? httpError(500) : answers(`${request.model} ${turn}`)));
    expect((await ask('gpt-5')).status).toBe(500);
    expect(await textOf('gpt-5')).toBe('gpt-5 1');
  });

  test('without a script everything is well', async () => {
    expect(await textOf('gpt-5')).toBe('hello from gpt-5');
  });

  test('a body of its own goes out as it is, without the headers of the wire', async () => {
    provider.on('*', htmlError(502));
    const page = await fetch(`${provider.url('bedrock')}/model/nova/converse`, { method: 'POST', body: '{}' });
    expect([page.status, page.headers.get('content-type'), page.headers.get('x-amzn-errortype')]).toEqual([
      502,
      'text/html',
      null,
    ]);
    expect(await page.text()).toContain('502 Bad Gateway');
  });

  test('broken JSON is broken', async () => {
    provider.on('*', brokenJson());
    await expect((await ask('gpt-5')).json()).rejects.toThrow(SyntaxError);
  });
});

describe('requests', () => {
  test('are counted by model, by wire and in all', async () => {
    await ask('gpt-5');
    await ask('gpt-5');
    await ask('gpt-5-mini');
    expect(['gpt-5', 'openai', 'openai/gpt-5-mini', 'anthropic'].map((target) => provider.calls(target))).toEqual([
      2, 3, 1, 0,
    ]);
    expect(provider.calls()).toBe(3);
    provider.clear();
    expect(provider.calls()).toBe(0);
  });

  test('say whether a credential came along, and keep neither it nor the prompt', async () => {
    await ask('gpt-5', { headers: { authorization: 'Bearer sk-loopback' } });
    await ask('gpt-5');
    expect(provider.requests.map((request) => request.authorised)).toEqual([true, false]);
    expect(JSON.stringify(provider.requests)).not.toMatch(/sk-loopback|secret plan/u);
  });

  test('a path no wire speaks at is a 404', async () => {
    const response = await fetch(`${provider.origin}/openai/v2/nothing`);
    expect(response.status).toBe(404);
    expect(provider.requests).toMatchObject([{ path: '/openai/v2/nothing', model: '' }]);
  });
});

describe('connections', () => {
  test('a drop fails the request, the next one is answered', async () => {
    provider.script('gpt-5', [drops()]);
    await expect(ask('gpt-5')).rejects.toThrow(TypeError);
    expect(await textOf('gpt-5')).toBe('hello from gpt-5');
  });

  test('disconnect ends what hangs and leaves the rest alone', async () => {
    provider.on('slow', stalls());
    const hanging = ask('slow');
    expect(await provider.stalled()).toMatchObject({ model: 'slow' });
    provider.disconnect();
    await expect(hanging).rejects.toThrow(TypeError);
    expect(await textOf('gpt-5')).toBe('hello from gpt-5');
  });

  test('close does not wait for anybody, and may be called twice', async () => {
    provider.on('slow', stalls('headers'));
    const hanging = await ask('slow');
    await provider.close();
    await provider.close();
    await expect(hanging.text()).rejects.toThrow(TypeError);
    await expect(ask('slow')).rejects.toThrow(TypeError);
  });
});
