// What a suite of faults is: numbered cases, each of which can be played again alone by its number and the seed.

export type Form = 'short' | 'full'

export type Finding =
  /** Passed; or, with `notReached`, nothing was wrong, but what the case is about did not come to be: one line that says what. */
  | { readonly ok: true; readonly notReached?: string }
  /** One line: what was expected, what came, so that it can be understood without playing it again. */
  | { readonly ok: false; readonly because: string }

export type Suite = {
  /** As it is picked with `--suite`. */
  readonly name: string
  /** What all its cases together show, for the table. */
  readonly shows: string
  /** Opened once in each process; what it opens is shared by the cases that run there, one after another. */
  open(form: Form): Promise<OpenSuite>
}

export type OpenSuite = {
  /** The same in every process, for the same form. */
  readonly cases: number
  /** Plays one case. It leaves no trace for the next, and the same number and seed give the same case again. */
  play(index: number, seed: number): Promise<Finding>
  /** What was counted or measured so far, for the table; `most …` is the largest of all processes, others are added up. */
  figures?(): Readonly<Record<string, number>>
  close(): Promise<void>
}
