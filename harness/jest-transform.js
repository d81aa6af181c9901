const { version, transformSync } = require('esbuild');

/*
 * Strips the types of what Jest loads: `projen typecheck` is what checks them. On a fresh clone nothing is cached, and a run with the
 * compiler of TypeScript would take a third more CPU.
 */

/** @type {import('esbuild').TransformOptions} */
const OPTIONS = { format: 'cjs', platform: 'node', target: 'node20', sourcemap: 'external' };

/** esbuild would copy the module: what a test changes in it would not be seen. */
const NAMESPACE = /^import \* as (\w+) from ('[^']+');$/gm;

module.exports = {
  /** @param {string} text @param {string} path */
  process(text, path) {
    return transformSync(text.replace(NAMESPACE, 'import $1 = require($2);'), { ...OPTIONS, loader: path.endsWith('x') ? 'tsx' : 'ts', sourcefile: path });
  },

  /** @param {string} text @param {string} path */
  getCacheKey(text, path) {
    return [version, JSON.stringify(OPTIONS), String(NAMESPACE), path, text].join('\0');
  },
};
