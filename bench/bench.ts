/** One thing that a bench promises. */
export type Bar = {
  readonly name: string
  /** Undefined where it could not be measured, because a run gave a wrong answer. */
  readonly value: number | undefined
  /** `>= 20` or `<= 0.1`. */
  readonly bound: string
  readonly holds: boolean
}

export type Measured = {
  readonly bars: readonly Bar[]
  /** Everything that was measured, for a reader of the JSON. */
  readonly details: Readonly<Record<string, unknown>>
  /** For people: a heading and rows of cells. */
  readonly tables: readonly { readonly title: string; readonly rows: readonly (readonly string[])[] }[]
  /** A plot, for benches that take `--svg <file>`. */
  readonly svg?: string
}

export type BenchOptions = {
  /** A short form that ends within a minute. */
  readonly quick: boolean
  /** Says how far it is. */
  readonly say: (text: string) => void
  /** Whole numbers above 0 that were given, by name, of those that the bench takes. */
  readonly numbers: Readonly<Record<string, number>>
}

export type Bench = {
  readonly about: string
  /** Names of numbers that it takes: `repetitions` for `--repetitions 100`. */
  readonly numbers?: readonly string[]
  /** Throws where it could not measure. */
  readonly run: (options: BenchOptions) => Promise<Measured>
}

export function atLeast(name: string, value: number | undefined, bound: number): Bar {
  return { name, value: rounded(value), bound: `>= ${bound}`, holds: value !== undefined && value >= bound }
}

export function atMost(name: string, value: number | undefined, bound: number): Bar {
  return { name, value: rounded(value), bound: `<= ${bound}`, holds: value !== undefined && value <= bound }
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.toPrecision(3))
}
