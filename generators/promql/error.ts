/** What is wrong with an expression, and where: UTF-16 offsets, `to` exclusive, as Prometheus places it. */
export interface PromqlError {
  readonly message: string;
  readonly from: number;
  readonly to: number;
}
