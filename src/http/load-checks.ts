import { Problem } from './answers/problem.js';
import type { CheckFunctions } from './checks-runner.js';

/** Loads the functions of `tierfall/checks`. */
export async function loadChecks(): Promise<CheckFunctions> {
  throw new Problem(501, 'This build has no checks.');
}
