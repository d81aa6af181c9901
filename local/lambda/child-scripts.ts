import { join } from 'node:path';

/** Path of a script that runs in its own process. The bundle keeps these scripts in the same relative place as the sources. */
export function childScript(name: 'aws-hosts.js' | 'bootstrap.js' | 'bootstrap.py' | 'process-table.js' | 'reaper.js'): string {
  return join(__dirname, 'child', name);
}
