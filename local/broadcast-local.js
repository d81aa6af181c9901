#!/usr/bin/env node
'use strict';

/* The package's bin. It is plain JavaScript, so that it can turn on Node.js's compile cache before it loads the bundle. */
const module_ = require('node:module');

// Older versions of Node.js have no compile cache.
if ('enableCompileCache' in module_) /** @type {any} */ (module_).enableCompileCache();

/** @type {{ main(args: string[]): Promise<number> }} */
const { main } = require(`${__dirname}/dist/index.js`);

void main(process.argv.slice(2)).then((code) => process.exit(code));
