/**
 * 106 bits of a text as 22 characters: enough that two texts of one store never share it by chance (cyrb53, twice). No
 * cryptographic hash: those are asynchronous, and nobody gains by forging one here.
 */
export function fingerprint(text: string): string {
  return half(text, 0x9e3779b9) + half(text, 0x85ebca6b);
}

/** 53 bits of a text as a number, for maps that hold many of them. */
export function hash53(text: string, seed = 0): number {
  let one = 0xdeadbeef ^ seed;
  let two = 0x41c6ce57 ^ seed;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    one = Math.imul(one ^ code, 2_654_435_761);
    two = Math.imul(two ^ code, 1_597_334_677);
  }
  one = Math.imul(one ^ (one >>> 16), 2_246_822_507) ^ Math.imul(two ^ (two >>> 13), 3_266_489_909);
  two = Math.imul(two ^ (two >>> 16), 2_246_822_507) ^ Math.imul(one ^ (one >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & two) + (one >>> 0);
}

function half(text: string, seed: number): string {
  return hash53(text, seed).toString(36).padStart(11, '0');
}
