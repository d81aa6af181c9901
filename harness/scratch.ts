import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Scratch {
  readonly path: string;
  remove(): void;
}

/** An empty folder, and its removal. */
export function scratchFolder(): Scratch {
  const path = mkdtempSync(join(tmpdir(), 'broadcast-e2e-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
