/**
 * By how many sends the busiest window went over a rate: the most, over all windows, of the sends in it less what the
 * rate allows in its length. One at least, for a window that holds a single send.
 *
 * @param times when each send was, in milliseconds, in order
 * @param rate sends per second
 */
export function rateOverrun(times: readonly number[], rate: number): number {
  // The best start of a window that ends with send j is the send i with the least `i - rate × time`.
  let least = Infinity;
  let overrun = 0;
  for (const [index, time] of [...times].sort((a, b) => a - b).entries()) {
    const ahead = index - (rate * time) / 1000;
    least = Math.min(least, ahead);
    overrun = Math.max(overrun, ahead + 1 - least);
  }
  return overrun;
}
