'use strict';

/*
 * Which processes came of which, and which carry a variable in their environment: by `/proc` on Linux, by `ps` elsewhere.
 */
const { execFileSync } = require('node:child_process');
const { readdirSync, readFileSync } = require('node:fs');

/** @typedef {{ pid: number, parent: number, started: string }} Entry */

/** @returns {Entry[]} every process that runs; those that have ended and wait for their parent do not */
exports.readTable = () => (process.platform === 'linux' ? readProc() : readPs());

/**
 * @param {readonly Entry[]} table
 * @param {(entry: Entry) => boolean} isRoot
 * @returns {Entry[]} the roots, and all that came of them
 */
exports.familyOf = (table, isRoot) => {
  const childrenOf = new Map();
  for (const entry of table) childrenOf.set(entry.parent, [...childrenOf.get(entry.parent) ?? [], entry]);
  const family = new Set(table.filter(isRoot));
  // A set is walked over what is added on the way, too.
  for (const { pid } of family) for (const child of childrenOf.get(pid) ?? []) family.add(child);
  return [...family];
};

/**
 * @param {readonly string[]} variables of the form NAME=VALUE
 * @returns {Set<number>} the processes that began with one of them; those of other users, and where nothing tells, are left out
 */
exports.pidsWith = (variables) => {
  if (variables.length === 0) return new Set();
  const entries = process.platform === 'linux' ? environmentsOfProc() : environmentsOfPs();
  return new Set(entries.filter(([, text]) => variables.some((variable) => text.includes(variable))).map(([pid]) => pid));
};

function readProc() {
  return processIds().flatMap((name) => {
    try {
      // The name of a program is in brackets, and may have anything in it.
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
      return fields[0] === 'Z' ? [] : [{ pid: Number(name), parent: Number(fields[1]), started: fields[19] }];
    } catch {
      return [];
    }
  });
}

function environmentsOfProc() {
  return processIds().flatMap((pid) => {
    try {
      return [[Number(pid), readFileSync(`/proc/${pid}/environ`, 'utf8')]];
    } catch {
      return [];
    }
  });
}

function processIds() {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

function readPs() {
  return ps('-axo', 'pid=,ppid=,stat=,lstart=').flatMap((line) => {
    const [, pid, parent, status, started] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || status.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent), started }];
  });
}

/** macOS shows the variables of the user's own programs, but not those of the programs that are part of it. */
function environmentsOfPs() {
  return ps('-axEww', '-o', 'pid=,command=').map((line) => /** @type {const} */ ([Number.parseInt(line, 10), line]));
}

function ps(...args) {
  try {
    return execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 * 1024 * 1024 }).split('\n');
  } catch {
    return [];
  }
}
