// A history from its beginning to its end, where the hub is at rest and has to be said to be idle.
import { comeToRest, inStory, pass } from '../../model/life.ts'
import { heldOnPurpose, isLeftover, workIn } from '../../model/oracle.ts'
import { policy } from '../../model/schedule.ts'
import { isIgnored } from '../../model/state.ts'
import { History, mostTurns, type Answers, type Mutant } from './history.ts'

export type Outcome = {
  readonly seed: number
  readonly wrong: readonly string[]
  readonly answers: Answers
  readonly stale: number
  /** At rest: idle, work that waits for people, what is held on purpose, or nothing that can be said. */
  readonly rest: 'idle' | 'held' | 'waiting' | 'heldOnPurpose' | 'ignored' | 'never' | 'notAsked'
}

/** How long it waits before each question: past what an event holds, and past a timer that is left behind. */
const second = 1000
const waitsMs = [0, 5 * second, 31 * second, ...Array.from({ length: 35 }, () => 120 * second)]

export async function runHistory(seed: number, mutant: Mutant = {}): Promise<Outcome> {
  const history = new History(seed, mutant)
  await history.live()
  const { wrong, answers } = history
  const rest = wrong.length > 0 ? 'notAsked' : await atRest(history)
  if (rest === 'held') wrong.push(`held: ${history.lastAnswer}`)
  return { seed, wrong, answers, stale: history.stale, rest }
}

async function atRest(history: History): Promise<Outcome['rest']> {
  const { world } = history
  await history.calmDown()
  world.tell('CLIENTS STOP, and the hub comes to rest')
  if (comeToRest(world, (message) => !isIgnored(message.to) && !isLeftover(world, message)) === 'never') return 'never'
  if (workIn(world).length > 0) return 'waiting'
  // Messages of ignored instances count as work: when they come and go is not told.
  if ([...world.messages].some(({ to }) => isIgnored(to))) return 'ignored'
  // A timer that is left behind is explained by its instance's row and History: its worker may have died before the row.
  const isUnexplained = [...world.messages].some(({ to }) => !world.rows.has(to))
  if (isUnexplained || heldOnPurpose(world).length > 0) return 'heldOnPurpose'
  const reconciles = world.random.chance(0.5)
  for (const ms of waitsMs) {
    pass(world, ms)
    if (reconciles) history.reconcile()
    history.ask(policy, 0)
    await history.go(mostTurns)
    if (history.wrong.length > 0) return 'notAsked'
    if (history.lastAnswer.startsWith('idle')) return 'idle'
  }
  return 'held'
}

/** The same history again, told step by step. */
export async function storyOf(seed: number, mutant: Mutant = {}): Promise<string> {
  const story: string[] = []
  const history = new History(seed, mutant, story)
  await history.live()
  const rest = history.wrong.length > 0 ? 'notAsked' : await atRest(history)
  const { world, wrong } = history
  return [
    `seed ${seed}, ${JSON.stringify(world.setting)}`,
    ...story,
    inStory(world),
    `at rest: ${rest}; wrong: ${wrong.join('; ') || 'nothing'}`,
  ].join('\n')
}
