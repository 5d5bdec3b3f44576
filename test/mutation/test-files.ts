/** The tests that src/core is held to under mutation: those that take milliseconds each, and start nothing outside. */
export const testFiles: readonly string[] = [
  'test/{answers,core,core/tier,decisions,schema,view,budget}/*.test.ts',
  'test/classify/{buckets,classify-error,corpus,judge,own-errors,recipe,redact}.test.ts',
  'test/classify/{rules,signal,waits,wordings,wrappers}.test.ts',
  'test/health/rules.test.ts',
  'test/health/decisions/decisions.test.ts',
  'test/property/{answers,classify,state-machine,threshold}.test.ts',
  'test/engine/{judges,stream-readers}.test.ts',
  'test/docs/errors.test.ts',
  'test/notifiers/messages.test.ts',
];

/** Asked about what none of those reaches: the engine around it, which takes longer. */
export const farTestFiles: readonly string[] = [
  'test/engine/{bad-input,callbacks,drill,failed-answers,first-and-windows,judge,odd-errors,pools}.test.ts',
  'test/engine/{shared-rests,startup,sticky-sessions,store,stream-formats,streams,threshold}.test.ts',
  'test/engine/{tier-choice,time-and-exhaustion,token-budget,update}.test.ts',
];

/**
 * Rooms whose code the tests of all others run, and what they are held to instead, the first that fits: nearly every test
 * loads the rules of the classifier, and few could tell them apart. Asked in this order, what takes longest at the end.
 */
export const ownTestFiles: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'src/core/classify/rules/',
    [
      'test/classify/wordings.test.ts',
      'test/classify/corpus.test.ts',
      'test/classify/{classify-error,judge,own-errors,recipe,wrappers}.test.ts',
      'test/classify/rules.test.ts',
    ],
  ],
  [
    'src/core/classify/',
    [
      'test/classify/{buckets,classify-error,judge,own-errors,recipe,signal,waits,wordings,wrappers}.test.ts',
      'test/classify/corpus.test.ts',
      'test/{classify/rules,property/classify}.test.ts',
    ],
  ],
]);

/** Of these, what notices any change, as it compares with a printed copy or with the source; and what takes longest. */
export const leftOut: readonly string[] = [
  'is the one in docs/classifier.md',
  'and of each rule that stands apart, what it outranks',
  'what is taken comes to an end on the worst of lines',
  'shows no half of a secret, wherever a long message is cut',
  'the line of the recipe mends it, and changes no other verdict',
  'finds the kind of at least 98 % of the same errors as plain JSON',
  'is right often enough about errors that nobody has seen',
  'State machine: a long outage',
  'whatever the threshold, no call fails while one tier works, and each goes on at once',
  'callers of one process overshoot by at most one call each',
];
