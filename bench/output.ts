import type { Table } from './table';

/** Where a bench says what it is at and what it has found. */
export interface Output {
  readonly progress: (line: string) => void;
  readonly show: (table: Table) => void;
}
