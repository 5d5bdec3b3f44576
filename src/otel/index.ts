export { instrumentFailover } from './instrument-failover.js';
export type { InstrumentedFailover, InstrumentOptions } from './instrument-failover.js';
