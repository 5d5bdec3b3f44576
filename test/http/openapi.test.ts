import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { createWorld } from './support/world.js';

// oxlint-disable-next-line typescript/no-explicit-any -- a document of JSON is walked through
type Json = Record<string, any>;

const { body: document } = await createWorld().ask('GET', '/openapi.json', { token: null });

function each(visit: (path: string, method: string, operation: Json) => void): void {
  for (const [path, methods] of Object.entries(document.paths as Json)) {
    for (const [method, operation] of Object.entries(methods as Json)) visit(path, method, operation);
  }
}

describe('the OpenAPI document', () => {
  it('is 3.1, with a title, a version, a licence and servers', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/u);
    expect(document.info).toMatchObject({
      title: expect.any(String),
      version: expect.any(String),
      license: { name: 'MIT' },
    });
    expect(document.servers).toEqual([{ url: '/' }]);
  });

  it('passes the strict rules of a linter', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] });
    const problems = await lintFromString({ source: JSON.stringify(document), config });
    const shown = problems.map(({ ruleId, location: [at] }) => `${ruleId} ${at?.pointer ?? ''}`);
    // Nobody can ask these wrongly: they take nothing, and are open to everybody.
    const open = ['/health', '/', '/openapi.json'].map((path) => `#/paths/${path.replaceAll('/', '~1')}/get/responses`);
    expect(shown.toSorted()).toEqual(open.map((at) => `operation-4xx-response ${at}`).toSorted());
  });

  it('has every route of the contract', () => {
    const found: string[] = [];
    each((path, method) => found.push(`${method.toUpperCase()} ${path}`));
    expect(found.toSorted()).toEqual(
      [
        'GET /',
        'GET /alerts',
        'GET /assets/{file}',
        'GET /config',
        'GET /failure-report/{name}',
        'GET /health',
        'GET /health/service',
        'GET /instances',
        'GET /instances/{name}',
        'GET /instances/{name}/events',
        'GET /openapi.json',
        'GET /stream',
        'POST /checks/run',
        'POST /health/alert',
        'POST /health/pause',
        'POST /health/resume',
        'POST /instances/{name}/hold',
        'POST /instances/{name}/pause',
        'POST /instances/{name}/reset',
        'POST /instances/{name}/resume',
        'PUT /config',
      ].toSorted(),
    );
  });

  it('has an id of its own, a summary, a tag that exists and a good answer for each operation', () => {
    const ids = new Set<string>();
    const tags = (document.tags as { name: string }[]).map(({ name }) => name);
    each((_, __, operation) => {
      expect(operation['operationId']).toMatch(/^[a-z][A-Za-z]+$/u);
      expect(ids.has(operation['operationId'])).toBe(false);
      ids.add(operation['operationId']);
      expect(operation['summary']).toMatch(/\.$/u);
      expect(tags).toEqual(expect.arrayContaining(operation['tags']));
      expect(Object.keys(operation['responses'] as Json).some((status) => status.startsWith('2'))).toBe(true);
      for (const response of Object.values(operation['responses'] as Json)) {
        expect('$ref' in (response as Json) || typeof (response as Json)['description'] === 'string').toBe(true);
      }
    });
  });

  it('declares every parameter of a path once, and no other', () => {
    each((path, _, operation) => {
      const declared = (operation['parameters'] as Json[]).filter((parameter) => parameter['in'] === 'path');
      const named = [...path.matchAll(/\{(\w+)\}/gu)].map(([, name]) => name);
      expect(declared.map((parameter) => parameter['name'])).toEqual(named);
      expect(declared.every((parameter) => parameter['required'] === true && parameter['schema'])).toBe(true);
      const all = (operation['parameters'] as Json[]).map((parameter) => `${parameter['in']}:${parameter['name']}`);
      expect(new Set(all).size).toBe(all.length);
    });
  });

  it('has no reference that leads nowhere, and uses every component', () => {
    const text = JSON.stringify(document);
    const references = new Set([...text.matchAll(/"\$ref":"#\/([^"]+)"/gu)].map(([, path]) => path!));
    for (const reference of references) {
      const target = reference
        .split('/')
        .reduce<Json | undefined>((place, part) => place?.[part] as Json | undefined, document as Json);
      expect(target, reference).toBeDefined();
    }
    for (const kind of ['schemas', 'responses']) {
      for (const name of Object.keys(document.components[kind]))
        expect(references).toContain(`components/${kind}/${name}`);
    }
  });

  it('bounds what is typed in: limits are whole numbers in a range, bodies know no other field', () => {
    const { parameters } = document.paths['/instances'].get;
    expect(parameters[0].schema).toMatchObject({ minimum: 1, maximum: 1000, multipleOf: 1 });
    const { schema } = document.paths['/instances/{name}/pause'].post.requestBody.content['application/json'];
    expect(schema).toMatchObject({
      type: 'object',
      additionalProperties: false,
      properties: { reason: { maxLength: 500 } },
    });
  });

  it('names what can go wrong with a body, a method and a long name where that can be', () => {
    const known = ['405', '408', '413', '414', '415'];
    const of = (path: string, method: string) =>
      known.filter((status) => status in document.paths[path][method].responses);
    expect(of('/instances/{name}/pause', 'post')).toEqual(known);
    expect(of('/config', 'put')).toEqual(['405', '408', '413', '415']);
    expect(of('/health/alert', 'post')).toEqual(['405', '408', '413']);
    expect(of('/instances/{name}', 'get')).toEqual(['405', '414']);
    expect(of('/instances', 'get')).toEqual(['405']);
    expect(of('/health', 'get')).toEqual([]);
  });

  it('asks for no token where none is needed, and names the permission elsewhere', () => {
    expect(document.paths['/health'].get.security).toEqual([]);
    expect(document.paths['/health/alert'].post.security).toEqual([]);
    expect(document.paths['/config'].put).toMatchObject({ 'x-permission': 'configure' });
    expect(document.paths['/instances'].get).toMatchObject({ 'x-permission': 'read' });
  });
});
