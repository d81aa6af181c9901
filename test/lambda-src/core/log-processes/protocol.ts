/** What a writing process is told, as its one argument. */
export interface WriterOptions {
  readonly endpoint: string;
  readonly tableName: string;
  readonly name: string;
  readonly messages: number;
  /** Appends under way at once. */
  readonly atOnce: number;
  /** The share of the reservations that are left as a function leaves them that dies. */
  readonly torn: number;
}

/** What it reports as it goes. */
export interface WriterReport {
  /** Messages that were placed since the last report, and where. */
  readonly placed: readonly (readonly [id: string, position: number])[];
  /** Reservations so far for messages, and positions left empty on purpose. */
  readonly reserves: number;
  readonly torn: number;
  /** Fills that were known so late that their messages took another position. */
  readonly late: number;
  readonly isDone: boolean;
}

export const CHANNEL = '*';
export const RETENTION_SECONDS = 24 * 3_600;
