/** The argument of a writing process. */
export interface WriterOptions {
  readonly endpoint: string;
  readonly tableName: string;
  readonly name: string;
  readonly messages: number;
  /** Appends under way at once. */
  readonly atOnce: number;
  /** Share of the reservations that are left unfilled, like those of a function that dies. */
  readonly torn: number;
}

/** Reports of a writing process. */
export interface WriterReport {
  /** Messages placed since the last report, with their positions. */
  readonly placed: readonly (readonly [id: string, position: number])[];
  /** Number of reservations for messages, and of positions left empty on purpose. */
  readonly reserves: number;
  readonly torn: number;
  /** Fills that were confirmed so late that their messages took another position. */
  readonly late: number;
  readonly isDone: boolean;
}

export const CHANNEL = '*';
export const RETENTION_SECONDS = 24 * 3_600;
