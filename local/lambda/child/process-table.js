'use strict';

/* Reads the processes, their parents, and their environment variables: from `/proc` on Linux, with `ps` elsewhere. */
const { execFileSync } = require('node:child_process');
const { readdirSync, readFileSync } = require('node:fs');

/** @typedef {{ pid: number, parent: number, started: string }} Entry */

/** @returns {Entry[]} every process that runs; zombies are left out */
exports.readTable = () => (process.platform === 'linux' ? readProc() : readPs());

/**
 * @param {readonly Entry[]} table
 * @param {(entry: Entry) => boolean} isRoot
 * @returns {Entry[]} the roots and all their descendants
 */
exports.familyOf = (table, isRoot) => {
  const childrenOf = new Map();
  for (const entry of table) childrenOf.set(entry.parent, [...childrenOf.get(entry.parent) ?? [], entry]);
  const family = new Set(table.filter(isRoot));
  // Iterating a set includes the entries added on the way.
  for (const { pid } of family) for (const child of childrenOf.get(pid) ?? []) family.add(child);
  return [...family];
};

/**
 * @param {readonly string[]} variables of the form NAME=VALUE
 * @returns {Set<number>} processes that started with one of them, without those whose environment cannot be read
 */
exports.pidsWith = (variables) => {
  if (variables.length === 0) return new Set();
  const entries = process.platform === 'linux' ? environmentsOfProc() : environmentsOfPs();
  return new Set(entries.filter(([, text]) => variables.some((variable) => text.includes(variable))).map(([pid]) => pid));
};

function readProc() {
  return processIds().flatMap((name) => {
    try {
      // The program name is in brackets, and may hold any characters.
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

/** Reads environments with `ps`. macOS shows those of the user's own programs, but not of system programs. */
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
