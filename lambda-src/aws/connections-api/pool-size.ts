/**
 * Number of lanes that pay for themselves. A lane costs a handshake, about as much CPU as ten posts. It buys concurrency, which is worth
 * less on a slow CPU. Measured with endpoints that answer in 5 ms: near the best from 128 MB to one vCPU, and from 10 to 100,000 posts.
 * At 128 MB, 128 lanes at once took three times as long.
 */

/** Memory size with one vCPU: Lambda gives CPU in proportion to memory. */
const MEGABYTES_PER_CPU = 1769;

/** Returns the largest number of lanes that this memory size can keep busy. */
export function laneCap(memoryMegabytes: number): number {
  return Math.floor(Math.min(128, Math.max(16, 400 * cpuShare(memoryMegabytes))));
}

/** Returns the number of lanes for this many posts. */
export function laneTarget(posts: number, memoryMegabytes: number): number {
  const worthwhile = Math.max(2, Math.ceil(Math.sqrt(10 * posts * cpuShare(memoryMegabytes))));
  return Math.min(posts, laneCap(memoryMegabytes), worthwhile);
}

function cpuShare(memoryMegabytes: number): number {
  return Math.min(1, memoryMegabytes / MEGABYTES_PER_CPU);
}
