'use strict';

/*
 * Outlives the runner for a moment: it is told of every process (`+pid`, `-pid`, one a line), and when its standard input ends, however
 * the runner ended, it kills those that are left, and removes the directory that it was told of (`!path`). An environment notices the end
 * of the runner by itself, but not while its handler is in an endless loop.
 */
const { rmSync } = require('node:fs');

const alive = new Set();
let scratch;

require('node:readline').createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line.startsWith('!')) {
      scratch = JSON.parse(line.slice(1));
      return;
    }
    const pid = Number(line.slice(1));
    if (line.startsWith('+')) alive.add(pid);
    else alive.delete(pid);
  })
  .on('close', () => {
    for (const pid of alive) kill(pid);
    removeScratch();
    // What was killed may have been writing there until now.
    if (alive.size > 0) setTimeout(removeScratch, 200);
  });

function removeScratch() {
  if (scratch) rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

function kill(pid) {
  // Each environment leads a process group, so that what it started ends with it.
  for (const target of process.platform === 'win32' ? [pid] : [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // It has already ended.
    }
  }
}
