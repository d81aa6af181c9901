/*
 * How Node.js before 22.15, which has no `module.registerHooks`, resolves the imports of an ES module: as it does by itself, but
 * an AWS SDK that is not beside the code is the one of the project. Runs in Node.js's own thread for such hooks.
 */

/** @type {{ provided: RegExp, parentURLs: string[], moduleURL?: string }} */
let settings;

export function initialize(data) {
  settings = data;
}

export async function resolve(specifier, context, next) {
  const resolved = await resolveProvided(specifier, context, next);
  // Node.js before 20.19 takes a `.js` file for CommonJS, whatever is in it.
  return resolved.url === settings.moduleURL ? { ...resolved, format: 'module' } : resolved;
}

/** What the first of some gives that does not fail; else how the first one failed. */
async function firstOf(candidates, attempt) {
  let failure;
  for (const candidate of candidates) {
    try {
      return await attempt(candidate);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

async function resolveProvided(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!settings.provided.test(specifier)) throw error;
    return firstOf(settings.parentURLs, (parentURL) => next(specifier, { ...context, parentURL }));
  }
}
