import { jsonSchemaOf, problemAnswer, type OperatorSchema } from '../../schema/operator-schema.js';
import type { Route } from '../routes/route.js';

type Json = Record<string, unknown>;

const problems: Readonly<Record<string, string>> = {
  400: 'The path, query or body is wrong; `issues` says where.',
  401: 'Who asks is not known.',
  403: 'Who asks may not do this.',
  404: 'There is no such thing.',
  405: 'The path takes other methods: `Allow` names them.',
  429: 'Too many failed authentications from this address.',
  503: 'The store, or the failover, is not available.',
};

/** What can go wrong where a body is sent. */
const bodyProblems: Readonly<Record<string, string>> = {
  408: 'The body took too long to arrive.',
  413: 'The body is too large.',
};
const notJson: Readonly<Record<string, string>> = { 415: 'The body is not JSON.' };
const longName: Readonly<Record<string, string>> = { 414: 'The name is too long.' };

/** The OpenAPI 3.1 document of the routes, made of the schemas they validate with. */
export function openApiDocument(routes: readonly Route[], basePath: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/gu, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'tierfall operator API',
      version: '1',
      summary: 'Shows which model answers for whom, and lets an authorised person act.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    security: [{ bearer: [] }],
    tags: [{ name: 'operator', description: 'Everything an operator sees and does.' }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: jsonSchemaOf(problemAnswer, 'output') },
      responses: Object.fromEntries(
        Object.entries({ ...problems, ...bodyProblems, ...notJson, ...longName }).map(([status, description]) => [
          `Problem${status}`,
          problem(description),
        ]),
      ),
    },
  };
}

function operation(route: Route): Json {
  const { method, path, permission, summary, body, answer, produces, status = 200 } = route;
  const isOpen = permission === null;
  // What is open to everybody can go wrong in one way only: a name that stands for nothing.
  const statuses = isOpen
    ? path.includes(':')
      ? ['404']
      : []
    : Object.keys({
        ...problems,
        ...(body ? bodyProblems : {}),
        // A signed message is read as it came.
        ...(body && permission !== 'signature' ? notJson : {}),
        ...(path.includes(':name') ? longName : {}),
      });
  const more = method === 'PUT' ? { 412: 'Changed meanwhile.', 428: 'If-Match is missing.' } : {};
  return {
    operationId: operationId(method, path),
    summary,
    tags: ['operator'],
    ...(permission === null || permission === 'signature' ? { security: [] } : {}),
    ...(typeof permission === 'string' && permission !== 'signature' ? { 'x-permission': permission } : {}),
    parameters: [...pathParameters(path), ...queryParameters(route.query), ...headerParameters(route)],
    ...(body
      ? { requestBody: { required: false, content: { 'application/json': { schema: jsonSchemaOf(body, 'input') } } } }
      : {}),
    responses: {
      [status]: { description: 'Done.', content: content(answer, produces) },
      ...Object.fromEntries(statuses.map((each) => [each, { $ref: `#/components/responses/Problem${each}` }])),
      ...Object.fromEntries(Object.entries(more).map(([each, description]) => [each, problem(description)])),
      ...(permission === 'signature' ? { 409: problem('This message was taken before.') } : {}),
    },
  };
}

function content(answer: OperatorSchema | undefined, produces: string | undefined): Json {
  if (produces !== undefined) return { [produces]: { schema: { type: 'string' } } };
  return { 'application/json': { schema: answer ? jsonSchemaOf(answer, 'output') : { type: 'object' } } };
}

function problem(description: string): Json {
  return { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };
}

function operationId(method: string, path: string): string {
  const words = path.split(/[/:.]/u).filter((word) => word !== '');
  const name = words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('');
  return `${method.toLowerCase()}${name || 'Page'}`.replaceAll('-', '');
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/:(\w+)/gu)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    description: name === 'file' ? 'The name of a file.' : 'The name of an instance, percent-encoded.',
    schema: { type: 'string', minLength: 1 },
  }));
}

function queryParameters(schema: OperatorSchema | undefined): Json[] {
  const { properties = {} } = schema ? jsonSchemaOf(schema, 'output') : {};
  return Object.entries(properties as Json).map(([name, value]) => ({
    name,
    in: 'query',
    required: false,
    schema: value,
  }));
}

function headerParameters({ method, permission, path }: Route): Json[] {
  const header = (name: string, description: string, required = true) => ({
    name,
    in: 'header',
    required,
    description,
    schema: { type: 'string' },
  });
  if (permission === 'signature') {
    return [
      header('webhook-id', 'An id of the message; taken once.'),
      header('webhook-timestamp', 'Unix seconds.'),
      header('webhook-signature', '`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`; several by spaces.'),
    ];
  }
  const own = path === '/stream' ? [header('Last-Event-ID', 'The id of the last event seen.', false)] : [];
  if (method === 'PUT') own.push(header('If-Match', 'The ETag that GET gave.'));
  if (method !== 'GET') own.push(header('X-Tierfall', '`1`, where there is no bearer token.', false));
  return own;
}
