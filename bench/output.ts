import type { Table } from './table';

/** Output of a bench: its progress and its results. */
export interface Output {
  readonly progress: (line: string) => void;
  readonly show: (table: Table) => void;
}
