import { afterAll, beforeEach } from 'vitest';
import { startLoopbackProvider, type LoopbackProvider } from '../../examples/support/loopback-provider.js';

/** A provider on loopback for the tests of one file; what one test has scripted is forgotten before the next. */
export async function loopbackForFile(): Promise<LoopbackProvider> {
  const loopback = await startLoopbackProvider();
  afterAll(() => loopback.close());
  beforeEach(() => loopback.clear());
  return loopback;
}
