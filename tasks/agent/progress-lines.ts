/** Shortest time between two lines; a wait of an hour must neither be silent nor fill the log. */
const newTextMs = 10_000
const sameTextMs = 60_000

/** The agent shows progress beside the step only, so that the log would be silent during a wait. */
export class ProgressLines {
  private last: { readonly text: string; readonly at: number } | undefined

  say(text: string, print: (line: string) => void, now = Date.now()): void {
    const since = this.last ? now - this.last.at : Number.POSITIVE_INFINITY
    if (since < (text === this.last?.text ? sameTextMs : newTextMs)) return
    this.last = { text, at: now }
    print(text)
  }
}
