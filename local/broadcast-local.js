#!/usr/bin/env node
'use strict';

/*
 * The package's bin: plain JavaScript, so that Node.js can be told to keep the compiled code of the bundle before it loads it.
 */
const module_ = require('node:module');

// Older versions of Node.js have none.
if ('enableCompileCache' in module_) /** @type {any} */ (module_).enableCompileCache();

/** @type {{ main(args: string[]): Promise<number> }} */
const { main } = require(`${__dirname}/dist/index.js`);

void main(process.argv.slice(2)).then((code) => process.exit(code));
