import { join } from 'node:path';

/** A script that runs in a process of its own. The bundle has them in the same place beside it as the sources have. */
export function childScript(name: 'aws-hosts.js' | 'bootstrap.js' | 'bootstrap.py' | 'process-table.js' | 'reaper.js'): string {
  return join(__dirname, 'child', name);
}
