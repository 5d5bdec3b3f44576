/** The command was called wrongly: exit code 64. */
export class UsageError extends Error {}

/** It may work later: exit code 75. */
export class TryAgainError extends Error {}
