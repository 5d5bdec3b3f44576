import { describe, expectTypeOf, it } from 'vitest';
import { createFailover, type CallContext, type Tier } from '../../src/index.js';
import { answers, createScriptedProvider } from '../../src/testing/index.js';

describe('a scripted provider', () => {
  it('stands for a typed call of a host without a cast', () => {
    type Ask = (tier: Tier, context: CallContext) => Promise<string>;
    const provider = createScriptedProvider<string>({ 'openai/gpt': answers('hello') });
    expectTypeOf(provider.call).toExtend<Ask>();
    const failover = createFailover({ chain: ['openai/gpt'] });
    expectTypeOf(failover.run(provider.call)).resolves.toHaveProperty('value').toEqualTypeOf<string>();
  });

  it('answers anything where nobody says what', () => {
    const provider = createScriptedProvider({ 'openai/gpt': answers('hello') });
    expectTypeOf(provider.call).returns.resolves.toEqualTypeOf<unknown>();
  });
});
