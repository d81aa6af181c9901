'use strict';

/*
 * Finds the AWS SDK for functions that do not bring it: in the project in which the runner was started, else in another package of the same
 * repository, since the code of functions often has its own package.
 */
const { existsSync, readdirSync } = require('node:fs');
const { dirname, join } = require('node:path');

/** Depth below the repository at which packages are searched. */
const DEPTH = 2;

const SKIPPED = /^(\.|node_modules$|cdk\.out$|dist$|build$)/;

/** @type {Map<string, string[]>} */
const known = new Map();

/** Returns the project first. The search starts on first use: most code brings its SDK. */
exports.sdkRootsOf = (project) => {
  const roots = known.get(project) ?? [project, ...packagesBelow(repositoryOf(project), DEPTH).filter((directory) => directory !== project)];
  known.set(project, roots);
  return roots;
};

/** Returns the root of the repository, or the project itself outside a repository: neighbouring folders are unrelated then. */
function repositoryOf(project) {
  for (let directory = project; ; directory = dirname(directory)) {
    if (existsSync(join(directory, '.git'))) return directory;
    if (directory === dirname(directory)) return project;
  }
}

function packagesBelow(directory, depth) {
  const own = existsSync(join(directory, 'node_modules', '@aws-sdk')) ? [directory] : [];
  if (depth === 0) return own;
  return [...own, ...foldersIn(directory).flatMap((folder) => packagesBelow(join(directory, folder), depth - 1))];
}

function foldersIn(directory) {
  try {
    return readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !SKIPPED.test(entry.name)).map(({ name }) => name).sort();
  } catch {
    return []; // it may not be read
  }
}
