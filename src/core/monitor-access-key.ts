/** Under this key a failover gives a health monitor what its public methods do not: see `ports/monitor-access.ts`. */
export const MONITOR_ACCESS = Symbol.for('tierfall.monitor-access');
