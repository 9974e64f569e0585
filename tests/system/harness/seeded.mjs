// Chance that can be had again: all that a test draws comes from one number, which it prints.

/** NAME of the environment, else a number of this minute's. */
export function seedOf(name) {
  const given = process.env[name];
  return given === undefined ? Date.now() % 1_000_000 : Number(given);
}

export class Seeded {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** In [0, 1): mulberry32. */
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  below(n) {
    return Math.floor(this.next() * n);
  }

  between(low, high) {
    return low + this.below(high - low + 1);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  chance(p) {
    return this.next() < p;
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
