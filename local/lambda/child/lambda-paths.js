'use strict';

/* Maps paths below `/var/task` and `/opt` to the code of the function and of its layers. */
const fs = require('node:fs');
const { join } = require('node:path');
const { fileURLToPath, pathToFileURL } = require('node:url');
/** Some functions are missing from its types. @type {any} */
const module_ = require('node:module');

const READERS = [
  'access', 'accessSync', 'createReadStream', 'existsSync', 'lstat', 'lstatSync', 'open', 'openSync', 'opendir', 'opendirSync', 'readFile', 'readFileSync',
  'readdir', 'readdirSync', 'realpath', 'realpathSync', 'stat', 'statSync',
];

/** The original, before it is replaced below. */
const { existsSync } = fs;

/**
 * Returns a function that maps a path on Lambda to the file on this machine.
 *
 * @param {string} task folder of the function's code
 * @param {string[]} layers folders in the order of the search
 */
function pathsOf(task, layers) {
  return (path) => {
    if (typeof path !== 'string') return path;
    const [, rest] = /^\/var\/task(?=\/|$)(.*)$/s.exec(path) ?? [];
    if (rest !== undefined) return join(task, rest);
    const [, inLayer] = /^\/opt(?=\/|$)(.*)$/s.exec(path) ?? [];
    if (inLayer === undefined || layers.length === 0) return path;
    // A path without an extension may be a module.
    const layer = layers.find((each) => ['', '.js', '.json', '.cjs', '.mjs'].some((extension) => existsSync(join(each, inLayer) + extension)));
    return layer === undefined ? path : join(layer, inLayer);
  };
}

/** Returns the same for what an ES module imports: a path, or the address of a file. */
exports.importsOf = (task, layers) => {
  const whereItIs = pathsOf(task, layers);
  return (specifier) => (/^file:\/\/\/(opt|var\/task)\//.test(specifier) ? pathToFileURL(whereItIs(fileURLToPath(specifier))).href : whereItIs(specifier));
};

/** @type {(task: string, layers: string[]) => void} */
exports.mapLambdaPaths = (task, layers) => {
  const whereItIs = pathsOf(task, layers);
  for (const owner of [fs, fs.promises]) {
    for (const name of READERS) {
      const read = owner[name];
      if (typeof read !== 'function') continue;
      /** @type {any} */ (owner)[name] = Object.assign((path, ...more) => read.call(owner, whereItIs(path), ...more), read);
    }
  }
  const resolve = module_._resolveFilename;
  module_._resolveFilename = (specifier, ...more) => resolve(whereItIs(specifier), ...more);
};
