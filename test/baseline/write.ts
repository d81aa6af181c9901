import { writeFileSync } from 'node:fs';
import { baseline, pathOf } from './baseline';

/* Writes the baseline as it is now. Look at what changed before you commit it. */
for (const [file, content] of Object.entries(baseline())) writeFileSync(pathOf(file), content);
