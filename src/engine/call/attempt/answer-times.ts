/** How many of the last answers of a tier count. */
const REMEMBERED = 20;
/** Room for them: a power of two, because a place in it is found with every answer. */
const ROOM = 32;
/** With fewer answers than this nobody knows how long the tier takes. */
const FEWEST = 5;
/** A limit is generous when it is this many times the slowest of the remembered answers. */
const GENEROUS = 3;

/**
 * How long a tier took for its last answers, in this process. Says whether an attempt that a caller's own limit ended
 * is evidence against the tier, or only shows how impatient that caller is.
 */
export class AnswerTimes {
  #count = 0;
  readonly #lastMs: number[] = [];
  /** Streams among them that broke after their first content. */
  #broken = 0;
  /** The last attempt that a caller's limit ended and that was no evidence yet. */
  #cut: { endedAt: number; answers: number } | undefined = undefined;

  /** Answers so far. */
  get count(): number {
    return this.#count;
  }

  /** How long the last one took; `null`: there was none. */
  get lastMs(): number | null {
    return this.#lastMs[(this.#count - 1) & (ROOM - 1)] ?? null;
  }

  /** The tier has answered after so many milliseconds; a stream: with its first content. */
  add(durationMs: number): void {
    this.#lastMs[this.#count++ & (ROOM - 1)] = durationMs;
  }

  /** A stream that had answered broke: it is no answer between two attempts that a limit ended. */
  broke(): void {
    this.#broken++;
  }

  /**
   * A caller's limit has ended an attempt. True when this is evidence: the limit was generous, or this is the second
   * such attempt, began after the first had ended, and the tier has not answered in between.
   *
   * @param startedAt when the attempt began; like `endedAt` on the clock's `elapsed`
   */
  isEvidence(limitMs: number, startedAt: number, endedAt: number): boolean {
    if (this.#count >= FEWEST && limitMs >= GENEROUS * this.#slowestMs()) return true;
    const cut = this.#cut;
    const answers = this.#count - this.#broken;
    const isSilent = cut !== undefined && cut.answers === answers;
    if (isSilent && startedAt >= cut.endedAt) return true;
    // Attempts that were under way together are one observation: the first of them counts.
    if (!isSilent) this.#cut = { endedAt, answers };
    return false;
  }

  #slowestMs(): number {
    let slowest = 0;
    for (let back = 1; back <= Math.min(REMEMBERED, this.#count); back++) {
      slowest = Math.max(slowest, this.#lastMs[(this.#count - back) & (ROOM - 1)]!);
    }
    return slowest;
  }
}

/**
 * Those of each tier: the known ones, where `places` says which. A function of its own: what the closures of an
 * engine's constructor see lives as long as the engine does, and there they would keep the engine before it.
 */
export function answerTimesOf(
  count: number,
  known: readonly AnswerTimes[] | undefined,
  places: readonly number[],
): readonly AnswerTimes[] {
  return Array.from({ length: count }, (_, index) => known?.[places[index]!] ?? new AnswerTimes());
}
