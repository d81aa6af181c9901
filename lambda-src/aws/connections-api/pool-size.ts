/**
 * How many lanes pay for themselves. A lane costs a handshake, about as much CPU as ten posts; what it buys is
 * concurrency, and less so the slower the CPU is. Measured with endpoints of 5 ms: near the best everywhere from 128 MB to
 * one vCPU, and from 10 to 100,000 posts; 128 lanes at once took three times as long at 128 MB.
 */

/** Lambda gives CPU in proportion to memory, one vCPU at this size. */
const MEGABYTES_PER_CPU = 1769;

/** The most lanes that this memory size can keep busy. */
export function laneCap(memoryMegabytes: number): number {
  return Math.floor(Math.min(128, Math.max(16, 400 * cpuShare(memoryMegabytes))));
}

/** How many lanes this many posts deserve. */
export function laneTarget(posts: number, memoryMegabytes: number): number {
  const worthwhile = Math.max(2, Math.ceil(Math.sqrt(10 * posts * cpuShare(memoryMegabytes))));
  return Math.min(posts, laneCap(memoryMegabytes), worthwhile);
}

function cpuShare(memoryMegabytes: number): number {
  return Math.min(1, memoryMegabytes / MEGABYTES_PER_CPU);
}
