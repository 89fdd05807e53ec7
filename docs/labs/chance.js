// Chance for labs that draw. A generator is a function that gives numbers in [0, 1), one a call; the
// same in Python is trainingtips.press.pages.chance.

// mulberry32 (Tommy Ettinger, 2017), a generator of 32 bits of state
export function random(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

// one number of the standard normal distribution, of two of the generator's (Box and Muller)
export const normal = (draw) => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
