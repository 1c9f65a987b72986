import type { ModeAnswer } from '../../core/app-mode/ports.ts'
import type { Deps } from '../deps.ts'

/** The answer that counts; `later` only where the time was up before there was another. */
export type Asked = Exclude<ModeAnswer, { kind: 'later' }> | { readonly kind: 'later'; readonly because: string }

type Patience = { readonly deadline: Date; readonly pollMs: number }

/** Asks until there is an answer that is not of the moment, or the time is up. What is asked must be harmless to repeat. */
export async function askPatiently(
  { clock, log }: Pick<Deps, 'clock' | 'log'>,
  ask: (signal: AbortSignal) => Promise<ModeAnswer>,
  patience: Patience,
  signal: AbortSignal,
): Promise<Asked> {
  for (;;) {
    const answer = await ask(signal)
    if (answer.kind !== 'later') return answer
    const left = patience.deadline.getTime() - clock.now().getTime()
    if (left <= 0) return answer
    log.info(`Asking again: ${answer.because}.`)
    await clock.sleep(Math.min(pauseOf(answer, patience.pollMs), left), signal)
  }
}

/** What the app asked for, else the usual pause; never shorter than that. */
export function pauseOf(answer: Extract<ModeAnswer, { kind: 'later' }>, pollMs: number): number {
  return Math.max(answer.retryAfterMs ?? 0, pollMs)
}
