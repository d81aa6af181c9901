import paths from './lambda-paths.js';

/*
 * Resolves imports of an ES module on Node.js before 22.15, which has no `module.registerHooks`. Paths on Lambda are mapped to files on this
 * machine. A library that is not beside the code is that of a layer, an AWS SDK the project's. Runs in Node.js's own thread for such hooks.
 */

/** @type {{ task: string, layers: string[], provided: RegExp, layerURLs: string[], sdkURLs: string[], moduleURL?: string }} */
let settings;
let whereItIs;

export function initialize(data) {
  settings = data;
  whereItIs = paths.importsOf(data.task, data.layers);
}

export async function resolve(specifier, context, next) {
  const resolved = await resolveAnywhere(whereItIs(specifier), context, next);
  // Node.js before 20.19 treats a `.js` file as CommonJS even if it is an ES module.
  return resolved.url === settings.moduleURL ? { ...resolved, format: 'module' } : resolved;
}

async function resolveAnywhere(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (/^[./]|^\w+:/.test(specifier)) throw error;
    for (const parentURL of [...settings.layerURLs, ...(settings.provided.test(specifier) ? settings.sdkURLs : [])]) {
      try {
        return await next(specifier, { ...context, parentURL });
      } catch {
        // Try the next one.
      }
    }
    throw error;
  }
}
