/**
 * Under this key a failover lends the operator's view what its public methods do not tell. No part of the public API.
 */
export const OPERATOR_ACCESS: unique symbol = Symbol.for('tierfall.operator-access');
