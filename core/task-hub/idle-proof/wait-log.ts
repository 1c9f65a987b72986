import { accountLines, accountMark } from '../../report/account-lines.ts'
import type { Clock, Log } from '../../ports.ts'
import { remoteText } from '../../remote-text.ts'
import type { Ask, Evidence } from './evidence.ts'
import type { HubName } from '../name.ts'
import type { ScanWatch } from './scan-watch.ts'
import { roughly } from '../words.ts'

/** Shortest time between two accounts: a wait of an hour must not fill the log. */
const accountMs = 30_000
/** Shortest time between two lines on how far a look is: each page of a large table could be one. */
const progressMs = 2_000

export type WaitLogOptions = {
  readonly clock: Clock
  readonly log: Log
  /** Not set: not known before the first look has ended. */
  readonly hub?: HubName | undefined
  /** How far the wait is, in percent; undefined where there is none. */
  readonly percent: () => number | undefined
}

/** What a wait for an idle hub says of its looks while they go on, and of a busy hub between them. */
export class WaitLog {
  readonly #options: WaitLogOptions
  readonly #name: string
  #isSlowTold = false
  #progressAt = Number.NEGATIVE_INFINITY
  #account: { readonly mark: string; readonly at: number } | undefined

  constructor(options: WaitLogOptions) {
    this.#options = options
    this.#name = options.hub === undefined ? 'the task hub' : `task hub '${options.hub}'`
  }

  /** For one look. */
  watch(): Required<Pick<Ask, 'watch' | 'foundWork'>> {
    const { log } = this.#options
    let found: string | undefined
    let last: Parameters<ScanWatch['progress']>[0] | undefined
    // Rows by the last estimate. Of a look that is over before anybody could read it, there is none, and nothing is said.
    let all: number | undefined
    const progress = () => {
      if (all === undefined || !last) return
      const share = Math.floor(100 * last.share)
      const far = `${share} % of about ${grouped(all)} rows read, ${grouped(last.requests)} requests so far.`
      const text = found === undefined ? `Reading ${this.#name}: ${far}` : `${found} Counting the rest: ${far}`
      log.progress(this.#options.percent() ?? share, text)
    }
    return {
      foundWork: (name) => {
        const what = name === '' ? 'an instance' : `'${remoteText(name, 80)}'`
        found = `${capital(this.#name)} is busy: ${what} is in flight.`
        progress()
      },
      watch: {
        estimated: ({ rows, requests, seconds }) => {
          const isFirst = all === undefined
          all = rows
          if (!isFirst) return
          const cost = `about ${grouped(requests)} requests, about ${roughly(seconds * 1000)}`
          log.info(`Reading about ${grouped(rows)} rows of ${this.#name}: ${cost}.`)
        },
        progress: (now) => {
          last = now
          const at = this.#options.clock.now().getTime()
          if (all === undefined || at - this.#progressAt < progressMs) return
          this.#progressAt = at
          progress()
        },
        slowedDown: (sideBySide) => {
          if (this.#isSlowTold) return
          this.#isSlowTold = true
          log.info(
            `The storage account asks to slow down. Reading on with ${sideBySide} requests side by side or fewer.`,
          )
        },
      },
    }
  }

  /** The account of a busy hub, where it is another one than the last that was told. */
  tell(evidence: Evidence): void {
    const lines = accountLines(evidence)
    const at = this.#options.clock.now().getTime()
    const mark = accountMark(evidence)
    if (lines.length === 0 || mark === this.#account?.mark) return
    if (this.#account && at - this.#account.at < accountMs) return
    this.#account = { mark, at }
    for (const line of lines) this.#options.log.info(line)
  }
}

/** `1,000,000` */
function grouped(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
