import { describe, expect, test } from 'vitest';
import { redact } from '../../src/core/redact.js';

const R = '[redacted]';
const uuid = '3f2b8c1e-9d47-4a6b-8e05-c7d19a2f6b34';

describe('what is named like a secret', () => {
  const names =
    'key KEY key-id key_id keyid token secret auth authorization assertion credential credentials cookie password ' +
    'passwd passphrase pass pwd sig signature api_key apiKey';

  test.each(names.split(' '))('%s', (name) => {
    if (name === 'pass') expect(redact('pass: ab12')).toBe('pass: ab12');
    else {
      expect(redact(`${name}=ab12`)).toBe(`${name}=${R}`);
      expect(redact(`${name}: ab12, x`)).toBe(`${name}: ${R}, x`);
      expect(redact(`"${name}":"ab12"`)).toBe(`"${name}":"${R}"`);
    }
  });

  test.each([
    ['?key=ab12&alt=sse', `?key=${R}&alt=sse`],
    ['key%3Dab12%26x', `key%3D${R}`],
    ['key%3aab12', `key%3a${R}`],
    ['key    :    ab12', `key    :    ${R}`],
    ['key     : ab12', 'key     : ab12'],
    [`{\\"token\\":\\"ab12\\"}`, `{\\"token\\":\\"${R}\\"}`],
    ["{'token': 'ab12'}", `{'token': '${R}'}`],
    ['`token`: `ab12`', `\`token\`: \`${R}\``],
    ['auth: bearer ab12', `auth: bearer ${R}`],
    ['auth: Basic  ab12', `auth: Basic  ${R}`],
    ['auth=token+ab12', `auth=token+${R}`],
    ['auth=key%20ab12', `auth=key%20${R}`],
    ['token: ab12)', `token: ${R})`],
    ['token: ab12;x', `token: ${R};x`],
    ['token: <ab12>', 'token: <ab12>'],
    ['token: ab12]x', `token: ${R}]x`],
    ['keyed: ab12', 'keyed: ab12'],
    ['tokens: ab12', 'tokens: ab12'],
  ])('%s', (text, safe) => expect(redact(text)).toBe(safe));

  test.each([
    ['key: required', 'key: required'],
    ['key: Required.', 'key: Required.'],
    ['key: INVALID!', 'key: INVALID!'],
    ['key: a', 'key: a'],
    ['key: 1234567', 'key: 1234567'],
    ['key: 12345678', `key: ${R}`],
    ['key: abcdefghijklmno', 'key: abcdefghijklmno'],
    ['key: abcdefghijklmnop', `key: ${R}`],
    ['key: aBc', `key: ${R}`],
    ['key: ABc', `key: ${R}`],
    ['key: ab1', `key: ${R}`],
    // In an address or a variable no word stands behind the sign.
    ['key=required', `key=${R}`],
    ['key%3Drequired', `key%3D${R}`],
  ])('words and small numbers behind a colon stay: %s', (text, safe) => expect(redact(text)).toBe(safe));

  test.each([
    ['Bearer abcdef', 'Bearer abcdef'],
    ['Bearer abc123', `Bearer ${R}`],
    ['bearer abcde', 'bearer abcde'],
    ['sent bearer abc.DEF~+/=*-_1', `sent bearer ${R}`],
    ['basic    abc123', `basic    ${R}`],
    ['basic     abc123', 'basic     abc123'],
    ['forbearer abc123', 'forbearer abc123'],
  ])('behind a scheme: %s', (text, safe) => expect(redact(text)).toBe(safe));
});

