import type { Table } from './table';

/** A figure that the project has set itself, and what a run came to. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** Minimum and aim. Lower is better unless `isMore`. */
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

/** The figures as a table: what was to be reached, what is aimed at, and what a run came to. */
export function figuresTable(figures: readonly Figure[]): Table {
  return {
    title: 'Figures to reach',
    head: ['figure', 'at least', 'aim', 'reached', 'holds', 'aim reached'],
    rows: figures.map((figure) => {
      const sign = figure.isMore ? '≥' : '≤';
      const show = (value: number) => (figure.unit === '%' ? `${round(value * 100)} %` : round(value));
      return [
        figure.name, `${sign} ${show(figure.atLeast)}`, `${sign} ${show(figure.aim)}`, show(figure.value),
        yesOrNo(holds(figure, figure.atLeast)), yesOrNo(holds(figure, figure.aim)),
      ];
    }),
  };
}

export function round(value: number): string {
  return value === 0 ? '0' : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function yesOrNo(is: boolean): string {
  return is ? 'yes' : 'NO';
}
