/** A figure that the project has set itself, and what a run came to. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** What has to be reached, and what is aimed at; the lower the better unless `isMore`. */
  readonly atLeast: number;
  readonly aim: number;
  readonly isMore?: boolean;
  readonly unit?: '%';
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function holds({ value, isMore }: Figure, bound: number): boolean {
  return isMore ? value >= bound : value <= bound;
}

export function printFigures(figures: readonly Figure[]): void {
  printTable(
    ['figure', 'reached', 'at least', 'holds', 'aim', 'reached'],
    figures.map((figure) => {
      const sign = figure.isMore ? '≥' : '≤';
      const show = (value: number, prefix = '') => `${prefix}${figure.unit === '%' ? `${round(value * 100)} %` : round(value)}`;
      return [
        figure.name, show(figure.value), show(figure.atLeast, `${sign} `), yesOrNo(holds(figure, figure.atLeast)),
        show(figure.aim, `${sign} `), yesOrNo(holds(figure, figure.aim)),
      ];
    }),
  );
}

/** Prints a table with its first column to the left and all others to the right. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]) => cells.map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[0]))).join('  ');
  console.log(line(head));
  console.log(widths.map((width) => '-'.repeat(width)).join('  '));
  for (const row of rows) console.log(line(row));
  console.log();
}

export function round(value: number): string {
  return value === 0 ? '0' : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function yesOrNo(is: boolean): string {
  return is ? 'yes' : 'NO';
}