describe('what has the shape of a secret', () => {
  test.each([
    ['sk-ab12', R],
    ['csk-ab12', R],
    ['(sk-ab12)', `(${R})`],
    ['sk-a12', 'sk-a12'],
    ['task-ab12', 'task-ab12'],
    ['xoxb-1-ab', R],
    ['xoxabc-1abc', R],
    ['xai-ab12', R],
    ['xapp-1-ab', R],
    ['gsk_ab12', R],
    ['sk_ab12', R],
    ['rk_ab12', R],
    ['pk_ab12', R],
    ['rsk_ab12', R],
    ['pplx-ab12', R],
    ['nvapi-ab12', R],
    ['sess-ab12', R],
    ['glpat-ab12', R],
    ['ghp_ab12', R],
    ['gho_ab12', R],
    ['github_pat_ab12', R],
    ['hf_ab12', R],
    ['r8_ab12', R],
    ['fw_ab12', R],
    ['npm_ab12', R],
    ['tgp_v1_ab12', R],
    ['whsec_ab12', R],
    ['AIzaab12', R],
    ['ya29.ab12', R],
    ['bce-v3/AB-12', R],
    ['AKIAAB12', R],
    ['ASIAAB12', R],
    ['LTAIab12', R],
    ['SCWAB12', R],
    ['GOCSPX-ab12', R],
    ['SG.ab12', R],
    ['eyJab12', R],
    ['ak-abcdefghijklmno1', R],
    ['as-abcdefghijklmno1', R],
    ['ak-abcdefghijklmn1', 'ak-abcdefghijklmn1'],
    ['sk-a*b.c/d+e=f_g-1 end', `${R} end`],
  ])('by what it begins with: %s', (text, safe) => expect(redact(text)).toBe(safe));

  test.each([
    ['https://user:pa1@host.test/v1', `https://${R}@host.test/v1`],
    ['https://a@b@host.test/v1', `https://${R}@host.test/v1`],
    ['https://host.test/v1?mail=a@b', 'https://host.test/v1?mail=a@b'],
    ['https://host.test#a@b', 'https://host.test#a@b'],
    ['see https://host.test and a@b', 'see https://host.test and a@b'],
    ['https://hooks.slack.com/services/T0/B0/X end', `https://${R} end`],
    ['https://hooks.slack.com/workflows/T0"', `https://${R}"`],
    ['https://discord.com/api/webhooks/1/a', `https://${R}`],
    ['https://discordapp.com/api/webhooks/1/a', `https://${R}`],
    ['https://x.webhook.test/webhookb2/1/a', `https://x.webhook.test${R}`],
    ['the hook of 1 is new', 'the hook of 1 is new'],
  ])('addresses: %s', (text, safe) => expect(redact(text)).toBe(safe));

  test.each([
    ['a -----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY----- b', `a ${R} b`],
    ['-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----', R],
    ['-----BEGIN EC2 PRIVATE KEY-----\nMII', R],
    ['-----BEGIN CERTIFICATE-----\nMII', '-----BEGIN CERTIFICATE-----\nMII'],
  ])('private keys: %j', (text, safe) => expect(redact(text)).toBe(safe));

  test.each([
    ['123456:abcdefghijklmno1', R],
    ['123456:1234567890123456', R],
    ['bot12345678901234:abcdefghijklmno-', `bot${R}`],
    ['12345:abcdefghijklmno1', '12345:abcdefghijklmno1'],
    ['123456:abcdefghijklmn1', '123456:abcdefghijklmn1'],
  ])('tokens of Telegram: %s', (text, safe) => expect(redact(text)).toBe(safe));

  // Letters of both cases with digits between them from 24 characters, any letters beside digits from 32.
  test.each([
    ['Ab1cdefghijklmnopqrstu2w', R],
    ['Ab1cdefghijklmnopqrstu2', 'Ab1cdefghijklmnopqrstu2'],
    ['ab1cdefghijklmnopqrstu2w', 'ab1cdefghijklmnopqrstu2w'],
    ['AB1CDEFGHIJKLMNOPQRSTU2W', 'AB1CDEFGHIJKLMNOPQRSTU2W'],
    ['Ab12cdefghijklmnopqrstuw', 'Ab12cdefghijklmnopqrstuw'],
    ['ab1cdefghijklmnopqrstuvwxyzabcde', R],
    ['ab1cdefghijklmnopqrstuvwxyzabcd', 'ab1cdefghijklmnopqrstuvwxyzabcd'],
    ['abcdefghijklmnopqrstuvwxyzabcdef 1a', 'abcdefghijklmnopqrstuvwxyzabcdef 1a'],
    ['12345678901234567890123456789012 1a', '12345678901234567890123456789012 1a'],
    ['Ab1cdefghijklmnopqrstu2w== x', `${R} x`],
    ['0123456789abcdef0123456789abcdef.AbCdEfGhIjKlMnOp', R],
    // With slashes and plus signs from 40 characters, in both cases; a path is judged by its parts.
    ['Ab1cdefghijklmnopqrs/uvwxyzabcdefghijkl2', R],
    ['Ab1cdefghijklmnopqrs/uvwxyzabcdefghijkl', 'Ab1cdefghijklmnopqrs/uvwxyzabcdefghijkl'],
    ['ab1cdefghijklmnopqrs/uvwxyzabcdefghijkl2', 'ab1cdefghijklmnopqrs/uvwxyzabcdefghijkl2'],
    ['AB1CDEFGHIJKLMNOPQRS/UVWXYZABCDEFGHIJKL2', 'AB1CDEFGHIJKLMNOPQRS/UVWXYZABCDEFGHIJKL2'],
    ['v1/keys/ab1cdefghijklmnopqrstuvwxyzabcde/x', `v1/keys/${R}/x`],
    ['v1/keys/Ab1cdefghijklmnopqrstu2w', `v1/keys/${R}`],
  ])('long runs: %s', (text, safe) => expect(redact(text)).toBe(safe));

  test.each([
    ['ab_cdefghijklmnopqrstuv-A1bcdefg2h', R],
    ['ab_cdefghijklmnopqrstuvw-A1bcdef2h', 'ab_cdefghijklmnopqrstuvw-A1bcdef2h'],
    ['a-long-name-with-many-words-and-1a-9b-numbers', 'a-long-name-with-many-words-and-1a-9b-numbers'],
    ['ab_cdefghijklmnopqr-A1bcdefg2h1', 'ab_cdefghijklmnopqr-A1bcdefg2h1'],
  ])('with dashes a part must look like no word: %s', (text, safe) => expect(redact(text)).toBe(safe));

  test.each([
    [`key ${uuid}`, `key ${R}`],
    [`the key id ${uuid}`, `the key id ${R}`],
    [`the keyid ${uuid}`, `the keyid ${R}`],
    [`the key-id ${uuid}`, `the key-id ${R}`],
    [`(${uuid.toUpperCase()})`, `(${R})`],
    [`${uuid}-1`, `${uuid}-1`],
    ...[
      'id',
      'uuid',
      'request',
      'trace',
      'session',
      'thread',
      'conversation',
      'ref',
      'team',
      'org',
      'organization',
    ].map((name) => [`${name} ${uuid}`, `${name} ${uuid}`]),
    ...['project', 'tenant', 'teams', 'ids'].map((name) => [`${name} ${uuid}`, `${name} ${uuid}`]),
    [`teams/${uuid}`, `teams/${uuid}`],
    [`Request ID: ${uuid}`, `Request ID: ${uuid}`],
    [`"trace_id":"${uuid}"`, `"trace_id":"${uuid}"`],
    [`{\\"id\\":\\"${uuid}\\"}`, `{\\"id\\":\\"${uuid}\\"}`],
    [`id (${uuid})`, `id (${uuid})`],
    [`id #${uuid}`, `id #${uuid}`],
    [`id=<${uuid}>`, `id=<${R}>`],
    [`id of ${uuid}`, `id of ${R}`],
  ])('UUIDs are secrets unless they are named as ids: %s', (text, safe) => expect(redact(text)).toBe(safe));

  test('what holds none comes back as it is', () => {
    for (const text of ['', 'no secret here', 'overloaded', 'a b c']) expect(redact(text)).toBe(text);
    expect(redact('bearer token')).toBe('bearer token');
  });

  test.each([
    ['keys with - and _ in them', 'Qw7xK2mP9dZ1_aR4tY8uI3oL5-vB6nM0cX2z'],
    ['one digit, at the beginning', `1${'AbCdEfGh'.repeat(4)}`],
    ['one digit, at the end', `${'AbCdEfGh'.repeat(4)}1`],
  ])('%s', (_name, key) => expect(redact(`the value ${key} was refused`)).toBe(`the value ${R} was refused`));

  test('a credential of letters alone goes behind the name of its scheme, and stays anywhere else', () => {
    const letters = 'AbCdEfGh'.repeat(3);
    expect(redact(`sent bearer ${letters}`)).toBe(`sent bearer ${R}`);
    expect(redact(`sent by ${letters}`)).toBe(`sent by ${letters}`);
  });

  test('several in one text all go', () => {
    expect(redact('sk-ab12 sk-ab34 key=x1 key=x2 bearer abc123 bearer abc456')).toBe(
      `${R} ${R} key=${R} key=${R} bearer ${R} bearer ${R}`,
    );
  });
});
