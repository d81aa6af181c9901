'use strict';

/*
 * Outlives the runner for a moment. It reads one JSON command per line on its standard input. When the input ends, also because the runner
 * was killed, it kills the processes that are left:
 *
 *   {"watch":PID,"marker":TEXT}   watch a process that leads a group; with a marker, its descendants in other groups are killed as well
 *   {"kill":PID}                  kill it and its descendants
 *   {"ended":PID}                 it has ended, or need not be watched any more: kill its descendants
 *   {"directory":PATH}            remove this directory at the end
 *
 * Descendants are found by their parents and, once the parents have ended, by the marker in their initial environment.
 */
const { rmSync } = require('node:fs');
const { createInterface } = require('node:readline');
const { familyOf, pidsWith, readTable } = require('./process-table.js');

/** @type {Map<number, { marker?: string, started?: string }>} */
const watched = new Map();
/** Processes to kill in the next sweep, and markers to look for. */
let doomed = new Set();
let markers = new Set();
let isSweeping = false;
let directory;

/** Most rounds of killing, since new processes may start meanwhile. */
const MAX_ROUNDS = 20;

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const word = JSON.parse(line);
    if (word.directory !== undefined) directory = word.directory;
    if (word.watch !== undefined) watch(word.watch, word.marker);
    if (word.kill !== undefined) doom(word.kill);
    if (word.ended !== undefined) forget(word.ended);
  })
  .on('close', () => {
    const had = watched.size;
    for (const pid of watched.keys()) doom(pid);
    sweep();
    removeDirectory();
    // Killed processes may have written to the directory until now.
    if (had > 0) setTimeout(removeDirectory, 200);
  });

function watch(pid, marker) {
  // A process id may be reused; the start time tells the processes apart.
  const started = marker === undefined ? undefined : readTable().find((entry) => entry.pid === pid)?.started;
  watched.set(pid, { marker, started });
}

function doom(pid) {
  const { marker } = watched.get(pid) ?? {};
  doomed.add(pid);
  if (marker !== undefined) markers.add(marker);
  sweepSoon();
}

function forget(pid) {
  const { marker } = watched.get(pid) ?? {};
  watched.delete(pid);
  doomed.delete(pid);
  if (marker === undefined) return;
  markers.add(marker);
  sweepSoon();
}

/** Delays the sweep, since several environments often end at once and one look at the process table serves all. */
function sweepSoon() {
  if (isSweeping) return;
  isSweeping = true;
  setImmediate(sweep);
}

function sweep() {
  isSweeping = false;
  const killed = new Set();
  for (let round = 0; round < MAX_ROUNDS && killRound(killed); round++);
  for (const pid of doomed) killGroup(pid);
  doomed = new Set();
  markers = new Set();
}

/** @returns {boolean} whether there was a new process to kill */
function killRound(killed) {
  const found = freeze(killed);
  for (const { pid } of found) signal(pid, 'SIGKILL');
  return found.length > 0;
}

/**
 * Stops the family before any of it is killed: a process that starts another one just before its own end would leave it without a parent,
 * and the new one may have no marker.
 */
function freeze(killed) {
  const frozen = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const marked = pidsWith([...markers]);
    const isOwn = ({ pid, started }) => marked.has(pid) || (doomed.has(pid) && watched.get(pid)?.started === started);
    const more = familyOf(readTable(), isOwn).filter(({ pid, started }) => !killed.has(`${pid} ${started}`));
    if (more.length === 0) break;
    for (const { pid, started } of more) {
      killed.add(`${pid} ${started}`);
      signal(pid, 'SIGSTOP');
    }
    frozen.push(...more);
  }
  return frozen;
}

function removeDirectory() {
  if (directory) rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

function killGroup(pid) {
  if (process.platform !== 'win32') signal(-pid, 'SIGKILL');
  signal(pid, 'SIGKILL');
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It has already ended, or the system does not know the signal.
  }
}
