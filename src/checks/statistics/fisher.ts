/** Logarithms of factorials, as far as they were needed so far. */
function createLogFactorials(): (n: number) => number {
  const table = [0, 0];
  return (n) => {
    for (let next = table.length; next <= n; next++) table.push(table[next - 1]! + Math.log(next));
    return table[n]!;
  };
}

/**
 * Fisher's exact test, one-sided: the probability of at least `hits` hits among the `count` of one group, where
 * `otherHits` of the `otherCount` of the other group hit as well and groups do not matter.
 */
export function fisherGreater(hits: number, count: number, otherHits: number, otherCount: number): number {
  const logFactorial = createLogFactorials();
  const all = count + otherCount;
  const allHits = hits + otherHits;
  const choose = (n: number, k: number) => logFactorial(n) - logFactorial(k) - logFactorial(n - k);
  const total = choose(all, allHits);
  let probability = 0;
  for (let more = hits; more <= Math.min(count, allHits); more++) {
    probability += Math.exp(choose(count, more) + choose(otherCount, allHits - more) - total);
  }
  return Math.min(1, probability);
}

/**
 * Which of several tests count when all are looked at together (Holm, 1979): the chance that any of them counts by luck
 * stays at most `level`.
 */
export function holm(probabilities: readonly number[], level: number): boolean[] {
  const order = probabilities
    .map((_, index) => index)
    .sort((one, other) => at(probabilities, one) - at(probabilities, other));
  const counts = probabilities.map(() => false);
  for (const [rank, index] of order.entries()) {
    if (at(probabilities, index) > level / (probabilities.length - rank)) break;
    counts[index] = true;
  }
  return counts;
}

function at(values: readonly number[], index: number): number {
  return values[index]!;
}
