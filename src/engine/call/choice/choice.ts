import type { Place } from '../../recovery/place.js';

/** Where a call goes next, and what it holds of that tier meanwhile. */
export interface Choice {
  index: number;
  /** A place at a tier that has yet to answer, or is coming back. */
  place?: Place;
  /** The place is that of a trial: there is only one. */
  isProbe?: boolean;
  /** Another tier stands in for the one that is tried. */
  isCovered?: boolean;
}
