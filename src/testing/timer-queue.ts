/** A timer that is set. */
export interface QueuedTimer {
  readonly at: number;
  /** Timers of one moment run in the order in which they were set. */
  readonly order: number;
  readonly callback: () => void;
  isSet: boolean;
}

/** Timers by due time, in a binary heap, so that a simulation can hold very many of them. */
export class TimerQueue {
  #heap: QueuedTimer[] = [];
  #cleared = 0;

  /** Timers that are set. */
  get size(): number {
    return this.#heap.length - this.#cleared;
  }

  add(timer: QueuedTimer): void {
    this.#heap.push(timer);
    this.#rise(this.#heap.length - 1);
  }

  clear(timer: QueuedTimer): void {
    if (!timer.isSet) return;
    timer.isSet = false;
    this.#cleared++;
    // Timeouts are usually cleared before they fire; without this they would stay here until they are due.
    if (this.#cleared > 64 && this.#cleared > this.#heap.length / 2) this.#sweep();
  }

  /** The next timer, if it is due at `until` or before. */
  peek(until: number): QueuedTimer | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.isSet) return first.at <= until ? first : undefined;
      this.#removeFirst();
      this.#cleared--;
    }
    return undefined;
  }

  /** Takes out the timer that `peek` gave. */
  take(timer: QueuedTimer): void {
    timer.isSet = false;
    this.#removeFirst();
  }

  /** Due times of all timers that are set, soonest first. */
  times(): number[] {
    return this.#heap
      .filter((timer) => timer.isSet)
      .map((timer) => timer.at)
      .toSorted((one, other) => one - other);
  }

  #sweep(): void {
    // A sorted list is a heap.
    this.#heap = this.#heap.filter((timer) => timer.isSet).toSorted((one, other) => (isBefore(one, other) ? -1 : 1));
    this.#cleared = 0;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #rise(from: number): void {
    const heap = this.#heap;
    const timer = heap[from]!;
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex]!;
      if (!isBefore(timer, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = timer;
  }

  #sink(): void {
    const heap = this.#heap;
    const timer = heap[0]!;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, timer)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = timer;
  }
}

function isBefore(one: QueuedTimer, other: QueuedTimer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
