'use strict';

/*
 * Where the AWS SDK may be that a function does not bring: in the project in which the runner was started, else in another package of the
 * same repository, since code of functions often has one of its own beside that of the CDK app.
 */
const { existsSync, readdirSync } = require('node:fs');
const { dirname, join } = require('node:path');

/** How far below the repository packages are looked for. */
const DEPTH = 2;

const SKIPPED = /^(\.|node_modules$|cdk\.out$|dist$|build$)/;

/** @type {Map<string, string[]>} */
const known = new Map();

/** The project first. Looked up when it is first needed: most code brings its SDK. */
exports.sdkRootsOf = (project) => {
  const roots = known.get(project) ?? [project, ...packagesBelow(repositoryOf(project), DEPTH).filter((directory) => directory !== project)];
  known.set(project, roots);
  return roots;
};

/** The project itself, where it is in no repository: what is beside it then has nothing to do with it. */
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
