#!/usr/bin/env node
'use strict';

/*
 * The package's bin: plain JavaScript, so that Node.js can be told to keep the compiled code of the bundle before it loads it.
 */
require('node:module').enableCompileCache?.();
const { main } = require('./dist/index.js');

void main(process.argv.slice(2)).then((code) => process.exit(code));
