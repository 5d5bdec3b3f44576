import type { PolicyOptions, TierInput } from '../../core/config-input.js';
import { ConfigError, isTierfallError, type ConfigIssue } from '../../core/errors.js';
import type { ConfigInForce } from '../../ports/operator-access.js';
import { configAnswer, configBody } from '../../schema/operator-schema.js';
import { knownKeys } from '../../schema/config-schema.js';
import { parseConfig } from '../../schema/parse-config.js';
import { parseOperator } from '../../schema/parse-operator.js';
import { storedTier, storedTierFields } from '../../schema/stored/stored-config.js';
import { json } from '../answers/json.js';
import { Problem } from '../answers/problem.js';
import type { OperatorConfig } from '../options.js';
import { namesTag } from '../requests/entity-tags.js';
import { readJson } from '../requests/read-body.js';
import { actorOf } from './instance-routes.js';
import type { Route } from './route.js';

export const configRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/config',
    permission: 'read',
    summary: 'The chain and the policy in force, with an ETag for the next PUT.',
    answer: configAnswer,
    handle: async ({ config }) => {
      await config.access.refresh();
      return answer(config);
    },
  },
  {
    method: 'PUT',
    path: '/config',
    permission: 'configure',
    summary: 'Takes a new chain and policy in all processes of the store. `If-Match` names the version it began from.',
    body: configBody,
    answer: configAnswer,
    async handle(context) {
      const { request, config, hub, updates } = context;
      const { access, failover } = config;
      const matches = request.headers.get('if-match');
      if (matches === null) throw new Problem(428, 'Send If-Match with the ETag that GET /config gave.');
      const body = parseOperator(configBody, await readJson(request, access.clock), 'body');
      refuseOtherFields(body.chain);
      // Judged here as well, so that a wrong one is refused with the words the editor shows.
      parseConfig(body.policy === undefined ? { chain: body.chain } : { chain: body.chain, policy: body.policy });
      // One at a time: of two editors of one version the second is told.
      await updates.run(async () => {
        await access.refresh();
        if (!namesTag(matches, etagOf(access.config()))) {
          throw changedSince();
        }
        const next = {
          chain: body.chain as unknown as TierInput[],
          ...(body.policy === undefined ? {} : { policy: wholePolicy(body.policy as object) }),
        };
        const { storedVersion: expectedVersion } = access.config();
        await failover.update(next, { by: actorOf(context), expectedVersion }).catch((error: unknown) => {
          throw isTierfallError(error, 'TIERFALL_CONFIG_CONFLICT') ? changedSince() : error;
        });
      });
      hub.configChanged();
      return answer(config);
    },
  },
];

function changedSince(): Problem {
  return new Problem(412, 'Somebody has changed the chain since. Read it again.');
}

/** What a PUT leaves out goes back to its default. */
function wholePolicy(policy: object): PolicyOptions {
  return { ...Object.fromEntries(knownKeys['policy']!.map((key) => [key, undefined])), ...policy };
}

function answer({ access }: OperatorConfig): Response {
  const inForce = access.config();
  const { version, by, at } = inForce;
  const { chain, policy } = inForce.config;
  return json({ version, by, at, chain: chain.map(storedTier), policy }, { headers: { etag: etagOf(inForce) } });
}

/** Version and content: the code of two processes may differ although neither was ever updated. */
function etagOf({ version, config }: ConfigInForce): string {
  const text = JSON.stringify([config.chain.map(storedTier), config.policy]);
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return `"${version}-${hash.toString(36)}"`;
}

/** A key or an address of a host's must not get into the store by this way. */
function refuseOtherFields(chain: readonly unknown[]): void {
  const issues = chain.flatMap((tier, index): ConfigIssue[] =>
    typeof tier === 'object' && tier !== null
      ? Object.keys(tier).flatMap((key) =>
          (storedTierFields as readonly string[]).includes(key)
            ? []
            : [
                {
                  path: `chain[${index}].${key.slice(0, 60)}`,
                  message: `unknown field; known: ${storedTierFields.join(', ')}. Others come from the code`,
                },
              ],
        )
      : [],
  );
  if (issues.length > 0) throw new ConfigError(issues);
}
