import type { Attributes } from '@opentelemetry/api';
import { tierId } from '../core/config.js';
import type { Kind } from '../core/kinds.js';

/**
 * Names of attributes. Where the semantic conventions for generative AI
 * (https://github.com/open-telemetry/semantic-conventions-genai) or the general ones define a name, it is used; the
 * others begin with `tierfall.`.
 */
export const attribute = {
  operationName: 'gen_ai.operation.name',
  providerName: 'gen_ai.provider.name',
  model: 'gen_ai.request.model',
  stream: 'gen_ai.request.stream',
  conversation: 'gen_ai.conversation.id',
  errorType: 'error.type',
  status: 'http.response.status_code',
  attempt: 'tierfall.attempt',
  attempts: 'tierfall.attempts',
  direction: 'tierfall.direction',
  from: 'tierfall.from',
  instance: 'tierfall.instance',
  notifier: 'tierfall.notifier',
  outcome: 'tierfall.outcome',
  pauseAction: 'tierfall.pause.action',
  policy: 'tierfall.policy',
  reason: 'tierfall.reason',
  retryAfter: 'tierfall.retry_after',
  rule: 'tierfall.rule',
  source: 'tierfall.source',
  tierIndex: 'tierfall.tier.index',
  to: 'tierfall.to',
} as const;

/** How an operation or attempt ended. */
export type Outcome = 'ok' | 'error' | 'aborted' | 'left';

/** The value of `error.type` where there is no better one, as the conventions want it. */
export const OTHER_ERROR = '_OTHER';

/** A kind, one of our error codes, or `_OTHER`: never a message. */
export type ErrorType = Kind | `TIERFALL_${string}` | typeof OTHER_ERROR;

/** The conventions' names of providers, by the names that hosts commonly use. */
const wellKnown: Readonly<Record<string, string>> = {
  'amazon-bedrock': 'aws.bedrock',
  'aws-bedrock': 'aws.bedrock',
  azure: 'azure.ai.openai',
  'azure-openai': 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  gemini: 'gcp.gemini',
  google: 'gcp.gemini',
  'google-vertex': 'gcp.vertex_ai',
  mistral: 'mistral_ai',
  moonshot: 'moonshot_ai',
  moonshotai: 'moonshot_ai',
  vertex: 'gcp.vertex_ai',
  watsonx: 'ibm.watsonx.ai',
  xai: 'x_ai',
};

interface NamedTier {
  readonly provider: string;
  readonly model: string;
  readonly credential?: string | undefined;
}

/** The attributes that name a tier. */
export function tierAttributes(tier: NamedTier, index: number): Attributes {
  return {
    [attribute.providerName]: Object.hasOwn(wellKnown, tier.provider) ? wellKnown[tier.provider] : tier.provider,
    [attribute.model]: tier.model,
    [attribute.tierIndex]: index,
  };
}

/** From which tier to which, by id; with the credential's name where only that differs. */
export function moveAttributes(from: NamedTier, to: NamedTier): Attributes {
  const isSamePair = tierId(from) === tierId(to);
  const idOf = (tier: NamedTier) =>
    isSamePair && tier.credential !== undefined ? `${tierId(tier)}@${tier.credential}` : tierId(tier);
  return { [attribute.from]: idOf(from), [attribute.to]: idOf(to) };
}
