import type { Tier } from '../core/config.js';
import { tierId } from '../core/config.js';
import { configError } from '../core/errors.js';
import type { SpecificationVersion } from './model-types.js';

const served: readonly unknown[] = ['v2', 'v3', 'v4'] satisfies SpecificationVersion[];

interface Specified {
  readonly specificationVersion: SpecificationVersion;
}

/** Makes the models of a chain, all of one version of the AI SDK's model specification. */
export interface ChainModels<T extends Tier, M extends Specified> {
  /** Version of the chain. @throws what `modelFor` throws, where no model of the chain can be made */
  readonly version: SpecificationVersion;
  /** @throws {ConfigError} the model is of another version than the chain, or of one that is not served */
  modelOf(tier: T): M;
  /** Those that can be made. What is wrong with another one shows when it is called. */
  all(): M[];
}

/** The version of the chain is that of its first model that can be made, which is asked for when it is first needed. */
export function chainModels<T extends Tier, M extends Specified>(
  failover: { readonly chain: readonly T[] },
  modelFor: (tier: T) => M,
): ChainModels<T, M> {
  let known: SpecificationVersion | undefined;

  const findVersion = (): SpecificationVersion => {
    let failed: { error: unknown } | undefined;
    for (const tier of failover.chain) {
      try {
        return versionOf(modelFor(tier), tier);
      } catch (error) {
        // A tier without a key is not in the way of the others.
        failed ??= { error };
      }
    }
    throw failed?.error;
  };

  const modelOf = (tier: T): M => {
    const model = modelFor(tier);
    const version = versionOf(model, tier);
    known ??= findVersion();
    if (version === known) return model;
    const fix = 'take the providers that belong to your version of ai, or';
    const wrap = 'with ai 7 wrapLanguageModel({ model, middleware: [] })';
    throw configError(modelName(tier), `is of specification ${version}, the chain of ${known}; ${fix} ${wrap}`);
  };

  return {
    get version() {
      return (known ??= findVersion());
    },
    modelOf,
    all: () =>
      failover.chain.flatMap((tier) => {
        try {
          return [modelOf(tier)];
        } catch {
          return [];
        }
      }),
  };
}

function versionOf(model: unknown, tier: Tier): SpecificationVersion {
  const isObject = typeof model === 'object' && model !== null;
  const version = isObject && 'specificationVersion' in model ? model.specificationVersion : undefined;
  if (served.includes(version)) return version as SpecificationVersion;
  const given = typeof version === 'string' ? version : typeof model;
  throw configError(
    modelName(tier),
    `expected a model of specification v2, v3 or v4, as the providers of ai 5, 6 and 7 make, got ${given}`,
  );
}

function modelName(tier: Tier): string {
  return `modelFor(${tierId(tier)})`;
}
