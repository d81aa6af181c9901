'use strict';

/*
 * Outlives the runner for a moment. It reads a word a line on its standard input, and kills what is left when that ends, however the
 * runner ended:
 *
 *   {"watch":PID,"marker":TEXT}   a process that leads a group; with a marker, all that came of it is killed with it, in whatever group
 *   {"kill":PID}                  kill it, and what came of it
 *   {"ended":PID}                 it has ended, or is no longer to be watched: kill what is left of it
 *   {"directory":PATH}            remove that at the end
 *
 * What came of a process is found by its parents, and by the marker in the variables that it began with, once its parents have ended.
 */
const { rmSync } = require('node:fs');
const { createInterface } = require('node:readline');
const { familyOf, pidsWith, readTable } = require('./process-table.js');

/** @type {Map<number, { marker?: string, started?: string }>} */
const watched = new Map();
/** Those that are to be killed in the next sweep, and the markers to look for. */
let doomed = new Set();
let markers = new Set();
let isSweeping = false;
let directory;

/** New processes may begin while others are killed; nothing begins so many. */
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
    // What was killed may have been writing there until now.
    if (had > 0) setTimeout(removeDirectory, 200);
  });

function watch(pid, marker) {
  // A number is given again to another process, which began at another time.
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

/** Several environments often end at once: the processes of this machine are looked through once for all of them. */
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

/** @returns {boolean} whether there was anything to kill that had not been there before */
function killRound(killed) {
  const marked = pidsWith([...markers]);
  const isOwn = ({ pid, started }) => marked.has(pid) || (doomed.has(pid) && watched.get(pid)?.started === started);
  const found = familyOf(readTable(), isOwn).filter(({ pid, started }) => !killed.has(`${pid} ${started}`));
  for (const { pid, started } of found) {
    killed.add(`${pid} ${started}`);
    kill(pid);
  }
  return found.length > 0;
}

function removeDirectory() {
  if (directory) rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

function killGroup(pid) {
  if (process.platform !== 'win32') kill(-pid);
  kill(pid);
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has already ended.
  }
}
