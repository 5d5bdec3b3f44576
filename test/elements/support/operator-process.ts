import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Redis } from 'ioredis';
import { createFailover } from 'tierfall';
import { bearerTokens, createOperatorHandler } from 'tierfall/http';
import { createRedisStore } from 'tierfall/stores/redis';

/* A server of its own with the operator page, on a Redis that it shares. Prints its port. */
const [redisUrl = '', prefix = '', token = ''] = process.argv.slice(2);
const client = new Redis(redisUrl);
const failover = createFailover({ chain: ['a/one', 'b/two', 'c/three'], store: createRedisStore({ client, prefix }) });
const handler = createOperatorHandler({ failover, authorize: bearerTokens({ [token]: 'dana' }) });
const listener = getRequestListener(handler);
const server = createServer((request, response) => void listener(request, response));
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
