/** The parts of a request that make a query; a token goes with all of them. */
export type Query = {
  readonly filter?: string
  readonly select?: string
  readonly top?: string
}
