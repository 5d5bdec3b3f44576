/** The tests that src/core is held to under mutation: those that take milliseconds, and start nothing outside. */
export const testFiles: readonly string[] = [
  'test/{decisions,schema,view,budget}/*.test.ts',
  'test/classify/{buckets,classify-error,corpus,own-errors,recipe,redact,rules,waits,wrappers}.test.ts',
  'test/health/rules.test.ts',
  'test/health/decisions/decisions.test.ts',
  'test/property/{answers,classify,health,pools,state-machine,threshold}.test.ts',
];

/** Of these, what notices any change, as it compares with a printed copy; and what takes longest. */
export const leftOut: readonly string[] = [
  'is the one in docs/classifier.md',
  'what is taken comes to an end on the worst of lines',
  'shows no half of a secret, wherever a long message is cut',
  'the line of the recipe mends it, and changes no other verdict',
  "a person's pause is never lifted, whatever the monitor sees and does",
  'finds the kind of at least 98 % of the same errors as plain JSON',
  'State machine: a long outage',
  'a key of equal rank is told to be back',
  'callers of one process overshoot by at most one call each',
];
