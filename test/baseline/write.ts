import { writeFileSync } from 'node:fs';
import { baseline, pathOf } from './baseline';

/* Writes the present baseline. Review the changes before you commit them. */
for (const [file, content] of Object.entries(baseline())) writeFileSync(pathOf(file), content);
