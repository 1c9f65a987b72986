// What every version of every app knows of where it is: written into its code when it is built.
export type Place = {
  /** Of this app alone. */
  readonly receiver: string
  readonly version: 'A' | 'B'
  readonly secondMs: number
  readonly periodMs: number
  readonly items: number
}

declare const PLACE: Place

export const place: Place = PLACE
